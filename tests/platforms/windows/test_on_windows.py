"""Both kinds of installers at work: installed, repaired, upgraded, removed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built, MachineTools
from tests.platforms.windows.conftest import plan_of
from tests.platforms.windows.lab.wine import (
    PYTHON,
    UNINSTALL,
    Machine,
    Ran,
    files_below,
    folders_below,
)

from pysetup.platforms.interface import Making, PlatformFormat
from pysetup.platforms.msi.format import FORMAT as MSI
from pysetup.platforms.nsis.format import FORMAT as EXE

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


@dataclass(frozen=True)
class Kind:
    """A kind of installers, and how one is told what to do."""

    format_: PlatformFormat
    folder: str
    unless: str
    #: Where in the registry the list of programs has what is for ``HKCU`` alone.
    listed_under: str

    def install(self, machine: Machine, package: Path, *words: str) -> Ran:
        """Install silently; Windows Installer also writes ``C:\\log.txt``."""
        if self.format_ is EXE:
            return machine.run(package, "/S", "/LOG=C:\\log.txt", *words)
        return machine.run(
            "msiexec", "/i", package, "/qn", "/l*v", "C:\\log.txt", *words
        )

    def remove(self, machine: Machine, package: Path, root: Path) -> None:
        """Remove what ``package`` installed for the Python in ``root``."""
        if self.format_ is MSI:
            assert machine.run("msiexec", "/x", package, "/qn").code == 0
            return
        name = package.name.partition(".win-")[0]
        program = root / f"Lib/site-packages/{name}.dist-info/uninstall.exe"
        assert machine.run(program, "/S").code == 0
        machine.wait()  # it goes on after its first program has ended


KINDS = {
    "msi": Kind(MSI, "PYDIR=", "IGNORENEEDS=1", "HKLM"),
    "exe": Kind(EXE, "/PYDIR=", "/IgnoreNeeds", "HKCU"),
}


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind in turn."""
    found: Kind = request.param
    return found


