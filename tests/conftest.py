"""What all tests share: where the project is, its command, and required tools."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1"


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def need_tool() -> Callable[[str], str]:
    """Return a tool's path, or skip; with PYSETUP_TEST_REQUIRE_ALL=1 fail instead."""

    def need(name: str) -> str:
        beside = Path(sys.executable).parent / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if found is None:
            if REQUIRE_ALL:
                pytest.fail(f"{name} is required here and is not installed")
            pytest.skip(f"{name} is not installed")
        return found

    return need


@dataclass(frozen=True)
class Ran:
    """A finished run of the command."""

    code: int
    out: str
    err: str


class Pysetup:
    """Runs the installed command as a user does, in a clean environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYSETUP_CACHE_DIR": str(home / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "LC_ALL": "C.UTF-8",
        }

    def __call__(
        self,
        *words: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "pysetup", *map(str, words)],
            cwd=cwd or self.home,
            env={**self.environ, **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def pysetup(tmp_path_factory: pytest.TempPathFactory) -> Pysetup:
    """The command, with a home and a cache of its own and no configuration."""
    return Pysetup(tmp_path_factory.mktemp("home"))
