"""Code that runs at every start of Python: told, decided about, and listed."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CODE: dict[str, dict[str, str | bytes]] = {
    "an import line": {"evil.pth": "import evil\n"},
    "an import line with a tab": {"evil.pth": "import\tevil\n"},
    "an import line behind a byte order mark": {"evil.pth": b"\xef\xbb\xbfimport a\n"},
    "an import line behind a carriage return": {"evil.pth": "# x\rimport evil\r"},
    "an import line in another encoding": {"evil.pth": b"# \xe4\nimport evil\n"},
    "a start file": {"evil.start": "demo:begin\n"},
    "sitecustomize": {"sitecustomize.py": ""},
    "usercustomize as a package": {"usercustomize/__init__.py": ""},
    "a path file in .data": {"demo-1.0.data/purelib/evil.pth": "import evil\n"},
}
NO_CODE: dict[str, dict[str, str | bytes]] = {
    "a path line": {"paths.pth": "/some/folder\n"},
    "an import after a space, which is a path": {"paths.pth": " import evil\n"},
    "a path file in a package": {"demo/evil.pth": "import evil\n"},
    "a start file of comments": {"none.start": "# nothing\n"},
}
MODULE = {"demo/__init__.py": ""}
TOLD = "demo runs code at every start of Python"


def site(environment: Path) -> Path:
    return next(environment.glob("lib/python*/site-packages"))


@pytest.mark.parametrize("files", CODE.values(), ids=CODE)
def test_code_is_told_and_denied(
    files: dict[str, str | bytes],
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
) -> None:
    wheel = make_wheel(files={**MODULE, **files})
    environment = new_environment()
    words = ("install", "--env", environment, wheel)
    for denied in (
        pysetup(*words, "--startup-hooks", "deny"),
        pysetup(*words, "--startup-hooks=deny", "--dry-run"),
        pysetup(*words, env={"PYSETUP_STARTUP_HOOKS": "deny"}),
    ):
        assert denied.code == 7
        assert "PS7341" in denied.err
        name = next(iter(files)).rpartition("purelib/")[2]
        assert f"{site(environment)}/{name}" in denied.err
        assert not list(site(environment).glob("demo*"))
    allowed = pysetup(*words, "--json")
    assert allowed.code == 0
    assert allowed.err.count(TOLD) == 1
    assert len(json.loads(allowed.out)["result"]["start_up_files"]) == 1


@pytest.mark.parametrize("files", NO_CODE.values(), ids=NO_CODE)
def test_what_is_no_code_passes(
    files: dict[str, str | bytes],
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
) -> None:
    wheel = make_wheel(files={**MODULE, **files})
    words = ("install", "--env", new_environment(), "--startup-hooks", "deny", wheel)
    done = pysetup(*words)
    assert done.code == 0, done.err
    assert TOLD not in done.err
    assert "lengthens sys.path" not in done.err


def test_a_path_file_is_told_to_those_who_want_to_know_more(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    wheel = make_wheel(files={**MODULE, "paths.pth": "/some/folder\n"})
    done = pysetup("install", "-v", "--env", environment, wheel)
    assert "demo lengthens sys.path: paths.pth" in done.err


def test_without_a_terminal_nobody_is_asked(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    wheel = make_wheel(files={**MODULE, "evil.pth": "import demo\n"})
    words = ("install", "--env", environment, "--startup-hooks", "ask", wheel)
    refused = pysetup(*words, stdin="y\n")
    assert refused.code == 7
    assert not list(site(environment).glob("demo*"))
    planned = pysetup(*words, "--dry-run")
    assert planned.code == 0
    agreed = pysetup(*words, "--yes")
    assert agreed.code == 0, agreed.err
    assert TOLD in agreed.err
    assert (site(environment) / "evil.pth").exists()


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("yes", 0), ("", 7), ("n", 7)])
def test_on_a_terminal_the_user_is_asked(
    answer: str,
    code: int,
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
) -> None:
    environment = new_environment()
    wheel = make_wheel(files={**MODULE, "evil.pth": "import demo\n"})
    words = ("install", "--env", str(environment), "--startup-hooks", "ask", str(wheel))
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pysetup", *words],
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env=pysetup.environ,
    )
    os.close(terminal)
    said = b""
    while b"[y/N]" not in said:
        ready, _, _ = select.select([master], [], [], 60)
        assert ready, said
        said += os.read(master, 4096)
    os.write(master, f"{answer}\n".encode())
    # What is said afterwards must be taken, or the command would wait.
    while process.poll() is None:
        ready, _, _ = select.select([master], [], [], 0.1)
        try:
            said += os.read(master, 4096) if ready else b""
        except OSError:
            process.wait(timeout=60)
    os.close(master)
    assert process.returncode == code, said
    assert b"may demo run code at every start of Python?" in said
    assert (site(environment) / "evil.pth").exists() == (code == 0)


def test_it_is_told_whenever_it_is_installed_and_decided_anew(
    pysetup: Any,
    make_wheel: Any,
    served: Any,
    new_environment: Callable[[str], Path],
) -> None:
    wheel = make_wheel(files={**MODULE, "evil.pth": "import demo\n"})
    uploaded = pysetup(
        *("publish", "--repository-url", served.upload, "--username", served.username),
        *("--password-stdin", wheel),
        stdin=f"{served.password}\n",
    )
    assert uploaded.code == 0, uploaded.err
    index = {"PYSETUP_INDEX_URL": served.simple}
    for name in ("first", "second", "third"):
        environment = new_environment(name)
        done = pysetup("install", "--env", environment, "demo==1.0", env=index)
        assert done.code == 0, done.err
        assert done.err.count(f"{TOLD}: evil.pth\n") == 1
        assert (site(environment) / "evil.pth").exists()
    for word in ("deny", "ask"):
        refused = pysetup(
            *("install", "--env", new_environment(word), "demo==1.0"),
            env={**index, "PYSETUP_STARTUP_HOOKS": word},
        )
        assert refused.code == 7, refused.err


def test_editables_of_ours_bring_no_code(
    pysetup: Any,
    greet: Path,
    wheelhouse: Path,
    new_environment: Callable[[], Path],
) -> None:
    environment = new_environment()
    done = pysetup(
        *("install", "--env", environment, "--startup-hooks", "deny"),
        *("--no-index", "--find-links", wheelhouse, "-e", greet),
    )
    assert done.code == 0, done.err
    assert list(site(environment).glob("*.pth"))


def test_environments_that_are_nobodys_own_are_not_asked_about(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    make_wheel(
        "helper", files={"helper.py": "x = 1\n", "helper-init.pth": "import helper\n"}
    )
    script = tmp_path / "script.py"
    script.write_text(
        "# /// script\n# dependencies = ['helper']\n# ///\n"
        "import helper\nprint(helper.x)\n",
        "utf-8",
    )
    done = pysetup(
        *("run", "--no-index", "--find-links", tmp_path / "wheels", script),
        env={"PYSETUP_STARTUP_HOOKS": "deny"},
    )
    assert (done.code, done.out) == (0, "1\n"), done.err


def test_verify_lists_the_code_and_its_owners(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    none = pysetup("verify", "--env", environment, "--hooks")
    assert (none.code, none.out) == (0, "No code runs at the start of Python.\n")
    files = {
        **MODULE,
        "demo.pth": "/a/folder\nimport demo\n",
        "sitecustomize.py": "",
        "usercustomize/__init__.py": "",
        "demo.start": "demo:begin\n",
    }
    assert pysetup("install", "--env", environment, make_wheel(files=files)).code == 0
    folder = site(environment)
    (folder / "mine.pth").write_bytes(b"\xef\xbb\xbfimport os\n")
    (folder / "paths.pth").write_text("/a/folder\n", "utf-8")
    listed = pysetup("verify", "--env", environment, "--hooks")
    assert listed.code == 0
    assert listed.out.splitlines() == [
        f"demo: {folder}/demo.pth:2: import demo",
        f"demo: {folder}/demo.start:1: demo:begin",
        f"nobody: {folder}/mine.pth:1: import os",
        f"demo: {folder}/sitecustomize.py: the module is imported",
        f"demo: {folder}/usercustomize/__init__.py: the module is imported",
    ]
    told = json.loads(
        pysetup("verify", "--env", environment, "--hooks", "--json", "demo").out
    )["result"]["hooks"]
    assert len(told) == 4
    assert told[0] == {
        "path": f"{folder}/demo.pth",
        "line": 2,
        "text": "import demo",
        "owners": ["demo"],
    }


def test_an_unknown_word_is_refused(pysetup: Any) -> None:
    refused = pysetup("list", env={"PYSETUP_STARTUP_HOOKS": "never"})
    assert refused.code == 2
    assert "allow, ask, deny" in refused.err
