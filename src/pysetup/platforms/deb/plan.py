"""The plan of a Debian package: all that stands in it, decided from facts alone."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.architectures import (
    ALL,
    architecture_of,
    is_compiled,
)
from pysetup.platforms.deb.control import (
    checked_package,
    checked_version,
)
from pysetup.platforms.deb.licences import stated_licence
from pysetup.platforms.deb.mapping import build_mapping
from pysetup.platforms.deb.options import DebOptions
from pysetup.platforms.deb.overrides import override_text
from pysetup.platforms.deb.people import authors_of, maintainer_of
from pysetup.platforms.deb.public_libraries import library_files, public_sonames
from pysetup.platforms.deb.relating import Relating
from pysetup.platforms.deb.scripts import maintainer_scripts
from pysetup.platforms.deb.shared_libraries import (
    LibrarySystem,
    library_relations,
    read_shlibs,
)
from pysetup.platforms.deb.wording import long_description, synopsis
from pysetup.platforms.names.found import Names
from pysetup.platforms.packed_pages import with_packed_pages
from pysetup.platforms.plan import (
    BUILD,
    CONFIG,
    DOCUMENT,
    LICENCE,
    MappedRequirement,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.project_facts import homepage_of
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
from pysetup.platforms.versions.deb import encode_deb
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault

NAME = "deb"
# What Debian's own tools and pip take for the system's package manager.
INSTALLER = "debian"
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)")
_DOCUMENTS = "usr/share/doc"
_SHLIBS = Path("/var/lib/dpkg/info")
_OS_RELEASE = Path("/etc/os-release")
_BYTECODE = re.compile(r"(?:^|/)__pycache__/|\.py[co]$")


class UnpackableNameError(BuildError):
    """A file of the project has a name that cannot stand in a Debian package.

    The lists that dpkg keeps have one name a line, in UTF-8; names with control
    characters, and those that lead out of their folder, cannot be kept there. Rename
    the file. Nothing was written.
    """

    code = "PS6544"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the file {path[:120]!r} cannot be packaged: {reason}",
            facts={"path": repr(path[:400])},
            hints=("rename the file in the project, and build it again",),
        )


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan; ``options`` are those of ``OPTIONS``, checked.

    Raises ``ControlFieldError``, ``UnpackableNameError``, ``UnknownLibraryError``,
    ``NewerLibcError``, ``NumpyInterfaceError``, ``StagingClashError``,
    ``UnsafeScriptError``.
    """
    chosen = DebOptions.read(options)
    stray = stray_in(tree, document) if chosen.stray == LEAVE_OUT else ()
    tree = without(tree, stray)
    own = document.normalized_name
    name = checked_package(chosen.name or names.own_name(own))
    version = _version(document, name, names, chosen.release)
    relating = Relating(document, target, names, chosen, name=name, version=version)
    staged = _staged(document, target, tree, chosen, relating.base)
    compiled = is_compiled(tree, target)
    libraries = library_relations(tree, _system(target, chosen)) if compiled else ()
    relating.relate(tree, staged, libraries=libraries, compiled=compiled)
    sonames = public_sonames(staged, tree)
    overrides = override_text(name, staged, tree, target)
    files = (*staged, *_policy_files(name, overrides))
    notes = *relating.notes, *notes_on_search_folders(files), *notes_on_stray(stray)
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=own,
        project_version=str(document.version),
        name=name,
        version=checked_version(version),
        release=chosen.release,
        architecture=architecture_of(target) if compiled else ALL,
        summary=synopsis(document, package=name),
        description=long_description(document, package=name),
        licence=stated_licence(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document, chosen.maintainer),
        files=files,
        relations=relating.relations,
        mapping=relating.base,
        packages=relating.packages,
        scripts=maintainer_scripts(name, files, site=target.paths["purelib"]),
        options=dict(options),
        details={
            **_details(document, files, target, libraries),
            BUILD: [each.to_json() for each in build_mapping(document, target, names)],
            "stray": list(stray),
            "control": {**library_files(sonames, package=name, version=version)},
        },
        notes=tuple(dict.fromkeys(notes)),
    )


