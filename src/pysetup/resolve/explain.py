"""Why there is no solution: the facts of a conflict, merged, ordered, in sentences."""

from collections import deque
from collections.abc import Iterator, Mapping

from pysetup.errors import redact
from pysetup.resolve.solver import Conflict
from pysetup.resolve.terms import (
    ROOT,
    Asked,
    Incompatibility,
    Limited,
    Needs,
    Overridden,
    Package,
    Refused,
    Rejection,
)
from pysetup.resolve.universe import Table
from pysetup.resolve.versionset import bits, mask_of, newest
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement
from pysetup.values import dataclass, field

MAX_RUNS = 3
MAX_ALIKE = 3
# How comparisons are told: the lower bound first.
_ORDER = ("===", "==", "~=", ">=", ">", "!=", "<=", "<")


@dataclass(frozen=True, slots=True)
class Cause:
    """One fact: ``subject verb  object``; ``data`` is the same for programs."""

    subject: str
    verb: str
    object: str
    data: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts of a conflict, those of the same kind merged."""

    asked: list[Asked]
    limits: list[Limited]
    overrides: list[Overridden]
    # (parent, project) -> requirement text -> (versions of the parent, requirement)
    needs: dict[tuple[Package, str], dict[str, tuple[int, Requirement]]]
    refused: dict[str, dict[int, Rejection]]
    # What is wanted of each project: the meet of all requirements, if there is one.
    wanted: dict[str, int]
    unmet: list[Requirement]


def causes_of(conflict: Conflict) -> tuple[Cause, ...]:
    """Return the facts that cannot hold together, the user's own first."""
    facts = _collect(conflict)
    causes = [*_asked(facts), *_limits(facts), *_overrides(facts)]
    for (parent, _), alike in _from_the_roots(facts):
        causes += _needs(parent, alike, conflict.tables[parent.name])
    for name, rejections in facts.refused.items():
        causes += _refused(name, rejections, facts, conflict.tables[name])
    for requirement in facts.unmet:
        causes.append(_unmet(requirement, conflict.tables))
    return tuple(causes)


def sentences(causes: tuple[Cause, ...]) -> list[str]:
    """Return one line for each cause, in columns."""
    width = max((len(cause.subject) for cause in causes), default=0)
    verbs = max((len(cause.verb) for cause in causes), default=0)
    return [
        ("and " if index else "    ")
        + f"{cause.subject:<{width}} {cause.verb:<{verbs}} {cause.object}".rstrip()
        for index, cause in enumerate(causes)
    ]


def requirement_text(requirement: Requirement) -> str:
    """Return a requirement as it is told: ``name[extra] >=1,<2``, without marker."""
    extras = ",".join(sorted(requirement.extras))
    name = f"{requirement.name}[{extras}]" if extras else requirement.name
    if requirement.url is not None:
        return f"{name} @ {redact(requirement.url)}"
    return f"{name} {specifier_text(requirement)}".rstrip()


def specifier_text(requirement: Requirement) -> str:
    """Return the comparisons of a requirement, the lower bound first."""
    ordered = sorted(
        requirement.specifier,
        key=lambda each: (_ORDER.index(each.operator), each.version),
    )
    return ",".join(map(str, ordered))


def versions_text(table: Table, mask: int) -> str:
    """Return the versions in ``mask`` as ranges over those that can be used."""
    within = table.usable | mask
    if mask & within == within and mask.bit_count() > 1:
        return f"every version of {table.name}"
    return f"{table.name} {runs_text(table, mask, within=within)}"


def runs_text(table: Table, mask: int, *, within: int) -> str:
    """Return ``mask`` as ``1.0 to 1.4, 2.0 and later``."""
    versions = table.versions.versions
    texts = []
    for first, last in table.versions.runs(mask, within=within):
        if first == last:
            texts.append(str(versions[first]))
        elif last == newest(within):
            texts.append(f"{versions[first]} and later")
        else:
            texts.append(f"{versions[first]} to {versions[last]}")
    if len(texts) > MAX_RUNS:
        return f"{texts[0]}, ... {texts[-1]} ({mask.bit_count()} versions)"
    return ", ".join(texts)


def _collect(conflict: Conflict) -> _Facts:
    facts = _Facts([], [], [], {}, {}, {}, [])
    for clause in conflict.incompatibility.facts():
        cause = clause.cause
        if isinstance(cause, Refused):
            (package,) = clause.terms
            facts.refused.setdefault(package.name, {}).update(cause.rejections)
        elif isinstance(cause, Limited) and cause not in facts.limits:
            facts.limits.append(cause)
        elif isinstance(cause, (Asked, Needs, Overridden)):
            _collect_requirement(clause, cause, facts)
    return facts


def _collect_requirement(
    clause: Incompatibility, cause: Asked | Needs | Overridden, facts: _Facts
) -> None:
    requirement = cause.requirement
    name = normalize_name(requirement.name)
    wanted = 0
    for package, term in clause.terms.items():
        if not term.positive:
            wanted = term.mask
        elif package != ROOT:
            alike = facts.needs.setdefault((package, name), {})
            text = requirement_text(requirement)
            before, _ = alike.get(text, (0, requirement))
            alike[text] = (before | term.mask, requirement)
    if isinstance(cause, Asked) and cause not in facts.asked:
        facts.asked.append(cause)
    if isinstance(cause, Overridden) and cause not in facts.overrides:
        facts.overrides.append(cause)
    if wanted:
        facts.wanted[name] = facts.wanted.get(name, wanted) & wanted or wanted
    elif requirement not in facts.unmet:
        facts.unmet.append(requirement)


