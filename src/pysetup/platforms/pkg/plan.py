"""The plan of a flat package: what is installed where, and what must be there first."""

import re
from collections.abc import Mapping, Sequence

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.installed_check import (
    SCRIPT_NAME,
    check_scripts,
    looked_for,
)
from pysetup.platforms.interface import FormatOption, Names
from pysetup.platforms.needs import needs_of
from pysetup.platforms.pkg.installer_scripts import (
    POSTINSTALL_SCRIPT,
    preinstall_script,
)
from pysetup.platforms.plan import (
    LAUNCHER,
    REQUIRES,
    SCRIPT,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.project_facts import (
    homepage_of,
    licence_words,
    maintainer_of,
    summary_of,
)
from pysetup.platforms.staging import stage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.macos import encode_macos
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import parse_version

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_SYSTEM = re.compile(r"macosx_(?P<major>\d+)_(?P<minor>\d+)_\w+")
NAME = "pkg"
PREINSTALL, POSTINSTALL = "preinstall", "postinstall"
#: The folder of commands that is on everybody's PATH.
COMMANDS = "usr/local/bin"
OPTIONS: dict[str, FormatOption] = {
    "identifier": FormatOption(
        "the identifier of the package; by default pysetup.python3.13.NAME", ""
    ),
    "links": FormatOption(
        f"link the commands into /{COMMANDS}, as python.org's installer does", True
    ),
}


class PackageIdentifierError(UsageError):
    """The identifier of a package for macOS is not like a domain name backwards.

    It is words of letters, digits, ``-`` and ``_`` with dots between them. All versions
    of a package have the same one.
    """

    code = "PS2778"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} cannot be the identifier of a package for macOS",
            facts={"identifier": text[:80]},
            hints=("write it like  org.example.project",),
        )


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan of ``bdist_pkg``; raises what the stager raises."""
    del names  # macOS has no packages to be named
    needs = needs_of(document, target)
    mapping = tuple(map(looked_for, needs))
    notes: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": dict(options),
        "mapping": [each.to_json() for each in mapping],
    }
    files = stage(tree, document, target, installer=NAME, notes=notes)
    version = parse_version(document.text("version"))
    numbers = encode_macos(version)
    machine = _machine(tree)
    identifier = _identifier(str(options["identifier"]), document, target)
    links = _links(files, target) if options["links"] else {}
    system = _oldest_system(tree)
    scripts = {
        PREINSTALL: preinstall_script(
            identifier,
            target=target,
            machine=machine,
            system=system,
            links=links,
            check=SCRIPT_NAME if needs else "",
        ),
        POSTINSTALL: POSTINSTALL_SCRIPT,
        **check_scripts(needs),
    }
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(version),
        name=f"{document.name}-{version}.macos-{machine or 'any'}-py{target.python}",
        version=numbers.text,
        architecture=machine or "any",
        summary=summary_of(document),
        licence=licence_words(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=files,
        relations={REQUIRES: tuple(one for each in mapping for one in each.relations)},
        mapping=mapping,
        scripts=scripts,
        options=dict(options),
        details={
            "identifier": identifier,
            "links": dict(links),
            "display_name": f"{document.name} {version} (Python {target.python})",
            "python": target.python,
            "interpreter": target.interpreter,
            "oldest_system": ".".join(map(str, system or ())),
        },
        notes=_notes(str(version), numbers.text, numbers.losses),
    )


def _identifier(stated: str, document: Metadata, target: PlatformTarget) -> str:
    if stated and not _IDENTIFIER.fullmatch(stated):
        raise PackageIdentifierError(stated)
    return stated or f"pysetup.python{target.python}.{document.normalized_name}"


def _machine(tree: Tree) -> str:
    """Return the one machine that the tree is for; empty when it is for both."""
    platforms = {tag.rpartition("-")[2] for tag in tree.tags}
    machines = {
        name
        for name in ("arm64", "x86_64")
        if any(platform.endswith(f"_{name}") for platform in platforms)
    }
    return machines.pop() if len(machines) == 1 else ""


def _oldest_system(tree: Tree) -> tuple[int, int] | None:
    """Return the oldest macOS that the tree runs on; None when it has no machine code.

    A tree with several tags is for the oldest of them.
    """
    found = map(_SYSTEM.fullmatch, (tag.rpartition("-")[2] for tag in tree.tags))
    return min(
        ((int(match["major"]), int(match["minor"])) for match in found if match),
        default=None,
    )


def _links(files: Sequence[PackageFile], target: PlatformTarget) -> dict[str, JSON]:
    """Return the links to commands: their places, and what they point at."""
    folder = target.paths["scripts"]
    up = "../" * (COMMANDS.count("/") + 1)
    return {
        f"{COMMANDS}/{file.path.rpartition('/')[2]}": up + file.path
        for file in files
        if file.role in (LAUNCHER, SCRIPT) and file.path.rpartition("/")[0] == folder
    }


def _notes(version: str, text: str, losses: Sequence[str]) -> tuple[str, ...]:
    if not losses:
        return ()
    return (f"macOS sees version {version} as {text}: {'; '.join(losses)}",)
