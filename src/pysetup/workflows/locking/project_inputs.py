"""What a project states of what it requires, part by part, as inputs of a lock."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject import ProjectDraft
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.purposes import GROUPS_EXTENSION
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder, read_draft
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    parse_requirement,
    split_extra,
)
from pysetup.values import dataclass
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context
from pysetup.workflows.locking.inputs import BASE, BASE_PART, LockInputs, Part
from pysetup.workflows.resolving.requested import Asked, Wanted, parse_asked

_TABLES = ("dependencies", "optional-dependencies")


class NoSuchPartError(UsageError):
    """A project has no extra or no dependency group of a name that was asked for.

    Extras stand in ``[project.optional-dependencies]``, groups in
    ``[dependency-groups]``.
    """

    code = "PS2796"

    def __init__(self, source: str, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{source} has no {kind} {name[:60]!r}",
            facts={"project": source, "it has": list(known)},
            hints=("check the name",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsAsked:
    """Which extras and groups of a project are locked; by default all of them."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    all_extras: bool = False
    all_groups: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing was named, so that all parts are meant."""
        return not (self.extras or self.groups or self.all_extras or self.all_groups)


def inputs_of_project(
    root: Path,
    *,
    folder: Path,
    asked: PartsAsked,
    more: Wanted,
    context: Context,
    building: Building,
) -> LockInputs:
    """Return the inputs that the project in ``root`` states, with ``more`` beside them.

    No code of the project runs, unless what it requires is dynamic. Raises
    ``NoSuchPartError``, and as ``read_project``.
    """
    stated = _read(root, context=context, building=building)
    places = _places(root)
    base, extras = _split(stated.requires, places)
    groups = {
        name: [_asked(text, places, root) for text in texts]
        for name, texts in stated.groups.items()
    }
    known_extras = tuple(dict.fromkeys([*stated.extras, *extras]))
    parts: dict[Part, tuple[Asked, ...]] = {BASE_PART: (*base, *more.asked)}
    if asked.everything:
        asked = PartsAsked(all_extras=True, all_groups=True)
    chosen = known_extras if asked.all_extras else asked.extras
    for name in _checked(root, "extra", chosen, known_extras):
        parts[Part("extra", name)] = tuple(extras.get(name, ()))
    chosen = tuple(groups) if asked.all_groups else asked.groups
    for name in _checked(root, "dependency group", chosen, tuple(groups)):
        parts[Part("group", name)] = tuple(groups[name])
    every = {Part("extra", name): tuple(found) for name, found in extras.items()}
    return LockInputs(
        parts={
            part: _without_itself(
                found, every, base if part.kind == "group" else (), stated.name
            )
            for part, found in parts.items()
        },
        folder=folder,
        constraints=more.constraints,
        overrides=more.overrides,
        limits=more.places,
        hashes=more.hashes,
        requires_python=stated.python,
        project=stated.name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What a project states of what it requires."""

    name: str
    python: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]


def _read(root: Path, *, context: Context, building: Building) -> _Stated:
    draft = project_draft(root)
    values: Mapping[str, JSON] = draft.mapping
    if _is_bare(root):
        return _stated({"extensions": values.get("extensions", {})})
    if {"requires_dist", "provides_extra", "requires_python"} & set(draft.missing):
        tree = read_project(root, context=context, building=building)
        values = tree.metadata.to_dict()
    return _stated(values)


def project_draft(root: Path) -> ProjectDraft:
    """Return what the files of a project say; its modules do not matter here.

    Raises as ``read_draft``.
    """
    if not (root / PYPROJECT).is_file():
        return read_draft(root)
    folder = ProjectFolder(root)
    content = folder.read_file(PYPROJECT)
    return pyproject.read(content or b"", files=folder, source=PYPROJECT)


def _is_bare(root: Path) -> bool:
    """Tell whether there is no project at all, only dependency groups (PEP 735)."""
    path = root / PYPROJECT
    if not path.is_file() or (root / "setup.py").is_file():
        return False
    values = TomlText.parse(path.read_bytes(), source=PYPROJECT).values
    return not ({"project", "build-system"} & values.keys())


