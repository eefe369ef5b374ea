"""The sdist that a recipe builds from: where it is, and its digests."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Self

from pysetup.metadata.document import Metadata
from pysetup.platforms.whole_files import written_whole
from pysetup.values import dataclass

# The word for the sdist's place on the Python Package Index.
PYPI = "pypi"


@dataclass(frozen=True, slots=True)
class RecipeSource:
    """A source archive: its file name, size in bytes, digests in hex, and URL.

    ``url`` is empty when the archive stands beside the recipe. ``top`` is the folder
    that it unpacks to.
    """

    filename: str
    size: int
    sha256: str
    sha512: str
    blake2b: str
    url: str
    top: str

    @classmethod
    def of(cls, sdist: Path, metadata: Metadata, *, url: str) -> Self:
        """Read the archive ``sdist``; ``url`` may be ``pypi`` or empty."""
        sha256, sha512, blake2b = (
            _digest(sdist, algorithm) for algorithm in ("sha256", "sha512", "blake2b")
        )
        return cls(
            filename=sdist.name,
            size=sdist.stat().st_size,
            sha256=sha256,
            sha512=sha512,
            blake2b=blake2b,
            url=pypi_url(metadata, sdist.name) if url == PYPI else url,
            top=re.sub(r"\.(tar\.(gz|bz2|xz)|tgz|zip)$", "", sdist.name),
        )


def _digest(path: Path, algorithm: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def pypi_url(metadata: Metadata, filename: str) -> str:
    """Return the address of an sdist on the Python Package Index.

    It is the one that needs no digest in it, and leads to the file for good.
    """
    name = re.sub(r"-[^-]*$", "", filename)
    return (
        "https://files.pythonhosted.org/packages/source/"
        f"{metadata.normalized_name[0]}/{name}/{filename}"
    )


def copy_beside(sdist: Path, folder: Path) -> Path:
    """Copy the archive into ``folder``, where its recipe stands; return its path."""
    place = folder / sdist.name
    with written_whole(place) as target, open(sdist, "rb") as source:
        shutil.copyfileobj(source, target)
    return place
