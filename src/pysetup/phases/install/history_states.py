"""What a transaction changes, as the history tells it, and what undo will need."""

import os
from collections.abc import Iterable, Mapping

from pysetup.errors import PysetupError
from pysetup.index.urls import last_segment
from pysetup.phases.install.database import (
    DIRECT_URL,
    INSTALLER,
    PROVENANCE,
    REQUESTED,
)
from pysetup.phases.install.history import Archive, Change, State
from pysetup.phases.install.history_kept import Kept, kept_of, relative_place
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.remove import RemovalPlan
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.standards.names import normalize_name
from pysetup.standards.record import parse_record
from pysetup.values import replace

_OWN = "pysetup"


def installed_state(info_dir: str, version: str) -> State:
    """Return what the database's entry ``info_dir`` says, as the history notes it."""
    installer = (_read(info_dir, INSTALLER) or b"").decode("utf-8", "replace").strip()
    direct_url = _object(_read(info_dir, DIRECT_URL), info_dir)
    provenance = _object(_read(info_dir, PROVENANCE), info_dir)
    record = _read(info_dir, "RECORD")
    return State(
        version=version,
        installer=installer,
        requested=_read(info_dir, REQUESTED) is not None,
        archive=_archive(direct_url or provenance) if installer == _OWN else None,
        direct_url=direct_url,
        provenance=provenance,
        record="" if record is None else Hash.of(record).hexdigest,
    )


def planned_state(plan: InstallPlan) -> State:
    """Return what installing ``plan`` will leave, as ``installed_state`` will tell it.

    RECORD, which lists the bytecode too, is not known yet.
    """
    own = {
        file.path.rpartition(os.sep)[2]: file.content
        for file in plan.files
        if file.source is None and os.path.dirname(file.path) == plan.info_dir
    }
    direct_url = _object(own.get(DIRECT_URL), plan.info_dir)
    provenance = _object(own.get(PROVENANCE), plan.info_dir)
    return State(
        version=plan.version,
        installer=own.get(INSTALLER, b"").decode("utf-8", "replace").strip(),
        requested=REQUESTED in own,
        archive=_archive(direct_url or provenance),
        direct_url=direct_url,
        provenance=provenance,
    )


def plan_changes(
    plan: TransactionPlan, *, prefix: str, restored: Mapping[str, State]
) -> tuple[tuple[Change, ...], tuple[Kept, ...]]:
    """Return what ``plan`` changes, by name, and what of it only this machine has.

    ``restored`` are states that come back as they were, by normalised name. Files of
    distributions without an archive are read, and so are those that others replace.
    """
    old: dict[str, list[RemovalPlan]] = {}
    for removal in plan.removals:
        old.setdefault(normalize_name(removal.name), []).append(removal)
    new = {normalize_name(install.name): install for install in plan.installs}
    changes: list[Change] = []
    kept: list[Kept] = []
    for name in sorted({*old, *new}):
        before, keep = _before(name, old.get(name, ()), new.get(name), prefix)
        after = restored.get(name) or (
            planned_state(new[name]) if name in new else None
        )
        changes.append(Change(name, before, after))
        kept += [keep] if keep is not None and keep.files else []
    return tuple(changes), tuple(kept)


def without_kept(changes: Iterable[Change], gone: Iterable[Kept]) -> tuple[Change, ...]:
    """Return ``changes`` as they are if ``gone`` cannot be kept."""
    lost = {one.fingerprint for one in gone}
    return tuple(
        replace(change, old=replace(change.old, kept=""))
        if change.old is not None and change.old.kept in lost
        else change
        for change in changes
    )


def _before(
    name: str,
    removals: Iterable[RemovalPlan],
    install: InstallPlan | None,
    prefix: str,
) -> tuple[State | None, Kept | None]:
    """Return what stood there, and what of it must be kept."""
    found = list(removals)
    if not found:
        return None, None
    first = found[0]
    state = installed_state(first.info_dir, first.version)
    left = [path for removal in found for path in removal.kept]
    places = tuple(relative_place(path, prefix) for path in sorted(left))
    state = replace(state, left=places)
    if len(found) == 1 and state.archive is not None:
        paths = _changed(first, install)
    else:
        # Of several copies nobody knows which files are whose.
        paths = {path for removal in found for path in removal.files}
        state = replace(state, archive=None)
    if not paths:
        return state, None
    kept = kept_of(name, first.version, first.info_dir, paths, prefix=prefix)
    return replace(state, kept=kept.fingerprint), kept


def _changed(removal: RemovalPlan, install: InstallPlan | None) -> set[str]:
    """Return files that the user changed and that are replaced all the same."""
    if install is None:
        return set()
    coming = {file.path for file in install.files}
    replaced = coming.intersection(removal.files)
    if not replaced:
        return set()
    site = os.path.dirname(removal.info_dir)
    try:
        text = (_read(removal.info_dir, "RECORD") or b"").decode()
        rows = parse_record(text, source=removal.info_dir)
    except (PysetupError, ValueError):
        return replaced
    known = {
        os.path.normpath(os.path.join(site, row.path)): row.hash
        for row in rows
        if row.hash is not None
    }
    return {
        path
        for path in replaced
        if path in known
        and os.path.dirname(path) != removal.info_dir
        and not _has(path, known[path])
    }


def _has(path: str, expected: Hash) -> bool:
    try:
        return Hash.of_file(path, expected.algorithm) == expected
    except OSError:
        return True  # a dangling link, or not ours to read: nothing to keep


def _archive(origin: Mapping[str, JSON] | None) -> Archive | None:
    """Return the wheel that PEP 610's or PEP 710's record tells of, if it is one."""
    url = (origin or {}).get("url")
    info = (origin or {}).get("archive_info")
    hashes = info.get("hashes") if isinstance(info, Mapping) else None
    digest = hashes.get("sha256") if isinstance(hashes, Mapping) else None
    if not isinstance(url, str) or not isinstance(digest, str):
        return None
    filename = last_segment(url)
    return Archive(filename, digest, url) if filename.endswith(".whl") else None


def _read(info_dir: str, name: str) -> bytes | None:
    try:
        with open(os.path.join(info_dir, name), "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _object(content: bytes | None, source: str) -> Mapping[str, JSON] | None:
    if content is None:
        return None
    try:
        return parse_json_object(content, source=source)
    except InvalidJsonError:
        return None
