"""Real projects, with all that they need, as packages for Windows and macOS.

On Windows they are installed one after the other, as far as what they need is there;
then a command of the project runs, and in the end nothing may be left. For macOS two
other readers must find in the package what was planned.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.windows.lab.wine import (
    PYTHON,
    Machine,
    files_below,
    folders_below,
)

from pysetup.platforms.pkg.entries import cksum

pytestmark = [pytest.mark.interop, pytest.mark.network, pytest.mark.slow]
INDEX = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PYSETUP_INDEX_URL")


@dataclass(frozen=True)
class Row:
    """A project, the words that are run with it, and a part of what they print."""

    project: str
    words: str
    prints: str


def script(name: str, *words: str) -> str:
    return " ".join((f"Scripts/{name}.exe", *words))


def python(code: str) -> str:
    return f"python.exe -c '{code}'"


ROWS = {
    "compatible-release": Row(
        "markdown-it-py==3.0.0", script("markdown-it", "--version"), "3.0.0"
    ),
    "needs-nothing": Row("pygments==2.18.0", script("pygmentize", "-V"), "2.18.0"),
    "compiled-need": Row("flask==3.0.3", script("flask", "--version"), "Flask 3.0.3"),
    "compiled-with-command": Row(
        "charset-normalizer==3.3.2", script("normalizer", "--version"), "3.3.2"
    ),
    "compiled": Row(
        "PyYAML==6.0.1", python("import yaml; print(yaml.dump([1]))"), "- 1"
    ),
    "namespace": Row(
        "zope.component==6.0",
        python("import zope.component as c, zope.event; print(c.getSiteManager())"),
        "BaseGlobalComponents",
    ),
    "many-commands": Row("docutils==0.21.2", script("rst2html", "--version"), "0.21.2"),
    "needs-of-windows-alone": Row(
        "build==1.2.1", script("pyproject-build", "--version"), "build 1.2.1"
    ),
    "data-in-package": Row("tqdm==4.66.4", script("tqdm", "--version"), "4.66.4"),
    "bounded-needs": Row("flake8==7.0.0", script("flake8", "--version"), "7.0.0"),
    "data-files": Row(
        "jupyterlab-pygments==0.3.0",
        python(
            'import importlib.metadata as m; print(m.version("jupyterlab_pygments"))'
        ),
        "0.3.0",
    ),
    "plain": Row("cowsay==6.1", script("cowsay", "-t", "moo"), "moo"),
}
rows = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


@pytest.fixture
def made(pysetup: Any, tmp_path: Path) -> Callable[..., list[Any]]:
    """Make packages of a project and of all that it needs; return what was told."""
    # The index of this machine, which the command is otherwise kept from.
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    environ.setdefault("PIP_CONFIG_FILE", "")

    def make(format_: str, project: str, target: str) -> list[Any]:
        words = ("--with-deps", "--target", target, "--outdir", tmp_path / format_)
        done = pysetup(f"bdist_{format_}", *words, "--json", project, env=environ)
        assert done.code == 0, done.err
        files: list[Any] = json.loads(done.out)["result"]["files"]
        return files

    return make


@rows
def test_a_project_on_windows(
    machine: Machine,
    python_program: Path,
    made: Callable[..., list[Any]],
    row: Row,
) -> None:
    root = machine.add_python("C:\\Python of all", python_program)
    for format_ in ("msi", "wininst"):
        files = made(format_, row.project, f"windows-{PYTHON}")
        packages = [Path(file["location"]) for file in files]
        order = install_all(machine, format_, packages)
        found = {path for path in files_below(root) if not is_own(path)}
        assert found == {
            one["path"] for file in files for one in file["contents"]["files"]
        }
        program, *arguments = split(row.words)
        assert row.prints in machine.run(root / program, *arguments).out
        for path in reversed(order):
            remove(machine, format_, path, root)
        assert (files_below(root), folders_below(root)) == ({}, set())
        assert machine.traces("pysetup") == []


def is_own(path: str) -> bool:
    """Tell whether a file is none of the package's: byte code, the uninstaller."""
    return "/__pycache__/" in path or path.endswith(
        ("/uninstall.exe", "/uninstall.txt")
    )


