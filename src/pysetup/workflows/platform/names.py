"""The names of a target: all that knows them, opened and put into their order."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.edges.host import read_os_release
from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.catalogue import COMMAND_FOLDERS, Catalogue
from pysetup.platforms.names.chain import (
    CatalogueStep,
    CustomStep,
    NameChain,
    NameStep,
    ProvedRule,
    VirtualStep,
)
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.mapping import (
    NameMapping,
    document_mappings,
    target_keys,
)
from pysetup.platforms.names.own_name import OwnName
from pysetup.platforms.names.tables import (
    NeighbourStep,
    aliases,
    dh_python_catalogue,
    neighbours,
    shipped_catalogue,
    splits,
    system_tools,
    uncustomary_names,
)
from pysetup.platforms.stated import stated_name
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field, replace
from pysetup.workflows.context import Context
from pysetup.workflows.platform.compiled import (
    Compiled,
    compiled,
    import_folders,
    owners_of,
)
from pysetup.workflows.platform.installed_packages import (
    installed_packages,
    is_this_system,
    owners_here,
)
from pysetup.workflows.platform.mapping_files import read_map_files, read_registries
from pysetup.workflows.platform.repository_lists import lists_at, lists_here

DH_PYTHON = Path("/usr/share/dh-python/dist/cpython3_fallback")
# The folders there bear the names of our own packages.
_DOCUMENTS = "usr/share/doc/"
_CUSTOMS = ("pacman", "conda", "apk")


class FileClashError(BuildError):
    """Files of the package would stand where packages of the distribution have theirs.

    The system's package manager would refuse to install it, or one package would
    overwrite the other. Give it the name under which the distribution has the same
    project, so that it takes that one's place, or leave those files out.
    """

    code = "PS6520"

    def __init__(self, clashes: "Sequence[Clash]", target: str) -> None:
        first = clashes[0]
        owners = ", ".join(first.packages)
        taken = list(dict.fromkeys(name for one in clashes for name in one.packages))
        words = " ".join(f"--replaces {name}" for name in taken)
        more = f", and {len(clashes) - 1} files more" if len(clashes) > 1 else ""
        super().__init__(
            f"/{first.path} belongs to {owners} on {target}{more}",
            facts={"target": target, "files": [one.to_json() for one in clashes]},
            hints=(
                (
                    f"to take its place:  [tool.pysetup.extensions.'pysetup.platform'."
                    f"targets.'{target}']  conflicts = {taken}  replaces = {taken}"
                ),
                f"or on the command line:  {words}",
                "or leave these files out of the project",
            ),
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """A path of ours, below the root, and the packages that have it already."""

    path: str
    packages: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"path": self.path, "packages": list(self.packages)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOptions:
    """What the command line says of names.

    ``map_files`` are files of ``--map-deps``; ``places`` are where lists of packages
    are; ``registries`` are folders in the format of PEP 804. ``own`` are the packages
    that are made in the same run, by project; ``name`` is that of the package made,
    ``replaces`` are those whose place it takes.
    """

    map_files: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = ""
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetNames:
    """Says what a target calls projects, and whose its files are.

    It is what formats ask for names (``pysetup.platforms.interface.Names``).
    ``here`` says that the target is this machine's own system.
    """

    chain: NameChain
    lists: tuple[Compiled, ...]
    target: PlatformTarget
    context: Context
    here: bool = False

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        """Return what ``project`` is called, or None if that is not known for sure."""
        return self.chain.find(project, extra=extra, role=role)

    def theirs(self, project: str) -> FoundName | None:
        """Return what the system itself calls ``project``, whatever is made of it."""
        return replace(self.chain, own={}).find(project)

    def own_name(self, project: str) -> str:
        """Return the name of the package that is made of ``project``."""
        return self.chain.own_name(project)

    def plan_own_name(self, project: str, *, forced: str = "") -> OwnName:
        """Return that name with what it says of others; raises ``NameTakenError``."""
        return self.chain.plan_own_name(project, forced=forced)

    def with_own(self, own: Mapping[str, tuple[str, ...]]) -> "TargetNames":
        """Return these names, and over them the packages that are made, by project."""
        chain = replace(self.chain, own={**self.chain.own, **own})
        changed: TargetNames = replace(self, chain=chain)
        return changed

    def with_modules(self, modules: Mapping[str, tuple[str, ...]]) -> "TargetNames":
        """Return these names, which know what projects are imported as."""
        changed: TargetNames = replace(self, chain=self.chain.with_modules(modules))
        return changed

    @property
    def knows_files(self) -> bool:
        """Whether anything is known of the files of the target's packages."""
        return bool(self.lists) or self.here

    def clashes(
        self, paths: Iterable[str], *, allowed: Iterable[str] = ()
    ) -> tuple[Clash, ...]:
        """Return those of ``paths`` that packages of the target have already.

        Packages in ``allowed`` may have them: those that ours takes the place of.
        """
        passed = set(allowed)
        wanted = tuple(paths)
        found: dict[str, set[str]] = {}
        for one in self.lists:
            asked = self._doubtful(wanted, one, passed)
            if asked and one.lists is not None:
                owners = owners_of(asked, one.lists, context=self.context)
                for path, packages in owners.items():
                    found.setdefault(path, set()).update(packages)
        if self.here and self.target.family == "deb":
            asked = [path for path in wanted if not path.startswith(_DOCUMENTS)]
            for path, packages in owners_here(asked).items():
                found.setdefault(path, set()).update(packages)
        rows = ((path, held - passed) for path, held in sorted(found.items()))
        return tuple(Clash(path, tuple(sorted(held))) for path, held in rows if held)

    def _doubtful(
        self, paths: Sequence[str], one: Compiled, passed: set[str]
    ) -> list[str]:
        """Return the paths that may be another's in ``one``: worth a long look.

        What its catalogue tells of modules and commands rules out most of them.
        """
        if one.lists is not None and one.lists.has_rpm_files:
            return list(paths)
        folders = tuple(f"{name}/" for name in import_folders(self.target))
        tops = {
            name
            for package, names in one.catalogue.modules.items()
            if package not in passed
            for name in names
        }
        found = []
        for path in paths:
            folder, _, name = path.rpartition("/")
            inside = next((each for each in folders if path.startswith(each)), None)
            if inside is not None:
                top = path[len(inside) :].partition("/")[0].partition(".")[0]
                doubtful = top in tops
            elif folder in COMMAND_FOLDERS:
                doubtful = not passed.issuperset(one.commands.get(name, ()))
            else:
                doubtful = not path.startswith(_DOCUMENTS)
            if doubtful:
                found.append(path)
        return found


