"""A channel with a Python in it, and py-rattler to solve and install from it."""

import asyncio
import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.systems import PYTHON, copy_python

from pysetup.platforms.conda.archive import CONDA, paths_json, write_package
from pysetup.platforms.conda.repository import write_repository
from pysetup.platforms.contents import Content
from pysetup.platforms.tar_writer import LINK, TarMember

TAG = f"cp{PYTHON.replace('.', '')}"


@pytest.fixture(scope="session")
def rattler() -> Any:
    """py-rattler, the library of pixi."""
    return pytest.importorskip("rattler")


@pytest.fixture(scope="session")
def python_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages python, python_abi and cpython."""
    # Of all processes that test at once, one makes them.
    folder = tmp_path_factory.getbasetemp().parent / "python-packages"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _make_packages(folder)
            (folder / "done").touch()
    return folder


def _make_packages(folder: Path) -> None:
    prefix = folder / "prefix"
    copy_python(prefix)
    members = [
        TarMember(
            path.relative_to(prefix).as_posix(), kind=LINK, target=str(path.readlink())
        )
        if path.is_symlink()
        else TarMember(
            path.relative_to(prefix).as_posix(),
            Content.in_file(path),
            path.stat().st_mode & 0o777,
        )
        for path in sorted(prefix.rglob("*"))
        if path.is_symlink() or path.is_file()
    ]
    version = f"{PYTHON}.99"
    _package(folder, "python", version, "0_cpython", members)
    _package(folder, "cpython", version, "py_0", [], depends=[f"python {version}.*"])
    _package(
        folder, "python_abi", PYTHON, f"1_{TAG}", [], depends=[f"python {PYTHON}.*"]
    )
    _package(folder, "_python_abi3_support", "1.0", "0", [])
    shutil.rmtree(prefix)


def _package(
    folder: Path,
    name: str,
    version: str,
    build: str,
    members: list[TarMember],
    depends: list[str] | None = None,
) -> None:
    stem = f"{name}-{version}-{build}"
    paths: Any = paths_json(members, placeholders={})
    for row, member in zip(paths["paths"], members, strict=True):
        if member.kind == LINK:
            row["path_type"] = "softlink"
            row["sha256"] = hashlib.sha256(b"").hexdigest()
    index = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": 0,
        "subdir": "linux-64",
        "depends": depends or [],
    }
    information = {
        "index.json": json.dumps(index).encode(),
        "paths.json": json.dumps(paths).encode(),
        "files": b"",
    }
    with open(folder / f"{stem}{CONDA}", "wb") as stream:
        write_package(
            stream,
            stem,
            ending=CONDA,
            information=information,
            members=lambda: iter(members),
            time=0,
        )


class Channel:
    """A channel, and a prefix that is solved for and installed into."""

    def __init__(self, rattler: Any, folder: Path, prefix: Path, cache: Path) -> None:
        self.rattler, self.folder, self.prefix = rattler, folder, prefix
        self.cache = cache

    def install(self, *specs: str) -> list[str]:
        """Make the prefix hold exactly what ``specs`` need; return the names."""
        return asyncio.run(self._install(list(specs)))

    async def _install(self, specs: list[str]) -> list[str]:
        rattler = self.rattler
        records = (
            await rattler.solve(
                sources=[rattler.Channel(self.folder.as_uri())],
                specs=specs,
                platforms=["linux-64", "noarch"],
                virtual_packages=rattler.VirtualPackage.detect(),
            )
            if specs
            else []
        )
        await rattler.install(
            records,
            target_prefix=self.prefix,
            cache_dir=self.cache,
            show_progress=False,
        )
        return sorted(record.name.normalized for record in records)

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of the prefix."""
        return subprocess.run(
            [self.prefix / "bin" / words[0], *words[1:]],
            capture_output=True,
            text=True,
            check=check,
            env={
                "LC_ALL": "C.UTF-8",
                "LD_LIBRARY_PATH": str(self.prefix / "lib"),
                "PATH": f"{self.prefix}/bin",
            },
        )

    def files(self) -> set[str]:
        """Return what is in the prefix, but for conda's records and byte-code."""
        return {
            path.relative_to(self.prefix).as_posix()
            for path in self.prefix.rglob("*")
            if "conda-meta" not in path.parts
            and "__pycache__" not in path.parts
            and not path.is_dir()
        }


@pytest.fixture
def channel_of(
    rattler: Any, python_packages: Path, tmp_path: Path
) -> Callable[..., Channel]:
    """Make a channel of packages with our repodata, or with the one of rattler."""

    def make(folder: Path, *, index: str = "ours") -> Channel:
        for path in python_packages.glob("*.conda"):
            place = folder / "linux-64" / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                place.hardlink_to(path)
        write_repository(folder)
        if index != "ours":
            asyncio.run(rattler.index.index_fs(folder, force=True, write_zst=False))
        cache = python_packages / "cache"
        return Channel(rattler, folder, tmp_path / "prefix", cache)

    return make
