"""Zstandard (RFC 8878) from Python 3.14, or from the library of that name."""

import importlib
from typing import IO, Any

from pysetup.errors import BuildError

# A fixed level and no threads: the same content gives the same bytes.
_LEVEL = 16


class MissingZstandardError(BuildError):
    """The package would be compressed with zstd, which this Python cannot do.

    Python 3.14 and newer can; for an older one install the library ``zstandard``, or
    choose another compression where the format has one.
    """

    code = "PS6600"

    def __init__(self) -> None:
        super().__init__(
            "zstd is needed here, and neither Python nor a library offers it",
            facts={"library": "zstandard"},
            hints=(
                "pip install 'pysetup[zstd]'  beside pysetup",
                "or choose another compression with  --option compression=...",
            ),
        )


def has_zstd() -> bool:
    """Tell whether this Python can compress with zstd."""
    return _found() is not None


def open_zstd_writer(stream: IO[bytes]) -> IO[bytes]:
    """Return a file that compresses into ``stream``.

    Raises ``MissingZstandardError``.
    """
    found = _found()
    if found is None:
        raise MissingZstandardError
    name, module = found
    if name == "zstandard":
        compressor = module.ZstdCompressor(level=_LEVEL, write_checksum=True)
        writer: IO[bytes] = compressor.stream_writer(stream, closefd=False)
        return writer
    options = {
        module.CompressionParameter.compression_level: _LEVEL,
        module.CompressionParameter.checksum_flag: 1,
    }
    opened: IO[bytes] = module.ZstdFile(stream, "w", options=options)
    return opened


def open_zstd_reader(stream: IO[bytes]) -> IO[bytes]:
    """Return a file with what ``stream`` holds; raises ``MissingZstandardError``."""
    found = _found()
    if found is None:
        raise MissingZstandardError
    name, module = found
    if name == "zstandard":
        reader: IO[bytes] = module.ZstdDecompressor().stream_reader(
            stream, read_across_frames=True, closefd=False
        )
        return reader
    opened: IO[bytes] = module.ZstdFile(stream, "r")
    return opened


def _found() -> tuple[str, Any] | None:
    for name in ("compression.zstd", "zstandard"):
        try:
            return name, importlib.import_module(name)
        except ImportError:
            continue
    return None
