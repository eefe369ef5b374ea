"""The headers of machine code, as small files that hold nothing else."""

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.binaries import read_binary


def elf(
    machine: int, *, wide: bool = True, order: str = "<", soname: str = ""
) -> bytes:
    """Write an ELF file with one loaded segment, and a dynamic section with names."""
    names = b"\0" + soname.encode() + b"\0libc.so.6\0"
    head, entry = (64, 56) if wide else (52, 32)
    table = head + 2 * entry
    word = "Q" if wide else "L"
    pairs = [(5, 0x1000 + table), (14, 1), (1, len(soname) + 2), (0, 0)]
    begin = table + len(names)
    dynamic = b"".join(struct.pack(f"{order}2{word}", *pair) for pair in pairs)
    total = begin + len(dynamic)
    ident = (
        b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    )
    form = f"{order}HHL{word}{word}{word}L6H"
    header = ident + struct.pack(
        form, 3, machine, 1, 0, head, 0, 0, head, entry, 2, 0, 0, 0
    )
    rows = [(1, 0, 0x1000, total), (2, begin, 0x1000 + begin, len(dynamic))]
    if wide:
        parts = [
            struct.pack(f"{order}LL6Q", k, 4, o, a, a, s, s, 8) for k, o, a, s in rows
        ]
    else:
        parts = [
            struct.pack(f"{order}8L", k, o, a, a, s, s, 4, 8) for k, o, a, s in rows
        ]
    return header + b"".join(parts) + names + dynamic


def pe(machine: int) -> bytes:
    return (
        b"MZ"
        + bytes(58)
        + struct.pack("<L", 64)
        + b"PE\0\0"
        + struct.pack("<H", machine)
    )


@pytest.mark.parametrize(
    ("content", "format_", "machines"),
    [
        pytest.param(elf(62), "elf", ("x86_64",), id="ELF for x86_64"),
        pytest.param(elf(183), "elf", ("aarch64",), id="ELF for aarch64"),
        pytest.param(elf(3, wide=False), "elf", ("i686",), id="ELF of 32 bit"),
        pytest.param(elf(22, order=">"), "elf", ("s390x",), id="ELF, big-endian"),
        pytest.param(elf(21), "elf", ("ppc64le",), id="little-endian PowerPC"),
        pytest.param(elf(21, order=">"), "elf", ("ppc64",), id="big-endian PowerPC"),
        pytest.param(elf(243, wide=False), "elf", ("riscv32",), id="RISC-V of 32 bit"),
        pytest.param(elf(4711), "elf", (), id="ELF for something new"),
        pytest.param(pe(0x8664), "pe", ("amd64",), id="PE for amd64"),
        pytest.param(pe(0x14C), "pe", ("x86",), id="PE for x86"),
        pytest.param(
            struct.pack("<4sL", b"\xcf\xfa\xed\xfe", 0x0100000C),
            "mach-o",
            ("arm64",),
            id="Mach-O for arm64",
        ),
        pytest.param(
            struct.pack(">4sL", b"\xca\xfe\xba\xbe", 2)
            + struct.pack(">5L", 0x01000007, 0, 0, 0, 0)
            + struct.pack(">5L", 0x0100000C, 0, 0, 0, 0),
            "mach-o",
            ("x86_64", "arm64"),
            id="a universal binary",
        ),
    ],
)
def test_format_and_machine_are_read(
    content: bytes, format_: str, machines: tuple[str, ...]
) -> None:
    found = read_binary(content)
    assert found is not None
    assert (found.format, found.machines) == (format_, machines)


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_names_of_a_library_and_of_what_it_needs(*, wide: bool, order: str) -> None:
    found = read_binary(elf(62, wide=wide, order=order, soname="libdemo.so.1"))
    assert found is not None
    assert (found.soname, found.needed) == ("libdemo.so.1", ("libc.so.6",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ",
        b"MZ" + bytes(200),
        b"import this\n",
        b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + bytes(40),
        b"\xca\xfe\xba\xbe\x00\x00\x00\x02",
    ],
    ids=["nothing", "cut off", "no PE", "a text", "a Java class", "a short fat binary"],
)
def test_what_is_no_machine_code(content: bytes) -> None:
    assert read_binary(content) is None


@given(st.binary(max_size=300), st.integers(0, 300))
def test_damage_is_no_failure(noise: bytes, place: int) -> None:
    whole = elf(62, soname="libdemo.so.1")
    read_binary(whole[:place] + noise + whole[place + len(noise) :])
    read_binary(b"\x7fELF" + noise)
    read_binary(b"MZ" + noise)


def test_this_very_interpreter() -> None:
    with open(sys.executable, "rb") as stream:
        found = read_binary(stream.read())
    assert found is not None
    assert found.machines
