"""Pages of an index in JSON: the Simple API 1.0 to 1.4 (PEP 691), both ways."""

import json
from collections.abc import Mapping, Sequence

from pysetup.errors import redact
from pysetup.index.model import (
    API_VERSION,
    MAX_MEMBERS,
    PAGE_LIMIT,
    File,
    InvalidPageError,
    ProjectList,
    ProjectPage,
    check_api_version,
    make_page,
    strong_hashes,
    weak_algorithms,
)
from pysetup.index.urls import resolve_link, without_credentials
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.standards.names import is_name, normalize_name

_MAX_TEXT = 4096
# No standard key says that a file has METADATA.json (PEP 819) beside it; keys that
# begin with an underscore are private (Simple API).
METADATA_JSON_KEY = "_core-metadata-json"


def parse_page(content: bytes, *, url: str, name: str) -> ProjectPage:
    """Read the page of the project ``name`` that came from ``url``.

    Files of other projects and with foreign names are left out. Raises
    ``InvalidPageError`` or ``UnsupportedApiError``.
    """
    page, notes = open_page(content, url=url)
    base = without_credentials(url)
    named = page.get("name")
    if not isinstance(named, str) or normalize_name(named) != normalize_name(name):
        raise InvalidPageError(url, f"it is about another project than {name}")
    items = page.get("files")
    if not isinstance(items, list):
        raise InvalidPageError(url, "it has no list of files")
    files = [
        file
        for item in items
        if (file := parse_file(item, url=url, base=base)) is not None
    ]
    status = page.get("project-status", {})
    if not isinstance(status, Mapping):
        raise InvalidPageError(url, "project-status is no object")
    versions = page.get("versions")
    return make_page(
        name,
        files,
        url=url,
        status=(
            _text(status, "status", url=url) or "active",
            _text(status, "reason", url=url),
        ),
        versions=[text for text in versions if isinstance(text, str)]
        if isinstance(versions, list)
        else (),
        notes=notes,
    )


def parse_list(content: bytes, *, url: str) -> ProjectList:
    """Read the list of projects; raises as ``parse_page``."""
    page, _ = open_page(content, url=url)
    projects = page.get("projects")
    if not isinstance(projects, list):
        raise InvalidPageError(url, "it has no list of projects")
    names = [item.get("name") for item in projects if isinstance(item, Mapping)]
    return ProjectList(
        tuple(name for name in names if isinstance(name, str) and is_name(name))
    )


def page_to_json(page: ProjectPage) -> bytes:
    """Write the page of a project; URLs stay as they are, relative ones too.

    It says version 1.4 if every size is known, as 1.1 and later demand.
    """
    sized = all(file.size is not None for file in page.files)
    status: dict[str, JSON] = {"status": page.status}
    if page.status_reason:
        status["reason"] = page.status_reason
    return _write(
        {
            "meta": {"api-version": API_VERSION if sized else "1.0"},
            "name": page.name,
            "project-status": status,
            "versions": list(page.versions),
            "files": [_file_value(file) for file in page.files],
        }
    )


def list_to_json(projects: ProjectList) -> bytes:
    """Write the list of projects."""
    return _write(
        {
            "meta": {"api-version": API_VERSION},
            "projects": [{"name": name} for name in projects.names],
        }
    )


def _write(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def open_page(content: bytes, *, url: str) -> tuple[dict[str, JSON], list[str]]:
    """Return the object of a page and notes on its version; raises as ``parse_page``.

    ``pysetup.index.quick_json`` reads on from here, where it can.
    """
    # Counted before they are made: millions of empty objects take gigabytes.
    if content.count(b",") > MAX_MEMBERS:
        raise InvalidPageError(url, f"it has more than {MAX_MEMBERS} members")
    try:
        page = parse_json_object(content, source=redact(url), limit=PAGE_LIMIT)
    except InvalidJsonError as error:
        raise InvalidPageError(url, error.reason) from None
    meta = page.get("meta")
    version = meta.get("api-version") if isinstance(meta, Mapping) else None
    if not isinstance(version, str):
        raise InvalidPageError(url, "it does not tell its API version")
    note = check_api_version(version, url=url)
    return page, [note] if note else []


def parse_file(item: JSON, *, url: str, base: str) -> File | None:
    """Return one file of the page ``url``; None if its link leads nowhere."""
    if not isinstance(item, Mapping):
        raise InvalidPageError(url, "a file is no object")
    link = resolve_link(base, _text(item, "url", url=url))
    filename = _text(item, "filename", url=url)
    if link is None or not filename:
        return None
    size = item.get("size")
    if size is not None and (type(size) is not int or size < 0):
        raise InvalidPageError(url, f"the size of {filename[:80]!r} is no number")
    metadata = item.get("core-metadata", item.get("dist-info-metadata", False))
    if not isinstance(metadata, (bool, Mapping)):
        raise InvalidPageError(url, f"core-metadata of {filename[:80]!r} is malformed")
    provenance = _text(item, "provenance", url=url)
    try:
        return File(
            filename=filename,
            url=link[0],
            hashes=_hashes(item.get("hashes"), url=url),
            requires_python=_text(item, "requires-python", url=url),
            yanked=_yanked(item.get("yanked"), url=url),
            core_metadata=metadata
            if isinstance(metadata, bool)
            else (_hashes(metadata, url=url) or True),
            size=size,
            upload_time=_text(item, "upload-time", url=url),
            provenance=(resolve_link(base, provenance) or ("",))[0]
            if provenance
            else "",
            weak=weak_algorithms(_digests(item.get("hashes"), url=url)),
            metadata_json=()
            if metadata
            else _hashes(item.get(METADATA_JSON_KEY), url=url),
        )
    except UnknownHashAlgorithmError:
        raise InvalidPageError(
            url, f"a digest of {filename[:80]!r} is malformed"
        ) from None


def _text(item: Mapping[str, JSON], key: str, *, url: str) -> str:
    value = item.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise InvalidPageError(url, f"{key} is not a short text")
    return value


def _yanked(value: JSON, *, url: str) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if not isinstance(value, str):
        raise InvalidPageError(url, "yanked is neither a text nor true nor false")
    return value


def _hashes(value: JSON, *, url: str) -> tuple[Hash, ...]:
    return strong_hashes(_digests(value, url=url))


def _digests(value: JSON, *, url: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidPageError(url, "hashes is no object")
    return {name: digest for name, digest in value.items() if isinstance(digest, str)}


def _hash_value(hashes: Sequence[Hash]) -> dict[str, JSON]:
    return {hash_.algorithm: hash_.hexdigest for hash_ in hashes}


def _file_value(file: File) -> dict[str, JSON]:
    metadata = (
        file.core_metadata
        if isinstance(file.core_metadata, bool)
        else _hash_value(file.core_metadata)
    )
    value: dict[str, JSON] = {
        "filename": file.filename,
        "url": file.url,
        "hashes": _hash_value(file.hashes),
        "core-metadata": metadata,
        # PEP 714: the old name for clients that know no other.
        "dist-info-metadata": metadata,
        "yanked": False if file.yanked is None else (file.yanked or True),
    }
    if file.requires_python:
        value["requires-python"] = file.requires_python
    if file.size is not None:
        value["size"] = file.size
    if file.upload_time:
        value["upload-time"] = file.upload_time
    if file.provenance:
        value["provenance"] = file.provenance
    return value
