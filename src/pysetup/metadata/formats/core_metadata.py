"""METADATA and PKG-INFO of any version from 1.0 to 2.6, read and written."""

import binascii
from collections.abc import Iterator, Mapping

from pysetup.late import base64, late_pattern
from pysetup.metadata.document import DOCUMENT_VERSION, Metadata
from pysetup.metadata.fields import (
    BY_KEY,
    FIELDS,
    NOTHING,
    OLDEST_WRITTEN,
    REQUIRED_KEYS,
    WRITTEN_VERSIONS,
    Field,
    InvalidCoreMetadataError,
    check_metadata_version,
    is_present,
    lowest_version,
)
from pysetup.metadata.formats.core_versions import first_version, has_body, respelt
from pysetup.metadata.formats.headers import (
    UnwritableMetadataError,
    parse_headers,
    write_headers,
)
from pysetup.metadata.legacy import (
    LEGACY_EXTENSION,
    join_keywords,
    join_urls,
    split_keywords,
    split_urls,
)
from pysetup.metadata.meaning import meaning_of, same_meaning
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.standards.versions import parse_version

MAX_BYTES = 8 * 1024 * 1024
_BY_HEADER: Mapping[str, Field] = {field.header.lower(): field for field in FIELDS}
_LINE_BREAK = late_pattern(r"[\r\n]")
_NOT_COMPARED = ("metadata_version", "document_version")
_BODY = BY_KEY["description"]


def read(content: bytes, *, source: str = "METADATA") -> Metadata:
    """Read core metadata of any version below 3.0.

    What has no exact place in the document (unknown fields, a field that comes twice,
    bytes that are not UTF-8, the order of URLs) is kept in the extension
    ``pysetup.legacy``, and ``write`` puts it back.

    Raises ``InvalidCoreMetadataError``, ``UnsupportedMetadataVersionError``,
    ``InvalidNameError`` or ``InvalidVersionError``.
    """
    if len(content) > MAX_BYTES:
        raise InvalidCoreMetadataError(source, f"it is larger than {MAX_BYTES} bytes")
    headers, body, raw_bytes = _decoded(content)
    return from_headers(headers, body, source=source, raw_bytes=raw_bytes)


def from_headers(
    headers: list[tuple[str, str]],
    body: str,
    *,
    source: str,
    raw_bytes: Mapping[str, JSON] | None = None,
) -> Metadata:
    """Return the document of header fields and a body, however they were written.

    ``raw_bytes`` is the base64 of values that were not UTF-8, by their text. Raises
    as ``read``.
    """
    mapping, lists, leftovers = _sorted_out(headers, body, source=source)
    legacy = _take_lists(mapping, lists, leftovers)
    legacy |= {"headers": leftovers, "bytes": raw_bytes or {}}
    if any(legacy.values()):
        kept = {key: value for key, value in legacy.items() if value}
        mapping["extensions"] = {LEGACY_EXTENSION: kept}
    for key in REQUIRED_KEYS:
        if key not in mapping:
            raise InvalidCoreMetadataError(source, f"{BY_KEY[key].header} is missing")
    check_metadata_version(str(mapping["metadata_version"]), source=source)
    mapping["version"] = str(parse_version(str(mapping["version"])))
    return Metadata.from_dict(mapping, source=source)


def _sorted_out(
    headers: list[tuple[str, str]], body: str, *, source: str
) -> tuple[dict[str, JSON], dict[str, list[str]], list[list[str]]]:
    """Return single values, multiple values by key, and headers without a place."""
    mapping: dict[str, JSON] = {"document_version": DOCUMENT_VERSION}
    if body.strip() not in NOTHING:
        mapping["description"] = body
    lists: dict[str, list[str]] = {}
    leftovers: list[list[str]] = []
    for name, value in headers:
        field = _BY_HEADER.get(name.lower())
        if field is None or (value in NOTHING and field.key != "import_name"):
            leftovers.append([name, value])
        elif field.kind in ("list", "names", "urls"):
            lists.setdefault(field.key, []).append(_one_line(value))
        elif field.key not in mapping:
            mapping[field.key] = _one_line(value) if field.kind == "line" else value
        elif field.key in REQUIRED_KEYS:
            raise InvalidCoreMetadataError(source, f"{field.header} stands there twice")
        else:
            leftovers.append([name, value])
    if body.strip() and "description" not in mapping:
        leftovers.append([BY_KEY["description"].header, body.strip()])
    return mapping, lists, leftovers


