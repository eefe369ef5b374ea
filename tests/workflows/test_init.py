import os
import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.index.transport import Reply, Request
from pysetup.phases.develop.adoption import NotStaticError
from pysetup.phases.develop.scaffold import UnusableProjectNameError
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.init import (
    AlreadyAProjectError,
    NameNeededError,
    NotWrittenError,
    guess_project,
    holds_project,
    plan_adopted,
    plan_new,
    write_begun,
)
from pysetup.workflows.settings import Settings

COMPUTING = """
from setuptools import setup
def keywords():
    import json
    return json.loads(open("keywords.json").read())
setup(name="demo", version="1.0", py_modules=["demo"], **keywords())
"""
KEYWORDS = """
{"description": "Computed", "install_requires": ["a>=1"], "url": "https://x.org",
 "entry_points": {"console_scripts": ["demo = demo:main"]}}
"""
COMPUTED = {"setup.py": COMPUTING, "keywords.json": KEYWORDS, "demo.py": ""}


class NoTransport:
    """A network on which any request is a mistake."""

    def send(self, request: Request) -> Reply:
        raise AssertionError(request.url)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[str]) -> Context:
    (tmp_path / "git").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    return Context(
        environ=dict(os.environ),
        directory=tmp_path,
        settings=Settings(cache_dir=tmp_path / "cache"),
        transport=NoTransport(),
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=told.append,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def write(files: dict[str, str]) -> Path:
        root = tmp_path / "My Demo"
        root.mkdir()
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return root

    return write


def files_in(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_new_project_begins_with_four_files(
    folder: Callable[..., Path], context: Context
) -> None:
    root = folder({})
    assert not holds_project(root)
    begun = plan_new(root, guess_project(root, context))
    assert files_in(root) == {}
    write_begun(begun)
    assert set(files_in(root)) == {
        *("pyproject.toml", "README.md", ".gitignore"),
        "src/my_demo/__init__.py",
    }
    assert holds_project(root)


def test_what_stands_there_stays_and_is_taken_up(
    folder: Callable[..., Path], context: Context
) -> None:
    files = {
        "README.md": "mine\n",
        "mine.py": "x = 1\n",
        "requirements.txt": "a>=1 # why\n",
    }
    root = folder(files)
    begun = plan_new(root, guess_project(root, context))
    assert begun.kept == ("README.md",)
    write_begun(begun)
    now = files_in(root)
    assert files.items() <= now.items()
    assert set(now) - set(files) == {"pyproject.toml", ".gitignore"}
    project = tomllib.loads(now["pyproject.toml"])["project"]
    assert project["dependencies"] == ["a>=1"]


@pytest.mark.parametrize("native", [False, True])
def test_a_project_is_not_begun_twice(
    folder: Callable[..., Path], context: Context, *, native: bool
) -> None:
    root = folder({})
    new = guess_project(root, context)
    write_begun(plan_new(root, new))
    before = files_in(root)
    with pytest.raises(AlreadyAProjectError):
        plan_new(root, new)
    with pytest.raises(AlreadyAProjectError):
        plan_adopted(root, native=native, given={})
    assert files_in(root) == before


def test_all_is_written_or_nothing(
    folder: Callable[..., Path], context: Context
) -> None:
    root = folder({"src": "a file"})
    with pytest.raises(NotWrittenError):
        write_begun(plan_new(root, guess_project(root, context)))
    assert files_in(root) == {"src": "a file"}
    with pytest.raises(NotWrittenError):
        write_begun(plan_new(root / "src" / "x", guess_project(root, context)))


def test_a_folder_without_a_usable_name_needs_one(
    tmp_path: Path, context: Context
) -> None:
    root = tmp_path / "123"
    with pytest.raises(UnusableProjectNameError):
        plan_new(root, guess_project(root, context))


def test_an_old_project_keeps_its_files(folder: Callable[..., Path]) -> None:
    setup_cfg = "[metadata]\nname = demo\nversion = 1.0\n[options]\npy_modules = demo\n"
    root = folder({"setup.cfg": setup_cfg, "demo.py": ""})
    assert holds_project(root)
    write_begun(plan_adopted(root, native=False, given={}))
    now = files_in(root)
    assert now["setup.cfg"] == setup_cfg
    project = tomllib.loads(now["pyproject.toml"])["project"]
    assert (project["name"], project["version"]) == ("demo", "1.0")


def test_an_old_pyproject_keeps_its_permissions_and_comments(
    folder: Callable[..., Path],
) -> None:
    root = folder({"setup.py": 'from setuptools import setup\nsetup(name="demo")\n'})
    path = root / "pyproject.toml"
    path.write_text("# mine\n[tool.black]\nline-length = 99\n")
    path.chmod(0o640)
    write_begun(plan_adopted(root, native=False, given={"version": "2"}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "# mine\n[tool.black]\nline-length = 99\n" in path.read_text()
    assert tomllib.loads(path.read_text())["project"]["version"] == "2"


@pytest.mark.interop
def test_what_is_computed_is_asked_for_and_written_down(
    folder: Callable[..., Path], context: Context, told: list[str]
) -> None:
    root = folder(COMPUTED)
    asking = (context, Building(isolate=no_isolation))
    begun = plan_adopted(root, native=False, given={}, asking=asking)
    project = tomllib.loads(begun.files["pyproject.toml"].decode())["project"]
    assert project == {
        "name": "demo",
        "version": "1.0",
        "description": "Computed",
        "dependencies": ["a>=1"],
        "urls": {"Homepage": "https://x.org"},
        "scripts": {"demo": "demo:main"},
    }
    assert any(line.startswith("asking setuptools") for line in told)
    assert begun.adoption is not None
    assert any("was computed" in loss for loss in begun.adoption.losses)
    assert set(files_in(root)) >= {*COMPUTED}


def test_pysetup_does_not_take_over_what_computes(folder: Callable[..., Path]) -> None:
    root = folder(COMPUTED)
    with pytest.raises(NotStaticError):
        plan_adopted(root, native=True, given={})


def test_a_name_that_stands_nowhere_is_asked_for(folder: Callable[..., Path]) -> None:
    root = folder({"setup.py": "from setuptools import setup\nsetup(version='1')\n"})
    with pytest.raises(NameNeededError):
        plan_adopted(root, native=False, given={})