def _from_the_roots(
    facts: _Facts,
) -> list[tuple[tuple[Package, str], dict[str, tuple[int, Requirement]]]]:
    """Return the requirements between projects, nearest to the user's own first."""
    distance = {normalize_name(each.requirement.name): 0 for each in facts.asked}
    for override in facts.overrides:
        distance.setdefault(normalize_name(override.requirement.name), 0)
    children: dict[str, list[str]] = {}
    for parent, child in facts.needs:
        children.setdefault(parent.name, []).append(child)
    waiting = deque(distance)
    while waiting:
        name = waiting.popleft()
        for child in children.get(name, ()):
            if child not in distance:
                distance[child] = distance[name] + 1
                waiting.append(child)
    far = len(distance)
    return sorted(
        facts.needs.items(), key=lambda item: distance.get(item[0][0].name, far)
    )


def _asked(facts: _Facts) -> Iterator[Cause]:
    for asked in facts.asked:
        yield Cause(
            asked.source,
            "needs",
            requirement_text(asked.requirement),
            {"kind": "asked", **_told(asked.requirement), "from": asked.source},
        )


def _limits(facts: _Facts) -> Iterator[Cause]:
    for limit in facts.limits:
        yield Cause(
            limit.source,
            "allows only",
            requirement_text(limit.requirement),
            {"kind": "constraint", **_told(limit.requirement), "from": limit.source},
        )


def _overrides(facts: _Facts) -> Iterator[Cause]:
    for override in facts.overrides:
        yield Cause(
            override.source,
            "overrides with",
            requirement_text(override.requirement),
            {
                "kind": "override",
                **_told(override.requirement),
                "from": override.source,
            },
        )


def _needs(
    parent: Package, alike: Mapping[str, tuple[int, Requirement]], table: Table
) -> Iterator[Cause]:
    rows = list(alike.values())
    if len(rows) > MAX_ALIKE:
        # Each version needs another one of the same project: one sentence for all.
        mask = 0
        for each, _ in rows:
            mask |= each
        rows = [(mask, rows[0][1])]
    for mask, requirement in sorted(rows, key=lambda row: -newest(row[0])):
        subject = versions_text(table, mask)
        if parent.extra:
            subject = subject.replace(table.name, str(parent), 1)
        told = requirement_text(requirement)
        if len(alike) > MAX_ALIKE:
            told = f"{requirement.name}, each its own versions (such as {told})"
        one = mask.bit_count() == 1 or subject.startswith("every")
        data: dict[str, JSON] = {
            "kind": "requirement",
            "parent": str(parent),
            "versions": [str(table.versions.versions[index]) for index in bits(mask)],
            **_told(requirement),
        }
        yield Cause(subject, "needs" if one else "need", told, data)


def _refused(
    name: str, rejections: Mapping[int, Rejection], facts: _Facts, table: Table
) -> Iterator[Cause]:
    # Only the versions that somebody wants are of interest.
    wanted = facts.wanted.get(name, table.versions.all)
    told = {bit: why for bit, why in rejections.items() if wanted >> bit & 1}
    groups: dict[str, list[int]] = {}
    for bit in sorted(told or rejections, reverse=True):
        groups.setdefault(rejections[bit].text, []).append(bit)
    for text, indexes in list(groups.items())[:MAX_ALIKE]:
        mask = mask_of(indexes)
        within = wanted & table.versions.all | mask
        versions: list[JSON] = [str(table.versions.versions[bit]) for bit in indexes]
        yield Cause(
            f"{name} {runs_text(table, mask, within=within)}",
            "cannot be used:",
            text,
            {
                "kind": rejections[indexes[0]].kind,
                "package": name,
                "versions": versions,
                "text": text,
            },
        )


def _unmet(requirement: Requirement, tables: Mapping[str, Table]) -> Cause:
    name = normalize_name(requirement.name)
    table = tables[name]
    data: dict[str, JSON] = {"kind": "absent", "package": name}
    if not table.found:
        return Cause(name, "is", "on none of the indexes that were looked at", data)
    specifier = specifier_text(requirement)
    if table.direct:
        candidate = table.candidates[newest(table.direct)]
        there = f"the one at {redact(candidate.url)} is {candidate.version}"
    elif table.candidates:
        there = f"the newest is {table.candidates[-1].version}"
    else:
        there = "it has none at all"
    text = f"{specifier}; {there}"
    return Cause(f"no version of {name}", "fits", text, data)


def _told(requirement: Requirement) -> dict[str, JSON]:
    return {
        "package": normalize_name(requirement.name),
        "specifier": specifier_text(requirement),
        "url": None if requirement.url is None else redact(requirement.url),
    }


@dataclass(frozen=True, slots=True)
class Alone:
    """One requirement of the user's that fails all by itself."""

    asked: Asked
    table: Table
    rejections: Mapping[int, Rejection]


def requirement_alone(conflict: Conflict) -> Alone | None:
    """Return the requirement that fails without any other's doing, if it is so."""
    facts = _collect(conflict)
    others = facts.needs or facts.limits or facts.overrides
    if len(facts.asked) != 1 or others:
        return None
    asked = facts.asked[0]
    name = normalize_name(asked.requirement.name)
    table = conflict.tables[name]
    return Alone(asked, table, {**table.rejections, **facts.refused.get(name, {})})
