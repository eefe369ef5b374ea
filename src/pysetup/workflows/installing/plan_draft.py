"""A plan for the short way in the making: what goes where, joined into groups."""

import os
from collections.abc import Iterable, Sequence

from pysetup.replay.staging import Group, Part, packed
from pysetup.store.kept_files import KeptFile
from pysetup.store.texts import FOLDER, TextStore
from pysetup.values import dataclass, field
from pysetup.workflows.installing.ownership import OwnershipDraft

# Fewer links than this are not worth a second process.
_WORTH_A_PROCESS = 500
# Making a folder costs about as much as linking this many files.
_FOLDER_WEIGHT = 2


# Folder below the prefix, folder of the store, mode.
_Place = tuple[str, str, int]


class NotKeptError(Exception):
    """What was installed is not all from the store: the short way cannot repeat it."""


@dataclass(slots=True)
class PlanDraft:
    """A plan in the making; paths are below the environment's ``prefix``.

    ``python`` is the interpreter that scripts name, ``root`` the store's folder.
    ``files`` are links by place, ``links`` those to folders, of which the files in
    ``checked`` are looked at; ``texts`` are scripts and ``records`` what lists them;
    ``stamps`` are the times that folders get.
    """

    prefix: str
    python: bytes
    root: str
    texts_store: TextStore
    files: dict[_Place, list[tuple[str, str, KeptFile]]] = field(default_factory=dict)
    texts: list[tuple[str, str, bytes, bytes]] = field(default_factory=list)
    records: list[tuple[str, bytes, tuple[int, ...]]] = field(default_factory=list)
    stamps: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    checked: dict[tuple[str, int], list[KeptFile]] = field(default_factory=dict)

    def relative(self, path: str) -> str:
        """Return ``path`` below the prefix; raises ``NotKeptError``."""
        if not path.startswith(self.prefix + os.sep):
            raise NotKeptError
        return path[len(self.prefix) + 1 :]

    def link(self, place: str, folder: str, file: KeptFile) -> None:
        """Bring the file ``file`` of ``folder``, which is below the root, in."""
        here, name = os.path.split(self.relative(place))
        above, there = os.path.split(f"{folder}/{file.path}")
        key = (here, above, file.mode)
        self.files.setdefault(key, []).append((there, name, file))

    def check(self, folder: str, file: KeptFile) -> None:
        """Have the file ``file`` of ``folder``, which is below the root, looked at."""
        above = os.path.dirname(f"{folder}/{file.path}")
        self.checked.setdefault((above, file.mode), []).append(file)

    def own(self, owned: OwnershipDraft) -> None:
        """Tell ``owned`` the times of the folders that are its alone."""
        for folder in owned.folders:
            above = folder.removesuffix("/__pycache__")
            if above in self.stamps:
                owned.stamps[folder] = self.stamps[folder] = self.stamps[above]

    def text(self, place: str, content: bytes) -> KeptFile:
        """Bring a text in that is the same in every environment."""
        kept = self.texts_store.keep(content)
        self.link(place, FOLDER, kept)
        return kept


def parts_of(draft: PlanDraft) -> tuple[bytes, ...]:
    """Return the work in one part, or in two of the same weight if it is large."""
    groups = [_group(*item) for item in sorted(draft.files.items(), key=lambda i: i[0])]
    written = [link[0] for link in draft.links]
    written += [text[0] for text in draft.texts] + [row[0] for row in draft.records]
    extra = [os.path.dirname(path) for path in written]
    for (there, mode), files in sorted(draft.checked.items(), key=lambda i: i[0]):
        rows = [(os.path.basename(f.path), os.path.basename(f.path), f) for f in files]
        groups.append(_group(("", there, mode), rows))
    weights = [len(group[2]) + _FOLDER_WEIGHT for group in groups]
    if sum(weights) < _WORTH_A_PROCESS:
        return (packed(_part(draft, groups, extra)),)
    half, cut = sum(weights) / 2, 0
    while sum(weights[: cut + 1]) < half:
        cut += 1
    halves = _part(draft, groups[:cut], extra), _part(draft, groups[cut:], ())
    return tuple(map(packed, halves))


def _group(place: _Place, rows: Sequence[tuple[str, str, KeptFile]]) -> Group:
    there, here, files = zip(*rows, strict=True)
    return (
        place[1],
        place[0],
        tuple(map(os.fsencode, there)),
        () if there == here else tuple(map(os.fsencode, here)),
        place[2],
        tuple(file.size for file in files),
        tuple(file.changed for file in files),
        tuple(file.inode for file in files),
    )


def _part(draft: PlanDraft, groups: Sequence[Group], extra: Iterable[str]) -> Part:
    folders: set[str] = set()
    for folder in (*(group[1] for group in groups), *extra):
        above = folder
        while above and above not in folders:
            folders.add(above)
            above = os.path.dirname(above)
    filled = {group[1] for group in groups if group[1]}
    stamps = tuple((f, draft.stamps[f]) for f in sorted(filled) if f in draft.stamps)
    return (tuple(sorted(folders)), tuple(groups), stamps)
