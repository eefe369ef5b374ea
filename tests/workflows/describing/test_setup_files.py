"""Trees with setup.py and setup.cfg: read without running them, and where from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.formats import setup_cfg
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.describing.convert import convert
from pysetup.workflows.describing.sources import Reading, places_of, read_source

SETUP_PY = (
    "from setuptools import setup\n"
    "setup(\n    name='demo',\n    version='1.0',\n    py_modules=['one'],\n"
    "    install_requires=['a>=1'],\n)\n"
    "raise SystemExit('I was run')\n"
)
SETUP_CFG = "[metadata]\nname = other\ndescription = A demo\n"
NATIVE = """\
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
[tool.pysetup.sources]
root = "src"
modules = ["one", "two"]
"""


@pytest.fixture
def reading(make_context: Callable[..., Any], index: Any) -> Reading:
    return Reading(context=make_context(index), building=Building(isolate=no_isolation))


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Write files into a project folder."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / "p" / name.replace("__", ".").replace("SLASH", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "p"

    return write


def test_a_legacy_tree_is_read_from_both_files_and_not_run(
    tree: Callable[..., Path], reading: Reading, told: list[str]
) -> None:
    tree(setup__py=SETUP_PY, setup__cfg=SETUP_CFG, one__py="")
    found = read_source("p", reading)
    document = found.metadata.to_dict()
    assert (document["name"], document["summary"]) == ("demo", "A demo")
    assert document["requires_dist"] == ["a>=1"]
    assert document["metadata_version"] == "2.1"
    assert told == []
    places = places_of(found)
    assert places["/name"] == ("setup.py:3",)
    assert places["/summary"] == ("setup.cfg:3",)
    assert places["/sources/modules"] == ("setup.py:5",)
    converted = convert("p", reading, to="setup.cfg").to_json()
    assert converted["origins"] == {
        pointer: list(where) for pointer, where in found.origins.items()
    }
    assert converted["losses"] == []


def test_a_file_is_the_place_of_all_its_values(
    tree: Callable[..., Path], reading: Reading
) -> None:
    tree(setup__cfg=SETUP_CFG + "version = 1\n")
    found = read_source("p/setup.cfg", reading)
    assert places_of(found)["/name"] == ("p/setup.cfg",)


def test_modules_of_one_file_are_py_modules_in_setup_cfg(
    tree: Callable[..., Path], reading: Reading
) -> None:
    tree(pyproject__toml=NATIVE, srcSLASHone__py="", srcSLASHtwoSLASHa__py="")
    converted = convert("p", reading, to="setup.cfg")
    assert converted.losses == ()
    text = converted.content.decode()
    assert "py_modules =\n    one\n" in text
    assert "include =\n    two\n    two.*\n" in text
    again = setup_cfg.read(converted.content).mapping["sources"]
    assert again == {"root": "src", "modules": ["two", "one"]}


def test_a_project_of_one_file_has_no_packages(
    tree: Callable[..., Path], reading: Reading
) -> None:
    tree(
        pyproject__toml=NATIVE.replace(', "two"', ""),
        srcSLASHone__py="",
    )
    text = convert("p", reading, to="setup.cfg").content.decode()
    assert "packages" not in text
    assert "py_modules =\n    one\n" in text


def test_without_the_files_modules_are_taken_for_packages(
    tree: Callable[..., Path], reading: Reading
) -> None:
    root = tree(pyproject__toml=NATIVE, srcSLASHone__py="", srcSLASHtwoSLASHa__py="")
    document = convert("p", reading, to="json").content
    (root / "pydist.json").write_bytes(document)
    text = convert("p/pydist.json", reading, to="setup.cfg").content.decode()
    assert "py_modules" not in text
