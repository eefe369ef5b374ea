"""Changes of what a project requires: file and environment together, or neither."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pysetup.errors import BusyError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.late import tempfile
from pysetup.metadata.formats.requirement_lists import RequirementLists, Section
from pysetup.metadata.formats.requirement_lists.lists import DEPENDENCIES
from pysetup.phases.install.reasons import find_orphans, requested_extras
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    Requirement,
    parse_requirement,
    split_marker,
)
from pysetup.standards.versions import Version
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.describing.convert import write_file
from pysetup.workflows.develop import nearest_environment, project_environment
from pysetup.workflows.installing.environment import (
    NoEnvironmentError,
    environment_of,
)
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import InstallReport, open_database
from pysetup.workflows.installing.system_packages import system_distributions
from pysetup.workflows.locking.lock import LockReport
from pysetup.workflows.managing.bounds import Bounds, bounded, plain_quotes
from pysetup.workflows.managing.edits import (
    Change,
    PlannedEdit,
    is_free,
    plan_add,
    plan_remove,
    refuse_itself,
    refuse_repeated,
)
from pysetup.workflows.managing.index_pin import IndexPin, pin_file, write_pin
from pysetup.workflows.managing.lock_along import as_locked, lock_path, locked_anew
from pysetup.workflows.managing.project_file import (
    Project,
    Stated,
    asked_by,
    group_lists,
    name_of,
    requires_dist,
    stated,
)
from pysetup.workflows.provision import Choice, Workshop, install
from pysetup.workflows.resolving.requested import Asked, Wanted
from pysetup.workflows.resolving.resolve import Resolution, ResolveOptions
from pysetup.workflows.solving import as_requirement, learned_requirement, solved

_DEV = Section("group", "dev")


class ChangedMeanwhileError(BusyError):
    """The file of the project was changed while versions were sought.

    Another command, or an editor, has written it. What it says now stays; nothing was
    changed. Repeat the command.
    """

    code = "PS9870"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was changed by somebody else in the meantime",
            facts={"file": str(path)},
            hints=("repeat the command: it reads the file anew",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a change may use.

    ``named`` gives the environment that the user named, None where none was;
    ``building`` says how to build for an interpreter; ``limits`` has constraints and
    overrides; ``sync`` is whether the environment follows the file; ``pin`` is the
    index that the project is to name.
    """

    context: Context
    named: Callable[[], Environment | None]
    building: Callable[[str], contextlib.AbstractContextManager[Building]]
    choice: Choice
    limits: Wanted
    sync: bool = True
    dry_run: bool = False
    pin: IndexPin | None = None


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """What was changed, or would be: a file, and perhaps an environment."""

    path: Path
    section: Section
    changes: tuple[Change, ...]
    report: InstallReport | None = None
    environment: Environment | None = None
    dry_run: bool = False
    lock: LockReport | None = None
    pin: IndexPin | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "file": str(self.path),
            "list": str(self.section),
            "changes": [change.to_json() for change in self.changes],
            "index": None if self.pin is None else self.pin.to_json(),
            "lock": None if self.lock is None else self.lock.to_json(),
            "environment": None if self.report is None else self.report.to_json(),
            "dry_run": self.dry_run,
        }


def add_requirements(
    project: Project,
    wanted: Wanted,
    section: Section,
    *,
    bounds: Bounds,
    means: Means,
) -> ProjectChange:
    """Add what is ``wanted`` to a list of the project, or change it there.

    Where no version is asked for, the newest that fits everything else is chosen, and
    ``bounds`` says how it is written down. All that the project requires is resolved
    before anything is written, and the file is put back if the environment cannot
    follow. Raises ``PysetupError``; file and environment are then as they were.
    """
    environment = _for_solving(project, means)
    editables = [one for one in wanted.asked if one.editable]
    wanted = _with_names(wanted, environment, means)
    requirements = [as_requirement(one) for one in wanted.asked]
    refuse_repeated(requirements)
    lists = _lists_of(project, section)
    # What is there already, or cannot be changed, is told before anything is asked.
    draft = plan_add(lists, section, requirements, text_of=_as_asked)
    refuse_itself(requirements, section, name_of(project))
    solved = _solved(
        project.with_lists(draft.lists), section, wanted, environment, means
    )
    versions = {pin.name: pin.version for pin in solved.pins}

    def text_of(requirement: Requirement) -> str:
        version = versions.get(normalize_name(requirement.name))
        if version is None or not is_free(requirement):
            return _as_asked(requirement)
        return bounded(requirement, version, bounds)

    plan = plan_add(lists, section, requirements, text_of=text_of)
    for name in _unneeded(requirements, versions):
        means.context.tell(f"note: the marker of {name} does not hold here")
    return _carried_out(project, plan, means, editables=editables)


def remove_requirements(
    project: Project, names: Sequence[str], section: Section, *, means: Means
) -> ProjectChange:
    """Take ``names`` out of a list of the project, and what only they needed.

    Raises ``NotThereError`` and as ``add_requirements``.
    """
    plan = plan_remove(_lists_of(project, section), section, names)
    return _carried_out(project, plan, means)


