"""Bad project folders and bad pyproject.toml, given to every command that takes one."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

COMMANDS = (
    "build",
    "build in place",
    "build the tree",
    "sdist",
    "sdist list",
    "bdist_wheel",
    "develop",
    "develop strict",
    "install",
    "metadata show",
    "check",
    "files explain",
    "build-lock",
    "setup.py",
    "rebuild",
)

TABLE = '[project]\nname = "demo"\nversion = "1.0"\n'
OURS = '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'


def system(text: str) -> str:
    return f"{TABLE}[build-system]\n{text}\n"


BAD_FILES: dict[str, bytes | str] = {
    "broken TOML": "[project\nname = 1",
    "an unfinished string": '[project]\nname = "demo\n',
    "binary content": bytes(range(256)),
    "NUL characters": bytes(1000),
    "Latin-1": '[project]\nname = "demo"\nversion = "1"\ndescription = "é"\n'.encode("latin-1"),
    "UTF-16": f"{TABLE}{OURS}".encode("utf-16"),
    "half a character of UTF-8": TABLE.encode() + b"\xe2\x82",
    "a lone surrogate": TABLE.encode() + b'description = "\xed\xa0\x80"\n' + OURS.encode(),
    "an escape in a name": f'[project]\nname = "\\u001b[31m"\nversion = "1"\n{OURS}',
    "deep arrays": "x = " + "[" * 5000 + "]" * 5000,
    "deep tables": "x = " + "{a=" * 3000 + "1" + "}" * 3000,
    "a deep dotted key": ".".join("a" * 9000) + " = 1",
    "a huge number": f"{TABLE}description = {'9' * 10000}\n{OURS}",
    "a key twice": f'{TABLE}name = "demo"\n{OURS}',
    "a table twice": f"{TABLE}{OURS}{OURS}",
    "no name": f'[project]\nversion = "1"\n{OURS}',
    "no version": f'[project]\nname = "demo"\n{OURS}',
    "a project that is a list": f"project = []\n{OURS}",
    "a name that is a path": f'[project]\nname = "../evil"\nversion = "1"\n{OURS}',
    "a name that is too long": f'[project]\nname = "{"n" * 5000}"\nversion = "1"\n{OURS}',
    "a version that is a path": f'[project]\nname = "demo"\nversion = "1/../2"\n{OURS}',
    "a version without end": f'[project]\nname = "demo"\nversion = "{"1." * 5000}1"\n{OURS}',
    "a readme outside": f'{TABLE}readme = "../../README"\n{OURS}',
    "a readme by absolute path": f'{TABLE}readme = "/etc/passwd"\n{OURS}',
    "a readme that is missing": f'{TABLE}readme = "README"\n{OURS}',
    "licence files outside": f'{TABLE}license-files = ["../*"]\n{OURS}',
    "a module that is missing": f'{TABLE}{OURS}[tool.pysetup.sources]\nmodules = ["absent"]\n',
    "modules of a wrong type": f"{TABLE}{OURS}[tool.pysetup.sources]\nmodules = 1\n",
    "a build-system that is a list": f"build-system = []\n{TABLE}",
    "a build-system that is text": f'build-system = "x"\n{TABLE}',
    "requires of a wrong type": system('requires = "setuptools"'),
    "requires with a number": system("requires = [1]"),
    "requires with a table": system("requires = [{}]"),
    "an unreadable requirement": system('requires = ["a b c"]\nbuild-backend = "x"'),
    "no requires": system('build-backend = "setuptools.build_meta"'),
    "a back end of a wrong type": system("requires = []\nbuild-backend = 1"),
    "a back end of no name": system('requires = []\nbuild-backend = ""'),
    "a back end that is a path": system('requires = []\nbuild-backend = "../x"'),
    "a back end with a colon too many": system('requires = []\nbuild-backend = "a:b:c"'),
    "a path of the back end outside": system('requires = []\nbuild-backend = "b"\nbackend-path = [".."]'),
    "an absolute path of the back end": system('requires = []\nbuild-backend = "b"\nbackend-path = ["/tmp"]'),
    "a path of the back end of a wrong type": system('requires = []\nbuild-backend = "b"\nbackend-path = "x"'),
    "an unknown key of build-system": system('requires = []\nbuild-backend = "pysetup.backend"\nbogus = 1'),
    "a hook that is no hook": f'{TABLE}{OURS}[tool.pysetup.build]\nhook = "not a hook"\n',
    "a hook of a wrong type": f"{TABLE}{OURS}[tool.pysetup.build]\nhook = 1\n",
    "commands of a wrong type": f'{TABLE}{OURS}[tool.pysetup.build]\ncommands = "make"\n',
    "an unknown adapter": f'{TABLE}{OURS}[tool.pysetup.build]\nadapter = "bogus"\n',
    "a hook and commands": f'{TABLE}{OURS}[tool.pysetup.build]\nhook = "a:b"\ncommands = [["make"]]\n',
}  # fmt: skip


def project(lab: Any, content: bytes | str) -> Path:
    root: Path = lab.place / "demo"
    root.mkdir()
    (root / "x.py").write_text("x = 1\n")
    (root / "demo.py").write_text("x = 1\n")
    text = content.encode() if isinstance(content, str) else content
    (root / "pyproject.toml").write_bytes(text)
    return root


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_pyproject_is_refused(lab: Any, fault: str, command: str) -> None:
    root = project(lab, BAD_FILES[fault])
    lab.refuses(*lab.words(command, root), classes="1" if command == "check" else "2")


def no_file(root: Path) -> None:
    (root / "pyproject.toml").unlink()


def a_folder(root: Path) -> None:
    no_file(root)
    (root / "pyproject.toml").mkdir()


def a_pipe(root: Path) -> None:
    no_file(root)
    os.mkfifo(root / "pyproject.toml")


def a_link(target: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        no_file(root)
        (root / "pyproject.toml").symlink_to(target)

    return make


def a_locked_file(root: Path) -> None:
    (root / "pyproject.toml").chmod(0)


def a_locked_module(root: Path) -> None:
    (root / "demo.py").chmod(0)


def a_locked_folder(root: Path) -> None:
    root.chmod(0)


def a_pipe_for_a_module(root: Path) -> None:
    (root / "demo.py").unlink()
    os.mkfifo(root / "demo.py")


def a_socket(root: Path) -> None:
    no_file(root)
    here = os.getcwd()
    os.chdir(root)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("pyproject.toml")
    os.chdir(here)


def a_huge_file(root: Path) -> None:
    with (root / "pyproject.toml").open("ab") as stream:
        stream.truncate(3 << 30)


def a_wide_file(root: Path) -> None:
    with (root / "pyproject.toml").open("ab") as stream:
        stream.write(b"[tool.x]\n" + b"".join(b"k%d = 1\n" % n for n in range(50_000)))


def a_link_out(root: Path) -> None:
    (root / "demo.py").unlink()
    (root / "demo.py").symlink_to("/etc/passwd")


def a_link_to_itself(root: Path) -> None:
    (root / "loop.py").symlink_to("loop.py")


def a_link_to_its_folder(root: Path) -> None:
    (root / "loop").symlink_to(".")


def bad_names(root: Path) -> None:
    (root / "demo.py").unlink()
    package = root / "demo"
    package.mkdir()
    for name in (b"__init__.py", b"\xff\xfe.py", b"a\nb.py", b"a\x1b[31m.py"):
        with open(os.path.join(os.fsencode(package), name), "wb"):
            pass


FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no pyproject.toml": (no_file, "2"),
    "a folder named pyproject.toml": (a_folder, "2"),
    "a pipe named pyproject.toml": (a_pipe, "2"),
    "a socket named pyproject.toml": (a_socket, "2"),
    "a pyproject.toml that leads to nothing": (a_link("nothing"), "2"),
    "a pyproject.toml that leads to itself": (a_link("pyproject.toml"), "2"),
    "a pyproject.toml that leads out": (a_link("/etc/passwd"), "2"),
    "a pyproject.toml that leads to a device": (a_link("/dev/zero"), "2"),
    "a pyproject.toml that may not be read": (a_locked_file, "2"),
    "a folder that may not be entered": (a_locked_folder, "27"),
    "a huge pyproject.toml": (a_huge_file, "2"),
    "a wide pyproject.toml": (a_wide_file, "02"),
    "a module that may not be read": (a_locked_module, "02"),
    "a pipe for a module": (a_pipe_for_a_module, "02"),
    "a module that leads out": (a_link_out, "02"),
    "a link to itself": (a_link_to_itself, "02"),
    "a link to its own folder": (a_link_to_its_folder, "02"),
    "names that no archive can hold": (bad_names, "02"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FOLDERS)
def test_a_bad_folder_has_an_answer(lab: Any, fault: str, command: str) -> None:
    root = project(lab, TABLE + OURS)
    change, classes = FOLDERS[fault]
    change(root)
    more = "1" if command in ("check", "files explain") else ""
    try:
        lab.answers(*lab.words(command, root), classes=classes + more)
    finally:
        root.chmod(0o755)


@pytest.mark.parametrize("command", [*COMMANDS, "pack", "unpack", "normalize"])
@pytest.mark.parametrize(
    "given",
    [
        pytest.param("absent", id="nothing is there"),
        pytest.param("n" * 300, id="a name that is too long"),
        pytest.param("n/" * 3000, id="a path that is too long"),
        pytest.param("/dev/null", id="a device"),
        pytest.param("a\x1b[31mb", id="control characters"),
        pytest.param(b"\xff\xfe".decode("utf-8", "surrogateescape"), id="not UTF-8"),
    ],
)
def test_a_name_of_nothing_is_refused(lab: Any, given: str, command: str) -> None:
    place = given if given.startswith("/") or not given else f"{lab.place}/{given}"
    lab.refuses(*lab.words(command, place), classes="1257")
