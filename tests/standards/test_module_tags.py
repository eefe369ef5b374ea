"""Names of compiled modules on every system, and the tags that follow from them."""

import pytest

from pysetup.standards.module_tags import (
    ModuleTag,
    is_library,
    module_tag,
    platform_machines,
    tags_of_modules,
)
from pysetup.standards.tags import Tag

LINUX = Tag("cp311", "cp311", "linux_x86_64")
FREE = Tag("cp313", "cp313t", "macosx_11_0_arm64")
WINDOWS = Tag("cp312", "cp312", "win_amd64")
PYPY = Tag("pp311", "pypy311_pp73", "linux_x86_64")


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("a/_x.cpython-311-x86_64-linux-gnu.so", ModuleTag("cp311", "cp311")),
        ("_x.cpython-313t-darwin.so", ModuleTag("cp313", "cp313t")),
        ("_x.cpython-36m-darwin.so", ModuleTag("cp36", "cp36m")),
        (r"a\b\_x.cp312-win_amd64.pyd", ModuleTag("cp312", "cp312")),
        (r"C:\a\_x.cp313t-win_arm64.pyd", ModuleTag("cp313", "cp313t")),
        ("_x.abi3.so", ModuleTag("", "abi3")),
        ("_x.abi3t.so", ModuleTag("", "abi3t")),
        ("_x.abi3.pyd", ModuleTag("", "abi3")),
        ("_x.pypy311-pp73-x86_64-linux-gnu.so", ModuleTag("pp311", "pypy311_pp73")),
        (
            "_x.graalpy250-312-native-x86_64-linux.so",
            ModuleTag("graalpy312", "graalpy312_250_native"),
        ),
        ("_x.so", ModuleTag()),
        ("_x.pyd", ModuleTag()),
        ("libx.so", None),
        ("x.so.1.2", None),
        ("x.dll", None),
        ("x.dylib", None),
        ("x.py", None),
        ("so", None),
    ],
)
def test_what_a_name_says(path: str, tag: ModuleTag | None) -> None:
    assert module_tag(path) == tag


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        ("demo.libs/libz-0a1b2c3d.so.1.3", True),
        (r"demo.libs\z.dll", True),
        ("demo/.dylibs/libz.dylib", True),
        ("demo/tool.exe", False),
        ("demo/_x.abi3.so", False),
    ],
)
def test_libraries_are_no_modules(path: str, *, yes: bool) -> None:
    assert is_library(path) is yes


@pytest.mark.parametrize(
    ("files", "own", "tags"),
    [
        pytest.param(("a.py",), LINUX, ("py3-none-any",), id="nothing is compiled"),
        pytest.param(
            ("_x.cpython-311-x86_64-linux-gnu.so",),
            LINUX,
            ("cp311-cp311-linux_x86_64",),
            id="a module for one CPython",
        ),
        pytest.param(
            ("_x.cpython-313t-darwin.so",),
            FREE,
            ("cp313-cp313t-macosx_11_0_arm64",),
            id="a module for the free-threaded build",
        ),
        pytest.param(
            ("_x.abi3.so",), LINUX, ("cp311-abi3-linux_x86_64",), id="the stable ABI"
        ),
        pytest.param(
            ("_x.abi3.so", "_y.cpython-311-x86_64-linux-gnu.so"),
            LINUX,
            ("cp311-cp311-linux_x86_64",),
            id="one exact module binds those of the stable ABI",
        ),
        pytest.param(
            ("_x.abi3.so", "_x.abi3t.so"),
            LINUX,
            ("cp311-abi3-linux_x86_64", "cp311-abi3t-linux_x86_64"),
            id="both stable ABIs",
        ),
        pytest.param(
            ("_x.pyd",), WINDOWS, ("cp312-cp312-win_amd64",), id="a name without a tag"
        ),
        pytest.param(
            ("_x.so",), PYPY, ("pp311-pypy311_pp73-linux_x86_64",), id="PyPy's own"
        ),
        pytest.param(
            ("a.py", "libx.so"), LINUX, ("py3-none-linux_x86_64",), id="a library alone"
        ),
        pytest.param(
            ("bin/tool.exe",), WINDOWS, ("py3-none-win_amd64",), id="a program alone"
        ),
    ],
)
def test_tags_follow_from_the_files(
    files: tuple[str, ...], own: Tag, tags: tuple[str, ...]
) -> None:
    assert tags_of_modules(files, own=own) == tags


def test_the_stable_abi_may_begin_earlier_than_the_interpreter() -> None:
    tags = tags_of_modules(("_x.abi3.so",), own=LINUX, stable_since="cp38")
    assert tags == ("cp38-abi3-linux_x86_64",)


def test_a_name_without_a_tag_is_of_the_stable_abi_where_that_is_stated() -> None:
    tags = tags_of_modules(("_x.pyd",), own=WINDOWS, stable_since="cp37")
    assert tags == ("cp37-abi3-win_amd64",)


def test_both_major_versions_are_kept() -> None:
    both = ("py2-none-any", "py3-none-any")
    assert tags_of_modules(("a.py",), own=LINUX, pure=both) == both
    library = tags_of_modules(("libx.so",), own=LINUX, pure=both)
    assert library == ("py2-none-linux_x86_64", "py3-none-linux_x86_64")


@pytest.mark.parametrize(
    ("platform", "format_", "machines"),
    [
        ("linux_x86_64", "elf", {"x86_64"}),
        ("manylinux2014_aarch64", "elf", {"aarch64"}),
        ("manylinux_2_28_ppc64le", "elf", {"ppc64le"}),
        ("manylinux1_i686", "elf", {"i686"}),
        ("musllinux_1_2_armv7l", "elf", {"armv7l"}),
        ("linux_armv6l", "elf", {"armv7l"}),
        ("macosx_11_0_arm64", "mach-o", {"arm64"}),
        ("macosx_10_13_universal2", "mach-o", {"arm64", "x86_64"}),
        ("ios_13_0_arm64_iphoneos", "mach-o", {"arm64"}),
        ("android_24_arm64_v8a", "elf", {"aarch64"}),
        ("win32", "pe", {"x86"}),
        ("win_amd64", "pe", {"amd64"}),
    ],
)
def test_what_a_platform_promises(
    platform: str, format_: str, machines: set[str]
) -> None:
    assert platform_machines(platform) == (format_, frozenset(machines))


@pytest.mark.parametrize("platform", ["any", "emscripten_3_1_58_wasm32", "aix_7_2"])
def test_platforms_of_which_nothing_is_known(platform: str) -> None:
    assert platform_machines(platform) is None