def _version(document: Metadata, name: str, names: Names, release: str) -> str:
    """Return the version of the package, with its revision.

    Where it takes the name of a package of the distribution that has an epoch, it has
    the same, or it would be older than any of theirs.
    """
    version = f"{encode_deb(document.version)}-{release}"
    found = names.find(document.normalized_name)
    if found is not None and found.epoch and name in found.packages:
        return version if ":" in version else f"{found.epoch}:{version}"
    return version


def _system(target: PlatformTarget, chosen: DebOptions) -> LibrarySystem:
    match = _GLIBC.search(target.platform)
    folder: Path | None = None
    if chosen.shlibs == "auto":
        folder = _SHLIBS if _is_this_machine(target) else None
    elif chosen.shlibs != "none":
        folder = Path(chosen.shlibs)
    return LibrarySystem(
        target=target.name,
        glibc=(int(match[1]), int(match[2])) if match else (0, 0),
        given=chosen.libraries,
        shlibs=read_shlibs(folder) if folder is not None else {},
    )


def _is_this_machine(target: PlatformTarget) -> bool:
    """Tell whether the machine runs what the target is (os-release(5))."""
    try:
        text = _OS_RELEASE.read_text("utf-8", "replace")
    except OSError:
        return False
    stated = dict(re.findall(r"""^([A-Z_]+)=["']?(.*?)["']?$""", text, re.MULTILINE))
    here = stated.get("ID"), stated.get("VERSION_ID")
    return here == (target.distribution, target.release)


def _staged(
    document: Metadata,
    target: PlatformTarget,
    tree: Tree,
    chosen: DebOptions,
    mapping: Sequence[MappedRequirement],
) -> tuple[PackageFile, ...]:
    """Return the files of the project; dpkg's own Python makes its bytecode."""
    notes: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": chosen.to_json(),
        "mapping": [each.to_json() for each in mapping],
    }
    staged = stage(tree, document, target, installer=INSTALLER, notes=notes)
    kept = [file for file in staged if not _BYTECODE.search(file.path)]
    files = with_packed_pages(kept)
    for file in files:
        fault = path_fault(file.path)
        if fault is not None or file.path != file.path.rstrip():
            raise UnpackableNameError(file.path, fault or "it ends in a space")
    return files


def _policy_files(name: str, overrides: str) -> tuple[PackageFile, ...]:
    """Return what Debian's policy asks of every package; the writer fills the first."""
    folder = f"{_DOCUMENTS}/{name}"
    files = [
        PackageFile(f"{folder}/copyright", DOCUMENT),
        PackageFile(f"{folder}/changelog.Debian.gz", DOCUMENT),
    ]
    if overrides:
        path = f"usr/share/lintian/overrides/{name}"
        files.append(PackageFile(path, DOCUMENT, content=overrides))
    return tuple(files)


def _details(
    document: Metadata,
    files: Sequence[PackageFile],
    target: PlatformTarget,
    libraries: Sequence[str],
) -> dict[str, JSON]:
    config = f"{target.paths['config']}/"
    holders = authors_of(document)
    urls = document.section("project_url").values()
    source = [str(url) for url in urls] or [homepage_of(document)]
    return {
        "conffiles": [
            f"/{file.path}"
            for file in files
            if file.role == CONFIG and file.path.startswith(config)
        ],
        "licences": [file.source for file in files if file.role == LICENCE],
        "libraries": list(libraries),
        "copyright": {
            "name": document.name,
            "contact": ", ".join(holders),
            "source": homepage_of(document) or source[0],
            "holders": list(dict.fromkeys(holders))
            or [f"the authors of {document.name}"],
            "licence": stated_licence(document),
            "text": document.text("license"),
        },
    }
