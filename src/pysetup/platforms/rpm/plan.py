"""The plan of an RPM package: pure, and the same at the binary and the source level."""

from collections.abc import Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Names
from pysetup.platforms.machine_code import is_for_a_machine
from pysetup.platforms.plan import (
    CONFLICTS,
    LAUNCHER,
    OBSOLETES,
    PROVIDES,
    REQUIRES,
    UNIT,
    MappedRequirement,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.project_facts import homepage_of, maintainer_of
from pysetup.platforms.rpm.layout import (
    NONE,
    bytecode_of,
    directories_of,
    laid_out,
    same_files,
)
from pysetup.platforms.rpm.machine_code import (
    binary_provides,
    binary_requires,
    colour_of,
)
from pysetup.platforms.rpm.options import checked
from pysetup.platforms.rpm.relations import (
    extra_packages,
    obsoletes_of,
    own_name,
    provides_of,
    requires_of,
    unique,
)
from pysetup.platforms.rpm.scriptlets import scriptlets_of
from pysetup.platforms.rpm.texts import (
    licence_expression,
    long_description,
    short_summary,
)
from pysetup.platforms.search_folders import notes_on_search_folders
from pysetup.platforms.staging import stage
from pysetup.platforms.stray_files import (
    LEAVE_OUT,
    notes_on_stray,
    stray_in,
    without,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.variation import MACHINE, variations
from pysetup.platforms.versions.rpm import rpm_package_version
from pysetup.standards.jsontext import JSON

NAME = "rpm"
_NOARCH = "noarch"
# Architecture as platform tags spell it -> as rpm does, where they differ.
_ARCHITECTURES = {"armv7l": "armv7hl", "i386": "i686"}


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan.

    Raises ``InvalidRpmOptionError``, ``HostileFileNameError``, and as the stager and
    the versions do.
    """
    chosen = checked(options)
    stray = stray_in(tree, document) if chosen["stray"] == LEAVE_OUT else ()
    whole, tree = tree, without(tree, stray)
    name = own_name(document.normalized_name, target, names)
    version = _version(document, str(chosen["epoch"]))
    evr = f"{version}-{chosen['release']}"
    mapping = requires_of(document, target, names)
    extras, of_extras = (
        extra_packages(document, target, names, name=name, evr=evr)
        if chosen["extras"]
        else ((), ())
    )
    files = _staged(document, target, tree, chosen, (*mapping, *of_extras))
    architecture, notes = _architecture(document, target, tree)
    obsoletes, about_obsoletes = obsoletes_of(document, target, names)
    licence, certain = licence_expression(document)
    if not certain and not chosen["licence"]:
        notes += (f"the licence is not certain: {licence}; say --option licence=SPDX",)
    provides = provides_of(
        document, target, name=name, evr=evr, architecture=architecture
    )
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=name,
        version=version,
        release=str(chosen["release"]),
        architecture=architecture,
        summary=short_summary(document),
        description=long_description(document),
        licence=str(chosen["licence"]) or licence,
        homepage=homepage_of(document),
        maintainer=str(chosen["packager"]) or maintainer_of(document),
        files=files,
        directories=tuple(directories_of(files, target)),
        relations=_relations(
            {
                REQUIRES: _requires(files, target, tree, mapping),
                PROVIDES: (*provides, *binary_provides(tree, files)),
                OBSOLETES: obsoletes,
                CONFLICTS: (),
            }
        ),
        mapping=(*mapping, *of_extras),
        packages=extras,
        scripts=scriptlets_of(file.path for file in files if file.role == UNIT),
        options=chosen,
        details={
            **_details(files, target, tree, chosen, architecture),
            "stray": list(stray),
            "left_out": _left_out(whole, files),
        },
        notes=(
            *notes,
            *about_obsoletes,
            *notes_on_search_folders(files),
            *notes_on_stray(stray),
        ),
    )


def _version(document: Metadata, epoch: str) -> str:
    version = rpm_package_version(document.version)
    return f"{epoch}:{version.rpartition(':')[2]}" if epoch else version


def _staged(
    document: Metadata,
    target: PlatformTarget,
    tree: Tree,
    options: Mapping[str, JSON],
    mapping: Sequence[MappedRequirement],
) -> tuple[PackageFile, ...]:
    # How the recipe is written, and with what it is compressed, changes no file.
    kept = {
        key: value
        for key, value in options.items()
        if key not in ("flavour", "build", "compression")
    }
    notes: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": kept,
        "mapping": [one.to_json() for one in mapping],
    }
    return laid_out(stage(tree, document, target, installer=NAME, notes=notes))


def _architecture(
    document: Metadata, target: PlatformTarget, tree: Tree
) -> tuple[str, tuple[str, ...]]:
    """Return the architecture, and a note where it is not what one would expect."""
    machine = _ARCHITECTURES.get(target.architecture, target.architecture)
    if is_for_a_machine(tree, target):
        return machine, ()
    extras = document.texts("provides_extra")
    varying = variations(document, target, extras=extras).get(MACHINE, ())
    if varying:
        listed = ", ".join(varying[:3])
        return machine, (f"it is for {machine} alone, because of {listed}",)
    return _NOARCH, ()


def _requires(
    files: Sequence[PackageFile],
    target: PlatformTarget,
    tree: Tree,
    mapping: Sequence[MappedRequirement],
) -> tuple[str, ...]:
    found = [relation for one in mapping for relation in one.relations]
    site = tuple(f"{target.paths[key]}/" for key in ("purelib", "platlib"))
    if any(file.path.startswith(site) for file in files):
        found.append(f"python(abi) = {target.python}")
    found += _interpreters(files, tree)
    return (*found, *binary_requires(tree, files))


def _interpreters(files: Sequence[PackageFile], tree: Tree) -> list[str]:
    """Return the programs that the first lines of scripts name."""
    by_path = tree.by_path()
    found: list[str] = []
    for file in files:
        if not file.mode & 0o111:
            continue
        line = file.content.partition("\n")[0] if file.role == LAUNCHER else ""
        if file.source in by_path:
            line = by_path[file.source].first_line
        if not line.startswith("#!"):
            continue
        program = file.interpreter or next(iter(line[2:].split()), "")
        if program.startswith("/") and program.isprintable():
            found.append(program)
    return found


def _relations(relations: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {kind: unique(texts) for kind, texts in relations.items() if texts}


def _left_out(tree: Tree, files: Sequence[PackageFile]) -> list[JSON]:
    """Return the files of ``tree`` that are in no package; of its metadata, none."""
    packed = {file.source for file in files}
    return [
        file.path
        for file in tree.files
        if file.path not in packed and not file.path.startswith(f"{tree.dist_info}/")
    ]


def _details(
    files: Sequence[PackageFile],
    target: PlatformTarget,
    tree: Tree,
    options: Mapping[str, JSON],
    architecture: str,
) -> dict[str, JSON]:
    """Return what only rpm knows: bytecode, colours of machine code, hard links."""
    by_path = tree.by_path()
    colours: dict[str, JSON] = {
        file.path: colour
        for file in files
        if (colour := colour_of(by_path.get(file.source)))
    }
    folders, bytecode = (
        bytecode_of(files, target) if options["bytecode"] != NONE else ((), ())
    )
    return {
        # A package of an extra has no files; what it requires may be for one machine.
        "extras_architecture": (
            _NOARCH if is_for_a_machine(tree, target) else architecture
        ),
        "python": target.python,
        "colours": colours,
        "same_files": dict(same_files(files, tree)),
        "bytecode_folders": list(folders),
        "bytecode": list(bytecode),
    }
