"""What all tests share: where the project is, its command, and required tools."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
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


@pytest.fixture(scope="session")
def pysetup_class() -> type[Pysetup]:
    """The class of the command, for fixtures that live longer than a test."""
    return Pysetup


@pytest.fixture
def pysetup(tmp_path_factory: pytest.TempPathFactory) -> Pysetup:
    """The command, with a home and a cache of its own and no configuration."""
    return Pysetup(tmp_path_factory.mktemp("home"))


class WheelMaker:
    """Writes small wheels; everything in them is right unless a test says otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        name: str = "demo",
        version: str = "1.0",
        *,
        files: Mapping[str, str | bytes] | None = None,
        metadata: str = "",
        entry_points: str = "",
        info: Mapping[str, str | bytes] | None = None,
        tag: str = "py3-none-any",
        pure: bool = True,
        wheel_version: str = "1.0",
        record: Callable[[str], str] = str,
        executable: tuple[str, ...] = (),
    ) -> Path:
        """Write a wheel and return its path.

        ``files`` are by path, ``info`` are more files of the .dist-info folder;
        ``metadata`` are more header lines; ``record`` changes the text of RECORD.
        """
        stem = f"{name.replace('-', '_')}-{version}"
        dist_info = f"{stem}.dist-info"
        wheel = (
            f"Wheel-Version: {wheel_version}\nGenerator: test\n"
            f"Root-Is-Purelib: {str(pure).lower()}\nTag: {tag}\n"
        )
        core = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}"
        found: dict[str, str | bytes] = {
            **(files if files is not None else {f"{name}/__init__.py": "value = 1\n"}),
            f"{dist_info}/METADATA": core,
            f"{dist_info}/WHEEL": wheel,
        }
        if entry_points:
            found[f"{dist_info}/entry_points.txt"] = entry_points
        found |= {f"{dist_info}/{key}": value for key, value in (info or {}).items()}
        contents = {
            path: value.encode() if isinstance(value, str) else value
            for path, value in found.items()
        }
        lines = [self._line(path, content) for path, content in contents.items()]
        listing = "".join([*lines, f"{dist_info}/RECORD,,\n"])
        contents[f"{dist_info}/RECORD"] = record(listing).encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{stem}-{tag}.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in contents.items():
                entry = zipfile.ZipInfo(member, (2024, 1, 2, 3, 4, 6))
                entry.compress_type = zipfile.ZIP_DEFLATED
                mode = 0o100755 if member in executable else 0o100644
                entry.external_attr = mode << 16
                archive.writestr(entry, content)
        return path

    @staticmethod
    def _line(path: str, content: bytes) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        return f"{path},sha256={digest.decode().rstrip('=')},{len(content)}\n"


@pytest.fixture
def make_wheel(tmp_path: Path) -> WheelMaker:
    """Write wheels below the test's own folder."""
    return WheelMaker(tmp_path / "wheels")