def _with_names(wanted: Wanted, environment: Environment, means: Means) -> Wanted:
    """Return what is wanted by name: of places whose name stands nowhere, too."""
    if not any(one.is_local for one in wanted.asked):
        return wanted
    with (
        means.building(environment.executable) as building,
        tempfile.TemporaryDirectory(prefix="pysetup-add-") as folder,
    ):
        workshop = Workshop(Path(folder), context=means.context, building=building)
        asked = tuple(
            Asked(one.source, requirement=learned_requirement(one, workshop))
            if one.is_local
            else one
            for one in wanted.asked
        )
    return replace(wanted, asked=asked)


def _lists_of(project: Project, section: Section) -> RequirementLists:
    return group_lists(project) if section.kind == "group" else project.lists


def _as_asked(requirement: Requirement) -> str:
    bare, marker = split_marker(requirement)
    space = " " if requirement.url else ""
    return f"{bare}{space}; {plain_quotes(marker)}" if marker else bare


def _unneeded(
    requirements: Sequence[Requirement], versions: dict[str, Version]
) -> list[str]:
    return [
        one.name for one in requirements if normalize_name(one.name) not in versions
    ]


def _for_solving(project: Project, means: Means) -> Environment:
    """Return the environment that is resolved for; it is not made if there is none."""
    named = means.named()
    if named is not None:
        return named
    quiet = replace(means.context, tell=_tell_nothing)
    try:
        return nearest_environment(project.root, quiet)
    except NoEnvironmentError:
        # ``project_environment`` would make one of this very interpreter.
        return environment_of(sys.executable, quiet)


def _tell_nothing(_: str) -> None:
    """Tell nothing: which environment it is, is told when it is changed."""


def _solved(
    project: Project,
    section: Section,
    wanted: Wanted,
    environment: Environment,
    means: Means,
) -> Resolution:
    """Resolve all that the project requires as it would be."""
    context = means.context
    found = stated(project)
    asked = _from_user(asked_by(project, _sections(found, section), found), wanted)
    fresh = {
        normalize_name(one.requirement.name)
        for one in wanted.asked
        if one.requirement is not None and is_free(one.requirement)
    }
    own = environment.virtual or means.named() is not None
    database = open_database(environment)
    installed = database.distributions() if own else ()
    system = {}
    if context.settings.prefer_system:
        system = system_distributions(installed, environment)
    options = ResolveOptions(
        installed={
            name: one
            for one in installed
            if (name := one.metadata.normalized_name) not in fresh or name in system
        },
        kept=frozenset(system),
    )
    with (
        means.building(environment.executable) as building,
        solved(
            replace(wanted, asked=tuple(asked)),
            environment=environment,
            context=context,
            building=building,
            choice=means.choice,
            options=options,
        ) as answer,
    ):
        return answer.resolution


def _from_user(asked: Sequence[Asked], wanted: Wanted) -> list[Asked]:
    """Return ``asked`` with the place where the user asked for what is new."""
    places = {
        normalize_name(one.requirement.name): one.source
        for one in wanted.asked
        if one.requirement is not None
    }
    return [
        replace(
            one, source=places.get(normalize_name(one.requirement.name), one.source)
        )
        if one.requirement is not None
        else one
        for one in asked
    ]


def _sections(found: Stated, section: Section) -> tuple[Section, ...]:
    """Return the lists that the environment of the project has."""
    default = [DEPENDENCIES, *([_DEV] if _DEV.name in found.groups else [])]
    return tuple(dict.fromkeys([*default, section]))


def _carried_out(
    project: Project,
    plan: PlannedEdit,
    means: Means,
    *,
    editables: Sequence[Asked] = (),
) -> ProjectChange:
    """Write the file, and let the environment follow; or leave both as they were."""
    path = project.root / plan.lists.filename
    after = project
    if path == project.path:
        after = project.with_lists(plan.lists)
    done = ProjectChange(
        path, plan.section, plan.changes, dry_run=means.dry_run, pin=means.pin
    )
    if means.dry_run:
        return _tried(done, after, plan, means) if means.sync else done
    with (
        _file_put_back(path),
        _file_put_back(lock_path(project.root)),
        _file_put_back(pin_file(project.root)),
    ):
        if _content(path) != _lists_of(project, plan.section).content:
            raise ChangedMeanwhileError(path)
        write_file(path, plan.lists.content)
        if means.pin is not None:
            write_pin(project.root, means.pin)
        lock = _locked(after, plan, means)
        done = replace(done, lock=lock)
        environment = _for_sync(project, plan, means) if means.sync else None
        if environment is None:
            return done
        report = _synced(after, plan, environment, means, editables, lock)
        return replace(done, report=report, environment=environment)


