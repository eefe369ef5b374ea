"""MSI packages installed, repaired, upgraded and removed on a Windows machine."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built
from tests.platforms.windows.conftest import plan_of
from tests.platforms.windows.lab.wine import (
    UNINSTALL,
    Machine,
    Ran,
    files_below,
    folders_below,
)

from pysetup.platforms.msi.format import FORMAT

pytestmark = pytest.mark.interop
MAIN = """\
import sys


def main():
    print('{}', sys.argv[1:])
    return 3


def window():
    with open(sys.argv[1], "w") as file:
        file.write("shown")
"""
HELLO = """\
[console_scripts]
hello = demo:main
[gui_scripts]
window = demo:window
"""


@pytest.fixture
def package(built: Callable[..., Built], tmp_path: Path) -> Callable[..., Path]:
    """Make an MSI package of a made-up wheel, and return its place."""

    def make(name: str = "demo", version: str = "1.0", **more: Any) -> Path:
        options = more.pop("options", {})
        more.setdefault("files", {"demo/__init__.py": MAIN.format(version)})
        if name == "demo":
            more.setdefault("entry_points", HELLO)
        one = built(name, version, **more)
        plan = plan_of(FORMAT, one, **options)
        out = tmp_path / "out"
        return FORMAT.binary_dist(one.root, one.metadata, out=out, plan=plan)[0]

    return make


def installed(machine: Machine, package: Path, *words: str) -> Ran:
    return machine.run("msiexec", "/i", package, "/qn", *words)


def removed(machine: Machine, package: Path, *words: str) -> Ran:
    return machine.run("msiexec", "/x", package, "/qn", *words)


@pytest.mark.parametrize("hive", ["HKCU", pytest.param("HKLM", marks=pytest.mark.slow)])
def test_installed_run_repaired_and_removed(
    machine: Machine, python_program: Path, package: Callable[..., Path], hive: str
) -> None:
    scope = "user" if hive == "HKCU" else "machine"
    msi = package(options={"scope": scope})
    root = machine.add_python("C:\\Prográm Files\\Py thon", python_program, hive=hive)
    assert installed(machine, msi).code == 0
    told: Any = FORMAT.verify(msi)["files"]
    assert set(files_below(root)) == {file["path"] for file in told}
    hello = root / "Scripts" / "hello.exe"
    assert machine.run(hello, "a b", "ü") == Ran(3, "1.0 ['a b', 'ü']\n")
    shown = machine.drive / "shown.txt"
    machine.run(root / "Scripts" / "window.exe", "C:\\shown.txt")
    machine.wait()
    assert shown.read_text() == "shown"
    assert any("__pycache__" in path for path in files_below(root))
    assert "demo 1.0" in machine.registry(rf"HKLM\{UNINSTALL}")
    # Repaired: what was changed and what was lost comes back.
    hello.unlink()
    (root / "Lib" / "site-packages" / "demo" / "__init__.py").write_text("broken")
    repair = installed(machine, msi, "REINSTALL=ALL", "REINSTALLMODE=amus")
    assert repair.code == 0
    assert machine.run(hello).out == "1.0 []\n"
    (root / "Lib" / "site-packages" / "other.py").write_text("stays")
    assert removed(machine, msi).code == 0
    assert set(files_below(root)) == {"Lib/site-packages/other.py"}
    assert folders_below(root) == set()
    assert machine.registry(rf"HKLM\{UNINSTALL}").find("demo") == -1
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_without_python_nothing_is_installed(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Other", python_program, version="2.7")
    msi = package()
    assert installed(machine, msi).code != 0
    # A Python that is known, and is not there any more.
    gone = machine.add_python("C:\\Gone", python_program)
    (gone / "python.exe").unlink()
    assert installed(machine, msi).code != 0
    assert (files_below(root), files_below(gone)) == ({}, {})
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_the_folder_of_python_can_be_named(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    known = machine.add_python("C:\\Known", python_program)
    root = machine.add_python("C:\\Unknown one", python_program, hive="")
    msi = package()
    assert installed(machine, msi, "PYDIR=C:\\Nowhere").code != 0
    assert installed(machine, msi, "PYDIR=C:\\Unknown one").code == 0
    assert files_below(known) == {}
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.0 []\n"
    # It is remembered: an upgrade and a removal need not be told.
    newer = package(version="1.1")
    assert installed(machine, newer).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.1 []\n"
    assert removed(machine, newer).code == 0
    assert (files_below(root), files_below(known)) == ({}, {})


@pytest.mark.slow
def test_a_newer_version_takes_the_place_of_an_older(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    old_files = {"demo/__init__.py": MAIN.format("old"), "demo/gone.py": ""}
    old = package(version="1.9", files=old_files)
    new = package(version="1.10")
    assert installed(machine, old).code == 0
    machine.run(root / "Scripts" / "hello.exe")
    assert installed(machine, new).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    assert not any("1.9" in path or "gone" in path for path in files_below(root))
    assert installed(machine, old).code != 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    assert removed(machine, new).code == 0
    assert files_below(root) == {}
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_a_shared_folder_stays_while_it_is_used(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    shared = {"space/__init__.py": "# shared\n", "bare/deep/er/one.py": ""}
    first = package("first", files={**shared, "space/first/__init__.py": ""})
    second = package("second", files={**shared, "space/second.py": ""})
    assert installed(machine, first).code == 0
    assert installed(machine, second).code == 0
    assert removed(machine, first).code == 0
    left = {path for path in files_below(root) if "dist-info" not in path}
    assert left == {
        "Lib/site-packages/bare/deep/er/one.py",
        "Lib/site-packages/space/__init__.py",
        "Lib/site-packages/space/second.py",
    }
    assert removed(machine, second).code == 0
    assert (files_below(root), folders_below(root)) == ({}, set())


@pytest.mark.slow
def test_what_is_needed_must_be_there(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    msi = package(metadata="Requires-Dist: helper >=2\n")
    assert installed(machine, msi, "/l*v", "C:\\log.txt").code != 0
    log = (machine.drive / "log.txt").read_text("utf-8", "replace")
    assert "Need1.helper. Looking for helper>=2\n" in log
    assert (
        installed(machine, package("helper", "1.0", files={"helper.py": ""})).code == 0
    )
    assert installed(machine, msi).code != 0
    assert not (root / "Scripts" / "hello.exe").exists()
    assert (
        installed(machine, package("helper", "2.0", files={"helper.py": ""})).code == 0
    )
    assert installed(machine, msi).code == 0
    assert removed(machine, msi).code == 0
    assert (
        installed(
            machine,
            package("lonely", metadata="Requires-Dist: no-such\n"),
            "IGNORENEEDS=1",
        ).code
        == 0
    )


@pytest.mark.slow
def test_strange_texts_and_names_arrive_as_they_are(
    machine: Machine,
    python_program: Path,
    package: Callable[..., Path],
    need_tool: Callable[[str], str],
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    strange = {
        "demo/__init__.py": MAIN.format("x"),
        "demo/a [b] {c} $d ${e} `f` 'g' %PATH% ;,=+!#&^~ü日.txt": "ü",
        "demo/no extension": b"\0\1",
        "demo/empty": b"",
    }
    msi = package(
        files=strange,
        metadata='Summary: It "costs" $5 [PATH] {x} `id` %TEMP% \\\\ grün 日本\n'
        'Author: A [B] "C" <a@b.example>\n',
    )
    assert installed(machine, msi).code == 0
    found = files_below(root / "Lib" / "site-packages")
    for path, content in strange.items():
        expected = content.encode() if isinstance(content, str) else content
        assert found[path] == expected
    info = need_tool("msiinfo")
    words = [info, "export", str(msi), "Property"]
    text = subprocess.run(words, check=True, capture_output=True).stdout.decode()
    assert 'It "costs" $5 [PATH] {x} `id` %TEMP% \\\\ grün 日本' in text
    assert removed(machine, msi).code == 0
    assert (files_below(root), folders_below(root)) == ({}, set())
