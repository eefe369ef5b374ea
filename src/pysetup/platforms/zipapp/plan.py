"""The plan of a zip application: the modules at the top, and where it starts."""

from collections.abc import Iterable, Mapping

from pysetup.errors import BuildError, UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import FormatOption, Names
from pysetup.platforms.plan import LAUNCHER, MODULE, PackageFile, PackagePlan
from pysetup.platforms.project_facts import (
    homepage_of,
    licence_words,
    maintainer_of,
    summary_of,
)
from pysetup.platforms.staging import stage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.zipapp.start import main_text
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import marker_holds
from pysetup.standards.script_names import check_command

NAME = "zipapp"
MAIN = "__main__.py"
_MODULES = (".so", ".pyd", ".dylib", ".dll")
OPTIONS: Mapping[str, FormatOption] = {
    "entry": FormatOption(
        "the command that it is, or module:function; needed if there are several", ""
    ),
    "compressed": FormatOption("whether its files are compressed", True),
    "interpreter": FormatOption(
        "what starts it, without #!; empty: no first line", "/usr/bin/env python3"
    ),
}


class NoStartError(UsageError):
    """It is not clear which function a zip application starts with.

    It starts with the project's only command. With none, or with several, say which:
    ``--option entry=NAME`` or ``--option entry=module:function``.
    """

    code = "PS2782"

    def __init__(self, metadata: Metadata, reason: str, names: Iterable[str]) -> None:
        listed = sorted(names)
        first = listed[0] if listed else "module:function"
        super().__init__(
            f"{metadata.name} {reason}",
            facts={"commands": listed},
            hints=(f"--option entry={first}",),
        )


class CompiledZipappError(BuildError):
    """A zip application cannot hold machine code.

    Python loads extension modules from files alone, never from a zip archive, and
    unpacking them behind the user's back would leave files about. Take a wheel of the
    project without machine code, or another format: ``bdist_dumb`` is an archive, too.
    """

    code = "PS6603"

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{name} holds machine code ({path}), which no zip application can load",
            facts={"project": name, "file": path},
            hints=(
                "take a wheel of it without machine code (py3-none-any)",
                "or another format: pysetup bdist_dumb",
            ),
        )


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan.

    Raises ``NoStartError``, ``CompiledZipappError``, and as ``stage``.
    """
    del names  # what it needs goes in, or is left to its Python
    refuse_compiled(document.name, tree)
    entry = _entry(document, str(options["entry"]))
    record: dict[str, JSON] = {
        "format": NAME,
        "target": target.name,
        "options": dict(options),
    }
    files, left_out = inside(tree, document, target, notes=record)
    main = PackageFile(MAIN, LAUNCHER, content=main_text(document, entry))
    return PackagePlan(
        format=NAME,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=document.normalized_name,
        version=str(document.version),
        architecture="any",
        summary=summary_of(document),
        description=document.text("description"),
        licence=licence_words(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=tuple(sorted((*files, main))),
        options=dict(options),
        details={"entry": entry.reference, "needs": list(_needs(document, target))},
        notes=tuple(f"left out, since no zip holds it: {path}" for path in left_out),
    )


def refuse_compiled(name: str, tree: Tree) -> None:
    """Raise ``CompiledZipappError`` if ``tree`` holds modules of machine code.

    Programs of other systems that it carries as data are none.
    """
    for file in tree.files:
        if file.binary is not None and file.path.endswith(_MODULES):
            raise CompiledZipappError(name, file.path)


def inside(
    tree: Tree,
    document: Metadata,
    target: PlatformTarget,
    *,
    notes: Mapping[str, JSON],
) -> tuple[tuple[PackageFile, ...], tuple[str, ...]]:
    """Return the files of a distribution as they stand in the archive.

    And the paths of those that have no place in it: scripts, data, headers.
    """
    sites = {f"{target.paths['purelib']}/", f"{target.paths['platlib']}/"}
    files: list[PackageFile] = []
    left_out: list[str] = []
    for file in stage(tree, document, target, installer=NAME, notes=notes):
        site = next((each for each in sites if file.path.startswith(each)), "")
        if site:
            path = file.path.removeprefix(site)
            files.append(PackageFile(path, file.role, 0o644, file.source, file.content))
        elif file.role != LAUNCHER:
            left_out.append(file.path)
    clash = next((each for each in files if each.path == MAIN), None)
    if clash is not None and clash.role == MODULE:
        raise NoStartError(document, f"brings a {MAIN} of its own", ())
    return tuple(files), tuple(left_out)


def _entry(document: Metadata, wanted: str) -> EntryPoint:
    known = {
        entry.name: entry
        for entry in document.entry_points
        if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)
    }
    console = [each for each in known.values() if each.group == CONSOLE_SCRIPTS]
    # A command with a window is what a project is about that has no other.
    console = console or list(known.values())
    if wanted in known:
        return check_command(known[wanted], source=document.name)
    if ":" in wanted:
        entry = EntryPoint.parse(CONSOLE_SCRIPTS, "main", wanted)
        return check_command(entry, source=document.name)
    if wanted:
        raise NoStartError(document, f"has no command {wanted[:60]!r}", known)
    if len(console) != 1:
        reason = f"has {len(console)} commands" if console else "has no command"
        raise NoStartError(document, f"{reason}: with which does it start?", known)
    return check_command(console[0], source=document.name)


def _needs(document: Metadata, target: PlatformTarget) -> tuple[str, ...]:
    return tuple(
        str(requirement)
        for requirement in document.requires_dist
        if marker_holds(requirement.marker, target.markers)
    )
