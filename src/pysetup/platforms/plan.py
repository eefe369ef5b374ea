"""The plan of a platform package: all that is decided, before a byte is written."""

from collections.abc import Mapping, Sequence
from typing import Self

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field

PLAN_VERSION = "1.0"

# What a file is for; the formats treat some of them in their own ways.
MODULE, EXTENSION, LIBRARY = "module", "extension", "library"
SCRIPT, LAUNCHER = "script", "launcher"
DATA, CONFIG, HEADER = "data", "config", "header"
METADATA, LICENCE = "metadata", "licence"
MAN, DOCUMENT, DESKTOP = "man", "document", "desktop"
UNIT, COMPLETION = "unit", "completion"

REQUIRES, PROVIDES, CONFLICTS = "requires", "provides", "conflicts"
REPLACES, OBSOLETES, BREAKS = "replaces", "obsoletes", "breaks"
RECOMMENDS, SUGGESTS = "recommends", "suggests"
# Where the details of a plan have what a source package is built with: mapped
# requirements in their JSON form.
BUILD = "build"


@dataclass(frozen=True, slots=True, order=True)
class PackageFile:
    """One file of a package.

    ``path`` is below the root of the system, without a leading slash. The content is
    the file ``source`` of the built tree, or the text ``content`` that was made here.
    ``interpreter`` is the path that takes the place of the Python in a first line as
    ``#!python``. ``left_out_folders`` are those where the machine code looked for
    libraries, and shall no longer do so. ``mode`` holds the permission bits.
    """

    path: str
    role: str
    mode: int = 0o644
    source: str = ""
    content: str = ""
    interpreter: str = ""
    left_out_folders: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the mode in octal, as ``chmod`` takes it."""
        found: dict[str, JSON] = {
            "path": self.path,
            "role": self.role,
            "mode": f"{self.mode:04o}",
        }
        for key in ("source", "interpreter"):
            if text := getattr(self, key):
                found[key] = text
        if self.left_out_folders:
            found["left_out_folders"] = list(self.left_out_folders)
        if not self.source:
            found["content"] = self.content
        return found

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(
            path=str(value["path"]),
            role=str(value["role"]),
            mode=int(str(value["mode"]), 8),
            source=str(value.get("source", "")),
            content=str(value.get("content", "")),
            interpreter=str(value.get("interpreter", "")),
            left_out_folders=_texts(value.get("left_out_folders", [])),
        )


@dataclass(frozen=True, slots=True)
class MappedRequirement:
    """What became of one requirement: packages, relations, and how that is known.

    ``evidence`` names the source of the mapping (``document``, ``contents:bookworm``,
    ``rule``, ...), and is empty for a requirement that could not be mapped. ``dialect``
    is ``exact`` for packages that pysetup makes, ``distribution`` for those of the
    distribution.
    """

    requirement: str
    packages: tuple[str, ...]
    relations: tuple[str, ...]
    evidence: str
    dialect: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "requirement": self.requirement,
            "packages": list(self.packages),
            "relations": list(self.relations),
            "evidence": self.evidence,
            "dialect": self.dialect,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(
            requirement=str(value["requirement"]),
            packages=_texts(value["packages"]),
            relations=_texts(value["relations"]),
            evidence=str(value["evidence"]),
            dialect=str(value["dialect"]),
        )


Relations = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SubPackage:
    """A package beside the main one, without files: an extra with what it needs."""

    name: str
    extra: str
    summary: str
    relations: Relations

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "extra": self.extra,
            "summary": self.summary,
            "relations": _lists(self.relations),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(
            name=str(value["name"]),
            extra=str(value["extra"]),
            summary=str(value["summary"]),
            relations=_relations(value["relations"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """A package of ``format`` as it will be written for ``target``.

    ``project`` is the project's normalised name, ``project_version`` its version;
    ``name``, ``version`` (encoded), ``release`` and ``architecture`` are what the
    format calls them. ``relations`` are by kind, in the format's own syntax.
    ``directories`` are those that the package owns. ``scripts`` are what the
    installer of the platform runs, by the names that the format gives them.
    ``details`` is what only this format knows. ``notes`` are told to the user.
    """

    format: str
    target: str
    project: str
    project_version: str
    name: str
    version: str
    release: str = "1"
    architecture: str
    summary: str
    description: str = ""
    licence: str = ""
    homepage: str = ""
    maintainer: str = ""
    files: tuple[PackageFile, ...]
    directories: tuple[str, ...] = ()
    relations: Relations = field(default_factory=dict)
    mapping: tuple[MappedRequirement, ...] = ()
    packages: tuple[SubPackage, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, JSON] = field(default_factory=dict)
    details: Mapping[str, JSON] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "plan_version": PLAN_VERSION,
            **{key: getattr(self, key) for key in _TEXTS},
            "files": [file.to_json() for file in self.files],
            "directories": list(self.directories),
            "relations": _lists(self.relations),
            "mapping": [each.to_json() for each in self.mapping],
            "packages": [each.to_json() for each in self.packages],
            "scripts": dict(self.scripts),
            "options": dict(self.options),
            "details": dict(self.details),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(
            **{key: str(value[key]) for key in _TEXTS},
            files=tuple(map(PackageFile.from_json, _objects(value["files"]))),
            directories=_texts(value["directories"]),
            relations=_relations(value["relations"]),
            mapping=tuple(map(MappedRequirement.from_json, _objects(value["mapping"]))),
            packages=tuple(map(SubPackage.from_json, _objects(value["packages"]))),
            scripts={key: str(text) for key, text in _object(value["scripts"]).items()},
            options=_object(value["options"]),
            details=_object(value["details"]),
            notes=_texts(value["notes"]),
        )


_TEXTS = (
    "format",
    "target",
    "project",
    "project_version",
    "name",
    "version",
    "release",
    "architecture",
    "summary",
    "description",
    "licence",
    "homepage",
    "maintainer",
)


def _object(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: JSON) -> list[Mapping[str, JSON]]:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [_object(item) for item in listed]


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()


def _lists(relations: Relations) -> dict[str, JSON]:
    return {kind: list(texts) for kind, texts in relations.items()}


def _relations(value: JSON) -> Relations:
    return {kind: _texts(texts) for kind, texts in _object(value).items()}
