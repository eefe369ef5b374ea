"""Real projects as pacman's packages: made with what they need, installed, removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import PROJECTS, index_environ
from tests.platforms.systems import PYTHON, run_in, tree_of

from pysetup.platforms.names.tables import uncustomary_names
from pysetup.platforms.pacman import FORMAT
from pysetup.standards.names import normalize_name

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.interop]


def called(project: str) -> str:
    """Return what Arch calls a project, and so what our package of it is called."""
    table = uncustomary_names("pacman")
    assert table is not None
    found = table.find(normalize_name(project))
    return f"python-{project}" if found is None else found.packages[0]


@pytest.mark.parametrize("case", PROJECTS)
def test_a_real_project(
    case: str,
    pysetup: Any,
    system: Any,
    left_in: Callable[[Path, set[str]], set[str]],
    tmp_path: Path,
) -> None:
    project = PROJECTS[case]
    words = ("bdist_pacman", "--with-deps", "--target", f"arch-{PYTHON}")
    out = tmp_path / "repository"
    ran = pysetup(*words, "--outdir", out, project.source, env=index_environ())
    assert ran.code == 0, ran.out + ran.err
    before = tree_of(system.root)
    with system.config.open("a") as stream:
        stream.write(f"[pysetup]\nServer = {out.as_uri()}\n")
    package = called(project.name)
    system("-Sy", *system.assume, package)
    done = run_in(system.root, "python", "-c", project.code)
    assert project.prints in done.stdout
    if project.command:
        done = run_in(system.root, *project.command, check=False)
        assert project.says in done.stdout + done.stderr
    if project.data:
        assert (system.root / "usr" / project.data).is_file()
    for line in system("-Qkk").splitlines():
        assert line.endswith(" 0 altered files"), line
    for path in out.glob("*.pkg.tar.zst"):
        FORMAT.verify(path)
    system("-Rns", package)
    assert left_in(system.root, before) == set()


def test_what_is_needed_and_not_there_is_missed(
    pysetup: Any, system: Any, tmp_path: Path
) -> None:
    words = ("bdist_pacman", "--target", f"arch-{PYTHON}", "--outdir", tmp_path)
    ran = pysetup(*words, "markdown-it-py==3.0.0", env=index_environ())
    assert ran.code == 0, ran.out + ran.err
    path = next(tmp_path.glob("python-markdown-it-py-3.0.0-*.zst"))
    told = system("-U", *system.assume, path, check=False)
    assert "unable to satisfy dependency 'python-mdurl" in told
