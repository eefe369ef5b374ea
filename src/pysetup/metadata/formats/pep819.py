"""METADATA.json (PEP 819, draft of December 2025): lenient reader, strict writer."""

from collections.abc import Iterator, Mapping

from pysetup.metadata.document import (
    DOCUMENT_VERSION,
    OWN_SECTIONS,
    InvalidDocumentError,
    Metadata,
)
from pysetup.metadata.fields import (
    BY_KEY,
    Field,
    check_metadata_version,
    is_present,
    lowest_version,
)
from pysetup.metadata.legacy import LEGACY_EXTENSION, split_keywords, split_urls
from pysetup.metadata.problems import Loss, Problem
from pysetup.standards.jsontext import (
    JSON,
    escape_pointer,
    parse_json_object,
    to_json_text,
)
from pysetup.standards.versions import parse_version

METADATA_JSON = "METADATA.json"
MAX_BYTES = 8 * 1024 * 1024
_NOT_COMPARED = ("metadata_version", "document_version")


def read(content: bytes, *, source: str = METADATA_JSON) -> Metadata:
    """Read ``METADATA.json``, and what other tools write in its place.

    Accepted beyond the PEP: plural keys, header spelling of keys, null for absent, an
    empty list under a plural key for the same, one string for a list, keywords in one
    string, and ``project_url`` as a list (the PEP's prose and schema disagree);
    ``find_deviations`` tells of them. Keys that this version does not know are carried.

    Raises ``InvalidJsonError``, ``InvalidDocumentError``, ``InvalidNameError``,
    ``InvalidVersionError`` or ``UnsupportedMetadataVersionError``.
    """
    mapping, _ = _normalized(content, source=source)
    mapping.setdefault("document_version", DOCUMENT_VERSION)
    version = mapping.get("metadata_version")
    if not isinstance(version, str):
        raise InvalidDocumentError(source, "/metadata_version", "must be a string")
    check_metadata_version(version, source=source)
    if isinstance(mapping.get("version"), str):
        mapping["version"] = str(parse_version(str(mapping["version"])))
    return Metadata.from_dict(mapping, source=source)


def find_deviations(
    content: bytes, *, source: str = METADATA_JSON
) -> tuple[Problem, ...]:
    """Return what ``read`` forgives in ``content``; raises as it does."""
    return tuple(_normalized(content, source=source)[1])


def _normalized(
    content: bytes, *, source: str
) -> tuple[dict[str, JSON], list[Problem]]:
    given = parse_json_object(content, source=source, limit=MAX_BYTES)
    mapping: dict[str, JSON] = {}
    problems: list[Problem] = []
    legacy: dict[str, JSON] = {}
    for name, value in given.items():
        key = _key(name)
        pointer = f"/{escape_pointer(name)}"
        if key != name:
            problems.append(
                _deviation(pointer, "key", f"the key is {key!r} in PEP 819")
            )
        if value is None:
            problems.append(_deviation(pointer, "null", "an absent key has no null"))
            continue
        if value == [] and key != name:
            # Who writes plural keys writes all of them; "import_names": [] must not
            # say that there is nothing to import.
            message = "an absent key has no empty list"
            problems.append(_deviation(pointer, "empty", message))
            continue
        if key in mapping:
            raise InvalidDocumentError(source, pointer, f"says {key!r} a second time")
        field = BY_KEY.get(key)
        if field is None:
            mapping[key] = value
            continue
        try:
            mapping[key] = _value(field, value, legacy)
        except _WrongTypeError as error:
            raise InvalidDocumentError(source, pointer, str(error)) from None
        if not isinstance(value, type(mapping[key])):
            wanted = "an object" if field.kind == "urls" else "a list"
            message = f"it is written as {wanted} in PEP 819"
            problems.append(_deviation(pointer, "type", message))
    if legacy:
        extensions = mapping.get("extensions")
        others = extensions if isinstance(extensions, Mapping) else {}
        mapping["extensions"] = {**others, LEGACY_EXTENSION: legacy}
    return mapping, problems


