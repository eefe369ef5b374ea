"""A flat package read back: the bill must say what the payload has."""

import gzip
import hashlib
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import IntegrityError
from pysetup.platforms.pkg.bom import BomError, Line, read_bom
from pysetup.platforms.pkg.cpio import CpioError, read_cpio
from pysetup.platforms.pkg.entries import FILE, FOLDER, LINK, Entry, cksum
from pysetup.platforms.pkg.xar import XarError, read_xar
from pysetup.standards.jsontext import JSON

_PERMISSIONS = 0o7777


class UnreadablePkgError(IntegrityError):
    """A file is no flat package of macOS, or its parts do not fit together.

    Such a package is an archive of xar with PackageInfo, a bill of materials, and a
    payload in cpio. Get it again from where it came from, or build it again.
    """

    code = "PS5582"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} is no sound package for macOS: {reason}",
            facts={"file": path},
            hints=("build it again, or fetch it again",),
        )


def read_pkg(path: Path) -> Mapping[str, JSON]:
    """Return what a package says of itself, and its files with their digests.

    It is a product archive of one package, or a package alone. Raises
    ``UnreadablePkgError``, also where bill and payload disagree.
    """
    try:
        parts = read_xar(path.read_bytes())
        component = _component(parts)
        lines = read_bom(parts[f"{component}Bom"])
        entries = read_cpio(gzip.decompress(parts[f"{component}Payload"]))
        info = _xml(parts[f"{component}PackageInfo"])
        product = _xml(parts["Distribution"]) if component else None
    except (XarError, BomError, CpioError, ET.ParseError, OSError, zlib.error) as error:
        raise UnreadablePkgError(str(path), str(error)) from None
    except (KeyError, EOFError) as error:
        raise UnreadablePkgError(str(path), f"it lacks {error}") from None
    if fault := disagreement(entries, lines):
        raise UnreadablePkgError(str(path), fault)
    return {
        "format": "pkg",
        "name": info.get("identifier", ""),
        "version": info.get("version", ""),
        "relations": {},
        "install_location": info.get("install-location", ""),
        **(_told_by(product) if product is not None else {}),
        "files": [_told(entry) for entry in entries if entry.kind == FILE],
        "links": {
            entry.path.removeprefix("./"): entry.content.decode("utf-8", "replace")
            for entry in entries
            if entry.kind == LINK
        },
    }


def _component(parts: Mapping[str, bytes]) -> str:
    """Return the folder of the one package in a product archive, with a slash."""
    found = [name for name in parts if name.rpartition("/")[2] == "PackageInfo"]
    if len(found) > 1:
        raise XarError("there is more than one package in it")
    return found[0].removesuffix("PackageInfo") if found else ""


def _xml(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - expat expands little by itself


def _told_by(product: ET.Element) -> dict[str, JSON]:
    options, system = product.find("options"), product.find(".//os-version")
    return {
        "title": product.findtext("title", ""),
        "architectures": (
            options.get("hostArchitectures", "") if options is not None else ""
        ),
        "oldest_system": system.get("min", "") if system is not None else "",
    }


def disagreement(entries: list[Entry], lines: list[Line]) -> str:
    """Return where the bill says other things than the payload; "" for nowhere."""
    said = {line.path: line for line in lines}
    if missing := {entry.path for entry in entries} ^ said.keys():
        return f"only one of bill and payload has {min(missing)!r}"
    for entry in entries:
        line = said[entry.path]
        checksum = 0 if entry.kind == FOLDER else cksum(entry.content)
        there = (entry.mode, entry.uid, entry.gid, len(entry.content), checksum)
        if there != (line.mode, line.uid, line.gid, line.size, line.checksum):
            return f"the bill is wrong about {entry.path!r}"
    return ""


def _told(entry: Entry) -> JSON:
    return {
        "path": entry.path.removeprefix("./"),
        "size": len(entry.content),
        "mode": f"{entry.mode & _PERMISSIONS:04o}",
        "sha256": hashlib.sha256(entry.content).hexdigest(),
    }
