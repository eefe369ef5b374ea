"""The short way to an environment that is as its lock says."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import os, sys, time
from pysetup.replay.command import answer
code, _ = answer(sys.argv[1:], dict(os.environ), cwd=os.getcwd(), now=time.time())
sys.stderr.write(str(code))
"""


class Syncing:
    """A lock of two wheels, and the ways to install from it."""

    def __init__(self, folder: Path, index: Any, pysetup: Any) -> None:
        self.folder, self.index, self._pysetup = folder, index, pysetup
        self.lock_file = folder / "pylock.toml"

    def command(self, name: str, env: Path, *words: str) -> Any:
        return self._pysetup(name, "--env", env, *words, cwd=self.folder)

    def done(self, env: Path, *words: str) -> str:
        ran = self.command("sync", env, *words)
        assert ran.code == 0, ran.err
        return str(ran.out)

    def shortly(self, env: Path, *words: str) -> str:
        """Try the short way alone; return its exit code, or ``None``."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "sync", "--env", str(env), *words],
            cwd=self.folder,
            env=self._pysetup.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stderr.splitlines()[-1]


@pytest.fixture
def syncing(
    tmp_path: Path,
    index: Any,
    make_wheel: Any,
    pysetup: Any,
    fresh: Callable[[], Path],
) -> Syncing:
    make_wheel(metadata="Requires-Dist: other\n")
    make_wheel("other", "2.0")
    folder = tmp_path / "work"
    folder.mkdir()
    where = ("--python", fresh() / "bin/python", "--index-url", index.url)
    made = pysetup("lock", "demo", *where, "-o", "pylock.toml", cwd=folder)
    assert made.code == 0, made.err
    return Syncing(folder, index, pysetup)


def tree(environment: Path) -> Mapping[str, bytes]:
    (site,) = environment.glob("lib/*/site-packages")
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_second_environment_is_made_the_short_way(
    syncing: Syncing, fresh: Callable[[], Path]
) -> None:
    told = syncing.done(env := fresh())
    assert told == "+ demo 1.0\n+ other 2.0\n"
    made = tree(env)
    syncing.index.asked = 0
    env = fresh()
    assert syncing.shortly(env) == "0"
    assert tree(env) == made
    assert syncing.index.asked == 0


def test_nothing_to_do_is_said_the_short_way_until_something_changes(
    syncing: Syncing, fresh: Callable[[], Path]
) -> None:
    env = fresh()
    syncing.done(env)
    assert syncing.shortly(env) == "None", "the first time it is decided"
    assert syncing.done(env) == "Nothing to do.\n"
    assert syncing.shortly(env) == "0"
    assert syncing.shortly(env, "--inexact") == "None"

    # Another file of the same version: the name alone would not tell.
    (info,) = env.glob("lib/*/site-packages/other-2.0.dist-info")
    kept = info.rename(info.with_name("kept"))
    kept.rename(info)
    os.utime(info, ns=(1, 1))
    assert syncing.shortly(env) == "None"

    syncing.command("uninstall", env, "other", "--yes")
    assert syncing.shortly(env) == "None"
    assert syncing.done(env) == "+ other 2.0\n"
    text = syncing.lock_file.read_text("utf-8")
    syncing.lock_file.write_text(text + "\n[tool.x]\ny = 1\n")
    assert syncing.shortly(env) == "None", "another lock is another question"


def test_install_from_a_lock_goes_the_same_way(
    syncing: Syncing, fresh: Callable[[], Path]
) -> None:
    words = ("-r", "pylock.toml")
    ran = syncing.command("install", env := fresh(), *words)
    assert ran.code == 0, ran.err
    made = tree(env)
    syncing.index.asked = 0
    again = syncing.command("install", env := fresh(), *words)
    assert (again.code, again.out) == (0, ran.out)
    assert tree(env) == made
    assert syncing.index.asked == 0


def test_a_lock_that_is_gone_or_broken_takes_the_long_way(
    syncing: Syncing, fresh: Callable[[], Path]
) -> None:
    env = fresh()
    syncing.lock_file.write_text("lock-version = [")
    assert syncing.shortly(env) == "None"
    ran = syncing.command("sync", env)
    assert "PS2126" in ran.err
    syncing.lock_file.unlink()
    assert syncing.shortly(env) == "None"
