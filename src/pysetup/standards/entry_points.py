"""Entry points: ``entry_points.txt`` and object references, both ways."""

import re
from dataclasses import dataclass
from typing import Self

from pysetup.errors import UsageError

_IDENTIFIERS = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
# Entry points specification: module[:attribute][ [extras]]; extras are historic.
_REFERENCE = re.compile(
    rf"\s*(?P<module>{_IDENTIFIERS})\s*"
    rf"(?::\s*(?P<attribute>{_IDENTIFIERS})\s*)?"
    r"(?:\[\s*(?P<extras>[\w., \t-]*)\]\s*)?"
)
_GROUP = re.compile(r"[^\[\]\r\n]+")
CONSOLE_SCRIPTS = "console_scripts"
GUI_SCRIPTS = "gui_scripts"


class InvalidEntryPointError(UsageError):
    """An entry point does not follow the entry points specification.

    An entry point is ``name = package.module:attribute`` under a ``[group]``.
    """

    code = "PS2106"

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"{text[:120]!r} is not an entry point: {reason}",
            hints=("write it as  name = package.module:function",),
        )


@dataclass(frozen=True, slots=True, order=True)
class EntryPoint:
    """One named object reference in a group.

    ``attribute`` is empty when the reference names a module alone.
    """

    group: str
    name: str
    module: str
    attribute: str = ""
    extras: tuple[str, ...] = ()

    @classmethod
    def parse(cls, group: str, name: str, reference: str) -> Self:
        """Check and split ``reference``; raises ``InvalidEntryPointError``."""
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise InvalidEntryPointError(
                f"{name} = {reference}", "the reference must be module:attribute"
            )
        name = name.strip()
        if not name or "=" in name or name[0] in "[#;" or not name.isprintable():
            raise InvalidEntryPointError(f"{name} = {reference}", "bad name")
        group = group.strip()
        if not _GROUP.fullmatch(group) or not group.isprintable():
            raise InvalidEntryPointError(group, "bad group")
        extras = tuple(
            part.strip() for part in (match["extras"] or "").split(",") if part.strip()
        )
        return cls(group, name, match["module"], match["attribute"] or "", extras)

    @property
    def reference(self) -> str:
        """The object reference, ``module:attribute [extras]``."""
        text = f"{self.module}:{self.attribute}" if self.attribute else self.module
        return f"{text} [{','.join(self.extras)}]" if self.extras else text


def parse_entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Read the text of ``entry_points.txt``; raises ``InvalidEntryPointError``.

    The format is the INI subset of the entry points specification: groups in
    brackets, ``name = reference`` lines, ``#`` and ``;`` comments on own lines.
    """
    group = ""
    found: dict[tuple[str, str], EntryPoint] = {}
    for raw in text.removeprefix("\ufeff").splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
            continue
        name, sep, reference = line.partition("=")
        if not sep:
            raise InvalidEntryPointError(line, "there is no '='")
        if not group:
            raise InvalidEntryPointError(line, "it stands before any [group]")
        # Some old tools end references with a trailing comment.
        entry = EntryPoint.parse(group, name, reference.split(" #", 1)[0])
        if (group, entry.name) in found:
            raise InvalidEntryPointError(line, f"{entry.name!r} is named twice")
        found[group, entry.name] = entry
    return tuple(found.values())


def to_entry_points_text(entries: tuple[EntryPoint, ...]) -> str:
    """Write ``entry_points.txt``, groups and names sorted; empty for none."""
    lines: list[str] = []
    group = None
    for entry in sorted(entries):
        if entry.group != group:
            lines += ["", f"[{entry.group}]"] if lines else [f"[{entry.group}]"]
            group = entry.group
        lines.append(f"{entry.name} = {entry.reference}")
    return "\n".join(lines) + "\n" if lines else ""
