"""Dependencies as PEP 426 has them: rows with an extra and an environment."""

from collections.abc import Mapping, Sequence

from pysetup.metadata.document import InvalidDocumentError
from pysetup.metadata.purposes import extra_of
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    for_extra,
    parse_requirement,
    split_marker,
    with_marker,
)
from pysetup.values import dataclass, field

# The last text of PEP 426: these extras say what a dependency is for.
_PURPOSES = ("build", "test", "doc", "dev")
RESERVED_EXTRAS = ("all", "alldev", *_PURPOSES)
_KEYS = {
    "run_requires": "",
    "meta_requires": "",
    "build_requires": "build",
    "test_requires": "test",
    "dev_requires": "dev",
}


@dataclass(slots=True)
class Requirements:
    """Requirements by their place in the document: run, build, and groups."""

    run: list[str] = field(default_factory=list)
    build: list[str] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    requires: tuple[str, ...]
    extra: str
    environment: str


def read_requirements(raw: Mapping[str, JSON], *, source: str) -> Requirements:
    """Return the requirements of all keys, in both shapes that PEP 426 had.

    Dependencies for running (and those of a metadistribution) go to ``run``, with
    their extra and environment as a marker; for the build to ``build``; the others to
    the group of their purpose, or to ``test-EXTRA`` when they need an extra. In the
    last shape the extras build, test, doc and dev are purposes. Raises
    ``InvalidDocumentError``.
    """
    made = Requirements()
    for key, purpose in _KEYS.items():
        for row in _rows(raw, key, source=source):
            _add(made, row, purpose)
    for row in _rows(raw, "dependencies", source=source):
        if row.extra in _PURPOSES:
            _add(made, _Row(row.requires, "", row.environment), row.extra)
        else:
            _add(made, row, "")
    return made


def _rows(raw: Mapping[str, JSON], key: str, *, source: str) -> list[_Row]:
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidDocumentError(source, f"/{key}", "must be a list")
    rows = []
    for index, item in enumerate(value):
        match item:
            case str(text):
                rows.append(_Row((text,), "", ""))
            case {"requires": str(text)}:
                rows.append(_row((text,), item, key, index, source=source))
            case {"requires": [*texts]} if all(isinstance(t, str) for t in texts):
                one = tuple(map(str, texts))
                rows.append(_row(one, item, key, index, source=source))
            case _:
                reason = "must be a requirement or an object with requires"
                raise InvalidDocumentError(source, f"/{key}/{index}", reason)
    return rows


def _row(
    requires: tuple[str, ...],
    item: Mapping[str, JSON],
    key: str,
    index: int,
    *,
    source: str,
) -> _Row:
    extra, environment = item.get("extra") or "", item.get("environment") or ""
    if not isinstance(extra, str) or not isinstance(environment, str):
        pointer = f"/{key}/{index}"
        reason = "must have extra and environment as strings"
        raise InvalidDocumentError(source, pointer, reason)
    return _Row(requires, extra, environment)


def _add(made: Requirements, row: _Row, purpose: str) -> None:
    under = "" if purpose else row.extra
    texts = [_conditioned(text, row.environment, under) for text in row.requires]
    if not purpose:
        made.run += texts
    elif purpose == "build" and not row.extra:
        made.build += texts
    else:
        group = f"{purpose}-{normalize_name(row.extra)}" if row.extra else purpose
        made.groups.setdefault(group, []).extend(texts)


def _conditioned(text: str, environment: str, extra: str) -> str:
    """Return the requirement under both conditions, as it is if there is none."""
    if not environment and not extra:
        return text
    try:
        requirement = parse_requirement(text)
        if environment:
            both = requirement.marker is not None and " or " in environment
            condition = f"({environment})" if both else environment
            requirement = parse_requirement(with_marker(requirement, condition))
            text = str(requirement)
        return for_extra(requirement, extra) if extra else text
    except InvalidRequirementError:
        # Not PEP 508; what it says must not be lost.
        stated = [environment, f'extra == "{extra}"' if extra else ""]
        return f"{text}; {' and '.join(part for part in stated if part)}"


def to_rows(texts: Sequence[str]) -> list[JSON]:
    """Return requirements as rows; neighbours with the same conditions share one."""
    rows: list[tuple[str, str, list[str]]] = []
    for text in texts:
        bare, extra, environment = _taken_apart(text)
        if rows and rows[-1][:2] == (extra, environment):
            rows[-1][2].append(bare)
        else:
            rows.append((extra, environment, [bare]))
    return [
        {
            "requires": list(requires),
            **({"extra": extra} if extra else {}),
            **({"environment": environment} if environment else {}),
        }
        for extra, environment, requires in rows
    ]


def _taken_apart(text: str) -> tuple[str, str, str]:
    """Return a requirement without conditions, its extra, and its environment."""
    rest, extra = extra_of(text)
    try:
        requirement = parse_requirement(rest)
    except InvalidRequirementError:
        return text, "", ""
    if requirement.marker is None:
        return rest, extra, ""
    bare, environment = split_marker(requirement)
    return bare, extra, environment
