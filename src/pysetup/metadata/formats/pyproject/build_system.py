"""The table [build-system]: who builds the project, and with what (PEP 517, 518)."""

import posixpath

from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.paths import path_fault
from pysetup.standards.requirements import parse_requirement

NATIVE_BACKEND = "pysetup.backend"
_NATIVE_PROJECT = "pysetup"
# What PEP 517 says when nothing is said.
_LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
_LEGACY_REQUIRES = ["setuptools>=40.8.0"]
_BACKEND = late_pattern(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*(?::[^\W\d]\w*(?:\.[^\W\d]\w*)*)?")


def read_build_system(table: Table | None) -> dict[str, JSON]:
    """Return the document's ``build`` section for [build-system].

    Our own back end is left out of it, and so is the requirement of ourselves: then
    the files are the wheel, or a hook builds it.
    """
    if table is None:
        return {"backend": _LEGACY_BACKEND, "requires": list(_LEGACY_REQUIRES)}
    table.refuse_unknown(("requires", "build-backend", "backend-path"))
    requires = read_requirements(table, "requires")
    if "requires" not in table.values:
        table.fault("lacks the key requires", hint='add  requires = ["..."]')
    backend = table.text("build-backend")
    if backend is not None and not _BACKEND.fullmatch(backend):
        hint = 'write it as  build-backend = "package.module"'
        table.fault(f"{backend!r} names no module", "build-backend", hint=hint)
    paths = _backend_path(table)
    if paths and backend is None:
        table.fault("needs a build-backend beside it", "backend-path")
    if backend == NATIVE_BACKEND:
        others = [text for text in requires if not _is_ourselves(text)]
        return {"requires": list(others)} if others else {}
    return {
        "backend": backend or _LEGACY_BACKEND,
        "requires": list(requires),
        **({"backend_path": list(paths)} if paths else {}),
    }


def read_requirements(table: Table, key: str) -> list[str]:
    """Return the valid requirements at ``key``; faults are noted."""
    return [
        text.strip()
        for index, text in enumerate(table.texts(key) or [])
        if table.checked(parse_requirement, text, key, index) is not None
    ]


def _backend_path(table: Table) -> list[str]:
    paths = []
    for index, path in enumerate(table.texts("backend-path") or []):
        normal = posixpath.normpath(path)
        fault = None if normal == "." else path_fault(normal)
        if fault is None:
            paths.append(normal)
        else:
            table.fault(f"{path!r} cannot be used: {fault}", "backend-path", index)
    return paths


def _is_ourselves(requirement: str) -> bool:
    return normalize_name(parse_requirement(requirement).name) == _NATIVE_PROJECT
