"""Round trips of real METADATA: ours against the libraries that are installed.

For every distribution: is what METADATA says all there in the library's own document
(read)? Does it come back when that is written as METADATA again (legacy), and is the
document the same when that is read once more (document)? Ours is held to the exact
reading, with the entry points of the wheel and all extensions; the others get the
benefit of every doubt about white space, order, spelling of versions and requirements,
and fields that say nothing. The judge is ``email.parser``, not one of the candidates.
A library that has no writer has no figure there.

Usage: roundtrip.py [--wheels DIR ...] [--index] [--names NAME ...] [--each N]
Without --wheels and --index: the packages of this interpreter. DIR is searched for
wheels, sdists, .dist-info and .egg-info. --index takes releases from the configured
index, old and new ones, of the projects listed in real_metadata.py.
"""

import argparse
import collections
import email.parser
import hashlib
import importlib
import importlib.metadata
import io
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_metadata import NAMES, Found, default_folders, from_folders, from_index

from pysetup.interchange.dist_info import read_document
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.projections import projections
from pysetup.standards.requirements import (
    InvalidRequirementError,
    parse_requirement,
)
from pysetup.standards.versions import InvalidVersionError, parse_version

Meaning = dict[str, list[str]]
NOTHING = ("", "UNKNOWN")


def meaning(content: bytes) -> Meaning:
    """Return what METADATA says: lower-case header to its values, sorted."""
    message = email.parser.Parser().parsestr(content.decode("utf-8", "surrogateescape"))
    rows = [(name.lower(), str(value)) for name, value in message.items()]
    body = message.get_payload()
    return meaning_of([*rows, ("description", body if isinstance(body, str) else "")])


def meaning_of(rows: Iterable[tuple[str, str]]) -> Meaning:
    """Return the rows without what may differ and still mean the same."""
    found: Meaning = collections.defaultdict(list)
    for name, value in rows:
        text = _SPELLING.get(name, _words)(value)
        if name != "metadata-version" and text.upper() not in NOTHING:
            found[name].append(text)
    return {name: sorted(set(values)) for name, values in sorted(found.items())}


def _words(value: str) -> str:
    first, *rest = value.split("\n")
    if rest and all(re.match(r" {7,8}\|", line) for line in rest):
        rest = [line.partition("|")[2] for line in rest]  # the old way of folding
    return " ".join(" ".join([first, *rest]).split())


def _specifiers(value: str) -> str:
    return ",".join(sorted("".join(value.split()).split(",")))


def _requirement(value: str) -> str:
    try:
        return str(parse_requirement(_words(value))).lower()
    except InvalidRequirementError:
        return _words(value)


def _keywords(value: str) -> str:
    return " ".join(re.split(r"[,\s]+", value.strip()))


def _version(value: str) -> str:
    try:
        return str(parse_version(_words(value)))
    except InvalidVersionError:
        return _words(value)


_SPELLING: dict[str, Callable[[str], str]] = {
    "version": _version,
    "requires-dist": _requirement,
    "requires-python": _specifiers,
    "keywords": _keywords,
    "dynamic": lambda value: _words(value).lower(),
    "project-url": lambda value: ", ".join(
        part.strip() for part in _words(value).split(",", 1)
    ),
    "provides-extra": lambda value: re.sub(r"[-_.]+", "-", _words(value)).lower(),
}


@dataclass(frozen=True)
class Library:
    """What one library can do: read to a document, tell its rows, and write it."""

    read: Callable[[Found], Any]
    tell: Callable[[Any], Meaning]
    write: Callable[[Any], bytes] | None


def ours() -> Library:
    """Return our own reader and writer, entry points and extensions included."""

    def read(found: Found) -> Metadata:
        files = {"METADATA": found.metadata, "entry_points.txt": found.entry_points}
        return read_document(files.get, source=found.source, compare=False)

    def tell(metadata: Metadata) -> Meaning:
        return meaning(core_metadata.write(metadata))

    return Library(read, tell, lambda metadata: projections(metadata)["METADATA"])


def packaging() -> Library:
    module = importlib.import_module("packaging.metadata")
    single = {
        *("metadata_version", "name", "version", "summary", "description", "license"),
        *("home_page", "download_url", "author", "author_email", "maintainer"),
        *("maintainer_email", "requires_python", "description_content_type"),
        "license_expression",
    }

    def read(found: Found) -> Any:
        return module.parse_email(found.metadata)

    def tell(document: Any) -> Meaning:
        raw, unparsed = document
        rows = [(key, str(one)) for key, values in unparsed.items() for one in values]
        for key, value in raw.items():
            header = key.replace("_", "-")
            if key == "keywords":
                rows.append((header, ",".join(value)))
            elif key == "project_urls":
                rows += [("project-url", f"{a}, {b}") for a, b in value.items()]
            elif key in single:
                rows.append((header, value))
            else:
                rows += [(_singular(header), one) for one in value]
        return meaning_of(rows)

    def write(document: Any) -> bytes:
        raw, _ = document
        message = module.Metadata.from_raw(raw, validate=False).as_rfc822()
        return bytes(message.as_bytes())

    return Library(read, tell, write)


def _singular(header: str) -> str:
    plural = ("classifiers", "platforms", "supported-platforms", "license-files")
    return (
        header[:-1]
        if header in (*plural, "import-names", "import-namespaces")
        else header
    )


