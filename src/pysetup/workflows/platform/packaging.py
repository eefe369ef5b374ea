"""Making a platform package: open the source, decide, check, write, read back."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import PURE_TAGS
from pysetup.interchange.sbom import write_sbom
from pysetup.metadata.document import Metadata
from pysetup.metadata.purposes import NoSuchExtraError
from pysetup.platforms.file_list import with_file_list
from pysetup.platforms.fitness import check_fitness
from pysetup.platforms.import_names import modules_among
from pysetup.platforms.interface import SOURCE, PlatformFormat, bundler
from pysetup.platforms.names.package_names import check_packages
from pysetup.platforms.names.report import (
    UnmappedRequirementsError,
    unchecked_note,
    unmapped,
)
from pysetup.platforms.needs import doubts_about
from pysetup.platforms.options import chosen_options
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.stated import replaced_packages, with_replaced, with_stated
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.platform.closure import extras_of, opened_closure
from pysetup.workflows.platform.names import (
    FileClashError,
    TargetNames,
    check_name_options,
    open_names,
)
from pysetup.workflows.platform.outside import with_outside
from pysetup.workflows.platform.repository_lists import FAMILIES_WITH_LISTS
from pysetup.workflows.platform.request import Request, check_request
from pysetup.workflows.platform.siblings import split_clashes, with_siblings
from pysetup.workflows.platform.sources import opened_source
from pysetup.workflows.platform.stated_sources import Stated, check_built
from pysetup.workflows.platform.tools import MachineTools
from pysetup.workflows.platform.writing import Made, Packaged, Planned, Writer

# An option of a format: its name and the text given for it.
_Given = tuple[str, str]
_EXTRAS, _NAME = "extras", "name"


def make_packages(
    format_: PlatformFormat,
    request: Request,
    *,
    into: Path,
    context: Context,
    building: Building,
    stated: Stated | None = None,
) -> Made:
    """Write the package of ``request.source`` into ``into``; all of it, or nothing.

    With ``request.with_deps`` also those of what the target lacks, and the index that
    makes a repository of the folder. ``stated`` is what the source says of packages
    before it is built. Raises as ``check_request``, ``Stated.check`` and
    ``check_built``, ``UnfitForTargetError``, ``UnmappedRequirementsError``,
    ``FileClashError``, and as opening the source and the format do.
    """
    target = read_target(
        request.target or format_.default_target, folder=context.directory
    )
    tools = MachineTools(context)
    check_request(request, format_, target, tools)
    check_name_options(request.names, target, context=context)
    if stated is not None:
        stated.check(format_, target)
        for doubt in stated.doubts(target):
            context.tell(f"note: {doubt}")
    packager = _Packager(
        format_=format_,
        request=request,
        target=target,
        context=context,
        building=building,
    )
    with packager.opened() as opened:
        packaged = packager.packaged(opened)
        plans = tuple(
            packager.plan(tree, opened.names, given=given, is_own=tree is packaged[0])
            for tree, given in zip(packaged, packager.given(packaged), strict=True)
        )
        for note in dict.fromkeys(note for plan in plans for note in plan.notes):
            context.tell(f"note: {note}")
        if request.dry_run:
            return Made(tuple(Packaged(plan) for plan in plans))
        writer = Writer(format_=format_, target=target, tools=tools, context=context)
        planned = Planned(opened.trees, plans, opened.sdist)
        return writer.write(planned, into, with_index=request.with_deps)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The trees to package, the project's first; ``sdist`` for a source package."""

    trees: tuple[BuiltTree, ...]
    names: TargetNames
    sdist: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packager:
    """One request, with what it takes to decide how it is carried out."""

    format_: PlatformFormat
    request: Request
    target: PlatformTarget
    context: Context
    building: Building

    @property
    def sources_target(self) -> PlatformTarget:
        """The target to take files of an index for: its tags, the best ones first."""
        tags = self.target.tags
        if getattr(self.format_, "prefers_pure", False) is not True:
            return self.target
        return replace(self.target, tags=tuple(sorted(tags, key=_has_machine_code)))

    def is_recipe(self, options: Mapping[str, JSON]) -> bool:
        """Whether what is made by ``options`` depends on no files of a built tree."""
        if self.request.level != SOURCE:
            return False
        planned = getattr(self.format_, "is_planned_from_sdist", False)
        wanted = getattr(self.format_, "recipe_options", {})
        by_options = bool(wanted) and wanted.items() <= options.items()
        return planned is True or by_options

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
            extras = self._extras(source.built.metadata)
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
                        extras,
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

    def _extras(self, metadata: Metadata) -> set[str]:
        """Return the extras that are asked for; a path asks for none.

        Raises ``NoSuchExtraError``.
        """
        source = self.request.source
        asked = set() if self.context.path(source).exists() else extras_of(source)
        known = set(map(normalize_name, metadata.texts("provides_extra")))
        for name in sorted(asked - known):
            raise NoSuchExtraError("extra", name, known)
        return asked

    def packaged(self, opened: _Opened) -> tuple[BuiltTree, ...]:
        """Return the trees that become packages; the others go into the first one."""
        if bundler(self.format_) is None:
            return opened.trees
        for tree in opened.trees[1:]:
            check_fitness(tree.metadata, tree.tags, self.target)
        return opened.trees[:1]

    def given(self, trees: Sequence[BuiltTree]) -> Iterator[tuple[_Given, ...]]:
        """Yield the options that are given for each of ``trees``.

        A name is that of the project's package alone; so are extras that are not
        wanted: what it needs may be an extra of another one.
        """
        options = self.request.options
        extras = self.format_.options.get(_EXTRAS)
        own = {_NAME}
        if extras is not None and isinstance(extras.default, bool):
            own.add(_EXTRAS)
        needed = tuple(pair for pair in options if pair[0] not in own)
        yield options
        yield from (needed for _ in trees[1:])

    def plan(
        self,
        tree: BuiltTree,
        names: TargetNames,
        *,
        given: Sequence[_Given],
        is_own: bool,
    ) -> PackagePlan:
        """Return the plan of ``tree``, which fits the target, by the ``given`` options.

        ``is_own`` says that it is the project itself, not what it needs.
        What nobody can map is told by the plan of a dry run, and refused otherwise.
        """
        format_, metadata = self.format_, tree.metadata
        options = chosen_options(
            format_.name, format_.options, metadata, self.target, given=given
        )
        # What a system builds itself fits it, whatever was built here to learn of it.
        tags = PURE_TAGS if self.is_recipe(options) else tree.tags
        check_fitness(metadata, tags, self.target)
        check_built(metadata, format_, self.target)
        files = Tree.read(tree.root)
        plan = with_stated(
            format_.plan(
                metadata,
                self.target,
                tree=files,
                names=names,
                options=options,
            ),
            metadata,
            self.target,
        )
        if is_own and self.request.names.replaces:
            plan = with_replaced(plan, self.request.names.replaces, self.target)
        moves = self.target.family == "conda"
        plan = with_file_list(plan, files.dist_info, moves=moves)
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


def _has_machine_code(tag: str) -> bool:
    return not tag.endswith("-none-any")


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