def split(words: str) -> list[str]:
    """Split a command line at spaces, but for what is in quotation marks."""
    parts = words.split("'")
    return [
        word
        for number, part in enumerate(parts)
        for word in ([part] if number % 2 else part.split())
    ]


def install_all(machine: Machine, format_: str, packages: list[Path]) -> list[Path]:
    """Install what can be installed until all is; return the order.

    A package refuses while something that it needs is missing.
    """
    order: list[Path] = []
    waiting = list(packages)
    while waiting:
        left = [path for path in waiting if not install(machine, format_, path)]
        assert len(left) < len(waiting), left
        order += [path for path in waiting if path not in left]
        waiting = left
    return order


def install(machine: Machine, format_: str, path: Path) -> bool:
    words = ("msiexec", "/i", path, "/qn") if format_ == "msi" else (path, "/S")
    code = machine.run(*words).code
    assert format_ == "msi" or code in (0, 4)
    return code == 0


def remove(machine: Machine, format_: str, path: Path, root: Path) -> None:
    if format_ == "msi":
        assert machine.run("msiexec", "/x", path, "/qn").code == 0
        return
    name = normal(path.name.partition(".win-")[0])
    (program,) = (
        program
        for program in root.glob("Lib/site-packages/*.dist-info/uninstall.exe")
        if normal(program.parent.name.removesuffix(".dist-info")) == name
    )
    assert machine.run(program, "/S").code == 0
    machine.wait()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@rows
def test_two_readers_agree_about_a_package_for_macos(
    made: Callable[..., list[Any]],
    need_tool: Callable[[str], str],
    row: Row,
    tmp_path: Path,
) -> None:
    bsdtar, seven = need_tool("bsdtar"), need_tool("7z")
    oracle: Any = pytest.importorskip("pyapplebom")
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}

    def run(*words: str | Path) -> None:
        subprocess.run(words, check=True, capture_output=True, env=environ)

    for number, file in enumerate(made("pkg", row.project, "macos-3.11")):
        path, folder = Path(file["location"]), tmp_path / str(number)
        parts, first, second = (folder / name for name in ("parts", "first", "second"))
        for each in (parts, first, second):
            each.mkdir(parents=True)
        run(bsdtar, "-xf", path, "-C", parts)
        (inside,) = parts.glob("*.pkg")
        run(bsdtar, "-xpf", inside / "Payload", "-C", first)
        run(seven, "t", path)
        run(seven, "x", f"-o{parts}", inside / "Payload")
        # 7-Zip makes no links that lead upwards; the bill tells where they lead.
        run(seven, "x", "-x!./usr", f"-o{second}", parts / "Payload~")
        check_bill(oracle, (inside / "Bom").read_bytes(), first)
        assert digests(first) == digests(second)
        planned = {one["path"]: one["mode"] for one in file["contents"]["files"]}
        assert planned == {
            name: f"{(first / name).stat().st_mode & 0o7777:04o}"
            for name in digests(first)
        }
        assert digests(first) == {
            one["path"]: one["sha256"] for one in file["contents"]["files"]
        }


def digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def check_bill(oracle: Any, bill: bytes, payload: Path) -> None:
    """Compare the bill, as another reader reads it, with what was unpacked."""
    found = oracle.parse_bom(bill, include_blocks=False)
    assert not found["parse_errors"]
    lines = {line["path"].removeprefix("./"): line for line in found["paths"]}
    unpacked = {one.relative_to(payload).as_posix(): one for one in payload.rglob("*")}
    assert lines.keys() == unpacked.keys() | {"."}
    for name, path in unpacked.items():
        line, status = lines[name], path.lstat()
        assert line["file_mode"] & 0o170000 == status.st_mode & 0o170000
        if path.is_symlink():
            assert line["link_name"] == os.readlink(path)
        elif path.is_file():
            assert line["file_mode"] == status.st_mode
            assert line["size"] == status.st_size
            assert line["crc32"] == cksum(path.read_bytes())
