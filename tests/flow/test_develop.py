"""Beginning and developing a project, by the commands."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.flow
def test_a_new_project_runs_at_once(tmp_path: Path, pysetup: Any) -> None:
    root = tmp_path / "my demo"
    begun = pysetup("init", "--app", "--yes", root)
    assert begun.code == 0, begun.err
    assert (begun.err, begun.out.count("+ ")) == ("", 4)
    again = pysetup("init", root)
    assert again.code == 1
    assert "PS1802" in again.err
    developed = pysetup("develop", cwd=root)
    assert developed.code == 0, developed.err
    assert f"created {root}/.venv" in developed.err
    assert pysetup("run", "my-demo", cwd=root).out == "Hello from my-demo\n"
    pyproject = root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("0.1.0", "0.2.0"))
    listed = pysetup("list", cwd=root)
    assert "version 0.2.0" in listed.err
    assert f"my-demo  0.1.0  {root}\n" == listed.out
    assert "0.1.0 -> 0.2.0" in pysetup("develop", "--refresh", cwd=root).out
    assert "Nothing changed" in pysetup("develop", "--refresh", cwd=root).out
    assert "- my-demo 0.2.0" in pysetup("develop", "--undo", cwd=root).out
    assert pysetup("develop", "--undo", cwd=root).code == 1


def test_init_asks_on_a_terminal_and_keeps_standard_output_clean(
    tmp_path: Path, pysetup: Any
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pysetup", "init", "--dry-run"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=pysetup.environ,
        cwd=tmp_path,
        text=True,
    ) as process:
        os.write(ours, b"asked\n1.5\n\n\n\n")
        out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert err.startswith("name [")
    assert out.splitlines()[-1] == "Nothing was written (--dry-run)."
    assert "src/asked/__init__.py" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.interop
def test_pip_uninstalls_a_link_tree_whole(tmp_path: Path, pysetup: Any) -> None:
    root, environment = tmp_path / "prö ject", tmp_path / "env"
    assert pysetup("init", "--name", "demo", "--yes", root).code == 0
    assert pysetup("venv", "create", environment).code == 0
    site = next(environment.glob("lib/*/site-packages"))
    for words in (["--strict"], []):
        done = pysetup("develop", root, "--env", environment, *words)
        assert done.code == 0, done.err
        assert any(path.is_symlink() for path in site.rglob("*"))
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--python", environment / "bin/python"),
                *("uninstall", "--yes", "--quiet", "demo"),
            ],
            check=True,
            env=pysetup.environ,
        )
        # pip removes empty folders, even this one.
        assert list(site.glob("*")) == []
    assert (root / "src/demo/__init__.py").is_file()