def open_names(
    metadata: Metadata | None,
    target: PlatformTarget,
    *,
    context: Context,
    options: NameOptions | None = None,
) -> TargetNames:
    """Return the names of ``target`` as everybody knows them who can be asked here.

    What the user says comes first, then the document. Raises ``InvalidMappingError``,
    ``NoListsError``, ``UnreadableListError``, and what fetching raises.
    """
    chosen = options or NameOptions()
    here = is_this_system(target, read_os_release())
    mappings = [
        *read_map_files(chosen.map_files, target, context=context),
        *(document_mappings(metadata, target) if metadata is not None else ()),
        *read_registries(chosen.registries, target, context=context),
    ]
    compiled_lists = [
        compiled(one, target, context=context)
        for place in chosen.places
        for one in lists_at(place, target, context=context)
    ]
    if not chosen.places:
        compiled_lists += [
            compiled(one, target, context=context) for one in lists_here(target)
        ]
    installed = installed_packages(target, context=context) if here else None
    catalogues = [one.catalogue for one in compiled_lists]
    steps: list[NameStep] = [
        *mappings,
        *_splits(target),
        system_tools(target.family),
    ]
    if installed is not None and target.family != "rpm":
        steps.append(CatalogueStep(installed.catalogue))
    steps += _system_steps(target, catalogues, here=here)
    known = _known(target, installed, catalogues)
    if target.family in ("deb", "pacman"):
        steps.append(ProvedRule(target.family, tuple(known)))
    if target.family in _CUSTOMS and not any(one.whole for one in catalogues):
        steps.append(CustomStep(target.family, f"custom:{target.distribution}"))
    chain = NameChain(
        target.family,
        tuple(steps),
        dict(chosen.own),
        aliases(),
        tuple(known) or neighbours(target),
        _named(metadata, target, chosen),
    )
    lists = [*compiled_lists, *((installed,) if installed is not None else ())]
    return TargetNames(
        chain=chain,
        lists=tuple(lists),
        target=target,
        context=context,
        here=here,
    )


def _named(
    metadata: Metadata | None, target: PlatformTarget, chosen: NameOptions
) -> dict[str, str]:
    """Return what the project's own package is to be called, by its name."""
    if metadata is None:
        return {}
    name = chosen.name or stated_name(metadata, target)
    return {metadata.normalized_name: name} if name else {}


def check_name_options(
    options: NameOptions, target: PlatformTarget, *, context: Context
) -> None:
    """Refuse files and folders that cannot be used, before names are asked for.

    Nothing is fetched. Raises ``InvalidMappingError``, ``NoListsError``.
    """
    read_map_files(options.map_files, target, context=context)
    read_registries(options.registries, target, context=context)
    for place in options.places:
        if "://" not in place:
            lists_at(place, target, context=context)


def _splits(target: PlatformTarget) -> Iterable[NameMapping]:
    """Return what we ship of projects that are several packages, the closest first."""
    found = (splits(key) for key in target_keys(target))
    return (one for one in found if one.names)


def _known(
    target: PlatformTarget, installed: Compiled | None, catalogues: Sequence[Catalogue]
) -> list[Catalogue]:
    """Return the catalogues by which files and taken names are known."""
    found = list(catalogues)
    if installed is not None:
        found.append(installed.catalogue)
    if not any(one.whole for one in catalogues):
        shipped = shipped_catalogue(target)
        found += [shipped] if shipped is not None else []
    return found


def _system_steps(
    target: PlatformTarget, catalogues: Sequence[Catalogue], *, here: bool
) -> list[NameStep]:
    """Return what knows the names of a whole system."""
    if target.family == "rpm":
        return [VirtualStep(tuple(catalogues))]
    steps: list[NameStep] = [CatalogueStep(one) for one in catalogues]
    if any(one.whole for one in catalogues):
        # What the archive's own lists do not have is not there.
        return steps
    table = uncustomary_names(target.family)
    if table is not None:
        return [*steps, table]
    shipped = shipped_catalogue(target)
    if shipped is not None:
        return [*steps, CatalogueStep(shipped)]
    if target.family == "deb":
        if here and DH_PYTHON.is_file():
            content = DH_PYTHON.read_text("utf-8", "replace")
            steps.append(CatalogueStep(dh_python_catalogue(content)))
        steps.append(NeighbourStep(neighbours(target)))
    return steps
