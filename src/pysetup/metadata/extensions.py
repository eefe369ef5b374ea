"""Extensions: the registry of the standard ones, who may own a name, own schemas.

A standard extension that is wrong makes the document invalid: the document's schema
refers to the schemas here. Every other extension belongs to whom its name says, and is
checked against the schema that it brings itself, if it brings one.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pysetup.metadata.json_schema import (
    ANNOTATIONS,
    KEYWORDS,
    LOCAL,
    Schema,
    TooMuchWorkError,
    find_violations,
)
from pysetup.metadata.patterns import is_simple_pattern
from pysetup.metadata.problems import Problem, did_you_mean
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.standards.names import normalize_name

STANDARD_EXTENSIONS = (
    "pysetup.legacy",
    "pysetup.platform",
    "python.commands",
    "python.constraints",
    "python.details",
    "python.exports",
    "python.external",
    "python.files",
    "python.groups",
    "python.integrator",
    "python.project",
)
_SCHEMAS = Path(__file__).with_name("schema")
# First labels that name no project: the standard extensions, and our own.
_SHARED_OWNERS = ("python", "pysetup")
# Where a reversed domain begins, beside the two letters of a country.
_TOP_LEVELS = frozenset(
    {
        *("com", "org", "net", "edu", "gov", "int", "mil", "info", "biz", "name"),
        *("app", "blog", "cloud", "codes", "coop", "dev", "museum", "page", "systems"),
        *("software", "tech", "xyz", "arpa", "local", "example", "test"),
    }
)
_COUNTRY = 2
# More than any schema needs for any extension: one step is one schema at one value.
_STEPS = 50_000


def extension_schema_text(name: str) -> str:
    """Return the JSON Schema (2020-12) of the standard extension ``name``."""
    path = _SCHEMAS / "extensions" / f"{name}.schema.json"
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def extension_schemas() -> Mapping[str, Schema]:
    """Return the schema of every standard extension by the extension's name."""
    return {
        name: json.loads(extension_schema_text(name)) for name in STANDARD_EXTENSIONS
    }


def find_extension_problems(document: Mapping[str, JSON]) -> Iterator[Problem]:
    """Yield what is wrong or odd about extensions, beyond the document's schema.

    Errors where an extension does not follow the schema in its ``extension_schema``,
    or that is no schema; nothing is fetched for one that is a URL. Warnings where a
    name belongs to nobody in sight.
    """
    extensions = document.get("extensions")
    for name, value in (extensions if isinstance(extensions, dict) else {}).items():
        pointer = f"/extensions/{escape_pointer(name)}"
        yield from _find_foreign(document, name, pointer)
        schema = value.get("extension_schema") if isinstance(value, dict) else None
        if isinstance(schema, dict):
            yield from _find_own(value, schema, pointer)


def owner_of_extension(name: str, *, project: str) -> str:
    """Return the project that the first label of an extension's name tells, or nothing.

    ``project`` is the one whose document it stands in; a project may have full stops
    in its own name. A domain that is read backwards tells no project.
    """
    owner, *rest = labels = name.split(".")
    own = normalize_name(project)
    beginnings = (".".join(labels[: end + 1]) for end in range(len(labels)))
    if own in map(normalize_name, beginnings):
        return project
    if owner in _SHARED_OWNERS:
        return _SHARED_OWNERS[-1]
    return "" if rest and _is_top_level(owner) else owner


def _is_top_level(label: str) -> bool:
    return len(label) == _COUNTRY or label in _TOP_LEVELS


def _find_foreign(
    document: Mapping[str, JSON], name: str, pointer: str
) -> Iterator[Problem]:
    """Tell of a name that begins neither with the project nor with a domain."""
    project = document.get("name")
    own = normalize_name(project) if isinstance(project, str) else ""
    owner, *rest = labels = name.split(".")
    # A project may have full stops in its own name.
    beginnings = (".".join(labels[: end + 1]) for end in range(len(labels)))
    if own in map(normalize_name, beginnings):
        return
    if owner in _SHARED_OWNERS:
        if name not in STANDARD_EXTENSIONS:
            message = f"is no standard extension, and {owner} names are for those"
            hint = did_you_mean(name, STANDARD_EXTENSIONS) or f"begin it with {own}"
            yield _odd(pointer, "extension-unknown", message, hint)
    elif not (rest and _is_top_level(owner)):
        message = "begins neither with the name of the project nor with a domain"
        yield _odd(pointer, "extension-owner", message, f"begin it with {own}")


