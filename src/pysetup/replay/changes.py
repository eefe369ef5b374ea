"""Carrying a kept plan out: staged beside, committed by a journal, moved in by renames.

The journal is the one that ``phases.install.journal`` reads: what is interrupted here
is finished or taken back there.
"""

import _signal  # type: ignore[import-not-found] # signal itself imports enum and re
import fcntl
import os

from pysetup.edges.permissions import may_change
from pysetup.replay.flushing import Disk
from pysetup.replay.history import with_entry
from pysetup.replay.hook import Hook, read_hook
from pysetup.replay.leftovers import Leftovers
from pysetup.replay.linked import note_links
from pysetup.replay.owned import FOLDER as OWNED
from pysetup.replay.staging import (
    ENDING,
    DamagedStoreError,
    remove_tree,
    stage_parts,
    write_file,
)
from pysetup.replay.world import HOOK, World, is_unsettled

# What only a type checker reads costs no import: ``collections`` alone takes as long as
# all of this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Place, new, old, inode of new: as in ``journal.Step``.
Step = tuple[str, str, str, int]

_INFO = ".dist-info"
_KIND, _FOLDER = 0o170000, 0o040000
# The quotation marks of a journal, and of one step of it.
_QUOTES, _STEP_QUOTES = 16, 6
INTERRUPTED, REFUSED = 130, 7
_SCRIPT, _TEXT = 0o777, 0o666
# As ``phases.install.recovery`` marks the stage of a change that has ended well.
ENDED = "ended"

# What goes at the end, the folders only if nothing is left in them.
_TIDIED = ((os.unlink, "/lock"), (os.rmdir, f"/{OWNED}"), (os.rmdir, ""))


class GiveWayError(Exception):
    """Something is not as the plan expects; nothing was changed."""


class EndedError(BaseException):
    """There is no more to do: ``code`` is the exit code, ``said`` goes before it.

    Usually a signal asked for the end, and nothing was changed.
    """

    def __init__(self, code: int, said: str = "") -> None:
        self.code = code
        self.said = said


