"""Taking changes back: one transaction, with all checks, that can be taken back too."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.generations import anchored
from pysetup.phases.install.history import (
    Entry,
    NoSuchEntryError,
    Reversal,
    State,
    reversals,
)
from pysetup.phases.install.history_kept import KeptSource, find_kept
from pysetup.phases.install.history_states import installed_state
from pysetup.phases.install.moves import EnvironmentChangedError
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field, replace
from pysetup.workflows.cache_folders import cache_in_use, open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.installing.history import GoingBack, read_history
from pysetup.workflows.installing.install import (
    InstallReport,
    Options,
    carry_out,
    open_database,
    recover_environment,
)
from pysetup.workflows.installing.install_plan import WheelToInstall
from pysetup.workflows.installing.state_folder import state_folder
from pysetup.workflows.installing.undo_at_once import show_before
from pysetup.workflows.installing.undo_plan import Comeback, plan_undo


class ChangedSinceError(EnvironmentRefusedError):
    """What should be taken back was changed again since, by another tool.

    pip, uv or a person installed or removed some of the distributions after pysetup
    did. Nothing was touched. ``--force`` takes back the others.
    """

    code = "PS7331"

    def __init__(self, found: Sequence[tuple[Reversal, State | None]]) -> None:
        told = "; ".join(
            f"{one.name} is {_told(present)} and was {_told(one.left)}"
            for one, present in found
        )
        super().__init__(
            f"other tools changed what should be taken back: {told}",
            facts={"distributions": [one.name for one, _ in found]},
            hints=("leave these as they are and take back the rest: --force",),
        )
        self.names = tuple(one.name for one, _ in found)


class CannotComeBackError(EnvironmentRefusedError):
    """An older state cannot be had again: what it consisted of is gone.

    The archive is neither in the cache nor to be fetched, or files that were kept for
    undo are no longer there. Nothing was touched.
    """

    code = "PS7332"

    def __init__(self, missing: Sequence[tuple[str, str, str]]) -> None:
        told = "; ".join(f"{name} {version}: {why}" for name, version, why in missing)
        super().__init__(
            f"this cannot be undone: {told}",
            facts={"distributions": [name for name, _, _ in missing]},
            hints=(
                "without --offline what is missing is fetched, if it can be",
                "or install a version that can be had:  pysetup install NAME==VERSION",
                "leave these as they are and take back the rest: --force",
            ),
        )
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back: the entries, the changes, and what was left as it is."""

    entries: tuple[Entry, ...]
    skipped: tuple[str, ...]
    changes: InstallReport

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **self.changes.to_json(),
            "undone": [entry.number for entry in self.entries],
            "skipped": list(self.skipped),
        }


@dataclass(slots=True)
class _Way:
    """How each distribution comes back."""

    remove: list[str] = field(default_factory=list)
    wheels: list[Comeback] = field(default_factory=list)
    sources: list[KeptSource] = field(default_factory=list)
    states: dict[str, State] = field(default_factory=dict)
    missing: list[tuple[str, str, str]] = field(default_factory=list)


def undo(
    number: int | None = None,
    *,
    environment: Environment,
    context: Context,
    options: Options,
) -> UndoReport:
    """Return the distributions to what they were before entry ``number``.

    Without it the last entry that is not undone is taken back; with it all later ones
    are taken back too. ``options.force`` leaves out what other tools changed since and
    what cannot be had again.

    Raises ``NoSuchEntryError``, ``ChangedSinceError``, ``CannotComeBackError`` or as
    ``install_wheels``; the environment is then as it was.
    """
    recover_environment(environment, context)
    environment = anchored(environment)
    history = read_history(environment)
    if number is None:
        last = history.last_standing()
        entries = [last] if last is not None else []
    else:
        entries = list(history.since(number)) if history.entry(number) else []
    if not entries:
        raise NoSuchEntryError(number, environment.prefix)
    wanted, skipped = _to_do(entries, environment, force=options.force)
    newest = history.entries[-1].number
    if not skipped and all(_is_archived(one.left) for one in wanted):
        report = show_before(entries, wanted, environment, context, options)
        if report is not None:
            return UndoReport(tuple(entries), (), report)
    with cache_in_use(context):
        way = _find_way(wanted, environment, context)
        if way.missing and not options.force:
            raise CannotComeBackError(way.missing)
        skipped += [name for name, _, _ in way.missing]
        for name in skipped:
            context.tell(f"{name} is left as it is")

        def decide(
            opened: Sequence[WheelSource], where: Environment
        ) -> TransactionPlan:
            _require_same(wanted, newest, where, skipped)
            return plan_undo(
                list(zip(way.wheels, opened, strict=True)),
                way.sources,
                way.remove,
                where,
                force=options.force,
            )

        report = carry_out(
            [one.wheel for one in way.wheels],
            decide,
            environment,
            context,
            options,
            back=GoingBack(
                undoes=tuple(entry.number for entry in entries),
                states=way.states,
                sources=way.sources,
            ),
        )
    return UndoReport(tuple(entries), tuple(sorted(skipped)), report)


def _to_do(
    entries: Sequence[Entry], environment: Environment, *, force: bool
) -> tuple[list[Reversal], list[str]]:
    """Return what is to be done, and what is not because it was changed since."""
    wanted: list[Reversal] = []
    changed: list[tuple[Reversal, State | None]] = []
    for one in reversals(entries):
        present = _present(one.name, environment)
        if _is_same(present, one.wanted) and not _has_edits(one.wanted):
            continue
        if _is_same(present, one.left):
            wanted.append(one)
        else:
            changed.append((one, present))
    if changed and not force:
        raise ChangedSinceError(changed)
    return wanted, [one.name for one, _ in changed]


