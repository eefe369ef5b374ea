"""The rows D1 to D7 of the founding plan: a project developed where it stands."""

import json
import ntpath
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from pysetup.phases.develop.editable import PathFileError, path_line

pytestmark = pytest.mark.flow

OURS = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
[project.scripts]
demo = "demo:main"
[tool.pysetup.sources]
root = "src"
modules = ["demo"]
"""
MODULE = "def main():\n    print('a row')\n"
Done = Callable[..., str]


@pytest.fixture
def ours(write: Any) -> Path:
    files = {"pyproject.toml": OURS, "src/demo/__init__.py": MODULE}
    return Path(write("a checkout", {**files, "src/stray.py": ""}))


def managed_python(folder: Path) -> Path:
    """Make a copy of this Python that says, as Debian's does, to leave it alone."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / name
    base = getattr(sys, "_base_executable", sys.executable)
    shutil.copy(os.path.realpath(base), python)
    library = folder / "lib" / name
    library.mkdir(parents=True)
    real = Path(sysconfig.get_path("stdlib"))
    for path in [*real.parent.glob("libpython*"), *real.iterdir()]:
        place = library if path.parent == real else library.parent
        (place / path.name).symlink_to(path)
    marker = library / "EXTERNALLY-MANAGED"
    marker.unlink(missing_ok=True)
    marker.write_text("[externally-managed]\nError=Ask your administrator.\n")
    return python


@pytest.mark.parametrize("words", [("develop",), ("install", "-e")])
def test_d01_develop_and_install_e_on_every_back_end(
    words: tuple[str, ...], any_project: Any, environment: Path, site: Path, done: Done
) -> None:
    options = ("--env", environment, "--no-deps", *any_project.words)
    first, *more = words
    done(first, *options, *more, any_project.root, env=any_project.environ)
    assert done("run", "--env", environment, "demo") == "a row\n"
    (direct_url,) = site.glob("demo-1.0.dist-info/direct_url.json")
    said = json.loads(direct_url.read_bytes())
    assert said == {"url": any_project.root.as_uri(), "dir_info": {"editable": True}}


def test_d02_an_editable_is_one_line_with_a_path(
    any_project: Any, environment: Path, site: Path, done: Done
) -> None:
    options = ("--env", environment, "--no-deps", *any_project.words)
    done("develop", *options, any_project.root, env=any_project.environ)
    (pth,) = [path for path in site.glob("*.pth") if path.name != "back-ends.pth"]
    assert pth.read_text("utf-8").splitlines() == [str(any_project.root / "src")]
    assert not [path.name for path in site.glob("*.start")]
    assert not [path.name for path in site.glob("*finder*")]


def test_d03_the_environment_is_the_active_one_then_dot_venv(
    ours: Path, environment: Path, tmp_path: Path, pysetup: Any, result: Any
) -> None:
    active = {"VIRTUAL_ENV": str(environment)}
    developed = result("develop", ours, env=active)
    assert developed["environment"] == str(environment)
    python = managed_python(tmp_path / "system")
    (python.parent / "python3").symlink_to(python)
    # Neither is there: the Python of the system is not touched.
    path = {"PATH": str(python.parent)}
    refused = pysetup("install", "--no-index", ours, cwd=ours, env=path)
    assert (refused.code, "PS7001" in refused.err) == (7, True), refused.err
    assert "Ask your administrator." in refused.err
    assert "pysetup venv create" in refused.err
    developed = result("develop", ours)
    assert developed["environment"] == str(ours / ".venv")
    (ours / "below").mkdir()
    listed = pysetup("list", cwd=ours / "below")
    assert f"using {ours / '.venv'}" in listed.err


def test_d04_a_link_tree_holds_what_the_wheel_would(
    ours: Path, environment: Path, site: Path, done: Done, pysetup: Any
) -> None:
    done("develop", "--strict", "--env", environment, ours)
    (link,) = [path for path in site.rglob("demo/__init__.py") if path.is_symlink()]
    assert link.readlink() == ours / "src" / "demo" / "__init__.py"
    assert done("run", "--env", environment, "demo") == "a row\n"
    stray = ("run", "--env", environment, "python", "-c", "import stray")
    assert pysetup(*stray).code == 1
    done("develop", "--env", environment, ours)
    assert pysetup(*stray).code == 0


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param(r"C:\Users\Zoë Müller\demo\src", id="a drive"),
        pytest.param(r"\\server\share\demo\src", id="a share"),
        pytest.param("\\\\?\\C:\\" + "deep\\" * 60 + "src", id="a long path"),
        pytest.param("D:/forward/slashes", id="forward slashes"),
    ],
)
def test_d05_paths_of_windows_stand_in_the_path_file(folder: str) -> None:
    line = path_line(PureWindowsPath(folder))
    # What site.py does with the line, on Windows.
    found = ntpath.join(r"C:\env\Lib\site-packages", line.rstrip())
    assert ntpath.normcase(found) == ntpath.normcase(folder)
    for relative in (r"demo\src", r"\demo\src", r"C:demo"):
        with pytest.raises(PathFileError):
            path_line(PureWindowsPath(relative))


def test_d06_a_change_of_the_metadata_is_told_and_refreshed(
    ours: Path, environment: Path, done: Done, pysetup: Any
) -> None:
    done("develop", "--env", environment, ours)
    text = OURS.replace('"1.0"', '"1.1"').replace("demo =", "other =")
    (ours / "pyproject.toml").write_text(text, "utf-8")
    stale = pysetup("list", "--env", environment)
    assert "(version 1.1, entry points):  pysetup develop --refresh" in stale.err
    refreshed = done("develop", "--refresh", "--env", environment, ours)
    assert refreshed == "~ demo 1.0 -> 1.1\n"
    assert done("run", "--env", environment, "other") == "a row\n"
    assert pysetup("list", "--env", environment).err == ""


def test_d07_a_command_runs_in_the_environment_of_the_project(
    ours: Path, done: Done, pysetup: Any
) -> None:
    done("develop", ours)
    assert done("run", "demo", cwd=ours / "src") == "a row\n"
    (ours / "tool.py").write_text("import demo, sys\nsys.exit(7)\n", "utf-8")
    assert pysetup("run", "tool.py", cwd=ours).code == 7


def test_d07_a_script_has_what_it_says_it_needs(
    ours: Path, make_wheel: Any, done: Done
) -> None:
    wheel = make_wheel("other", files={"other.py": "value = 'needed'\n"})
    (ours / "script.py").write_text(
        '# /// script\n# dependencies = ["other"]\n# ///\n'
        "import other\nprint(other.value)\n",
        "utf-8",
    )
    words = ("run", "--no-index", "--find-links", wheel.parent, "script.py")
    assert done(*words, cwd=ours) == "needed\n"
    assert not (ours / ".venv").exists()
