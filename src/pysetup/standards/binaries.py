"""Machine code: what the headers of ELF, Mach-O and PE files say, read minimally."""

import mmap
import struct

from pysetup.values import dataclass

ELF, MACH_O, PE = "elf", "mach-o", "pe"

_ELF_MAGIC, _PE_MAGIC = b"\x7fELF", b"MZ"
# e_machine of the ELF header, as platform tags spell it (little-endian, 64 bit).
_ELF_MACHINES = {
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
_MACH_MACHINES = {
    0x7: "i386",
    0x12: "ppc",
    0x01000007: "x86_64",
    0x0100000C: "arm64",
    0x01000012: "ppc64",
}
_PE_MACHINES = {0x14C: "x86", 0x8664: "amd64", 0xAA64: "arm64", 0x1C4: "arm32"}
_MACH_HEADS = {
    b"\xce\xfa\xed\xfe": "<",
    b"\xcf\xfa\xed\xfe": "<",
    b"\xfe\xed\xfa\xce": ">",
    b"\xfe\xed\xfa\xcf": ">",
}
_FAT_HEADS = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
# A Java class begins like a fat binary, but holds its version, 45 or more, here.
_MOST_ARCHITECTURES = 40
_DYNAMIC, _NULL, _NEEDED, _STRTAB, _SONAME = 2, 0, 1, 5, 14
_MAX_ENTRIES, _MAX_NAME = 4096, 1024


@dataclass(frozen=True, slots=True)
class Binary:
    """A file of machine code: its format and the machines that it is for.

    ``machines`` are spelled as platform tags spell them; empty for one that is not
    known. ``soname`` and ``needed`` are those of an ELF library.
    """

    format: str
    machines: tuple[str, ...]
    soname: str = ""
    needed: tuple[str, ...] = ()


def read_binary(content: bytes | mmap.mmap) -> Binary | None:
    """Return what a file of machine code says of itself; None if it is no such file.

    The first 4 KiB tell format and machines; ``soname`` and ``needed`` are there only
    if ``content`` is the whole file. Damaged tables are passed over.
    """
    head = bytes(content[:4])
    if head == _ELF_MAGIC:
        return _read_elf(content)
    try:
        if head in _MACH_HEADS:
            (kind,) = struct.unpack_from(f"{_MACH_HEADS[head]}L", content, 4)
            return Binary(MACH_O, _known(_MACH_MACHINES, kind))
        if head in _FAT_HEADS:
            return _read_fat(content, _FAT_HEADS[head])
        if head[:2] == _PE_MAGIC:
            (offset,) = struct.unpack_from("<L", content, 0x3C)
            if bytes(content[offset : offset + 4]) == b"PE\0\0":
                (kind,) = struct.unpack_from("<H", content, offset + 4)
                return Binary(PE, _known(_PE_MACHINES, kind))
    except struct.error:
        return None  # it is too short to be one
    return None


def _known(names: dict[int, str], kind: int) -> tuple[str, ...]:
    return (names[kind],) if kind in names else ()


def _read_fat(content: bytes | mmap.mmap, width: int) -> Binary | None:
    (count,) = struct.unpack_from(">L", content, 4)
    if count > _MOST_ARCHITECTURES:
        return None
    machines: list[str] = []
    for index in range(count):
        (kind,) = struct.unpack_from(">L", content, 8 + index * width)
        machines += _known(_MACH_MACHINES, kind)
    return Binary(MACH_O, tuple(machines))


def _read_elf(content: bytes | mmap.mmap) -> Binary:
    """Read header and dynamic section (System V ABI, chapters 4 and 5)."""
    try:
        wide, order = content[4] == 2, ">" if content[5] == 2 else "<"  # noqa: PLR2004 - ELFCLASS64, ELFDATA2MSB
        (kind,) = struct.unpack_from(f"{order}H", content, 18)
    except (struct.error, IndexError):
        return Binary(ELF, ())
    machine = _elf_machine(_ELF_MACHINES.get(kind, ""), wide=wide, order=order)
    machines = (machine,) if machine else ()
    try:
        soname, needed = _read_dynamic(content, wide=wide, order=order)
    except (struct.error, ValueError, OverflowError):
        return Binary(ELF, machines)
    return Binary(ELF, machines, soname, needed)


def _elf_machine(name: str, *, wide: bool, order: str) -> str:
    if name == "ppc64" and order == "<":
        return "ppc64le"
    if name == "riscv64" and not wide:
        return "riscv32"
    return name


def _read_dynamic(
    content: bytes | mmap.mmap, *, wide: bool, order: str
) -> tuple[str, tuple[str, ...]]:
    segments = _segments(content, wide=wide, order=order)
    begin, length = next(
        ((offset, size) for kind, offset, _, size in segments if kind == _DYNAMIC),
        (0, 0),
    )
    form = struct.Struct(f"{order}{'QQ' if wide else 'LL'}")
    entries: list[tuple[int, int]] = []
    for index in range(min(length // form.size, _MAX_ENTRIES)):
        tag, value = form.unpack_from(content, begin + index * form.size)
        if tag == _NULL:
            break
        entries.append((tag, value))
    table = dict(reversed(entries)).get(_STRTAB)
    if table is None:
        return "", ()
    place = _place(table, segments)
    names = {
        tag: [_name(content, place + value) for key, value in entries if key == tag]
        for tag in (_SONAME, _NEEDED)
    }
    return next(iter(names[_SONAME]), ""), tuple(names[_NEEDED])


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


def _place(address: int, segments: tuple[tuple[int, int, int, int], ...]) -> int:
    """Return where in the file the byte at ``address`` stands."""
    for kind, offset, begin, length in segments:
        if kind == 1 and begin <= address < begin + length:  # PT_LOAD
            return address - begin + offset
    raise ValueError(address)


def _name(content: bytes | mmap.mmap, begin: int) -> str:
    raw = bytes(content[begin : begin + _MAX_NAME])
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
