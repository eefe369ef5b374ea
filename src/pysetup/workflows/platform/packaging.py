"""Making a platform package: open the source, decide, check, write, read back."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import BuildError, ResolutionError, UsageError
from pysetup.interchange.built import BuiltTree
from pysetup.metadata.document import Metadata
from pysetup.phases.build.hooks import call_binary_dist
from pysetup.platforms.fitness import check_fitness
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    Making,
    MissingToolError,
    Names,
    PlatformFormat,
    Tools,
)
from pysetup.platforms.options import chosen_options
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.project import build_python
from pysetup.workflows.building.scratch import appearing_together, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.platform.plugins import BinaryDist, call_function
from pysetup.workflows.platform.sources import opened_source
from pysetup.workflows.platform.tools import MachineTools


class WrongFamilyError(UsageError):
    """A format is not for the system that ``--target`` names.

    Each format is for one family of systems: a deb for Debian and Ubuntu, an rpm for
    Fedora and openSUSE. Leave ``--target`` out for the usual one.
    """

    code = "PS2946"

    def __init__(self, format_: PlatformFormat, target: PlatformTarget) -> None:
        families = " or ".join(format_.families)
        super().__init__(
            f"bdist_{format_.name} makes nothing for {target.name}: it is for the "
            f"family {families}, and the target's is {target.family}",
            facts={"format": format_.name, "target": target.name},
            hints=(f"leave --target out: it is {format_.default_target} then",),
        )


class LevelError(UsageError):
    """A format has no source packages, or has nothing else.

    ``pysetup bdist --list-formats`` tells what each format makes.
    """

    code = "PS2947"

    def __init__(self, format_: str, level: str) -> None:
        other = "leave --source out" if level == SOURCE else "say --source"
        super().__init__(
            f"bdist_{format_} makes no {level} packages",
            facts={"format": format_, "level": level},
            hints=(other,),
        )


class UnmappedRequirementsError(ResolutionError):
    """It is not known what the target calls some of the requirements.

    A name is taken only if the system's own lists of files, an installed package, a
    shipped table or you yourself vouch for it; it is never guessed. Nothing was
    written.
    """

    code = "PS3941"

    def __init__(self, plan: PackagePlan, missing: Sequence[str]) -> None:
        listed = ", ".join(missing)
        super().__init__(
            f"{plan.project} cannot be packaged for {plan.target}: it is not known "
            f"what it calls {listed}",
            facts={"target": plan.target, "requirements": list(missing)},
            hints=(
                "--with-deps  packages what is missing, too",
                "--map-deps FILE  or the document's pysetup.platform says the names",
                "--unmapped omit  leaves them out",
            ),
        )
        self.missing = tuple(missing)


class NoPackageMadeError(BuildError):
    """A plug-in for a package format failed, or made no file.

    It is the code of another project; the message says what it did.
    """

    code = "PS6941"

    def __init__(self, format_: str, reason: str) -> None:
        super().__init__(
            f"bdist_{format_} made nothing: {reason}",
            facts={"format": format_},
            hints=("report it to those who made the plug-in",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: the words of a command line, checked.

    ``target`` is empty for the format's default; ``options`` are names and texts;
    ``unmapped`` is ``fail`` or ``omit``.
    """

    source: str
    level: str = BINARY
    target: str = ""
    options: tuple[tuple[str, str], ...] = ()
    unmapped: str = "fail"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was written, with its digest, and what reading it back has shown."""

    location: Path
    hash: Hash
    contents: Mapping[str, JSON]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "location": str(self.location),
            "hash": str(self.hash),
            "size": self.location.stat().st_size,
            "contents": dict(self.contents),
        }


@dataclass(frozen=True, slots=True)
class Packaged:
    """A plan, and the files that were written by it; none for a dry run."""

    plan: PackagePlan
    files: tuple[MadeFile, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "plan": self.plan.to_json(),
            "files": [file.to_json() for file in self.files],
        }


def make_package(
    format_: PlatformFormat,
    request: Request,
    *,
    into: Path,
    names: Names,
    context: Context,
    building: Building,
) -> Packaged:
    """Write the package of ``request.source`` into ``into``; all of it, or nothing.

    Raises ``LevelError``, ``WrongFamilyError``, ``MissingToolError``,
    ``UnfitForTargetError``, ``InvalidFormatOptionError``,
    ``UnmappedRequirementsError``, and as opening the source and the format do.
    """
    tools = MachineTools(context)
    target = target_of(format_, request, context)
    check_format(format_, request.level, target, tools)
    with opened_source(
        request.source,
        target,
        context=context,
        building=building,
        with_sdist=request.level == SOURCE,
    ) as opened:
        built = opened.built
        plan = plan_package(format_, built, target, names=names, request=request)
        for note in plan.notes:
            context.tell(f"note: {note}")
        if request.dry_run:
            return Packaged(plan, ())
        title = f"{built.metadata.name} {built.metadata.version}"
        with (
            stage(context.observer, "pack", title),
            appearing_together(into) as folder,
            scratch_folder("pysetup-making-") as scratch,
        ):
            making = Making(tools, context.settings.source_date_epoch, scratch)
            write = format_.binary_dist if opened.sdist is None else format_.source_dist
            made = write(
                opened.sdist or built.root,
                built.metadata,
                target,
                folder,
                plan=plan,
                making=making,
            )
            read_back = {
                path.name: _read_back(format_, path, request.level, tools)
                for path in made
            }
    return Packaged(plan, _made_files(into, read_back))


def target_of(
    format_: PlatformFormat, request: Request, context: Context
) -> PlatformTarget:
    """Return the target that is asked for, or the format's own."""
    return read_target(
        request.target or format_.default_target, folder=context.directory
    )