def _stated(values: Mapping[str, JSON]) -> _Stated:
    def texts(key: str) -> tuple[str, ...]:
        listed = values.get(key)
        return tuple(map(str, listed)) if isinstance(listed, list) else ()

    extensions = values.get("extensions")
    groups = (
        extensions.get(GROUPS_EXTENSION) if isinstance(extensions, Mapping) else None
    )
    return _Stated(
        name=normalize_name(str(values.get("name") or "")),
        python=str(values.get("requires_python") or ""),
        requires=texts("requires_dist"),
        extras=tuple(map(normalize_name, texts("provides_extra"))),
        groups={
            name: tuple(map(str, listed))
            for name, listed in (groups or {}).items()
            if isinstance(listed, list)
        }
        if isinstance(groups, Mapping)
        else {},
    )


def _split(
    requires: Sequence[str], places: Mapping[str, str]
) -> tuple[list[Asked], dict[str, list[Asked]]]:
    """Return what is always required, and what each extra adds."""
    base: list[Asked] = []
    extras: dict[str, list[Asked]] = {}
    for text in requires:
        plain, extra = split_extra(parse_requirement(text))
        one = Asked(places.get(plain, PYPROJECT), requirement=parse_requirement(plain))
        if extra:
            extras.setdefault(normalize_name(extra), []).append(one)
        else:
            base.append(one)
    return base, extras


def _asked(text: str, places: Mapping[str, str], root: Path) -> Asked:
    plain = str(parse_requirement(text))
    return parse_asked(plain, base=root, source=places.get(plain, PYPROJECT))


def _checked(
    root: Path, kind: str, named: Sequence[str], known: Sequence[str]
) -> tuple[str, ...]:
    names = {normalize_name(name) for name in named}
    for name in sorted(names - set(known)):
        raise NoSuchPartError(root.name, kind, name, known)
    return tuple(sorted(names))


def _without_itself(
    asked: Sequence[Asked],
    extras: Mapping[Part, Sequence[Asked]],
    base: Sequence[Asked],
    project: str,
) -> tuple[Asked, ...]:
    """Put in the place of ``project[extra]`` what that extra requires.

    ``base`` is what the project itself stands for: nothing in its own extras, which
    never come without it.
    """
    found: dict[Asked, None] = {}
    seen: set[str] = set()

    def take(many: Iterable[Asked]) -> None:
        for one in many:
            requirement = one.requirement
            if requirement is None or normalize_name(requirement.name) != project:
                found[one] = None
                continue
            wanted = {BASE, *map(normalize_name, requirement.extras)} - seen
            seen.update(wanted)
            for extra in sorted(wanted):
                take(extras.get(Part("extra", extra), ()) if extra else base)

    take(asked)
    return tuple(found)


def _places(root: Path) -> dict[str, str]:
    """Return ``pyproject.toml:LINE`` of each requirement there, by its text."""
    path = root / PYPROJECT
    if not path.is_file():
        return {}
    toml = TomlText.parse(path.read_bytes(), source=PYPROJECT)
    project = toml.values.get("project")
    found: dict[str, str] = {}
    tables: list[tuple[tuple[str, ...], object]] = []
    if isinstance(project, Mapping):
        tables = [(("project", key), project.get(key)) for key in _TABLES]
    tables.append((("dependency-groups",), toml.values.get("dependency-groups")))
    for path_to, value in tables:
        lists = value.items() if isinstance(value, Mapping) else [("", value)]
        for key, listed in lists:
            here = (*path_to, *([key] if key else []))
            for index, text in enumerate(listed if isinstance(listed, list) else []):
                if isinstance(text, str):
                    line = toml.place((*here, index)).line
                    found.setdefault(_spelled(text), f"{PYPROJECT}:{line}")
    return found


def _spelled(text: str) -> str:
    try:
        return str(parse_requirement(text))
    except InvalidRequirementError:
        return text
