"""One resolution for all platforms and Pythons: pins with markers."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations

from pysetup.errors import UsageError
from pysetup.resolve.links import Markers, Wanted
from pysetup.resolve.universal import (
    UniversalConflict,
    UniversalQuestion,
    solve_universally,
)
from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement
from pysetup.standards.versions import Version, parse_specifiers
from pysetup.standards.worlds import known_relations
from pysetup.values import dataclass, field
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.resolving.file_rules import FileGate
from pysetup.workflows.resolving.resolve import (
    ResolveOptions,
    asked_locally,
    file_rules,
    places_of,
)
from pysetup.workflows.resolving.resolve_provider import (
    BuildMetadata,
    Index,
    IndexProvider,
    Stock,
)
from pysetup.workflows.resolving.universal_failure import failure_in
from pysetup.workflows.resolving.universal_pins import Reporter, UniversalResolution
from pysetup.workflows.resolving.universal_source import Files, UniversalSource


class NoEnvironmentError(UsageError):
    """There is no environment to resolve for: what limits them excludes them all.

    ``requires-python``, the environments and the conflicts that are declared must
    leave at least one Python on one platform.
    """

    code = "PS2262"

    def __init__(self, requires_python: str, environments: Sequence[str]) -> None:
        super().__init__(
            "no environment is left to resolve for",
            facts={
                "requires-python": requires_python or "not set",
                "environments": list(environments) or "not limited",
            },
            hints=("loosen one of these",),
        )


@dataclass(frozen=True, slots=True)
class ExtraOrGroup:
    """An extra or a dependency group of the project; exactly one is set."""

    extra: str = ""
    group: str = ""

    def condition(self, conditions: Conditions) -> Condition:
        """Return the condition that it is chosen."""
        if self.extra:
            return conditions.with_extra(self.extra)
        return conditions.with_group(self.group)


NOTHING = ResolveOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalOptions:
    """For which environments to resolve, and how.

    ``requires_python`` limits the Pythons; ``environments`` are markers of which one
    must hold, if there are any; in each of ``required_environments`` everything needed
    there must have a file. ``extras`` and ``groups`` are the requirements that come
    with an extra or a dependency group of the project; of each of the sets in
    ``conflicts`` at most one is ever chosen. ``preferred`` versions are kept where
    they fit, each where its marker holds (empty: everywhere).

    Of ``choice`` the installed versions count for nothing.
    """

    requires_python: str = ""
    environments: tuple[str, ...] = ()
    required_environments: tuple[str, ...] = ()
    extras: Mapping[str, Sequence[Requirement]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Requirement]] = field(default_factory=dict)
    conflicts: tuple[tuple[ExtraOrGroup, ...], ...] = ()
    preferred: Mapping[str, Sequence[tuple[Version, str]]] = field(default_factory=dict)
    choice: ResolveOptions = NOTHING


def resolve_universal(
    requirements: Sequence[Requirement],
    *,
    context: Context,
    options: UniversalOptions | None = None,
    index: Index | None = None,
    build_metadata: BuildMetadata | None = None,
) -> UniversalResolution:
    """Choose versions of everything that ``requirements`` need, for all environments.

    ``index`` and ``build_metadata`` are as for ``resolve_requirements``. Raises what
    that does, for the first environments that have no solution (which the error
    names), and ``NoEnvironmentError``.
    """
    options = options or UniversalOptions()
    world = _world(options)
    wanted, constraints = _wanted(requirements, options, world)
    with ExitStack() as stack:
        if index is None:
            index = stack.enter_context(IndexClient(context))
        files = Files(world, FileGate(file_rules(context, options.choice)))
        provider = IndexProvider(
            index,
            files,
            Stock(installed={}, local=options.choice.local, preferred={}),
            build_metadata=build_metadata,
            no_deps=options.choice.no_deps,
        )
        source = UniversalSource(provider, files, _preferred(options, world))
        pre = options.choice.pre
        question = UniversalQuestion(
            world=world,
            wanted=wanted,
            constraints=constraints,
            required=_parsed(options.required_environments, world),
            pre=context.settings.pre if pre is None else pre,
            strategy=options.choice.strategy,
        )
        answer = solve_universally(question, source)
        if isinstance(answer, UniversalConflict):
            raise failure_in(answer.where, question, source, places=places_of(context))
        report = Reporter(answer, world, source, provider)
        return UniversalResolution(
            pins=report.pins(extras=options.extras, groups=options.groups),
            requires_python=options.requires_python,
            environments=options.environments,
            notes=report.notes(),
            rounds=answer.effort.rounds,
            variants=answer.effort.variants,
        )


def _world(options: UniversalOptions) -> Condition:
    """Return the environments that matter; raises ``NoEnvironmentError``."""
    conditions = Conditions()
    world = known_relations(conditions)
    if options.requires_python:
        specifiers = parse_specifiers(options.requires_python)
        world &= conditions.requires_python(specifiers)
    if options.environments:
        some = conditions.never
        for marker in options.environments:
            some |= conditions.parse(marker)
        world &= some
    for conflict in options.conflicts:
        for one, other in combinations(conflict, 2):
            world &= ~(one.condition(conditions) & other.condition(conditions))
    if not world:
        raise NoEnvironmentError(options.requires_python, options.environments)
    return world


def _wanted(
    requirements: Sequence[Requirement], options: UniversalOptions, world: Condition
) -> tuple[tuple[Wanted, ...], tuple[Wanted, ...]]:
    """Return what is wanted, with extras and groups, and what limits it."""
    choice, conditions, markers = options.choice, world.conditions, Markers(world)

    def wanted(requirement: Requirement, where: Condition, default: str) -> Wanted:
        source = choice.sources.get(str(requirement), default)
        return Wanted(requirement, markers.plain(requirement.marker) & where, source)

    asked = [wanted(each, world, "command line") for each in requirements]
    for local in choice.local:
        each = asked_locally(local)
        asked.append(Wanted(each.requirement, world, each.source))
    for name, ours in options.extras.items():
        asked += [
            wanted(it, conditions.with_extra(name), f"extra {name}") for it in ours
        ]
    for name, ours in options.groups.items():
        asked += [
            wanted(it, conditions.with_group(name), f"group {name}") for it in ours
        ]
    limits = [wanted(each, world, "constraint") for each in choice.constraints]
    return _in_order(asked), _in_order(limits)


def _in_order(wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Return what is wanted anywhere, in an order that is not that of the asking."""
    return tuple(
        sorted(
            (each for each in wanted if each.condition),
            key=lambda it: (
                normalize_name(it.requirement.name),
                str(it.requirement),
                it.source,
            ),
        )
    )


def _parsed(markers: Iterable[str], world: Condition) -> tuple[Condition, ...]:
    return tuple(world.conditions.parse(marker) & world for marker in markers)


def _preferred(
    options: UniversalOptions, world: Condition
) -> dict[str, tuple[tuple[Version, Condition], ...]]:
    parse = world.conditions.parse
    preferred = {
        name: [(version, parse(marker)) for version, marker in versions]
        for name, versions in options.preferred.items()
    }
    for name, version in options.choice.preferred.items():
        preferred.setdefault(name, []).append((version, world))
    return {name: tuple(versions) for name, versions in preferred.items()}
