"""An index as values: the page of a project, the files on it, the list of projects."""

import re
from collections.abc import Mapping, Sequence

from pysetup.errors import IntegrityError, NetworkError, redact
from pysetup.index.releases import PageReleases, ReleasesMaker, Row
from pysetup.late import late_pattern
from pysetup.standards.filenames import (
    ARCHIVE_ENDINGS,
    InvalidFilenameError,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pysetup.standards.hashes import STRONG_ALGORITHMS, WEAK_ALGORITHMS, Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import Version
from pysetup.values import dataclass

API_VERSION = "1.4"
# 1.5 adds namespaces (PEP 752), which say nothing of files.
_KNOWN_MINOR = 5
PAGE_LIMIT = 64 * 1024 * 1024
MAX_FILES = 200_000
# A page of that many files has no more members in its objects and lists.
MAX_MEMBERS = 25 * MAX_FILES
QUARANTINED = "quarantined"
# Name, version, and the three tags.
_PLAIN_PARTS = 5

_SAFE_NAME = late_pattern(r"[A-Za-z0-9][A-Za-z0-9._+!-]*", re.ASCII)
_API = late_pattern(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


class InvalidPageError(IntegrityError):
    """A page of an index is not what the Simple API describes.

    It is malformed, is about another project, or contradicts itself. The cause
    may be a wrong ``--index-url``, a login page in between, or an attack.
    """

    code = "PS5203"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{redact(url)} is not a usable index page: {reason}",
            facts={"url": redact(url), "because": reason},
            hints=("check --index-url; it ends in  /simple/  as a rule",),
        )


class UnsupportedApiError(NetworkError):
    """An index speaks a major version of the Simple API that pysetup does not know.

    pysetup knows version 1; the standard says that an unknown major version must
    not be guessed at. A newer pysetup may know it.
    """

    code = "PS4205"
    retryable = False

    def __init__(self, url: str, version: str) -> None:
        super().__init__(
            f"{redact(url)} speaks version {version[:20]!r} of the index API,"
            f" but pysetup knows {API_VERSION}",
            facts={"url": redact(url), "version": version[:20]},
            hints=("update pysetup, or use another index",),
        )


@dataclass(frozen=True, slots=True)
class File:
    """One file of a project, as its page tells.

    ``hashes`` are strong ones only, and all must match; ``weak`` are the algorithms
    of the others, which prove nothing; ``yanked`` is None, or the reason (perhaps
    empty); ``core_metadata`` tells whether ``url`` + ``.metadata`` exists (PEP 714),
    with its hashes if they are given; ``size`` is in bytes; ``upload_time`` is ISO
    8601; ``provenance`` is a URL (PEP 740). ``metadata_json`` are the digests of
    ``url`` + ``.metadata.json`` (PEP 819, a draft), told where there is no other
    metadata file. ``url`` holds neither credentials nor fragment.
    """

    filename: str
    url: str
    hashes: tuple[Hash, ...] = ()
    requires_python: str = ""
    yanked: str | None = None
    core_metadata: bool | tuple[Hash, ...] = False
    size: int | None = None
    upload_time: str = ""
    provenance: str = ""
    weak: tuple[str, ...] = ()
    metadata_json: tuple[Hash, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; else it is an sdist."""
        return self.filename.endswith(".whl")

    @property
    def sha256(self) -> Hash | None:
        """The SHA-256 digest, if the page gives it."""
        return next(
            (hash_ for hash_ in self.hashes if hash_.algorithm == "sha256"), None
        )


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """What an index says of one project.

    ``name`` is normalised; ``files`` all belong to it, in the order of preference
    where they are otherwise equal; ``status`` is that of PEP 792; ``versions`` are
    normalised texts, oldest first; ``notes`` are sentences for the user.
    """

    name: str
    files: tuple[File, ...] = ()
    status: str = "active"
    status_reason: str = ""
    versions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The names of all projects of an index, as it spells them."""

    names: tuple[str, ...]


def releases_of(page: ProjectPage) -> PageReleases:
    """Return ``page`` in the form that is cached and resolved: see that module."""
    found: dict[Version, list[File]] = {}
    for file in page.files:
        version = archive_version(file.filename, project=page.name)
        if version is not None:
            found.setdefault(version, []).append(file)
    maker = ReleasesMaker()
    for version in sorted(found):
        maker.add(
            str(version),
            tuple((tags_of(file), row_of(file)) for file in found[version]),
            is_prerelease=version.is_prerelease,
        )
    return maker.finish(
        page.name,
        status=page.status,
        reason=page.status_reason,
        notes=page.notes,
        listed=page.versions,
    )


def page_of(releases: PageReleases) -> ProjectPage:
    """Return the page with all its files, those of the oldest release first."""
    return ProjectPage(
        releases.name,
        tuple(
            file_of_row(row)
            for position in range(len(releases))
            for row in releases.rows(position)
        ),
        releases.status,
        releases.reason,
        releases.listed,
        releases.notes,
    )


def release_files(releases: PageReleases, version: Version) -> tuple[File, ...]:
    """Return the files of one release, in the order of the page."""
    try:
        position = releases.versions.index(str(version))
    except ValueError:
        return ()
    return tuple(file_of_row(row) for row in releases.rows(position))


def file_of_row(row: Row) -> File:
    """Return the file that a row of ``PageReleases.rows`` describes."""
    metadata = row[5]
    return File(
        row[0],
        row[1],
        _hashes(row[2]),
        row[3],
        row[4],
        metadata if isinstance(metadata, bool) else _hashes(metadata),
        row[6],
        row[7],
        row[8],
        row[9],
        _hashes(row[10]),
    )


def row_of(file: File) -> Row:
    """Return ``file`` as a row of ``PageReleases.rows``."""
    metadata = file.core_metadata
    return (
        file.filename,
        file.url,
        tuple(map(str, file.hashes)),
        file.requires_python,
        file.yanked,
        metadata if isinstance(metadata, bool) else tuple(map(str, metadata)),
        file.size,
        file.upload_time,
        file.provenance,
        file.weak,
        tuple(map(str, file.metadata_json)),
    )


def _hashes(texts: tuple[str, ...]) -> tuple[Hash, ...]:
    return tuple(Hash(*text.split(":", 1)) for text in texts)


def tags_of(file: File) -> str:
    """Return the tags in a wheel's name as they stand there; empty for an sdist."""
    if not file.is_wheel:
        return ""
    parts = file.filename.removesuffix(".whl").split("-")
    if len(parts) == _PLAIN_PARTS:
        return "-".join(parts[2:])
    wheel = parse_wheel_filename(file.filename)
    return "-".join(parts[3 if wheel.build else 2 :])


def is_archive_name(filename: str) -> bool:
    """Tell whether ``filename`` is a plain name with the ending of a wheel or sdist."""
    return (
        filename.endswith(ARCHIVE_ENDINGS)
        and _SAFE_NAME.fullmatch(filename) is not None
    )


def is_later_wheel(filename: str) -> bool:
    """Tell whether ``filename`` is that of a wheel of format 2 (PEP 777, a draft)."""
    return filename.endswith(".whlx")


def archive_version(filename: str, *, project: str) -> Version | None:
    """Return the version in the name of an archive of ``project`` (normalised).

    None if the name is no archive's, or that of another project's.
    """
    if not is_archive_name(filename):
        return None
    try:
        if not filename.endswith(".whl"):
            return parse_sdist_filename(filename, name=project).version
        if normalize_name(filename.partition("-")[0]) != project:
            return None
        return parse_wheel_filename(filename).version
    except InvalidFilenameError:
        return None


def strong_hashes(pairs: Mapping[str, str]) -> tuple[Hash, ...]:
    """Return the digests in ``pairs`` that can prove identity.

    Weak and unknown algorithms are left out. Raises ``UnknownHashAlgorithmError``
    for a malformed digest of a strong one.
    """
    return tuple(
        Hash.parse(f"{algorithm}:{digest}")
        for algorithm, digest in sorted(pairs.items())
        if algorithm.lower() in STRONG_ALGORITHMS
    )


def weak_algorithms(pairs: Mapping[str, str]) -> tuple[str, ...]:
    """Return the algorithms of the digests in ``pairs`` that can be forged."""
    return tuple(sorted({name.lower() for name in pairs} & {*WEAK_ALGORITHMS}))


def check_api_version(text: str, *, url: str) -> str | None:
    """Return a note if the minor version ``text`` is newer than ours.

    Raises ``UnsupportedApiError`` for another major version and
    ``InvalidPageError`` if it is none (PEP 629).
    """
    match = _API.fullmatch(text)
    if match is None:
        raise InvalidPageError(url, f"{text[:20]!r} is no API version")
    major = int(API_VERSION.partition(".")[0])
    if int(match[1]) != major:
        raise UnsupportedApiError(url, text)
    if int(match[2]) <= _KNOWN_MINOR:
        return None
    known = f"{major}.{_KNOWN_MINOR}"
    return f"{redact(url)} speaks API {text}; pysetup knows {known} of it"


def make_page(
    name: str,
    files: Sequence[File],
    *,
    url: str,
    status: tuple[str, str] = ("active", ""),
    versions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> ProjectPage:
    """Make a page of what was read: foreign files left out.

    ``status`` is the status and its reason. The page of a quarantined project has
    no files (PEP 792). Wheels of a later format are left out, and noted; so are files
    that are listed with two digests, of which nobody knows the right one. Raises
    ``InvalidPageError``, also if there is no other file.
    """
    if len(files) > MAX_FILES:
        raise InvalidPageError(url, f"it lists more than {MAX_FILES} files")
    project = normalize_name(name)
    kept: dict[str, File] = {}
    unclear: set[str] = set()
    found: set[Version] = set()
    for file in files:
        version = archive_version(file.filename, project=project)
        if version is None:
            continue
        found.add(version)
        before = kept.setdefault(file.filename, file)
        if before is not file and _contradict(before.hashes, file.hashes):
            unclear.add(file.filename)
    if unclear and unclear == kept.keys():
        raise InvalidPageError(url, f"two digests for {min(unclear)}")
    for filename in sorted(unclear):
        del kept[filename]
        notes = [*notes, f"{filename} is listed with two digests, and passed over"]
    listed = tuple(versions) or tuple(map(str, sorted(found)))
    shown = () if status[0] == QUARANTINED else tuple(kept.values())
    if any(is_later_wheel(file.filename) for file in files):
        later = f"{project} has wheels of a later format (.whlx), which are passed over"
        notes = [*notes, later]
    return ProjectPage(project, shown, *status, listed, tuple(notes))


def _contradict(one: Sequence[Hash], other: Sequence[Hash]) -> bool:
    known = {hash_.algorithm: hash_ for hash_ in one}
    return any(known.get(hash_.algorithm, hash_) != hash_ for hash_ in other)
