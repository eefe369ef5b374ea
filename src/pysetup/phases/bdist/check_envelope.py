"""Rules for a wheel as an archive: its names, its folders, and the truth of RECORD."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from pysetup.errors import IntegrityError
from pysetup.interchange.dist_info import RECORD, RECORD_SIGNATURES, split_dist_info
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import WheelContents
from pysetup.late import late_pattern
from pysetup.phases.bdist.rules import finding
from pysetup.standards.names import filename_name
from pysetup.standards.record import RecordEntry, parse_record

# Names of devices, forbidden characters, and ends that are cut off.
_NOT_ON_WINDOWS = late_pattern(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?|.*[<>\"|?*].*|.*[. ]",
    re.IGNORECASE,
)


def check_names(contents: WheelContents) -> Iterator[ArchiveFinding]:
    """Yield what is wrong with the name of the wheel, its folders and its files."""
    found, filename = contents.dist_infos, contents.filename
    if len(found) != 1:
        listed = ", ".join(found) or "none"
        yield finding("dist-info-folder", f"one .dist-info folder is needed: {listed}")
    elif filename is not None:
        stated = split_dist_info(found[0])
        if stated != (filename.name, filename.version):
            message = "the folder belongs to another distribution"
            yield finding("dist-info-folder", message, found[0])
        stem = "-".join(filename.filename.split("-")[:2])
        normal = f"{filename_name(filename.name)}-{filename.version}"
        if stem != normal:
            message = f"the file name would be normalised as {normal}"
            yield finding("name-not-normalized", message)
    yield from _check_portability(contents.files)


def _check_portability(paths: Iterable[str]) -> Iterator[ArchiveFinding]:
    """Yield names that some file systems cannot hold, or cannot tell apart."""
    folded: dict[str, str] = {}
    for path in paths:
        for part in path.split("/"):
            if _NOT_ON_WINDOWS.fullmatch(part):
                yield finding("portable-name", f"Windows has no {part!r}", path)
        if unicodedata.normalize("NFC", path) != path:
            message = "the name is not in Unicode's normal form C"
            yield finding("portable-name", message, path)
        key = unicodedata.normalize("NFC", path).casefold()
        other = folded.setdefault(key, path)
        if other != path:
            message = f"on many systems it is the same file as {other}"
            yield finding("portable-name", message, path)


def check_record(contents: WheelContents) -> Iterator[ArchiveFinding]:
    """Yield each difference between RECORD and the files."""
    if len(contents.dist_infos) != 1:
        return
    place = f"{contents.dist_info}/{RECORD}"
    unlisted = {place, *(f"{contents.dist_info}/{name}" for name in RECORD_SIGNATURES)}
    for path in sorted((unlisted - {place}) & contents.files.keys()):
        yield finding("record-signature", "signatures of RECORD are deprecated", path)
    content = contents.info_file(RECORD)
    if content is None:
        yield finding("record", "it has no RECORD", contents.dist_info)
        return
    try:
        entries = parse_record(content.decode(), source=contents.source)
    except (UnicodeDecodeError, IntegrityError) as error:
        yield finding("record", f"RECORD cannot be read: {error}", place)
        return
    listed = {entry.path: entry for entry in entries}
    yield from _compare(contents, listed, unlisted=unlisted)


def _compare(
    contents: WheelContents,
    listed: Mapping[str, RecordEntry],
    *,
    unlisted: Iterable[str],
) -> Iterator[ArchiveFinding]:
    unproved = set(unlisted)
    for path in listed:
        if path not in contents.files and path not in unproved:
            yield finding("record", "RECORD lists it, but it is missing", path)
    for path, content in contents.files.items():
        if path in unproved:
            continue
        entry = listed.get(path)
        if entry is None:
            yield finding("record", "RECORD does not list it", path)
        elif entry.hash is None:
            yield finding("record", "RECORD has no digest for it", path)
        elif contents.digest_of(path, entry.hash.algorithm) != entry.hash:
            yield finding("record", "RECORD promises other content", path)
        elif entry.size not in (None, content.size):
            yield finding("record", f"RECORD promises {entry.size} bytes", path)