def _key(name: str) -> str:
    key = name.lower().replace("-", "_")
    singular = key.removesuffix("s")
    if key not in BY_KEY and singular in BY_KEY:
        return singular
    return key if key in BY_KEY else name


def _deviation(pointer: str, rule: str, message: str) -> Problem:
    return Problem(pointer, f"pep819-{rule}", message, severity="warning")


class _WrongTypeError(ValueError):
    """A value has a type for which there is no reading."""


def _value(field: Field, value: JSON, legacy: dict[str, JSON]) -> JSON:
    if field.kind == "urls":
        return _urls(value, legacy)
    if field.kind == "keywords" and isinstance(value, str):
        words, raw = split_keywords(value)
        if raw is not None:
            legacy[field.key] = raw
        return words
    if field.kind in ("list", "names", "keywords"):
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise _WrongTypeError("must be a list of strings")
        if field.kind == "names":
            return [str(text).lower().replace("-", "_") for text in texts]
        return texts
    if not isinstance(value, str):
        raise _WrongTypeError("must be a string")
    return value


def _urls(value: JSON, legacy: dict[str, JSON]) -> JSON:
    if isinstance(value, Mapping):
        if not all(isinstance(url, str) for url in value.values()):
            raise _WrongTypeError("must be an object of strings")
        return value
    if not isinstance(value, list):
        raise _WrongTypeError("must be an object from labels to URLs")
    urls, rows = split_urls(_url_rows(value))
    if rows is not None:
        legacy["project_url"] = rows
    return urls


def _url_rows(items: list[JSON]) -> Iterator[str]:
    for item in items:
        match item:
            case str(row):
                yield row
            case {"label": str(label), "url": str(url)}:
                yield f"{label}, {url}"
            case _:
                raise _WrongTypeError("must hold objects with label and url")


def write(metadata: Metadata) -> bytes:
    """Write ``METADATA.json``: the core keys, singular, absent when empty.

    Keys that this version does not know are written too. Raises
    ``InvalidDocumentError`` when a core key has a value of the wrong type.
    """
    made: dict[str, JSON] = {}
    for key, value in metadata.to_dict().items():
        field = BY_KEY.get(key)
        if key in OWN_SECTIONS or not (field is None or is_present(key, value)):
            continue
        if field is not None and not _is_strict(field, value):
            raise InvalidDocumentError(
                metadata.name, f"/{key}", "has a value of the wrong type"
            )
        made[key] = value
    made["metadata_version"] = lowest_version(metadata)
    made["version"] = str(metadata.version)
    return to_json_text(made).encode()


def _is_strict(field: Field, value: JSON) -> bool:
    if field.kind == "urls":
        return isinstance(value, dict) and _are_texts(list(value.values()))
    if field.kind in ("list", "names", "keywords"):
        return isinstance(value, list) and _are_texts(value)
    return isinstance(value, str)


def _are_texts(values: list[JSON]) -> bool:
    return all(isinstance(value, str) for value in values)


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what ``METADATA.json`` cannot carry: the sections that are our own.

    Raises ``InvalidDocumentError`` where ``write`` does.
    """
    before, after = metadata.to_dict(), read(write(metadata)).to_dict()
    found = [
        Loss(f"/{escape_pointer(key)}", _reason(key))
        for key, value in before.items()
        if key not in (*_NOT_COMPARED, "extensions") and value != after.get(key)
    ]
    found += [
        Loss(f"/extensions/{escape_pointer(name)}", _reason("extensions"))
        for name in metadata.extensions
    ]
    return tuple(sorted(found, key=lambda loss: loss.pointer))


def _reason(key: str) -> str:
    if key in OWN_SECTIONS:
        return "PEP 819 has no place for it"
    return "an empty value is left out"
