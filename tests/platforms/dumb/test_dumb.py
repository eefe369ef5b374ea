"""bdist_dumb: the archive is unpacked at a prefix, and its commands run there."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.contents import ChangedWhilePackedError
from pysetup.platforms.dumb import FORMAT
from pysetup.platforms.interface import Making, NoNames
from pysetup.platforms.tar_reader import UnreadablePackageError
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree

Built = Callable[..., Any]
SAYS = {"demo/__init__.py": 'def main():\n    print("grüße", __file__)\n'}
ENTRY = "[console_scripts]\ndemo = demo:main\n"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def pack(
    given: Any, out: Path, target: str = f"portable-{PYTHON}", **options: Any
) -> Path:
    where = read_target(target)
    defaults = {name: option.default for name, option in FORMAT.options.items()}
    plan = FORMAT.plan(
        given.metadata,
        where,
        tree=Tree.read(given.root),
        names=NoNames(),
        options={**defaults, **options},
    )
    (path,) = FORMAT.binary_dist(given.root, given.metadata, where, out, plan=plan)
    return path


def members(path: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(path) as archive:
        return archive.getmembers()


def unpack(path: Path, into: Path) -> None:
    into.mkdir(parents=True)
    kind = ["unzip", "-q", str(path), "-d", str(into)]
    tar = ["tar", "-xf", str(path), "-C", str(into)]
    subprocess.run(kind if path.suffix == ".zip" else tar, check=True)


@pytest.mark.parametrize("kind", ["gztar", "xztar", "zip"])
def test_it_is_unpacked_anywhere_and_its_command_runs(
    kind: str, built: Built, tmp_path: Path
) -> None:
    path = pack(built(files=SAYS, entry_points=ENTRY), tmp_path, format=kind)
    place = tmp_path / "a place of ünusual name"
    unpack(path, place)
    command = place / "bin" / "demo"
    if kind == "zip":
        assert os.access(command, os.X_OK)
    link = tmp_path / "link"
    link.symlink_to(command)
    for way in (command, link):
        done = subprocess.run([way], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("grüße")
        assert str(place) in done.stdout


def test_the_name_tells_project_version_target_and_machine(
    built: Built, tmp_path: Path
) -> None:
    pure = pack(built("some.project", "1.0"), tmp_path, "debian-12:aarch64")
    assert pure.name == "some_project-1.0.debian-12-aarch64.tar.gz"
    machine = built("other", tag="cp313-cp313-manylinux_2_17_x86_64", pure=False)
    assert (
        pack(machine, tmp_path, "portable").name == "other-1.0.portable-x86_64.tar.gz"
    )


def test_files_of_a_system_stand_at_its_own_places(
    built: Built, tmp_path: Path
) -> None:
    path = pack(built(files=SAYS, entry_points=ENTRY), tmp_path, "debian-12")
    names = {each.name for each in members(path)}
    assert {"usr/lib/python3/dist-packages/demo/__init__.py", "usr/bin/demo"} <= names
    relative = pack(
        built("two", files=SAYS, entry_points=ENTRY),
        tmp_path,
        "debian-12",
        relative=True,
    )
    names = {each.name for each in members(relative)}
    assert {"lib/python3/dist-packages/demo/__init__.py", "bin/demo"} <= names


def test_the_database_of_pip_sees_it_and_leaves_it_alone(
    built: Built, tmp_path: Path
) -> None:
    unpack(pack(built(files=SAYS), tmp_path), tmp_path / "root")
    site = tmp_path / "root" / "lib" / f"python{PYTHON}" / "site-packages"
    info = site / "demo-1.0.dist-info"
    assert (info / "INSTALLER").read_text() == "bdist_dumb\n"
    assert not (info / "RECORD").exists()
    assert '"format": "dumb"' in (info / "pysetup-package.json").read_text()


@contextmanager
def other_machine() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("kind", ["gztar", "xztar", "zip"])
def test_the_same_tree_gives_the_same_bytes(
    kind: str, built: Built, tmp_path: Path
) -> None:
    given = built(files={**SAYS, "demo/ä b.txt": "x"}, entry_points=ENTRY)
    first = pack(given, tmp_path / "one", format=kind)
    for path in given.root.rglob("*"):
        os.utime(path, (1, 1))
    with other_machine():
        second = pack(given, tmp_path / "two", format=kind)
    assert first.read_bytes() == second.read_bytes()
    assert second.stat().st_mode & 0o777 == 0o644


def test_source_date_epoch_is_the_time_of_all_members(
    built: Built, tmp_path: Path
) -> None:
    making = Making(tools=None, epoch=1_700_000_001, scratch=tmp_path)  # type: ignore[arg-type] # no program is run
    given = built()
    (path,) = FORMAT.binary_dist(
        given.root, given.metadata, out=tmp_path, making=making
    )
    assert {each.mtime for each in members(path)} == {1_700_000_001}
    assert {(each.uname, each.uid) for each in members(path)} == {("root", 0)}


@pytest.mark.parametrize("kind", ["gztar", "zip"])
def test_verify_reads_it_back(kind: str, built: Built, tmp_path: Path) -> None:
    path = pack(built(files=SAYS, entry_points=ENTRY), tmp_path, format=kind)
    told = FORMAT.verify(path)
    assert (told["name"], told["version"]) == ("demo", "1.0")
    files: Any = told["files"]
    (command,) = (each for each in files if each["path"] == "bin/demo")
    assert command["mode"] == "0755"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadablePackageError):
        FORMAT.verify(path)


def test_what_a_project_carries_within_it_is_no_other_package(
    built: Built, tmp_path: Path
) -> None:
    files = {
        **SAYS,
        "demo/_vendor/six-1.0.dist-info/METADATA": "Name: six\nVersion: 1.0\n",
        "demo/start.exe": b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0\x64\x86",
    }
    path = pack(built(files=files), tmp_path)
    assert path.name == f"demo-1.0.portable-{PYTHON}.tar.gz"
    assert FORMAT.verify(path)["name"] == "demo"


def test_it_tells_what_it_does_not_bring(built: Built) -> None:
    metadata = (
        "Requires-Dist: six>=1\nRequires-Dist: pywin32; sys_platform == 'win32'\n"
    )
    given = built(metadata=metadata)
    where = read_target("portable")
    plan = FORMAT.plan(
        given.metadata,
        where,
        tree=Tree.read(given.root),
        names=NoNames(),
        options={"format": "gztar", "relative": False},
    )
    assert plan.notes == ("the archive does not bring what it needs: six>=1",)
    assert type(plan).from_json(plan.to_json()) == plan


def test_nothing_is_left_when_the_tree_cannot_be_read(
    built: Built, tmp_path: Path
) -> None:
    given = built(files=SAYS)
    where = read_target("portable")
    plan = FORMAT.plan(
        given.metadata,
        where,
        tree=Tree.read(given.root),
        names=NoNames(),
        options={"format": "zip", "relative": False},
    )
    (given.root / "demo" / "__init__.py").unlink()
    out = tmp_path / "out"
    with pytest.raises(ChangedWhilePackedError, match="__init__"):
        FORMAT.binary_dist(given.root, given.metadata, where, out, plan=plan)
    assert list(out.iterdir()) == []