@lru_cache(maxsize=1)
def _schema_of_schemas() -> Schema:
    text = (_SCHEMAS / "extension-schema.schema.json").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def _find_own(
    value: dict[str, JSON], schema: dict[str, JSON], pointer: str
) -> Iterator[Problem]:
    """Yield what violates the schema that an extension brings; trust it in nothing."""
    place = f"{pointer}/extension_schema"
    faults = [
        *find_violations(schema, _schema_of_schemas()),
        *_find_unusable(schema, schema),
    ]
    yield from _below(place, faults)
    if any(fault.severity == "error" for fault in faults):
        return
    content = {key: item for key, item in value.items() if key != "extension_schema"}
    try:
        violations = list(find_violations(content, _checkable(schema), steps=_STEPS))
    except (TooMuchWorkError, RecursionError):
        message = "asks for too much work: it refers to itself, or branches endlessly"
        yield Problem(place, "extension-schema", message, "make it simpler")
        return
    yield from _below(pointer, violations)


def _below(pointer: str, problems: list[Problem]) -> Iterator[Problem]:
    for one in problems:
        where = f"{pointer}{one.pointer}"
        yield Problem(where, one.rule, one.message, one.hint, one.severity)


def _find_unusable(
    schema: Mapping[str, JSON], root: Mapping[str, JSON], pointer: str = ""
) -> Iterator[Problem]:
    """Yield references to nothing, patterns that could hang, and unknown keywords."""
    unknown = sorted(set(schema) - KEYWORDS - ANNOTATIONS)
    if unknown:
        message = f"has keywords that are not checked here: {', '.join(unknown)}"
        yield Problem(pointer, "extension-schema", message, severity="warning")
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not is_simple_pattern(pattern):
        message = "is too complex a pattern to be checked here"
        where = f"{pointer}/pattern"
        yield Problem(where, "extension-schema", message, severity="warning")
    definitions = root.get("$defs")
    known = definitions if isinstance(definitions, dict) else {}
    target = str(schema.get("$ref", ""))
    if target.startswith(LOCAL) and target.removeprefix(LOCAL) not in known:
        yield Problem(f"{pointer}/$ref", "extension-schema", "refers to nothing")
    for below, inner in _schemas_in(schema, pointer):
        yield from _find_unusable(inner, root, below)


def _schemas_in(
    schema: Mapping[str, JSON], pointer: str = ""
) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Yield the schemas right below ``schema``, with their pointers."""
    for keyword in ("items", "not", "propertyNames", "additionalProperties"):
        inner = schema.get(keyword)
        if isinstance(inner, dict):
            yield f"{pointer}/{keyword}", inner
    for keyword in ("properties", "$defs"):
        inner = schema.get(keyword)
        for key, one in (inner if isinstance(inner, dict) else {}).items():
            if isinstance(one, dict):
                yield f"{pointer}/{keyword}/{escape_pointer(key)}", one
    for keyword in ("anyOf", "allOf"):
        inner = schema.get(keyword)
        for index, one in enumerate(inner if isinstance(inner, list) else []):
            if isinstance(one, dict):
                yield f"{pointer}/{keyword}/{index}", one


def _checkable(schema: JSON) -> dict[str, JSON]:
    """Return ``schema`` without what could hang, in it and below it."""
    assert isinstance(schema, dict)
    made = dict(schema)
    pattern = made.get("pattern")
    if isinstance(pattern, str) and not is_simple_pattern(pattern):
        del made["pattern"]
    for keyword in ("items", "not", "propertyNames", "additionalProperties"):
        if isinstance(made.get(keyword), dict):
            made[keyword] = _checkable(made[keyword])
    for keyword in ("properties", "$defs"):
        inner = made.get(keyword)
        if isinstance(inner, dict):
            made[keyword] = {key: _checkable(one) for key, one in inner.items()}
    for keyword in ("anyOf", "allOf"):
        inner = made.get(keyword)
        if isinstance(inner, list):
            made[keyword] = [_checkable(one) for one in inner]
    return made


def _odd(pointer: str, rule: str, message: str, hint: str = "") -> Problem:
    return Problem(pointer, rule, message, hint, severity="warning")