def distlib() -> Library:
    module = importlib.import_module("distlib.metadata")
    fields = module._ATTR2FIELD  # noqa: SLF001 - the only list of its fields

    def read(found: Found) -> Any:
        text = found.metadata.decode("utf-8")
        return module.LegacyMetadata(fileobj=io.StringIO(text))

    def write(document: Any) -> bytes:
        stream = io.StringIO()
        document.write_file(stream, skip_unknown=True)
        return stream.getvalue().encode()

    def tell(document: Any) -> Meaning:
        rows = []
        for field in fields.values():
            value = document.get(field)
            values = value if isinstance(value, list | tuple) else [value]
            if field == "Keywords":
                values = [",".join(map(str, values))]
            for one in values:
                text = ", ".join(one) if isinstance(one, tuple) else str(one)
                rows.append((field.lower(), "" if one is None else text))
        return meaning_of(rows)

    return Library(read, tell, write)


def pkginfo() -> Library:
    module = importlib.import_module("pkginfo.distribution")

    def read(found: Found) -> Any:
        document = module.Distribution()
        document.parse(found.metadata)
        return document

    def tell(document: Any) -> Meaning:
        rows = []
        version = max(module.HEADER_ATTRS)
        for header, attribute, many in module.HEADER_ATTRS[version]:
            value = getattr(document, attribute, None)
            values = value if many else [value]
            rows += [
                (header.lower(), str(one)) for one in values or () if one is not None
            ]
        return meaning_of(rows)

    return Library(read, tell, None)


def standard_library() -> Library:
    def read(found: Found) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x-1.dist-info"
            path.mkdir()
            (path / "METADATA").write_bytes(found.metadata)
            return importlib.metadata.PathDistribution(path).metadata.json

    def tell(document: Any) -> Meaning:
        rows = []
        for key, value in document.items():
            values = value if isinstance(value, list) else [value]
            if key == "keywords":
                values = [" ".join(values)]
            rows += [(key.replace("_", "-"), str(one)) for one in values]
        return meaning_of(rows)

    return Library(read, tell, None)


LIBRARIES: dict[str, Callable[[], Library]] = {
    "pysetup": ours,
    "packaging": packaging,
    "distlib": distlib,
    "pkginfo": pkginfo,
    "importlib.metadata": standard_library,
}


def judge(library: Library, found: Found, original: Meaning) -> dict[str, bool]:
    """Return for each of the three questions whether the answer is yes."""
    answers = {"read": False, "legacy": False, "document": False}
    try:
        document = library.read(found)
        told = library.tell(document)
        answers["read"] = told == original
        if library.write is not None:
            written = library.write(document)
            answers["legacy"] = meaning(written) == original
            again = library.read(Found(found.source, written, found.entry_points))
            answers["document"] = library.tell(again) == told
            if isinstance(document, Metadata):
                answers["document"] = _same(document, again)
    except Exception as error:  # noqa: BLE001 - whatever another library raises
        print(f"{found.source}: {type(error).__name__}: {error}"[:160], file=sys.stderr)
    return answers


def _same(one: Metadata, other: Metadata) -> bool:
    """Tell whether two of our documents are equal, exactly, and nothing was lost."""
    plain = one.replaced(metadata_version=None) == other.replaced(metadata_version=None)
    lost = [loss.pointer for loss in core_metadata.losses(one)]
    carried = ("/extensions/python.commands", "/extensions/python.exports")
    again = Metadata.from_json(one.to_json())
    return plain and again == one and all(pointer in carried for pointer in lost)


def collect(arguments: argparse.Namespace) -> list[Found]:
    folders = arguments.wheels or ([] if arguments.index else default_folders())
    found = list(from_folders(folders))
    if arguments.index:
        found += from_index(arguments.names or NAMES, arguments.each)
    unique = {hashlib.sha256(one.metadata).digest(): one for one in found}
    return list(unique.values())


def main() -> int:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheels", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--names", nargs="+", metavar="NAME")
    parser.add_argument("--each", type=int, default=8, metavar="N")
    arguments = parser.parse_args()
    found = collect(arguments)
    originals = [meaning(one.metadata) for one in found]
    versions = collections.Counter(
        match[1].decode()
        for one in found
        if (
            match := re.search(
                rb"^Metadata-Version: *(\S+)", one.metadata, re.MULTILINE
            )
        )
    )
    print(
        f"{len(found)} distributions, metadata versions:",
        dict(sorted(versions.items())),
    )
    print("\n| library | read | legacy and back | document and back |")
    print("|---|---:|---:|---:|")
    perfect = True
    for name, make in LIBRARIES.items():
        try:
            library = make()
        except ImportError:
            print(f"| {name} | not installed | | |")
            continue
        answers = [judge(library, *pair) for pair in zip(found, originals, strict=True)]
        counts = {key: sum(one[key] for one in answers) for key in answers[0]}
        if library.write is None:
            print(f"| {name} | {counts['read']} | no writer | no writer |")
        else:
            print(f"| {name} | " + " | ".join(map(str, counts.values())) + " |")
        if name == "pysetup":
            perfect = all(count == len(found) for count in counts.values())
            for one, answer in zip(found, answers, strict=True):
                if not all(answer.values()):
                    print(f"not ours: {one.source} {answer}", file=sys.stderr)
    return 0 if perfect else 1


if __name__ == "__main__":
    sys.exit(main())
