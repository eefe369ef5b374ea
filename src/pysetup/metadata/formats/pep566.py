"""METADATA as JSON in the form of PEP 566, as importlib.metadata and pip show it."""

import re
from collections.abc import Iterator, Mapping

from pysetup.late import late_pattern
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.losses import find_losses
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import (
    JSON,
    escape_pointer,
    parse_json_object,
    to_json_text,
)

MAX_BYTES = 8 * 1024 * 1024
FORMAT_KEY = "pep566"
_HEADER_KEY = late_pattern(r"[a-z0-9][a-z0-9_]*", re.IGNORECASE)


def read(content: bytes, *, source: str = "metadata.json") -> Metadata:
    """Read the JSON form that PEP 566 derives from the header fields.

    The keys are field names in lower case with underscores; fields of multiple use
    are lists, URLs are "label, URL". Keywords that a tool has split at white space
    and not at the commas are put together again; the list itself is kept. Keys that
    are no field are header fields that this version does not know.

    Raises ``InvalidJsonError``, ``InvalidDocumentError`` and as
    ``core_metadata.read``.
    """
    given = parse_json_object(content, source=source, limit=MAX_BYTES)
    headers: list[tuple[str, str]] = []
    kept: dict[str, JSON] = {}
    body = ""
    for key, value in given.items():
        if value is None:
            continue
        if not _HEADER_KEY.fullmatch(key):
            kept[key] = value
            continue
        texts = _texts(key, value, source=source)
        if texts is None:
            kept[key] = value
        elif key == "description":
            body = texts[0] if texts else ""
        else:
            headers += _headers(key, texts, kept)
    metadata = core_metadata.from_headers(headers, body, source=source)
    if kept:
        extensions = metadata.extensions
        legacy = metadata.extension(LEGACY_EXTENSION)
        extensions[LEGACY_EXTENSION] = {**legacy, FORMAT_KEY: kept}
        metadata = metadata.replaced(extensions=extensions)
    return metadata


def _texts(key: str, value: JSON, *, source: str) -> list[str] | None:
    """Return the values of one key; None for a key that is no field at all."""
    texts = value if isinstance(value, list) else [value]
    if all(isinstance(text, str) for text in texts):
        return [str(text) for text in texts]
    if key in BY_KEY:
        pointer = f"/{escape_pointer(key)}"
        raise InvalidDocumentError(source, pointer, "must be a string or strings")
    return None


def _headers(
    key: str, texts: list[str], kept: dict[str, JSON]
) -> Iterator[tuple[str, str]]:
    field = BY_KEY.get(key)
    name = field.header if field is not None else _header_name(key)
    if key == "keywords":
        if any("," in text for text in texts):
            kept[key] = list(texts)
            yield name, " ".join(texts)
        else:
            yield name, ",".join(texts)
        return
    if key == "import_name" and not texts:
        yield name, ""
    for text in texts:
        yield name, text


def _header_name(key: str) -> str:
    return "-".join(part.capitalize() for part in key.split("_"))


def write(metadata: Metadata) -> bytes:
    """Write the JSON form of PEP 566; raises ``UnwritableMetadataError``."""
    return to_json_text(_to_mapping(metadata)).encode()


def _to_mapping(metadata: Metadata) -> dict[str, JSON]:
    legacy = metadata.extension(LEGACY_EXTENSION)
    raw = legacy.get(FORMAT_KEY)
    # JSON is Unicode: the readable text counts, not the bytes it was read from.
    readable = metadata.replaced(
        extensions={
            **metadata.extensions,
            LEGACY_EXTENSION: {k: v for k, v in legacy.items() if k != "bytes"},
        }
    )
    rows, body = core_metadata.to_headers(readable)
    made: dict[str, JSON] = {}
    for header, value in rows:
        key = header.lower().replace("-", "_")
        field = BY_KEY.get(key)
        before = made.get(key)
        if field is not None and field.kind in ("list", "names", "urls"):
            made[key] = [*(before if isinstance(before, list) else []), value]
        elif before is None:
            made[key] = value
        elif field is None:
            made[key] = [*(before if isinstance(before, list) else [before]), value]
    if metadata.texts("keywords"):
        made["keywords"] = _keywords(metadata, raw)
    if made.get("import_name") == [""]:
        made["import_name"] = []
    if body:
        made["description"] = body
    if isinstance(raw, Mapping):
        made |= {key: v for key, v in raw.items() if key not in BY_KEY}
    return made


def _keywords(metadata: Metadata, raw: JSON) -> JSON:
    """Return the list as it was read, while it still means the same."""
    words = list(metadata.texts("keywords"))
    stated = raw.get("keywords") if isinstance(raw, Mapping) else None
    if isinstance(stated, list):
        joined = " ".join(map(str, stated)).split(",")
        if [" ".join(word.split()) for word in joined if word.strip()] == words:
            return stated
    return words


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what does not come back; raises ``UnwritableMetadataError``."""
    return find_losses(metadata, read(write(metadata)), _reason)


def _reason(key: str) -> str:
    if key in BY_KEY:
        return "the JSON form of PEP 566 cannot hold exactly this value"
    return "PEP 566 has no place for it"
