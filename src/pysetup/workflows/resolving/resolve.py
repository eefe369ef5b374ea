"""Requirements become pins: the solver, the indexes and the environment joined."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from pysetup.errors import ResolutionError, redact
from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.resolve.provider import Candidate, Question, Solution, Strategy
from pysetup.resolve.releases import PrereleaseMode, ReleaseRules, prerelease_mode
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.moments import parse_moment
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.standards.versions import Version
from pysetup.values import dataclass, field, replace
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.file_rules import FileRules, names_of
from pysetup.workflows.resolving.resolve_provider import (
    BuildMetadata,
    Index,
    IndexProvider,
    LocalCandidate,
    Stock,
    Told,
)

UpgradeStrategy = Literal["only-if-needed", "eager"]

__all__ = [
    "LocalCandidate",
    "Pin",
    "Resolution",
    "ResolveOptions",
    "UpgradeStrategy",
    "resolve_requirements",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """How to resolve; the defaults are those of ``install``.

    ``constraints`` limit versions, ``overrides`` stand in for what is required of a
    project, whoever requires it; ``sources`` says for the text of a requirement,
    constraint or override where it was asked for. ``local`` are files and folders of
    the user's.
    ``installed`` by normalised name are kept where they fit; with ``upgrade`` those
    asked for by name are not, and with the ``eager`` strategy none is. ``preferred``
    versions, as from a lock file, are kept where they fit. ``upgrade_only``: those that
    are not kept, in place of what ``upgrade`` says; ``kept``: those that always are.

    ``pre``, ``only_binary``, ``no_binary``, ``exclude_newer`` and ``prefer_wheels`` are
    as the settings say when they are None. ``hashes`` are the allowed digests by
    normalised name. ``foreign``: what is chosen will be used on another machine, so
    that nothing is built for it here.
    """

    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    local: tuple[LocalCandidate, ...] = ()
    installed: Mapping[str, InstalledDistribution] = field(default_factory=dict)
    preferred: Mapping[str, Version] = field(default_factory=dict)
    upgrade: bool = False
    upgrade_strategy: UpgradeStrategy = "only-if-needed"
    upgrade_only: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    no_deps: bool = False
    pre: bool | None = None
    prereleases: PrereleaseMode | None = None
    prefer_wheels: bool | None = None
    only_binary: tuple[str, ...] | None = None
    no_binary: tuple[str, ...] | None = None
    strategy: Strategy = "highest"
    exclude_newer: datetime | None = None
    hashes: Mapping[str, Sequence[Hash]] = field(default_factory=dict)
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One project of a resolution, and where it comes from.

    ``file`` is one of an index or behind a URL; ``location`` is a wheel, sdist or
    folder on this machine; ``vcs`` is a tree in a repository; none is set for what is
    ``installed`` and stays.
    ``requested``: the user named it. ``required_by`` are normalised project names.
    ``told`` is what resolving has read of the metadata already.
    """

    name: str
    version: Version
    metadata: Metadata
    file: File | None = None
    location: Path | None = None
    installed: bool = False
    requested: bool = False
    extras: frozenset[str] = frozenset()
    required_by: tuple[str, ...] = ()
    direct_url: str = ""
    vcs: VcsUrl | None = None
    told: Told | None = field(default=None, compare=False)

    @property
    def requires_dist(self) -> tuple[Requirement, ...]:
        """What it requires, as its metadata say."""
        return self.metadata.requires_dist if self.told is None else self.told.requires

    @property
    def requires_python(self) -> str:
        """The Pythons that it is for, as its metadata say."""
        if self.told is None:
            return self.metadata.text("requires_python")
        return self.told.requires_python

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the metadata is told by name and version only."""
        return {
            "name": self.name,
            "version": str(self.version),
            "installed": self.installed,
            "requested": self.requested,
            "extras": sorted(self.extras),
            "required_by": list(self.required_by),
            "file": None if self.file is None else _file_json(self.file),
            "location": None if self.location is None else str(self.location),
            "vcs": None if self.vcs is None else self.vcs.public_text,
        }


@dataclass(frozen=True, slots=True)
class Resolution:
    """All pins by name; ``notes`` are sentences the user should read.

    ``fresh_until`` is how long the indexes vouch for what they said, in seconds since
    1970; 0 if they do not.
    """

    pins: tuple[Pin, ...]
    notes: tuple[str, ...] = ()
    fresh_until: float = 0.0

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "pins": [pin.to_json() for pin in self.pins],
            "notes": list(self.notes),
        }


def resolve_requirements(
    requirements: Sequence[Requirement],
    *,
    environment: Environment,
    context: Context,
    options: ResolveOptions | None = None,
    index: Index | None = None,
    build_metadata: BuildMetadata | None = None,
) -> Resolution:
    """Choose one version of everything that ``requirements`` need in ``environment``.

    ``index`` defaults to a client of the configured indexes. ``build_metadata``
    returns the metadata of an sdist (``File``) or of a file or folder (``Path``)
    whose metadata must be built; without it such candidates are not used.

    Raises ``NoSolutionError``, ``NoMatchingVersionError``, ``ProjectNotFoundError``,
    ``WrongProjectError``, ``NotBuildableHereError``, ``VersionControlUrlError``, and
    what the index client and ``build_metadata`` raise.
    """
    with opened(
        requirements,
        environment=environment,
        context=context,
        options=options or ResolveOptions(),
        index=index,
        build_metadata=build_metadata,
    ) as resolver:
        answer = solve(resolver.question, resolver.provider)
        if isinstance(answer, Conflict):
            raise resolver.failure(answer)
        found = _resolution(answer, resolver.provider)
        client = resolver.client
        return replace(found, fresh_until=client.fresh_until) if client else found


@dataclass(frozen=True, slots=True)
class Resolver:
    """A question, and the provider that answers what it leads to.

    ``client`` is that of the configured indexes, if those are asked.
    """

    question: Question
    provider: IndexProvider
    client: IndexClient | None
    context: Context

    def failure(self, conflict: Conflict) -> ResolutionError:
        """Return the error that tells ``conflict``, with edits that would help."""
        # Loaded here: most questions have an answer.
        from pysetup.resolve.failure import failure_of
        from pysetup.workflows.resolving.relax import find_relaxations

        quick = self.provider.without_builds()
        hints = find_relaxations(self.question, conflict, quick, known=quick.knows)
        return failure_of(conflict, places=places_of(self.context), hints=hints)


@contextmanager
def opened(
    requirements: Sequence[Requirement],
    *,
    environment: Environment,
    context: Context,
    options: ResolveOptions,
    index: Index | None = None,
    build_metadata: BuildMetadata | None = None,
) -> Iterator[Resolver]:
    """Make ready to resolve; the arguments are those of ``resolve_requirements``."""
    with ExitStack() as stack:
        client: IndexClient | None = None
        if index is None:
            index = client = stack.enter_context(IndexClient(context))
        question = question_of(requirements, environment.markers, context, options)
        provider = IndexProvider(
            index,
            Selector(environment, file_rules(context, options)),
            _stock(question, options),
            build_metadata=build_metadata,
            no_deps=options.no_deps,
        )
        yield Resolver(question, provider, client, context)


def question_of(
    requirements: Sequence[Requirement],
    markers: Mapping[str, str],
    context: Context,
    options: ResolveOptions,
) -> Question:
    """Return what is asked of the solver for an environment with these ``markers``."""

    def asked(requirement: Requirement, default: str) -> Asked:
        return Asked(requirement, options.sources.get(str(requirement), default))

    settings = context.settings
    return Question(
        asked=(
            *(asked(each, "command line") for each in requirements),
            *(asked_locally(each) for each in options.local),
        ),
        constraints=tuple(asked(each, "constraint") for each in options.constraints),
        overrides=tuple(asked(each, "override") for each in options.overrides),
        markers=markers,
        pre=settings.pre if options.pre is None else options.pre,
        releases=ReleaseRules(
            mode=options.prereleases or prerelease_mode(settings.prerelease),
            all_releases=names_of(settings.all_releases),
            only_final=names_of(settings.only_final),
        ),
        prefer_wheels=settings.prefer_binary
        if options.prefer_wheels is None
        else options.prefer_wheels,
        strategy=options.strategy,
    )


def asked_locally(local: LocalCandidate) -> Asked:
    """Return a file or folder of the user's as something asked for."""
    extras = f"[{','.join(sorted(local.extras))}]" if local.extras else ""
    text = f"{local.metadata.name}{extras} @ {local.url}"
    return Asked(parse_requirement(text), local.source)


