"""Which interpreter runs a script: the first here that fits what it requires."""

import os
import platform
import sys
from collections.abc import Iterator, Sequence

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.late import late_pattern
from pysetup.standards.versions import SpecifierSet
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import environment_of, find_python

_NAME = late_pattern(r"python3\.(\d+)t?")


class NoFittingPythonError(EnvironmentRefusedError):
    """No Python of this machine is one that the script runs on.

    A script says in its block which Pythons it needs (``requires-python``). pysetup
    tries the interpreter that it runs on itself, and the programs ``python3.X`` on
    PATH; with ``--python`` only the one that is named.
    """

    code = "PS7861"

    def __init__(
        self, source: str, requires: SpecifierSet, *, tried: Sequence[str], named: bool
    ) -> None:
        what = tried[0] if named else "every Python of this machine"
        super().__init__(
            f"{source} needs Python {requires}, and {what} is another",
            facts={"requires-python": str(requires), "tried": list(tried)},
            hints=(
                f"install a Python {requires}, and put it on PATH",
                "or name where it is:  --python PATH",
            ),
        )


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter, and its full version."""

    executable: str
    version: str

    def __str__(self) -> str:
        return f"{self.executable} ({self.version})"

    def fits(self, requires: SpecifierSet) -> bool:
        """Tell whether ``requires-python`` admits it; pre-releases count as usual."""
        return requires.contains(self.version, prereleases=True)


def find_interpreter(
    requires: SpecifierSet, *, source: str, named: str | None, context: Context
) -> Interpreter:
    """Return the interpreter for the script ``source``.

    ``named`` is what the user asks for, as ``find_python`` takes it. Else it is our
    own, or the newest on PATH that fits. Raises ``NoFittingPythonError``, and for a
    named one as ``environment_of``.
    """
    if named:
        found = _described(find_python(named, context), context)
        if not found.fits(requires):
            raise NoFittingPythonError(
                source, requires, tried=(str(found),), named=True
            )
        return found
    own = Interpreter(sys.executable, _own_version())
    if own.fits(requires):
        return own
    tried = [str(own)]
    for path in _on_path(requires, context):
        try:
            found = _described(path, context)
        except PysetupError:
            continue  # a program of that name need not work: pyenv's, for example
        if found.fits(requires):
            return found
        tried.append(str(found))
    raise NoFittingPythonError(source, requires, tried=tried, named=False)


def _described(path: str, context: Context) -> Interpreter:
    found = environment_of(path, context)
    return Interpreter(found.executable, found.version)


def _own_version() -> str:
    version = platform.python_version()
    return version + "local" if version.endswith("+") else version


def _on_path(requires: SpecifierSet, context: Context) -> Iterator[str]:
    """Yield the programs ``python3.X`` on PATH, the likeliest and newest first."""
    found: dict[str, str] = {}
    for folder in context.environ.get("PATH", os.defpath).split(os.pathsep):
        place = os.path.join(context.directory, folder)
        try:
            names = os.listdir(place)
        except OSError:
            continue
        for name in names:
            if _NAME.fullmatch(name) and os.access(f"{place}/{name}", os.X_OK):
                found.setdefault(name, os.path.join(place, name))

    def rank(name: str) -> tuple[bool, int, str]:
        minor = int(name.removeprefix("python3.").rstrip("t"))
        ends = (f"3.{minor}.0", f"3.{minor}.99")
        likely = any(requires.contains(end, prereleases=True) for end in ends)
        return (not likely, -minor, name)

    for name in sorted(found, key=rank):
        yield found[name]
