"""A wheel's files and bytecode in one tree, for environments that link to folders."""

import os
from collections.abc import Sequence

from pysetup.late import tempfile
from pysetup.store.kept_files import KeptFile, remove_tree
from pysetup.store.stored_wheel import FILES, StoredWheel

FOLDER = "linked"
_FOLDER_MODE, _TOP_MODE = 0o555, 0o755


def linked_tree(wheel: StoredWheel, kind: str) -> str:
    """Return the tree of ``wheel`` for interpreters of ``kind``; make it if need be.

    It is below the wheel's own folder, and holds the very files of the store. Nobody
    can add to its folders: what writes into its own package would change it for all.
    Raises ``OSError``.
    """
    below = f"{FOLDER}/{kind}"
    place = f"{wheel.folder}/{below}"
    if os.path.isdir(place):
        return below
    above = os.path.dirname(place)
    os.makedirs(above, 0o755, exist_ok=True)
    fresh = tempfile.mkdtemp(prefix=".new-", dir=above)
    try:
        _fill(fresh, f"{wheel.folder}/{FILES}", wheel.manifest.files)
        _fill(fresh, f"{wheel.folder}/{wheel.compiled_in}", wheel.compiled)
        _close(fresh)
        os.rename(fresh, place)
    except FileExistsError:
        remove_tree(fresh)  # another process was first
    except OSError:
        remove_tree(fresh)
        if not os.path.isdir(place):
            raise
    return below


def _fill(tree: str, source: str, files: Sequence[KeptFile]) -> None:
    made = {""}
    for file in files:
        folder = os.path.dirname(file.path)
        if folder not in made:
            os.makedirs(f"{tree}/{folder}", 0o755, exist_ok=True)
            made.add(folder)
        os.link(f"{source}/{file.path}", f"{tree}/{file.path}")


def _close(tree: str) -> None:
    for folder, _, _ in os.walk(tree, topdown=False):
        # The last one must still be renamed, which writes into it.
        os.chmod(folder, _TOP_MODE if folder == tree else _FOLDER_MODE)
