"""Packages of shared libraries: by the shipped table, by shlibs files, as dpkg says."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pysetup.platforms.deb.shared_libraries import (
    LibrarySystem,
    NewerLibcError,
    UnknownLibraryError,
    library_relations,
    read_shlibs,
)
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.binaries import ELF, Binary, read_binary
from pysetup.standards.elf import ElfFacts
from pysetup.standards.hashes import Hash

CONTROL = "Source: demo\n\nPackage: demo\nArchitecture: any\n"


def tree(*files: tuple[str, Binary]) -> Tree:
    return Tree(
        files=tuple(
            TreeFile(path, 1, Hash.of(b""), binary=binary) for path, binary in files
        ),
        tags=("cp311-cp311-linux_x86_64",),
        pure=False,
        dist_info="demo-1.0.dist-info",
        data_dir="demo-1.0.data",
    )


def needing(
    *needed: str, versions: Iterable[tuple[str, str]] = (), soname: str = ""
) -> Binary:
    facts = ElfFacts(soname, needed, tuple(versions))
    return Binary(ELF, ("x86_64",), facts.soname, facts.needed, elf=facts)


def system(
    glibc: tuple[int, int] = (2, 36),
    given: dict[str, str] | None = None,
    shlibs: dict[str, str] | None = None,
) -> LibrarySystem:
    return LibrarySystem(
        target="debian-12", glibc=glibc, given=given or {}, shlibs=shlibs or {}
    )


@pytest.mark.parametrize(
    ("binary", "expected"),
    [
        (needing("libc.so.6"), ("libc6",)),
        (
            needing("libgomp.so.1.0.0", versions=[("libgomp.so.1.0.0", "GOMP_1.0")]),
            ("libgomp1 (>= 4.2.1)",),
        ),
        (
            needing(
                "libc.so.6",
                "libm.so.6",
                versions=[
                    ("libc.so.6", "GLIBC_2.2.5"),
                    ("libc.so.6", "GLIBC_2.14"),
                    ("libm.so.6", "GLIBC_2.4"),
                ],
            ),
            ("libc6 (>= 2.14)",),
        ),
        (
            needing(
                "libstdc++.so.6",
                "libgcc_s.so.1",
                versions=[
                    ("libstdc++.so.6", "GLIBCXX_3.4.21"),
                    ("libstdc++.so.6", "CXXABI_1.3.11"),
                    ("libgcc_s.so.1", "GCC_3.0"),
                ],
            ),
            ("libgcc-s1 (>= 3.0)", "libstdc++6 (>= 10.2)"),
        ),
        (
            needing("libz.so.1", versions=[("libz.so.1", "ZLIB_1.2.9")]),
            ("zlib1g (>= 1:1.2.9)",),
        ),
        (needing("ld-linux-x86-64.so.2", "libssl.so.3"), ("libc6", "libssl3")),
        (needing("libpython3.11.so.1.0"), ("libpython3.11",)),
        (needing("libc.so.6", versions=[("libc.so.6", "GLIBC_PRIVATE")]), ("libc6",)),
        (
            needing("libc.so.6", versions=[("libc.so.6", "GLIBC_ABI_DT_RELR")]),
            ("libc6 (>= 2.36)",),
        ),
    ],
)
def test_packages_and_their_versions(binary: Binary, expected: tuple[str, ...]) -> None:
    assert library_relations(tree(("demo/a.so", binary)), system()) == expected


def test_releases_with_time_of_64_bits_have_other_names() -> None:
    found = library_relations(
        tree(("a.so", needing("libssl.so.3", "libz.so.1"))), system((2, 39))
    )
    assert found == ("libssl3t64", "zlib1g")


def test_what_the_wheel_bundles_needs_no_package() -> None:
    found = library_relations(
        tree(
            ("demo/a.so", needing("libx-1a2b.so.4", "liby.so.1")),
            ("demo.libs/libx-1a2b.so.4", needing("libc.so.6")),
            ("demo.libs/other.so", needing(soname="liby.so.1")),
        ),
        system(),
    )
    assert found == ("libc6",)


def test_an_unknown_library_is_named() -> None:
    with pytest.raises(UnknownLibraryError, match=r"demo/a\.so needs libodd\.so\.7"):
        library_relations(tree(("demo/a.so", needing("libodd.so.7"))), system())


def test_an_unknown_library_may_be_given_or_found() -> None:
    one = tree(("demo/a.so", needing("libodd.so.7", "libz.so.1")))
    given = {"libodd.so.7": "libodd7 (>= 7.1)", "libz.so.1": "myzlib"}
    assert library_relations(one, system(given=given)) == ("libodd7 (>= 7.1)", "myzlib")
    shlibs = {"libodd.so.7": "libodd7"}
    assert library_relations(one, system(shlibs=shlibs)) == ("libodd7", "zlib1g")


def test_a_newer_c_library_is_refused() -> None:
    binary = needing("libc.so.6", versions=[("libc.so.6", "GLIBC_2.38")])
    with pytest.raises(NewerLibcError, match=r"GLIBC_2\.38"):
        library_relations(tree(("a.so", binary)), system())
    assert library_relations(tree(("a.so", binary)), system((0, 0)))


def test_shlibs_files_are_read(tmp_path: Path) -> None:
    text = (
        "libodd 7 libodd7 (>= 7.1), libother\nudeb: libodd 8 libodd8-udeb\nnonsense\n"
    )
    (tmp_path / "libodd7.shlibs").write_text(text)
    (tmp_path / "bad:amd64.shlibs").write_bytes(b"\xff\xfe x\n")
    assert read_shlibs(tmp_path) == {"libodd.so.7": "libodd7 (>= 7.1), libother"}
    assert read_shlibs(tmp_path / "absent") == {}


@pytest.mark.interop
def test_the_table_says_what_dpkg_says(
    need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool = need_tool("dpkg-shlibdeps")
    source = tmp_path / "demo.cc"
    source.write_text(
        "#include <math.h>\n#include <string>\n#include <cstdio>\n"
        'extern "C" double demo(double x, char const *s) {\n'
        '  std::string t(s); std::printf("%s", t.c_str());\n'
        "  return std::pow(x, t.size());\n}\n"
    )
    library = tmp_path / "demo.so"
    words = [need_tool("c++"), "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(words, check=True)
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian" / "control").write_text(CONTROL)
    done = subprocess.run(
        [tool, "-O", str(library)], cwd=tmp_path, check=True, capture_output=True
    )
    theirs = done.stdout.decode().strip().partition("=")[2].split(", ")
    binary = read_binary(library.read_bytes())
    assert binary is not None
    ours = library_relations(tree(("demo.so", binary)), system((0, 0)))
    assert set(ours) == set(theirs)
