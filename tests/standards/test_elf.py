"""Symbol versions of ELF files, against rpm's own reader of them."""

import ctypes
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.standards.elf import (
    NO_ELF_FACTS,
    ElfFacts,
    read_elf,
    with_search_folders,
)

ELFDEPS = Path("/usr/lib/rpm/elfdeps")
INTERPRETER = Path(sys.executable).resolve()


@pytest.fixture
def library(tmp_path: Path, need_tool: Callable[[str], str]) -> Path:
    source, script = tmp_path / "demo.c", tmp_path / "demo.map"
    source.write_text(
        '#include <stdio.h>\nint demo(void) { return puts(""); }\n', "utf-8"
    )
    script.write_text("DEMO_1.0 { global: demo; local: *; };\n", "utf-8")
    built = tmp_path / "libdemo.so.1"
    flags = ["-shared", "-fPIC", "-Wl,--hash-style=gnu", "-Wl,-soname,libdemo.so.1"]
    flags += [f"-Wl,--version-script={script}", "-o", str(built)]
    subprocess.run([need_tool("cc"), *flags, source], check=True)
    return built


def test_a_library_says_what_it_defines_and_what_it_needs(library: Path) -> None:
    _, facts = read_elf(library.read_bytes())

    assert facts.soname == "libdemo.so.1"
    assert facts.needed == ("libc.so.6",)
    assert facts.defined_versions == ("DEMO_1.0",)
    assert {name for name, _ in facts.needed_versions} == {"libc.so.6"}
    assert all(version.startswith("GLIBC_2.") for _, version in facts.needed_versions)
    assert facts.gnu_hash_only
    assert facts.wide == (sys.maxsize > 1 << 32)


def as_rpm_says(facts: ElfFacts) -> set[str]:
    mark = "(64bit)" if facts.wide else ""
    found = {f"{name}(){mark}" for name in facts.needed}
    found |= {f"{name}({version}){mark}" for name, version in facts.needed_versions}
    return found | ({"rtld(GNU_HASH)"} if facts.gnu_hash_only else set())


@pytest.mark.skipif(not ELFDEPS.exists(), reason="rpm is not installed")
def test_rpm_reads_the_same_from_libraries(library: Path) -> None:
    for path in (library, INTERPRETER):
        told = subprocess.run(
            [ELFDEPS, "--requires", path], capture_output=True, text=True, check=True
        )

        assert as_rpm_says(read_elf(path.read_bytes())[1]) == set(told.stdout.split())


@settings(deadline=None)
@given(data=st.data())
def test_damaged_tables_are_passed_over(data: st.DataObject) -> None:
    whole = bytearray(INTERPRETER.read_bytes()[:8192])
    place = data.draw(st.integers(4, len(whole) - 9))
    whole[place : place + 8] = data.draw(st.binary(min_size=8, max_size=8))

    machine, facts = read_elf(bytes(whole[: data.draw(st.integers(4, len(whole)))]))

    assert isinstance(machine, str)
    assert isinstance(facts, ElfFacts)


def test_a_bare_magic_number_says_nothing() -> None:
    assert read_elf(b"\x7fELF") == ("", NO_ELF_FACTS)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("/home/me/lib", ()),
        ("$ORIGIN/../demo.libs:/home/me/lib", ("$ORIGIN/../demo.libs",)),
        ("/home/me/lib:$ORIGIN/demo", ("$ORIGIN/demo",)),
        ("$ORIGIN/a:/tmp:$ORIGIN/b", ("$ORIGIN/a", "$ORIGIN/b")),
        ("$ORIGIN", ("$ORIGIN",)),
    ],
)
@pytest.mark.parametrize("tags", ["--enable-new-dtags", "--disable-new-dtags"])
def test_search_folders_go_out_and_all_else_stays(
    tmp_path: Path,
    need_tool: Callable[[str], str],
    before: str,
    kept: tuple[str, ...],
    tags: str,
) -> None:
    # A symbol whose name the linker stores as the end of the text of the folders.
    source, built = tmp_path / "demo.c", tmp_path / "demo.so"
    source.write_text("int lib(void) { return 7; }\nint me(void) { return 3; }\n")
    flags = ["-shared", "-fPIC", f"-Wl,{tags}", f"-Wl,-rpath,{before}"]
    subprocess.run([need_tool("cc"), *flags, "-o", built, source], check=True)
    content = built.read_bytes()
    assert read_elf(content)[1].search_folders == tuple(before.split(":"))

    changed = with_search_folders(content, lambda folder: folder in kept)

    built.write_bytes(changed)
    facts = read_elf(changed)[1]
    assert facts.search_folders == kept
    assert facts.needed == read_elf(content)[1].needed
    assert len(changed) == len(content)
    loaded = ctypes.CDLL(str(built))
    assert (loaded.lib(), loaded.me()) == (7, 3)
    readelf = subprocess.run(
        [need_tool("readelf"), "-dW", built], capture_output=True, text=True, check=True
    )
    assert ("path: [" in readelf.stdout) == bool(kept)
    if kept:
        assert f"path: [{':'.join(kept)}]" in readelf.stdout
    assert "warning" not in readelf.stderr.lower()
