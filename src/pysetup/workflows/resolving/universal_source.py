"""The indexes as universal resolution asks them: for many environments at once."""

from collections.abc import Iterable, Mapping
from typing import Final

from pysetup.index.model import File, ProjectPage
from pysetup.index.releases import PageReleases
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
from pysetup.workflows.resolving.resolve_provider import IndexProvider

# The newest Python there is, and the first of which nothing is known.
_NEWEST: Final = ((3, 14, 0), (3, 15, 0))


@dataclass(frozen=True, slots=True)
class UsableFile:
    """A file that the rules admit, and where it can be used."""

    file: File
    condition: Condition


class Files:
    """What the pages say of files, as conditions.

    A project in ``capless`` is taken to run on every Python from its first on,
    whatever it says of later ones.
    """

    def __init__(self, world: Condition, gate: FileGate) -> None:
        self._conditions = world.conditions
        self._gate = gate
        self._wheels = WheelConditions(world.conditions)
        self._pythons: dict[tuple[str, bool], Condition] = {}
        self._usable: dict[str, dict[Version, list[UsableFile]]] = {}
        self._capped: set[str] = set()
        self.capless: set[str] = set()

    def alike(self, releases: PageReleases) -> None:
        """Say that every file of a page is looked at."""

    def offers(self, page: ProjectPage) -> dict[Version, Offer]:
        """Return the file of each version that tells best what it requires."""
        offers: dict[Version, Offer] = {}
        usable = self._usable[page.name] = {}
        for file in page.files:
            version = _version(file, page.name)
            rejection = self._rejection(file, page.name)
            if rejection is not None:
                offers.setdefault(version, Offer(None, rejection))
                continue
            usable.setdefault(version, []).append(UsableFile(file, self._tagged(file)))
        for version, files in usable.items():
            fresh = [it for it in files if it.file.yanked is None]
            usable[version] = fresh or files
            offers[version] = Offer(min((it.file for it in fresh or files), key=_worth))
        return offers

    def python_rejection(self, requires_python: str) -> Rejection | None:  # noqa: ARG002 - which Pythons it is for is asked for each variant
        """Return None: which Pythons a version is made for is a condition here."""
        return None

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
        capless = name in self.capless
        key = (requires_python, capless)
        if key not in self._pythons:
            self._pythons[key] = self._read(requires_python, capless=capless)
        if self._pythons[key] != self._pythons.setdefault(
            (requires_python, True), self._read(requires_python, capless=True)
        ):
            self._capped.add(name)
        return self._pythons[key]

    def relax(self, names: Iterable[str]) -> bool:
        """Take from now on no notice of what these say of later Pythons."""
        fresh = {name for name in names if name in self._capped} - self.capless
        self.capless |= fresh
        return bool(fresh)

    def _read(self, requires_python: str, *, capless: bool) -> Condition:
        if not requires_python:
            return self._conditions.always
        try:
            specifiers = parse_specifiers(requires_python)
        except InvalidSpecifiersError:
            return self._conditions.always  # what cannot be read forbids nothing
        found = self._conditions.requires_python(specifiers)
        newest, unknown = _NEWEST
        if found & self._conditions.python([(newest, unknown)]):
            found |= self._conditions.python([(unknown, None)])
        if capless:
            found = self._from_first_on(specifiers)
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
        if file.is_wheel and parse_wheel_filename(file.filename).variant:
            return Rejection(
                "no-file", "has only variants (PEP 825), which are not used"
            )
        return self._gate.kind_rejection(file, name) or self._gate.rejection(file, name)

    def _tagged(self, file: File) -> Condition:
        if not file.is_wheel:
            return self._conditions.always
        return self._wheels.of(parse_wheel_filename(file.filename).tags)


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
        metadata = self._provider.metadata(candidate)
        text = (
            "" if isinstance(metadata, Rejection) else metadata.text("requires_python")
        )
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
        if not candidate.url:
            return self._files.of(candidate.name, candidate.version)
        file = self._provider.found(candidate).file
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
        known = self._provider.versions(name, complete=True)
        if known is None:
            return None
        preferred = {
            version
            for version, condition in self._preferred.get(name, ())
            if condition & region
        }
        return Known(
            tuple(
                Release(
                    release.version,
                    release.rejection or self._unfit(name, release.version, region),
                    release.yanked,
                    preferred=release.version in preferred,
                    admitted=release.version in preferred,
                    unbuilt=release.unbuilt,
                )
                for release in known.releases
            )
        )

    def _unfit(
        self, name: str, version: Version, region: Condition
    ) -> Rejection | None:
        files = self._files.of(name, version)
        if any(each.condition & region for each in files):
            return None
        asked = sorted({each.file.requires_python for each in files})
        if not any(self._files.python(name, text) & region for text in asked):
            return Rejection("requires-python", f"needs Python {' or '.join(asked)}")
        return Rejection("no-file", "has no file for these environments")


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
