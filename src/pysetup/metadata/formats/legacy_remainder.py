"""What a legacy file says beyond the document: kept, and used on the way back.

It stands in ``extensions["pysetup.legacy"]`` under the name of the format:
``keywords`` are settings as they were, null for one that is not there; ``digests`` tell
what the document said of each when it was read, so that an edited key wins.
"""

from collections.abc import Mapping

from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import NOTHING
from pysetup.metadata.formats.setup_document import to_keywords
from pysetup.metadata.formats.setup_keywords import FILLS, Keywords, Values
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, to_canonical_json

# The document holds all that they say, but for a directive.
_COMPLETE = (
    "entry_points",
    "extras_require",
    "install_requires",
    "project_urls",
    "setup_requires",
    "tests_require",
)


def with_remainder(
    mapping: Values, keywords: Keywords, name: str, *, sections: Values | None = None
) -> Values:
    """Return ``mapping`` with what it does not hold of ``keywords``, as ``name``.

    ``sections`` are further parts of the file, kept as they are.
    """
    again = to_keywords(mapping)
    kept: Values = {
        keyword: value
        for keyword, value in keywords.values.items()
        if not _is_held(keyword, value, again.get(keyword))
    }
    kept |= {
        keyword: None
        for keyword in again
        if keyword not in keywords.values and keyword not in _COMPLETE
    }
    digests: Values = {
        keyword: _digest(mapping, keyword)
        for keyword in kept
        if _stated(mapping, keyword)
    }
    parts: Values = {"keywords": kept, "digests": digests, "sections": sections or {}}
    remainder = {key: value for key, value in parts.items() if value}
    if not remainder:
        return mapping
    extensions = mapping.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    legacy = {LEGACY_EXTENSION: {name: remainder}}
    return {**mapping, "extensions": {**extensions, **legacy}}


def _is_held(keyword: str, value: JSON, again: JSON) -> bool:
    if isinstance(value, str) and value.strip() in NOTHING:
        return True
    return value == again or (keyword in _COMPLETE and not _has_directive(value))


def _has_directive(value: JSON) -> bool:
    if not isinstance(value, Mapping):
        return False
    return any(key.endswith(":") or _has_directive(v) for key, v in value.items())


def _stated(mapping: Mapping[str, JSON], keyword: str) -> list[JSON]:
    """Return what the document says in the places that ``keyword`` fills."""
    found: list[JSON] = []
    for path in FILLS.get(keyword, ()):
        value: JSON = mapping
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value:
            found.append(value)
    return found


def _digest(mapping: Mapping[str, JSON], keyword: str) -> str:
    return Hash.of(to_canonical_json(_stated(mapping, keyword))).hexdigest


def restored_keywords(metadata: Metadata, *names: str) -> Values:
    """Return the keywords for the document, with the first remainder of ``names``.

    A setting that stands for a value of the document is used only while that value
    is the one for which it was read.
    """
    mapping = metadata.to_dict()
    made = to_keywords(mapping)
    remainder = find_remainder(metadata, *names)
    kept, digests = remainder.get("keywords"), remainder.get("digests")
    known = digests if isinstance(digests, Mapping) else {}
    for keyword, value in kept.items() if isinstance(kept, Mapping) else ():
        if keyword in known and known[keyword] != _digest(mapping, keyword):
            continue
        if value is None:
            made.pop(keyword, None)
        else:
            made[keyword] = value
    return made


def find_remainder(metadata: Metadata, *names: str) -> Values:
    """Return the remainder of the first of ``names`` that the document has."""
    legacy = metadata.extension(LEGACY_EXTENSION)
    for name in names:
        value = legacy.get(name)
        if isinstance(value, Mapping):
            return dict(value)
    return {}
