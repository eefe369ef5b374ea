"""pydist.json of metadata 2.0 (PEP 426, PEP 459), and metadata.json of old wheels.

PEP 426 is withdrawn; its files are in the wild.  Here is how they and the document
stand for each other:

- run_requires, meta_requires -> requires_dist; build_requires -> build.requires;
  test_requires, dev_requires -> the groups test and dev of python.groups; in the last
  text ``dependencies`` with the extras build, test, doc, dev likewise.
- classifiers, extras, provides, modules, namespaces, project_urls -> classifier,
  provides_extra, provides_dist, import_name, import_namespace, project_url.
- contacts and contributors with the role author or maintainer -> the fields of these
  names; the others stay in the extension python.project.
- commands, exports, supports_environments -> python.commands, python.exports,
  python.constraints. python.details and python.project fill the core fields.

What has no place in the document is kept below ``pysetup.legacy``; what has none in
PEP 426 is carried in the extension ``pysetup.document`` of the file.
"""

from collections.abc import Mapping

from pysetup.errors import PysetupError
from pysetup.late import late_pattern
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.fields import (
    BY_KEY,
    UnsupportedMetadataVersionError,
    lowest_version,
)
from pysetup.metadata.formats.losses import find_losses
from pysetup.metadata.formats.pep426_keys import Reading, to_keys
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON, parse_json_object, to_json_text

PYSDIST_JSON = "pysdist.json"
FORMAT_KEY = "pep426"
CARRIER = "pysetup.document"
MAX_BYTES = 8 * 1024 * 1024
_VERSION = late_pattern(r"[0-9]{1,4}(?:\.[0-9]{1,4})*")
# 2.0 is what was used; the last text calls itself 3.0.
_MAJORS = (2, 3)
_OF_THE_FORM = ("metadata_version", "document_version")

Values = dict[str, JSON]


def read(content: bytes, *, source: str = PYSDIST_JSON) -> Metadata:
    """Read ``pydist.json`` or ``pysdist.json``, or ``metadata.json`` of an old wheel.

    Hooks that it names are never run. Raises ``InvalidJsonError``,
    ``InvalidDocumentError``, ``InvalidNameError``, ``InvalidVersionError`` or
    ``UnsupportedMetadataVersionError``.
    """
    raw = parse_json_object(content, source=source, limit=MAX_BYTES)
    _check_version(raw.get("metadata_version"), source=source)
    metadata = _from_raw(raw, source=source)
    canonical = _to_raw(metadata)
    stated = {key: value for key, value in raw.items() if value is not None}
    kept: Values = {
        "keys": {k: v for k, v in stated.items() if canonical.get(k) != v},
        "absent": sorted(canonical.keys() - stated.keys()),
    }
    return _with_kept(metadata, {key: value for key, value in kept.items() if value})


def _check_version(version: JSON, *, source: str) -> None:
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        reason = "must be a version of the metadata"
        raise InvalidDocumentError(source, "/metadata_version", reason)
    major = int(version.partition(".")[0])
    if major > max(_MAJORS):
        raise UnsupportedMetadataVersionError(source, version)
    if major not in _MAJORS:
        reason = "is older than 2.0, from which on there is this form"
        raise InvalidDocumentError(source, "/metadata_version", reason)


def _from_raw(raw: Mapping[str, JSON], *, source: str) -> Metadata:
    """Return what the keys mean; nothing is kept for the way back."""
    reading = Reading(raw, source=source)
    carried = reading.extensions.pop(CARRIER, {})
    mapping = _with_carried(reading.document(), carried)
    # Made with what it has; the version follows from it.
    made = Metadata.from_dict({"metadata_version": "2.1", **mapping}, source=source)
    return made.replaced(metadata_version=lowest_version(made))


