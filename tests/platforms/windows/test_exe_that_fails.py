"""Installer programs that cannot do their work: all is then as it was before."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built
from tests.platforms.windows.conftest import plan_of
from tests.platforms.windows.lab.wine import (
    UNINSTALL,
    Machine,
    build_holder,
    files_below,
    folders_below,
)

from pysetup.platforms.interface import Making
from pysetup.platforms.nsis.format import FORMAT

pytestmark = [pytest.mark.interop, pytest.mark.slow]
MAIN = "def main():\n    print('{}')\n"
HELLO = "[console_scripts]\nhello = demo:main\n"
SITE = Path("Lib", "site-packages")


@pytest.fixture
def package(
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> Callable[..., Path]:
    """Make an installer program of a made-up wheel."""
    need_tool("makensis")

    def make(version: str, *, name: str = "demo", **files: str | bytes) -> Path:
        inside = {
            f"{name}/__init__.py": MAIN.format(version),
            "shared/one.py": "# shared\n",
            **{path.replace("__", "/"): text for path, text in files.items()},
        }
        points = HELLO if name == "demo" else ""
        one = built(name, version, files=inside, entry_points=points)
        plan = plan_of(FORMAT, one)
        return FORMAT.binary_dist(
            one.root, one.metadata, out=tmp_path, plan=plan, making=making()
        )[0]

    return make


@pytest.fixture
def root(machine: Machine, python_program: Path) -> Path:
    """The folder of a Python."""
    return machine.add_python("C:\\Python", python_program)


def state(machine: Machine, root: Path) -> tuple[Any, ...]:
    """Return all that an installation could change."""
    machine.wait()
    return (
        files_below(root),
        folders_below(root),
        machine.registry(rf"HKCU\{UNINSTALL}"),
        machine.registry(r"HKCU\Software\pysetup"),
    )


def refused(machine: Machine, root: Path, made: Path, told: str) -> None:
    """Assert that installing ``made`` fails, tells it, and changes nothing."""
    before = state(machine, root)
    ran = machine.run(made, "/S")
    assert ran.code == 2
    assert told in ran.out
    (log,) = machine.drive.glob("users/*/Temp/pysetup-demo.log")
    assert told in log.read_text("utf-16")
    after = state(machine, root)
    assert after[0].keys() == before[0].keys()
    assert after == before


@pytest.mark.parametrize("first", [True, False], ids=["new", "upgrade"])
def test_a_file_stands_where_a_folder_belongs(
    machine: Machine, root: Path, package: Callable[..., Path], *, first: bool
) -> None:
    if not first:
        assert machine.run(package("1.0", name="other"), "/S").code == 0
        assert machine.run(package("1.0", demo__old="old"), "/S").code == 0
    (root / SITE / "demo_data").write_text("a file")
    made = package("2.0", demo_data__inner__new="new", zz_last="last")
    refused(machine, root, made, "cannot be replaced")
    (root / SITE / "demo_data").unlink()
    assert machine.run(made, "/S").code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "2.0\n"
    assert not list(machine.drive.glob("users/*/Temp/pysetup-demo.log"))


def test_a_folder_stands_where_a_file_belongs(
    machine: Machine, root: Path, package: Callable[..., Path]
) -> None:
    assert machine.run(package("1.0"), "/S").code == 0
    (root / SITE / "demo" / "new" / "inside").mkdir(parents=True)
    told = "new cannot be replaced"
    refused(machine, root, package("2.0", demo__new="a file"), told)


def test_a_file_of_the_older_version_is_in_use(
    machine: Machine,
    root: Path,
    package: Callable[..., Path],
    tmp_path: Path,
) -> None:
    assert machine.run(package("1.0", name="other"), "/S").code == 0
    assert machine.run(package("1.0", demo__zz="in use"), "/S").code == 0
    holder = build_holder(tmp_path)
    held = root / SITE / "demo" / "zz"
    uninstaller = next(root.glob(f"{SITE}/demo-*.dist-info/uninstall.exe"))
    before = state(machine, root)
    with machine.holding(holder, held):
        ran = machine.run(package("2.0"), "/S")
        assert ran.code == 2
        assert "zz cannot be replaced" in ran.out
        # Told its folder, it does not go on in another process.
        folder = rf"C:\Python\Lib\site-packages\{uninstaller.parent.name}"
        ran = machine.run(uninstaller, "/S", f"_?={folder}")
        assert ran.code == 2
        assert "zz cannot be taken away" in ran.out
    assert state(machine, root) == before
    assert machine.run(package("2.0"), "/S").code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "2.0\n"


@pytest.fixture
def small_disk(
    machine: Machine, python_program: Path, tmp_path: Path
) -> Iterator[Path]:
    """A disk E: of two megabytes, with a Python."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(words, check=False).returncode:
        pytest.skip("only root mounts a disk")
    (machine.prefix / "dosdevices" / "e:").symlink_to(disk)
    (disk / "Python" / SITE).mkdir(parents=True)
    (disk / "Python" / "python.exe").write_bytes(python_program.read_bytes())
    yield disk
    machine.wait()
    subprocess.run(["umount", str(disk)], check=True)


def test_the_disk_is_full(
    machine: Machine, package: Callable[..., Path], small_disk: Path
) -> None:
    root = small_disk / "Python"
    where = "/PYDIR=E:\\Python"
    assert machine.run(package("1.0"), "/S", where).code == 0
    before = state(machine, root)
    ran = machine.run(package("2.0", demo__large=os.urandom(3_000_000)), "/S", where)
    assert ran.code == 2
    assert "could not be written" in ran.out
    assert state(machine, root) == before


def test_the_disk_cannot_be_written_to(
    machine: Machine, package: Callable[..., Path], small_disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    root = small_disk / "Python"
    before = state(machine, root)
    ran = machine.run(package("1.0"), "/S", "/PYDIR=E:\\Python")
    assert ran.code == 6
    assert "cannot be written to" in ran.out
    assert state(machine, root) == before
