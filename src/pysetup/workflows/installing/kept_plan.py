"""A plan for the short way: folders, links and texts instead of wheels and files."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.texts import TextStore
from pysetup.workflows.installing.kept_wheel import add_wheel
from pysetup.workflows.installing.linked_folders import linked_folders
from pysetup.workflows.installing.ownership import told
from pysetup.workflows.installing.plan_draft import NotKeptError, PlanDraft, parts_of

__all__ = ["KeptPlan", "NotKeptError", "kept_plan"]

# A plan as ``pysetup.replay.changes`` takes it.
KeptPlan = tuple[object, ...]


def kept_plan(
    plan: TransactionPlan,
    sources: Mapping[str, object],
    *,
    root: Path,
    prefix: str,
    python: str,
    linked: bool = False,
) -> KeptPlan:
    """Return ``plan``, which only installs, as ``pysetup.replay.changes`` takes it.

    ``sources`` are the wheels by file name, ``root`` is the store's folder, ``python``
    the interpreter that the scripts name. With ``linked``, a folder in which one wheel
    is alone becomes a link to the store, at the highest place where that can be.
    Raises ``NotKeptError`` where not everything is in the store, and ``OSError``.
    """
    draft = PlanDraft(
        os.path.realpath(prefix), python.encode(), str(root), TextStore(root)
    )
    wheels: list[tuple[InstallPlan, StoredWheel]] = []
    for install in plan.installs:
        wheel = sources[install.wheel]
        if not isinstance(wheel, StoredWheel):
            raise NotKeptError
        wheels.append((install, wheel))
    if not linked and not _are_hard_links(wheels):
        raise NotKeptError  # copies or clones, which the short way does not make
    owners = _owners(draft, wheels)
    draft.stamps = _stamps(owners, wheels)
    for install, wheel in wheels:
        folders = linked_folders(install, wheel, draft.prefix, owners) if linked else {}
        add_wheel(draft, install, wheel, folders)
    return (
        draft.root,
        parts_of(draft),
        tuple(draft.links),
        tuple(draft.texts),
        tuple(draft.records),
        _changes(plan),
    )


def _changes(plan: TransactionPlan) -> list[bytes]:
    """Return what the history will say of ``plan``; raises ``NotKeptError``."""
    found = [told(install) for install in plan.installs]
    if b"" in found:
        raise NotKeptError
    return sorted(
        one.replace(b',"new":', b',"old":null,"new":', 1) + b"}" for one in found
    )


def _are_hard_links(wheels: Iterable[tuple[InstallPlan, StoredWheel]]) -> bool:
    """Tell whether what was installed are the files of the store themselves."""
    for install, wheel in wheels:
        kept = {file.path: file.inode for file in wheel.manifest.files}
        for file in install.files:
            if file.source is not None:
                return os.lstat(file.path).st_ino == kept[file.source]
    return True


def _owners(
    draft: PlanDraft, wheels: Iterable[tuple[InstallPlan, StoredWheel]]
) -> dict[str, set[str]]:
    """Return folder below the prefix -> the wheels that have files in it."""
    owners: dict[str, set[str]] = {}
    for install, _ in wheels:
        for file in install.files:
            folder = os.path.dirname(draft.relative(file.path))
            while folder and install.wheel not in owners.get(folder, ()):
                owners.setdefault(folder, set()).add(install.wheel)
                folder = os.path.dirname(folder)
    return owners


def _stamps(
    owners: Mapping[str, set[str]], wheels: Iterable[tuple[InstallPlan, StoredWheel]]
) -> dict[str, int]:
    """Return the time that folders get in which one wheel's files are alone.

    It is that of one of its files: another version of the wheel has another.
    """
    times = {
        install.wheel: max(file.changed for file in wheel.manifest.files)
        for install, wheel in wheels
    }
    return {
        folder: times[next(iter(names))]
        for folder, names in owners.items()
        if len(names) == 1
    }
