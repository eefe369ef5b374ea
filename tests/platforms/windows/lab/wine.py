"""A Windows machine for tests: a prefix of wine with Pythons that really run.

The Python of a prefix is a program built from ``python.c``, which hands over to the
Python of this machine: it imports what stands in the site-packages of the prefix.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WINE = "/usr/lib/wine/wine64"
SERVER = "/usr/lib/wine/wineserver64"
COMPILER = "x86_64-w64-mingw32-gcc-win32"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
SITE = "Lib/site-packages"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_HERE = Path(__file__).parent
_LOADER = """\
    #!{interpreter} -ES
    import os, subprocess, sys
    here, prefix = {here!r}, {prefix!r}
    calls = os.path.join(here, "calls", sys.argv[1])
    def native(word):
        if len(word) > 2 and word[1] == ":" and word[2] in "\\\\/":
            drive = prefix + "/dosdevices/" + word[0].lower() + ":"
            return drive + word[2:].replace("\\\\", "/")
        return word
    with open(calls + ".args", "rb") as file:
        words = [native(w.decode()) for w in file.read().split(b"\\0")[:-1]]
    with open(calls + ".out", "wb") as out, open(calls + ".err", "wb") as err:
        words = [here + "/venv/bin/python", *words]
        code = subprocess.call(words, stdout=out, stderr=err)
    with open(calls + ".now", "w") as file:
        file.write(str(code))
    os.rename(calls + ".now", calls + ".code")
    """


@dataclass(frozen=True)
class Ran:
    """A finished program."""

    code: int
    out: str


class Machine:
    """A prefix of wine: drive C, the registry, and what runs there."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.drive = prefix / "drive_c"
        self.environ = {
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "PATH": os.environ["PATH"],
            "HOME": str(prefix),
            "LC_ALL": "C.UTF-8",
        }

    @classmethod
    def make(cls, prefix: Path) -> "Machine":
        """Make a new prefix: seconds, and hundreds of megabytes."""
        prefix.mkdir(parents=True)
        made = cls(prefix)
        made.run("wineboot", "-i", timeout=300)
        made.wait()
        return made

    def copy(self, prefix: Path) -> "Machine":
        """Copy the prefix; the files of Windows are shared, the registry is not."""
        shutil.copytree(self.prefix, prefix, symlinks=True, copy_function=_linked)
        made = Machine(prefix)
        (prefix / "drive_c" / "windows" / "temp").mkdir(exist_ok=True)
        return made

    def run(self, *words: str | Path, timeout: float = 120) -> Ran:
        """Run a program to its end."""
        done = subprocess.run(
            [WINE, *map(str, words)],
            env=self.environ,
            cwd=self.prefix,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"))

    @contextmanager
    def holding(self, program: Path, file: Path) -> Iterator[None]:
        """Keep a file open, shared with nobody; ``program`` is the built holder."""
        mark = self.prefix / "held"
        mark.write_text("")
        words = [WINE, str(program), f"Z:{file}", f"Z:{mark}"]
        process = subprocess.Popen(words, env=self.environ, stderr=subprocess.DEVNULL)
        while mark.exists():  # it takes the mark away once it has the file
            assert process.poll() is None
            time.sleep(0.05)
        try:
            yield
        finally:
            mark.write_text("")
            assert process.wait(30) == 0

    def wait(self) -> None:
        """Wait until nothing runs any more; then the registry is on the disk."""
        subprocess.run([SERVER, "-w"], env=self.environ, check=False, timeout=120)

    def add_python(
        self, folder: str, program: Path, *, version: str = PYTHON, hive: str = "HKCU"
    ) -> Path:
        """Install a Python in ``folder`` (``C:\\Python``); "" as ``hive``: unknown."""
        root = self.drive / folder.removeprefix("C:\\").replace("\\", "/")
        for name in (SITE, "Scripts", "calls"):
            (root / name).mkdir(parents=True)
        shutil.copy(program, root / "python.exe")
        shutil.copy(program, root / "pythonw.exe")
        words = [sys.executable, "-m", "venv", "--without-pip", str(root / "venv")]
        subprocess.run(words, check=True)
        site = next((root / "venv" / "lib").glob("python*/site-packages"))
        (site / "lab.pth").write_text(f"{root / SITE}\n", "utf-8")
        loader = textwrap.dedent(_LOADER).format(
            interpreter=sys.executable, here=str(root), prefix=str(self.prefix)
        )
        (root / "native.exe").write_text(loader, "utf-8")
        (root / "native.exe").chmod(0o755)
        if hive:
            key = rf"{hive}\Software\Python\PythonCore\{version}\InstallPath"
            self.run("reg", "add", key, "/ve", "/d", folder, "/f", "/reg:64")
        return root

    def registry(self, key: str) -> str:
        """Return what is below a key, as ``reg query`` shows it; "" for nothing."""
        ran = self.run("reg", "query", key, "/s", "/reg:64")
        return ran.out if ran.code == 0 else ""

    def traces(self, word: str) -> list[str]:
        """Return the lines of the registry's files that have ``word`` in them."""
        self.wait()
        pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        found: list[str] = []
        for name in ("user.reg", "system.reg"):
            lines = (self.prefix / name).read_text("utf-8", "replace").splitlines()
            found += filter(pattern.search, lines)
        return found


def build_python(folder: Path) -> Path:
    """Compile the stand-in for python.exe into ``folder``."""
    return _compiled("python", folder)


def build_holder(folder: Path) -> Path:
    """Compile the program that keeps a file open into ``folder``."""
    return _compiled("hold", folder)


def _compiled(name: str, folder: Path) -> Path:
    made = folder / f"{name}.exe"
    words = [COMPILER, "-O1", "-s", "-municode" if name == "hold" else "-mconsole"]
    words += ["-o", str(made), str(_HERE / f"{name}.c"), "-lshell32"]
    subprocess.run(words, check=True)
    return made


def files_below(root: Path) -> dict[str, bytes]:
    """Return the files of a Python, but for what the lab itself put there."""
    own = ("python.exe", "pythonw.exe", "native.exe")
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.relative_to(root).parts[0] not in ("venv", "calls", *own)
    }


def folders_below(root: Path) -> set[str]:
    """Return the folders of a Python, but for those of the lab and of Python."""
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_dir() and path.relative_to(root).parts[0] not in ("venv", "calls")
    }
    return found - {"Lib", SITE, "Scripts"}


def _linked(source: str, target: str) -> None:
    if source.endswith(".reg") or "/windows/" not in source:
        shutil.copy2(source, target)
    else:
        os.link(source, target)
