"""Changes as lines: ``+`` what comes, ``~`` what is replaced, ``-`` what goes."""

from pysetup.cli.output import printable
from pysetup.cli.terminal import GREEN, RED, YELLOW, painted
from pysetup.workflows.events import PlannedChanges

_COLORS = {"+": GREEN, "~": YELLOW, "-": RED}


def change_lines(changes: PlannedChanges) -> list[str]:
    """Return the changes, one line each."""
    lines = [f"+ {name} {version}" for name, version in changes.install]
    lines += [f"~ {name} {old} -> {new}" for name, old, new in changes.upgrade]
    lines += [f"- {name} {version}" for name, version in changes.remove]
    return [printable(line) for line in lines]


def colored(text: str) -> str:
    """Return ``text`` with its lines of changes in colour; their signs stay."""
    return "\n".join(map(_colored_line, text.split("\n")))


def _colored_line(line: str) -> str:
    is_change = line[:1] in _COLORS and line[1:2] == " "
    return painted(line, _COLORS[line[0]]) if is_change else line
