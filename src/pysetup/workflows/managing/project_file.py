"""The project whose requirements are meant, and the file that states them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.metadata.document import DOCUMENT_NAME
from pysetup.metadata.formats import pyproject, setup_cfg
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.requirement_lists import (
    ArrayLists,
    DocumentLists,
    NoListHereError,
    PoetryLists,
    RequirementLists,
    Section,
    SetupCfgLists,
    arrays_of,
)
from pysetup.metadata.purposes import GROUPS_EXTENSION, extra_of
from pysetup.phases.develop.project import (
    PYPROJECT,
    ProjectFolder,
    ProjectNotFoundError,
)
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.describing.sources import read_limited
from pysetup.workflows.resolving.requested import Asked

SETUP_CFG, SETUP_PY = "setup.cfg", "setup.py"
_MARKS = (PYPROJECT, SETUP_CFG, SETUP_PY, DOCUMENT_NAME)


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder, and the file in it that lists what the project requires.

    ``is_package`` says that there is something to build, and so to develop.
    """

    root: Path
    lists: RequirementLists
    is_package: bool

    @property
    def path(self) -> Path:
        """The file that is changed."""
        return self.root / self.lists.filename

    def with_lists(self, lists: RequirementLists) -> "Project":
        """Return the project with other lists, which are not written yet."""
        return replace(self, lists=lists)


def find_project(named: str | None, context: Context) -> Project:
    """Return the project in the folder ``named``, else the nearest above or here.

    Raises ``ProjectNotFoundError``, ``NoListHereError``, and what is wrong with its
    file.
    """
    if named is not None:
        root = context.path(named)
        if root.is_file():
            root = root.parent
        if not any((root / mark).is_file() for mark in _MARKS):
            raise ProjectNotFoundError(root)
        return open_project(root)
    for folder in (context.directory, *context.directory.parents):
        if any((folder / mark).is_file() for mark in _MARKS):
            return open_project(folder)
    raise ProjectNotFoundError(context.directory)


def open_project(root: Path) -> Project:
    """Return the project in ``root``; raises as ``find_project``."""
    root = root.absolute()
    lists = _lists(root)
    return Project(root, lists, is_package=_is_package(root, lists))


def group_lists(project: Project) -> RequirementLists:
    """Return the file with the dependency groups, where that is another one."""
    if not isinstance(project.lists, SetupCfgLists):
        return project.lists
    path = project.root / PYPROJECT
    content = read_limited(path) if path.is_file() else b""
    arrays = arrays_of({})
    assert arrays is not None, "an empty file has no other table"
    return ArrayLists(content, arrays)


def _lists(root: Path) -> RequirementLists:
    old = (root / SETUP_CFG).is_file() and _states_project(root / SETUP_CFG)
    if (root / PYPROJECT).is_file():
        content = read_limited(root / PYPROJECT)
        values = TomlText.parse(content, source=PYPROJECT).values
        arrays = arrays_of(values)
        if arrays is None:
            return PoetryLists(content)
        if arrays.dependencies is not None:
            return ArrayLists(content, arrays)
        if old:
            return SetupCfgLists(read_limited(root / SETUP_CFG))
        if (root / SETUP_PY).is_file() and not values.get("dependency-groups"):
            raise _computed()
        return ArrayLists(content, arrays)
    if old:
        return SetupCfgLists(read_limited(root / SETUP_CFG))
    if (root / DOCUMENT_NAME).is_file():
        return DocumentLists(read_limited(root / DOCUMENT_NAME))
    if (root / SETUP_PY).is_file():
        raise _computed()
    raise ProjectNotFoundError(root)


def _computed() -> NoListHereError:
    return NoListHereError(
        SETUP_PY, "they are code", hint="pysetup init  writes a [project] table of them"
    )


def _states_project(path: Path) -> bool:
    keywords, _ = setup_cfg.read_keywords(read_limited(path), source=path.name)
    return bool(keywords.values)


def _is_package(root: Path, lists: RequirementLists) -> bool:
    if isinstance(lists, DocumentLists):
        return False
    if any((root / name).is_file() for name in (SETUP_PY, SETUP_CFG)):
        return True
    values = TomlText.parse(lists.content, source=lists.filename).values
    return "build-system" in values