def file_rules(context: Context, options: ResolveOptions) -> FileRules:
    """Return which files may be used; raises ``InvalidMomentError``."""
    settings = context.settings
    only, no = options.only_binary, options.no_binary
    return FileRules(
        only_binary=settings.only_binary if only is None else only,
        no_binary=settings.no_binary if no is None else no,
        exclude_newer=options.exclude_newer or excluded_since(context),
        hashes=options.hashes,
        foreign=options.foreign,
    )


def excluded_since(context: Context) -> datetime | None:
    """Return the moment that the setting ``exclude_newer`` means, if it is set.

    Raises ``InvalidMomentError``.
    """
    text = context.settings.exclude_newer
    if not text:
        return None
    return parse_moment(text, option="exclude-newer", now=context.now())


def _stock(question: Question, options: ResolveOptions) -> Stock:
    upgrade: frozenset[str] | None = options.upgrade_only
    if options.upgrade and options.upgrade_strategy == "eager":
        upgrade = None
    elif options.upgrade:
        upgrade = frozenset(
            normalize_name(asked.requirement.name) for asked in question.asked
        )
    return Stock(
        installed=options.installed,
        local=options.local,
        upgrade=upgrade,
        preferred=options.preferred,
        kept=options.kept,
    )


def places_of(context: Context) -> tuple[str, ...]:
    """Return where projects are looked for, as it may be shown."""
    settings = context.settings
    urls = () if settings.no_index else (*settings.extra_index_urls, settings.index_url)
    return tuple(redact(place) for place in (*urls, *settings.find_links))


