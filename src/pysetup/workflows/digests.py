"""Digests of files that the user names."""

from pathlib import Path

from pysetup.late import hashlib
from pysetup.standards.hashes import Hash
from pysetup.workflows.resolving.requested import NoSuchPathError


def digest_of(path: Path, algorithm: str) -> Hash:
    """Return the digest of the file ``path``; raises ``NoSuchPathError``."""
    if not path.is_file():
        reason = "is a folder" if path.is_dir() else "is not there"
        raise NoSuchPathError(path.name, path, f"{reason}, so it has no digest")
    with path.open("rb") as stream:
        return Hash(algorithm, hashlib.file_digest(stream, algorithm).hexdigest())
