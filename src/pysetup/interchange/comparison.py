"""Two archives that should be one: every difference, by file and by its cause."""

from collections.abc import Callable, Collection, Mapping

from pysetup.errors import PysetupError
from pysetup.interchange.archive_entries import (
    ArchiveEntry,
    ArchiveListing,
    NotComparableError,
)
from pysetup.interchange.content_kinds import CONTENT, ORDER, classify, compare_listings
from pysetup.interchange.dist_info import METADATA, RECORD, SUFFIX
from pysetup.metadata.differences import Difference, find_changes
from pysetup.metadata.formats import core_metadata
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

ENVELOPE, MISSING, EXTRA, SPELLING = "envelope", "missing", "extra", "spelling"
IDENTICAL, SAME_CONTENT, DIFFERENT = "identical", "same-content", "different"
_PKG_INFO = "PKG-INFO"

ReadFiles = Callable[[Collection[str]], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One file that is not the same in both archives.

    ``kind`` is its class: ``envelope`` (the content is the same), ``missing`` or
    ``extra`` (in the second archive), or why the content differs: ``newlines``,
    ``order``, ``path``, ``version``, ``spelling`` (metadata that mean the same),
    ``tags`` (in WHEEL), ``listing`` (RECORD, which follows the other files), ``time``,
    ``build-id``, ``content``. ``envelope`` are the parts of the archive's headers that
    differ, with both values; ``metadata`` are the differences of two METADATA files.
    """

    path: str
    kind: str
    envelope: Mapping[str, tuple[str, str]]
    metadata: tuple[Difference, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "class": self.kind,
            "envelope": {key: list(pair) for key, pair in self.envelope.items()},
            "metadata": [one.to_json() for one in self.metadata],
        }


@dataclass(frozen=True, slots=True)
class ArchiveComparison:
    """What distinguishes two archives.

    ``envelope`` is what differs around the files: ``filename``, the ``order`` of
    members, ``folders``, ``header``, ``packing``. ``files`` are sorted by path;
    ``same`` counts those of which nothing differs.
    """

    one: ArchiveListing
    other: ArchiveListing
    files: tuple[FileDifference, ...]
    envelope: Mapping[str, tuple[str, str]]
    same: int

    @property
    def differing(self) -> tuple[FileDifference, ...]:
        """The files whose content differs, or that only one archive has."""
        return tuple(file for file in self.files if file.kind != ENVELOPE)

    @property
    def verdict(self) -> str:
        """Return ``identical``, ``same-content`` or ``different``."""
        if self.differing:
            return DIFFERENT
        return IDENTICAL if self.one.hash == self.other.hash else SAME_CONTENT

    @property
    def envelope_keys(self) -> tuple[str, ...]:
        """What differs in the envelope of the archive or of any file, sorted."""
        keys = set(self.envelope)
        for file in self.files:
            keys.update(file.envelope)
        return tuple(sorted(keys))

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "verdict": self.verdict,
            "archives": [
                {"file": one.filename, "hash": str(one.hash)}
                for one in (self.one, self.other)
            ],
            "envelope": {key: list(pair) for key, pair in self.envelope.items()},
            "same": self.same,
            "files": [file.to_json() for file in self.files],
        }


def compare_archives(
    one: ArchiveListing,
    other: ArchiveListing,
    *,
    read_one: ReadFiles,
    read_other: ReadFiles,
) -> ArchiveComparison:
    """Compare two archives of one kind; ``other`` is the one that was made later.

    ``read_one`` and ``read_other`` return the content of files by their path; one
    that is too large to be returned is not looked into. Raises
    ``NotComparableError``.
    """
    if one.format != other.format:
        reason = f"it is a {other.format} archive, {one.filename} a {one.format}"
        raise NotComparableError(other.filename, reason)
    before = {entry.path: entry for entry in one.entries}
    after = {entry.path: entry for entry in other.entries}
    changed = {
        path
        for path in before.keys() & after.keys()
        if (before[path].kind, before[path].digest)
        != (after[path].kind, after[path].digest)
    }
    unequal = changed | (before.keys() ^ after.keys())
    judge = _Judge(read_one(changed), read_other(changed), unequal)
    files = [
        FileDifference(path, MISSING if path in before else EXTRA, {})
        for path in before.keys() ^ after.keys()
    ]
    same = 0
    for path in before.keys() & after.keys():
        envelope = _unequal(before[path].envelope, after[path].envelope)
        if path in changed:
            if before[path].size != after[path].size:
                envelope.pop("compression", None)  # it follows from the content
            files.append(judge(before[path], after[path], envelope))
        elif envelope:
            files.append(FileDifference(path, ENVELOPE, envelope))
        else:
            same += 1
    files.sort(key=lambda file: file.path)
    envelope = _around(one, other, before, after)
    if not (envelope or files) and one.hash != other.hash:
        envelope["packing"] = (str(one.hash), str(other.hash))
    return ArchiveComparison(one, other, tuple(files), envelope, same)


def _unequal(
    one: Mapping[str, str], other: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    return {
        key: (one.get(key, ""), other.get(key, ""))
        for key in sorted({*one, *other})
        if one.get(key) != other.get(key)
    }


def _around(
    one: ArchiveListing,
    other: ArchiveListing,
    before: Mapping[str, ArchiveEntry],
    after: Mapping[str, ArchiveEntry],
) -> dict[str, tuple[str, str]]:
    found = _unequal(one.envelope, other.envelope)
    if one.filename != other.filename:
        found["filename"] = (one.filename, other.filename)
    order = (
        [path for path in before if path in after],
        [path for path in after if path in before],
    )
    if order[0] != order[1]:
        first = next(pair for pair in zip(*order, strict=True) if pair[0] != pair[1])
        found["order"] = first
    return found


class _Judge:
    """Says why the contents of one path differ."""

    def __init__(
        self,
        before: Mapping[str, bytes],
        after: Mapping[str, bytes],
        unequal: set[str],
    ) -> None:
        self._before, self._after, self._unequal = before, after, unequal

    def __call__(
        self,
        one: ArchiveEntry,
        other: ArchiveEntry,
        envelope: Mapping[str, tuple[str, str]],
    ) -> FileDifference:
        path = one.path
        if one.kind != other.kind or not (path in self._before and path in self._after):
            return FileDifference(path, CONTENT, envelope)
        contents = self._before[path], self._after[path]
        name = path.rpartition("/")[2]
        if name == RECORD and path.partition("/")[0].endswith(SUFFIX):
            listed = compare_listings(*contents, self._unequal)
            return FileDifference(path, listed, envelope)
        kind = classify(path, *contents)
        if name not in (METADATA, _PKG_INFO) or kind == ORDER:
            return FileDifference(path, kind, envelope)
        changes = _metadata_changes(*contents, source=path)
        if kind == CONTENT and changes and all(one.spelling for one in changes):
            kind = SPELLING
        return FileDifference(path, kind, envelope, changes)


def _metadata_changes(
    one: bytes, other: bytes, *, source: str
) -> tuple[Difference, ...]:
    try:
        documents = [
            core_metadata.read(content, source=source) for content in (one, other)
        ]
    except PysetupError:
        return ()  # what is no metadata has no fields to name
    return find_changes(*documents)
