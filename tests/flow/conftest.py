"""Projects, indexes and environments for the tests that go the whole way."""

import json
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


class Undoing:
    """One environment, a folder of wheels, and the commands that change it."""

    def __init__(self, environment: Path, wheels: Path, pysetup: Any) -> None:
        self.environment, self.wheels, self._pysetup = environment, wheels, pysetup
        self.more: dict[str, str] = {}

    @property
    def site(self) -> Path:
        return next(self.environment.glob("lib/*/site-packages"))

    def __call__(self, command: str, *words: str | Path) -> Any:
        return self._pysetup(
            *(command, "--env", self.environment, *words),
            env={
                "PYSETUP_NO_INDEX": "1",
                "PYSETUP_FIND_LINKS": str(self.wheels),
                **self.more,
            },
        )

    def done(self, command: str, *words: str | Path) -> str:
        ran = self(command, *words)
        assert ran.code == 0, ran.err
        return str(ran.out)

    def refused(self, command: str, *words: str | Path, code: str) -> str:
        ran = self(command, *words)
        assert f"error[{code}]" in ran.err, ran.err + ran.out
        return str(ran.err)

    def pip(self, *words: str) -> None:
        self._tool(
            *(sys.executable, "-m", "pip", "--python"),
            *(str(self.environment / "bin/python"), *words, "--quiet"),
        )

    def _tool(self, *words: str) -> None:
        environ = {
            **self._pysetup.environ,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        subprocess.run(words, check=True, env=environ, capture_output=True)

    def uv(self, uv: str, *words: str) -> None:
        python = str(self.environment / "bin/python")
        self._tool(
            *(uv, "pip", *words, "--python", python, "--quiet"),
            *(
                ("--no-index", "--find-links", str(self.wheels))
                * (words[0] == "install")
            ),
        )

    def entries(self) -> list[Any]:
        shown = json.loads(self.done("history", "--json"))
        found: list[Any] = shown["result"]["entries"]
        return found

    def picture(self) -> Mapping[str, bytes]:
        """Everything but pysetup's own state and bytecode, which holds times."""
        found: dict[str, bytes] = {}
        for folder, folders, names in os.walk(self.environment):
            folders[:] = [name for name in folders if name != ".pysetup"]
            for name in names:
                path = Path(folder, name)
                known = b"" if name.endswith(".pyc") else path.read_bytes()
                found[str(path.relative_to(self.environment))] = known
        return found

    def sources(self) -> Mapping[str, bytes]:
        """The same without what lists or is bytecode."""
        picture = self.picture()
        return {k: v for k, v in picture.items() if not k.endswith(("RECORD", ".pyc"))}


@pytest.fixture
def upgrade_wheels(make_wheel: Any) -> Path:
    one = {"demo/__init__.py": "def main(): print(1)\n", "demo/old.py": "o = 1\n"}
    two = {"demo/__init__.py": "def main(): print(2)\n", "demo/new.py": "n = 1\n"}
    script = "[console_scripts]\ndemo = demo:main\n"
    needs = "Requires-Dist: dep\nRequires-Dist: more\n"
    made = make_wheel("demo", "1.0", files=one, entry_points=script)
    make_wheel("demo", "2.0", files=two, entry_points=script, metadata=needs)
    make_wheel("dep", "1.0", files={"dep.py": "d = 1\n", "space/dep.py": "s = 1\n"})
    make_wheel("more", "1.0", files={"more.py": "m = 1\n", "space/more.py": "s = 1\n"})
    return Path(made.parent)


@pytest.fixture
def undoing(
    new_environment: Callable[..., Path], upgrade_wheels: Path, pysetup: Any
) -> Undoing:
    return Undoing(new_environment(), upgrade_wheels, pysetup)
