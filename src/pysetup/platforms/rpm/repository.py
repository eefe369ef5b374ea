"""The index of a folder of RPM packages (``repodata/``), for dnf and zypper.

The format is that of createrepo: primary, filelists and other, and ``repomd.xml`` with
their digests.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from pysetup.platforms.interface import Making
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.rpm.tags import EQUAL, GREATER, LESS
from pysetup.platforms.rpm.verify import read_header, verify_package
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

FOLDER = "repodata"
_COMMON = "http://linux.duke.edu/metadata/common"
_RPM = "http://linux.duke.edu/metadata/rpm"
_SPACES = {
    "filelists": "http://linux.duke.edu/metadata/filelists",
    "other": "http://linux.duke.edu/metadata/other",
    "repo": "http://linux.duke.edu/metadata/repo",
}
_SIGNS = {
    EQUAL: "EQ",
    LESS: "LT",
    GREATER: "GT",
    LESS | EQUAL: "LE",
    GREATER | EQUAL: "GE",
}
_KINDS = (
    *("provides", "requires", "conflicts", "obsoletes"),
    *("suggests", "enhances", "recommends", "supplements"),
)
# Files that others may require: what dnf looks up without the whole list.
_PRIMARY_FILE = re.compile(r"/etc/.*|.*bin/.*|/usr/lib/sendmail")
_EVR = re.compile(r"(?:(?P<epoch>\d+):)?(?P<version>[^-]*)(?:-(?P<release>.+))?")


@dataclass(frozen=True, slots=True)
class _Package:
    path: Path
    facts: Mapping[str, JSON]
    digest: str
    begin: int
    end: int

    def text(self, key: str) -> str:
        return str(self.facts.get(key, ""))

    def listed(self, key: str) -> list[JSON]:
        value = self.facts.get(key)
        return list(value) if isinstance(value, Sequence) else []

    @property
    def architecture(self) -> str:
        """What it is for; ``src`` for a source package."""
        return "src" if self.facts.get("source") else self.text("architecture")

    @property
    def evr(self) -> dict[str, str]:
        epoch, _, version = self.text("version").rpartition(":")
        return {"epoch": epoch or "0", "ver": version, "rel": self.text("release")}

    @property
    def paths(self) -> list[tuple[str, str]]:
        """Pairs of a kind (empty, dir, ghost) and an absolute path, sorted."""
        files = [one for one in self.listed("files") if isinstance(one, Mapping)]
        found = [("", f"/{one['path']}") for one in files]
        found += [("dir", f"/{path}") for path in self.listed("directories")]
        folders = set(map(str, self.listed("ghost_directories")))
        found += [
            ("dir" if str(path) in folders else "ghost", f"/{path}")
            for path in self.listed("ghosts")
        ]
        return sorted(found, key=lambda each: each[1])


def write_repository(
    folder: Path, *, before: Path, making: Making | None
) -> list[Path]:
    """Write ``repodata/`` for the packages in ``folder``; return what was written.

    Those of the folder ``before``, which may not be there, are listed as well, unless
    ``folder`` has a file of the same name. Raises ``DamagedRpmError``.
    """
    time = time_of(making)
    paths = {path.name: path for of in (before, folder) for path in of.glob("*.rpm")}
    packages = [_read(paths[name]) for name in sorted(paths)]
    written: list[Path] = []
    repomd = Element("repomd", {"xmlns": _SPACES["repo"], "xmlns:rpm": _RPM})
    SubElement(repomd, "revision").text = str(time)
    for kind, root in (
        ("primary", _primary(packages, time)),
        ("filelists", _filelists(packages)),
        ("other", _other(packages)),
    ):
        plain = _xml(root)
        packed = gzip.compress(plain, mtime=0)
        place = folder / FOLDER / f"{_digest(packed)}-{kind}.xml.gz"
        with written_whole(place) as stream:
            stream.write(packed)
        written.append(place)
        _add_data(repomd, kind, place, plain, packed, time)
    place = folder / FOLDER / "repomd.xml"
    with written_whole(place) as stream:
        stream.write(_xml(repomd))
    return [*written, place]


def _read(path: Path) -> _Package:
    facts = verify_package(path)
    with open(path, "rb") as stream:
        _, (begin, end) = read_header(stream, path.name)
    return _Package(path, facts, Hash.of_file(str(path)).hexdigest, begin, end)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _xml(root: Element) -> bytes:
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    body: bytes = tostring(root, encoding="utf-8")
    return head + body + b"\n"


def _primary(packages: Sequence[_Package], time: int) -> Element:
    count = str(len(packages))
    root = Element("metadata", {"xmlns": _COMMON, "xmlns:rpm": _RPM, "packages": count})
    for one in packages:
        package = SubElement(root, "package", type="rpm")
        SubElement(package, "name").text = one.text("name")
        SubElement(package, "arch").text = one.architecture
        SubElement(package, "version", one.evr)
        checksum = SubElement(package, "checksum", type="sha256", pkgid="YES")
        checksum.text = one.digest
        for key, name in (
            ("summary", "summary"),
            ("description", "description"),
            ("packager", "packager"),
            ("homepage", "url"),
        ):
            SubElement(package, name).text = one.text(key)
        built = str(one.facts.get("time", 0))
        SubElement(package, "time", file=str(time), build=built)
        size = one.text("installed_size")
        whole = str(one.path.stat().st_size)
        SubElement(package, "size", package=whole, installed=size, archive=size)
        SubElement(package, "location", href=one.path.name)
        package.append(_format(one))
    return root


def _format(one: _Package) -> Element:
    found = Element("format")
    for name, key in (
        ("license", "licence"),
        ("vendor", "vendor"),
        ("group", "group"),
        ("sourcerpm", "source_rpm"),
    ):
        SubElement(found, f"rpm:{name}").text = one.text(key)
    span = {"start": str(one.begin), "end": str(one.end)}
    SubElement(found, "rpm:header-range", span)
    relations = one.facts.get("relations")
    for kind in _KINDS if isinstance(relations, Mapping) else ():
        texts = relations.get(kind) if isinstance(relations, Mapping) else None
        if isinstance(texts, Sequence) and texts:
            group = SubElement(found, f"rpm:{kind}")
            for text in texts:
                # What a package requires and provides itself needs no resolver.
                if kind != "requires" or text not in _listed(relations, "provides"):
                    _add_relation(group, str(text))
    for kind, path in one.paths:
        if _PRIMARY_FILE.fullmatch(path):
            file = SubElement(found, "file", {"type": kind} if kind else {})
            file.text = path
    return found


def _listed(relations: JSON, kind: str) -> Sequence[JSON]:
    texts = relations.get(kind) if isinstance(relations, Mapping) else None
    return texts if isinstance(texts, Sequence) else ()


def _add_relation(group: Element, text: str) -> None:
    relation = Relation.parse(text)
    if relation.name.startswith("rpmlib("):
        return  # what rpm itself can do is not in a repository
    entry = {"name": relation.name}
    sign = _SIGNS.get(relation.flags & (LESS | GREATER | EQUAL))
    if sign and (match := _EVR.fullmatch(relation.version)):
        entry |= {"flags": sign, "epoch": match["epoch"] or "0"}
        entry["ver"] = match["version"]
        if match["release"]:
            entry["rel"] = match["release"]
    SubElement(group, "rpm:entry", entry)


def _filelists(packages: Sequence[_Package]) -> Element:
    root = _listing("filelists", packages)
    for one, package in zip(packages, root, strict=True):
        for kind, path in one.paths:
            file = SubElement(package, "file", {"type": kind} if kind else {})
            file.text = path
    return root


def _other(packages: Sequence[_Package]) -> Element:
    root = _listing("otherdata", packages, space="other")
    for one, package in zip(packages, root, strict=True):
        for change in one.listed("changelog"):
            assert isinstance(change, Mapping), "the reader's own form"
            about = {"author": str(change["who"]), "date": str(change["time"])}
            SubElement(package, "changelog", about).text = str(change["text"])
    return root


def _listing(
    name: str, packages: Sequence[_Package], *, space: str = "filelists"
) -> Element:
    root = Element(name, {"xmlns": _SPACES[space], "packages": str(len(packages))})
    for one in packages:
        about = {"pkgid": one.digest, "name": one.text("name")}
        package = SubElement(root, "package", about, arch=one.architecture)
        SubElement(package, "version", one.evr)
    return root


def _add_data(
    repomd: Element, kind: str, place: Path, plain: bytes, packed: bytes, time: int
) -> None:
    data = SubElement(repomd, "data", type=kind)
    SubElement(data, "checksum", type="sha256").text = _digest(packed)
    SubElement(data, "open-checksum", type="sha256").text = _digest(plain)
    SubElement(data, "location", href=f"{FOLDER}/{place.name}")
    SubElement(data, "timestamp").text = str(time)
    SubElement(data, "size").text = str(len(packed))
    SubElement(data, "open-size").text = str(len(plain))
