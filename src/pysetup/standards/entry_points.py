"""Entry points: ``entry_points.txt`` and object references, both ways."""

from collections.abc import Iterable, Iterator
from typing import Self

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.values import dataclass, field

_IDENTIFIERS = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
# Entry points specification: module[:attribute][ [extras]]; extras are historic.
_REFERENCE = late_pattern(
    rf"\s*(?P<module>{_IDENTIFIERS})\s*"
    rf"(?::\s*(?P<attribute>{_IDENTIFIERS})\s*)?"
    r"(?:\[\s*(?P<extras>[\w., \t-]*)\]\s*)?"
)
_GROUP = late_pattern(r"[^\[\]\r\n]+")
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
        self.text, self.reason = text, reason


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
        if not _is_group(group):
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


@dataclass(frozen=True, slots=True)
class MalformedEntry:
    """A line of ``entry_points.txt`` that is no entry point, though old tools wrote it.

    ``line`` is its text as it stands in ``group``, ``number`` its place in the file
    (from 1; 0 when it is not known), ``reason`` what is wrong with it.
    """

    group: str
    line: str
    reason: str = field(default="", compare=False)
    number: int = field(default=0, compare=False)


def parse_entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Read the text of ``entry_points.txt``; raises ``InvalidEntryPointError``.

    The format is the INI subset of the entry points specification: groups in
    brackets, ``name = reference`` lines, ``#`` and ``;`` comments on own lines.
    """
    found: dict[tuple[str, str], EntryPoint] = {}
    for _, group, line in _rows(text):
        _add(found, group, line)
    return tuple(found.values())


def read_entry_points(
    text: str,
) -> tuple[tuple[EntryPoint, ...], tuple[MalformedEntry, ...]]:
    """Read the file of a finished distribution: entry points, and lines that are none.

    Nobody can mend it any more, and only who uses the group meets the fault: just the
    two groups of scripts, and the groups' own lines, are read as strictly as by
    ``parse_entry_points``, and it raises as that does.
    """
    found: dict[tuple[str, str], EntryPoint] = {}
    malformed: list[MalformedEntry] = []
    for number, group, line in _rows(text):
        try:
            _add(found, group, line)
        except InvalidEntryPointError as error:
            if not _is_group(group) or group in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
                raise
            malformed.append(MalformedEntry(group, line, error.reason, number))
    return tuple(found.values()), tuple(malformed)


def refuse_line(group: str, line: str) -> None:
    """Raise the ``InvalidEntryPointError`` that says what is wrong with ``line``."""
    _add({}, group, line)
    raise InvalidEntryPointError(line, f"its name stands twice in [{group}]")


def _rows(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, group and text of each line that should be an entry point."""
    group = ""
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
        else:
            yield number, group, line


def _add(found: dict[tuple[str, str], EntryPoint], group: str, line: str) -> None:
    name, sep, reference = line.partition("=")
    if not sep:
        raise InvalidEntryPointError(line, "there is no '='")
    if not group:
        raise InvalidEntryPointError(line, "it stands before any [group]")
    # Some old tools end references with a trailing comment.
    reference = reference.split(" #", 1)[0].strip()
    entry = EntryPoint.parse(group, name.strip(), reference)
    if (group, entry.name) in found:
        raise InvalidEntryPointError(line, f"{entry.name!r} is named twice")
    found[group, entry.name] = entry


def _is_group(text: str) -> bool:
    return bool(_GROUP.fullmatch(text)) and text.isprintable()


def to_entry_points_text(
    entries: Iterable[EntryPoint], malformed: Iterable[MalformedEntry] = ()
) -> str:
    """Write ``entry_points.txt``, groups and names sorted; empty for none.

    The lines of ``malformed`` stand as they are, last in their groups. Raises
    ``InvalidEntryPointError`` for one that would be read as something else.
    """
    groups: dict[str, list[str]] = {}
    for entry in sorted(entries):
        lines = groups.setdefault(entry.group, [])
        lines.append(f"{entry.name} = {entry.reference}")
    for one in malformed:
        _, read_again = read_entry_points(f"[{one.group}]\n{one.line}\n{one.line}")
        if one not in read_again:
            raise InvalidEntryPointError(one.line, f"it is no line of [{one.group}]")
        groups.setdefault(one.group, []).append(one.line)
    return "\n".join(
        "".join(f"{line}\n" for line in (f"[{group}]", *groups[group]))
        for group in sorted(groups)
    )
