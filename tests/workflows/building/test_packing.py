"""Wheels and folders in wheel layout, both ways: nothing is lost, nothing drifts."""

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.interchange.wheel_file import open_wheel
from pysetup.phases.bdist.check import check_wheel
from pysetup.standards.variants import InvalidVariantsError
from pysetup.workflows.building import packing
from pysetup.workflows.building.archives import NothingToPackError
from pysetup.workflows.building.build import DiskFaultError
from pysetup.workflows.building.packing import (
    PlaceTakenError,
    as_wheel_version,
    list_components,
    pack_tree,
    unpack,
)
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo-pkg"
version = "1.0"
"""
GPU = (
    '{"default-priorities": {"namespace": ["cuda"]},'
    ' "variants": {"gpu": {"cuda": {"version": ["12"]}}}}'
)


def contents(path: Path) -> dict[str, tuple[bytes, bool]]:
    with zipfile.ZipFile(path) as archive:
        return {
            one.filename: (archive.read(one), bool(one.external_attr >> 16 & 0o111))
            for one in archive.infolist()
        }


def test_a_foreign_wheel_keeps_its_content_and_is_stable_from_then_on(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    wheel = make_wheel(
        files={"demo/__init__.py": "1", "demo-1.0.data/scripts/run": "#!python\n"},
        info={"licenses/LICENSE": "x", "sboms/a.cdx.json": "{}"},
        executable=("demo-1.0.data/scripts/run",),
    )
    tree = unpack(wheel, into=tmp_path / "first")
    assert tree.root.name == "demo-1.0"
    packed = pack_tree(tree.root, into=tmp_path / "packed", context=context).location
    before, after = contents(wheel), contents(packed)
    record = "demo-1.0.dist-info/RECORD"
    lines = [sorted(one.pop(record)[0].split()) for one in (before, after)]
    assert (before, lines[0]) == (after, lines[1])
    again = unpack(packed, into=tmp_path / "second")
    twice = pack_tree(again.root, into=tmp_path / "twice", context=context).location
    assert (twice.name, twice.read_bytes()) == (packed.name, packed.read_bytes())


names = st.from_regex(r"[a-z]{1,6}(/[a-zA-Z_ä]{1,6}){0,2}\.(py|txt)", fullmatch=True)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(names, st.binary(max_size=60), max_size=5),
    epoch=st.none() | st.integers(0, 2**33),
    build=st.sampled_from(["", "1", "7_b"]),
)
def test_unpack_then_pack_gives_identical_bytes(
    make_wheel: Any,
    context: Context,
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, bytes],
    epoch: int | None,
    build: str,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    context = replace(
        context, settings=replace(context.settings, source_date_epoch=epoch)
    )
    first = unpack(make_wheel(files=files), into=folder / "a").root
    if build:
        with (first / "demo-1.0.dist-info" / "WHEEL").open("a") as stream:
            stream.write(f"Build: {build}\n")
    packed = pack_tree(first, into=folder / "b", context=context).location
    second = unpack(packed, into=folder / "c").root
    again = pack_tree(second, into=folder / "d", context=context).location
    assert again.read_bytes() == packed.read_bytes()
    assert again.name == packed.name
    assert (f"-{build}-" in again.name) is bool(build)


@pytest.mark.parametrize("tags", ["py2.py3-none-any", "cp38-abi3-win_amd64"])
def test_tags_are_kept(
    make_wheel: Any, context: Context, tmp_path: Path, tags: str
) -> None:
    wheel = make_wheel(tag=tags)
    tree = unpack(wheel, into=tmp_path / "tree")
    packed = pack_tree(tree.root, into=tmp_path / "packed", context=context)
    assert packed.location.name == wheel.name


def test_a_variant_keeps_its_label(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    plain = make_wheel(info={"variant.json": GPU})
    wheel = plain.with_name("demo-1.0-py3-none-any-gpu.whl")
    plain.rename(wheel)
    tree = unpack(wheel, into=tmp_path / "tree")
    packed = pack_tree(tree.root, into=tmp_path / "packed", context=context)
    assert packed.location.name == wheel.name
    (tree.root / "demo-1.0.dist-info" / "variant.json").write_text("{}")
    with pytest.raises(InvalidVariantsError):
        pack_tree(tree.root, into=tmp_path / "packed", context=context)


def test_what_no_wheel_holds_is_told(
    make_wheel: Any, context: Context, tmp_path: Path, told: list[str]
) -> None:
    wheel = make_wheel(info={"RECORD.jws": "{}"})
    tree = unpack(wheel, into=tmp_path)
    (tree.root / "demo" / "empty").mkdir()
    packed = pack_tree(tree.root, into=tmp_path, context=context).location
    assert told == [
        "note: demo-1.0.dist-info/RECORD.jws is left out",
        "note: demo/empty/ is left out",
    ]
    assert "demo-1.0.dist-info/RECORD.jws" not in contents(packed)


def test_wheel_version_1_1_has_a_json_file_that_agrees(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    wheel = make_wheel(info={"licenses/LICENSE": "x"})
    tree = unpack(wheel, into=tmp_path)
    modern = pack_tree(
        tree.root,
        into=tmp_path / "modern",
        context=context,
        changes=[as_wheel_version("1.1")],
    ).location
    assert not (tree.root / "demo-1.0.dist-info" / "WHEEL.json").exists()
    found = contents(modern)
    info = json.loads(found["demo-1.0.dist-info/WHEEL.json"][0])
    assert (info["wheel_version"], info["tag"]) == ("1.1", ["py3-none-any"])
    assert b"Wheel-Version: 1.1\n" in found["demo-1.0.dist-info/WHEEL"][0]
    assert check_wheel(modern) == ()
    back = packing.make_wheel(
        modern,
        into=tmp_path / "back",
        context=context,
        building=Building(isolate=no_isolation),
        changes=[as_wheel_version("1.0")],
    )
    plain = pack_tree(tree.root, into=tmp_path / "plain", context=context)
    assert back.hash == plain.hash


def test_a_bill_of_materials_is_written_on_request(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    wheel = make_wheel(files={"demo/a.py": "1", "demo.libs/libz-0a1b2c3d.so.1": "x"})
    kept = packing.make_wheel(
        wheel,
        into=tmp_path / "kept",
        context=context,
        building=Building(isolate=no_isolation),
    )
    sbom = "demo-1.0.dist-info/sboms/pysetup.cdx.json"
    assert sbom not in contents(kept.location)
    tree = unpack(wheel, into=tmp_path)
    listed = pack_tree(
        tree.root, into=tmp_path / "listed", context=context, changes=[list_components]
    )
    assert b'"libz.so.1"' in contents(listed.location)[sbom][0]


def test_a_wheel_whose_tags_were_not_mended_keeps_its_name(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    wheel = make_wheel(tag="cp311-cp311-linux_x86_64", pure=False)
    repaired = wheel.with_name("demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl")
    wheel.rename(repaired)
    made = packing.make_wheel(
        repaired,
        into=tmp_path,
        context=context,
        building=Building(isolate=no_isolation),
    )
    assert made.location.name == repaired.name


def test_what_cannot_be_packed(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    with pytest.raises(NothingToPackError):
        pack_tree(tmp_path, into=tmp_path, context=context)
    tree = unpack(make_wheel(), into=tmp_path).root
    info = tree / "demo-1.0.dist-info" / "WHEEL"
    stated = info.read_text()
    info.write_text(stated.replace("Tag: py3-none-any\n", ""))
    with pytest.raises(NothingToPackError, match="no Tag"):
        pack_tree(tree, into=tmp_path, context=context)
    info.write_text(stated)
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with pytest.raises(DiskFaultError, match="a file"):
        pack_tree(tree, into=blocked, context=context)
    (tree / "demo-1.0.dist-info" / "METADATA").unlink()
    with pytest.raises(PysetupError, match="METADATA"):
        pack_tree(tree, into=tmp_path, context=context)


def test_nothing_is_overwritten_by_unpacking(make_wheel: Any, tmp_path: Path) -> None:
    (tmp_path / "demo-1.0").mkdir()
    with pytest.raises(PlaceTakenError):
        unpack(make_wheel(), into=tmp_path)
    assert list((tmp_path / "demo-1.0").iterdir()) == []


def test_a_wheel_that_breaks_its_promise_leaves_nothing(
    make_wheel: Any, tmp_path: Path
) -> None:
    wheel = make_wheel(record=lambda text: text.replace("sha256=", "sha256=A", 1))
    with pytest.raises(PysetupError):
        unpack(wheel, into=tmp_path / "out")
    assert not (tmp_path / "out" / "demo-1.0").exists()


def test_packed_wheels_are_what_readers_expect(
    make_wheel: Any, context: Context, tmp_path: Path
) -> None:
    tree = unpack(make_wheel(), into=tmp_path)
    packed = pack_tree(tree.root, into=tmp_path, context=context)
    with open_wheel(packed.location) as wheel:
        wheel.verify()


@pytest.mark.parametrize(
    ("listed", "written"),
    [("requests==2.32.3\n", True), ("# nothing\n", False)],
    ids=["something is vendored", "nothing is vendored"],
)
def test_what_pysetup_builds_lists_what_it_vendors(
    project: Callable[[Mapping[str, str]], Path],
    context: Context,
    tmp_path: Path,
    *,
    listed: str,
    written: bool,
) -> None:
    root = project(
        {"pyproject.toml": PYPROJECT, "src/demo_pkg/_vendor/vendor.txt": listed}
    )
    archives = []
    for folder in ("first", "second"):
        made = packing.make_wheel(
            root,
            into=tmp_path / folder,
            context=context,
            building=Building(isolate=no_isolation),
        )
        archives.append(made)
    assert len({made.hash for made in archives}) == 1
    names = contents(archives[0].location)
    assert ("demo_pkg-1.0.dist-info/sboms/pysetup.cdx.json" in names) is written
