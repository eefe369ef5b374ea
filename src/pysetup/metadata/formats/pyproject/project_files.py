"""The files that [project] speaks of: the README and the licences."""

import posixpath
from typing import Protocol

from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.rules import CONTENT_TYPES
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault

_SUFFIXES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
# Glob patterns specification; case-sensitive, with "/" on every system.
_GLOB = late_pattern(r"[\w \-./*?\[\]]+")
# PEP 639 leaves the choice to the back end when license-files is absent.
LICENSE_GLOBS = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")


class ProjectFiles(Protocol):
    """The project's folder, as far as reading ``pyproject.toml`` needs it.

    Paths are relative to the folder of ``pyproject.toml`` and have ``/``.
    """

    def read_file(self, path: str) -> bytes | None:
        """Return the content of a regular file, or None if there is none."""

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the files that match, sorted; ``**`` stands for any folders."""


def read_text(table: Table, key: str, path: str, files: ProjectFiles) -> str | None:
    """Return the text of the file that ``table`` names at ``key``."""
    normal = posixpath.normpath(path)
    fault = path_fault(normal)
    if fault is not None:
        table.fault(f"names {path!r}, which cannot be used: {fault}", key)
        return None
    content = files.read_file(normal)
    if content is None:
        table.fault(f"names {path!r}, and there is no such file", key)
        return None
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        table.fault(f"names {path!r}, which is not UTF-8", key)
        return None


def read_readme(project: Table, files: ProjectFiles) -> dict[str, JSON]:
    """Return description and content type for the key ``readme`` (PEP 621)."""
    if isinstance(project.values["readme"], str):
        path = project.values["readme"]
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in _SUFFIXES:
            hint = 'write  readme = { file = "...", content-type = "text/markdown" }'
            project.fault(f"is of unknown type {suffix!r}", "readme", hint=hint)
            return {}
        text = read_text(project, "readme", path, files)
        return _description(text, _SUFFIXES[suffix])
    table = project.table("readme")
    if table is None:
        return {}
    table.refuse_unknown(("file", "text", "content-type"))
    kind, path_given, text = (table.text(k) for k in ("content-type", "file", "text"))
    if (path_given is None) == (text is None):
        table.fault("needs one of file and text, and not both")
        return {}
    if kind is None:
        table.fault("needs a content-type")
        return {}
    _check_content_type(table, kind)
    if path_given is not None:
        text = read_text(table, "file", path_given, files)
    return _description(text, kind)


def _description(text: str | None, kind: str) -> dict[str, JSON]:
    if not text:
        return {}
    return {
        "description": text.replace("\r\n", "\n"),
        "description_content_type": kind,
    }


def _check_content_type(table: Table, kind: str) -> None:
    media, *parameters = [part.strip().lower() for part in kind.split(";")]
    if media not in CONTENT_TYPES:
        table.fault(f"is none of {', '.join(CONTENT_TYPES)}", "content-type")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            table.fault("has a charset other than UTF-8", "content-type")


def read_license_files(project: Table, files: ProjectFiles) -> list[str]:
    """Return the files that the globs of ``license-files`` match (PEP 639)."""
    found: dict[str, None] = {}
    if isinstance(project.values["license-files"], dict):
        hint = 'write  license-files = ["LICENSE*"]'
        project.fault("must be an array of globs", "license-files", hint=hint)
        return []
    for index, pattern in enumerate(project.texts("license-files") or []):
        if not _is_glob(pattern):
            project.fault(f"{pattern!r} is no glob", "license-files", index)
            continue
        matches = files.glob(posixpath.normpath(pattern))
        if not matches:
            project.fault(f"{pattern!r} matches no file", "license-files", index)
        found.update(dict.fromkeys(matches))
    for path in found:
        read_text(project, "license-files", path, files)
    return sorted(found)


def _is_glob(pattern: str) -> bool:
    return (
        _GLOB.fullmatch(pattern) is not None
        and not pattern.startswith("/")
        and ".." not in pattern.split("/")
        and pattern.count("[") == pattern.count("]")
    )


def default_license_files(project: Table, files: ProjectFiles) -> list[str]:
    """Return the licence files at the top of the project, and the one it names."""
    found = {path for glob in LICENSE_GLOBS for path in files.glob(glob)}
    told = project.values.get("license")
    named = told.get("file") if isinstance(told, dict) else None
    if isinstance(named, str) and files.read_file(posixpath.normpath(named)):
        found.add(posixpath.normpath(named))
    return sorted(found)
