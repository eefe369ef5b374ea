"""The indexes, the installed and the local, as the resolver asks for them."""

import copy
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pysetup.edges.urls import InvalidUrlError, file_path, is_file_url
from pysetup.errors import UsageError, redact
from pysetup.index.model import (
    File,
    ProjectPage,
    archive_version,
    file_of_row,
    page_of,
    strong_hashes,
    weak_algorithms,
)
from pysetup.index.needs import FileNeeds
from pysetup.index.releases import PageReleases
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.resolve.columns import Alike, Late
from pysetup.resolve.provider import Candidate, Columns, Known, Release
from pysetup.resolve.terms import Rejection
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
    requirement_of_parts,
)
from pysetup.standards.vcs_urls import VcsUrl, is_vcs_url, parse_vcs_url
from pysetup.standards.versions import Version, parse_version
from pysetup.values import dataclass
from pysetup.workflows.resolving.candidates import Offer

BuildMetadata = Callable[[File | Path | VcsUrl], Metadata]


class WrongProjectError(UsageError):
    """What stands at a URL or path is another project than the requirement says.

    In ``name @ url`` the name must be that of the project behind the URL.
    """

    code = "PS2250"

    def __init__(self, name: str, place: str, *, found: str) -> None:
        super().__init__(
            f"{redact(place)} is the project {found}, not {name}",
            facts={"asked for": name, "found": found},
            hints=(f"write  {found} @ {redact(place)}",),
        )


class NotBuildableHereError(UsageError):
    """A requirement can only be met by building a project, which this cannot do.

    Some commands only look; they do not run a build back end to learn what a
    source tree needs.
    """

    code = "PS2251"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{redact(place)} would have to be built to learn what it needs",
            facts={"place": redact(place)},
            hints=("build a wheel of it first, and name that",),
        )


class Index(Protocol):
    """What the resolver needs of an index client."""

    def releases(self, name: str) -> PageReleases | None:
        """Return the page of a project, or None."""

    def needs(self, file: File) -> FileNeeds:
        """Return what a file needs."""

    def core_metadata(self, file: File) -> Metadata | None:
        """Return the metadata of a file; None for an sdist that must be built."""

    def prefetch(self, names: Iterable[str]) -> None:
        """Begin to get pages."""

    def prefetch_metadata(self, files: Iterable[File]) -> None:
        """Begin to get metadata."""


class Picker(Protocol):
    """What the provider needs of who picks files."""

    def offers(self, page: ProjectPage) -> dict[Version, Offer]:
        """Return the file of each version, or why there is none."""

    def alike(self, releases: PageReleases) -> tuple[Alike, ...] | None:
        """Return what ``offers`` would say of all releases; None to ask for that."""

    def python_rejection(self, requires_python: str) -> Rejection | None:
        """Return why a Requires-Python excludes the environment, or None."""


@dataclass(frozen=True, slots=True)
class LocalCandidate:
    """A wheel, an sdist or a project folder of the user's; it wins over any index.

    ``url`` is that of ``path``; ``source`` says who asked for it. ``stands_for`` is
    the URL of the folder that it was made of: who requires that gets it, too.
    """

    path: Path
    metadata: Metadata
    extras: frozenset[str] = frozenset()
    source: str = "command line"
    stands_for: str = ""

    @property
    def url(self) -> str:
        """The URL under which the resolver knows it."""
        return self.path.absolute().as_uri()


@dataclass(frozen=True, slots=True)
class Found:
    """Where a candidate comes from: a file, a path, a repository, or what is there."""

    file: File | None = None
    path: Path | None = None
    vcs: VcsUrl | None = None
    installed: InstalledDistribution | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What metadata say that resolving needs."""

    requires: tuple[Requirement, ...]
    requires_python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What there is beside the indexes.

    ``installed`` by normalised name; those in ``upgrade`` are not preferred (None:
    all of them), but for those in ``kept``. ``preferred`` versions, as from a lock
    file, are kept if they fit.
    """

    installed: Mapping[str, InstalledDistribution]
    local: tuple[LocalCandidate, ...] = ()
    upgrade: frozenset[str] | None = frozenset()
    preferred: Mapping[str, Version]
    kept: frozenset[str] = frozenset()

    def keeps(self, name: str) -> bool:
        """Tell whether an installed version is kept where it fits."""
        if name not in self.installed:
            return False
        is_upgraded = self.upgrade is None or name in self.upgrade
        return name in self.kept or not is_upgraded


