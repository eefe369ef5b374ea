import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.document import Metadata
from pysetup.phases.develop.freshness import (
    EditableRecord,
    WatchedFile,
    find_changes,
    make_record,
)
from pysetup.phases.develop.project import ProjectFolder
from pysetup.phases.develop.stated import read_stated
from pysetup.standards.hashes import Hash

PYPROJECT = """
[build-system]
requires = ["{backend}"]
build-backend = "{backend}"
[project]
name = "demo"
version = "1.0"
dependencies = ["a>=1"]
[project.scripts]
demo = "demo:main"
"""
INSTALLED: dict[str, Any] = {
    "name": "demo",
    "version": "1.0",
    "requires_dist": ["A >= 1"],
    "extensions": {"python.commands": {"wrap_console": {"demo": "demo:main"}}},
}

hashes = st.binary().map(Hash.of)
files = st.builds(
    WatchedFile, st.text(), st.integers(0, 2**53 - 1), st.integers(0, 2**63), hashes
)


@pytest.mark.law
@given(st.builds(EditableRecord, st.just("links"), st.text(), st.just(()) | files.map(
    lambda file: (file,))))  # fmt: skip
def test_a_record_is_read_as_it_was_written(record: EditableRecord) -> None:
    assert EditableRecord.parse(record.to_bytes(), source="x") == record


def test_a_record_of_a_later_form_says_nothing() -> None:
    read = EditableRecord.parse(b'{"version": 2, "files": []}', source="x")
    assert read.files == ()
    assert read.is_unchanged()


def test_only_other_content_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("a = 1\n")
    (tmp_path / "README.md").write_text("x")
    record = make_record(tmp_path, ["pyproject.toml", "README.md"], mode="path")
    assert [file.path for file in record.files] == ["pyproject.toml"]
    os.utime(path, (1, 1))
    assert record.is_unchanged()
    path.write_text("a = 2\n")
    assert not record.is_unchanged()
    path.unlink()
    assert not record.is_unchanged()


@pytest.mark.parametrize("backend", ["pysetup.backend", "other.backend"])
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("", "", (), id="nothing"),
        pytest.param('"1.0"', '"1.0.0"', (), id="the same version"),
        pytest.param('"1.0"', '"1.1"', ("version 1.1",), id="the version"),
        pytest.param('"a>=1"', '"b"', ("requirements",), id="a requirement"),
        pytest.param("demo:main", "demo:run", ("entry points",), id="an entry point"),
        pytest.param('name = "demo"', 'name = "de"', ("name",), id="the name"),
        pytest.param(
            'version = "1.0"',
            'version = "1.0"\nrequires-python = ">=3.9"',
            ("requires-python",),
            id="a Python",
        ),
    ],
)
def test_changes_are_named(
    tmp_path: Path, backend: str, old: str, new: str, expected: tuple[str, ...]
) -> None:
    for name in ("demo", "de"):
        (tmp_path / f"{name}.py").touch()
    text = PYPROJECT.format(backend=backend)
    (tmp_path / "pyproject.toml").write_text(text.replace(old, new))
    draft = read_stated(ProjectFolder(tmp_path))
    assert find_changes(Metadata.from_dict(INSTALLED), draft) == expected


def test_what_only_a_back_end_says_is_not_compared(tmp_path: Path) -> None:
    text = PYPROJECT.format(backend="other.backend").replace(
        'version = "1.0"', 'dynamic = ["version", "scripts", "dependencies"]'
    )
    text = text.partition("dependencies = ")[0]
    (tmp_path / "pyproject.toml").write_text(text)
    draft = read_stated(ProjectFolder(tmp_path))
    assert find_changes(Metadata.from_dict(INSTALLED), draft) == ()


def test_setup_py_and_setup_cfg_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\n"
        'setup(version="1.0", entry_points={"console_scripts": ["demo = demo:main"]})\n'
    )
    (tmp_path / "setup.cfg").write_text(
        "[metadata]\nname = demo\nversion = 0\n[options]\ninstall_requires = a>=1\n"
    )
    draft = read_stated(ProjectFolder(tmp_path))
    assert find_changes(Metadata.from_dict(INSTALLED), draft) == ()
