"""Bills of materials of macOS ("Bom"): the list of what a package installs.

A Bom is a store of numbered blocks, some of which have a name. The list is a tree in
it, whose entries are in the order of the folder's number and the name.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence

from pysetup.platforms.pkg.entries import FILE, FOLDER, LINK, Entry, cksum
from pysetup.values import dataclass

_MAGIC = b"BOMStore"
_HEADER = struct.Struct(">8sIIIIII")
_HEADER_SIZE = 512
_POINTER = struct.Struct(">II")
_TREE = struct.Struct(">4sIIIIB")
_NODE = struct.Struct(">HHII")
_METADATA = struct.Struct(">BBHHIIIIBII")
_KINDS = {FILE: 1, FOLDER: 2, LINK: 3}
#: That more than the path is told, and no machine code.
_FULL = 0x000F
_LARGE, _SMALL = 4096, 128
_IN_NODE = (_LARGE - _NODE.size) // _POINTER.size
_MOST = 2**32 - 1


class BomError(ValueError):
    """The bytes are no bill of materials, or an entry does not fit one."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a bill of materials says of one path; ``target`` is that of a link."""

    path: str
    mode: int
    uid: int
    gid: int
    time: int
    size: int
    checksum: int
    target: str = ""


def write_bom(entries: Iterable[Entry], *, epoch: int) -> bytes:
    """Return the bill of ``entries``, all of which have the time ``epoch``.

    The folders of all paths must be among them, beginning with ``.``.
    """
    store = _Store()
    numbered = list(_numbered(entries))
    total = sum(len(entry.content) for _, _, _, entry in numbered) & _MOST
    info = struct.pack(">IIIIIII", 1, len(numbered) + 1, 1, 0, 0, total, 0)
    pairs = [
        _pair(store, number, parent, name, _metadata(entry, epoch))
        for number, parent, name, entry in numbered
    ]
    store.name("BomInfo", store.add(info))
    store.name("Paths", _tree(store, pairs, size=_LARGE))
    store.name("HLIndex", _tree(store, [], size=_LARGE))
    virtual = _tree(store, [], size=_SMALL)
    store.name("VIndex", store.add(struct.pack(">IIIB", 1, virtual, 0, 1)))
    store.name("Size64", _tree(store, [], size=_SMALL))
    return store.to_bytes()


def read_bom(content: bytes) -> list[Line]:
    """Return the lines of a bill, in the order of the tree; raises ``BomError``."""
    try:
        return list(_Reader(content).lines())
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise BomError(f"the bill is damaged: {error!r}") from None


def _numbered(entries: Iterable[Entry]) -> Iterator[tuple[int, int, str, Entry]]:
    """Yield the entries level by level: number, number of the folder, and name.

    So both the numbers and what the tree is ordered by ascend.
    """
    children: dict[str, list[tuple[bytes, Entry]]] = {}
    for entry in entries:
        parent, _, name = entry.path.rpartition("/")
        children.setdefault(parent, []).append((name.encode(), entry))
    level, number = [(0, "")], 0
    while level:
        following = []
        for parent_number, parent in level:
            inside = sorted(children.get(parent, ()), key=lambda child: child[0])
            for encoded, entry in inside:
                number += 1
                yield number, parent_number, encoded.decode(), entry
                if entry.kind == FOLDER:
                    following.append((number, entry.path))
        level = following


def _metadata(entry: Entry, epoch: int) -> bytes:
    size = len(entry.content)
    if size > _MOST:
        raise BomError(f"{entry.path} is larger than 4 GiB")
    folder = entry.kind == FOLDER
    checksum = 0 if folder else cksum(entry.content)
    target = entry.content + b"\0" if entry.kind == LINK else b""
    head = _METADATA.pack(
        _KINDS[entry.kind],
        1,
        _FULL,
        entry.mode,
        entry.uid,
        entry.gid,
        epoch,
        size,
        1,
        checksum,
        len(target),
    )
    # Eight zero bytes end it; those of a folder stand where others have a checksum.
    return head + target + bytes({FOLDER: 0, FILE: 4}.get(entry.kind, 8))


def _pair(
    store: "_Store", number: int, parent: int, name: str, metadata: bytes
) -> tuple[int, int]:
    """Add what a path is, and what it is called; return the numbers of the blocks."""
    key = store.add(struct.pack(">II", number, store.add(metadata)))
    return key, store.add(struct.pack(">I", parent) + name.encode() + b"\0")


def _tree(store: "_Store", pairs: Sequence[tuple[int, int]], *, size: int) -> int:
    """Add a tree of ``pairs``; return the number of its block."""
    nodes = _nodes(store, pairs, leaf=True)
    while len(nodes) > 1:
        nodes = _nodes(store, nodes, leaf=False)
    return store.add(_TREE.pack(b"tree", 1, nodes[0][0], size, len(pairs), 0))