class IndexProvider:
    """Answers the solver from an index client, the environment and local files."""

    def __init__(
        self,
        index: Index,
        selector: Picker,
        stock: Stock,
        *,
        build_metadata: BuildMetadata | None = None,
        no_deps: bool = False,
    ) -> None:
        self._index = index
        self._selector = selector
        self._stock = stock
        self._build_metadata = build_metadata
        self._no_deps = no_deps
        self._local = {each.url: each for each in stock.local}
        self._made_of = {
            each.stands_for: each.url for each in stock.local if each.stands_for
        }
        self._releases: dict[str, PageReleases | None] = {}
        self._offers: dict[str, dict[Version, Offer]] = {}
        self._single_offers: dict[tuple[str, Version], Offer] = {}
        self._direct: dict[str, Candidate] = {}
        self._files: dict[str, File] = {}
        self._repositories: dict[str, VcsUrl] = {}
        self._metadata: dict[Candidate, Metadata] = {}
        self._needs: dict[Candidate, tuple[Requirement, ...] | Rejection] = {}

    # -- what the solver asks ------------------------------------------------------

    def versions(self, name: str, *, complete: bool) -> Known | None:
        """Return the releases of a project, or None if there is no such project."""
        installed = self._stock.installed.get(name)
        if installed is not None and self._stock.keeps(name) and not complete:
            return Known((self._installed_release(name),), complete=False)
        page = self.page(name)
        if page is None and installed is None:
            return None
        preferred = self._stock.preferred.get(name)
        if page is not None and installed is None:
            kept = () if preferred is None else (preferred,)
            alike = self._selector.alike(page)
            if alike is not None:
                return Known(columns=columns_of(page, alike, kept))
        releases = [
            Release(
                version,
                offer.rejection,
                offer.file.yanked if offer.file else None,
                preferred=version == preferred,
                admitted=version == preferred,
                unbuilt=offer.file is not None and not offer.file.is_wheel,
            )
            for version, offer in self._offers_of(name).items()
            if installed is None or version != installed.metadata.version
        ]
        if installed is not None:
            releases.append(self._installed_release(name))
        return Known(tuple(releases))

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the one candidate behind ``name @ url``.

        Raises ``WrongProjectError``, ``VersionControlUrlError``, ``InvalidUrlError``
        and ``NotBuildableHereError``, and what reading or building it raises.
        """
        url = _normal_url(requirement.url or "")
        url = self._made_of.get(url, url)
        if url not in self._direct:
            self._direct[url] = self._open_direct(normalize_name(requirement.name), url)
        candidate = self._direct[url]
        if candidate.name != normalize_name(requirement.name):
            raise WrongProjectError(requirement.name, url, found=candidate.name)
        return candidate

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return all that a candidate requires, or why it is unusable."""
        if candidate not in self._needs:
            self._needs[candidate] = self._read_needs(candidate)
        return self._needs[candidate]

    def expect_projects(self, names: Iterable[str]) -> None:
        """Begin to fetch pages, but for what is installed and may do."""
        self._index.prefetch(
            name
            for name in names
            if name not in self._releases and not self._stock.keeps(name)
        )

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Begin to fetch metadata; never a whole sdist that may not be needed."""
        found = [self.found(each) for each in candidates if each not in self._needs]
        self._index.prefetch_metadata(
            each.file
            for each in found
            if each.file and (each.file.is_wheel or each.file.core_metadata)
        )

    def told(self, candidate: Candidate) -> Told | None:
        """Return what was read of a candidate's metadata, if that is all there is."""
        requires, found = self._needs.get(candidate), self.found(candidate)
        if self._no_deps or candidate.url or found.file is None:
            return None
        needs = self._index.needs(found.file)
        if needs.built or not isinstance(requires, tuple):
            return None
        return Told(requires, needs.requires_python)

    def knows(self, candidate: Candidate) -> bool:
        """Tell whether it was asked what this candidate requires."""
        return candidate in self._needs

    def without_builds(self) -> "IndexProvider":
        """Return one that knows the same, and builds nothing to learn more."""
        quick = copy.copy(self)
        quick._build_metadata = None  # noqa: SLF001 - one of this class
        return quick

    # -- what the workflow asks ------------------------------------------------------

    def page(self, name: str) -> PageReleases | None:
        """Return the page of a project, or None."""
        if name not in self._releases:
            self._releases[name] = self._index.releases(name)
        return self._releases[name]

    def metadata(self, candidate: Candidate) -> Metadata | Rejection:
        """Return the metadata of a candidate; builds it if there is no other way."""
        if candidate not in self._metadata:
            read = self._read_metadata(candidate)
            if isinstance(read, Rejection):
                return read
            self._metadata[candidate] = read
        return self._metadata[candidate]

    def requires_python(self, candidate: Candidate) -> str:
        """Return which Pythons a candidate says it is for; empty if it says nothing."""
        found = self.found(candidate)
        if not (candidate.url or found.file is None or candidate in self._metadata):
            needs = self._index.needs(found.file)
            if not needs.built:
                return needs.requires_python
        metadata = self.metadata(candidate)
        if isinstance(metadata, Rejection):
            return ""
        return metadata.text("requires_python")

    def found(self, candidate: Candidate) -> Found:
        """Return where a candidate comes from."""
        installed = self._stock.installed.get(candidate.name)
        if candidate.url:
            return self._found_directly(candidate, installed)
        if installed is not None and installed.metadata.version == candidate.version:
            return Found(installed=installed)
        return Found(file=self._offer(candidate.name, candidate.version).file)

    # -- how it is done ------------------------------------------------------------

    def _found_directly(
        self, candidate: Candidate, installed: InstalledDistribution | None
    ) -> Found:
        if candidate.url in self._local:
            return Found(path=self._local[candidate.url].path)
        if is_file_url(candidate.url):
            if installed is not None and _is_developed(installed, candidate.url):
                return Found(installed=installed)
            return Found(path=Path(file_path(candidate.url)))
        vcs = self._repositories.get(candidate.url)
        if installed is not None and (
            _is_commit(installed, vcs) if vcs else _is_from(installed, candidate)
        ):
            return Found(installed=installed)
        return Found(vcs=vcs) if vcs else Found(file=self._files[candidate.url])

    def _installed_release(self, name: str) -> Release:
        version = self._stock.installed[name].metadata.version
        keeps = self._stock.keeps(name)
        return Release(version, preferred=keeps, admitted=True)

    def _offers_of(self, name: str) -> dict[Version, Offer]:
        """Return the offer of every version: each file of the page is looked at."""
        if name not in self._offers:
            page = self.page(name)
            offers = {} if page is None else self._selector.offers(page_of(page))
            self._offers[name] = offers
        return self._offers[name]

    def _offer(self, name: str, version: Version) -> Offer:
        """Return the offer of one version: the files of that one are looked at."""
        key = (name, version)
        if name in self._offers:
            return self._offers[name][version]
        if key not in self._single_offers:
            page = self.page(name)
            assert page is not None, "the version stood on the page"
            rows = page.rows(page.versions.index(str(version)))
            files = tuple(file_of_row(row) for row in rows)
            offers = self._selector.offers(ProjectPage(page.name, files))
            self._single_offers[key] = offers[version]
        return self._single_offers[key]

    def _open_direct(self, name: str, url: str) -> Candidate:
        plain = _without_fragment(url)
        if url in self._local:
            metadata = self._local[url].metadata
        elif is_vcs_url(url):
            vcs = parse_vcs_url(url)
            plain = vcs.public_text
            self._repositories[plain] = vcs
            metadata = self._direct_metadata(plain)
        elif urlsplit(url).scheme not in ("http", "https", "file"):
            raise InvalidUrlError(url, "its scheme is not http, https or file")
        else:
            file = self._files.setdefault(plain, _file_of(url))
            version = archive_version(file.filename, project=name)
            if version is not None and file.is_wheel:
                return Candidate(name, version, plain)
            there = self._stock.installed.get(name)
            if there is not None and _is_developed(there, plain):
                metadata = there.metadata  # it is what stands in the folder
            else:
                metadata = self._direct_metadata(plain)
        candidate = Candidate(metadata.normalized_name, metadata.version, plain)
        self._metadata[candidate] = metadata
        return candidate

    def _direct_metadata(self, url: str) -> Metadata:
        """Return the metadata of what a requirement names by URL."""
        if url in self._repositories:
            if self._build_metadata is None:
                raise NotBuildableHereError(url)
            return self._build_metadata(self._repositories[url])
        file = self._files[url]
        path = Path(file_path(file.url)) if is_file_url(file.url) else None
        if path is None or not path.is_dir():
            metadata = self._index.core_metadata(file)
            if metadata is not None:
                return metadata
        if self._build_metadata is None:
            raise NotBuildableHereError(url)
        return self._build_metadata(path or file)

    def _read_metadata(self, candidate: Candidate) -> Metadata | Rejection:
        found = self.found(candidate)
        if found.installed is not None:
            return found.installed.metadata
        if candidate.url:
            return self._direct_metadata(candidate.url)
        assert found.file is not None
        try:
            metadata = self._index.core_metadata(found.file)
        except UsageError as error:
            return Rejection("metadata", f"has metadata that are broken: {error}")
        if metadata is not None:
            return metadata
        if self._build_metadata is None:
            text = "has no wheel that fits, and would have to be built"
            return Rejection("only-binary", text)
        return self._build_metadata(found.file)

    def _read_needs(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        found = self.found(candidate)
        if candidate.url or found.file is None or candidate in self._metadata:
            return self._documented_needs(candidate)
        try:
            needs = self._index.needs(found.file)
        except UsageError as error:
            return Rejection("metadata", f"has metadata that are broken: {error}")
        if needs.built:
            return self._documented_needs(candidate)
        wrong = self._selector.python_rejection(needs.requires_python)
        if wrong is None and needs.fault and not self._no_deps:
            text = f"has metadata that are broken: {needs.fault}"
            wrong = Rejection("metadata", text)
        parts = () if self._no_deps else needs.requires_dist
        return wrong or tuple(map(requirement_of_parts, parts))

    def _documented_needs(
        self, candidate: Candidate
    ) -> tuple[Requirement, ...] | Rejection:
        """Return what the metadata say of a candidate that need not be in an index."""
        metadata = self.metadata(candidate)
        if isinstance(metadata, Rejection):
            return metadata
        is_installed = self.found(candidate).installed is not None
        wrong = self._selector.python_rejection(metadata.text("requires_python"))
        if wrong is not None and not is_installed:
            return wrong
        if self._no_deps:
            return ()
        try:
            return metadata.requires_dist
        except InvalidRequirementError as error:
            return Rejection("metadata", f"has metadata that are broken: {error}")


def columns_of(
    page: PageReleases, alike: tuple[Alike, ...], preferred: Iterable[Version]
) -> Columns:
    """Return the releases of a page in columns; ``preferred`` are kept if they fit."""
    texts, total = page.versions, len(page.versions)
    kept = 0
    for version in preferred:
        if str(version) in texts:
            kept |= 1 << texts.index(str(version))
    return Columns(
        versions=Late(total, lambda position: parse_version(texts[position])),
        finals=((1 << total) - 1) & ~page.prereleases,
        alike=alike,
        preferred=kept,
        admitted=kept,
    )


def _file_of(url: str) -> File:
    """Return the file behind a direct URL, with the digest in its fragment."""
    plain, _, fragment = url.partition("#")
    parts = (part.partition("=") for part in fragment.split("&"))
    pairs = {name: digest for name, separator, digest in parts if separator}
    filename = unquote(urlsplit(plain).path.rsplit("/", 1)[-1])
    return File(filename, plain, strong_hashes(pairs), weak=weak_algorithms(pairs))


def _without_fragment(url: str) -> str:
    """Return a URL without digest and egg name: these do not tell places apart."""
    plain, _, fragment = url.partition("#")
    kept = [part for part in fragment.split("&") if part.startswith("subdirectory=")]
    return "#".join([plain, *kept])


def _normal_url(url: str) -> str:
    """Return a ``file:`` URL of a path without detours; others stay as they are."""
    if not is_file_url(url) or "#" in url:
        return url
    return Path(os.path.normpath(file_path(url))).as_uri()


def _is_developed(installed: InstalledDistribution, url: str) -> bool:
    """Tell whether an installation is for development, of the folder at ``url``."""
    origin = installed.direct_url or {}
    return installed.editable and _normal_url(str(origin.get("url", ""))) == url


def _is_from(installed: InstalledDistribution, candidate: Candidate) -> bool:
    """Tell whether an installation came from that URL (PEP 610), and is whole."""
    origin = installed.direct_url or {}
    return (
        origin.get("url") == candidate.url
        and "archive_info" in origin
        and installed.metadata.version == candidate.version
    )


def _is_commit(installed: InstalledDistribution, vcs: VcsUrl) -> bool:
    """Tell whether an installation is of the very commit that ``vcs`` names."""
    origin = installed.direct_url or {}
    info = origin.get("vcs_info")
    return (
        isinstance(info, Mapping)
        and info.get("commit_id") == vcs.revision
        and origin.get("url") == vcs.public_url
        and origin.get("subdirectory", "") == vcs.subdirectory
    )
