"""Rules for the document in a wheel: valid, one with the name, licences at hand."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import METADATA
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import WheelContents
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.pep819 import METADATA_JSON
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.metadata.projections import ENTRY_POINTS, find_differences
from pysetup.metadata.schema import find_problems
from pysetup.phases.bdist.rules import finding

# PEP 639: from this version on licence files stand below licenses/.
_LICENSES_SINCE = (2, 4)
_LICENSE_NAMES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*", "UNLICENSE*")


def check_metadata(
    contents: WheelContents, info: WheelInfo
) -> Iterator[ArchiveFinding]:
    """Yield what is wrong with METADATA, ``pydist.json``, licences and SBOMs."""
    del info
    yield from _check_sboms(contents)
    content = contents.info_file(METADATA)
    if content is None:
        return
    place = f"{contents.dist_info}/{METADATA}"
    try:
        metadata = core_metadata.read(content, source=METADATA)
    except PysetupError as error:
        yield finding("metadata", error.message, place)
        return
    yield from _check_document(contents, metadata, place)
    yield from _check_projections(contents, metadata)
    yield from _check_licenses(contents, metadata)


def _check_document(
    contents: WheelContents, metadata: Metadata, place: str
) -> Iterator[ArchiveFinding]:
    for problem in find_problems(metadata.to_dict()):
        message = f"{problem.pointer or '/'} {problem.message}"
        told = finding("metadata", message, place)
        yield ArchiveFinding(
            told.member,
            told.rule,
            told.message,
            told.clause,
            problem.hint or told.hint,
            severity=problem.severity,
        )
    filename = contents.filename
    try:
        stated = (metadata.normalized_name, metadata.version)
    except PysetupError:
        return  # told already as a problem of the document
    if filename is not None and stated != (filename.name, filename.version):
        message = f"it is that of {stated[0]} {stated[1]}"
        yield finding("metadata-mismatch", message, place)


def _check_projections(
    contents: WheelContents, metadata: Metadata
) -> Iterator[ArchiveFinding]:
    """Compare METADATA with ``pydist.json``, or else with METADATA.json."""
    master = contents.info_file(DOCUMENT_NAME)
    names: tuple[str, ...] = (METADATA, METADATA_JSON, ENTRY_POINTS)
    if master is not None:
        place = f"{contents.dist_info}/{DOCUMENT_NAME}"
        try:
            metadata = Metadata.from_json(master, source=DOCUMENT_NAME)
        except PysetupError as error:
            yield finding("document-mismatch", error.message, place)
            return
    else:
        names = (METADATA_JSON,)
    files = {
        name: content
        for name in names
        if (content := contents.info_file(name)) is not None
    }
    try:
        problems = find_differences(metadata, files)
    except PysetupError:
        return  # a document that cannot be compared was told as invalid
    for problem in problems:
        message = f"{problem.pointer} {problem.message}".strip()
        yield finding(
            "document-mismatch", message, f"{contents.dist_info}/{problem.rule}"
        )


def _check_licenses(
    contents: WheelContents, metadata: Metadata
) -> Iterator[ArchiveFinding]:
    named = metadata.texts("license_file")
    present = {
        path.removeprefix(f"{contents.dist_info}/")
        for path in contents.files
        if path.startswith(f"{contents.dist_info}/")
    }
    version = metadata.text("metadata_version")
    modern = tuple(map(int, version.split("."))) >= _LICENSES_SINCE
    for path in named:
        places = {f"licenses/{path}"}
        if not modern:
            # Tools put them elsewhere, flat or not, before there was a standard.
            places |= {path, path.rpartition("/")[2], f"license_files/{path}"}
        if not places & present:
            message = f"METADATA names the licence file {path}, which is missing"
            yield finding("license-file", message, f"{contents.dist_info}/licenses")
    if not named and not any(_is_license(path) for path in present):
        if metadata.text("license_expression"):
            yield finding("license-absent", "it has a licence, but not its text")
        else:
            yield finding("license-absent", "it holds no licence file")


def _is_license(path: str) -> bool:
    name = PurePosixPath(path.upper())
    return path.startswith("licenses/") or any(map(name.match, _LICENSE_NAMES))


def _check_sboms(contents: WheelContents) -> Iterator[ArchiveFinding]:
    folder = f"{contents.dist_info}/sboms/"
    for path in contents.files:
        if path.startswith(folder) and path.endswith(".json"):
            try:
                json.loads(contents.read(path).decode())
            except (ValueError, RecursionError):
                yield finding("sbom", "it is not UTF-8 JSON", path)
