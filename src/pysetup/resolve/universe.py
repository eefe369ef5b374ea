"""The versions in play: tables that only grow while one question is being solved."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pysetup.resolve.columns import Late
from pysetup.resolve.provider import (
    Candidate,
    Columns,
    Known,
    Provider,
    Question,
    Release,
    Solution,
)
from pysetup.resolve.terms import Asked, Rejection
from pysetup.resolve.versionset import VersionTable, bits, mask_of
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds
from pysetup.standards.versions import SpecifierSet, Version
from pysetup.values import dataclass

PRERELEASE = Rejection("pre-release", "is a pre-release")


class TableGrewError(Exception):
    """A table that is in use got more versions: the solver must start afresh."""


@dataclass(frozen=True, slots=True)
class Table:
    """All candidates of one project; masks count them as ``versions`` does.

    ``refused`` holds, by kind of rejection, what cannot be used, ``rejections`` the
    same by bit; ``usable`` is the rest. ``direct`` are candidates from a URL;
    ``stable`` are final releases, and what is admitted as if it were one.
    """

    name: str
    candidates: Sequence[Candidate]
    versions: VersionTable
    refused: Mapping[str, int]
    rejections: Mapping[int, Rejection]
    usable: int
    direct: int
    stable: int
    preferred: int
    yanked: int
    unbuilt: int
    found: bool
    complete: bool


class Universe:
    """Makes the tables, and the mask of each requirement.

    A table grows when a requirement needs it: beyond the installed version, by a
    URL, by pre-releases or by a pinned yanked version (PEP 440, PEP 592). What was
    concluded from the smaller table is then void: ``TableGrewError``.
    """

    def __init__(self, question: Question, provider: Provider) -> None:
        self._provider = provider
        self._question = question
        self._tables: dict[str, Table] = {}
        self._in_use: set[str] = set()
        self._completed: set[str] = set()
        self._direct: dict[str, dict[str, Candidate]] = {}
        self._with_prereleases: set[str] = set()
        self._pinned_yanked: dict[str, set[Version]] = {}
        self._never: dict[str, set[Version]] = {}
        holding = [
            each
            for each in (*question.asked, *question.constraints, *question.overrides)
            if marker_holds(each.requirement.marker, question.markers)
        ]
        self._forced = {
            normalize_name(each.requirement.name)
            for each in holding
            if each.requirement.url is not None
        }
        # Projects of whose pre-releases the user himself names one.
        self._explicit = {
            normalize_name(each.requirement.name)
            for each in holding
            if each.requirement.specifier.prereleases
        }
        self.constraints: dict[str, list[Asked]] = {}
        for constraint in question.constraints:
            if marker_holds(constraint.requirement.marker, question.markers):
                name = normalize_name(constraint.requirement.name)
                self.constraints.setdefault(name, []).append(constraint)

    def restart(self) -> None:
        """Forget which tables are in use."""
        self._in_use.clear()

    def table(self, name: str) -> Table:
        """Return the table of a project that is in use."""
        return self._tables[name]

    def is_known(self, name: str) -> bool:
        """Tell whether the table of a project has been made, or needs no index."""
        return name in self._tables or name in self._forced

    def mask(self, requirement: Requirement) -> int:
        """Return the candidates that ``requirement`` admits.

        Makes the table of its project if need be; raises ``TableGrewError``.
        """
        name = normalize_name(requirement.name)
        limits = [limit.requirement for limit in self.constraints.get(name, ())]
        for each in (requirement, *limits):
            if each.url is not None:
                self._add_direct(name, each)
        while True:
            table = self._tables.get(name) or self._make(name)
            if not any(self._grow(table, each) for each in (requirement, *limits)):
                self._in_use.add(name)
                return self._admitted(table, requirement)
            self._outgrown(name)

    def complete(self, names: Iterable[str]) -> None:
        """Widen tables beyond the installed version; raises ``TableGrewError``."""
        narrow = sorted(name for name in names if not self._tables[name].complete)
        self._completed.update(narrow)
        if narrow:
            self._provider.expect_projects(narrow)
        self._outgrown(*narrow)

    def withdraw_unpinned(self, solution: Solution) -> bool:
        """Withdraw yanked versions that nothing in ``solution`` pins.

        They came into play through a pin of a version that was not chosen in the
        end. Tells whether there were any: the solution is void then.
        """
        pinned = {
            normalize_name(requirement.name)
            for requirement in (
                *(edge.requirement for edge in solution.edges),
                *(each.requirement for each in self._question.constraints),
            )
            if _is_pin(requirement.specifier)
        }
        found = False
        for name, opened in self._pinned_yanked.items():
            candidate = solution.chosen.get(name)
            if candidate is None or candidate.url or name in pinned:
                continue
            if candidate.version in opened:
                opened.discard(candidate.version)
                self._never.setdefault(name, set()).add(candidate.version)
                self._tables.pop(name, None)
                found = True
        return found

    def _outgrown(self, *names: str) -> None:
        for name in names:
            self._tables.pop(name, None)
        if not self._in_use.isdisjoint(names):
            raise TableGrewError

    def _add_direct(self, name: str, requirement: Requirement) -> None:
        candidate = self._provider.direct(requirement)
        known = self._direct.setdefault(name, {})
        if candidate.url not in known:
            known[candidate.url] = candidate
            self._outgrown(name)

    def _admitted(self, table: Table, requirement: Requirement) -> int:
        if requirement.url is not None:
            url = self._provider.direct(requirement).url
            return mask_of(
                index
                for index in bits(table.direct)
                if table.candidates[index].url == url
            )
        return table.versions.mask(requirement.specifier)

    def _grow(self, table: Table, requirement: Requirement) -> bool:
        """Note it if the table must grow for ``requirement``; tell whether it must."""
        if requirement.url is not None:
            return False
        specifier = requirement.specifier
        mask = table.versions.mask(specifier)
        # Who asks for a URL has no say in what others get who only ask for a name.
        if not table.complete and (not mask or table.direct):
            self._completed.add(table.name)
            return True
        nothing_else = not mask & table.usable
        hidden = mask & table.refused.get(PRERELEASE.kind, 0)
        if hidden and self._opens(table, requirement, nothing_else=nothing_else):
            self._with_prereleases.add(table.name)
            return True
        yanked = mask & table.refused.get("yanked", 0)
        if yanked and nothing_else and _is_pin(specifier):
            versions = {table.versions.versions[index] for index in bits(yanked)}
            versions -= self._never.get(table.name, set())
            self._pinned_yanked.setdefault(table.name, set()).update(versions)
            return bool(versions)
        return False

    def _opens(
        self, table: Table, requirement: Requirement, *, nothing_else: bool
    ) -> bool:
        """Tell whether ``requirement`` brings pre-releases into play."""
        mode = self._question.prereleases_of(table.name)
        if mode == "if-necessary":
            return nothing_else or bool(requirement.specifier.prereleases)
        if mode == "disallow":
            return False
        without_finals = mode != "explicit" and not table.versions.finals
        return without_finals or table.name in self._explicit

    def _make(self, name: str) -> Table:
        direct = self._direct.get(name, {})
        known = self._known(name)
        if known is not None and known.columns is not None and not direct:
            made = self._tables[name] = self._of_columns(name, known.columns)
            return made
        rows = [
            (Candidate(name, release.version), release)
            for release in (known.releases if known else ())
        ] + [(candidate, Release(candidate.version)) for candidate in direct.values()]
        rows.sort(key=lambda row: (row[0].version, row[0].url))
        rejections = {
            index: rejection
            for index, (candidate, release) in enumerate(rows)
            if not candidate.url
            and (rejection := self._rejection(name, release)) is not None
        }
        refused: dict[str, int] = {}
        for index, rejection in rejections.items():
            refused[rejection.kind] = refused.get(rejection.kind, 0) | 1 << index
        versions = VersionTable(candidate.version for candidate, _ in rows)
        made = self._tables[name] = Table(
            name=name,
            candidates=tuple(candidate for candidate, _ in rows),
            versions=versions,
            refused=refused,
            rejections=rejections,
            usable=versions.all & ~mask_of(rejections),
            direct=mask_of(i for i, (candidate, _) in enumerate(rows) if candidate.url),
            stable=versions.finals
            | mask_of(i for i, (_, it) in enumerate(rows) if it.admitted),
            preferred=mask_of(i for i, (_, it) in enumerate(rows) if it.preferred),
            yanked=mask_of(
                i for i, (_, it) in enumerate(rows) if it.yanked is not None
            ),
            unbuilt=mask_of(i for i, (_, it) in enumerate(rows) if it.unbuilt),
            found=known is not None or bool(direct),
            complete=known is None or known.complete,
        )
        return made

    def _of_columns(self, name: str, columns: Columns) -> Table:
        """Return the table of releases that are told by what is alike in them."""
        versions = VersionTable.ordered(columns.versions, finals=columns.finals)
        refused: dict[str, int] = {}
        rejections: dict[int, Rejection] = {}
        for mask, rejection in self._refused(name, columns):
            if mask:
                kind = rejection.kind
                refused[kind] = refused.get(kind, 0) | mask
                rejections.update(dict.fromkeys(bits(mask), rejection))
        usable = versions.all
        for mask in refused.values():
            usable &= ~mask
        return Table(
            name=name,
            candidates=Late(
                len(columns.versions),
                lambda index: Candidate(name, columns.versions[index]),
            ),
            versions=versions,
            refused=refused,
            rejections=rejections,
            usable=usable,
            direct=0,
            stable=columns.finals | columns.admitted,
            preferred=columns.preferred,
            yanked=_union(it.mask for it in columns.alike if it.yanked is not None),
            unbuilt=_union(it.mask for it in columns.alike if it.unbuilt),
            found=True,
            complete=True,
        )

    def _refused(self, name: str, columns: Columns) -> Iterator[tuple[int, Rejection]]:
        """Yield what is not in play, as ``_rejection`` says it of one release."""
        opened = name in self._with_prereleases
        opened = opened or self._question.prereleases_of(name) == "allow"
        pinned = mask_of(
            index
            for version in self._pinned_yanked.get(name, ())
            if (index := bisect_left(columns.versions, version)) < len(columns.versions)
            and columns.versions[index] == version
        )
        for alike in columns.alike:
            mask = alike.mask & ~columns.admitted
            if alike.rejection is not None:
                yield alike.mask, alike.rejection
            elif alike.yanked is not None:
                reason = f": {alike.yanked}" if alike.yanked else ""
                yield mask & ~pinned, Rejection("yanked", f"yanked{reason}")
            elif not opened:
                yield mask & ~columns.finals, PRERELEASE

    def _known(self, name: str) -> Known | None:
        # A URL that the user asks for leaves nothing for an index to add.
        if name in self._forced:
            return Known(())
        complete = name in self._completed
        if name in self._direct and not complete:
            return Known((), complete=False)
        return self._provider.versions(name, complete=complete)

    def _rejection(self, name: str, release: Release) -> Rejection | None:
        """Return why a release is not in play, or None."""
        if release.rejection is not None or release.admitted:
            return release.rejection
        if release.yanked is not None:
            if release.version not in self._pinned_yanked.get(name, ()):
                reason = f": {release.yanked}" if release.yanked else ""
                return Rejection("yanked", f"yanked{reason}")
            return None
        if not release.version.is_prerelease or name in self._with_prereleases:
            return None
        allowed = self._question.prereleases_of(name) == "allow"
        return None if allowed else PRERELEASE


def _union(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _is_pin(specifier: SpecifierSet) -> bool:
    return any(
        each.operator == "==="
        or (each.operator == "==" and not each.version.endswith(".*"))
        for each in specifier
    )