class Change:
    """One transaction in an environment, from its lock to its last move.

    ``stage`` is the folder where things wait, "" while there is none; ``unkept`` is
    why the disk would not say that it keeps what was done, "" if it did.
    """

    __slots__ = (
        "_before",
        "_committed",
        "_descriptors",
        "_durable",
        "_hook",
        "_locked",
        "_name",
        "_state",
        "stage",
        "unkept",
        "world",
    )

    def __init__(self, world: World, cache: str, *, durable: bool, now: float) -> None:
        self.world = world
        self._name = f"tx-{int(now * 1000)}-{os.getpid()}"
        self._state = world.state
        self.stage = self.unkept = ""
        self._durable = durable
        self._locked = self._committed = False
        self._descriptors: list[int] = []
        self._before: object = None
        try:
            self._hook = _found(read_hook(cache))
        except OSError as error:
            raise GiveWayError from error

    def lock(self, cache: str) -> None:
        """Let nobody else change environment or cache.

        Who would have to wait gives way: raises ``GiveWayError``.
        """
        self._before = _signal.signal(_signal.SIGTERM, _end)
        try:
            self._lock(f"{cache}/lock", os.O_RDWR, fcntl.LOCK_SH)
            os.makedirs(self._state, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT
            self._lock(f"{self._state}/lock", flags, fcntl.LOCK_EX)
            self._locked = True
            self._check_world()
        except OSError as error:
            self.close()
            raise GiveWayError from error
        except GiveWayError:
            self.close()
            raise

    def _lock(self, path: str, flags: int, kind: int) -> None:
        """Hold a lock file; whoever would have to wait takes the long way."""
        flags |= os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o666)
        self._descriptors.append(descriptor)
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino != os.stat(path).st_ino:
            raise GiveWayError

    def _check_world(self) -> None:
        """Look again, now that no other pysetup can change the environment."""
        world = self.world
        if sorted(os.listdir(f"{world.prefix}/{world.site}")) != world.listing:
            raise GiveWayError
        if is_unsettled(self._state):
            raise GiveWayError

    def open_stage(self, kind: str) -> str:
        """Make the stage, and in it the folder ``new`` or ``old``; return that.

        What is in ``new`` mirrors the environment.
        """
        self.stage = f"{self._state}/{self._name}"
        os.mkdir(self.stage)
        os.mkdir(f"{self.stage}/{kind}")
        return f"{self.stage}/{kind}"

    def history_step(
        self, words: list[str], changes: list[bytes], *, now: float
    ) -> Step:
        """Stage the history with an entry more; raises ``GiveWayError``."""
        content = with_entry(self._state, words, changes, now=now)
        if content is None:
            raise GiveWayError
        fresh, place = f"{self.stage}/history.json", f"{self._state}/history.json"
        write_file(fresh, content, _TEXT)
        old = f"{self.stage}/history.old" if os.path.lexists(place) else ""
        return (place, fresh, old, os.lstat(fresh).st_ino)

    def commit(self, steps: list[Step], *, leftovers: Leftovers | None = None) -> None:
        """Write the journal and do what it says; signals wait for the end of that.

        The stage is gone afterwards, and so are the locks; ``leftovers`` are folders
        in it of which it is known what they hold. Bytecode was not looked at file by
        file: it goes before the journal, and if some of it does not, everything is
        taken back. (Python makes bytecode anew.)
        """
        leftovers = leftovers or Leftovers([], [])
        folders = {place.rpartition("/")[0] for place, *_ in steps}
        if not all(map(may_change, folders)):
            raise GiveWayError
        journal = f"{self._state}/journal.json"
        place = f"{self.world.prefix}/{self.world.site}/{HOOK}"
        text = self._announce(steps, place)
        disk = Disk(self._state, durable=self._durable)
        disk.staged()
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, ENDING)
        try:
            os.rename(f"{self.stage}/hook", place)
            os.rename(journal + ".new", journal)
            self._committed = True
            try:
                disk.committed()
                _move(steps)
                disk.moved()
                _remove_bytecode(leftovers)
                os.unlink(journal)
            except OSError:
                self._take_back(text, steps, disk)
                raise
            self._committed = False
            self._unhook()
            try:
                disk.ended()
            except OSError as error:
                self.unkept = error.strerror or str(error)
            if not leftovers.remove_others():
                self._leave_stage()
            self.close()
        finally:
            leftovers.close()
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)

    def _announce(self, steps: list[Step], place: str) -> bytes:
        """Write hook and journal of ``steps``, which have no effect yet.

        The hook is to stand at ``place``. Returns the journal.
        """
        script = f"{self.stage}/recover.py"
        write_file(script, self._hook.program, _TEXT)
        line = self._hook.line_for(state=self._state, script=script, place=place)
        write_file(f"{self.stage}/hook", line, _TEXT)
        text = _journal_text(self.stage, place, steps)
        write_file(f"{self._state}/journal.json.new", text, _TEXT)
        return text

    def _take_back(self, text: bytes, steps: list[Step], disk: Disk) -> None:
        """Undo the moves of a commit that failed.

        ``text`` is its journal. Who has to finish this takes everything back as well.
        """
        journal = f"{self._state}/journal.json"
        try:
            undo = text.replace(b'"undo":false', b'"undo":true')
            write_file(journal + ".new", undo, _TEXT)
            disk.staged()
            os.rename(journal + ".new", journal)
        except OSError:
            pass  # a full disk; moving is possible all the same
        for place, new, old, _ in reversed(steps):
            if new and not os.path.lexists(new):
                os.rename(place, new)
            if old and os.path.lexists(old):
                os.rename(old, place)
        disk.moved()
        os.unlink(journal)
        self._committed = False
        self._unhook()
        disk.ended()

    def _unhook(self) -> None:
        """Remove the hook; one that stays does nothing, and goes with the next one."""
        try:
            os.unlink(f"{self.world.prefix}/{self.world.site}/{HOOK}")
        except OSError:
            return

    def _leave_stage(self) -> None:
        """Remove what can be removed of the stage, and mark the rest as of no use."""
        stage, self.stage = self.stage, ""
        remove_tree(stage)
        if not os.path.lexists(stage):
            return
        try:
            write_file(f"{stage}/{ENDED}", b"", _TEXT)
        except OSError:
            return

    def close(self) -> None:
        """Remove the stage, and give the locks back.

        Of a commit that was broken off everything is left: the long way, or the next
        start of Python, finishes it.
        """
        if self.stage and not self._committed:
            remove_tree(self.stage)
            self.stage = ""
        if self._locked:
            # Removed while it is held: who waits for it sees that it is another file.
            for remove, name in _TIDIED:
                try:
                    remove(f"{self._state}{name}")
                except OSError:
                    continue
            self._locked = False
        while self._descriptors:
            os.close(self._descriptors.pop())
        if self._before is not None:  # the long way receives its signals itself
            _signal.signal(_signal.SIGTERM, self._before)


def _move(steps: list[Step]) -> None:
    for place, new, old, _ in steps:
        if old:
            os.rename(place, old)
        if new:
            os.rename(new, place)


def _remove_bytecode(leftovers: Leftovers) -> None:
    if not leftovers.remove_bytecode():
        raise PermissionError


def _found(hook: Hook | None) -> Hook:
    if hook is None:
        raise GiveWayError
    return hook


def _end(number: int, _: object) -> None:
    raise EndedError(128 + number)


