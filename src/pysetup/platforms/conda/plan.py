"""The plan of a conda package: for all systems where it can be, else for the target."""

from collections.abc import Iterable, Mapping

from pysetup.metadata.document import Metadata
from pysetup.platforms.cached_modules import without_cached_modules
from pysetup.platforms.conda.places import (
    commands,
    noarch_files,
    placeholders,
    windows_files,
)
from pysetup.platforms.conda.python_needs import PythonNeeds, python_needs
from pysetup.platforms.extra_packages import ExtraWords, extra_packages
from pysetup.platforms.import_names import top_modules
from pysetup.platforms.interface import FormatOption, Names
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.needs import Need, build_needs, needs_of
from pysetup.platforms.plan import (
    LICENCE,
    REQUIRES,
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
from pysetup.platforms.requirement_mapping import (
    DISTRIBUTION,
    map_needs,
    notes_on_extras,
    relations_in,
)
from pysetup.platforms.search_folders import notes_on_search_folders
from pysetup.platforms.staging import stage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.conda import conda_requirement, encode_conda
from pysetup.standards.jsontext import JSON

NAME = "conda"
AUTO = "auto"
CUSTOM = "custom:conda-forge"
OPTIONS: Mapping[str, FormatOption] = {
    "format": FormatOption(
        "kind of file; auto is conda where zstd is at hand, else tar.bz2",
        AUTO,
        (AUTO, "conda", "tar.bz2"),
    ),
    "build-number": FormatOption("distinguishes packages of one version", 0),
    "extras": FormatOption("also make a package NAME-EXTRA for each extra", True),
    "url": FormatOption("of the sdist, for a recipe; empty: it stands beside it", ""),
}


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan; raises as the stager, and ``UnencodableVersionError``."""
    wanted = document.requires_python
    pythons = (conda_requirement("python", wanted),) if wanted else ()
    needs = python_needs(document, target, tree=tree, pythons=pythons)
    wanted_there = needs_of(document, target)
    mapping = mapped(wanted_there, names)
    name = names.own_name(document.normalized_name)
    version = encode_conda(document.version)
    build = f"{needs.build}_{options['build-number']}"
    extras, notes = (
        _extras(document, target, names, name=name, own=f"{name} {version} {build}")
        if options["extras"]
        else ((), ())
    )
    record: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": dict(options),
        "mapping": [each.to_json() for each in mapping],
    }
    files = without_cached_modules(
        stage(tree, document, target, installer=NAME, notes=record)
    )
    files = _placed(files, document, target, needs)
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=name,
        version=version,
        release=build,
        architecture=needs.subdir,
        summary=summary_of(document),
        description=document.text("description"),
        licence=licence_words(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=files,
        relations={REQUIRES: (*needs.depends, *relations_in(mapping))},
        mapping=mapping,
        packages=extras,
        options=dict(options),
        details={
            **_details(document, files, needs),
            "build": [
                each.to_json() for each in build_mapping(document, target, names)
            ],
            "imports": list(top_modules(tree)),
            "spdx": bool(licence_of(document)),
            "licence_files": list(document.texts("license_file")),
        },
        notes=(
            *notes_on_extras(wanted_there, names),
            *notes_on_search_folders(files),
            *notes,
        ),
    )


def mapped(
    needs: Iterable[Need], names: Names, *, role: str = "run"
) -> tuple[MappedRequirement, ...]:
    """Map needs to match specifications."""
    return map_needs(needs, names, relate=_relate, role=role)


def build_mapping(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[MappedRequirement, ...]:
    """Map what the build needs; by its own name where nobody knows better."""
    needs = build_needs(document, target)
    found = mapped(needs, names, role="build")
    return tuple(
        each
        if each.evidence
        else MappedRequirement(
            each.requirement,
            (need.project,),
            (conda_requirement(need.project, need.specifiers),),
            CUSTOM,
            DISTRIBUTION,
        )
        for need, each in zip(needs, found, strict=True)
    )


def _relate(package: str, specifiers: str, _: FoundName) -> tuple[str, ...]:
    # Channels carry versions as projects write them, whoever made the package.
    return (conda_requirement(package, specifiers),)


def _placed(
    files: tuple[PackageFile, ...],
    document: Metadata,
    target: PlatformTarget,
    needs: PythonNeeds,
) -> tuple[PackageFile, ...]:
    if needs.noarch:
        return noarch_files(files, target)
    if target.markers["os_name"] == "nt":
        return windows_files(files, commands(document.entry_points), target)
    return files


def _details(
    document: Metadata, files: Iterable[PackageFile], needs: PythonNeeds
) -> dict[str, JSON]:
    """Return what only conda knows: its entry points, prefixes in files, licences."""
    listed = list(files)
    details: dict[str, JSON] = {"placeholders": dict(placeholders(listed))}
    if needs.noarch:
        details["noarch"] = "python"
        details["entry_points"] = [
            f"{entry.name} = {entry.module}:{entry.attribute}"
            for entry in commands(document.entry_points)
        ]
    details["licences"] = [file.path for file in listed if file.role == LICENCE]
    urls = document.section("project_url")
    details["urls"] = {key: url for key, url in urls.items() if isinstance(url, str)}
    return details


def _extras(
    document: Metadata, target: PlatformTarget, names: Names, *, name: str, own: str
) -> tuple[tuple[SubPackage, ...], tuple[str, ...]]:
    def relate(mapping: tuple[MappedRequirement, ...]) -> Relations:
        return {REQUIRES: (own, *relations_in(mapping))}

    words = ExtraWords(name, mapped, relate)
    return extra_packages(document, target, names, words=words)
