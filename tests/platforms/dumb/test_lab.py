"""Real projects as plain archives: unpacked at a prefix, run there, and removed."""

import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import PROJECTS, index_environ
from tests.platforms.systems import PYTHON, copy_python, tree_of

from pysetup.platforms.dumb import FORMAT

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with nothing installed."""
    return copy_python(tmp_path_factory.mktemp("python"))


@pytest.mark.parametrize("case", PROJECTS)
def test_a_real_project(case: str, pysetup: Any, python: Path, tmp_path: Path) -> None:
    project = PROJECTS[case]
    words = ("bdist_dumb", "--with-deps", "--target", f"portable-{PYTHON}")
    out = tmp_path / "out"
    ran = pysetup(*words, "--outdir", out, project.source, env=index_environ())
    assert ran.code == 0, ran.out + ran.err
    prefix = tmp_path / "a prefix"
    prefix.mkdir()
    archives = sorted(out.glob("*.tar.gz"))
    for path in archives:
        FORMAT.verify(path)
        subprocess.run(["tar", "-xf", path, "-C", prefix], check=True)
    site = prefix / "lib" / f"python{PYTHON}" / "site-packages"
    environ = {
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(python.parent.parent / "lib"),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def said(*command: Any, **more: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environ | more
        )
        return done.stdout + done.stderr

    assert project.prints in said("python3", "-c", project.code, PYTHONPATH=str(site))
    if project.command:
        first, *rest = project.command
        assert project.says in said(prefix / "bin" / first, *rest)
    if project.data:
        assert (prefix / project.data).is_file()
    listed: set[str] = set()
    for path in archives:
        with tarfile.open(path) as archive:
            listed |= set(archive.getnames())
    assert {each for each in tree_of(prefix) if not (prefix / each).is_dir()} == listed
