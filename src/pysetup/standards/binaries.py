"""Machine code: what the headers of ELF, Mach-O and PE files say, read minimally."""

import mmap
import struct

from pysetup.standards.elf import NO_ELF_FACTS, ElfFacts, read_elf
from pysetup.values import dataclass

ELF, MACH_O, PE = "elf", "mach-o", "pe"

_ELF_MAGIC, _PE_MAGIC = b"\x7fELF", b"MZ"
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


@dataclass(frozen=True, slots=True)
class Binary:
    """A file of machine code: its format and the machines that it is for.

    ``machines`` are spelled as platform tags spell them; empty for one that is not
    known. ``soname`` and ``needed`` are those of an ELF library, ``elf`` all that its
    dynamic section says.
    """

    format: str
    machines: tuple[str, ...]
    soname: str = ""
    needed: tuple[str, ...] = ()
    elf: ElfFacts = NO_ELF_FACTS


def read_binary(content: bytes | mmap.mmap) -> Binary | None:
    """Return what a file of machine code says of itself; None if it is no such file.

    The first 4 KiB tell format and machines; ``soname`` and ``needed`` are there only
    if ``content`` is the whole file. Damaged tables are passed over.
    """
    head = bytes(content[:4])
    if head == _ELF_MAGIC:
        machine, facts = read_elf(content)
        machines = (machine,) if machine else ()
        return Binary(ELF, machines, facts.soname, facts.needed, facts)
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
