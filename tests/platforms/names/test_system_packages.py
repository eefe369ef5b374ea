"""The table of what is needed from outside Python, and what systems call it."""

import json
import re
from importlib.resources import files

import pytest

from pysetup.platforms.names.system_packages import (
    INSTALL,
    Host,
    Need,
    header_names,
    install_command,
    library_names,
    package_of,
    pkg_config_name,
)


def test_each_name_of_the_table_means_one_package() -> None:
    path = files("pysetup.platforms.names") / "tables" / "external.json"
    entries = json.loads(path.read_text("utf-8"))["packages"]
    for key in ("names", "headers", "libraries"):
        listed = [name.lower() for entry in entries for name in entry.get(key, ())]
        assert sorted(set(listed)) == sorted(listed)
    for entry in entries:
        for family in INSTALL:
            assert re.fullmatch(r"[a-z0-9_+.-]+", entry.get(family, "a"))
    assert pkg_config_name(Need("library", "ffi")) == "libffi"


@pytest.mark.parametrize(
    ("family", "command"),
    [
        ("debian", "apt install libffi-dev"),
        ("fedora", "dnf install 'pkgconfig(libffi)'"),
        ("suse", "zypper install 'pkgconfig(libffi)'"),
        ("alpine", "apk add pc:libffi"),
        ("arch", "pacman -S libffi"),
        ("homebrew", "brew install libffi"),
        ("conda", "conda install libffi"),
    ],
)
def test_every_family_has_its_command(family: str, command: str) -> None:
    assert install_command(Need("name", "libffi"), Host(family, "")) == command


def test_what_shows_that_a_thing_is_there() -> None:
    need = Need("name", "zlib")
    assert header_names(need) == ("zlib.h", "zconf.h")
    assert library_names(need) == ("z",)
    assert header_names(Need("header", "x.h")) == ("x.h",)
    assert library_names(Need("library", "x")) == ("x",)
    assert header_names(Need("name", "unheard-of")) == ()
    assert package_of(Need("name", "unheard-of"), "arch") is None
    assert package_of(Need("name", "bzip2"), "fedora") == "bzip2-devel"
