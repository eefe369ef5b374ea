"""Making an environment that holds given wheels, in the cache or beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError
from pysetup.values import dataclass, replace
from pysetup.workflows.building.scratch import remove_tree
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.installing.install import WheelToInstall, install_wheels
from pysetup.workflows.installing.known_interpreters import interpreter_identity
from pysetup.workflows.isolating.build_cache import (
    EnvironmentCache,
    Made,
    digest_of,
    environment_key,
)

# Python reads it when it starts; what it names comes after the environment's own.
_BELOW = "_pysetup_below.pth"


@dataclass(frozen=True, slots=True)
class Contents:
    """What an environment holds, and the interpreter that it is made for.

    ``below`` are site folders of another environment that it is layered over.
    """

    python: str
    wheels: Sequence[WheelToInstall]
    below: Sequence[str] = ()

    def key(self) -> str | None:
        """Return what names it in the cache; None where that cannot be known."""
        identity = interpreter_identity(self.python)
        if identity is None:
            return None
        key = environment_key(identity, [wheel.path for wheel in self.wheels])
        return digest_of([key, list(self.below)]) if self.below else key


def environment_of_wheels(
    contents: Contents,
    *,
    cache: EnvironmentCache,
    elsewhere: Callable[[], Path],
    context: Context,
) -> Made:
    """Return an environment of ``contents``: that of the cache, or a new one.

    ``elsewhere`` gives an empty folder where the cache takes none. Raises as
    ``create_environment`` and ``install_wheels``.
    """
    key = contents.key()
    found = cache.find(key) if key else None
    if found is not None:
        return Made(found, key)
    folder = cache.new_folder() if key else None
    if folder is not None and key is not None:
        try:
            made = _filled(folder, contents, context)
            cache.keep(key, folder)
        except EnvironmentRefusedError:
            remove_tree(folder)  # the disk of the cache is full: try another
        except BaseException:
            remove_tree(folder)
            raise
        else:
            return Made(made, key)
    return Made(_filled(elsewhere(), contents, context), None)


def _filled(folder: Path, contents: Contents, context: Context) -> Path:
    # What is said of an environment that is nobody's own is of no use to anybody.
    # Whoever builds there, or runs there, runs the code of these projects anyway.
    plain = replace(context.settings, atomic="", startup_hooks="allow")
    quiet = replace(context, tell=_silent, command=(), settings=plain)
    environment = create_environment(folder, quiet, python=contents.python)
    if contents.wheels:
        # Compiled once, here: those who use it only read it.
        install_wheels(contents.wheels, environment=environment, context=quiet)
    if contents.below:
        # Not as plain lines: the .pth files there, of editables say, count too.
        lines = [f"import site; site.addsitedir({path!a})\n" for path in contents.below]
        place = Path(environment.scheme.purelib, _BELOW)
        place.write_text("".join(lines), encoding="ascii")
    return Path(environment.executable)


def _silent(_: str) -> None:
    """Say nothing."""
