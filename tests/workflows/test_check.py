"""The check of a project: document, sdist and wheel, and where the two differ."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pysetup import api
from pysetup.workflows.building.check import CheckReport, NothingToCheckError
from pysetup.workflows.context import Context

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.11"
import-names = ["demo"]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "LICENSE": "Do what you like.\n",
    "README.md": "# demo\n",
    "src/demo/__init__.py": "value = 1\n",
    "src/demo/py.typed": "",
}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return api.open_context(
        settings={
            "directory": str(tmp_path),
            "cache_dir": str(tmp_path / "cache"),
            "no_index": True,
        }
    )


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in {**FILES, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def test_a_sound_project_has_three_empty_reports(
    tmp_path: Path, context: Context
) -> None:
    root = write(tmp_path / "demo", {})
    found = api.check(root, context=context, isolation=False)
    assert [(one.kind, one.errors) for one in found] == [
        *(("project", 0), ("sdist", 0), ("wheel", 0))
    ]
    assert [one for one in found[2].findings if one.rule.startswith("module")] == []
    assert [str(one.path) for one in found[1:]] == [
        *("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl")
    ]
    assert sorted(path.name for path in root.iterdir()) == [
        *("LICENSE", "README.md", "pyproject.toml", "src")
    ]


def test_faults_of_the_wheel_are_told(tmp_path: Path, context: Context) -> None:
    files = {"src/demo/a-b.py": "1\n", "src/demo/copy.py": "value = 1\n"}
    root = write(tmp_path / "demo", files)
    wheel = api.check(root, context=context, isolation=False)[-1]
    rules = {one.rule for one in wheel.findings}
    assert {"unimportable-module", "duplicate-content"} <= rules
    assert {one.rule for one in wheel.without(["W004", "W002"]).findings} == (
        rules - {"unimportable-module", "duplicate-content"}
    )
    assert wheel.without(["W004"]).hidden == 1


def test_a_document_with_errors_ends_it(tmp_path: Path, context: Context) -> None:
    root = write(
        tmp_path / "demo", {"pyproject.toml": PYPROJECT.replace(">=3.11", "soon")}
    )
    (found,) = api.check(root, context=context, isolation=False)
    assert found.errors


def test_a_folder_of_archives_has_a_report_each(
    make_wheel: Any, context: Context
) -> None:
    folder = make_wheel().parent
    make_wheel("other")
    (folder / "notes.txt").write_text("no archive\n")
    found = api.check(folder, context=context)
    assert [one.path.name for one in found] == [
        *("demo-1.0-py3-none-any.whl", "other-1.0-py3-none-any.whl")
    ]


@pytest.mark.parametrize("name", ["", "gone", "notes.txt"])
def test_what_is_nothing_to_check(tmp_path: Path, context: Context, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(NothingToCheckError):
        api.check(tmp_path / name, context=context)


def test_a_report_has_a_json_form() -> None:
    assert CheckReport(Path("a.whl"), "wheel", ()).to_json() == {
        "path": "a.whl",
        "kind": "wheel",
        "findings": [],
        "errors": 0,
        "warnings": 0,
        "hidden": 0,
    }
