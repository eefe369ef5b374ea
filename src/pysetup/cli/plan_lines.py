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
    return "".join(
        painted(line.rstrip("\n"), _COLORS[line[0]]) + "\n"
        if line[:1] in _COLORS and line[1:2] == " "
        else line
        for line in text.splitlines(keepends=True)
    )
