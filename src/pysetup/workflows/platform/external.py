"""What a project needs from outside Python, as packages of a system (PEP 725, 804)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from pysetup.errors import AnswerError
from pysetup.metadata.document import Metadata
from pysetup.metadata.purposes import NoSuchExtraError, groups_of
from pysetup.platforms.names.dep_urls import DepUrl, project_of
from pysetup.platforms.names.external import (
    ExternalNeed,
    extras_in,
    groups_in,
    needs_in,
)
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.mapping import NameMapping, document_mappings
from pysetup.platforms.names.system_packages import library_names, package_of
from pysetup.platforms.names.tables import libraries_behind
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.platform.mapping_files import (
    read_map_files,
    read_providers,
    read_registries,
)
from pysetup.workflows.platform.names import NameOptions, TargetNames, open_names
from pysetup.workflows.platform.system_target import family_of

_PYTHON = DepUrl("dep:generic/python")
_VIRTUAL = "dep:virtual/"
_COMPILER = f"{_VIRTUAL}compiler/"


class UnmappedExternalError(AnswerError):
    """Something that is needed from outside Python has no known package on the system.

    State it in a file of ``--map-deps`` under ``external``, in the document under
    ``pysetup.platform``, or name a registry in the format of PEP 804 with
    ``--registry``.
    """

    code = "PS1741"

    def __init__(self, dependency: str, target: str) -> None:
        super().__init__(
            f"nobody knows what {dependency} is called on {target}",
            facts={"dependency": dependency, "target": target},
            hints=(
                f'--map-deps FILE  with  {{"external": {{"{dependency}": [...]}}}}',
                "--registry DIR  names a registry (PEP 804)",
            ),
        )


@dataclass(frozen=True, slots=True)
class MappedExternal:
    """A need, the packages that are it on a system, and who says so.

    ``packages`` is None where nobody knows any; ``note`` is told to people.
    """

    need: ExternalNeed
    packages: tuple[str, ...] | None
    evidence: str = ""
    note: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        packages = self.packages
        return {
            **self.need.to_json(),
            "packages": None if packages is None else list(packages),
            "evidence": self.evidence,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which needs are meant: for which roles, extras and groups; all extras if told."""

    roles: tuple[str, ...] = ("build", "host", "run")
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    all_extras: bool = False


@dataclass(frozen=True, slots=True)
class Knowing:
    """Who knows names: what is stated, and the system's names if they are asked for.

    ``provided`` are the DepURLs that others stand for. ``names`` may take seconds, and
    only projects of Python need them.
    """

    files: tuple[NameMapping, ...]
    registries: tuple[NameMapping, ...]
    provided: Mapping[str, tuple[str, ...]]
    names: Callable[[], TargetNames]


def open_knowing(
    target: PlatformTarget, *, context: Context, options: NameOptions
) -> Knowing:
    """Return who knows the names of ``target``; raises as ``open_names``."""

    @cache
    def names() -> TargetNames:
        return open_names(None, target, context=context, options=options)

    if options.places:
        names()  # what was named by hand must be there
    return Knowing(
        read_map_files(options.map_files, target, context=context),
        read_registries(options.registries, target, context=context),
        read_providers(options.registries, context=context),
        names,
    )


def mapped_needs(
    metadata: Metadata, target: PlatformTarget, knowing: Knowing, wanted: Wanted
) -> tuple[MappedExternal, ...]:
    """Return what ``metadata`` needs on ``target``, mapped as far as anybody knows.

    Raises ``InvalidDepUrlError`` or ``InvalidRequirementError``.
    """
    extras = extras_in(metadata) if wanted.all_extras else wanted.extras
    needs = needs_in(
        metadata,
        target.markers,
        roles=wanted.roles,
        extras=extras,
        groups=wanted.groups,
    )
    own = document_mappings(metadata, target)
    knowing = replace(knowing, files=(*knowing.files, *own))
    return tuple(_mapped(need, target, knowing) for need in _with_headers(needs))


def check_chosen(documents: Iterable[Metadata], wanted: Wanted) -> None:
    """Refuse extras and groups that none of ``documents`` has.

    Raises ``NoSuchExtraError``.
    """
    listed = tuple(documents)
    extras = {
        normalize_name(name)
        for one in listed
        for name in (*one.texts("provides_extra"), *extras_in(one))
    }
    groups = {name for one in listed for name in (*groups_of(one), *groups_in(one))}
    for kind, names, known in (
        ("extra", wanted.extras, extras),
        ("group", wanted.groups, groups),
    ):
        for name in names:
            if normalize_name(name) not in known:
                raise NoSuchExtraError(kind, name, known)


def packages_of(rows: Iterable[MappedExternal]) -> tuple[str, ...]:
    """Return all packages of ``rows``, each once, sorted."""
    return tuple(sorted({name for row in rows for name in row.packages or ()}))


def _with_headers(needs: Sequence[ExternalNeed]) -> list[ExternalNeed]:
    """Return ``needs``, and Python's headers where anything is compiled (PEP 725)."""
    found = list(needs)
    compiles = any(
        one.role == "build" and one.dep.url.startswith(_COMPILER) for one in needs
    )
    if compiles and not any(one.dep.url == _PYTHON.url for one in needs):
        found.append(ExternalNeed(_PYTHON, "host"))
    return found


def _mapped(
    need: ExternalNeed, target: PlatformTarget, knowing: Knowing
) -> MappedExternal:
    found = _stated(need, knowing)
    project = project_of(need.dep.url)
    if found is None and project:
        found = knowing.names().find(project, role=need.role)
    if found is not None:
        return MappedExternal(need, found.packages, found.evidence)
    return _by_table(need, target)


def _stated(need: ExternalNeed, knowing: Knowing) -> FoundName | None:
    """Return what is stated of the need, or of what counts as the same.

    A certain compiler is no name for any compiler: ``dep:generic/clang`` is not met by
    what ``dep:virtual/compiler/c`` stands for, but the other way round it is.
    """
    url = need.dep.url
    if need.dep.is_virtual:
        same = [one for one, all_of in knowing.provided.items() if url in all_of]
    else:
        provided = knowing.provided.get(url, ())
        same = [one for one in provided if not one.startswith(_VIRTUAL)]
    for mapping in (*knowing.files, *knowing.registries):
        for name in (url, *same):
            found = mapping.find_external(name, role=need.role)
            if found is None and (project := project_of(name)):
                found = mapping.find(project, role=need.role)
            if found is not None:
                return found
    return None


def _by_table(need: ExternalNeed, target: PlatformTarget) -> MappedExternal:
    family = family_of(target)
    package = package_of(need.need, family) if need.is_generic and family else None
    if package is None:
        return MappedExternal(need, None)
    if need.role != "run" or not library_names(need.need):
        return MappedExternal(need, (package,), f"table:{family}")
    libraries = libraries_behind(package, target)
    if libraries:
        return MappedExternal(need, libraries, f"table:{target.name.partition(':')[0]}")
    note = "" if family in ("arch", "homebrew", "conda") else "with development files"
    return MappedExternal(need, (package,), f"table:{family}", note)