def install(
    world: World,
    cache: str,
    plan: tuple[object, ...],
    *,
    words: list[str],
    durable: bool,
    now: float,
) -> None:
    """Bring in what ``plan`` says; raises ``GiveWayError`` or ``EndedError``.

    ``words`` are those of the command, for the history.
    """
    change = Change(world, cache, durable=durable, now=now)
    change.lock(cache)
    changes: list[bytes] = plan[-1]  # type: ignore[assignment] # sealed
    bring_in(change, plan, lambda: [change.history_step(words, changes, now=now)])
    told(change)


def told(change: Change) -> None:
    """Raise ``EndedError`` if the disk did not confirm what was done.

    The words are those of the long way (``phases.install.refusals``), which cannot say
    them: it would find that there is nothing to do.
    """
    if change.unkept:
        where, reason = change.world.state, change.unkept
        raise EndedError(
            REFUSED,
            f"error[PS7318]: the change is made, but the disk of {where} does not keep "
            f"it: {reason}\n",
        )


def bring_in(
    change: Change, plan: tuple[object, ...], more: "Callable[[], list[Step]]"
) -> None:
    """Bring in what ``plan`` says, and end ``change``; raises as ``install``.

    ``more`` stages what else comes with it.
    """
    world = change.world
    directory = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    try:
        stage = change.open_stage("new")
        _fill(stage, world, plan)
        steps = _arrivals(stage, world.prefix) + more()
        change.commit(steps)
    except (OSError, DamagedStoreError) as error:
        raise GiveWayError from error
    except KeyboardInterrupt as error:  # or what the long way makes of other signals
        raise EndedError(128 + getattr(error, "number", 2)) from None
    finally:
        os.fchdir(directory)  # staging walks about
        os.close(directory)
        change.close()


def _fill(stage: str, world: World, plan: tuple[object, ...]) -> None:
    """Stage everything that ``plan`` brings."""
    store: str
    parts: tuple[bytes, ...]
    store, parts, links, texts, records, _ = plan  # type: ignore[assignment] # sealed
    stage_parts(parts, store=store, stage=stage)
    for path, target in links:  # type: ignore[attr-defined] # the same
        os.symlink(f"{store}/{target}", f"{stage}/{path}")
    if links:
        note_links(store, world.prefix, [(p, t) for p, t in links])  # type: ignore[attr-defined] # the same
    rows = []
    for path, recorded, before, after in texts:  # type: ignore[attr-defined] # the same
        content = before + world.python.encode() + after
        write_file(f"{stage}/{path}", content, _SCRIPT)
        rows.append(f"{recorded},sha256={_digest(content)},{len(content)}\n")
    for path, body, numbers in records:  # type: ignore[attr-defined] # the same
        content = body + "".join([rows[number] for number in numbers]).encode()
        write_file(f"{stage}/{path}", content, _TEXT)


def _digest(content: bytes) -> str:
    """Return a SHA-256 as RECORD writes it."""
    from binascii import b2a_base64

    try:
        from _sha256 import sha256  # type: ignore[import-not-found] # hashlib loads more
    except ImportError:  # Python 3.12 has it under another name
        from _sha2 import sha256  # type: ignore[import-not-found] # a private module
    encoded = b2a_base64(sha256(content).digest(), newline=False).decode()
    return encoded.rstrip("=").translate({43: "-", 47: "_"})


def _arrivals(stage: str, prefix: str) -> list[Step]:
    """Say which staged entries move, new entries of the database last.

    Folders that stand are entered. Raises ``GiveWayError`` where a file stands.
    """
    steps: list[Step] = []
    last: list[Step] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        for name in sorted(os.listdir(f"{stage}{folder}")):
            staged, place = f"{stage}{folder}/{name}", f"{prefix}{folder}/{name}"
            found = os.lstat(staged)
            try:
                standing = os.lstat(place)
            except FileNotFoundError:
                step = (place, staged, "", found.st_ino)
                (last if name.endswith(_INFO) else steps).append(step)
                continue
            if not _is_folder(found) or not _is_folder(standing):
                raise GiveWayError
            pending.append(f"{folder}/{name}")
    return steps + last


def _is_folder(facts: os.stat_result) -> bool:
    return facts.st_mode & _KIND == _FOLDER


def _journal_text(stage: str, hook: str, steps: list[Step]) -> bytes:
    """Write the journal as JSON; raises ``GiveWayError`` where text would need care."""
    rows = ",".join(
        [f'["{place}","{new}","{old}",{inode}]' for place, new, old, inode in steps]
    )
    text = (
        f'{{"format":1,"stages":["{stage}"],"steps":[{rows}],'
        f'"prune":[],"undo":false,"hooks":["{hook}"]}}'
    )
    odd = "\\" in text or not text.isascii() or not text.isprintable()
    if odd or text.count('"') != _QUOTES + _STEP_QUOTES * len(steps):
        raise GiveWayError
    return text.encode()
