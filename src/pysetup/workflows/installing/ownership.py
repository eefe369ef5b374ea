"""Noting what installed files are like, so that an uninstall need not read them."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from pysetup.interchange.environment import Environment
from pysetup.phases.install.history_states import planned_state
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.replay.owned import FOLDER, SHARED, Owned, Ownership, Script
from pysetup.replay.world import STATE
from pysetup.standards.names import normalize_name
from pysetup.store.sealed import write_whole


class FileFacts(Protocol):
    """What is known of a file: size in bytes, time of change in ns, inode number."""

    @property
    def size(self) -> int:
        """Its size."""

    @property
    def changed(self) -> int:
        """When it was changed."""

    @property
    def inode(self) -> int:
        """Its number in the file system."""


class OwnershipDraft:
    """The files of one distribution in the making; ``prefix`` is the environment's."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix + os.sep
        self._folders: dict[str, list[tuple[bytes, int, int, int]]] = {}
        self._names: dict[str, list[bytes]] = {}
        self.stamps: dict[str, int] = {}
        self.scripts: list[Script] = []
        self.links: list[tuple[str, str]] = []

    def add(self, place: str, file: FileFacts) -> None:
        """Take up the file at the absolute path ``place``, below the prefix."""
        folder, name = os.path.split(place.removeprefix(self._prefix))
        row = (os.fsencode(name), file.size, file.changed, file.inode)
        self._folders.setdefault(folder, []).append(row)

    def add_name(self, place: str) -> None:
        """Take up a file whose content does not matter: bytecode, database."""
        folder, name = os.path.split(place.removeprefix(self._prefix))
        self._names.setdefault(folder, []).append(os.fsencode(name))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of what was taken up, below the prefix."""
        return (*self._folders, *self._names)

    def made(self, install: InstallPlan) -> Ownership:
        """Return what was taken up, as that of ``install``."""
        groups: list[Owned] = []
        for folder, rows in sorted(self._folders.items()):
            names, sizes, times, inodes = zip(*rows, strict=True)
            stamp = self.stamps.get(folder, 0)
            groups.append((folder, stamp, names, sizes, times, inodes))
        for folder, bare in sorted(self._names.items()):
            stamp = self.stamps.get(folder, 0)
            groups.append((folder, stamp, tuple(bare), (), (), ()))
        return Ownership(
            install.name,
            install.version,
            tuple(groups),
            tuple(self.scripts),
            tuple(self.links),
            told(install),
        )


def told(install: InstallPlan) -> bytes:
    """Return what the history will say of ``install``, as the new of a change.

    The brace that ends it is left out. Empty if it can be had from no archive.
    """
    state = planned_state(install)
    if state.archive is None:
        return b""
    value = {"name": normalize_name(install.name), "new": state.to_json()}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")[:-1]


def ownership_place(install: InstallPlan) -> str:
    """Return where it is kept, below the prefix."""
    return f"{STATE}/{FOLDER}/{os.path.basename(install.info_dir)}"


class _Seen:
    """The facts of a file that stands."""

    def __init__(self, facts: os.stat_result) -> None:
        self.size = facts.st_size
        self.changed = facts.st_mtime_ns
        self.inode = facts.st_ino


def note_ownership(plan: TransactionPlan, environment: Environment) -> None:
    """Note what ``plan`` has brought into a virtual environment.

    What cannot be written is left: it only saves time.
    """
    if not environment.virtual:
        return
    root = os.path.realpath(environment.prefix)
    with suppress(OSError):
        folder = Path(root, STATE, FOLDER)
        for removal in plan.removals:
            with suppress(FileNotFoundError):
                os.unlink(folder / os.path.basename(removal.info_dir))
        if plan.removals and not plan.installs:
            _tidy(folder, Path(plan.removals[0].info_dir).parent)
            return
        if _shares(plan):
            Path(root, STATE, SHARED).touch()
        folder.mkdir(parents=True, exist_ok=True)
        for install in plan.installs:
            found = _found(install, root, environment.executable)
            if found is not None:
                write_whole(Path(root, ownership_place(install)), found.to_bytes())


def _tidy(folder: Path, site: Path) -> None:
    """Remove what is noted of distributions that others took out, and empty folders."""
    for name in os.listdir(folder):
        if not Path(site, name).exists():
            os.unlink(folder / name)
    os.rmdir(folder)
    Path(folder.parent, SHARED).unlink(missing_ok=True)
    os.rmdir(folder.parent)


def _found(install: InstallPlan, prefix: str, python: str) -> Ownership | None:
    """Return the files of ``install`` as they stand; None if they are not as planned.

    The entry of the database goes as a whole, and bytecode with its modules.
    """
    draft = OwnershipDraft(prefix)
    head = b"#!" + os.fsencode(python)
    for file in install.files:
        if not file.path.startswith(prefix + os.sep) or file.link:
            return None
        if file.path.startswith(install.info_dir + os.sep):
            continue
        if file.source is None and file.content.startswith(head):
            place = file.path[len(prefix) + 1 :]
            draft.scripts.append((place, b"#!", file.content[len(head) :]))
            continue
        facts = os.lstat(file.path)
        if facts.st_size != file.size:
            return None
        draft.add(file.path, _Seen(facts))
    return draft.made(install)


def _shares(plan: TransactionPlan) -> bool:
    """Tell whether a file belongs to more than one distribution."""
    places = [file.path for install in plan.installs for file in install.files]
    removed = {path for removal in plan.removals for path in removal.files}
    return (
        len(places) != len(set(places))
        or not plan.gone <= removed
        or any(removal.shared for removal in plan.removals)
    )