@pytest.fixture
def package(
    kind: Kind,
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> Callable[..., Path]:
    """Make an installer of a made-up wheel, and return its place."""
    if kind.format_ is EXE:
        need_tool("makensis")

    def make(name: str = "demo", version: str = "1.0", **more: Any) -> Path:
        options = more.pop("options", {})
        more.setdefault("files", {"demo/__init__.py": MAIN.format(version)})
        if name == "demo":
            more.setdefault("entry_points", HELLO)
        one = built(name, version, **more)
        plan = plan_of(kind.format_, one, **options)
        return kind.format_.binary_dist(
            one.root, one.metadata, out=tmp_path / "out", plan=plan, making=making()
        )[0]

    return make


def files_of(root: Path) -> dict[str, bytes]:
    """Return the files, but for those that serve an uninstaller."""
    found = files_below(root)
    own = ("/uninstall.exe", "/uninstall.txt")
    return {path: found[path] for path in found if not path.endswith(own)}


def log_of(machine: Machine) -> str:
    """Return what an installation left in its log."""
    place = machine.drive / "log.txt"
    content = place.read_bytes() if place.exists() else b""
    coding = "utf-16" if content.startswith(b"\xff\xfe") else "utf-8"
    return content.decode(coding, "replace")


@pytest.mark.parametrize("hive", ["HKCU", pytest.param("HKLM", marks=pytest.mark.slow)])
def test_installed_run_repaired_and_removed(
    machine: Machine,
    python_program: Path,
    kind: Kind,
    package: Callable[..., Path],
    hive: str,
) -> None:
    scope = "user" if hive == "HKCU" else "machine"
    made = package(options={"scope": scope})
    root = machine.add_python("C:\\Prográm Files\\Py thon", python_program, hive=hive)
    assert kind.install(machine, made).code == 0
    told: Any = kind.format_.verify(made, tools=MachineTools())["files"]
    assert set(files_of(root)) == {file["path"] for file in told}
    hello = root / "Scripts" / "hello.exe"
    assert machine.run(hello, "a b", "ü") == Ran(3, "1.0 ['a b', 'ü']\n")
    machine.run(root / "Scripts" / "window.exe", "C:\\shown.txt")
    machine.wait()
    assert (machine.drive / "shown.txt").read_text() == "shown"
    assert any("__pycache__" in path for path in files_below(root))
    where = hive if hive == "HKLM" else kind.listed_under
    entry = machine.registry(rf"{where}\{UNINSTALL}")
    for line in ("demo 1.0", "UninstallString", "EstimatedSize", "Publisher"):
        assert line in entry
    # Repaired: what was changed and what was lost comes back.
    hello.unlink()
    (root / "Lib" / "site-packages" / "demo" / "__init__.py").write_text("broken")
    again = ("REINSTALL=ALL", "REINSTALLMODE=amus") if kind.format_ is MSI else ()
    assert kind.install(machine, made, *again).code == 0
    assert machine.run(hello).out == "1.0 []\n"
    (root / "Lib" / "site-packages" / "other.py").write_text("stays")
    kind.remove(machine, made, root)
    assert set(files_below(root)) == {"Lib/site-packages/other.py"}
    assert folders_below(root) == set()
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_without_python_nothing_is_installed(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Other", python_program, version="2.7")
    made = package()
    ran = kind.install(machine, made)
    assert ran.code == (3 if kind.format_ is EXE else ran.code or -1)
    # Wine does not write the text of a condition into a log, Windows does.
    told = {
        "wininst": "was not found. Install it first",
        "msi": f"Looking for Python {PYTHON}",
    }
    assert told[kind.format_.name] in log_of(machine)
    # A Python that is known, and is not there any more.
    gone = machine.add_python("C:\\Gone", python_program)
    (gone / "python.exe").unlink()
    assert kind.install(machine, made).code != 0
    # One user's Python is none of the machine's.
    machine.add_python("C:\\Mine", python_program)
    everybody = "/AllUsers" if kind.format_ is EXE else "ALLUSERS=1"
    assert kind.install(machine, made, everybody).code != 0
    assert (files_below(root), files_below(gone)) == ({}, {})
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_the_folder_of_python_can_be_named(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    known = machine.add_python("C:\\Known", python_program)
    root = machine.add_python("C:\\Unknown one", python_program, hive="")
    made = package()
    assert kind.install(machine, made, f"{kind.folder}C:\\No where").code != 0
    assert kind.install(machine, made, f"{kind.folder}C:\\Unknown one").code == 0
    assert files_below(known) == {}
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.0 []\n"
    # It is remembered: an upgrade and a removal need not be told.
    newer = package(version="1.1")
    assert kind.install(machine, newer).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.1 []\n"
    kind.remove(machine, newer, root)
    assert (files_below(root), files_below(known)) == ({}, {})


@pytest.mark.slow
def test_a_program_reads_words_as_a_person_writes_them(
    machine: Machine, python_program: Path, package: Callable[..., Path], kind: Kind
) -> None:
    if kind.format_ is MSI:
        return
    made = package()
    root = machine.add_python("C:\\Third one", python_program, hive="")
    assert kind.install(machine, made, "/D=C:\\Nowhere").code == 3
    # As a person writes it: marks behind the word, and none behind that of NSIS.
    batch = machine.prefix / "install.bat"
    program = str(made).replace("/", "\\")
    batch.write_text(
        f'"Z:{program}" /S /LOG="C:\\a log.txt" /PYDIR="C:\\No where"\r\n'
        f'"Z:{program}" /S /D=C:\\Third one\r\n'
    )
    assert machine.run("cmd", "/c", "install.bat").code == 0
    assert "was not found" in (machine.drive / "a log.txt").read_text("utf-16")
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.0 []\n"


@pytest.mark.slow
def test_a_newer_version_takes_the_place_of_an_older(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    old_files = {"demo/__init__.py": MAIN.format("old"), "demo/gone.py": ""}
    old = package(version="1.9", files=old_files)
    new = package(version="1.10")
    assert kind.install(machine, old).code == 0
    machine.run(root / "Scripts" / "hello.exe")
    assert kind.install(machine, new).code == 0
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    assert not any("1.9" in path or "gone" in path for path in files_below(root))
    assert kind.install(machine, old).code == (5 if kind.format_ is EXE else 67)
    told = {"wininst": "a newer version is installed", "msi": "and no newer version"}
    assert told[kind.format_.name] in log_of(machine)
    assert machine.run(root / "Scripts" / "hello.exe").out == "1.10 []\n"
    kind.remove(machine, new, root)
    assert (files_below(root), folders_below(root)) == ({}, set())
    assert machine.traces("demo") + machine.traces("pysetup") == []


@pytest.mark.slow
def test_what_is_shared_stays_while_it_is_used(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    shared = {"space/__init__.py": "# shared\n", "bare/deep/er/one.py": ""}
    made = {
        name: package(name, files={**shared, f"space/{name}.py": ""})
        for name in ("first", "second", "third")
    }
    for each in made.values():
        assert kind.install(machine, each).code == 0
    if kind.format_ is EXE:  # Windows Installer takes it for a repair
        assert kind.install(machine, made["second"]).code == 0
    for name, left in (("first", {"second", "third"}), ("second", {"third"})):
        kind.remove(machine, made[name], root)
        found = {path for path in files_of(root) if "dist-info" not in path}
        assert found == {
            "Lib/site-packages/bare/deep/er/one.py",
            "Lib/site-packages/space/__init__.py",
            *(f"Lib/site-packages/space/{name}.py" for name in left),
        }
    kind.remove(machine, made["third"], root)
    assert (files_below(root), folders_below(root)) == ({}, set())
    assert machine.traces("pysetup") == []


@pytest.mark.slow
def test_what_is_needed_must_be_there(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    made = package(metadata="Requires-Dist: helper >=2\n")
    told = {
        "wininst": "helper>=2: not installed",
        "msi": "Need1.helper. Looking for helper>=2\n",
    }
    ran = kind.install(machine, made)
    assert ran.code == (4 if kind.format_ is EXE else ran.code or -1)
    assert told[kind.format_.name] in log_of(machine)
    helper = {"helper.py": ""}
    assert kind.install(machine, package("helper", "1.0", files=helper)).code == 0
    assert kind.install(machine, made).code != 0
    assert not (root / "Scripts" / "hello.exe").exists()
    assert kind.install(machine, package("helper", "2.0", files=helper)).code == 0
    assert kind.install(machine, made).code == 0
    lonely = package("lonely", metadata="Requires-Dist: no-such\n")
    assert kind.install(machine, lonely, kind.unless).code == 0


@pytest.mark.slow
def test_strange_texts_and_names_arrive_as_they_are(
    machine: Machine, python_program: Path, kind: Kind, package: Callable[..., Path]
) -> None:
    root = machine.add_python("C:\\Python", python_program)
    strange = {
        "demo/__init__.py": MAIN.format("x"),
        "demo/a [b] {c} $d ${e} `f` 'g' %PATH% ;,=+!#&^~ü日@NAME@.txt": "ü",
        "demo/no extension": b"\0\1",
        "demo/empty": b"",
    }
    made = package(
        files=strange,
        metadata='Summary: It "costs" $5 $INSTDIR ${NAME} [PATH] @KEY@ `id` grün 日本\n'
        'Author: A [B] "C" $PROGRAMFILES <a@b.example>\n',
    )
    assert kind.install(machine, made).code == 0
    found = files_below(root / "Lib" / "site-packages")
    for path, content in strange.items():
        expected = content.encode() if isinstance(content, str) else content
        assert found[path] == expected
    told: Any = kind.format_.verify(made, tools=MachineTools())["files"]
    assert {file["path"] for file in told} == set(files_of(root))
    entry = "\n".join(machine.traces("costs"))
    assert '\\"costs\\" $5 $INSTDIR ${NAME} [PATH] @KEY@ `id` gr' in entry
    kind.remove(machine, made, root)
    assert (files_below(root), folders_below(root)) == ({}, set())
