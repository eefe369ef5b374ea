"""Whether an editable installation still says what its tree says."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    EXPORTS_EXTENSION,
    Metadata,
)
from pysetup.metadata.formats.registry import Draft
from pysetup.metadata.meaning import same_meaning
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, parse_json_object, to_json_text
from pysetup.values import dataclass

RECORD_NAME = "editable.json"
_VERSION = 1
_ALWAYS = ("pyproject.toml", "setup.cfg", "setup.py")
# Files that hold settings or a version; what describes the project at length does not.
_WATCHED = (".toml", ".cfg", ".py", ".txt", ".in")
_KEYS = {
    "name": "name",
    "version": "version",
    "requires_python": "requires-python",
    "requires_dist": "requirements",
    "provides_extra": "extras",
}
_ENTRY_POINTS = (COMMANDS_EXTENSION, EXPORTS_EXTENSION)


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file of the tree as it was; its path is relative to the project."""

    path: str
    size: int
    mtime_ns: int
    hash: Hash

    @classmethod
    def of(cls, root: Path, path: str) -> Self:
        """Look at the file; raises ``OSError``."""
        place = root / path
        status = os.stat(place)
        return cls(path, status.st_size, status.st_mtime_ns, Hash.of_file(str(place)))

    def is_unchanged(self, root: Path) -> bool:
        """Tell whether the file is the same; it is read only if it looks changed."""
        place = root / self.path
        try:
            status = os.stat(place)
            if (status.st_size, status.st_mtime_ns) == (self.size, self.mtime_ns):
                return True
            return Hash.of_file(str(place), self.hash.algorithm) == self.hash
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class EditableRecord:
    """What an editable installation was made from: ``editable.json``.

    ``mode`` is ``path`` or ``links``, ``root`` the project's absolute folder.
    """

    mode: str
    root: str
    files: tuple[WatchedFile, ...]

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        files: dict[str, JSON] = {
            one.path: {
                "size": one.size,
                # As text: beyond what every JSON reader takes for a whole number.
                "mtime_ns": str(one.mtime_ns),
                "hash": str(one.hash),
            }
            for one in self.files
        }
        value: dict[str, JSON] = {
            "version": _VERSION,
            "mode": self.mode,
            "root": self.root,
            "files": files,
        }
        return to_json_text(value).encode()

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> Self:
        """Read the file; what a later pysetup wrote in another way says nothing.

        Raises what is wrong with the JSON.
        """
        value = parse_json_object(content, source=source)
        files = value.get("files")
        if value.get("version") != _VERSION or not isinstance(files, Mapping):
            return cls("path", str(value.get("root", "")), ())
        return cls(
            str(value.get("mode")),
            str(value.get("root", "")),
            tuple(
                WatchedFile(
                    path,
                    _number(one.get("size")),
                    _number(one.get("mtime_ns")),
                    Hash.parse(str(one.get("hash"))),
                )
                for path, one in files.items()
                if isinstance(one, Mapping)
            ),
        )

    def is_unchanged(self) -> bool:
        """Tell whether all files are the same: one look each, if they are."""
        root = Path(self.root)
        return all(file.is_unchanged(root) for file in self.files)


def _number(value: JSON) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else -1


def make_record(root: Path, read: Sequence[str], *, mode: str) -> EditableRecord:
    """Return the record for the project in ``root``.

    ``read`` are the files that its document was read from. Raises ``OSError``.
    """
    wanted = [path for path in _ALWAYS if (root / path).is_file()]
    wanted += [path for path in read if path.endswith(_WATCHED) and path not in wanted]
    files = tuple(WatchedFile.of(root, path) for path in wanted)
    return EditableRecord(mode, str(root), files)


def find_changes(installed: Metadata, stated: Draft) -> tuple[str, ...]:
    """Say what the tree states otherwise than what is installed; nothing is run.

    What the tree leaves to a back end cannot be told, and is not.
    """
    missing, now = stated.missing, stated.mapping
    changes = []
    for key, shown in _KEYS.items():
        if key in missing or same_meaning(key, installed.get(key), now.get(key)):
            continue
        told = key == "version" and now.get(key)
        changes.append(f"version {now.get(key)}" if told else shown)
    return (*changes, *changed_entry_points(installed, now))


def changed_entry_points(
    installed: Metadata, now: Mapping[str, JSON]
) -> tuple[str, ...]:
    """Return ``entry points`` if ``now``, a document, states others; else nothing."""
    extensions = now.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    build = now.get("build")
    late = build.get("dynamic") if isinstance(build, Mapping) else None
    late = late if isinstance(late, list) else []
    differ = any(
        name not in late
        and _pruned(installed.extensions.get(name)) != _pruned(extensions.get(name))
        for name in _ENTRY_POINTS
    )
    return ("entry points",) if differ else ()


def _pruned(value: JSON) -> JSON:
    """Return ``value`` without tables that are empty; None if nothing is left."""
    if not isinstance(value, Mapping):
        return value
    pruned = {key: _pruned(item) for key, item in value.items()}
    return {key: item for key, item in pruned.items() if item not in (None, {})} or None
