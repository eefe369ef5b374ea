import subprocess
import sys
from pathlib import Path

import pytest

from pysetup.phases.install.scripts import (
    InterpreterPathError,
    launcher,
    launchers,
    rewrite_script,
    shebang,
)
from pysetup.standards.entry_points import EntryPoint, parse_entry_points
from pysetup.standards.script_names import UnsafeScriptError, check_script_name

ENTRY = EntryPoint("console_scripts", "demo", "demo.cli", "main")


@pytest.mark.parametrize(
    "name",
    [
        "demo",
        "f2py",
        "py.test",
        "pip3.12",
        "clang++",
        "python-argcomplete",
        "_x",
        "2to3",
    ],
)
def test_usual_names_are_accepted(name: str) -> None:
    assert check_script_name(name, source="demo.whl") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../evil",
        "a/b",
        "-c",
        ".hidden",
        "a b",
        "a\nb",
        "ä",
        "python",
        "Python3",
        "python3.12",
        "python3.13t",
        "pythonw",
        "pypy3",
        "activate",
        "activate.fish",
        "Activate.ps1",
        "deactivate",
        "activate_this.py",
    ],
)
def test_dangerous_names_are_refused(name: str) -> None:
    with pytest.raises(UnsafeScriptError) as caught:
        check_script_name(name, source="demo.whl")
    assert caught.value.code == "PS5304"


def test_a_launcher_calls_the_function() -> None:
    text = launcher(ENTRY, executable="/env/bin/python", source="demo.whl").decode()
    assert text.startswith("#!/env/bin/python\n")
    assert "from demo.cli import main\n" in text
    assert "sys.exit(main())" in text


def test_a_launcher_of_a_method_imports_the_class() -> None:
    entry = EntryPoint("console_scripts", "demo", "demo", "App.main")
    text = launcher(entry, executable="/env/bin/python", source="demo.whl").decode()
    assert "from demo import App\n" in text
    assert "sys.exit(App.main())" in text


def test_a_reference_without_a_function_is_refused() -> None:
    entry = EntryPoint("console_scripts", "demo", "demo")
    with pytest.raises(UnsafeScriptError, match="no function"):
        launcher(entry, executable="/env/bin/python", source="demo.whl")


def test_only_scripts_get_launchers() -> None:
    entries = parse_entry_points(
        "[console_scripts]\na = m:f\n[gui_scripts]\nb = m:g\n[other]\nc = m:h\n"
    )
    assert set(launchers(entries, executable="/p", source="demo.whl")) == {"a", "b"}


@pytest.mark.parametrize(
    "folder",
    ["plain", "with space", "it's", "x" * 200, "dollar$HOME", "ünï"],
    ids=["plain", "space", "quote", "long", "dollar", "not ASCII"],
)
def test_a_launcher_starts_from_any_usual_folder(folder: str, tmp_path: Path) -> None:
    home = tmp_path / folder
    home.mkdir()
    python = home / "python"
    python.symlink_to(sys.executable)
    (home / "tool.py").write_text("def main():\n    print('ran')\n    return 7\n")
    entry = EntryPoint("console_scripts", "demo", "tool", "main")
    script = home / "demo"
    try:
        script.write_bytes(launcher(entry, executable=str(python), source="demo.whl"))
    except InterpreterPathError:
        assert any(char in str(python) for char in "'$")
        assert len(str(python)) > 100
        return
    script.chmod(0o755)
    done = subprocess.run(
        [script], env={"PYTHONPATH": str(home)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, b"ran\n")


def test_a_path_that_no_script_can_name_is_refused() -> None:
    with pytest.raises(InterpreterPathError):
        shebang('/a folder/with "quotes"/python')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"#!python\nx\n", b"#!/env/python\nx\n"),
        (b"#!pythonw\nx\n", b"#!/env/python\nx\n"),
        (b"#!python -E\nx\n", b"#!/env/python -E\nx\n"),
        (b"#!python\r\nx\r\n", b"#!/env/python\nx\r\n"),
        (b"#!python", b"#!/env/python\n"),
        (b"#!python3.9x\nx\n", b"#!python3.9x\nx\n"),
        (b"#!/bin/sh\nx\n", b"#!/bin/sh\nx\n"),
        (b"\x7fELF", b"\x7fELF"),
        (b"", b""),
    ],
    ids=[
        "python",
        "pythonw",
        "with an option",
        "CRLF",
        "nothing else",
        "another program",
        "sh",
        "binary",
        "empty",
    ],
)
def test_scripts_that_ask_for_python_get_it(content: bytes, expected: bytes) -> None:
    assert rewrite_script(content, executable="/env/python") == expected
