"""Compressed files, given out piece by piece as they are inside."""

import bz2
import gzip
import lzma
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.workflows.context import Context

_CHUNK = 1 << 20
_TIMEOUT = 600.0
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
# How each is read without Python: apt's own helper reads whatever apt keeps.
_APT_HELPER = "/usr/lib/apt/apt-helper"
_TOOLS = {"zstd": ("zstd", "-dcq"), "lz4": ("lz4", "-dcq")}


class NoReaderError(EnvironmentRefusedError):
    """A list of a package manager is compressed in a way that needs a program.

    Python reads gzip, xz and bzip2 by itself; for lz4 and zstd the programs of these
    names are started, or on Debian a helper of apt.
    """

    code = "PS7748"

    def __init__(self, path: Path, kind: str) -> None:
        super().__init__(
            f"{path} is compressed with {kind}, and nothing here can read that",
            facts={"file": str(path), "compression": kind},
            hints=(f"install the program {kind}",),
        )


class UnreadableListError(UsageError):
    """A list of packages and their files is damaged, or something else than it seems.

    Get it again: ``apt-get update``, ``dnf makecache``, or whatever made it.
    """

    code = "PS2742"

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(
            f"{path} cannot be read as a list of packages: {reason}",
            facts={"file": str(path), "reason": reason},
            hints=("get it again, or name another one",),
        )


def pour(path: Path, feed: Callable[[bytes], None], *, context: Context) -> None:
    """Give the content of ``path`` to ``feed``, decompressed, piece by piece.

    Raises ``NoReaderError``, ``UnreadableListError``.
    """
    try:
        with open(path, "rb") as stream:
            kind = compression(stream.read(6))
        if kind in _TOOLS:
            _pour_by_tool(path, kind, feed, context)
            return
        with open_plain(path) as plain:
            while chunk := plain.read(_CHUNK):
                feed(chunk)
    except (EOFError, lzma.LZMAError, OSError, ValueError) as error:
        raise UnreadableListError(path, _reason(error)) from None


def compression(head: bytes) -> str:
    """Return how a file that begins with ``head`` is compressed, or nothing."""
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def open_plain(path: Path) -> BinaryIO:
    """Open a file that Python can decompress by itself; raises ``OSError``."""
    with open(path, "rb") as stream:
        kind = compression(stream.read(6))
    if kind == "gzip":
        return cast(BinaryIO, gzip.open(path))
    if kind == "xz":
        return cast(BinaryIO, lzma.open(path))
    if kind == "bzip2":
        return cast(BinaryIO, bz2.open(path))
    return open(path, "rb")


def _pour_by_tool(
    path: Path, kind: str, feed: Callable[[bytes], None], context: Context
) -> None:
    search = context.environ.get("PATH", os.defpath)
    program, *options = _TOOLS[kind]
    if found := shutil.which(program, path=search):
        command = [found, *options, str(path)]
    elif os.access(_APT_HELPER, os.X_OK):
        command = [_APT_HELPER, "cat-file", str(path)]
    else:
        raise NoReaderError(path, kind)
    done = context.stream_process(
        command, output=feed, env=context.environ, timeout=_TIMEOUT
    )
    if done.returncode:
        reason = f"{program} ended with {done.returncode}"
        raise UnreadableListError(path, reason)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
