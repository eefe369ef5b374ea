"""Projects that pysetup builds itself, from the folder to the wheel."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.source import SourceArchive
from pysetup.interchange.wheel_file import open_wheel
from pysetup.workflows.building.build import (
    DiskFaultError,
    build_editable,
    build_wheel,
    make_sdist,
)
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Demo.Pkg"
version = "1.0"
readme = "README.md"
license-files = ["LICENSE"]
dependencies = ["packaging>=20"]

[project.scripts]
demo = "demo_pkg:main"

[tool.pysetup.extensions."demo-pkg.thing"]
answer = 42
"""
SETUPTOOLS = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "demo-pkg"
version = "1.0"
"""

Project = Callable[[Mapping[str, str]], Path]
ReadFrom = Callable[[Path, str], bytes]


def build_wheel_in_place(
    root: Path, *, into: Path, context: Context, building: Building
) -> BinaryArchive:
    in_place = dataclasses.replace(building, route="tree")
    return build_wheel(root, into=into, context=context, building=in_place)


@pytest.fixture
def root(project: Project) -> Path:
    return project({"pyproject.toml": PYPROJECT})


def test_one_document_in_sdist_and_wheel(
    root: Path,
    sdist_of: Callable[[Path], SourceArchive],
    wheel_of: Callable[[Path], BinaryArchive],
    read_from: ReadFrom,
    told: list[str],
    isolated: list[tuple[str, ...]],
) -> None:
    sdist, wheel = sdist_of(root), wheel_of(root)
    assert sdist.location.name == "demo_pkg-1.0.tar.gz"
    assert wheel.location.name == "demo_pkg-1.0-py3-none-any.whl"
    document = read_from(sdist.location, "pydist.json")
    assert document == read_from(wheel.location, "pydist.json")
    assert document == sdist.metadata.to_json() == wheel.metadata.to_json()
    for one, other in (("PKG-INFO", "METADATA"), ("METADATA.json", "METADATA.json")):
        assert read_from(sdist.location, one) == read_from(wheel.location, other)
    assert json.loads(document)["extensions"]["demo-pkg.thing"] == {"answer": 42}
    with open_wheel(wheel.location) as opened:
        opened.verify()
    # No code ran, so no environment was asked for.
    assert (isolated, told) == ([], [])


def test_every_way_gives_the_same_wheel(
    root: Path,
    sdist_of: Callable[[Path], SourceArchive],
    context: Context,
    building: Building,
    tmp_path: Path,
) -> None:
    by_sdist = build_wheel(
        root, into=tmp_path / "a", context=context, building=building
    )
    in_place = build_wheel_in_place(
        root, into=tmp_path / "b", context=context, building=building
    )
    from_archive = build_wheel(
        sdist_of(root).location, into=tmp_path / "c", context=context, building=building
    )
    assert by_sdist.hash == in_place.hash
    assert by_sdist.location.read_bytes() == from_archive.location.read_bytes()


def test_an_unpacked_sdist_gives_the_same_sdist(
    project: Project,
    sdist_of: Callable[[Path], SourceArchive],
    context: Context,
    building: Building,
    tmp_path: Path,
) -> None:
    files = {"pyproject.toml": PYPROJECT, ".gitignore": "*.log\n", "debug.log": "no"}
    first = sdist_of(project(files))
    shutil.unpack_archive(first.location, tmp_path / "again")
    second = make_sdist(
        tmp_path / "again" / "demo_pkg-1.0",
        into=tmp_path / "out2",
        context=context,
        building=building,
    )
    assert first.hash == second.hash


def _touch(root: Path) -> None:
    for path in root.rglob("*"):
        os.utime(path, (1, 1))


def _all_rights(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o777)


def _few_rights(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)


@pytest.mark.parametrize(
    ("change", "umask"),
    [
        pytest.param(lambda _: None, 0o022, id="another path"),
        pytest.param(lambda _: None, 0o077, id="a strict umask"),
        pytest.param(lambda _: None, 0o000, id="no umask"),
        pytest.param(_touch, 0o022, id="another time"),
        pytest.param(_all_rights, 0o022, id="more rights"),
        pytest.param(_few_rights, 0o022, id="fewer rights"),
    ],
)
def test_archives_depend_on_content_alone(
    change: Callable[[Path], None],
    umask: int,
    root: Path,
    context: Context,
    building: Building,
    tmp_path: Path,
) -> None:
    other = tmp_path / "elsewhere" / "deep"
    shutil.copytree(root, other)
    change(other)
    digests = set()
    for number, (place, mask) in enumerate(((root, 0o022), (other, umask))):
        before = os.umask(mask)
        try:
            into = tmp_path / f"out{number}"
            sdist = make_sdist(place, into=into, context=context, building=building)
            wheel = build_wheel(place, into=into, context=context, building=building)
        finally:
            os.umask(before)
        digests.add((sdist.hash, wheel.hash))
    assert len(digests) == 1


def test_source_date_epoch_dates_everything(
    root: Path, context: Context, building: Building, out: Path
) -> None:
    settings = dataclasses.replace(context.settings, source_date_epoch=1_600_000_000)
    dated = dataclasses.replace(context, settings=settings)
    sdist = make_sdist(root, into=out, context=dated, building=building)
    wheel = build_wheel(root, into=out, context=dated, building=building)
    with tarfile.open(sdist.location) as tar:
        assert {member.mtime for member in tar} == {1_600_000_000}
    with zipfile.ZipFile(wheel.location) as archive:
        dates = {info.date_time for info in archive.infolist()}
    assert dates == {(2020, 9, 13, 12, 26, 40)}


def test_the_recorded_document_is_carried_but_edits_count(
    root: Path,
    sdist_of: Callable[[Path], SourceArchive],
    context: Context,
    building: Building,
    tmp_path: Path,
) -> None:
    shutil.unpack_archive(sdist_of(root).location, tmp_path / "again")
    again = tmp_path / "again" / "demo_pkg-1.0"
    document = json.loads((again / "pydist.json").read_text())
    document["extensions"]["other.tool"] = {"kept": True}
    (again / "pydist.json").write_text(json.dumps(document))
    carried = read_project(again, context=context, building=building).metadata
    assert carried.extension("other.tool") == {"kept": True}
    text = (again / "pyproject.toml").read_text()
    (again / "pyproject.toml").write_text(text.replace(">=20", ">=23"))
    edited = read_project(again, context=context, building=building).metadata
    assert edited.texts("requires_dist") == ("packaging>=23",)


def test_an_editable_is_one_path_line(
    root: Path, context: Context, building: Building, out: Path, read_from: ReadFrom
) -> None:
    made = build_editable(root, into=out, context=context, building=building)
    with zipfile.ZipFile(made.location) as archive:
        assert archive.read("demo_pkg.pth").decode() == f"{root}/src\n"
        assert not [name for name in archive.namelist() if name.endswith(".py")]
    entry_points = read_from(made.location, "entry_points.txt")
    assert b"demo = demo_pkg:main" in entry_points


@pytest.mark.interop
@pytest.mark.parametrize(
    "pyproject",
    [
        pytest.param(PYPROJECT, id="a wheel of ours"),
        pytest.param(SETUPTOOLS, id="a wheel of setuptools"),
    ],
)
def test_pip_and_uv_install_what_we_pack(
    pyproject: str,
    project: Project,
    wheel_of: Callable[[Path], BinaryArchive],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    wheel = wheel_of(project({"pyproject.toml": pyproject}))
    by_pip, by_uv = tmp_path / "pip", tmp_path / "uv"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    pip += ["--no-deps", "--no-index", "-q", "--target", str(by_pip)]
    uv = [need_tool("uv"), "pip", "install", "--no-deps", "--offline", "--no-cache"]
    uv += ["-q", "--python", sys.executable, "--target", str(by_uv)]
    for command in (pip, uv):
        done = subprocess.run(
            [*command, str(wheel.location)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
    for place in (by_pip, by_uv):
        assert (place / "demo_pkg" / "__init__.py").is_file()
        (document,) = place.glob("*.dist-info/pydist.json")
        assert document.read_bytes() == wheel.metadata.to_json()


def test_a_folder_that_cannot_be_written_is_told(
    root: Path, context: Context, building: Building, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for make in (make_sdist, build_wheel, build_wheel_in_place, build_editable):
        with pytest.raises(DiskFaultError) as caught:
            make(root, into=tmp_path / "file", context=context, building=building)
        assert str(tmp_path / "file") in caught.value.message
