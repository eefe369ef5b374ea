"""The indexes as universal resolution asks them: for many environments at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pysetup.index.model import File, ProjectPage
from pysetup.index.releases import Kind, PageReleases
from pysetup.resolve.columns import Alike
from pysetup.resolve.provider import Candidate, Known, Release
from pysetup.resolve.terms import Rejection
from pysetup.standards.conditions import Condition
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.requirements import Requirement
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    Specifier,
    Version,
    parse_specifiers,
)
from pysetup.standards.wheel_conditions import WheelConditions
from pysetup.values import dataclass
from pysetup.workflows.resolving.candidates import Offer
from pysetup.workflows.resolving.file_rules import FileGate
from pysetup.workflows.resolving.resolve_provider import IndexProvider, columns_of

# Each October brings a Python (PEP 602): in 2025 it was 3.14. Authors need some time
# until what they say of it is more than a guess.
_FIRST_YEAR: Final = 2011
_OCTOBER: Final = 10
_TIME_FOR_AUTHORS: Final = timedelta(days=60)
# The hyphens in the name of a wheel without build number and variant.
_PLAIN: Final = 4
# Stands for a name where names do not matter.
_ANY: Final = "any"
# How far a file got before it was rejected: the furthest one's reason is told.
_STAGES: Final = (
    *("no-file", "no-binary", "only-binary", "requires-python", "too-new", "hash"),
)


@dataclass(frozen=True, slots=True)
class UsableFile:
    """A file that the rules admit, and where it can be used."""

    file: File
    condition: Condition


def _newest_pythons(moment: datetime) -> tuple[tuple[int, int, int], ...]:
    """Return the newest Python that authors have had time for, and the next one."""
    day = moment - _TIME_FOR_AUTHORS
    minor = day.year - _FIRST_YEAR - (day.month < _OCTOBER)
    return (3, minor, 0), (3, minor + 1, 0)


class Files:
    """What the pages say of files, as conditions.

    A project in ``capless`` is taken to run on every Python from its first on,
    whatever it says of later ones. ``moment`` is when the question is asked: what was
    said by then of a Python to come is a guess.
    """

    def __init__(self, world: Condition, gate: FileGate, *, moment: datetime) -> None:
        self._conditions = world.conditions
        self._newest = _newest_pythons(moment)
        # Where the user names no end, later Pythons are a guess of everybody's.
        self._is_open = bool(world & world.conditions.python([(self._newest[1], None)]))
        self._gate = gate
        self._wheels = WheelConditions(world.conditions)
        self._pythons: dict[tuple[str, bool], Condition] = {}
        self._tags: dict[str, Condition] = {}
        self._usable: dict[str, dict[Version, list[UsableFile]]] = {}
        self._capped: set[str] = set()
        self.capless: set[str] = set()

    # -- what the provider asks ------------------------------------------------------

    def alike(self, releases: PageReleases) -> None:  # noqa: ARG002 - which releases are alike depends on the variant
        """Say that nothing can be said of all environments at once."""
        return

    def offers(self, page: ProjectPage) -> dict[Version, Offer]:
        """Return the file of each version that tells best what it requires."""
        offers: dict[Version, Offer] = {}
        usable: dict[Version, list[UsableFile]] = {}
        for file in page.files:
            version = _version(file, page.name)
            rejection = self._rejection(file, page.name)
            if rejection is not None:
                offers.setdefault(version, Offer(None, rejection))
                continue
            found = UsableFile(file, self._tagged(file))
            usable.setdefault(version, []).append(found)
        for version, files in usable.items():
            fresh = [it for it in files if it.file.yanked is None]
            usable[version] = fresh or files
            offers[version] = Offer(min((it.file for it in fresh or files), key=_worth))
        self._usable.setdefault(page.name, {}).update(usable)
        return offers

    def python_rejection(self, requires_python: str) -> Rejection | None:  # noqa: ARG002 - which Pythons it is for is asked for each variant
        """Return None: which Pythons a version is made for is a condition here."""
        return None

    # -- what the source asks --------------------------------------------------------

    def alike_in(
        self, releases: PageReleases, region: Condition
    ) -> tuple[Alike, ...] | None:
        """Return what holds of all releases of a page in a region, in columns.

        None if it hangs on more of a file than its kind.
        """
        if self._gate.looks_closer(releases.name):
            return None
        masks = [0] * len(releases.shapes)
        for position, shape in enumerate(releases.shape_of):
            masks[shape] |= 1 << position
        verdicts = [self._verdict(it, releases.name, region) for it in releases.kinds]
        return tuple(
            _together(mask, [(releases.kinds[it], verdicts[it]) for it in shape])
            for mask, shape in zip(masks, releases.shapes, strict=True)
        )

    def rejection_in(
        self, name: str, version: Version, region: Condition
    ) -> Rejection | None:
        """Return why no file of a version can be used in a region, or None."""
        reasons = [self._unfit(name, it.file, region) for it in self.of(name, version)]
        return None if None in reasons else _furthest(reasons)

    def of(self, name: str, version: Version) -> list[UsableFile]:
        """Return the files of a version on the project's page."""
        return [
            UsableFile(
                it.file, it.condition & self.python(name, it.file.requires_python)
            )
            for it in self._usable.get(name, {}).get(version, ())
        ]

    def of_direct(self, file: File) -> Condition:
        """Return where a file behind a URL can be used."""
        return self._tagged(file)

    def python(self, name: str, requires_python: str) -> Condition:
        """Return the Pythons of a Requires-Python of ``name``."""
        usual = self._python(requires_python, capless=False)
        capless = self._python(requires_python, capless=True)
        if usual == capless:
            return usual
        self._capped.add(name)
        return capless if name in self.capless else usual

    def relax(self, names: Iterable[str]) -> bool:
        """Take from now on no notice of what these say of later Pythons."""
        fresh = {name for name in names if name in self._capped} - self.capless
        self.capless |= fresh
        return bool(fresh)

    # -- how it is done --------------------------------------------------------------

    def _verdict(self, kind: Kind, name: str, region: Condition) -> Rejection | None:
        """Return why files of a kind cannot be used in a region, or None."""
        tags, requires_python, _ = kind
        file = File(
            f"{_ANY}-0-{tags}.whl" if tags else f"{_ANY}-0.tar.gz",
            "",
            requires_python=requires_python,
        )
        return self._rejection(file, name) or self._unfit(name, file, region)

    def _unfit(self, name: str, file: File, region: Condition) -> Rejection | None:
        here = self.python(name, file.requires_python) & region
        if not here:
            return Rejection("requires-python", f"needs Python {file.requires_python}")
        if here.is_disjoint(self._tagged(file)):
            return Rejection("no-file", "has no file for these environments")
        return None

    def _python(self, requires_python: str, *, capless: bool) -> Condition:
        key = (requires_python, capless)
        found = self._pythons.get(key)
        if found is None:
            found = self._read(requires_python, capless=capless)
            self._pythons[key] = found
        return found

    def _read(self, requires_python: str, *, capless: bool) -> Condition:
        if not requires_python:
            return self._conditions.always
        try:
            specifiers = parse_specifiers(requires_python)
        except InvalidSpecifiersError:
            return self._conditions.always  # what cannot be read forbids nothing
        if capless:
            return self._from_first_on(specifiers)
        found = self._conditions.requires_python(specifiers)
        newest, unknown = self._newest
        if self._is_open and found & self._conditions.python([(newest, unknown)]):
            found |= self._conditions.python([(unknown, None)])
        return found

    def _from_first_on(self, specifiers: Iterable[Specifier]) -> Condition:
        found = self._conditions.always
        for each in specifiers:
            if each.operator in (">", ">="):
                found &= self._conditions.requires_python(parse_specifiers(str(each)))
            elif each.operator == "~=":
                least = parse_specifiers(f">={each.version}")
                found &= self._conditions.requires_python(least)
        return found

    def _rejection(self, file: File, name: str) -> Rejection | None:
        if file.filename.count("-") > _PLAIN and _is_variant(file.filename):
            text = "has only variants (PEP 825), which are not used"
            return Rejection("no-file", text)
        return self._gate.kind_rejection(file, name) or self._gate.rejection(file, name)

    def _tagged(self, file: File) -> Condition:
        if not file.is_wheel:
            return self._conditions.always
        # The many files of a project share few tags.
        key = file.filename.split("-", 2)[-1]
        if key not in self._tags:
            tags = parse_wheel_filename(file.filename).tags
            self._tags[key] = self._wheels.of(tags)
        return self._tags[key]


