"""Editable requirements out of repositories: cloned once, and then the user's."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

PYPROJECT = """[build-system]
requires = []
build-backend = "pysetup.backend"
[project]
name = "cloned"
version = "1.0"
"""


def git(*words: str, cwd: Path) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    done = subprocess.run(
        ["git", *identity, *words], cwd=cwd, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, need_tool: Callable[[str], str]) -> Path:
    need_tool("git")
    root = tmp_path / "upstream"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "cloned.py").write_text("value = 1\n")
    git("init", "-q", "-b", "main", cwd=root)
    git("add", ".", cwd=root)
    git("commit", "-q", "-m", "first", cwd=root)
    return root


def test_a_clone_is_made_used_and_frozen(
    pysetup: Any, repository: Path, tmp_path: Path
) -> None:
    env = tmp_path / "env"
    assert pysetup("venv", "create", env).code == 0
    url = f"git+{repository.as_uri()}#egg=cloned"
    words = ("install", "--env", env, "--no-index", "--no-isolation", "-e", url)
    planned = pysetup(*words, "--dry-run")
    assert planned.code == 0, planned.err
    assert not (env / "src").exists()
    done = pysetup(*words)
    assert done.code == 0, done.err
    clone = env / "src/cloned"
    (clone / "cloned.py").write_text("value = 2\n")
    ran = subprocess.run(
        [env / "bin/python", "-c", "import cloned; print(cloned.value)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "2\n"
    again = pysetup(*words, "--force-reinstall")
    assert again.code == 0, again.err
    assert (clone / "cloned.py").read_text() == "value = 2\n"
    frozen = pysetup("pip", "--python", env / "bin/python", "freeze")
    commit = git("rev-parse", "HEAD", cwd=repository)
    assert frozen.out == f"-e git+{repository.as_uri()}@{commit}#egg=cloned\n"


def test_clones_go_where_they_are_wanted_and_leave_alone_what_is_there(
    pysetup: Any, repository: Path, tmp_path: Path
) -> None:
    env = tmp_path / "env"
    assert pysetup("venv", "create", env).code == 0
    source = tmp_path / "mine"
    (source / "taken").mkdir(parents=True)
    (source / "taken/work.txt").write_text("mine")
    words = ("install", "--env", env, "--no-index", "--no-isolation", "--src", source)
    refused = pysetup(*words, "-e", f"git+{repository.as_uri()}#egg=taken")
    assert refused.code == 2
    assert (source / "taken/work.txt").read_text() == "mine"
    done = pysetup(*words, "-e", f"git+{repository.as_uri()}")
    assert done.code == 0, done.err
    assert (source / "upstream/cloned.py").exists()
