"""Why builds fail: what real tools print, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.phases.build.diagnosis import diagnose, plain_line
from pysetup.platforms.names.system_packages import (
    UNKNOWN_HOST,
    Host,
    Need,
    host_of,
    install_command,
)

DEBIAN = Host("debian", "Debian GNU/Linux")


@pytest.mark.parametrize(
    ("output", "what", "hint"),
    [
        pytest.param(
            "error: command 'gcc' failed: No such file or directory",
            "the program gcc",
            "apt install build-essential",
            id="setuptools has no compiler",
        ),
        pytest.param(
            "unable to execute 'x86_64-linux-gnu-gcc': No such file or directory\n"
            "error: command 'x86_64-linux-gnu-gcc' failed with exit status 1",
            "the program gcc",
            "apt install build-essential",
            id="older setuptools has no compiler",
        ),
        pytest.param(
            "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc']]",
            "the program cc",
            "apt install build-essential",
            id="meson has no compiler",
        ),
        pytest.param(
            "CMake Error: No CMAKE_CXX_COMPILER could be found.",
            "no C++ compiler",
            "apt install g++",
            id="cmake has no compiler",
        ),
        pytest.param(
            "error: can't find Rust compiler",
            "no Rust compiler",
            "apt install rustc",
            id="setuptools-rust has no compiler",
        ),
        pytest.param(
            "FileNotFoundError: [Errno 2] No such file or directory: 'cmake'",
            "the program cmake",
            "apt install cmake",
            id="Python starts a program that is not there",
        ),
        pytest.param(
            "/bin/sh: 1: swig: not found",
            "the program swig",
            "apt install swig",
            id="a shell starts a program that is not there",
        ),
        pytest.param(
            "Error: pg_config executable not found.",
            "the program pg_config",
            "apt install libpq-dev",
            id="psycopg has no pg_config",
        ),
        pytest.param(
            "c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory",
            "the header ffi.h",
            "apt install libffi-dev",
            id="gcc misses a header",
        ),
        pytest.param(
            "x.c:1:10: fatal error: 'Python.h' file not found",
            "the header Python.h",
            "apt install python3-dev",
            id="clang misses the headers of Python",
        ),
        pytest.param(
            "/usr/bin/ld: cannot find -lxml2: No such file or directory\n"
            "collect2: error: ld returned 1 exit status",
            "the library xml2",
            "apt install libxml2-dev",
            id="the linker misses a library",
        ),
        pytest.param(
            "Package libffi was not found in the pkg-config search path.",
            "libffi",
            "apt install libffi-dev",
            id="pkg-config misses a module",
        ),
        pytest.param(
            "Package 'libxml-2.0', required by 'virtual:world', not found",
            "libxml-2.0",
            "apt install libxml2-dev",
            id="a newer pkg-config misses a module",
        ),
        pytest.param(
            '../m.build:3:0: ERROR: Dependency "openblas" not found, tried pkgconfig',
            "openblas",
            "apt install libopenblas-dev",
            id="meson misses a dependency",
        ),
        pytest.param(
            "Could NOT find OpenSSL (missing: OPENSSL_CRYPTO_LIBRARY)",
            "OpenSSL",
            "apt install libssl-dev",
            id="cmake misses a dependency",
        ),
        pytest.param(
            "Cannot find module 'own.back_end' in ['/src']",
            "own back end own.back_end is not there",
            "backend-path",
            id="the back end of the project is not where it says",
        ),
        pytest.param(
            "ModuleNotFoundError: No module named 'numpy'",
            "the Python module numpy",
            "[build-system] requires",
            id="a build requirement is not declared",
        ),
        pytest.param(
            "ModuleNotFoundError: No module named 'distutils.core'",
            "imports distutils",
            "--python 3.11",
            id="distutils is gone",
        ),
        pytest.param(
            "ModuleNotFoundError: No module named 'pkg_resources'",
            "imports pkg_resources",
            "setuptools<82",
            id="pkg_resources is gone",
        ),
        pytest.param(
            "error in x setup command: use_2to3 is invalid.",
            "use_2to3",
            "setuptools<58",
            id="use_2to3 is gone",
        ),
        pytest.param(
            "error: Multiple top-level packages discovered in a flat-layout: ['a']",
            "several top-level packages",
            "[tool.setuptools] packages",
            id="setuptools will not choose",
        ),
        pytest.param(
            "OSError: [Errno 28] No space left on device", "disk", "room", id="disk"
        ),
        pytest.param(
            "urlopen error [Errno -3] Temporary failure in name resolution",
            "network",
            "network",
            id="the build downloads",
        ),
        pytest.param(
            "cc1plus: fatal error: Killed signal terminated program cc1plus",
            "memory",
            "MAX_JOBS=1",
            id="the compiler was killed",
        ),
        pytest.param(
            "\x1b[1mx.c:1:\x1b[31mfatal error: \x1b[0mffi.h: No such file or directory",
            "the header ffi.h",
            "libffi-dev",
            id="colours are looked through",
        ),
    ],
)
def test_the_cause_is_named_with_a_next_step(output: str, what: str, hint: str) -> None:
    found = diagnose(f"running\n{output}\n", killed=False, host=DEBIAN)
    assert found is not None
    assert what in found.what
    assert any(hint in line for line in found.hints)


def test_the_last_cause_counts() -> None:
    text = (
        "ModuleNotFoundError: No module named 'one'\n"
        "fatal error: ffi.h: No such file or directory"
    )
    found = diagnose(text, killed=False, host=DEBIAN)
    assert found is not None
    assert found.missing == Need("header", "ffi.h")
    assert found.to_json()["missing"] == {"kind": "header", "name": "ffi.h"}


def test_killed_without_a_word_is_told_as_memory() -> None:
    found = diagnose("compiling\n", killed=True, host=DEBIAN)
    assert found is not None
    assert "memory" in found.what
    assert diagnose("compiling\n", killed=False, host=DEBIAN) is None


@given(st.text(max_size=300))
def test_no_output_upsets_it(text: str) -> None:
    diagnose(text, killed=False, host=DEBIAN)
    assert "\x1b" not in plain_line(text.replace("\n", " "))


@pytest.mark.parametrize(
    ("need", "family", "command"),
    [
        pytest.param(
            Need("header", "ffi.h"),
            "fedora",
            "dnf install 'pkgconfig(libffi)'",
            id="Fedora finds libraries by pkg-config",
        ),
        pytest.param(
            Need("command", "cmake"),
            "fedora",
            "dnf install /usr/bin/cmake",
            id="Fedora finds programs by path",
        ),
        pytest.param(
            Need("header", "odd/own.h"),
            "fedora",
            "dnf install '*/include/odd/own.h'",
            id="Fedora finds any header by path",
        ),
        pytest.param(
            Need("pkg-config", "libffi"),
            "suse",
            "zypper install 'pkgconfig(libffi)'",
            id="openSUSE",
        ),
        pytest.param(
            Need("command", "swig"), "alpine", "apk add cmd:swig", id="Alpine"
        ),
        pytest.param(
            Need("name", "libffi"), "alpine", "apk add pc:libffi", id="by name"
        ),
        pytest.param(Need("header", "odd.h"), "debian", None, id="unknown to Debian"),
        pytest.param(Need("header", "ffi.h"), "", None, id="unknown system"),
        pytest.param(
            Need("pkg-config", "x'; rm -rf ~; '"), "fedora", None, id="not a plain name"
        ),
    ],
)
def test_the_command_is_that_of_the_host(
    need: Need, family: str, command: str | None
) -> None:
    assert install_command(need, Host(family, "x")) == command


@pytest.mark.parametrize(
    ("os_release", "family"),
    [
        ({"ID": "debian", "NAME": "Debian GNU/Linux"}, "debian"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "debian"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "fedora"),
        ({"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}, "suse"),
        ({"ID": "plan9"}, ""),
        ({}, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else value.get("ID", "none"),
)
def test_the_family_comes_from_os_release(
    os_release: dict[str, str], family: str
) -> None:
    assert host_of(os_release).family == family
    assert host_of({}) == UNKNOWN_HOST