def _present(name: str, environment: Environment) -> State | None:
    """Return what stands in the environment's own folders under ``name``."""
    own = (environment.scheme.purelib, environment.scheme.platlib)
    copies = open_database(environment).copies(name, within=own)
    if not copies:
        return None
    first = copies[0]
    return installed_state(first.info_dir, str(first.metadata.version))


def _require_same(
    wanted: Sequence[Reversal],
    newest: int,
    environment: Environment,
    skipped: Sequence[str],
) -> None:
    """Refuse if the environment is another than when this began."""
    history = read_history(environment)
    same = history.entries and history.entries[-1].number == newest
    for one in wanted:
        if one.name not in skipped:
            same = same and _is_same(_present(one.name, environment), one.left)
    if not same:
        raise EnvironmentChangedError(environment.prefix)


def _is_same(first: State | None, second: State | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.is_same(second)


def _is_archived(state: State | None) -> bool:
    """Tell whether what goes can come back from elsewhere."""
    return state is None or state.archive is not None


def _has_edits(state: State | None) -> bool:
    """Tell whether files that the user changed are kept beside the archive."""
    return state is not None and state.archive is not None and state.kept != ""


def _find_way(
    wanted: Sequence[Reversal], environment: Environment, context: Context
) -> _Way:
    """Find what brings each distribution back, and get the archives."""
    way = _Way()
    root = state_folder(environment)
    archives: list[tuple[str, State, KeptSource | None]] = []
    for one in wanted:
        state = one.wanted
        if state is None:
            way.remove.append(one.name)
            continue
        kept = find_kept(root, state.kept) if state.kept else None
        if kept is not None and not kept.is_whole():
            kept = None
        if state.archive is not None and (kept is not None or not state.kept):
            archives.append((one.name, state, kept))
        elif why := _why_not(state, kept):
            way.missing.append((one.name, state.version, why))
        elif kept is not None:
            way.sources.append(kept)
            way.states[one.name] = state
    _get(archives, way, context)
    return way


def _why_not(state: State, kept: KeptSource | None) -> str:
    """Say why a distribution without an archive cannot come back; "" if it can."""
    if kept is None and state.archive is not None:
        return "the changes that were made to its files are no longer kept"
    if kept is None:
        return "it came from no archive, and its files are no longer kept"
    project = _project(state)
    if project and not os.path.isdir(project):
        return f"it is an editable of {project}, which is not there"
    return ""


def _project(state: State) -> str:
    """Return the folder of an editable, else nothing."""
    origin = state.direct_url or {}
    info, url = origin.get("dir_info"), origin.get("url")
    if not isinstance(info, Mapping) or info.get("editable") is not True:
        return ""
    return unquote(urlsplit(str(url)).path)


def _get(
    archives: Sequence[tuple[str, State, KeptSource | None]],
    way: _Way,
    context: Context,
) -> None:
    """Find the wheels in the cache or fetch them; each that fails is told."""
    indexes = (context.settings.index_url, *context.settings.extra_index_urls)
    files = [_file(state, indexes) for _, state, _ in archives]
    absent = [file for file in files if not _is_stored(file, context)]
    found: dict[str, Path] = {}
    try:
        got = acquire(absent, context=context) if absent else ()
        found = {one.hash.hexdigest: one.path for one in got}
        reasons: dict[str, str] = {}
    except PysetupError:
        found, reasons = _one_by_one(absent, context)
    for (name, state, kept), file in zip(archives, files, strict=True):
        digest = file.hashes[0].hexdigest
        if digest in reasons:
            way.missing.append((name, state.version, reasons[digest]))
            continue
        path = found.get(digest) or Path(file.filename)
        way.wheels.append(Comeback(_wheel(state, path, file.hashes[0]), state, kept))
        if kept is not None:
            # RECORD is written anew here, and lists other bytecode perhaps.
            way.states[name] = replace(state, record="", left=())
            way.sources.append(kept)


def _one_by_one(
    files: Sequence[File], context: Context
) -> tuple[dict[str, Path], dict[str, str]]:
    found: dict[str, Path] = {}
    reasons: dict[str, str] = {}
    for file in files:
        digest = file.hashes[0].hexdigest
        try:
            (got,) = acquire([file], context=context)
            found[digest] = got.path
        except PysetupError as error:
            reasons[digest] = f"{file.filename} is not to be had: {error.message}"
    return found, reasons


def _file(state: State, indexes: Sequence[str]) -> File:
    archive = state.archive
    assert archive is not None, "only distributions with one are asked"
    digest = Hash("sha256", archive.sha256)
    url = with_credentials(archive.url, indexes)
    return File(filename=archive.filename, url=url, hashes=(digest,))


def with_credentials(url: str, indexes: Sequence[str]) -> str:
    """Return ``url`` with the credentials that one of ``indexes`` has for its host.

    The history has none; whoever asked an index for a page has told them by then.
    """
    parts = urlsplit(url)
    for index in indexes:
        other = urlsplit(index)
        host = other.netloc.rpartition("@")[2]
        if (other.scheme, host) == (parts.scheme, parts.netloc) and host:
            return urlunsplit(parts._replace(netloc=other.netloc))
    return url


def _is_stored(file: File, context: Context) -> bool:
    """Tell whether the cache has the wheel unpacked, so that no file is needed."""
    store = open_wheel_store(context)
    return store is not None and store.get(file.hashes[0], file.filename) is not None


def _wheel(state: State, path: Path, hash_: Hash) -> WheelToInstall:
    return WheelToInstall(
        path,
        requested=state.requested,
        direct_url=state.direct_url,
        provenance=state.provenance,
        hash=hash_,
    )


def _told(state: State | None) -> str:
    if state is None:
        return "not installed"
    by = f" (by {state.installer})" if state.installer else ""
    return f"{state.version}{by}"
