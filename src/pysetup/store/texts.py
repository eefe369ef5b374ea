"""Small files that are the same in many environments, kept once by their SHA-256."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pysetup.late import tempfile
from pysetup.standards.hashes import Hash
from pysetup.store.kept_files import (
    PLAIN,
    KeptFile,
    has_content,
    keep_file,
    remove_tree,
)

FOLDER = "texts"


class TextStore:
    """Texts below ``root/texts``, read-only, each named by its SHA-256.

    Environments link to them. Safe to share between processes.
    """

    def __init__(self, root: Path) -> None:
        self.folder = str(root / FOLDER)

    def keep(self, content: bytes) -> KeptFile:
        """Return ``content`` as a file of the store; raises ``OSError``."""
        digest = Hash.of(content)
        name = digest.hexdigest
        known = self._found(name, content)
        if known is not None:
            return known
        os.makedirs(self.folder, 0o755, exist_ok=True)
        fresh = tempfile.mkdtemp(prefix="new-", dir=self.folder)
        try:
            made = keep_file(
                fresh, name, [content], digest=str(digest), executable=False
            )
            os.rename(f"{fresh}/{name}", f"{self.folder}/{name}")
        finally:
            remove_tree(fresh)
        return made

    def _found(self, name: str, content: bytes) -> KeptFile | None:
        """Return the text if it stands there, whole; a damaged one is written anew."""
        place = f"{self.folder}/{name}"
        with suppress(OSError):
            facts = os.lstat(place)
            if facts.st_mode == PLAIN and facts.st_size == len(content):
                with open(place, "rb") as stream:
                    if stream.read() == content:
                        digest = f"sha256:{name}"
                        rest = (facts.st_mtime_ns, facts.st_ino)
                        return KeptFile(name, len(content), digest, PLAIN, *rest)
        return None


def stored_texts(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the path of every text below ``folder``, with its facts."""
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):
            with suppress(OSError):
                facts = os.lstat(f"{folder}/{name}")
                if stat.S_ISREG(facts.st_mode):
                    yield f"{folder}/{name}", facts


def is_damaged(path: str) -> bool:
    """Tell whether the text at ``path`` is not what its name promises."""
    folder, _, name = path.rpartition("/")
    try:
        size = os.lstat(path).st_size
        file = KeptFile(name, size, f"sha256:{name}", PLAIN, 0, 0)
        return not has_content(folder, file)
    except OSError:
        return True