def _locked(project: Project, plan: PlannedEdit, means: Means) -> LockReport | None:
    """Let the lock of the project follow, if it has one."""
    if not lock_path(project.root).is_file():
        return None
    environment = _for_solving(project, means)
    with means.building(environment.executable) as building:
        report = locked_anew(
            project.root,
            plan.section,
            environment=environment,
            context=means.context,
            building=building,
            choice=means.choice,
        )
    for note in report.notes:
        means.context.tell(f"note: {note}")
    return report


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@contextlib.contextmanager
def _file_put_back(path: Path) -> Iterator[None]:
    """Put the file back as it was unless all goes well."""
    before = path.read_bytes() if path.is_file() else None
    well = False
    try:
        yield
        well = True
    finally:
        if not well:
            if before is not None:
                write_file(path, before)
            else:
                path.unlink(missing_ok=True)


def _tried(
    done: ProjectChange, project: Project, plan: PlannedEdit, means: Means
) -> ProjectChange:
    """Return what would become of the environment, as far as nothing must be built."""
    named = means.named()
    try:
        environment = named or nearest_environment(project.root, means.context)
    except NoEnvironmentError:
        return done
    found = stated(project)
    asked = asked_by(project, _sections(found, plan.section), found)
    wanted = replace(means.limits, asked=asked)
    report = _installed(wanted, project, plan, environment, means)
    return replace(done, report=report, environment=environment)


def _for_sync(project: Project, plan: PlannedEdit, means: Means) -> Environment | None:
    named = means.named()
    if named is not None:
        return named
    if any(change.after for change in plan.changes):
        return project_environment(project.root, means.context)
    try:
        return nearest_environment(project.root, means.context)
    except NoEnvironmentError:
        return None  # nothing is installed that could be removed


def _synced(
    project: Project,
    plan: PlannedEdit,
    environment: Environment,
    means: Means,
    editables: Sequence[Asked],
    lock: LockReport | None,
) -> InstallReport:
    found = stated(project)
    sections = _sections(found, plan.section)
    asked = _asked_for_sync(project, sections, environment, means)
    wanted = replace(means.limits, asked=(*editables, *asked))
    if lock is not None:
        wanted = as_locked(wanted, lock.lock, sections, environment)
    return _installed(wanted, project, plan, environment, means)


def _asked_for_sync(
    project: Project,
    sections: tuple[Section, ...],
    environment: Environment,
    means: Means,
) -> tuple[Asked, ...]:
    """Return the project itself with its groups, or what a mere list says."""
    found = stated(project)
    if not project.is_package:
        return asked_by(project, sections, found)
    groups = [section for section in sections if section.kind == "group"]
    extras = {section.name for section in sections if section.kind == "extra"}
    itself = _developed(project, environment, means.context)
    if itself is not None:
        extras |= set(requested_extras(itself.info_dir) or ())
    one = Asked(
        str(project.path), path=project.root, extras=frozenset(extras), editable=True
    )
    return (one, *asked_by(project, groups, found))


def _installed(
    wanted: Wanted,
    project: Project,
    plan: PlannedEdit,
    environment: Environment,
    means: Means,
) -> InstallReport:
    with means.building(environment.executable) as building:
        return install(
            wanted,
            environment=environment,
            context=means.context,
            building=building,
            choice=means.choice,
            remove=_gone(project, plan, environment, means.context),
            dry_run=means.dry_run,
        )


def _developed(
    project: Project, environment: Environment, context: Context
) -> InstalledDistribution | None:
    """Return the project itself as it is installed for development here."""
    root = os.path.realpath(project.root)
    for one in read_environment(environment, context).distributions():
        if one.editable and os.path.realpath(one.location) == root:
            return one
    return None


def _gone(
    project: Project, plan: PlannedEdit, environment: Environment, context: Context
) -> list[str]:
    """Return what is installed and needed only by what the list no longer says."""
    names = {
        normalize_name(requirement.name)
        for change in plan.changes
        if not change.after
        for requirement in [parse_requirement(change.before)]
    }
    found = stated(project)
    kept = asked_by(project, _sections(found, plan.section), found)
    names -= {normalize_name(as_requirement(one).name) for one in kept}
    if not names:
        return []
    installed = read_environment(environment, context).distributions()
    itself = _developed(project, environment, context)
    forgotten = plan.section.kind == "group" or not project.is_package
    # What stands at a place was asked for with it (``add --editable``).
    placed = {
        normalize_name(requirement.name)
        for change in plan.changes
        if change.before and (requirement := parse_requirement(change.before)).url
    }

    def afterwards(one: InstalledDistribution) -> InstalledDistribution:
        if itself is not None and one.info_dir == itself.info_dir:
            texts: list[JSON] = [*requires_dist(project)]
            return replace(one, metadata=one.metadata.replaced(requires_dist=texts))
        name = one.metadata.normalized_name
        if name in names and (forgotten or name in placed):
            return replace(one, requested=False)
        return one

    before = {one.info_dir for one in find_orphans(installed, environment.markers)}
    after = find_orphans(list(map(afterwards, installed)), environment.markers)
    own = (environment.scheme.purelib, environment.scheme.platlib)
    return [
        one.metadata.name
        for one in after
        if one.info_dir not in before and os.path.dirname(one.info_dir) in own
    ]
