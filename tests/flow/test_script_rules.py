"""Which scripts a wheel may bring, and that nothing is written when it may not."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

CONSOLE = "[console_scripts]\n{} = {}\n"


def command(name: str, reference: str = "demo:main") -> dict[str, Any]:
    return {"entry_points": CONSOLE.format(name, reference)}


def script(name: str, content: str = "#!/bin/sh\n") -> dict[str, Any]:
    return {"files": {"demo.py": "", f"demo-1.0.data/scripts/{name}": content}}


# What it is -> (the wheel, exit code, a part of what is told).
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "the interpreter as a command": (command("python"), 5, "'python'"),
    "the interpreter in capitals": (command("Python3"), 5, "'Python3'"),
    "the interpreter with its version": (command("python3.11"), 5, "'python3.11'"),
    "the interpreter for windows": (command("pythonw.exe"), 5, "'pythonw.exe'"),
    "the interpreter as a file": (script("python"), 5, "'python'"),
    "the interpreter as a window": (
        {"entry_points": "[gui_scripts]\npython = demo:main\n"},
        5,
        "'python'",
    ),
    "the interpreter among the data": (
        {"files": {"demo-1.0.data/data/bin/python": ""}},
        5,
        "bin/python",
    ),
    "the configuration of the environment": (
        {"files": {"demo-1.0.data/data/pyvenv.cfg": ""}},
        5,
        "pyvenv.cfg",
    ),
    "activation": (command("activate"), 5, "'activate'"),
    "activation for another shell": (script("activate.fish"), 5, "'activate.fish'"),
    "activation among the data": (
        {"files": {"demo-1.0.data/data/bin/activate": ""}},
        5,
        "bin/activate",
    ),
    "pip, of another project": (command("pip"), 5, "for pip alone"),
    "pip3, of another project": (script("pip3.11"), 5, "for pip alone"),
    "a name that climbs": (command("../evil"), 5, "'../evil'"),
    "a name with a folder": (script("deep/x"), 5, "'deep/x'"),
    "a hidden name": (command(".x"), 5, "'.x'"),
    "a name that is an option": (command("-rf"), 5, "'-rf'"),
    "a name with a space": (command("a b"), 5, "'a b'"),
    "a name beyond ASCII": (command("dé"), 5, "dé"),
    "code after the function": (command("x", "demo:main; import os"), 2, "reference"),
    "a call": (command("x", "demo:main()"), 2, "reference"),
    "a call inside": (command("x", "demo:__import__('os')"), 2, "reference"),
    "a module with a space": (command("x", "de mo:main"), 2, "reference"),
    "a path as the module": (command("x", "../demo:main"), 2, "reference"),
    "a module alone": (command("x", "demo"), 5, "no function"),
    "two functions for one name": (
        {"entry_points": "[console_scripts]\nx = demo:a\n[gui_scripts]\nx = demo:b\n"},
        5,
        "is named twice",
    ),
    "one name twice": (
        {"entry_points": "[console_scripts]\nx = demo:a\nx = demo:b\n"},
        2,
        "named twice",
    ),
    "a command that is a file too": (
        {**script("x"), **command("x")},
        5,
        "two of its files",
    ),
}


@pytest.mark.parametrize(("wheel", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_and_nothing_is_written(
    wheel: dict[str, Any],
    code: int,
    told: str,
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
    look: Callable[[Path], Mapping[str, bytes]],
) -> None:
    environment = new_environment()
    before = look(environment)
    refused = pysetup("install", "--env", environment, make_wheel(**wheel))
    assert refused.code == code, refused.err
    assert told in refused.err
    assert "Traceback" not in refused.err
    after = look(environment)
    assert {path for path in after if ".pysetup" not in path} == set(before)
    assert after["pyvenv.cfg"] == before["pyvenv.cfg"]


MAIN = {"demo.py": "def main():\n    print('ran')\nclass App:\n    run = main\n"}
ACCEPTED: dict[str, tuple[dict[str, Any], str]] = {
    "a command": (command("demo"), "demo"),
    "a method": (command("demo", "demo:App.run"), "demo"),
    "a plus in the name": (command("demo++"), "demo++"),
    "a full stop in the name": (command("de.mo"), "de.mo"),
    "python at the beginning": (command("python-demo"), "python-demo"),
    "activate at the beginning": (command("activate-demo"), "activate-demo"),
    "pip at the beginning": (command("pip-demo"), "pip-demo"),
    "extras, which are of old": (command("demo", "demo:main [fast]"), "demo"),
    "a window": ({"entry_points": "[gui_scripts]\ndemo = demo:main\n"}, "demo"),
    "one function in both groups": (
        {
            "entry_points": "[console_scripts]\ndemo = demo:main\n"
            "[gui_scripts]\ndemo = demo:main\n"
        },
        "demo",
    ),
    "a file for python": (
        {"files": {**MAIN, "demo-1.0.data/scripts/t": "#!python\nprint('ran')\n"}},
        "t",
    ),
    "a file for a shell": (
        {"files": {**MAIN, "demo-1.0.data/scripts/t": "#!/bin/sh\necho ran\n"}},
        "t",
    ),
}


@pytest.mark.parametrize(("wheel", "name"), ACCEPTED.values(), ids=ACCEPTED)
def test_it_is_installed_and_runs(
    wheel: dict[str, Any],
    name: str,
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
) -> None:
    environment = new_environment()
    made = make_wheel(**{"files": MAIN, **wheel})
    done = pysetup("install", "--env", environment, made)
    assert done.code == 0, done.err
    ran = subprocess.run([environment / "bin" / name], capture_output=True, check=False)
    assert ran.stdout == b"ran\n", ran.stderr


def test_names_that_differ_in_case_are_two_where_the_system_knows_two(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    folds = (environment / "PYVENV.CFG").exists()
    entries = "[console_scripts]\nTool = demo:main\ntool = demo:main\n"
    done = pysetup("install", "--env", environment, make_wheel(entry_points=entries))
    assert done.code == (7 if folds else 0), done.err
    assert (environment / "bin" / "tool").exists() != folds


def test_a_script_of_another_distribution_is_left_and_its_owner_named(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    first = make_wheel("first", **command("tool", "first:main"))
    assert pysetup("install", "--env", environment, first).code == 0
    before = (environment / "bin" / "tool").read_bytes()
    second = make_wheel("second", **command("tool", "second:main"))
    refused = pysetup("install", "--env", environment, second)
    assert refused.code == 7
    assert "bin/tool, which belongs to first" in refused.err
    assert (environment / "bin" / "tool").read_bytes() == before
    assert not list(environment.glob("lib/python*/site-packages/second*"))


def test_pip_may_bring_pip(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    pip = make_wheel("pip", "99.0", **command("pip3", "pip:main"))
    done = pysetup("install", "--env", environment, pip)
    assert done.code == 0, done.err
    assert (environment / "bin" / "pip3").exists()