def _decoded(content: bytes) -> tuple[list[tuple[str, str]], str, dict[str, str]]:
    """Return headers, body, and base64 of each value that is not UTF-8 by its text."""
    try:
        headers, body = parse_headers(content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError:
        headers, body = parse_headers(content.decode(errors="surrogateescape"))
    else:
        return headers, body, {}
    raw_bytes: dict[str, str] = {}

    def repaired(text: str) -> str:
        raw = text.encode(errors="surrogateescape")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            # Latin-1 reads every byte, and is what most such files are.
            readable = raw.decode("latin-1")
            raw_bytes[readable] = base64.b64encode(raw).decode("ascii")
            return readable

    return (
        [(name, repaired(value)) for name, value in headers],
        repaired(body),
        raw_bytes,
    )


def _one_line(value: str) -> str:
    if "\n" not in value:
        return value
    return " ".join(part.strip() for part in value.split("\n"))


def _take_lists(
    mapping: dict[str, JSON], lists: dict[str, list[str]], leftovers: list[list[str]]
) -> dict[str, JSON]:
    """Put lists in their place; return the raw values that say more."""
    legacy: dict[str, JSON] = {}
    for key, values in lists.items():
        if key == "project_url":
            urls, rows = split_urls(values)
            mapping[key], legacy[key] = urls, rows
            if not urls:
                leftovers += [[BY_KEY[key].header, row] for row in values]
        elif key == "dynamic":
            mapping[key] = [value.lower().replace("-", "_") for value in values]
        else:
            mapping[key] = [] if values == [""] else values
    raw = mapping.get("keywords")
    if isinstance(raw, str):
        mapping["keywords"], legacy["keywords"] = split_keywords(raw)
        if not mapping["keywords"]:
            leftovers.append([BY_KEY["keywords"].header, raw])
    for key in ("project_url", "keywords"):
        if not mapping.get(key, True):
            del mapping[key], legacy[key]
    return legacy


def write(metadata: Metadata, *, version: str | None = None) -> bytes:
    """Write core metadata in ``version``, by default the lowest sufficient one.

    That is 2.1 at least; older versions are written when they are asked for, as they
    were spelt. Fields and requirements that ``version`` cannot say are left out;
    ``losses`` names them.
    Raises ``UnwritableMetadataError``.
    """
    rows, body = to_headers(metadata, version=version)
    text = write_headers(rows)
    try:
        # Bytes that are not UTF-8 stand in the text as lone surrogates (PEP 383).
        return (f"{text}\n{body}" if body else text).encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise UnwritableMetadataError(
            "the document", f"is not Unicode text: {error.reason}"
        ) from None


def to_headers(
    metadata: Metadata, *, version: str | None = None
) -> tuple[list[tuple[str, str]], str]:
    """Return the header fields and the body that ``write`` writes; raises as it does.

    Bytes that are not UTF-8 stand in them as lone surrogates.
    """
    chosen = version or lowest_version(metadata)
    if chosen not in WRITTEN_VERSIONS:
        raise UnwritableMetadataError(
            "Metadata-Version", f"{chosen!r} is none of {', '.join(WRITTEN_VERSIONS)}"
        )
    mapping = metadata.to_dict()
    mapping |= {"metadata_version": chosen, "version": str(metadata.version)}
    legacy = metadata.extension(LEGACY_EXTENSION)
    rows = [
        (field.header, value)
        for field in FIELDS
        if first_version(field) <= chosen
        and not (field.kind == "body" and has_body(chosen))
        for value in _values(field, mapping.get(field.key), legacy, version=chosen)
    ]
    rows += _leftovers(legacy)
    if not has_body(chosen):
        return rows, ""
    return rows, "".join(_values(_BODY, mapping.get(_BODY.key), legacy, version=chosen))


def _values(
    field: Field, value: JSON, legacy: Mapping[str, JSON], *, version: str
) -> list[str]:
    """Return the text of each header of ``field``, none if it is not written."""
    value = respelt(field, value, version)
    if not is_present(field.key, value):
        return []
    values = [_as_read(text, legacy) for text in _written(field, value, legacy)]
    if field.kind not in ("text", "body", "keywords"):
        for text in values:
            if _LINE_BREAK.search(text):
                raise UnwritableMetadataError(field.header, "has more than one line")
    return values


def _written(field: Field, value: JSON, legacy: Mapping[str, JSON]) -> list[str]:
    if field.kind == "urls":
        return join_urls(_urls(field, value), legacy.get(field.key))
    if field.kind == "names":
        return [
            _header_name(key)
            for key in _texts(field, value)
            if key not in REQUIRED_KEYS  # they may not be dynamic (PEP 643)
        ]
    if field.kind == "keywords":
        return [join_keywords(_texts(field, value), legacy.get(field.key))]
    if field.kind == "list":
        # The one list that is written when it is empty is that of Import-Name.
        return _texts(field, value) or [""]
    if not isinstance(value, str):
        raise UnwritableMetadataError(field.header, "must be a string")
    return [value]


def _urls(field: Field, value: JSON) -> dict[str, str]:
    if isinstance(value, Mapping):
        urls = {label: url for label, url in value.items() if isinstance(url, str)}
        if len(urls) == len(value):
            return urls
    raise UnwritableMetadataError(field.header, "must be an object of strings")


def _texts(field: Field, value: JSON) -> list[str]:
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        if len(texts) == len(value):
            return texts
    raise UnwritableMetadataError(field.header, "must be a list of strings")


def _header_name(key: str) -> str:
    if key in BY_KEY:
        return BY_KEY[key].header
    return "-".join(part.capitalize() for part in key.split("_"))


def _leftovers(legacy: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    rows = legacy.get("headers")
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [str(name), str(value)]:
                field = _BY_HEADER.get(name.lower())
                if field is not None and field.key in REQUIRED_KEYS:
                    raise UnwritableMetadataError(name, "stands among unknown headers")
                yield name, _as_read(value, legacy)
            case _:
                raise UnwritableMetadataError(
                    f"/extensions/{LEGACY_EXTENSION}/headers",
                    "must be a list of [name, value]",
                )


def _as_read(text: str, legacy: Mapping[str, JSON]) -> str:
    """Return ``text`` with the bytes from which it was read, if they are kept."""
    kept = legacy.get("bytes")
    encoded = kept.get(text) if isinstance(kept, Mapping) else None
    if not isinstance(encoded, str):
        return text
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise UnwritableMetadataError(
            f"/extensions/{LEGACY_EXTENSION}/bytes", "must be base64"
        ) from None
    return raw.decode(errors="surrogateescape")


def losses(metadata: Metadata, *, version: str | None = None) -> tuple[Loss, ...]:
    """Return what does not come back when the document is written and read again.

    ``version`` is that of ``write``. Raises ``UnwritableMetadataError`` as it does.
    """
    chosen = version or lowest_version(metadata)
    before = metadata.to_dict()
    after = read(write(metadata, version=chosen))
    found = [
        Loss(pointer, _reason(key, chosen))
        for key, value in before.items()
        if key not in _NOT_COMPARED and key != "extensions"
        for pointer in _lost(key, value, after.get(key), version=chosen)
    ]
    found += [
        Loss(f"/extensions/{escape_pointer(name)}", _reason("extensions", chosen))
        for name, value in metadata.extensions.items()
        if value != after.extensions.get(name)
    ]
    return tuple(sorted(found, key=lambda loss: loss.pointer))


def _lost(key: str, before: JSON, after: JSON, *, version: str) -> list[str]:
    """Return pointers to what is not in ``after``; old versions spell it otherwise."""
    pointer = f"/{escape_pointer(key)}"
    if before == after:
        return []
    if version >= OLDEST_WRITTEN:
        return [pointer]
    field = BY_KEY.get(key)
    if field is None or first_version(field) > version:
        return [pointer]
    if isinstance(before, list):
        rest = after if isinstance(after, list) else []
        came = {str(meaning_of(key, [item])) for item in rest}
        return [
            f"{pointer}/{index}"
            for index, item in enumerate(before)
            if str(meaning_of(key, [item])) not in came
        ]
    return [] if same_meaning(key, before, after) else [pointer]


def _reason(key: str, version: str) -> str:
    field = BY_KEY.get(key)
    if field is None:
        return "core metadata has no field for it"
    if first_version(field) > version:
        since = first_version(field)
        return f"it needs core metadata {since}, and this is {version}"
    if field.kind == "list" and version < OLDEST_WRITTEN:
        return f"core metadata {version} has no extras, URLs, or such conditions"
    return f"the field {field.header} cannot hold exactly this value"