def _resolution(solution: Solution, provider: IndexProvider) -> Resolution:
    requested = {
        normalize_name(e.requirement.name) for e in solution.edges if not e.parent
    }
    parents: dict[str, set[str]] = {}
    for edge in solution.edges:
        child = normalize_name(edge.requirement.name)
        if edge.parent and edge.parent != child:
            parents.setdefault(child, set()).add(edge.parent)
    pins = [
        replace(
            _pin(candidate, provider),
            requested=name in requested,
            extras=solution.extras.get(name, frozenset()),
            required_by=tuple(sorted(parents.get(name, ()))),
        )
        for name, candidate in sorted(solution.chosen.items())
    ]
    notes = [note for pin in pins for note in _notes(pin)]
    return Resolution(tuple(pins), tuple(notes))


def _pin(candidate: Candidate, provider: IndexProvider) -> Pin:
    def load() -> Metadata:
        metadata = provider.metadata(candidate)
        assert not isinstance(metadata, Rejection), "the solver chose what is unusable"
        return metadata

    found = provider.found(candidate)
    return Pin(
        name=candidate.name,
        version=candidate.version,
        # Few who ask for pins look into all of them.
        metadata=Metadata.late(load),
        file=found.file,
        location=found.path,
        installed=found.installed is not None,
        direct_url=candidate.url,
        vcs=found.vcs,
        told=provider.told(candidate),
    )


def _notes(pin: Pin) -> list[str]:
    known: set[str] = set()
    if pin.extras:
        known = {normalize_name(it) for it in pin.metadata.texts("provides_extra")}
    notes = [
        f"{pin.name} {pin.version} has no extra {extra}"
        for extra in sorted(pin.extras - known)
    ]
    if pin.file is not None and pin.file.yanked is not None:
        reason = f": {pin.file.yanked}" if pin.file.yanked else ""
        notes.append(f"{pin.name} {pin.version} is yanked{reason}")
    return notes


def _file_json(file: File) -> dict[str, JSON]:
    return {
        "filename": file.filename,
        "url": redact(file.url),
        "hashes": [str(hash_) for hash_ in file.hashes],
        "size": file.size,
    }
