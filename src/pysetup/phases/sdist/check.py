"""A validator for the sdist of any tool: everything that is wrong or odd about it."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from pysetup.errors import IntegrityError, PysetupError
from pysetup.interchange.dist_info import METADATA, METADATA_JSON, read_document
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.members import DEFAULT_LIMITS, FILE
from pysetup.interchange.sdist_file import walk_sdist
from pysetup.interchange.zip_reader import UnreadableFileError
from pysetup.late import tomllib
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.projections import PKG_INFO
from pysetup.phases.sdist.check_members import MemberCheck
from pysetup.phases.sdist.make import named_by_pyproject
from pysetup.phases.sdist.rules import FindingList
from pysetup.standards.filenames import (
    InvalidFilenameError,
    parse_sdist_filename,
    sdist_filename,
    sdist_stem,
)

_PYPROJECT, _SETUP = "pyproject.toml", "setup.py"
_READ = frozenset({PKG_INFO, METADATA_JSON, DOCUMENT_NAME, _PYPROJECT})
_MAX_READ = 16 << 20
# PEP 643 and PEP 639: from these versions on a field means what the standard says.
_RELIABLE, _LICENSE_FILE = (2, 2), (2, 4)


def check_sdist(path: Path) -> tuple[ArchiveFinding, ...]:
    """Return what is wrong with the sdist at ``path``, whoever made it; errors first.

    Judged by the source distribution format (PEPs 517, 625, 643, 721, 639) and by
    good manners; each finding names its clause. No file is unpacked and no code runs.
    An archive that cannot be read is a finding; raises ``UnreadableFileError`` if the
    file itself cannot be.
    """
    findings = FindingList()
    members = MemberCheck(findings, made=_date(path))
    try:
        found = _read(path, members, findings)
    except IntegrityError as error:
        findings.add("unreadable-archive", error.message)
        _check_filename(path.name, None, findings)
        return findings.finish()
    members.finish()
    if members.top:
        metadata = _metadata(found, findings)
        _check_filename(path.name, metadata, findings)
        _check_top(path.name, members.top, findings)
        _check_pyproject(found.get(_PYPROJECT), members, findings)
        if metadata is not None:
            _check_metadata(metadata, members, findings)
            _check_document(found, findings)
            members.check_litter(metadata.normalized_name)
    return findings.finish()


def _date(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or str(error)) from None


def _read(path: Path, members: MemberCheck, findings: FindingList) -> dict[str, bytes]:
    """Check each member; return the few files that are looked into."""
    found: dict[str, bytes] = {}
    with closing(walk_sdist(path)) as walk:
        for count, member in enumerate(walk):
            members.check(member)
            if max(count, members.places // 2) >= DEFAULT_LIMITS.members:
                findings.add("unreadable-archive", "it has too many members")
                break
            inner = member.path.partition("/")[2]
            if member.kind != FILE or inner not in _READ or inner in found:
                continue
            if member.size > _MAX_READ:
                size = f"is {member.size} bytes large"
                findings.add("metadata", size, member=member.path)
                continue
            found[inner] = b"".join(member.read())
    return found


def _metadata(found: Mapping[str, bytes], findings: FindingList) -> Metadata | None:
    content = found.get(PKG_INFO)
    if content is None:
        findings.add("pkg-info-missing", "there is no PKG-INFO in its top folder")
        return None
    try:
        return core_metadata.read(content, source=PKG_INFO)
    except PysetupError as error:
        findings.add("metadata", error.message, member=PKG_INFO)
        return None


def _check_filename(
    filename: str, metadata: Metadata | None, findings: FindingList
) -> None:
    name = metadata.name if metadata else None
    try:
        named = parse_sdist_filename(filename, name=name)
    except InvalidFilenameError as error:
        if metadata is None:
            findings.add("sdist-filename", error.message)
        else:
            title = f"{metadata.name} {metadata.version}"
            findings.add("metadata-mismatch", f"PKG-INFO is that of {title}")
        return
    if metadata is not None and named.version != metadata.version:
        title = f"{metadata.name} {metadata.version}"
        findings.add("metadata-mismatch", f"PKG-INFO is that of {title}")
        return
    version = metadata.version if metadata else named.version
    expected = sdist_filename(name or named.name, version)
    if not filename.endswith(".tar.gz"):
        findings.add("legacy-format", f"it should be a .tar.gz: {expected}")
    if sdist_stem(filename) != sdist_stem(expected):
        findings.add("name-not-normalized", f"its name should be {expected}")


def _check_top(filename: str, top: str, findings: FindingList) -> None:
    stem = sdist_stem(filename)
    if top == stem:
        return
    try:
        same = parse_sdist_filename(f"{top}.tar.gz")
        same_release = same.version == parse_sdist_filename(filename).version
    except InvalidFilenameError:
        same_release = False
    rule = "top-folder-name" if same_release else "top-folder"
    findings.add(rule, f"its top folder is {top!r}, and should be {stem!r}")


def _check_pyproject(
    content: bytes | None, members: MemberCheck, findings: FindingList
) -> None:
    if content is None:
        if members.holds(_SETUP):
            findings.add("pyproject-missing", f"it has no {_PYPROJECT}")
        else:
            findings.add("nothing-to-build", f"it has no {_PYPROJECT} and no {_SETUP}")
        return
    try:
        tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        findings.add("pyproject-invalid", str(error), member=_PYPROJECT)
        return
    for path in named_by_pyproject(content):
        if not members.holds(path):
            message = f"{_PYPROJECT} names it, and it is not there"
            findings.add("named-file-missing", message, member=path)


def _check_metadata(
    metadata: Metadata, members: MemberCheck, findings: FindingList
) -> None:
    stated = metadata.text("metadata_version")
    version = tuple(int(part) for part in stated.split(".") if part.isdigit())
    if version < _RELIABLE:
        message = f"its version {stated} does not say which fields are dynamic"
        findings.add("metadata-version", message, member=PKG_INFO)
    for key in sorted(metadata.dynamic & {"name", "version"}):
        findings.add("dynamic", f"it calls {key} dynamic", member=PKG_INFO)
    rule = "license-file" if version >= _LICENSE_FILE else "license-file-early"
    for path in metadata.texts("license_file"):
        if not members.holds(path):
            message = "License-File names it, and it is not there"
            findings.add(rule, message, member=path)


def _check_document(found: Mapping[str, bytes], findings: FindingList) -> None:
    """Compare the JSON files with PKG-INFO, as the one who installs it will."""
    files = {METADATA: found[PKG_INFO]}
    if METADATA_JSON in found:
        files[METADATA_JSON] = found[METADATA_JSON]
    # Other tools have used the name before (PEP 426); ours says what it is.
    if b'"document_version"' in found.get(DOCUMENT_NAME, b""):
        files[DOCUMENT_NAME] = found[DOCUMENT_NAME]
    try:
        read_document(files.get, source="the sdist", compare=True)
    except PysetupError as error:
        findings.add("document-mismatch", error.message, member=DOCUMENT_NAME)
