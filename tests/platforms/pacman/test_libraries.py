"""What machine code asks of the system, in the names of Arch's packages."""

from pysetup.platforms.pacman.libraries import library_packages, notes_on_libraries
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.binaries import ELF, Binary
from pysetup.standards.hashes import Hash


def tree(*files: tuple[str, tuple[str, ...]]) -> Tree:
    listed = tuple(
        TreeFile(path, 1, Hash.of(b""), binary=Binary(ELF, ("x86_64",), needed=needed))
        for path, needed in files
    )
    plain = TreeFile("demo/__init__.py", 0, Hash.of(b""))
    return Tree((plain, *listed), (), pure=False, dist_info="", data_dir="")


def test_libraries_beside_the_base_are_needed_of_their_packages() -> None:
    code = ("demo/a.so", ("libX11.so.6", "libXext.so.6", "libc.so.6", "libstdc++.so.6"))
    assert library_packages(tree(code)) == ("libx11", "libxext")
    assert notes_on_libraries(tree(code)) == ()


def test_what_a_wheel_brings_is_not_needed() -> None:
    brought = ("demo.libs/libX11-ab12.so.6", ("ld-linux-x86-64.so.2",))
    code = ("demo/a.so", ("libX11-ab12.so.6", "libpython3.11.so.1.0"))
    assert library_packages(tree(code, brought)) == ()
    assert notes_on_libraries(tree(code, brought)) == ()


def test_a_library_of_nobody_is_told() -> None:
    code = ("demo/a.so", ("libfoo.so.7", "libz.so.1"))
    (note,) = notes_on_libraries(tree(code))
    assert "libfoo.so.7" in note
    assert "libz" not in note
