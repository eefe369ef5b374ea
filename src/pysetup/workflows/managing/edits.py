"""Adding requirements to a list and taking them out: decided first, nothing written."""

from collections.abc import Callable, Sequence

from pysetup.errors import AnswerError, UsageError
from pysetup.metadata.formats.requirement_lists import (
    Listed,
    RequirementLists,
    Section,
)
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, split_marker
from pysetup.values import dataclass
from pysetup.workflows.managing.bounds import plain_quotes


class AlreadyThereError(AnswerError):
    """What should be added is a requirement of the project already, word for word.

    Nothing was changed. With other versions, extras or another URL, ``add`` changes the
    line that stands there.
    """

    code = "PS1870"

    def __init__(self, text: str, place: str, name: str) -> None:
        super().__init__(
            f"{name} is there already: {text} ({place})",
            facts={"requirement": text, "place": place},
            hints=(
                f"other versions:  pysetup add '{name}>=VERSION'",
                f"the newest that fits:  pysetup upgrade {name}",
            ),
        )


class NotThereError(AnswerError):
    """What should be removed is no requirement of that list.

    Nothing was changed. The facts say in which other lists of the project it stands, if
    it does; ``--group`` and ``--extra`` choose them. What others require cannot be
    removed: ``pysetup why NAME`` says who does.
    """

    code = "PS1871"

    def __init__(self, name: str, section: Section, others: Sequence[Section]) -> None:
        told = f"{section}" if section.name else "the dependencies"
        where = [str(one) for one in others]
        super().__init__(
            f"{name[:80]} is not in {told} of this project",
            facts={"name": name[:80], "list": str(section), "stands in": where},
            hints=tuple(f"pysetup remove {option(one)}{name}" for one in others)
            or (f"pysetup why {name}  says who requires it",),
        )


class NamedTwiceError(UsageError):
    """The same requirement was given twice, or stands twice in the file.

    One project may be required twice only under different markers
    (``; python_version < "3.12"``), of which one holds.
    """

    code = "PS2871"

    def __init__(self, name: str, texts: Sequence[str], place: str) -> None:
        super().__init__(
            f"{name} stands twice {place}: {' and '.join(texts)[:300]}",
            facts={"name": name, "requirements": list(texts)},
            hints=("leave one of them, or give each a marker of its own",),
        )


class OwnNameError(UsageError):
    """A project was to require itself.

    Only an extra or a group may name the project, with extras of it in brackets: then
    they hold what those extras hold.
    """

    code = "PS2876"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is this project itself, which cannot require itself",
            facts={"name": name},
            hints=(
                "check the name, or choose the project:  --project DIR",
                f"extras of it:  pysetup add --extra NAME '{name}[EXTRA]'",
            ),
        )


def option(section: Section) -> str:
    """Return the option that names the list, with a blank behind it."""
    return f"--{section.kind} {section.name} " if section.name else ""


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement that comes (``before`` is empty), goes, or is exchanged."""

    before: str
    after: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"before": self.before or None, "after": self.after or None}

    def __str__(self) -> str:
        if self.before and self.after:
            return f"~ {self.before} -> {self.after}"
        return f"+ {self.after}" if self.after else f"- {self.before}"


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """A changed file, and what was changed in it."""

    lists: RequirementLists
    section: Section
    changes: tuple[Change, ...]


def plan_add(
    lists: RequirementLists,
    section: Section,
    wanted: Sequence[Requirement],
    *,
    text_of: Callable[[Requirement], str],
) -> PlannedEdit:
    """Return the edit that adds ``wanted``, or changes what stands there for it.

    ``text_of`` gives the text of one that says no versions. Raises
    ``AlreadyThereError``, ``NamedTwiceError``, and as the lists do.
    """
    refuse_repeated(wanted)
    changes = []
    for requirement in wanted:
        there = _of(lists.listed(section), requirement)
        if len(there) > 1:
            texts = [f"{one.text} (line {one.line})" for one in there]
            raise NamedTwiceError(there[0].name, texts, f"in {lists.filename}")
        if not there:
            text = text_of(requirement)
            lists = lists.with_added(section, text)
            changes.append(Change("", text))
            continue
        (before,) = there
        text = _joined(before, requirement)
        if before.requirement is not None and before.requirement == _parsed(text):
            place = f"{lists.filename}:{before.line}"
            raise AlreadyThereError(before.text, place, before.name)
        lists = lists.with_replaced(section, before.index, text)
        changes.append(Change(before.text, text))
    return PlannedEdit(lists, section, tuple(changes))


def plan_remove(
    lists: RequirementLists, section: Section, names: Sequence[str]
) -> PlannedEdit:
    """Return the edit that takes all requirements on ``names`` out of a list.

    Raises ``NotThereError``, ``NamedTwiceError``, and as the lists do.
    """
    wanted = [normalize_name(name) for name in names]
    for name in wanted:
        if wanted.count(name) > 1:
            raise NamedTwiceError(name, [name, name], "on the command line")
    changes = []
    for name in wanted:
        found = [one for one in lists.listed(section) if one.name == name]
        if not found:
            raise NotThereError(name, section, _elsewhere(lists, section, name))
        for one in reversed(found):
            lists = lists.without(section, one.index)
            changes.append(Change(one.text, ""))
    return PlannedEdit(lists, section, tuple(changes))


def refuse_repeated(wanted: Sequence[Requirement]) -> None:
    """Raise ``NamedTwiceError`` if two are of one project under the same marker."""
    seen: dict[tuple[str, str], Requirement] = {}
    for one in wanted:
        key = (normalize_name(one.name), str(one.marker or ""))
        if key in seen:
            texts = [str(seen[key]), str(one)]
            raise NamedTwiceError(key[0], texts, "on the command line")
        seen[key] = one


def refuse_itself(wanted: Sequence[Requirement], section: Section, name: str) -> None:
    """Raise ``OwnNameError`` if the project ``name`` would require itself."""
    for one in wanted:
        is_own = name and normalize_name(one.name) == normalize_name(name)
        if is_own and (section.kind == "dependencies" or not one.extras):
            raise OwnNameError(name)


def is_free(requirement: Requirement) -> bool:
    """Tell whether a requirement says nothing of versions and places."""
    return not requirement.specifier and not requirement.url


def _of(listed: Sequence[Listed], wanted: Requirement) -> list[Listed]:
    """Return what stands there for the same project under the same marker."""
    key = (normalize_name(wanted.name), str(wanted.marker or ""))
    return [one for one in listed if (one.name, one.marker) == key]


def _joined(before: Listed, wanted: Requirement) -> str:
    """Return what stands there, with what was asked for now."""
    old = before.requirement
    assert old is not None, "what has a name is a requirement"
    extras = sorted({*old.extras, *wanted.extras})
    listed = f"[{','.join(extras)}]" if extras else ""
    url = wanted.url or ("" if wanted.specifier else old.url)
    place = f" @ {url}" if url else str(wanted.specifier or old.specifier)
    _, marker = split_marker(wanted)
    space = " " if url and marker else ""
    text = f"{old.name}{listed}{place}{space}"
    return f"{text}; {plain_quotes(marker)}" if marker else text


def _parsed(text: str) -> Requirement | None:
    return Listed(text, 0, 0).requirement


def _elsewhere(
    lists: RequirementLists, section: Section, name: str
) -> tuple[Section, ...]:
    return tuple(
        one
        for one in lists.sections()
        if one != section and any(each.name == name for each in lists.listed(one))
    )
