"""Pages for programs, rendered when something changes, as the Simple API wants them."""

import json
from collections.abc import Mapping, Sequence

from pysetup.index.model import File, ProjectList, ProjectPage
from pysetup.index.negotiate import HTML_TYPE, JSON_TYPE, LEGACY_TYPE
from pysetup.index.simple_html import list_to_html, page_to_html
from pysetup.index.simple_json import (
    METADATA_JSON_KEY,
    list_to_json,
    page_to_json,
)
from pysetup.server.storage import StoredFile
from pysetup.server.uploads import (
    DOCUMENT_SIBLING,
    METADATA_JSON_SIBLING,
    METADATA_SIBLING,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import parse_version

# The two forms that are kept; text/html is the same bytes under its old name.
FORMS = {JSON_TYPE: "json", HTML_TYPE: "html", LEGACY_TYPE: "html"}
_PREFIX = 16
# Keys that begin with an underscore are private (Simple API): no standard key says
# yet where METADATA.json (PEP 819) and the document are.
_PRIVATE_KEYS = {
    METADATA_JSON_SIBLING: METADATA_JSON_KEY,
    DOCUMENT_SIBLING: "_pydist-json",
}


def page_path(project: str, form: str) -> str:
    """Return the pointer of a project's page in one form; of the list for ``""``."""
    return f"simple/{project}/{form}"


def file_path(filename: str, sha256: str) -> str:
    """Return the path of a file; other content would have another one."""
    return f"files/{sha256[:_PREFIX]}/{filename}"


def sort_versions(versions: Sequence[str]) -> tuple[str, ...]:
    """Return each of ``versions`` once, oldest first."""
    return tuple(sorted(set(versions), key=parse_version))


def render_project(
    project: str, files: Sequence[StoredFile], *, serial: int
) -> dict[str, bytes]:
    """Return the page of ``project`` by form: ``json`` and ``html``.

    Addresses in it are relative, so the same bytes serve behind any host name.
    """
    page = ProjectPage(
        project,
        tuple(map(_listed, files)),
        versions=sort_versions([file.version for file in files]),
    )
    return {
        "json": _with_private_keys(page_to_json(page), files, serial=serial),
        "html": page_to_html(page),
    }


def render_list(names: Sequence[str]) -> dict[str, bytes]:
    """Return the list of projects by form; it changes only with the names."""
    projects = ProjectList(tuple(names))
    return {"json": list_to_json(projects), "html": list_to_html(projects)}


def _listed(file: StoredFile) -> File:
    metadata = file.siblings.get(METADATA_SIBLING)
    return File(
        filename=file.filename,
        url=f"../../{file_path(file.filename, file.sha256)}",
        hashes=(Hash("sha256", file.sha256),),
        requires_python=file.requires_python,
        core_metadata=(Hash("sha256", metadata),) if metadata else False,
        size=file.size,
        upload_time=file.uploaded,
    )


def _with_private_keys(
    page: bytes, files: Sequence[StoredFile], *, serial: int
) -> bytes:
    siblings: dict[str, Mapping[str, str]] = {f.filename: f.siblings for f in files}
    value = json.loads(page)
    value["meta"]["_last-serial"] = serial
    for item in value["files"]:
        item["provenance"] = None
        for ending, key in _PRIVATE_KEYS.items():
            if ending in siblings[item["filename"]]:
                item[key] = {"sha256": siblings[item["filename"]][ending]}
    return _dump(value)


def _dump(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
