"""Normalising: the content stays, chance goes, and twice is as good as once."""

import bz2
import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.phases.sdist.check import check_sdist
from pysetup.phases.sdist.normalize import (
    NamelessSdistError,
    NormalizedSdist,
    normalize_sdist,
)

CORE = b"Metadata-Version: 2.2\nName: De.mo\nVersion: 1.0\n"
CONTENT: Mapping[str, bytes] = {
    "PKG-INFO": CORE,
    "pyproject.toml": b"",
    "setup.py": b"",
    "bin/run": b"#!/bin/sh\n",
    "bin/plain": b"echo",
    "d\u00e4ta/x": b"x" * 700,
}


def write(path: Path, *, top: str = "De.mo-1.0", mess: int = 0) -> Path:
    """Write an sdist as no one should: order, dates, owners and modes by chance."""
    names = sorted(CONTENT, reverse=bool(mess % 2))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=1 + mess % 2) as tar:
        for index, name in enumerate(names):
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(CONTENT[name])
            info.mtime = 1_600_000_000 + mess * index
            info.uid, info.uname = 1000 + mess, f"user{mess}"
            info.mode = 0o664 if mess % 2 else 0o600
            if name.startswith("bin/"):
                info.mode |= 0o111 if mess % 2 else 0o100
            tar.addfile(info, io.BytesIO(CONTENT[name]))
        for name in ("empty", "docs"):
            folder = tarfile.TarInfo(f"{top}/{name}")
            folder.type, folder.mode = tarfile.DIRTYPE, 0o700
            tar.addfile(folder)
        for name, target in (("docs/data", "../bin"), ("docs/run", "../bin/run")):
            link = tarfile.TarInfo(f"{top}/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    pack = bz2.compress if path.name.endswith("bz2") else gzip.compress
    path.write_bytes(pack(stream.getvalue()))
    return path


def normalized(
    source: Path, folder: Path, *, epoch: int | None = None
) -> NormalizedSdist:
    folder.mkdir()
    root = unpack_sdist(source, folder / "unpacked")
    return normalize_sdist(source, root, into=folder, epoch=epoch)


def shape(root: Path) -> dict[str, tuple[str, bytes]]:
    """Return path -> kind and content of everything below ``root``."""
    found: dict[str, tuple[str, bytes]] = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("link", os.readlink(path).encode())
        elif path.is_dir():
            found[name] = ("folder", b"")
        else:
            program = bool(path.stat().st_mode & stat.S_IXUSR)
            found[name] = ("program" if program else "file", path.read_bytes())
    return found


def test_the_content_stays_and_the_name_is_by_the_standard(tmp_path: Path) -> None:
    source = write(tmp_path / "De.mo-1.0.tar.bz2")
    made = normalized(source, tmp_path / "one")
    assert made.location.name == "de_mo-1.0.tar.gz"
    before = unpack_sdist(source, tmp_path / "before")
    after = unpack_sdist(made.location, tmp_path / "after")
    assert after.name == "de_mo-1.0"
    assert shape(after) == shape(before)
    assert check_sdist(made.location) == ()
    with tarfile.open(made.location) as tar:
        assert {(m.uid, m.gid, m.uname, m.mtime) for m in tar} == {
            (0, 0, "", 315532800)
        }


@pytest.mark.law
@settings(max_examples=20)
@given(
    first=st.integers(0, 5),
    second=st.integers(0, 5),
    epoch=st.sampled_from([None, 0, 7]),
)
def test_chance_goes_and_twice_is_as_good_as_once(
    first: int,
    second: int,
    epoch: int | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    one = write(folder / "De.mo-1.0.tar.gz", mess=first)
    other = write(folder / "de_mo-1.0.tgz", top="de_mo-1.0", mess=second)
    made = normalized(one, folder / "one", epoch=epoch)
    assert made.hash == normalized(other, folder / "other", epoch=epoch).hash
    again = normalized(made.location, folder / "again", epoch=epoch)
    assert again.hash == made.hash


def test_the_epoch_is_the_date_of_all(tmp_path: Path) -> None:
    made = normalized(write(tmp_path / "x-1.tar.gz"), tmp_path / "one", epoch=86400)
    with tarfile.open(made.location) as tar:
        assert {member.mtime for member in tar} == {86400}


def old_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 0  # Windows tells no modes
            made.writestr(info, content)
    return path


def test_an_old_zip_without_pkg_info_is_named_by_its_file(tmp_path: Path) -> None:
    files = {"Old-1.0b2/setup.py": b"", "Old-1.0b2/run": b"#!/bin/sh\n"}
    source = old_zip(tmp_path / "Old-1.0b2.zip", files)
    made = normalized(source, tmp_path / "one")
    assert made.location.name == "old-1.0b2.tar.gz"
    root = unpack_sdist(made.location, tmp_path / "after")
    assert shape(root) == {
        "setup.py": ("file", b""),
        "run": ("file", b"#!/bin/sh\n"),
    }


def test_hard_links_become_files_and_links_to_nothing_stay(tmp_path: Path) -> None:
    source = tmp_path / "old-1.0.tar.gz"
    with tarfile.open(source, "w:gz") as tar:
        info = tarfile.TarInfo("old-1.0/a")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"a"))
        for name, kind, target in (
            ("hard", tarfile.LNKTYPE, "old-1.0/a"),
            ("soft", tarfile.SYMTYPE, "missing"),
        ):
            info = tarfile.TarInfo(f"old-1.0/{name}")
            info.type, info.linkname = kind, target
            tar.addfile(info)
    made = normalized(source, tmp_path / "one")
    with tarfile.open(made.location) as tar:
        kinds = {m.name: (m.type, m.linkname) for m in tar}
    assert kinds == {
        "old-1.0/a": (tarfile.REGTYPE, ""),
        "old-1.0/hard": (tarfile.REGTYPE, ""),
        "old-1.0/soft": (tarfile.SYMTYPE, "missing"),
    }
    again = normalized(made.location, tmp_path / "two")
    assert again.hash == made.hash


def test_the_archive_of_a_repository_is_no_sdist(tmp_path: Path) -> None:
    source = old_zip(tmp_path / "main.zip", {"demo-main/setup.py": b""})
    with pytest.raises(NamelessSdistError):
        normalized(source, tmp_path / "one")