def check_format(
    format_: PlatformFormat, level: str, target: PlatformTarget, tools: Tools
) -> None:
    """Refuse what a format cannot do on this machine, before anything is built."""
    if level not in format_.levels:
        raise LevelError(format_.name, level)
    if format_.families and target.family not in format_.families:
        raise WrongFamilyError(format_, target)
    for need in format_.tools:
        if need.level == level and not need.optional and tools.find(need.name) is None:
            raise MissingToolError(format_.name, need)


def plan_package(
    format_: PlatformFormat,
    built: BuiltTree,
    target: PlatformTarget,
    *,
    names: Names,
    request: Request,
) -> PackagePlan:
    """Return the plan of ``built`` on ``target``, which fits it."""
    metadata = built.metadata
    check_fitness(metadata, built.tags, target)
    options = chosen_options(
        format_.name, format_.options, metadata, target, given=request.options
    )
    tree = Tree.read(built.root)
    plan = format_.plan(metadata, target, tree=tree, names=names, options=options)
    missing = [one.requirement for one in plan.mapping if not one.evidence]
    if missing and request.unmapped == "fail":
        raise UnmappedRequirementsError(plan, missing)
    return plan


def _read_back(
    format_: PlatformFormat, path: Path, level: str, tools: Tools
) -> Mapping[str, JSON]:
    return format_.verify(path, tools=tools) if level == BINARY else {}


def _made_files(
    into: Path, read_back: Mapping[str, Mapping[str, JSON]]
) -> tuple[MadeFile, ...]:
    return tuple(
        MadeFile(into / name, Hash.of_file(str(into / name)), contents)
        for name, contents in read_back.items()
    )


def call_plugin_function(
    name: str,
    function: BinaryDist,
    source: str,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> MadeFile:
    """Let ``binary_dist(built_dir, metadata)`` of a plug-in package ``source``.

    It gets a copy of the built tree, and the document as a dict. Raises
    ``NoPackageMadeError``, and as opening the source does.
    """
    target = read_target("portable")
    with (
        opened_source(
            source, target, context=context, building=building, with_sdist=False
        ) as opened,
        scratch_folder("pysetup-making-") as scratch,
    ):
        root = scratch / "tree"
        shutil.copytree(opened.built.root, root, symlinks=True)
        document = opened.built.metadata.to_dict()
        try:
            made = call_function(function, root, document)
        except Exception as error:  # noqa: BLE001 - others' code may fail in any way
            reason = f"{type(error).__name__}: {error}"[:300]
            raise NoPackageMadeError(name, reason) from None
        return _taken(name, made if made.is_absolute() else root / made, into)


def call_project_function(
    name: str,
    metadata: Metadata,
    root: Path,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> MadeFile:
    """Let the project at ``root`` package itself, by its document's ``commands``.

    Its function runs in a child, in an environment with the build requirements.
    Raises ``BackendFailedError``, ``NoPackageMadeError``.
    """
    command = metadata.section("commands").get(f"bdist_{name}")
    assert isinstance(command, Mapping), "the caller has found it"
    hook = str(command["callable"])
    with (
        opened_source(
            str(root),
            read_target("portable"),
            context=context,
            building=building,
            with_sdist=False,
        ) as opened,
        scratch_folder("pysetup-making-") as scratch,
    ):
        copy = scratch / "tree"
        shutil.copytree(opened.built.root, copy, symlinks=True)
        requires = metadata.section("build").get("requires")
        stated = list(map(str, requires)) if isinstance(requires, Sequence) else []
        made = call_binary_dist(
            hook,
            opened.built.metadata,
            copy,
            root=root,
            python=build_python(stated, context=context, building=building),
        )
        return _taken(name, made, into)


def _taken(name: str, made: Path, into: Path) -> MadeFile:
    if not made.is_file():
        raise NoPackageMadeError(name, f"{made} is no file")
    with appearing_together(into) as folder:
        shutil.copyfile(made, folder / made.name)
    place = into / made.name
    return MadeFile(place, Hash.of_file(str(place)), {})
