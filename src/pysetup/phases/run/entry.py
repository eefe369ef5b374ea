"""Finding what a command name means in an environment."""

from collections.abc import Iterable, Sequence

from pysetup.errors import AnswerError, PysetupError
from pysetup.interchange.installed import InstalledDistribution
from pysetup.late import difflib
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint


class CommandMissingError(AnswerError):
    """A command that should be run is not in the environment, nor on PATH.

    Packages bring commands as entry points or scripts; ``pysetup list`` shows which
    packages are installed.
    """

    code = "PS1300"

    def __init__(self, name: str, *, prefix: str, nearest: Sequence[str]) -> None:
        super().__init__(
            f"there is no command {name!r} in {prefix}",
            facts={"command": name, "environment": prefix},
            hints=tuple(f"did you mean {other!r}?" for other in nearest)
            or ("install the package that brings it",),
        )
        self.name, self.nearest = name, tuple(nearest)


def find_entry(
    distributions: Iterable[InstalledDistribution], name: str
) -> EntryPoint | None:
    """Return the console or window script called ``name``, or None."""
    return next(
        (entry for entry in _scripts(distributions) if entry.name == name), None
    )


def nearest_commands(
    distributions: Iterable[InstalledDistribution], files: Iterable[str], name: str
) -> tuple[str, ...]:
    """Return up to three names of commands that look like ``name``, best first.

    ``files`` are the names in the environment's folder of scripts.
    """
    known = {entry.name for entry in _scripts(distributions)} | set(files)
    return tuple(difflib.get_close_matches(name, sorted(known), n=3))


def _scripts(distributions: Iterable[InstalledDistribution]) -> Iterable[EntryPoint]:
    for distribution in distributions:
        try:
            entries = distribution.metadata.entry_points
        except PysetupError:
            continue  # one malformed package must not hide the commands of the rest
        for entry in entries:
            if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
                yield entry