def _together(mask: int, verdicts: Iterable[tuple[Kind, Rejection | None]]) -> Alike:
    """Return what holds of releases that have files of these kinds."""
    known = list(verdicts)
    usable = [kind for kind, why in known if why is None]
    if not usable:
        return Alike(mask, _furthest([why for _, why in known]))
    reasons = [reason for _, _, reason in usable]
    yanked = None if None in reasons else max(it for it in reasons if it is not None)
    return Alike(mask, yanked=yanked, unbuilt=not any(tags for tags, _, _ in usable))


def _furthest(reasons: Iterable[Rejection | None]) -> Rejection:
    """Return the reason that tells most: of the file that came nearest to be used."""
    known = sorted(
        {why for why in reasons if why is not None},
        key=lambda why: (_STAGES.index(why.kind), why.text),
    )
    return known[-1] if known else Rejection("no-file", "has no file")


class UniversalSource:
    """Answers universal resolution from an index client and local files.

    ``preferred`` are versions to keep where they fit, as from an older lock, and for
    which environments.
    """

    def __init__(
        self,
        provider: IndexProvider,
        files: Files,
        preferred: Mapping[str, tuple[tuple[Version, Condition], ...]],
    ) -> None:
        self._provider = provider
        self._files = files
        self._preferred = preferred
        self._known: dict[tuple[str, Condition, bool], Known | None] = {}

    def versions(self, name: str, region: Condition) -> Known | None:
        """Return the releases; one that fits nowhere in ``region`` is rejected."""
        key = (name, region, name in self._files.capless)
        if key not in self._known:
            self._known[key] = self._versions(name, region)
        return self._known[key]

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the one candidate behind ``name @ url``."""
        return self._provider.direct(requirement)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return all that it requires, markers unevaluated, or why it is unusable."""
        return self._provider.requirements(candidate)

    def python(self, candidate: Candidate) -> Condition:
        """Return for which Pythons it is made."""
        text = self._provider.requires_python(candidate)
        return self._files.python(candidate.name, text)

    def files(self, candidate: Candidate) -> Condition:
        """Return where one of its files can be used."""
        conditions = self.python(candidate).conditions
        if candidate.url and self._provider.found(candidate).file is None:
            return conditions.always  # a source tree is built wherever it is needed
        found = conditions.never
        for each in self.usable(candidate):
            found |= each.condition
        return found

    def usable(self, candidate: Candidate) -> list[UsableFile]:
        """Return the files of a candidate, and where each can be used."""
        file = self._provider.found(candidate).file
        if not candidate.url:
            return self._files.of(candidate.name, candidate.version)
        return [] if file is None else [UsableFile(file, self._files.of_direct(file))]

    @property
    def relaxed(self) -> frozenset[str]:
        """The projects of which upper limits on Python do not count."""
        return frozenset(self._files.capless)

    def relax(self, names: Iterable[str]) -> bool:
        """Forget the upper limits on Python of these; tell if that changes any."""
        return self._files.relax(names)

    def expect_projects(self, names: Iterable[str]) -> None:
        """Begin to fetch pages."""
        self._provider.expect_projects(names)

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Begin to fetch metadata."""
        self._provider.expect_requirements(candidates)

    def _versions(self, name: str, region: Condition) -> Known | None:
        preferred = {
            version
            for version, condition in self._preferred.get(name, ())
            if condition & region
        }
        page = self._provider.page(name)
        alike = None if page is None else self._files.alike_in(page, region)
        if page is not None and alike is not None:
            return Known(columns=columns_of(page, alike, preferred))
        known = self._provider.versions(name, complete=True)
        if known is None:
            return None
        return Known(
            tuple(
                Release(
                    release.version,
                    release.rejection
                    or self._files.rejection_in(name, release.version, region),
                    release.yanked,
                    preferred=release.version in preferred,
                    admitted=release.version in preferred,
                    unbuilt=release.unbuilt,
                )
                for release in known.releases
            )
        )


def _is_variant(filename: str) -> bool:
    """Tell whether a file is a wheel of a variant (PEP 825)."""
    return filename.endswith(".whl") and bool(parse_wheel_filename(filename).variant)


def _version(file: File, name: str) -> Version:
    if file.is_wheel:
        return parse_wheel_filename(file.filename).version
    return parse_sdist_filename(file.filename, name=name).version


def _worth(file: File) -> tuple[bool, bool, bool, str]:
    """Return what sorts files: the one that tells soonest what is required is least."""
    return (
        not file.is_wheel,
        not file.core_metadata,
        not file.filename.endswith("-none-any.whl"),
        file.filename,
    )
