"""The plan of a pacman package."""

from collections.abc import Iterable, Mapping

from pysetup.metadata.document import Metadata
from pysetup.platforms.cached_modules import without_cached_modules
from pysetup.platforms.extra_packages import ExtraWords, extra_packages
from pysetup.platforms.interface import FormatOption, Names
from pysetup.platforms.machine_code import is_for_a_machine
from pysetup.platforms.needs import build_needs, needs_of
from pysetup.platforms.packed_pages import with_packed_pages
from pysetup.platforms.pacman.archive import INSTALL
from pysetup.platforms.pacman.libraries import library_packages, notes_on_libraries
from pysetup.platforms.pacman.relations import (
    conflicts_of,
    depends_of,
    let_in,
    mapped,
    optional_of,
    provides_of,
    replaces_of,
)
from pysetup.platforms.pacman.scriptlet import scriptlet
from pysetup.platforms.plan import (
    CONFIG,
    CONFLICTS,
    LICENCE,
    PROVIDES,
    REPLACES,
    REQUIRES,
    SUGGESTS,
    MappedRequirement,
    PackageFile,
    PackagePlan,
    Relations,
    SubPackage,
)
from pysetup.platforms.project_facts import (
    homepage_of,
    licence_of,
    licence_words,
    maintainer_of,
    summary_of,
)
from pysetup.platforms.requirement_mapping import DISTRIBUTION, notes_on_extras
from pysetup.platforms.search_folders import notes_on_search_folders
from pysetup.platforms.staging import stage
from pysetup.platforms.stray_files import (
    LEAVE_OUT,
    STRAY,
    STRAY_SUMMARY,
    notes_on_stray,
    stray_in,
    without,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.pacman import encode_pacman
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement

NAME = "pacman"
AUTO = "auto"
CUSTOM = "custom:arch"
# libalpm's names of machines, where they are not those of platform tags.
_ARCHITECTURES = {"armv7l": "armv7h"}
OPTIONS: Mapping[str, FormatOption] = {
    "compression": FormatOption(
        "of the package; auto is zst where zstd is at hand, else xz",
        AUTO,
        (AUTO, "zst", "xz", "gz"),
    ),
    "release": FormatOption("pkgrel: distinguishes packages of one version", 1),
    "packager": FormatOption("who makes the package: Name <address>", ""),
    "extras": FormatOption("also make a package NAME-EXTRA for each extra", True),
    "stray": FormatOption(STRAY_SUMMARY, STRAY[0], STRAY),
    "url": FormatOption("of the sdist, for a PKGBUILD; empty: it stands beside it", ""),
}


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan; raises as the stager and ``needs_of``."""
    stray = stray_in(tree, document) if options["stray"] == LEAVE_OUT else ()
    tree = without(tree, stray)
    needs = needs_of(document, target)
    mapping = mapped(needs, names)
    name = names.own_name(document.normalized_name)
    version = encode_pacman(document.version)
    record: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": dict(options),
        "mapping": [each.to_json() for each in mapping],
    }
    files = with_packed_pages(
        without_cached_modules(
            stage(tree, document, target, installer=NAME, notes=record)
        )
    )
    script = scriptlet(files, target, name=name)
    full = f"{version}-{options['release']}"
    extras, notes = (
        _extras(document, target, names, name=name, version=full)
        if options["extras"]
        else ((), ())
    )
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=name,
        version=version,
        release=str(options["release"]),
        architecture=_architecture(target, tree),
        summary=summary_of(document),
        description=document.text("description"),
        licence=licence_of(document) or licence_words(document) or "custom",
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=tuple(sorted((*files, *_licences(files, target, name)))),
        relations={
            REQUIRES: (
                *_python(target),
                *library_packages(tree),
                *depends_of(mapping),
            ),
            CONFLICTS: (*conflicts_of(mapping), *_usual(document, name)),
            PROVIDES: (
                *(f"{usual}={version}" for usual in _usual(document, name)),
                *provides_of(document, names),
            ),
            REPLACES: replaces_of(document, names),
            SUGGESTS: optional_of(document, target, names),
        },
        mapping=mapping,
        packages=extras,
        scripts={INSTALL: script} if script else {},
        options=dict(options),
        details={
            "stray": list(stray),
            "backup": [each.path for each in files if each.role == CONFIG],
            "build": [
                each.to_json() for each in build_mapping(document, target, names)
            ],
            "licence_files": list(document.texts("license_file")),
        },
        notes=(
            *let_in(needs, names),
            *notes_on_extras(needs, names),
            *notes_on_libraries(tree),
            *notes_on_search_folders(files),
            *notes_on_stray(stray),
            *notes,
        ),
    )


def build_mapping(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[MappedRequirement, ...]:
    """Map what the build needs; by the custom of Arch where nobody knows better."""
    found = mapped(build_needs(document, target), names, role="build")
    return tuple(each if each.evidence else _by_custom(each) for each in found)


def _by_custom(unknown: MappedRequirement) -> MappedRequirement:
    name = normalize_name(parse_requirement(unknown.requirement).name)
    package = f"python-{name}"
    return MappedRequirement(
        unknown.requirement, (package,), (package,), CUSTOM, DISTRIBUTION
    )


def _architecture(target: PlatformTarget, tree: Tree) -> str:
    if not is_for_a_machine(tree, target):
        return "any"
    return _ARCHITECTURES.get(target.architecture, target.architecture)


def _usual(document: Metadata, name: str) -> tuple[str, ...]:
    """Return the name by custom, which a package of another name stands for."""
    usual = f"python-{document.normalized_name}"
    return (usual,) if usual != name else ()


def _python(target: PlatformTarget) -> tuple[str, ...]:
    """Return the need of the Python below whose folder the modules stand."""
    major, minor = target.python.split(".")
    return (f"python>={target.python}", f"python<{major}.{int(minor) + 1}")


def _licences(
    files: Iterable[PackageFile], target: PlatformTarget, name: str
) -> tuple[PackageFile, ...]:
    """Return the licence files once more, at the place where people look for them."""
    folder = f"{target.paths['licences']}/{name}"
    found: dict[str, PackageFile] = {}
    for file in files:
        if file.role == LICENCE:
            short = file.path.rpartition("/")[2]
            inside = file.path.partition(".dist-info/")[2].removeprefix("licenses/")
            place = short if f"{folder}/{short}" not in found else inside
            path = f"{folder}/{place.replace('/', '-')}"
            found[path] = PackageFile(path, LICENCE, file.mode, file.source)
    return tuple(found.values())


def _extras(
    document: Metadata, target: PlatformTarget, names: Names, *, name: str, version: str
) -> tuple[tuple[SubPackage, ...], tuple[str, ...]]:
    def relate(mapping: tuple[MappedRequirement, ...]) -> Relations:
        return {
            REQUIRES: (f"{name}={version}", *depends_of(mapping)),
            CONFLICTS: conflicts_of(mapping),
        }

    words = ExtraWords(name, mapped, relate)
    return extra_packages(document, target, names, words=words)
