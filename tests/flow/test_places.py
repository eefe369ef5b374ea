"""Installing below a prefix, a root, the user's base: the same care as elsewhere."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow


def base_python() -> str:
    return os.path.realpath(sys.executable)


def files(root: Path) -> set[str]:
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and ".pysetup" not in path.parts
    }


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    make_wheel(
        metadata="Requires-Dist: other\n",
        entry_points="[console_scripts]\ndemo = demo:main\n",
        files={
            "demo/__init__.py": "def main():\n    print('ran')\n",
            "demo-1.0.data/data/share/doc/demo.txt": "read me\n",
        },
    )
    return Path(make_wheel("other", "2.0").parent)


@pytest.fixture
def install(pysetup: Any, wheels: Path, tmp_path: Path) -> Callable[..., Any]:
    def run(*words: str | Path, command: str = "install", **more: Any) -> Any:
        links = ("--no-index", "--find-links", wheels) if command == "install" else ()
        return pysetup(
            command, "--python", base_python(), *links, *words, cwd=tmp_path, **more
        )

    return run


@pytest.mark.parametrize(
    ("words", "place"),
    [
        pytest.param(("--prefix", "opt"), "opt", id="a prefix"),
        pytest.param(("--root", "stage", "--prefix", "/usr"), "stage/usr", id="a root"),
    ],
)
def test_all_of_it_comes_and_goes(
    words: tuple[str, ...], place: str, install: Callable[..., Any], tmp_path: Path
) -> None:
    done = install(*words, "demo")
    assert done.code == 0, done.err
    root = tmp_path / place
    series = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert (root / "bin/demo").read_bytes().startswith(b"#!")
    assert (root / "share/doc/demo.txt").exists()
    assert (root / f"lib/{series}/site-packages/other").is_dir()
    ran = subprocess.run(
        [base_python(), root / "bin/demo"],
        env={"PYTHONPATH": str(root / f"lib/{series}/site-packages")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "ran\n"
    assert install(*words, "demo").out == "Nothing to do.\n"
    before = files(root)
    if place.startswith("stage"):
        assert not list(root.rglob(".pysetup"))  # a packager wants the files alone
    gone = install(*words, "demo", "other", command="uninstall")
    assert gone.code == 0, gone.err
    assert files(root) == set()
    if place.startswith("stage"):
        return
    back = install(*words, command="undo")
    assert back.code == 0, back.err
    assert {path for path in files(root) if not path.endswith(".pyc")} == {
        path for path in before if not path.endswith(".pyc")
    }


def test_nothing_of_a_failed_install_is_left(
    install: Callable[..., Any], make_wheel: Any, tmp_path: Path
) -> None:
    make_wheel("bad", record=lambda text: text.replace("sha256=", "sha256=A"))
    refused = install("--prefix", "opt", "other", "bad")
    assert refused.code == 5
    assert not (tmp_path / "opt").exists() or files(tmp_path / "opt") == set()


def test_the_user_has_a_folder_that_python_finds(
    install: Callable[..., Any], tmp_path: Path
) -> None:
    environ = {"PYTHONUSERBASE": str(tmp_path / "own")}
    done = install("--user", "--break-system-packages", "demo", env=environ)
    assert done.code == 0, done.err
    ran = subprocess.run(
        [base_python(), "-c", "import demo; print(demo.__file__)"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith(str(tmp_path / "own/lib"))
    listed = install("--user", "--format", "freeze", command="list", env=environ)
    assert listed.out == "demo==1.0\nother==2.0\n"


def test_what_is_asked_for_is_not_in_an_environment_of_its_own(
    pysetup: Any, wheels: Path, tmp_path: Path
) -> None:
    assert pysetup("venv", "create", tmp_path / "env").code == 0
    refused = pysetup(
        *("install", "--env", tmp_path / "env", "--no-index", "-f", wheels),
        *("--user", "demo"),
    )
    assert refused.code == 7
    assert "PS7317" in refused.err
    both = pysetup("install", "--user", "--target", "x", "demo", cwd=tmp_path)
    assert both.code == 2