def _nodes(
    store: "_Store", pairs: Sequence[tuple[int, int]], *, leaf: bool
) -> list[tuple[int, int]]:
    """Add one level of nodes; return their numbers, each with its last value."""
    parts = [pairs[at : at + _IN_NODE] for at in range(0, len(pairs), _IN_NODE)] or [()]
    first = store.following
    added = []
    for place, part in enumerate(parts):
        following = first + place + 1 if place + 1 < len(parts) else 0
        before = first + place - 1 if place else 0
        node = _NODE.pack(leaf, len(part), following, before)
        node += b"".join(_POINTER.pack(*pair) for pair in part)
        added.append((store.add(node), part[-1][1] if part else 0))
    return added


class _Store:
    """The blocks of a bill, as they are added."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.names: list[tuple[str, int]] = []

    @property
    def following(self) -> int:
        """The number that the next block will have; 0 stands for none."""
        return len(self.blocks) + 1

    def add(self, content: bytes) -> int:
        """Add a block; return its number."""
        self.blocks.append(content)
        return len(self.blocks)

    def name(self, name: str, number: int) -> None:
        """Give the block ``number`` a name."""
        self.names.append((name, number))

    def to_bytes(self) -> bytes:
        """Return the file: header, blocks, names, and the table of blocks."""
        named = [struct.pack(">I", len(self.names))]
        for name, number in self.names:
            named.append(struct.pack(">IB", number, len(name)) + name.encode())
        variables = b"".join(named)
        at = _HEADER_SIZE
        pointers = [(0, 0)]
        for block in self.blocks:
            pointers.append((at, len(block)))
            at += len(block)
        table = struct.pack(">I", len(pointers))
        table += b"".join(_POINTER.pack(*pointer) for pointer in pointers)
        # Apple's tools leave two free places.
        table += struct.pack(">I", 2) + bytes(2 * _POINTER.size)
        header = _HEADER.pack(
            _MAGIC,
            1,
            len(self.blocks),
            at + len(variables),
            len(table),
            at,
            len(variables),
        )
        padding = bytes(_HEADER_SIZE - len(header))
        return b"".join((header, padding, *self.blocks, variables, table))


class _Reader:
    """Walks the tree of one bill."""

    def __init__(self, content: bytes) -> None:
        magic, _, _, index, _, variables, _ = _HEADER.unpack_from(content)
        if magic != _MAGIC:
            raise BomError("it does not begin as a bill of materials does")
        self.content = content
        (count,) = struct.unpack_from(">I", content, index)
        self.pointers = [
            _POINTER.unpack_from(content, index + 4 + number * _POINTER.size)
            for number in range(min(count, len(content)))
        ]
        self.names: dict[str, int] = {}
        (count,) = struct.unpack_from(">I", content, variables)
        at = variables + 4
        for _ in range(count):
            number, length = struct.unpack_from(">IB", content, at)
            self.names[content[at + 5 : at + 5 + length].decode()] = number
            at += 5 + length

    def block(self, number: int) -> bytes:
        at, length = self.pointers[number]
        return self.content[at : at + length]

    def lines(self) -> Iterator[Line]:
        paths: dict[int, str] = {}
        for key, value in self._pairs(self.names["Paths"]):
            number, metadata = struct.unpack(">II", self.block(key))
            named = self.block(value)
            (parent,) = struct.unpack_from(">I", named)
            name = named[4:].rstrip(b"\0").decode()
            path = f"{paths[parent]}/{name}" if parent else name
            paths[number] = path
            yield _line(path, self.block(metadata))

    def _pairs(self, tree: int) -> Iterator[tuple[int, int]]:
        magic, _, node, _, count, _ = _TREE.unpack_from(self.block(tree))
        if magic != b"tree":
            raise BomError("there is no tree of paths")
        leaf, *_ = _NODE.unpack_from(self.block(node))
        while not leaf:
            node = _POINTER.unpack_from(self.block(node), _NODE.size)[0]
            leaf, *_ = _NODE.unpack_from(self.block(node))
        seen = 0
        while node and seen < count:
            block = self.block(node)
            _, inside, node, _ = _NODE.unpack_from(block)
            for place in range(inside):
                yield _POINTER.unpack_from(block, _NODE.size + place * _POINTER.size)
            seen += inside
        if seen != count:
            raise BomError("the tree of paths has not all its paths")


def _line(path: str, block: bytes) -> Line:
    found = _METADATA.unpack(block[: _METADATA.size].ljust(_METADATA.size, b"\0"))
    _, _, _, mode, uid, gid, time, size, _, checksum, length = found
    target = block[_METADATA.size : _METADATA.size + length].rstrip(b"\0").decode()
    return Line(path, mode, uid, gid, time, size, checksum, target)
