"""Which tables of a new pyproject.toml are read as a given document."""

import dataclasses
import posixpath
import re
from collections.abc import Mapping
from typing import Self

from pysetup.errors import PysetupError
from pysetup.late import tomllib
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.metadata.formats.pyproject.project_table import KEYS
from pysetup.metadata.formats.pyproject.toml_text import Path
from pysetup.metadata.formats.pyproject_tables import (
    is_native,
    project_keys,
    to_tables,
)
from pysetup.metadata.formats.toml_writer import to_toml_text
from pysetup.metadata.meaning import same_meaning
from pysetup.standards.globs import glob_regex
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_ROUNDS = 6
Tables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PresumedFiles:
    """A folder that holds whatever ``pyproject.toml`` names; a document says what.

    For changes to the text alone: the files beside it are not looked at. ``globs``
    are those that the text states for its licence files.
    """

    description: str = "presumed"
    license_files: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()

    @classmethod
    def beside(cls, values: Tables, metadata: Metadata | None = None) -> Self:
        """Return what must stand beside a file with these ``values``."""
        project = values.get("project")
        stated = project.get("license-files") if isinstance(project, Mapping) else None
        globs = stated if isinstance(stated, list) else []
        known = metadata.texts("license_file") if metadata is not None else ()
        description = metadata.text("description") if metadata is not None else ""
        return cls(description or "presumed", known, tuple(map(str, globs)))

    def read_file(self, path: str) -> bytes | None:
        """Return the description for every path but that of code."""
        if path.endswith(".py"):
            return None
        return self.description.encode(errors="replace")

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the licence files that match; for a stated pattern there is one."""
        regex = glob_regex(pattern)
        found = [path for path in self.license_files if regex.fullmatch(path)]
        if not found and pattern in {posixpath.normpath(glob) for glob in self.globs}:
            plain = re.sub(r"\[(.)[^\]]*\]", r"\1", pattern).replace("*", "")
            return (plain or "x",)
        return tuple(sorted(found))


def rendered(tables: Tables, metadata: Metadata) -> bytes:
    """Return the text of a file; raises ``UnwritableMetadataError``."""
    text = to_toml_text(tables)
    try:
        content = text.encode()
        if tomllib.loads(text) == tables:
            return content
        reason = "holds a value that TOML has no form for"
    except (UnicodeEncodeError, ValueError, RecursionError) as error:
        reason = f"has no TOML form: {error}"
    raise UnwritableMetadataError(metadata.name, reason)


def read_back(content: bytes, metadata: Metadata) -> Metadata:
    """Return the document that ``content`` states, dynamic keys left open."""
    files = PresumedFiles(license_files=metadata.texts("license_file"))
    draft = pyproject.read(content, files=files, source=metadata.name)
    return static_document(draft, metadata)


def static_document(draft: pyproject.ProjectDraft, metadata: Metadata) -> Metadata:
    """Return the document of a draft as it is; name and version from ``metadata``."""
    own: dict[str, JSON] = {"name": metadata.name, "version": str(metadata.version)}
    mapping = {**own, **draft.mapping}
    return dataclasses.replace(draft, mapping=mapping, missing=()).document()


def planned_tables(metadata: Metadata) -> Tables:
    """Return tables that are read as the document, as nearly as can be.

    What comes back otherwise is moved to our own tables, if our back end reads them;
    what the reader refuses is left out. Raises ``UnwritableMetadataError``.
    """
    native = is_native(metadata)
    without: set[str] = set()
    spelled: set[str] = set()
    carried: set[str] = set()
    for _ in range(_ROUNDS):
        tables = to_tables(metadata, without=without, spelled=spelled, carried=carried)
        known = (len(without), len(spelled), len(carried))
        refusal: PysetupError | None = None
        try:
            back = read_back(rendered(tables, metadata), metadata)
        except (
            pyproject.InvalidFieldError,
            pyproject.UnknownFieldError,
            pyproject.SeveralFaultsError,
        ) as error:
            refusal = error
            for path in _refused(error):
                carried |= {_extension_at(path)} - {""}
                without |= {str(part) for part in path[1:2] if path[0] == "project"}
        else:
            carried |= _differing_extensions(metadata, back)
            if native:
                spelled |= _differing(metadata, back)
                without |= {name for key in spelled for name in project_keys(key)}
        without -= {"name", "version"}
        if native:
            spelled |= {key for name in without for key in _fills(name)}
        if known == (len(without), len(spelled), len(carried)):
            if refusal is None:
                return tables
            break
    raise UnwritableMetadataError(metadata.name, "has no form in pyproject.toml")


def _fills(name: str) -> tuple[str, ...]:
    return KEYS[name].fills if name in KEYS else ()


def _refused(error: PysetupError) -> list[Path]:
    """Return the places of the faults that the reader found."""
    found = []
    errors = (
        error.errors if isinstance(error, pyproject.SeveralFaultsError) else (error,)
    )
    for one in errors:
        if isinstance(one, (pyproject.InvalidFieldError, pyproject.UnknownFieldError)):
            table = getattr(one, "table", "").strip("[]")
            field = f"{table}.{one.field}" if table else one.field
            found.append(_split_path(field))
    return found


def _split_path(field: str) -> Path:
    return tuple(re.split(r"\.|\[", field))


_EXTENSION_TABLES = {
    "scripts": "python.commands",
    "gui-scripts": "python.commands",
    "entry-points": "python.exports",
}


def _extension_at(path: Path) -> str:
    """Return the extension whose table a fault is in."""
    if path[0] == "dependency-groups":
        return "python.groups"
    if path[0] == "external":
        return "python.external"
    if path[0] == "project" and len(path) > 1:
        return _EXTENSION_TABLES.get(str(path[1]), "")
    return ""


def _differing(metadata: Metadata, back: Metadata) -> set[str]:
    before, after = metadata.to_dict(), back.to_dict()
    return {
        key
        for key in {*before, *after}
        if key in BY_KEY
        and key not in ("metadata_version", "dynamic")
        and not same_meaning(key, before.get(key), after.get(key))
    }


def _differing_extensions(metadata: Metadata, back: Metadata) -> set[str]:
    own, found = metadata.extensions, back.extensions
    return {name for name, value in own.items() if found.get(name) != value}
