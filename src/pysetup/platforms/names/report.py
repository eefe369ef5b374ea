"""The map of names as people and programs read it: each mapping with its evidence."""

from collections.abc import Iterable, Sequence

from pysetup.errors import ResolutionError
from pysetup.platforms.plan import MappedRequirement
from pysetup.standards.jsontext import JSON

_MOST_TOLD = 20
_MOST_NOTED = 5
# The first word of an evidence -> what it means.
_MEANINGS = {
    "document": "stated in the document (pysetup.platform)",
    "map": "stated in a file of --map-deps",
    "registry": "a mapping in the format of PEP 804",
    "splits": "pysetup's table of names that stand in no list, or are several packages",
    "tools": "pysetup's table of tools that systems have themselves",
    "installed": "the package database of this machine",
    "contents": "the file lists of the archive",
    "primary": "what the packages of the repository provide",
    "files": "the file lists of the repository",
    "table": "a table that comes with pysetup",
    "neighbour": "the table of another release, not looked up in this one",
    "dh-python": "the table of dh-python on this machine",
    "rule": "the usual name, proved by the files of that package",
    "python3dist": "the name that RPM packages provide by themselves, not looked up",
    "custom": "the custom of that system, not looked up",
    "own": "made by pysetup, too",
}

# Names that were not looked up in the system: they follow a custom, or other releases.
_UNCHECKED = frozenset(("neighbour", "python3dist", "custom"))


class UnmappedRequirementsError(ResolutionError):
    """Requirements have no package on the target, as far as anybody knows.

    Nothing is guessed. For each of them there are three choices: build that dependency
    too (``--with-deps``), say what it is called there (``--map-deps``, or the extension
    ``pysetup.platform`` of the document), or leave it out by mapping it to nothing.
    """

    code = "PS3740"

    def __init__(self, requirements: Sequence[str], target: str) -> None:
        told = ", ".join(requirements[:_MOST_TOLD])
        more = len(requirements) - _MOST_TOLD
        many = "requirements have" if len(requirements) > 1 else "requirement has"
        super().__init__(
            f"{len(requirements)} {many} no known package on {target}: {told}"
            + (f", and {more} more" if more > 0 else ""),
            facts={"target": target, "requirements": list(requirements)},
            hints=choices(requirements[0] if requirements else "NAME"),
        )


def choices(requirement: str) -> tuple[str, ...]:
    """Return what can be done about a requirement that is not mapped."""
    name = requirement.split(";", maxsplit=1)[0].strip()
    outside = name.startswith("dep:")
    for mark in "@" if outside else "[<>=!~ @(":
        name = name.split(mark, maxsplit=1)[0]
    head, tail = ('{"external": ', "}") if outside else ("", "")
    packages, none = (
        f'{head}{{"{name}": {what}}}{tail}' for what in ('["PACKAGE"]', "[]")
    )
    stated = (
        f"say what it is called:  --map-deps FILE  with  {packages}",
        f"leave it out:  --map-deps FILE  with  {none}",
    )
    return stated if outside else ("build it, too:  --with-deps", *stated)


def unmapped(rows: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return the requirements that nobody could map."""
    return tuple(row.requirement for row in rows if not row.evidence)


def unchecked(rows: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return the requirements whose packages nobody looked up in the system."""
    return tuple(row.requirement for row in rows if _word(row) in _UNCHECKED)


def unchecked_note(
    rows: Iterable[MappedRequirement], target: str, *, with_lists: bool
) -> tuple[str, ...]:
    """Return what people are told of unchecked names, if there are any.

    ``with_lists`` tells that there are lists of such a system that could be read.
    """
    found = unchecked(rows)
    if not found:
        return ()
    more = len(found) - _MOST_NOTED
    told = ", ".join(found[:_MOST_NOTED]) + (f" and {more} more" if more > 0 else "")
    way = " (--package-lists PLACE does that)" if with_lists else ""
    return (f"not looked up whether {target} has {told}{way}",)


def mapping_json(rows: Iterable[MappedRequirement]) -> list[JSON]:
    """Return the map as JSON; what is not mapped has its choices with it."""
    found: list[JSON] = []
    for row in rows:
        value = row.to_json()
        if not row.evidence:
            value["choices"] = list(choices(row.requirement))
        found.append(value)
    return found


def mapping_text(rows: Sequence[MappedRequirement], *, target: str) -> str:
    """Return the map as columns: requirement, relations, and who says so."""
    if not rows:
        return f"nothing is required on {target}\n"
    table = [
        (
            row.requirement,
            _relations_of(row),
            row.evidence or "NOT MAPPED",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in (0, 1)]
    lines = [
        f"{first:<{widths[0]}}  {second:<{widths[1]}}  {third}".rstrip()
        for first, second, third in table
    ]
    missing = unmapped(rows)
    if missing:
        lines += ["", f"not mapped: {', '.join(missing)}; for each one choose:"]
        lines += [f"  {choice}" for choice in choices(missing[0])]
    lines += ["", "evidence", *_legend(rows)]
    return "".join(f"{line}\n" for line in lines)


def _relations_of(row: MappedRequirement) -> str:
    if not row.evidence:
        return "-"
    return ", ".join(row.relations or row.packages) or "(nothing is needed)"


def _legend(rows: Iterable[MappedRequirement]) -> list[str]:
    words = dict.fromkeys(map(_word, rows))
    known = {word: _MEANINGS[word] for word in words if word in _MEANINGS}
    width = max(map(len, known), default=0)
    return [f"  {word:<{width}}  {meaning}" for word, meaning in known.items()]


def _word(row: MappedRequirement) -> str:
    """Return the first word of the evidence: who says so."""
    return row.evidence.partition(":")[0].partition(",")[0]
