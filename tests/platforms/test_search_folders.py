"""Folders of the building machine are no longer searched for libraries."""

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.plan import PackageFile
from pysetup.platforms.search_folders import notes_on_search_folders
from pysetup.platforms.staging import content_of, stage
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.elf import read_elf

DEMO = Metadata.from_dict({"metadata_version": "2.1", "name": "demo", "version": "1.0"})
OWN = "/usr/lib/python3/dist-packages/demo"


@pytest.fixture
def packaged(
    make_wheel: Any, tmp_path: Path, need_tool: Callable[[str], str]
) -> Callable[..., tuple[PackageFile, bytes]]:
    """Stage a wheel whose extension searches ``folders``; return it and its bytes."""

    def make(folders: str, target: str) -> tuple[PackageFile, bytes]:
        built = tmp_path / "fast.so"
        flags = ["-shared", "-fPIC", "-x", "c", "-", "-o", str(built)]
        command = [need_tool("cc"), *flags, f"-Wl,-rpath,{folders}"]
        subprocess.run(command, input=b"int fast;", check=True)
        tag = "cp311-cp311-linux_x86_64"
        files = {"demo/fast.so": built.read_bytes(), "demo/a.py": ""}
        root = tmp_path / "tree"
        with zipfile.ZipFile(make_wheel(files=files, tag=tag, pure=False)) as archive:
            archive.extractall(root)
        staged = stage(
            Tree.read(root), DEMO, read_target(target), installer="the system"
        )
        (file,) = (file for file in staged if file.path.endswith("fast.so"))
        return file, content_of(file, root)

    return make


@pytest.mark.parametrize(
    ("folders", "kept"),
    [
        ("/home/me/.pyenv/versions/3.11/lib", ()),
        ("/opt/hostedtoolcache/Python/3.11/x64/lib", ()),
        ("/usr/lib/x86_64-linux-gnu", ()),
        ("/usr/lib", ()),
        ("lib:.", ()),
        ("/usr/lib/../../tmp/lib", ()),
        ("$ORIGIN/../demo.libs:/tmp/build", ("$ORIGIN/../demo.libs",)),
        ("${ORIGIN}", ("${ORIGIN}",)),
        (f"/root/x:{OWN}", (OWN,)),
        ("/usr/lib/x86_64-linux-gnu/demo", ("/usr/lib/x86_64-linux-gnu/demo",)),
    ],
)
def test_only_folders_that_the_package_can_rely_on_are_searched(
    packaged: Callable[..., tuple[PackageFile, bytes]],
    folders: str,
    kept: tuple[str, ...],
) -> None:
    file, content = packaged(folders, "debian-12")

    assert read_elf(content)[1].search_folders == kept
    gone = [each for each in folders.split(":") if each not in kept]
    notes = notes_on_search_folders([file])
    assert len(notes) == len(gone)
    assert all(
        repr(each) in note and file.path in note
        for each, note in zip(gone, notes, strict=True)
    )
    assert PackageFile.from_json(file.to_json()) == file


def test_what_is_for_any_system_stays_as_it_was_built(
    packaged: Callable[..., tuple[PackageFile, bytes]],
) -> None:
    file, content = packaged("/opt/mine/lib", "portable")

    assert read_elf(content)[1].search_folders == ("/opt/mine/lib",)
    assert not notes_on_search_folders([file])