def _with_carried(mapping: Values, carried: Values) -> Values:
    """Add what the file carries for us; a key that was edited since then counts."""
    made = dict(mapping)
    for key, value in carried.items():
        if key in _OF_THE_FORM:
            continue
        before = made.get(key)
        if key in ("build", "extensions"):
            made[key] = _joined(before, value)
        elif before is None or same_meaning(key, before, value):
            made[key] = value
    return made


def _joined(found: JSON, carried: JSON) -> JSON:
    """Put two objects together: spelling as carried, meaning as found."""
    if found is None:
        return carried
    if isinstance(found, Mapping) and isinstance(carried, Mapping):
        return {
            key: _joined(found.get(key), carried.get(key))
            if key in carried
            else found[key]
            for key in {**found, **carried}
        }
    return carried if same_meaning("requires_dist", found, carried) else found


def write(metadata: Metadata) -> bytes:
    """Write ``pydist.json`` of metadata 2.0; a file that was read comes back.

    What was kept when it was read is used while it still means what the document
    says. Raises ``InvalidDocumentError`` for values of a wrong type.
    """
    kept = metadata.extension(LEGACY_EXTENSION).get(FORMAT_KEY)
    plain = _without_kept(metadata)
    made = _to_raw(plain)
    if isinstance(kept, Mapping):
        made = _as_read(made, plain, kept)
    return to_json_text(made).encode()


def _to_raw(metadata: Metadata) -> Values:
    mapping = metadata.to_dict()
    made = to_keys(mapping)
    found = _from_raw(made, source=metadata.name)
    back, extensions = found.to_dict(), found.extensions
    carried: Values = {
        key: value
        for key, value in mapping.items()
        if key not in (*_OF_THE_FORM, "extensions") and back.get(key) != value
    }
    others = {
        name: value
        for name, value in metadata.extensions.items()
        if extensions.get(name) != value
    }
    if others:
        carried["extensions"] = others
    if carried:
        standing = made.get("extensions")
        own = standing if isinstance(standing, Mapping) else {}
        made["extensions"] = {**own, CARRIER: carried}
    return made


def _as_read(made: Values, plain: Metadata, kept: Mapping[str, JSON]) -> Values:
    """Return ``made`` in the spelling that was read, as far as it means the same."""
    keys, absent = kept.get("keys"), kept.get("absent")
    stated = keys if isinstance(keys, Mapping) else {}
    left_out = absent if isinstance(absent, list) else []
    whole = {k: v for k, v in {**made, **stated}.items() if k not in left_out}
    if _means(whole, plain):
        return whole
    for key, value in stated.items():
        trial = {**made, key: value}
        if _means(trial, plain):
            made = trial
    for key in left_out:
        trial = {name: value for name, value in made.items() if name != key}
        if _means(trial, plain):
            made = trial
    return made


def _means(raw: Mapping[str, JSON], metadata: Metadata) -> bool:
    try:
        found = _from_raw(raw, source=PYSDIST_JSON)
    except PysetupError:
        return False
    version = metadata.get("metadata_version")
    return found.replaced(metadata_version=version) == metadata


def _with_kept(metadata: Metadata, kept: Values) -> Metadata:
    if not kept:
        return metadata
    legacy = {**metadata.extension(LEGACY_EXTENSION), FORMAT_KEY: kept}
    extensions = {**metadata.extensions, LEGACY_EXTENSION: legacy}
    return metadata.replaced(extensions=extensions)


def _without_kept(metadata: Metadata) -> Metadata:
    extensions, legacy = metadata.extensions, metadata.extension(LEGACY_EXTENSION)
    legacy.pop(FORMAT_KEY, None)
    extensions.pop(LEGACY_EXTENSION, None)
    if legacy:
        extensions[LEGACY_EXTENSION] = legacy
    return metadata.replaced(extensions=extensions or None)


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what does not come back; little is lost, since the file carries the rest.

    Raises as ``write``.
    """
    return find_losses(metadata, read(write(metadata)), _reason)


def _reason(key: str) -> str:
    if key in BY_KEY:
        return "PEP 426 cannot hold exactly this value"
    return "PEP 426 has no place for it"
