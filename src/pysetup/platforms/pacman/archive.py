"""The bytes of a pacman package: .BUILDINFO, .MTREE, .PKGINFO, then the files."""

import gzip
import io
from collections.abc import Iterable, Sequence
from typing import IO

from pysetup.platforms.contents import Content
from pysetup.platforms.tar_writer import (
    FILE,
    FOLDER,
    LINK,
    TarMember,
    write_tar,
)

# Key and value of one line; a key may come more than once.
Fields = Sequence[tuple[str, str]]

BUILDINFO, MTREE, PKGINFO, INSTALL = ".BUILDINFO", ".MTREE", ".PKGINFO", ".INSTALL"
_FOLDER_MODE = 0o755
# What stands for itself in a path of an mtree file; all else is written in octal.
_PLAIN = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$%&'()+,-./:;<>@^_~"
)


def write_package(
    stream: IO[bytes],
    *,
    pkginfo: Fields,
    buildinfo: Fields,
    members: Sequence[TarMember],
    time: int,
    compression: str,
) -> None:
    """Write the package of ``members`` to ``stream``.

    ``time`` is that of all, in seconds since 1970. Folders that lead to a member are
    added. Raises ``MissingZstandardError``.
    """
    listed = with_folders(members)
    information = [
        TarMember(BUILDINFO, Content.of(fields_text(buildinfo).encode())),
        TarMember(PKGINFO, Content.of(fields_text(pkginfo).encode())),
    ]
    mtree = mtree_bytes([*information, *listed], time=time)
    write_tar(
        stream,
        [information[0], TarMember(MTREE, Content.of(mtree)), information[1], *listed],
        time=time,
        compression=compression,
    )


def fields_text(fields: Fields) -> str:
    """Return lines of ``key = value``; a line break in a value becomes a space."""
    return "".join(f"{key} = {' '.join(value.split())}\n" for key, value in fields)


def with_folders(members: Iterable[TarMember]) -> list[TarMember]:
    """Return ``members`` in order, with the folders that lead to them before them."""
    found = {member.path: member for member in members}
    for path in list(found):
        parent = path.rpartition("/")[0]
        while parent:
            found.setdefault(parent, TarMember(parent, mode=_FOLDER_MODE, kind=FOLDER))
            parent = parent.rpartition("/")[0]
    return [found[path] for path in sorted(found, key=lambda path: path.split("/"))]


def mtree_bytes(members: Iterable[TarMember], *, time: int) -> bytes:
    """Return the compressed mtree file by which ``pacman -Qkk`` verifies files."""
    lines = ["#mtree", "/set type=file uid=0 gid=0 mode=644"]
    lines += [_mtree_line(member, time) for member in members]
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    return packed.getvalue()


def _mtree_line(member: TarMember, time: int) -> str:
    words = [f"./{_escaped(member.path)}", f"time={time}.0"]
    if member.kind == FOLDER:
        words += [f"mode={member.mode:o}", "type=dir"]
    elif member.kind == LINK:
        words += ["mode=777", "type=link", f"link={_escaped(member.target)}"]
    elif member.kind == FILE:
        if member.mode != 0o644:  # noqa: PLR2004 - what /set says
            words.append(f"mode={member.mode:o}")
        md5, sha256 = member.content.digests("md5", "sha256")
        words += [
            f"size={member.content.size}",
            f"md5digest={md5}",
            f"sha256digest={sha256}",
        ]
    return " ".join(words)


def _escaped(path: str) -> str:
    """Return a path as mtree files have it: no blank, no sign that means something."""
    return "".join(
        chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in path.encode()
    )
