"""The journal of a transaction: renames that can be done and undone.

Any number of times, until all of them have happened or none has.
"""

import contextlib
import errno
import json
import os
from collections.abc import Mapping, Sequence
from typing import Self

from pysetup.errors import EnvironmentRefusedError
from pysetup.phases.install.filesystem import FileSystem
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace

JOURNAL = "journal.json"
_FORMAT = 1


class UnreadableJournalError(EnvironmentRefusedError):
    """An interrupted change left a journal that this pysetup cannot read.

    The environment may be half changed. The pysetup that wrote it can finish it;
    otherwise create the environment anew.
    """

    code = "PS7313"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the journal of an interrupted change cannot be read: {reason}",
            facts={"journal": path},
            hints=(
                "run a newer pysetup in this environment",
                "or create the environment anew",
            ),
        )
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True)
class Step:
    """One move: what stands at ``place`` goes to ``old``, ``new`` comes there.

    ``new`` is empty for a removal, ``old`` when nothing stands at ``place``.
    ``inode`` is that of ``new``: while it waits there the step has not happened. What
    became of ``place`` afterwards is nobody's business: another tool may have changed
    it since.
    """

    place: str
    new: str
    old: str
    inode: int

    def forward(self, files: FileSystem) -> None:
        """Do it, if it has not happened."""
        if not self.new:
            if files.look(self.old) is None:
                with contextlib.suppress(FileNotFoundError):
                    files.rename(self.place, self.old)
            return
        if not self._is_at(self.new, files):
            return
        if self.old and files.look(self.place) is not None:
            # In one step where the system can: then no reader ever finds a gap.
            if files.exchange(self.new, self.place):
                return
            files.rename(self.place, self.old)
        files.rename(self.new, self.place)

    def backward(self, files: FileSystem) -> None:
        """Undo it, if it has happened."""
        # Hard links of one stored file may be at both: then either will do.
        waits = self.new and self._is_at(self.new, files)
        if self.new and not waits and self._is_at(self.place, files):
            if files.look(self.new) is None:
                files.rename(self.place, self.new)
            elif not files.exchange(self.new, self.place):
                # Only an exchange puts the old one there, and now it fails.
                raise OSError(errno.EIO, os.strerror(errno.EIO), self.place)
        if self.old and files.look(self.old) is not None:
            files.rename(self.old, self.place)

    def _is_at(self, path: str, files: FileSystem) -> bool:
        """Tell whether what is new stands at ``path``."""
        found = files.look(path)
        return found is not None and found.inode == self.inode


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a step took out goes to ``place``, where it outlives the stage.

    It waits at ``old`` or, after an exchange, at ``new``.
    """

    old: str
    new: str
    place: str

    def forward(self, files: FileSystem) -> None:
        """Do it, if it has not happened."""
        if files.look(self.place) is None:
            files.make_folders(os.path.dirname(self.place))
            waits = self.old if files.look(self.old) is not None else self.new
            files.rename(waits, self.place)

    def backward(self, files: FileSystem) -> None:
        """Give it back to the step, if it has happened."""
        if files.look(self.place) is not None:
            files.rename(self.place, self.old)


@dataclass(frozen=True, slots=True)
class Switch:
    """A link that is replaced in one step on every system: ``new`` comes to ``place``.

    ``old`` is another link like the one that stood there. ``inode`` is that of ``new``.
    """

    place: str
    new: str
    old: str
    inode: int

    def forward(self, files: FileSystem) -> None:
        """Do it, if it has not happened."""
        if files.look(self.new) is not None:
            files.rename(self.new, self.place)

    def backward(self, files: FileSystem) -> None:
        """Undo it, if it has happened."""
        shown = files.look(self.place)
        if shown is not None and shown.inode == self.inode:
            files.rename(self.old, self.place)


@dataclass(frozen=True, slots=True)
class Journal:
    """All moves of one transaction, in order; folders that may be empty afterwards.

    ``stages`` are the folders where new files wait and old ones are kept, one for
    each file system. ``undo`` says that the moves are to be undone; ``hooks`` are the
    start-up files that stand as long as the journal does. ``switch`` comes after the
    steps; ``keep`` is what outlives the stages, as far as the file system allows.
    """

    stages: tuple[str, ...]
    steps: tuple[Step, ...]
    prune: tuple[str, ...]
    undo: bool = False
    hooks: tuple[str, ...] = ()
    keep: tuple[Keeping, ...] = ()
    switch: Switch | None = None

    def to_bytes(self) -> bytes:
        """Write the file: plain ASCII, for paths may hold what is no Unicode text."""
        value = {
            "format": _FORMAT,
            "stages": self.stages,
            "steps": [[s.place, s.new, s.old, s.inode] for s in self.steps],
            "prune": self.prune,
            "undo": self.undo,
            "hooks": self.hooks,
            "keep": [[one.old, one.new, one.place] for one in self.keep],
            "switch": _switch_row(self.switch),
        }
        return json.dumps(value, separators=(",", ":")).encode("ascii")

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> Self:
        """Read the file; raises ``UnreadableJournalError``."""
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise UnreadableJournalError(source, str(error)) from None
        if not isinstance(value, dict) or value.get("format") != _FORMAT:
            raise UnreadableJournalError(source, "another pysetup wrote it")
        return cls(
            stages=_texts(value, "stages"),
            steps=tuple(_parse_step(item, source) for item in _items(value, "steps")),
            prune=_texts(value, "prune"),
            undo=value.get("undo") is True,
            hooks=_texts(value, "hooks"),
            keep=tuple(_parse_keeping(item, source) for item in _items(value, "keep")),
            switch=_parse_switch(value.get("switch"), source),
        )

    def do(self, files: FileSystem) -> None:
        """Carry out what the journal says; may be repeated at will."""
        if self.undo:
            for one in self.keep:
                one.backward(files)
            if self.switch is not None:
                self.switch.backward(files)
            for step in reversed(self.steps):
                step.backward(files)
            return
        for step in self.steps:
            step.forward(files)
        if self.switch is not None:
            self.switch.forward(files)
        for one in self.keep:
            # The change counts for more than the way back from it.
            with contextlib.suppress(OSError):
                one.forward(files)
        for folder in self.prune:
            with contextlib.suppress(OSError):
                files.rmdir(folder)

    def undone(self) -> Self:
        """Return the journal that takes everything back."""
        return replace(self, undo=True)


def _items(value: Mapping[str, JSON], key: str) -> Sequence[JSON]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _texts(value: Mapping[str, JSON], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _items(value, key))


def _parse_step(item: JSON, source: str) -> Step:
    match item:
        case [str(place), str(new), str(old), int(inode)]:
            return Step(place, new, old, inode)
        case _:
            raise UnreadableJournalError(source, "a step is malformed")


def _parse_keeping(item: JSON, source: str) -> Keeping:
    match item:
        case [str(old), str(new), str(place)]:
            return Keeping(old, new, place)
        case _:
            raise UnreadableJournalError(source, "what it keeps is malformed")


def _switch_row(switch: Switch | None) -> list[JSON] | None:
    if switch is None:
        return None
    return [switch.place, switch.new, switch.old, switch.inode]


def _parse_switch(item: JSON, source: str) -> Switch | None:
    match item:
        case None:
            return None
        case [str(place), str(new), str(old), int(inode)]:
            return Switch(place, new, old, inode)
        case _:
            raise UnreadableJournalError(source, "its switch is malformed")


def journal_path(root: str) -> str:
    """Return where the journal of the environment state folder ``root`` stands."""
    return os.path.join(root, JOURNAL)
