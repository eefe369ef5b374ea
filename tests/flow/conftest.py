"""Projects, indexes and environments for the tests that go the whole way."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HUMANIZE = """
def naturaldelta(delta):
    return f"{delta.days} days"
"""
PASSWORD = "correct horse battery staple"


@pytest.fixture
def greet(tmp_path: Path, project_root: Path) -> Path:
    """A copy of the example project, in a folder with a space in its name."""
    return Path(
        shutil.copytree(
            project_root / "examples" / "greet", tmp_path / "a checkout" / "greet"
        )
    )


@pytest.fixture
def wheelhouse(make_wheel: Any) -> Path:
    """A folder with the distributions that the example needs."""
    made = make_wheel("humanize", "4.9", files={"humanize.py": HUMANIZE})
    make_wheel("colorama", "0.4.6", files={"colorama.py": "Fore = 1\n"})
    return Path(made.parent)


@dataclass(frozen=True)
class Served:
    """A running index: its simple URL, its upload URL, the user's credentials."""

    simple: str
    upload: str
    data: Path
    username: str = "alice"
    password: str = PASSWORD


@pytest.fixture
def served(tmp_path: Path, pysetup: Any) -> Iterator[Served]:
    """The embedded index server, started by the command, on a port of its own."""
    data = tmp_path / "index data"
    added = pysetup(
        *("index", "user", "add", "alice", "--password-stdin", "--data", data),
        stdin=f"{PASSWORD}\n",
    )
    assert added.code == 0, added.err
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pysetup", "index", "serve"),
            *("--data", str(data), "--port", "0"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env=pysetup.environ,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    simple = next(word for word in line.split() if word.startswith("http://"))
    try:
        yield Served(simple, simple.replace("/simple/", "/legacy/"), data)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 0, said


@pytest.fixture
def new_environment(tmp_path: Path, pysetup: Any) -> Callable[[str], Path]:
    """Return a function that creates an environment by the command."""

    def create(name: str = "environment") -> Path:
        made = pysetup("venv", "create", tmp_path / name)
        assert made.code == 0, made.err
        return tmp_path / name

    return create


def listing(folder: Path) -> Mapping[str, bytes]:
    """Return path -> content of everything below ``folder``, links as their target.

    What pysetup knows of an environment is left out.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.partition("/")[0] == ".pysetup":
            continue
        if path.is_symlink():
            found[name] = os.readlink(path).encode()
        elif path.is_file():
            found[name] = path.read_bytes()
        else:
            found[name] = b"a folder"
    return found


@pytest.fixture
def look() -> Callable[[Path], Mapping[str, bytes]]:
    """Return the function that lists a folder with all contents."""
    return listing
