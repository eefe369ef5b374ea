import json
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.extensions import extension_schema_text
from pysetup.metadata.system_files import (
    CATEGORIES,
    COMMANDS,
    FOLDERS,
    category_folder,
    system_files,
)


def place(extension: dict[str, Any]) -> str:
    (file,) = system_files(extension)
    folder = category_folder(file.category, project="demo")
    return f"{folder}/{file.path}"


PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "a manual page of a command": (
        {"man_pages": ["man/demo.1"]},
        "share/man/man1/demo.1",
    ),
    "a manual page with a longer section": (
        {"man_pages": ["demo.3pm"]},
        "share/man/man3/demo.3pm",
    ),
    "a packed manual page": (
        {"man_pages": ["demo.8.gz"]},
        "share/man/man8/demo.8.gz",
    ),
    "a manual page without a section": (
        {"man_pages": ["demo"]},
        "share/man/man1/demo",
    ),
    "a manual page in a language": (
        {"man_pages": ["doc/pt_BR/man1/demo.1"]},
        "share/man/pt_BR/man1/demo.1",
    ),
    "a manual page in a folder that is no language": (
        {"man_pages": ["man/man1/demo.1"]},
        "share/man/man1/demo.1",
    ),
    "a completion for bash": (
        {"completions": {"bash": ["completions/demo.bash"]}},
        "share/bash-completion/completions/demo",
    ),
    "a completion for zsh": (
        {"completions": {"zsh": ["_demo"]}},
        "share/zsh/site-functions/_demo",
    ),
    "a completion for zsh by the command's name": (
        {"completions": {"zsh": ["demo.zsh"]}},
        "share/zsh/site-functions/_demo",
    ),
    "a completion for fish": (
        {"completions": {"fish": ["demo.fish"]}},
        "share/fish/vendor_completions.d/demo.fish",
    ),
    "a completion for nushell": (
        {"completions": {"nushell": ["demo.nu"]}},
        "share/nushell/vendor/autoload/demo.nu",
    ),
    "a completion for PowerShell": (
        {"completions": {"powershell": ["demo.ps1"]}},
        "share/pwsh/completions/demo.ps1",
    ),
    "a desktop entry": (
        {"desktop_entries": ["data/org.example.demo.desktop"]},
        "share/applications/org.example.demo.desktop",
    ),
    "an icon": (
        {"icons": {"48x48": ["icons/demo.png"]}},
        "share/icons/hicolor/48x48/apps/demo.png",
    ),
    "an icon of any size": (
        {"icons": {"scalable": ["demo.svg"]}},
        "share/icons/hicolor/scalable/apps/demo.svg",
    ),
    "a description for AppStream": (
        {"metainfo": ["org.example.demo.metainfo.xml"]},
        "share/metainfo/org.example.demo.metainfo.xml",
    ),
    "a unit of the system": (
        {"units": {"system": ["demo.service"]}},
        "lib/systemd/system/demo.service",
    ),
    "a unit of the user": (
        {"units": {"user": ["demo.timer"]}},
        "share/systemd/user/demo.timer",
    ),
    "a configuration": (
        {"configuration": {"demo/demo.conf": "conf/default.conf"}},
        "etc/demo/demo.conf",
    ),
    "a file of a category": (
        {"categories": {"libexecdir": {"demo/helper": "helper.sh"}}},
        "libexec/demo/helper",
    ),
    "documentation": (
        {"categories": {"docdir": {"guide.txt": "guide.txt"}}},
        "share/doc/demo/guide.txt",
    ),
    "data of the project's own": (
        {"categories": {"pkgdatadir": {"words": "words"}}},
        "share/demo/words",
    ),
}


@pytest.mark.parametrize(("extension", "expected"), PLACES.values(), ids=PLACES)
def test_every_kind_of_file_has_its_place(
    extension: dict[str, Any], expected: str
) -> None:
    assert place(extension) == expected


def test_the_categories_are_those_of_the_schema() -> None:
    schema = json.loads(extension_schema_text("python.files"))
    listed = schema["properties"]["categories"]["properties"]
    assert set(CATEGORIES) == set(listed)
    assert set(FOLDERS) == set(listed) - {COMMANDS}


@given(
    st.dictionaries(
        st.sampled_from(("man_pages", "completions", "icons", "units", "categories")),
        st.recursive(
            st.none() | st.text(max_size=5) | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_what_does_not_follow_the_schema_is_passed_over(
    extension: dict[str, Any],
) -> None:
    for file in system_files(extension):
        assert file.category in CATEGORIES


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_folders_stand_below_the_prefix(folder: str) -> None:
    path = PurePosixPath(folder)
    assert not path.is_absolute()
    assert ".." not in path.parts
