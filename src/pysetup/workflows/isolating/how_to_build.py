"""How one command builds: isolated or not, by a build lock or not.

Most pure projects need nothing to be built, so what resolves, fetches and installs
build requirements is loaded by those commands that come to need it.
"""

import contextlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

from pysetup.edges.signals import SignalGate
from pysetup.errors import UsageError
from pysetup.interchange.pylock.model import PYLOCK
from pysetup.standards.jsontext import JSON
from pysetup.values import replace
from pysetup.workflows.building.how import (
    Building,
    Isolate,
    LockUse,
    no_isolation,
)
from pysetup.workflows.building.logs import prune_logs
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.cache_folders import cache_in_use
from pysetup.workflows.context import Context


class LockWithoutIsolationError(UsageError):
    """A build lock is required, but the build should take what is installed.

    ``--locked`` puts the files of the lock into an environment of their own;
    ``--no-isolation`` builds with whatever the interpreter has. Choose one of them.
    """

    code = "PS2764"

    def __init__(self) -> None:
        super().__init__(
            "--locked needs an isolated build, and --no-isolation forbids it",
            hints=("leave out one of the two",),
        )


@contextlib.contextmanager
def building(
    context: Context,
    *,
    isolation: bool = True,
    settings: Mapping[str, JSON] | None = None,
    python: str | None = None,
    lock: LockUse = "use",
) -> Iterator[Building]:
    """Say how projects are built here; what it makes is gone at the end.

    Without ``isolation`` the interpreter ``python`` is used as it is, by default the
    one that runs pysetup. ``settings`` are PEP 517's config settings; ``lock`` says
    what becomes of the build locks of the projects that the user names. Raises
    ``LockWithoutIsolationError``.
    """
    if lock == "require" and not isolation:
        raise LockWithoutIsolationError
    with contextlib.ExitStack() as stack:
        # So that TERM, too, ends what runs and removes what is temporary.
        stack.enter_context(SignalGate())
        stack.callback(prune_logs, context)
        stack.enter_context(cache_in_use(context))
        means = _Means(context, stack, python=python, lock=lock)
        how = Building(
            isolate=no_isolation,
            settings=dict(settings or {}),
            timeout=context.settings.build_timeout or None,
            python_version=cache(means.version),
        )
        if not isolation:
            yield replace(how, isolate=means.as_installed)
            return
        locks = None if lock == "ignore" else means.locked
        yield replace(how, isolate=means.isolated, locks=locks)


class _Means:
    """The interpreters that builds may use, each found or made on first use."""

    def __init__(
        self,
        context: Context,
        stack: contextlib.ExitStack,
        *,
        python: str | None,
        lock: LockUse,
    ) -> None:
        self._context, self._stack = context, stack
        self._python, self._lock = python, lock

    def isolated(self, requirements: Sequence[str]) -> Path:
        """Return the interpreter of an environment made for ``requirements``."""
        return self._environments(requirements)

    def as_installed(self, requirements: Sequence[str]) -> Path:
        """Return the interpreter as it is, if it has ``requirements``."""
        return self._installed(requirements)

    def locked(self, source: Path) -> Isolate | None:
        """Return what the build lock of ``source`` gives, None if it has none."""
        if self._lock == "use" and source.is_dir() and not (source / PYLOCK).is_file():
            return None
        from pysetup.workflows.isolating import isolation

        return isolation.locked_environments(
            source,
            context=self._context,
            folder=self._folder,
            python=self._python,
            use=self._lock,
        )

    def version(self) -> str:
        """Return the full version of the interpreter that builds."""
        if self._python is None:
            return platform.python_version()
        from pysetup.workflows.isolating import isolation

        return isolation.build_environment(self._context, python=self._python).version

    @cached_property
    def _environments(self) -> Isolate:
        from pysetup.workflows.isolating import isolation

        return isolation.BuildEnvironments(
            self._context, self._folder, python=self._python
        )

    @cached_property
    def _installed(self) -> Isolate:
        # Loaded here for the reason that the module gives.
        from pysetup.workflows.isolating.installed_requirements import (
            InstalledRequirements,
            installed_python,
        )

        python = installed_python(self._python, self._context)
        return InstalledRequirements(python, self._context)

    @cached_property
    def _folder(self) -> Path:
        return self._stack.enter_context(scratch_folder("pysetup-isolated-"))