@dataclass(frozen=True, slots=True)
class Stated:
    """All that a project requires, as texts: by itself, by extra, and by group."""

    dependencies: tuple[str, ...]
    extras: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]

    def of(self, section: Section) -> tuple[str, ...]:
        """Return what one list says; groups that it includes are put in."""
        if section.kind == "dependencies":
            return self.dependencies
        table = self.extras if section.kind == "extra" else self.groups
        return table.get(section.name, ())


def sections_of(found: Stated) -> tuple[Section, ...]:
    """Return all lists that say something."""
    return (
        Section("dependencies"),
        *(Section("extra", name) for name in found.extras),
        *(Section("group", name) for name in found.groups),
    )


def name_of(project: Project) -> str:
    """Return the name that the project states; empty if it states none."""
    return str(_mapping(project).get("name") or "")


def requires_dist(project: Project) -> tuple[str, ...]:
    """Return all that its document requires, extras with the markers that say so."""
    return _texts(_mapping(project).get("requires_dist"))


def stated(project: Project) -> Stated:
    """Return what the files of the project, as they are in hand, require."""
    mapping = _mapping(project)
    extras: dict[str, list[str]] = {}
    for text in _texts(mapping.get("requires_dist")):
        bare, extra = extra_of(text)
        extras.setdefault(extra, []).append(bare)
    groups = _groups(mapping)
    if (
        isinstance(project.lists, SetupCfgLists)
        and (project.root / PYPROJECT).is_file()
    ):
        groups = _groups(_toml_mapping(read_limited(project.root / PYPROJECT), project))
    return Stated(
        tuple(extras.pop("", ())),
        {name: tuple(texts) for name, texts in extras.items()},
        groups,
    )


def asked_by(
    project: Project, sections: Iterable[Section], found: Stated
) -> tuple[Asked, ...]:
    """Return the requirements of ``sections``, each with the place that states it.

    Where a list names the project itself, what its extras hold is put in.
    """
    own = normalize_name(name_of(project))
    waiting, seen = list(sections), set[Section]()
    asked = []
    for section in waiting:  # it grows meanwhile
        if section in seen:
            continue
        seen.add(section)
        lines = _lines(project, section)
        for text in found.of(section):
            requirement = parse_requirement(text)
            name = normalize_name(requirement.name)
            if name == own:
                extras = map(normalize_name, sorted(requirement.extras))
                waiting += [Section("extra", extra) for extra in extras]
                continue
            filename = _filename(project, section)
            line = lines.get(name)
            place = f"{filename}:{line}" if line else filename
            asked.append(Asked(place, requirement=requirement))
    return tuple(asked)


def _filename(project: Project, section: Section) -> str:
    return PYPROJECT if section.kind == "group" else project.lists.filename


def _lines(project: Project, section: Section) -> dict[str, int]:
    lists = group_lists(project) if section.kind == "group" else project.lists
    try:
        return {one.name: one.line for one in reversed(lists.listed(section))}
    except NoListHereError:
        return {}


def _mapping(project: Project) -> Mapping[str, JSON]:
    lists = project.lists
    if isinstance(lists, DocumentLists):
        return parse_json_object(lists.content, source=lists.filename)
    if isinstance(lists, SetupCfgLists):
        files = ProjectFolder(project.root)
        return setup_cfg.read(lists.content, source=lists.filename, files=files).mapping
    return _toml_mapping(lists.content, project)


def _toml_mapping(content: bytes, project: Project) -> Mapping[str, JSON]:
    files = ProjectFolder(project.root)
    return pyproject.read(content, files=files, source=PYPROJECT).mapping


def _groups(mapping: Mapping[str, JSON]) -> dict[str, tuple[str, ...]]:
    extensions = mapping.get("extensions")
    table = extensions.get(GROUPS_EXTENSION) if isinstance(extensions, Mapping) else {}
    groups = table if isinstance(table, Mapping) else {}
    return {normalize_name(name): _texts(value) for name, value in groups.items()}


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
