"""Environments for scripts and ``--with``: remembered, or resolved and made.

Most runs find what they need in the cache; what resolves, fetches, builds and installs
is loaded by the others.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from pysetup.edges.foreground import hold_for_good
from pysetup.errors import EnvironmentRefusedError, NetworkError, PysetupError
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.events import aside
from pysetup.workflows.isolating.build_cache import (
    EnvironmentCache,
    Made,
    Remembered,
    lock_of,
)
from pysetup.workflows.running.needs import Needs, question_of

PLACE = "run-env"
# So long no index is asked again for the same script.
FRESH = timedelta(days=1)


class NoPlaceError(EnvironmentRefusedError):
    """An environment is needed to run this, and no folder takes one.

    Neither the cache nor the system's folder for temporary files can be written, or
    both are full.
    """

    code = "PS7862"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"no environment can be made to run this: {reason}",
            hints=(
                "name a folder that can be written:  --cache-dir DIR, or TMPDIR",
                "make room on the disk",
            ),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """The interpreter of an environment; a ``temporary`` one goes when it is left."""

    executable: str
    temporary: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"executable": self.executable, "temporary": self.temporary}


@contextmanager
def prepared(needs: Needs, context: Context) -> Iterator[Prepared]:
    """Give an environment that has what is needed.

    As long as this program runs, and what it becomes, no pysetup removes it for its
    age. Raises ``NoPlaceError``, and as ``provision.found_wheels`` does.
    """
    context = with_options(context, needs.wanted.options)
    context = replace(context, observer=aside(context.observer, needs.title))
    place = context.settings.cache_dir / PLACE
    cache = EnvironmentCache(place, now=context.now())
    with ExitStack() as stack:
        yield _chosen(needs, cache, stack, context)


def _chosen(
    needs: Needs, cache: EnvironmentCache, stack: ExitStack, context: Context
) -> Prepared:
    """Return what is remembered, or made now; ``stack`` removes what is temporary."""
    question = question_of(needs, context)
    remembered = _remembered(cache, question)
    if remembered is not None and _counts(remembered, context):
        return Prepared(str(remembered.executable), temporary=False)
    try:
        made = _made(needs, cache, stack, context)
    except PysetupError as error:
        if remembered is None or not _is_network(error):
            raise
        context.tell(
            f"note: {error.message}; running with what was found on "
            f"{remembered.asked:%Y-%m-%d}"
        )
        return Prepared(str(remembered.executable), temporary=False)
    if made.key is not None:
        hold_for_good(_lock(made.executable))
        if question is not None:
            cache.remember(question, made.key)
    return Prepared(str(made.executable), temporary=made.key is None)


def _remembered(cache: EnvironmentCache, question: str | None) -> Remembered | None:
    found = cache.recall(question) if question is not None else None
    if found is None:
        return None
    hold_for_good(_lock(found.executable))
    # Somebody may have removed it just before.
    return found if found.executable.exists() else None


def _counts(remembered: Remembered, context: Context) -> bool:
    """Tell whether what was found is used without asking anew."""
    if context.settings.refresh:
        return False
    age = context.now() - remembered.asked
    return context.settings.offline or timedelta(0) <= age < FRESH


def _made(
    needs: Needs, cache: EnvironmentCache, stack: ExitStack, context: Context
) -> Made:
    # Loaded here for the reason that the module gives.
    from pysetup.workflows.running.preparing import make_environment

    def elsewhere() -> Path:
        return stack.enter_context(scratch_folder("pysetup-run-"))

    context.tell(f"preparing an environment for {needs.title}")
    try:
        return make_environment(
            needs, cache=cache, elsewhere=elsewhere, context=context
        )
    except OSError as error:
        raise NoPlaceError(error.strerror or str(error)) from None


def _is_network(error: PysetupError) -> bool:
    return isinstance(error, NetworkError) or isinstance(error.__cause__, NetworkError)


def _lock(executable: Path) -> str:
    return str(lock_of(executable.parent.parent))
