"""pacman on a root of its own, with a Python in it and without a network."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.platforms.systems import PYTHON, make_root, tree_of


class Pacman:
    """pacman on a root of its own."""

    def __init__(self, program: str, root: Path) -> None:
        self.program, self.root = program, root
        (root / "var/lib/pacman").mkdir(parents=True)
        self.config = root.parent / "pacman.conf"
        self.config.write_text("[options]\nArchitecture = auto\nSigLevel = Never\n")

    def __call__(self, *words: str | Path, check: bool = True) -> str:
        done = subprocess.run(
            [
                self.program,
                *("--root", str(self.root)),
                *("--dbpath", str(self.root / "var/lib/pacman")),
                *("--config", str(self.config)),
                *("--cachedir", str(self.root.parent / "cache")),
                *("--logfile", str(self.root.parent / "log"), "--noconfirm"),
                *map(str, words),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        told = done.stdout + done.stderr
        assert (done.returncode == 0) == check, told
        return told


@pytest.fixture
def left_in() -> Callable[[Path, set[str]], set[str]]:
    """What is there now, but for pacman's own and the byte-code of Python."""

    def left(root: Path, before: set[str]) -> set[str]:
        return {
            path
            for path in tree_of(root) - before
            if not path.startswith("var/lib/pacman")
            and ("__pycache__" not in path or "site-packages" in path)
        }

    return left


@pytest.fixture
def system(need_tool: Callable[[str], str], tmp_path: Path) -> Pacman:
    """A root with a Python that pacman knows, without a network."""
    if os.geteuid() != 0:
        pytest.skip("a root is entered by root alone")
    program = need_tool("pacman")
    pacman = Pacman(program, make_root(tmp_path / "root"))
    pacman.assume = (f"--assume-installed=python={PYTHON}.1",)  # type: ignore[attr-defined]
    return pacman
