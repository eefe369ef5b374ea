"""pysetup in an environment of its own, which replaces itself while it runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import packaging
import pytest

pytestmark = pytest.mark.flow

Command = Any  # the class of the fixture


def wheel_of(
    version: str, project: Path, folder: Path, pysetup: Command, *, poison: bool
) -> Path:
    """Build a pysetup of this version; poisoned, no module of it can be imported."""
    tree = folder / f"pysetup-{version}"
    tree.mkdir()
    shutil.copytree(project / "launchers", tree / "launchers")
    shutil.copytree(
        project / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("README.md", "LICENSE"):
        shutil.copy(project / name, tree)
    text = (project / "pyproject.toml").read_text()
    text = text.replace('version = "0.1.0"', f'version = "{version}"')
    (tree / "pyproject.toml").write_text(text)
    if poison:
        for path in (tree / "src/pysetup").rglob("*.py"):
            path.write_text(f"raise SystemExit('{path.name} is of the new version')\n")
    ran = pysetup("build", "--wheel", "--no-isolation", "--outdir", folder, tree)
    assert ran.code == 0, ran.err
    return folder / f"pysetup-{version}-py3-none-any.whl"


@pytest.fixture(scope="module")
def module_pysetup(
    pysetup_class: type[Any], tmp_path_factory: pytest.TempPathFactory
) -> Command:
    return pysetup_class(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def wheels(
    module_pysetup: Command,
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("own-wheels")
    return (
        wheel_of("0.1.0", project_root, folder, module_pysetup, poison=False),
        wheel_of("99.0", project_root, folder, module_pysetup, poison=True),
    )


@pytest.fixture
def own(
    wheels: tuple[Path, Path], pysetup: Command, tmp_path: Path
) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Return what runs the command that an environment of its own holds."""
    env = tmp_path / "venv"
    assert pysetup("venv", "create", env).code == 0
    ran = pysetup("install", "--no-deps", "--no-index", "--env", env, wheels[0])
    assert ran.code == 0, ran.err
    (site,) = env.glob("lib/python*/site-packages")
    # What pysetup requires is borrowed from the tests' own environment.
    library = os.path.dirname(os.path.dirname(packaging.__file__))
    (site / "library.pth").write_text(library + "\n")

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(env / "bin/pysetup"), *map(str, words), "--python", str(env)]
        return subprocess.run(
            command,
            env=pysetup.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    yield run
    left = {path.name for path in env.glob(".pysetup/*")}
    assert left <= {"history.json", "owned"}


@pytest.mark.parametrize("options", [[], ["--json"], ["-v"]], ids=["text", "json", "v"])
def test_it_replaces_itself_and_ends_well(
    options: list[str],
    own: Callable[..., subprocess.CompletedProcess[str]],
    wheels: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    shown = own("show", "pysetup", "--json")
    assert '"version": "0.1.0"' in shown.stdout, shown.stderr
    done = own("install", "--no-deps", "--no-index", *options, wheels[1])
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "99.0" in done.stdout
    assert "new version" not in done.stdout + done.stderr
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    assert [path.name for path in site.glob("pysetup-*")] == ["pysetup-99.0.dist-info"]
    assert "new version" in (site / "pysetup/cli/output.py").read_text()


def test_it_removes_itself(
    own: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = own("uninstall", "pysetup", "--json")
    # What takes long is told on standard error; no more than that may be there.
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    assert [path.name for path in site.iterdir()] == ["library.pth"]
    assert not (tmp_path / "venv/bin/pysetup").exists()
    assert sys.version_info >= (3, 11)
