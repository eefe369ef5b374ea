"""Making a platform package: open the source, decide, check, write, read back."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import PURE_TAGS
from pysetup.interchange.sbom import write_sbom
from pysetup.platforms.fitness import check_fitness
from pysetup.platforms.import_names import modules_among
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    Making,
    MissingToolError,
    PlatformFormat,
    Tools,
    bundler,
    repository_writer,
)
from pysetup.platforms.names.package_names import check_packages
from pysetup.platforms.names.report import (
    UnmappedRequirementsError,
    unchecked_note,
    unmapped,
)
from pysetup.platforms.needs import doubts_about
from pysetup.platforms.options import chosen_options
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.stated import replaced_packages, with_stated
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.scratch import appearing_together, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.platform.closure import extras_of, opened_closure
from pysetup.workflows.platform.names import (
    FileClashError,
    NameOptions,
    TargetNames,
    open_names,
)
from pysetup.workflows.platform.outside import with_outside
from pysetup.workflows.platform.repository_lists import FAMILIES_WITH_LISTS
from pysetup.workflows.platform.siblings import split_clashes, with_siblings
from pysetup.workflows.platform.sources import opened_source
from pysetup.workflows.platform.tools import MachineTools

# An option of a format: its name and the text given for it.
_Given = tuple[str, str]
_EXTRAS = "extras"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: the words of a command line, checked.

    ``target`` is empty for the format's default; ``options`` are names and texts;
    ``names`` is what is said of names; ``sbom`` adds a bill of materials (PEP 770).
    """

    source: str
    level: str = BINARY
    target: str = ""
    options: tuple[tuple[str, str], ...] = ()
    names: NameOptions = NameOptions()
    with_deps: bool = False
    sbom: bool = False
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
    files: tuple[MadeFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """Packages, and the files that make a repository of their folder."""

    packages: tuple[Packaged, ...]
    index: tuple[Path, ...] = ()


def make_packages(
    format_: PlatformFormat,
    request: Request,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> Made:
    """Write the package of ``request.source`` into ``into``; all of it, or nothing.

    With ``request.with_deps`` also those of what the target lacks, and the index that
    makes a repository of the folder. Raises ``LevelError``, ``WrongFamilyError``,
    ``MissingToolError``, ``UnfitForTargetError``, ``InvalidFormatOptionError``,
    ``UnmappedRequirementsError``, ``FileClashError``, and as opening the source and
    the format do.
    """
    packager = _Packager(
        format_=format_,
        request=request,
        target=read_target(
            request.target or format_.default_target, folder=context.directory
        ),
        tools=MachineTools(context),
        context=context,
        building=building,
    )
    packager.check()
    with packager.opened() as opened:
        packaged = packager.packaged(opened)
        plans = [
            packager.plan(tree, opened.names, given=given)
            for tree, given in zip(packaged, packager.given(packaged), strict=True)
        ]
        for note in dict.fromkeys(note for plan in plans for note in plan.notes):
            context.tell(f"note: {note}")
        if request.dry_run:
            return Made(tuple(Packaged(plan) for plan in plans))
        return packager.write(opened, plans, into)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The trees to package, the project's first; ``sdist`` for a source package."""

    trees: tuple[BuiltTree, ...]
    names: TargetNames
    sdist: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packager:
    """One request, with what it takes to carry it out."""

    format_: PlatformFormat
    request: Request
    target: PlatformTarget
    tools: Tools
    context: Context
    building: Building

    @property
    def sources_target(self) -> PlatformTarget:
        """The target to take files of an index for: its tags, the best ones first."""
        tags = self.target.tags
        if getattr(self.format_, "prefers_pure", False) is not True:
            return self.target
        return replace(self.target, tags=tuple(sorted(tags, key=_has_machine_code)))

    @property
    def is_recipe(self) -> bool:
        """Whether what is made does not depend on the files of a built tree."""
        planned = getattr(self.format_, "is_planned_from_sdist", False)
        return self.request.level == SOURCE and planned is True

    def check(self) -> None:
        """Refuse what cannot be done on this machine, before anything is built."""
        format_, level = self.format_, self.request.level
        if level not in format_.levels:
            raise LevelError(format_.name, level)
        if format_.families and self.target.family not in format_.families:
            raise WrongFamilyError(format_, self.target)
        if self.request.with_deps and level == SOURCE:
            raise LevelError(format_.name, "source with --with-deps")
        for need in format_.tools:
            needed = need.level == level and not need.optional
            if needed and self.tools.find(need.name) is None:
                raise MissingToolError(format_.name, need)

    @contextmanager
    def opened(self) -> Iterator[_Opened]:
        """Give the source, built, and what is packaged with it."""
        request = self.request
        with ExitStack() as stack:
            source = stack.enter_context(
                opened_source(
                    request.source,
                    self.sources_target,
                    context=self.context,
                    building=self.building,
                    with_sdist=request.level == SOURCE,
                )
            )
            names = open_names(
                source.built.metadata,
                self.target,
                context=self.context,
                options=request.names,
            )
            names = names.with_modules(_modules_of((source.built,)))
            trees: tuple[BuiltTree, ...] = (source.built,)
            if request.with_deps:
                trees += stack.enter_context(
                    opened_closure(
                        source.built,
                        self._extras(),
                        self.sources_target,
                        names=names,
                        context=self.context,
                        building=self.building,
                    )
                )
                names = names.with_modules(_modules_of(trees[1:]))
                projects = [tree.metadata.normalized_name for tree in trees]
                names = names.with_own(
                    {name: (names.own_name(name),) for name in projects}
                )
            if request.sbom:
                trees = tuple(_with_sbom(tree, stack) for tree in trees)
            yield _Opened(trees, names, source.sdist)

    def _extras(self) -> set[str]:
        """Return the extras that are asked for; a path asks for none."""
        source = self.request.source
        return set() if self.context.path(source).exists() else extras_of(source)

    def packaged(self, opened: _Opened) -> tuple[BuiltTree, ...]:
        """Return the trees that become packages; the others go into the first one."""
        if bundler(self.format_) is None:
            return opened.trees
        for tree in opened.trees[1:]:
            check_fitness(tree.metadata, tree.tags, self.target)
        return opened.trees[:1]

    def given(self, trees: Sequence[BuiltTree]) -> Iterator[tuple[_Given, ...]]:
        """Yield the options that are given for each of ``trees``.

        Extras that are not wanted are those of the project: what it needs may be an
        extra of another one.
        """
        options = needed = self.request.options
        extras = self.format_.options.get(_EXTRAS)
        if extras is not None and isinstance(extras.default, bool):
            needed = tuple(pair for pair in options if pair[0] != _EXTRAS)
        yield options
        yield from (needed for _ in trees[1:])

    def plan(
        self, tree: BuiltTree, names: TargetNames, *, given: Sequence[_Given]
    ) -> PackagePlan:
        """Return the plan of ``tree``, which fits the target, by the ``given`` options.

        What nobody can map is told by the plan of a dry run, and refused otherwise.
        """
        format_, metadata = self.format_, tree.metadata
        # What a system builds itself fits it, whatever was built here to learn of it.
        tags = PURE_TAGS if self.is_recipe else tree.tags
        check_fitness(metadata, tags, self.target)
        options = chosen_options(
            format_.name,
            format_.options,
            metadata,
            self.target,
            given=given,
        )
        plan = with_stated(
            format_.plan(
                metadata,
                self.target,
                tree=Tree.read(tree.root),
                names=names,
                options=options,
            ),
            metadata,
            self.target,
        )
        plan = with_outside(
            plan,
            metadata,
            self.target,
            names,
            options=self.request.names,
            context=self.context,
        )
        check_packages(plan.mapping, self.target.family)
        told = doubts_about(each.requirement for each in plan.mapping)
        guessed = unchecked_note(
            plan.mapping,
            self.target.name,
            with_lists=self.target.family in FAMILIES_WITH_LISTS,
        )
        plan = replace(plan, notes=(*plan.notes, *told, *guessed))
        missing = unmapped(plan.mapping)
        if missing and not self.request.dry_run:
            raise UnmappedRequirementsError(missing, self.target.name)
        own = names.plan_own_name(metadata.normalized_name)
        clashes = names.clashes(
            (file.path for file in plan.files),
            allowed=(
                *(plan.name, own.name, *own.conflicts, *own.replaces),
                *replaced_packages(plan),
            ),
        )
        siblings, others = split_clashes(metadata.normalized_name, clashes, names)
        if others:
            raise FileClashError(others, self.target.name)
        return with_siblings(plan, siblings, names)

    def write(self, opened: _Opened, plans: Sequence[PackagePlan], into: Path) -> Made:
        """Write all packages into ``into``, or none."""
        with (
            _place_told(into),
            appearing_together(into) as folder,
            scratch_folder("pysetup-making-") as scratch,
        ):
            making = Making(
                self.tools, self.context.settings.source_date_epoch, scratch
            )
            packages = []
            for tree, plan in zip(self.packaged(opened), plans, strict=True):
                title = f"{tree.metadata.name} {tree.metadata.version}"
                with stage(self.context.observer, "pack", title):
                    made = self._written(opened, tree, plan, folder, making)
                packages.append(Packaged(plan, _at(into, folder, made)))
            index = self._indexed(folder, into, making)
        return Made(tuple(packages), index)

    def _written(
        self,
        opened: _Opened,
        tree: BuiltTree,
        plan: PackagePlan,
        folder: Path,
        making: Making,
    ) -> list[MadeFile]:
        format_, metadata = self.format_, tree.metadata
        if opened.sdist is not None:
            paths = format_.source_dist(
                opened.sdist, metadata, self.target, folder, plan=plan, making=making
            )
            return [MadeFile(path, Hash.of_file(str(path)), {}) for path in paths]
        if (bundle := bundler(format_)) is not None:
            trees = [(each.root, each.metadata) for each in opened.trees]
            paths = bundle(trees, self.target, folder, plan=plan, making=making)
        else:
            paths = format_.binary_dist(
                tree.root, metadata, self.target, folder, plan=plan, making=making
            )
        return [
            MadeFile(
                path,
                Hash.of_file(str(path)),
                format_.verify(path, tools=making.tools),
            )
            for path in paths
        ]

    def _indexed(self, folder: Path, into: Path, making: Making) -> tuple[Path, ...]:
        """Make a repository of the new packages and those that are there already."""
        write = repository_writer(self.format_)
        if not self.request.with_deps or write is None:
            return ()
        made = write(folder, before=into, making=making)
        return tuple(into / path.relative_to(folder) for path in made)


def _has_machine_code(tag: str) -> bool:
    return not tag.endswith("-none-any")


@contextmanager
def _place_told(folder: Path) -> Iterator[None]:
    """Name ``folder`` where the system refuses to write, and does not tell what."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise type(error)(error.errno, error.strerror, str(folder)) from None
        raise


def _modules_of(trees: Sequence[BuiltTree]) -> dict[str, tuple[str, ...]]:
    """Return what each project is imported as, by its normalised name."""
    found = {}
    for tree in trees:
        places = (*tree.root.glob("*"), *tree.root.glob("*/__init__.py"))
        paths = (place.relative_to(tree.root).as_posix() for place in places)
        found[tree.metadata.normalized_name] = modules_among(paths)
    return found


def _with_sbom(tree: BuiltTree, stack: ExitStack) -> BuiltTree:
    """Return a copy of ``tree`` that lists what it carries along of others."""
    folder = stack.enter_context(scratch_folder("pysetup-sbom-"))
    copy = replace(tree, root=folder / "tree")
    shutil.copytree(tree.root, copy.root, symlinks=True)
    write_sbom(copy.root, copy.metadata)
    return copy


def _at(into: Path, folder: Path, made: Sequence[MadeFile]) -> tuple[MadeFile, ...]:
    return tuple(
        replace(file, location=into / file.location.relative_to(folder))
        for file in made
    )
