"""The files of a built tree as facts: what a plan needs to know, and no content."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pysetup.interchange.dist_info import SUFFIX, WHEEL, MissingMetadataError
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.binaries import ELF, Binary, read_binary
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.numpy_interface import numpy_interface_of
from pysetup.values import dataclass

_HEAD = 4096
_PAGE = re.compile(r"\.(?:x?html?\d?|xht)$", re.IGNORECASE)
_MOST_OF_A_PAGE = 1 << 22
# What is loaded without a click, and what services of others have in a page.
_ELSEWHERE = re.compile(
    rb"<(?!a\b)[a-z]+\s[^<>]{0,2000}?\b(?:src|href|data|poster|codebase)\s*=\s*[\"']?"
    rb"(?:(?:ht|f)tps?:)?//|@import\s+url|google|urchin|adsense|piwik|facebook|twitter"
    rb"|flattr|sc_project",
    re.IGNORECASE,
)
_WHEEL_FILE = re.compile(r"[^/]+\.dist-info/WHEEL")


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file: its path in the tree, its size in bytes, digest, and what it is.

    ``executable`` is the user's execute bit; ``first_line`` is there for a file that
    begins with ``#!``; ``binary`` for machine code; ``numpy`` says which C interface
    of NumPy it was compiled for, if any. ``loads_elsewhere`` tells that it is a page
    that has a browser load something from another site.
    """

    path: str
    size: int
    hash: Hash
    executable: bool = False
    first_line: str = ""
    binary: Binary | None = None
    numpy: str = ""
    loads_elsewhere: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        found: dict[str, JSON] = {
            "path": self.path,
            "size": self.size,
            "hash": str(self.hash),
            "executable": self.executable,
        }
        if self.first_line:
            found["first_line"] = self.first_line
        if self.binary is not None:
            found["binary"] = {
                "format": self.binary.format,
                "machines": list(self.binary.machines),
                "soname": self.binary.soname,
                "needed": list(self.binary.needed),
            }
        if self.numpy:
            found["numpy"] = self.numpy
        if self.loads_elsewhere:
            found["loads_elsewhere"] = True
        return found


@dataclass(frozen=True, slots=True)
class Tree:
    """All files of a built tree, sorted by path, and the tags it was built for.

    ``dist_info`` and ``data_dir`` are its own folders; ``data_dir`` may not be there.
    """

    files: tuple[TreeFile, ...]
    tags: tuple[str, ...]
    pure: bool
    dist_info: str
    data_dir: str

    @classmethod
    def read(cls, root: Path) -> Self:
        """Read the folder ``root`` in wheel layout; raises ``MissingMetadataError``."""
        paths = sorted(
            Path(folder, name).relative_to(root).as_posix()
            for folder, _, names in os.walk(root)
            for name in names
        )
        wheel = next((path for path in paths if _WHEEL_FILE.fullmatch(path)), None)
        if wheel is None:
            raise MissingMetadataError(str(root), f"no {SUFFIX} folder has a {WHEEL}")
        info = WheelInfo.parse((root / wheel).read_bytes(), source=wheel)
        dist_info = wheel.partition("/")[0]
        return cls(
            files=tuple(_file(root, path) for path in paths),
            tags=info.tags,
            pure=info.root_is_purelib,
            dist_info=dist_info,
            data_dir=dist_info.removesuffix(SUFFIX) + ".data",
        )

    def by_path(self) -> Mapping[str, TreeFile]:
        """Return the files by their paths."""
        return {file.path: file for file in self.files}


def _file(root: Path, path: str) -> TreeFile:
    place = root / path
    with place.open("rb") as stream:
        head = stream.read(_HEAD)
    first = ""
    if head[:2] == b"#!":
        line = head.split(b"\n", 1)[0]
        first = line.decode("utf-8", "replace").rstrip("\r")
    binary, numpy = read_binary(head), ""
    if binary is not None and binary.format == ELF:
        content = place.read_bytes()
        binary, numpy = read_binary(content), numpy_interface_of(content)
    return TreeFile(
        path=path,
        size=place.stat().st_size,
        hash=Hash.of_file(str(place)),
        executable=bool(place.stat().st_mode & 0o100),
        first_line=first,
        binary=binary,
        numpy=numpy,
        loads_elsewhere=_loads_elsewhere(place),
    )


def _loads_elsewhere(place: Path) -> bool:
    if not _PAGE.search(place.name):
        return False
    with place.open("rb") as stream:
        return _ELSEWHERE.search(stream.read(_MOST_OF_A_PAGE)) is not None
