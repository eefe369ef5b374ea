"""One resolution for all platforms and Pythons: pins with markers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations

from pysetup.errors import UsageError
from pysetup.resolve.links import Markers, Wanted
from pysetup.resolve.provider import Question
from pysetup.resolve.terms import Asked
from pysetup.resolve.universal import (
    UniversalConflict,
    UniversalQuestion,
    solve_universally,
)
from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.diagrams import deep_diagrams
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
    file_rules,
    places_of,
    question_of,
)
from pysetup.workflows.resolving.resolve_provider import (
    BuildMetadata,
    Index,
    IndexProvider,
    LocalCandidate,
    Stock,
)
from pysetup.workflows.resolving.universal_failure import failure_in
from pysetup.workflows.resolving.universal_pins import Reporter, UniversalResolution
from pysetup.workflows.resolving.universal_scope import ExtraOrGroup
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


NOTHING = ResolveOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalOptions:
    """For which environments to resolve, and how.

    ``asked`` are further requirements, with their sources.

    ``requires_python`` limits the Pythons; ``environments`` are markers of which one
    must hold, if there are any; in each of ``required_environments`` everything needed
    there must have a file. ``extras`` and ``groups`` are the requirements that come
    with an extra or a dependency group of the project; what is required without any
    belongs to the group ``base``, if that is set. Of each of the sets in ``conflicts``
    at most one is ever chosen. ``preferred`` versions are kept where
    they fit, each where its marker holds (empty: everywhere). ``local`` are files and
    folders of the user's that requirements name by their URLs.

    Of ``choice`` the installed versions count for nothing.
    """

    asked: tuple[Asked, ...] = ()
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    required_environments: tuple[str, ...] = ()
    extras: Mapping[str, Sequence[Asked]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Asked]] = field(default_factory=dict)
    local: tuple[LocalCandidate, ...] = ()
    base: str = ""
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
    with ExitStack() as stack:
        # Each extra and each group is a variable of its own.
        stack.enter_context(deep_diagrams(len(options.extras) + len(options.groups)))
        world, choice = _world(options), options.choice
        if index is None:
            index = stack.enter_context(IndexClient(context))
        rules = file_rules(context, choice)
        moment = rules.exclude_newer or context.now()
        files = Files(world, FileGate(rules), moment=moment)
        provider = IndexProvider(
            index,
            files,
            Stock(installed={}, local=(*choice.local, *options.local), preferred={}),
            build_metadata=build_metadata,
            no_deps=choice.no_deps,
        )
        source = UniversalSource(provider, files, _preferred(options, world))
        plain = question_of(requirements, {}, context, choice)
        question = _question(plain, options, world)
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
            world &= ~(_chosen(one, conditions) & _chosen(other, conditions))
    if not world:
        raise NoEnvironmentError(options.requires_python, options.environments)
    return world


def _chosen(one: ExtraOrGroup, conditions: Conditions) -> Condition:
    if one.extra:
        return conditions.with_extra(one.extra)
    return conditions.with_group(one.group)


def _question(
    plain: Question, options: UniversalOptions, world: Condition
) -> UniversalQuestion:
    """Return ``plain`` for all environments, with the extras and groups beside it."""
    markers, conditions = Markers(world), world.conditions

    def wanted(asked: Asked, where: Condition = world) -> Wanted:
        condition = markers.plain(asked.requirement.marker) & where
        return Wanted(asked.requirement, condition, asked.source)

    def all_of(parts: Mapping[str, Sequence[Asked]], kind: str) -> Iterator[Wanted]:
        chosen = {"extra": conditions.with_extra, "group": conditions.with_group}[kind]
        for name, asked in parts.items():
            for each in asked:
                yield wanted(each, chosen(name))

    base = conditions.with_group(options.base) if options.base else world
    return UniversalQuestion(
        world=world,
        wanted=_in_order(
            (
                *(wanted(each, base) for each in (*plain.asked, *options.asked)),
                *all_of(options.extras, "extra"),
                *all_of(options.groups, "group"),
            )
        ),
        constraints=_in_order(map(wanted, plain.constraints)),
        overrides=_in_order(map(wanted, plain.overrides)),
        required=_parsed(options.required_environments, world),
        pre=plain.pre,
        releases=plain.releases,
        prefer_wheels=plain.prefer_wheels,
        strategy=plain.strategy,
    )


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
