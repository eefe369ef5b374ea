"""Installers installed, repaired, upgraded and removed on a Windows machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built, MachineTools
from tests.platforms.windows.conftest import plan_of
from tests.platforms.windows.lab.wine import (
    UNINSTALL,
    Machine,
    Ran,
    files_below,
    folders_below,
)

from pysetup.platforms.interface import Making
from pysetup.platforms.nsis.format import FORMAT

pytestmark = pytest.mark.interop
MAIN = "import sys\n\n\ndef main():\n    print('{}', sys.argv[1:])\n    return 3\n"
HELLO = "[console_scripts]\nhello = demo:main\n"


@pytest.fixture
def package(
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> Callable[..., Path]:
    """Make an installer of a made-up wheel, and return its place."""
    need_tool("makensis")

    def make(name: str = "demo", version: str = "1.0", **more: Any) -> Path:
        options = more.pop("options", {})
        more.setdefault("files", {"demo/__init__.py": MAIN.format(version)})
        if name == "demo":
            more.setdefault("entry_points", HELLO)
        one = built(name, version, **more)
        plan = plan_of(FORMAT, one, **options)
        out = tmp_path / "out"
        return FORMAT.binary_dist(
            one.root, one.metadata, out=out, plan=plan, making=making()
        )[0]

    return make


def installed(machine: Machine, package: Path, *words: str) -> Ran:
    return machine.run(package, "/S", *words)


def removed(machine: Machine, root: Path, name: str) -> None:
    """Run an uninstaller, which goes on after its first program has ended."""
    program = next(root.glob(f"Lib/site-packages/{name}-*.dist-info/uninstall.exe"))
    assert machine.run(program, "/S").code == 0
    machine.wait()


def files_of(root: Path) -> dict[str, bytes]:
    """Return the files, but for uninstallers."""
    found = files_below(root)
    return {path: found[path] for path in found if not path.endswith("/uninstall.exe")}


@pytest.mark.parametrize("hive", ["HKCU", pytest.param("HKLM", marks=pytest.mark.slow)])
def test_installed_run_repaired_and_removed(
    machine: Machine, python_program: Path, package: Callable[..., Path], hive: str
) -> None:
    scope = "user" if hive == "HKCU" else "machine"
    exe = package(options={"scope": scope})
    root = machine.add_python("C:\\Prográm Files\\Py thon", python_program, hive=hive)
    assert installed(machine, exe).code == 0
    told: Any = FORMAT.verify(exe, tools=MachineTools())["files"]
    assert set(files_of(root)) == {file["path"] for file in told}
    hello = root / "Scripts" / "hello.exe"
    assert machine.run(hello, "a b", "ü") == Ran(3, "1.0 ['a b', 'ü']\n")
    entry = machine.registry(rf"{hive}\{UNINSTALL}")
    for line in ("demo 1.0", "QuietUninstallString", "EstimatedSize", "Publisher"):
        assert line in entry
    # Repaired: what was changed and what was lost comes back.
    hello.unlink()
    (root / "Lib" / "site-packages" / "demo" / "__init__.py").write_text("broken")
    assert installed(machine, exe).code == 0
    assert machine.run(hello).out == "1.0 []\n"
    (root / "Lib" / "site-packages" / "other.py").write_text("stays")
    removed(machine, root, "demo")
    assert set(files_below(root)) == {"Lib/site-packages/other.py"}
    assert folders_below(root) == set()
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_without_python_nothing_is_installed(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Other", python_program, version="2.7")
    exe = package()
    ran = installed(machine, exe)
    assert ran.code == 3
    assert "was not found" in ran.out
    gone = machine.add_python("C:\\Gone", python_program)
    (gone / "python.exe").unlink()
    assert installed(machine, exe).code == 3
    # The machine's installer does not take the Python of one user.
    machine.add_python("C:\\Mine", python_program)
    assert installed(machine, exe, "/AllUsers").code == 3
    assert (files_below(root), files_below(gone)) == ({}, {})
    assert machine.traces("demo") == []


@pytest.mark.slow
def test_the_folder_of_python_can_be_named(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    known = machine.add_python("C:\\Known", python_program)
    root = machine.add_python("C:\\Unknown one", python_program, hive="")
    exe = package()
    assert installed(machine, exe, "/D=C:\\Nowhere").code == 3
    assert installed(machine, exe, "/PYDIR=C:\\No where").code == 3
    assert installed(machine, exe, "/PYDIR=C:\\Unknown one").code == 0
    assert files_below(known) == {}
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.0 []\n"
    assert installed(machine, package(version="1.1")).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.1 []\n"
    removed(machine, root, "demo")
    assert (files_below(root), files_below(known)) == ({}, {})
    third = machine.add_python("C:\\Third", python_program, hive="")
    assert installed(machine, exe, "/D=C:\\Third").code == 0
    assert machine.run(third / "Scripts" / "hello.exe").out == "1.0 []\n"


@pytest.mark.slow
def test_a_newer_version_takes_the_place_of_an_older(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    old_files = {"demo/__init__.py": MAIN.format("old"), "demo/gone.py": ""}
    old = package(version="1.9", files=old_files)
    assert installed(machine, old).code == 0
    machine.run(root / "Scripts" / "hello.exe")
    assert installed(machine, package(version="1.10")).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    assert not any("1.9" in path or "gone" in path for path in files_below(root))
    assert installed(machine, old).code == 5
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    removed(machine, root, "demo")
    assert (files_below(root), folders_below(root)) == ({}, set())
    assert machine.traces("demo") == []


@pytest.mark.slow
def test_a_shared_file_stays_while_it_is_used(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    shared = {"space/__init__.py": "# shared\n", "bare/deep/er/one.py": ""}
    first = package("first", files={**shared, "space/first/__init__.py": ""})
    second = package("second", files={**shared, "space/second.py": ""})
    assert installed(machine, first).code == 0
    assert installed(machine, second).code == 0
    assert installed(machine, second).code == 0
    removed(machine, root, "first")
    left = {path for path in files_of(root) if "dist-info" not in path}
    assert left == {
        "Lib/site-packages/bare/deep/er/one.py",
        "Lib/site-packages/space/__init__.py",
        "Lib/site-packages/space/second.py",
    }
    removed(machine, root, "second")
    assert (files_below(root), folders_below(root)) == ({}, set())
    assert machine.traces("pysetup") == []


@pytest.mark.slow
def test_what_is_needed_must_be_there(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    exe = package(metadata="Requires-Dist: helper >=2\n")
    ran = installed(machine, exe)
    assert ran.code == 4
    assert "helper>=2: not installed" in ran.out
    helper = {"helper.py": ""}
    assert installed(machine, package("helper", "1.0", files=helper)).code == 0
    assert installed(machine, exe).code == 4
    assert not (root / "Scripts" / "hello.exe").exists()
    assert installed(machine, package("helper", "2.0", files=helper)).code == 0
    assert installed(machine, exe).code == 0
    lonely = package("lonely", metadata="Requires-Dist: no-such\n")
    assert installed(machine, lonely, "/IgnoreNeeds").code == 0


@pytest.mark.slow
def test_strange_texts_and_names_arrive_as_they_are(
    machine: Machine, python_program: Path, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    strange = {
        "demo/__init__.py": MAIN.format("x"),
        "demo/a [b] {c} $d ${e} `f` 'g' %PATH% ;,=+!#&^~ü日@NAME@.txt": "ü",
        "demo/no extension": b"\0\1",
        "demo/empty": b"",
    }
    exe = package(
        files=strange,
        metadata='Summary: It "costs" $5 $INSTDIR ${NAME} @KEY@ `id` %TEMP% grün 日本\n'
        'Author: A [B] "C" $PROGRAMFILES <a@b.example>\n',
    )
    assert installed(machine, exe).code == 0
    found = files_below(root / "Lib" / "site-packages")
    for path, content in strange.items():
        expected = content.encode() if isinstance(content, str) else content
        assert found[path] == expected
    told: Any = FORMAT.verify(exe, tools=MachineTools())["files"]
    assert {file["path"] for file in told} == set(files_of(root))
    entry = "\n".join(machine.traces("costs"))
    assert '\\"costs\\" $5 $INSTDIR ${NAME} @KEY@ `id` %TEMP% gr' in entry
    removed(machine, root, "demo")
    assert (files_below(root), folders_below(root)) == ({}, set())
