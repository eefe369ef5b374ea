"""ELF files: the machine, and what the dynamic section gives and asks for.

System V ABI, chapters 4 and 5; symbol versions by the Linux Standard Base, 10.7.
"""

import mmap
import struct
from collections.abc import Callable, Iterator

from pysetup.values import dataclass

# e_machine of the header, as platform tags spell it (little-endian, 64 bit).
_MACHINES = {
    3: "i686",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "armv7l",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
_DYNAMIC = 2  # PT_DYNAMIC
_NULL, _NEEDED, _HASH, _STRTAB, _SONAME = 0, 1, 4, 5, 14
_SEARCHED = (15, 29)  # DT_RPATH, DT_RUNPATH
_GNU_HASH = 0x6FFFFEF5
_DEFINED, _REQUIRED = 0x6FFFFFFC, 0x6FFFFFFE  # DT_VERDEF, DT_VERNEED
_BASE = 1  # VER_FLG_BASE: the library itself, not a version
_MAX_ENTRIES, _MAX_NAME = 4096, 65536


@dataclass(frozen=True, slots=True)
class ElfFacts:
    """What the dynamic section of an ELF file says.

    ``needed_versions`` are pairs of a library and a version of symbols that it has to
    have; ``defined_versions`` those that this one has. ``gnu_hash_only`` tells that a
    loader without the GNU hash table cannot load it; ``wide`` that it has 64 bits.
    ``search_folders`` are those where the loader looks for libraries first.
    """

    soname: str = ""
    needed: tuple[str, ...] = ()
    needed_versions: tuple[tuple[str, str], ...] = ()
    defined_versions: tuple[str, ...] = ()
    gnu_hash_only: bool = False
    wide: bool = False
    search_folders: tuple[str, ...] = ()


NO_ELF_FACTS = ElfFacts()


def read_elf(content: bytes | mmap.mmap) -> tuple[str, ElfFacts]:
    """Return the machine, "" if it is not known, and what the dynamic section says.

    ``content`` begins with the magic number. Tables that are not there, or damaged,
    say nothing.
    """
    try:
        wide, order = content[4] == 2, ">" if content[5] == 2 else "<"  # noqa: PLR2004 - ELFCLASS64, ELFDATA2MSB
        (kind,) = struct.unpack_from(f"{order}H", content, 18)
    except (struct.error, IndexError):
        return "", NO_ELF_FACTS
    machine = _machine(_MACHINES.get(kind, ""), wide=wide, order=order)
    try:
        return machine, _Dynamic(content, wide=wide, order=order).facts()
    except (struct.error, ValueError, OverflowError):
        return machine, ElfFacts(wide=wide)


def with_search_folders(content: bytes, kept: Callable[[str], bool]) -> bytes:
    """Return an ELF file without the search folders that are not ``kept``.

    ``content`` is the whole file, of which ``read_elf`` told the folders. Nothing else
    in it moves: what is kept is written over the text that was there, and an entry of
    which nothing is left goes out of the dynamic section.
    """
    wide, order = content[4] == 2, ">" if content[5] == 2 else "<"  # noqa: PLR2004 - ELFCLASS64, ELFDATA2MSB
    dynamic = _Dynamic(content, wide=wide, order=order)
    changed = bytearray(content)
    entries: list[tuple[int, int]] = []
    for tag, value in dynamic.entries:
        if tag in _SEARCHED:
            before = dynamic.text(value).split(b":")
            after = [each for each in before if kept(_decoded(each))]
            if not after:
                continue
            if after != before:
                # Names of symbols may be stored as the end of this text: it stays.
                text = b":".join(after) + b"\0"
                place = dynamic.place_of_text(value)
                changed[place : place + len(text)] = text
        entries.append((tag, value))
    entries += [(_NULL, 0)] * (len(dynamic.entries) - len(entries))
    begin, form = dynamic.begin, dynamic.form
    for index, entry in enumerate(entries):
        form.pack_into(changed, begin + index * form.size, *entry)
    return bytes(changed)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _machine(name: str, *, wide: bool, order: str) -> str:
    if name == "ppc64" and order == "<":
        return "ppc64le"
    if name == "riscv64" and not wide:
        return "riscv32"
    return name


class _Dynamic:
    """The dynamic section: its entries, and the tables that they point to."""

    def __init__(self, content: bytes | mmap.mmap, *, wide: bool, order: str) -> None:
        self.content, self.wide, self.order = content, wide, order
        self.segments = _segments(content, wide=wide, order=order)
        self.form = struct.Struct(f"{order}{'QQ' if wide else 'LL'}")
        self.begin, self.length = next(
            (
                (offset, size)
                for kind, offset, _, size in self.segments
                if kind == _DYNAMIC
            ),
            (0, 0),
        )
        self.entries = tuple(self._entries())
        self.first = dict(reversed(self.entries))

    def facts(self) -> ElfFacts:
        if _STRTAB not in self.first:
            return ElfFacts(wide=self.wide)
        soname, needed = self._names(_SONAME), self._names(_NEEDED)
        return ElfFacts(
            soname=next(iter(soname), ""),
            needed=needed,
            needed_versions=tuple(self._needed_versions()),
            defined_versions=tuple(self._defined_versions()),
            gnu_hash_only=_GNU_HASH in self.first and _HASH not in self.first,
            wide=self.wide,
            search_folders=tuple(
                folder
                for tag in _SEARCHED
                for text in self._names(tag)
                for folder in text.split(":")
            ),
        )

    def _entries(self) -> Iterator[tuple[int, int]]:
        size = self.form.size
        for index in range(min(self.length // size, _MAX_ENTRIES)):
            tag, value = self.form.unpack_from(self.content, self.begin + index * size)
            if tag == _NULL:
                return
            yield tag, value

    def _names(self, tag: int) -> tuple[str, ...]:
        return tuple(self._name(value) for key, value in self.entries if key == tag)

    def _name(self, offset: int) -> str:
        return _decoded(self.text(offset))

    def text(self, offset: int) -> bytes:
        """Return the text at ``offset`` of the string table."""
        begin = self.place_of_text(offset)
        return bytes(self.content[begin : begin + _MAX_NAME]).split(b"\0", 1)[0]

    def place_of_text(self, offset: int) -> int:
        """Return where in the file the text at ``offset`` of the table begins."""
        return self._place(self.first[_STRTAB]) + offset

    def _needed_versions(self) -> Iterator[tuple[str, str]]:
        """Walk the records of DT_VERNEED: a library, and its versions behind it."""
        for place, _, count, library, names, _ in self._records(
            _REQUIRED, "HHLLL", next_field=4
        ):
            where = place + names
            for _ in range(min(count, _MAX_ENTRIES)):
                *_, name, step = self._unpack("LHHLL", where)
                yield self._name(library), self._name(name)
                if not step:
                    break
                where += step

    def _defined_versions(self) -> Iterator[str]:
        """Walk the records of DT_VERDEF; the first name of each is the version."""
        for place, _, flags, _, _, _, names, _ in self._records(
            _DEFINED, "HHHHLLL", next_field=6
        ):
            if not flags & _BASE:
                name, _ = self._unpack("LL", place + names)
                yield self._name(name)

    def _records(
        self, tag: int, form: str, *, next_field: int
    ) -> Iterator[tuple[int, ...]]:
        if tag not in self.first:
            return
        place = self._place(self.first[tag])
        # The number of records is the value of the tag that follows.
        for _ in range(min(self.first.get(tag + 1, 0), _MAX_ENTRIES)):
            fields = self._unpack(form, place)
            yield (place, *fields)
            if not fields[next_field]:
                return
            place += fields[next_field]

    def _unpack(self, form: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(f"{self.order}{form}", self.content, place)

    def _place(self, address: int) -> int:
        """Return where in the file the byte at ``address`` stands."""
        for kind, offset, begin, length in self.segments:
            if kind == 1 and begin <= address < begin + length:  # PT_LOAD
                return address - begin + offset
        raise ValueError(address)


def _segments(
    content: bytes | mmap.mmap, *, wide: bool, order: str
) -> tuple[tuple[int, int, int, int], ...]:
    """Return (type, offset in the file, address, size) of the program headers."""
    if wide:
        (start,) = struct.unpack_from(f"{order}Q", content, 32)
        size, count = struct.unpack_from(f"{order}2H", content, 54)
        form, order_of_fields = f"{order}LL4Q", (0, 2, 3, 5)
    else:
        (start,) = struct.unpack_from(f"{order}L", content, 28)
        size, count = struct.unpack_from(f"{order}2H", content, 42)
        form, order_of_fields = f"{order}5L", (0, 1, 2, 4)
    found: list[tuple[int, int, int, int]] = []
    for index in range(min(count, _MAX_ENTRIES)):
        fields = struct.unpack_from(form, content, start + index * size)
        kind, offset, address, length = (fields[i] for i in order_of_fields)
        found.append((kind, offset, address, length))
    return tuple(found)
