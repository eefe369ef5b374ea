"""Why a version is not chosen: what forbids it, or that nothing does."""

from collections.abc import Mapping, Sequence

from pysetup.interchange.environment import Environment
from pysetup.resolve.explain import Cause, causes_of, sentences
from pysetup.resolve.provider import Candidate, Question, Solution
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import Version
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.relax import find_relaxations
from pysetup.workflows.resolving.resolve import ResolveOptions, Resolver, opened
from pysetup.workflows.resolving.resolve_provider import (
    BuildMetadata,
    Index,
    IndexProvider,
)

SOURCE = "why-not"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """The answer to "why is it not this one?".

    ``asked`` is what was asked about; where no version was named, it pins the newest
    one there is for the environment. ``chosen`` is the version that is chosen as
    things stand, None if the project is not needed. ``causes`` are the facts that
    forbid it, the user's own first, then along the chain; none of them if it is
    ``possible``: then ``changes`` say what asking for it would bring, as (name, old
    version or "", new version or ""). ``hints`` are edits that would allow it, each of
    which was tried.
    """

    asked: Requirement
    chosen: Version | None
    causes: tuple[Cause, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether nothing forbids it."""
        return not self.causes

    @property
    def is_chosen(self) -> bool:
        """Whether it is chosen already."""
        return (
            self.possible
            and self.chosen is not None
            and self.asked.specifier.contains(self.chosen, prereleases=True)
        )

    @property
    def lines(self) -> list[str]:
        """The causes as sentences, one line each, in columns."""
        return sentences(self.causes)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "asked": str(self.asked),
            "name": normalize_name(self.asked.name),
            "chosen": None if self.chosen is None else str(self.chosen),
            "possible": self.possible,
            "causes": [dict(cause.data) for cause in self.causes],
            "because": list(self.lines),
            "changes": [
                {"name": name, "old_version": old, "version": new}
                for name, old, new in self.changes
            ],
            "hints": list(self.hints),
        }


def why_not(  # noqa: PLR0913 - the arguments of resolve_requirements, and one
    asked: Requirement,
    requirements: Sequence[Requirement],
    *,
    environment: Environment,
    context: Context,
    options: ResolveOptions | None = None,
    index: Index | None = None,
    build_metadata: BuildMetadata | None = None,
) -> WhyNot:
    """Say what forbids ``asked`` beside ``requirements``, or that nothing does.

    ``asked`` names a project, and a version or a range (``django==5.2``, ``lib>=2``);
    a bare name is about its newest version. ``requirements`` are what the user wants
    anyway: those of the project, of a file, or what was requested in an environment;
    ``options.sources`` say where each stands (``file:line``), and ``options.installed``
    may be what is there. All other arguments are those of ``resolve_requirements``.

    Raises ``NoSolutionError`` and its like if ``requirements`` have no solution by
    themselves, ``ProjectNotFoundError`` if nobody has the project of ``asked``, and
    what the index client raises.
    """
    with opened(
        requirements,
        environment=environment,
        context=context,
        options=options or ResolveOptions(),
        index=index,
        build_metadata=build_metadata,
    ) as resolver:
        now = solve(resolver.question, resolver.provider)
        if isinstance(now, Conflict):
            raise resolver.failure(now)
        return _answer(asked, now, resolver)


def _answer(asked: Requirement, now: Solution, resolver: Resolver) -> WhyNot:
    name = normalize_name(asked.name)
    candidate = now.chosen.get(name)
    chosen = candidate.version if candidate else None
    if not asked.specifier and asked.url is None:
        asked = _newest(asked, resolver.provider)
    limit = Asked(asked, SOURCE)
    question = _with(resolver.question, limit)
    answer = solve(question, resolver.provider)
    if isinstance(answer, Solution):
        changes = tuple(_changes(now.chosen, answer.chosen))
        return WhyNot(asked=asked, chosen=chosen, changes=changes)
    causes = tuple(
        cause for cause in causes_of(answer) if cause.data.get("from") != SOURCE
    )
    if not answer.tables.get(name) or not answer.tables[name].found:
        raise resolver.failure(answer)
    quick = resolver.provider.without_builds()
    hints = find_relaxations(question, answer, quick, kept=SOURCE, known=quick.knows)
    return WhyNot(asked=asked, chosen=chosen, causes=causes, hints=hints)


def _with(question: Question, limit: Asked) -> Question:
    return replace(question, asked=(*question.asked, limit))


def _newest(asked: Requirement, provider: IndexProvider) -> Requirement:
    """Return a pin of the newest version that can be used, a final one if any."""
    known = provider.versions(normalize_name(asked.name), complete=True)
    usable = known.usable() if known else []
    finals = [version for version in usable if not version.is_prerelease]
    if not usable:
        return asked
    extras = f"[{','.join(sorted(asked.extras))}]" if asked.extras else ""
    return parse_requirement(f"{asked.name}{extras}=={max(finals or usable)}")


def _changes(
    old: Mapping[str, Candidate], new: Mapping[str, Candidate]
) -> list[tuple[str, str, str]]:
    def version(where: Mapping[str, Candidate], name: str) -> str:
        return str(where[name].version) if name in where else ""

    rows = [
        (name, version(old, name), version(new, name)) for name in sorted({*old, *new})
    ]
    return [row for row in rows if row[1] != row[2]]
