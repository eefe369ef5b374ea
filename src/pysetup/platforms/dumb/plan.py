"""The plan of a dumb archive: the files at their places, and nothing around them."""

import re
from collections.abc import Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.fitness import newer_glibc
from pysetup.platforms.interface import FormatOption, Names
from pysetup.platforms.machine_code import is_for_a_machine
from pysetup.platforms.plan import LAUNCHER, PackageFile, PackagePlan
from pysetup.platforms.project_facts import (
    homepage_of,
    licence_words,
    maintainer_of,
    summary_of,
)
from pysetup.platforms.staging import stage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import marker_holds
from pysetup.standards.versions import parse_version
from pysetup.values import replace

NAME = "dumb"
GZTAR, XZTAR, ZIP = "gztar", "xztar", "zip"
ENDINGS = {GZTAR: "tar.gz", XZTAR: "tar.xz", ZIP: "zip"}
OPTIONS: Mapping[str, FormatOption] = {
    "format": FormatOption("the kind of archive", GZTAR, tuple(ENDINGS)),
    "relative": FormatOption(
        "paths begin below the prefix (usr) of the target, not at its root", False
    ),
}
_PREFIXES = ("usr/local/", "usr/")


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan; raises ``StagingClashError`` and ``UnsafeScriptError``."""
    del names  # it has no dependencies, so it needs no names
    notes: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": dict(options),
    }
    files = stage(tree, document, target, installer="bdist_dumb", notes=notes)
    if target.family == "any":
        files = _findable(files, document, target, site=_site(tree, target))
    if options["relative"]:
        files = tuple(sorted(map(_without_prefix, files)))
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=document.normalized_name,
        version=str(document.version),
        architecture=target.architecture if is_for_a_machine(tree, target) else "any",
        summary=summary_of(document),
        description=document.text("description"),
        licence=licence_words(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=files,
        options=dict(options),
        notes=(*_needs(document, target), *_system_needs(tree, target)),
    )


def archive_name(plan: PackagePlan) -> str:
    """Return the name of the file: project, version, target, and machine if any."""
    version = parse_version(plan.project_version)
    stem = dist_info_name(plan.project, version).removesuffix(".dist-info")
    target = re.sub(r"[^A-Za-z0-9._-]", "-", plan.target)
    machine = "" if plan.architecture == "any" else f"-{plan.architecture}"
    return f"{stem}.{target}{machine}.{ENDINGS[str(plan.options['format'])]}"


def _site(tree: Tree, target: PlatformTarget) -> str:
    return target.paths["purelib" if tree.pure else "platlib"]


def _findable(
    files: Sequence[PackageFile],
    document: Metadata,
    target: PlatformTarget,
    *,
    site: str,
) -> tuple[PackageFile, ...]:
    """Return ``files`` with launchers that find the modules wherever they stand."""
    up = [".."] * (target.paths["scripts"].count("/") + 1)
    entries = {
        entry.name: entry
        for entry in document.entry_points
        if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)
    }
    found: list[PackageFile] = []
    for file in files:
        entry = entries.get(file.path.rpartition("/")[2])
        if file.role == LAUNCHER and entry is not None:
            text = _launcher(entry, target.interpreter, [*up, *site.split("/")])
            file = PackageFile(file.path, file.role, file.mode, content=text)  # noqa: PLW2901
        found.append(file)
    return tuple(found)


def _launcher(entry: EntryPoint, interpreter: str, way: Sequence[str]) -> str:
    head = entry.attribute.partition(".")[0]
    return (
        f"#!{interpreter}\n"
        "import os\n"
        "import site\n"
        "import sys\n"
        "\n"
        "here = os.path.dirname(os.path.realpath(__file__))\n"
        f"modules = os.path.normpath(os.path.join(here, *{list(way)!r}))\n"
        "if modules not in sys.path:\n"
        "    site.addsitedir(modules)\n"
        "\n"
        f"from {entry.module} import {head}  # noqa: E402\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({entry.attribute}())\n"
    )


def _without_prefix(file: PackageFile) -> PackageFile:
    path = next(
        (
            file.path.removeprefix(each)
            for each in _PREFIXES
            if file.path.startswith(each)
        ),
        file.path,
    )
    return replace(file, path=path)


def _needs(document: Metadata, target: PlatformTarget) -> tuple[str, ...]:
    needed = [
        str(requirement)
        for requirement in document.requires_dist
        if marker_holds(requirement.marker, target.markers)
    ]
    if not needed:
        return ()
    return (f"the archive does not bring what it needs: {', '.join(needed)}",)


def _system_needs(tree: Tree, target: PlatformTarget) -> tuple[str, ...]:
    glibc = newer_glibc(tree.tags, target)
    return (f"its machine code needs the C library glibc {glibc}",) if glibc else ()
