"""``pysetup run`` with scripts and ``--with``, as users meet it."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

# Runs the command several times.
slow = pytest.mark.slow

SCRIPT = """\
# /// script
# requires-python = ">=3.8"
# dependencies = [
#   "colour",
# ]
# ///
import json, os, sys
import colour, shade
print(json.dumps({
    "shade": shade.depth, "argv": sys.argv, "file": globals().get("__file__"),
    "path": sys.path[0], "prefix": sys.prefix, "active": os.environ.get("VIRTUAL_ENV"),
}))
sys.exit(5)
"""
COLOUR = """
import sys
def main():
    import shade
    print("colour of", shade.depth, sys.argv[1:])
    return 6
"""
# As installers write it where the path to Python has a space.
TOOL = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from importlib.util import find_spec
print(find_spec('colour') is not None, sys.argv[1:])
"""


class Run(Protocol):
    """Runs ``pysetup run`` in the test's folder with its wheels."""

    def __call__(self, *words: str | Path, **options: Any) -> Any: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the user, with a space in its name and a script in it."""
    made = tmp_path / "some folder"
    made.mkdir()
    (made / "script.py").write_text(SCRIPT)
    return made


@pytest.fixture
def links(make_wheel: Any) -> Path:
    shades = {"shade.py": "depth = %d\n"}
    for number in (1, 2):
        files = {name: text % number for name, text in shades.items()}
        make_wheel("shade", f"{number}.0", files=files)
    made: Path = make_wheel(
        "colour",
        files={"colour.py": COLOUR},
        metadata="Requires-Dist: shade\n",
        entry_points="[console_scripts]\ncolour = colour:main\n",
    )
    return made.parent


@pytest.fixture
def run(pysetup: Any, folder: Path, links: Path) -> Run:
    def run(*words: str | Path, **options: Any) -> Any:
        options = {"cwd": folder, **options}
        return pysetup("run", "--no-index", "-f", links, *words, **options)

    return run


@pytest.fixture
def folders(pysetup: Any) -> Callable[[], list[Path]]:
    """The environments in the cache."""
    place = pysetup.home / "cache" / "run-env" / "v1" / "folders"
    return lambda: sorted(place.iterdir()) if place.is_dir() else []


def test_a_script_has_what_it_asks_for(
    run: Run, folder: Path, folders: Callable[[], list[Path]]
) -> None:
    ran = run("script.py", "-x", "a b")
    assert ran.code == 5, ran.err
    (made,) = folders()
    assert json.loads(ran.out) == {
        "shade": 2,
        "argv": ["script.py", "-x", "a b"],
        "file": str(folder / "script.py"),
        "path": str(folder),
        "prefix": str(made),
        "active": str(made),
    }
    again = run("script.py", "-x", "a b")
    assert (again.out, again.err) == (ran.out, "")
    # The project's environment has no part in it.
    assert [path.name for path in folder.iterdir()] == ["script.py"]


def test_a_script_from_standard_input(run: Run) -> None:
    ran = run("--with", "shade<2", "-", "x", stdin=SCRIPT)
    assert ran.code == 5, ran.err
    told = json.loads(ran.out)
    assert (told["shade"], told["argv"], told["path"]) == (1, ["-", "x"], "")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        pytest.param(
            ('"colour"', '"!!"'), 2, ["script.py:4: ", "PS2860"], id="a broken block"
        ),
        pytest.param(
            ('"colour"', '"colour>9"'),
            3,
            ["colour >9", "asked by", "script.py:4"],
            id="a version that there is not",
        ),
        pytest.param(
            ('"colour"', '"colour", "shade>2"'),
            3,
            ["script.py:4"],
            id="requirements that cannot be met",
        ),
        pytest.param(
            (">=3.8", ">=4"), 7, ["script.py needs Python >=4", "PS7861"], id="Python"
        ),
    ],
)
def test_a_script_that_cannot_run_is_told(
    change: tuple[str, str], code: int, words: list[str], run: Run, folder: Path
) -> None:
    (folder / "script.py").write_text(SCRIPT.replace(*change))
    ran = run("script.py", env={"PATH": "/usr/bin"})
    assert ran.code == code, ran.err
    for word in words:
        assert word in ran.err


def test_the_plan_is_shown_and_nothing_is_started(
    run: Run, folders: Callable[[], list[Path]]
) -> None:
    ran = run("--json", "--dry-run", "script.py", "x")
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)["result"]
    (made,) = folders()
    assert result["words"] == [f"{made}/bin/python", "script.py", "x"]
    assert result["resolved"] == [
        {"name": "colour", "version": "1.0"},
        {"name": "shade", "version": "2.0"},
    ]


def test_a_dry_run_creates_no_environment_of_the_project(
    run: Run, folder: Path
) -> None:
    ran = run("--dry-run", "python")
    assert ran.code == 7
    assert "PS7300" in ran.err
    assert not (folder / ".venv").exists()


@pytest.fixture
def project(folder: Path, links: Path, pysetup: Any) -> Path:
    """An environment of a project: an old shade, and a command."""
    done = pysetup("venv", "create", ".venv", cwd=folder)
    assert done.code == 0, done.err
    (folder / "src").mkdir()
    (folder / "src" / "mine.py").write_text("value = 'mine'\n")
    site = next((folder / ".venv" / "lib").glob("python3*/site-packages"))
    (site / "editable.pth").write_text(f"{folder / 'src'}\n")
    done = pysetup(
        *("install", "--no-index", "-f", links, "--env", ".venv", "shade<2"), cwd=folder
    )
    assert done.code == 0, done.err
    tool = folder / ".venv" / "bin" / "tool"
    tool.write_text(TOOL.format(python=folder / ".venv" / "bin" / "python"))
    tool.chmod(0o755)
    return folder / ".venv"


def test_with_lays_more_over_the_environment(run: Run, project: Path) -> None:
    before = listing(project)
    # A command of what is added; what the project has, and fits, is used.
    ran = run("--with", "colour", "colour", "x")
    assert (ran.code, ran.out) == (6, "colour of 1 ['x']\n"), ran.err
    # A command of the project sees what is added, too.
    ran = run("--with", "colour", "tool", "x")
    assert (ran.code, ran.out) == (0, "True ['x']\n"), ran.err
    code = "import colour, mine, os; print(mine.value, os.environ['VIRTUAL_ENV'])"
    ran = run("--with", "colour", "python", "-c", code)
    assert (ran.code, ran.out) == (0, f"mine {project}\n"), ran.err
    assert listing(project) == before
    # Without it nothing has stayed.
    assert run("tool").out == "False []\n"


@slow
@pytest.mark.usefixtures("project")
def test_with_may_replace_what_the_environment_has(run: Run) -> None:
    code = "import shade; print(shade.depth)"
    assert run("--with", "shade>=2", "python", "-c", code).out == "2\n"
    assert run("python", "-c", code).out == "1\n"
    assert run("--with", "shade>=3", "python", "-c", code).code == 3


@slow
@pytest.mark.usefixtures("project")
def test_with_serves_scripts_without_a_block(run: Run, folder: Path) -> None:
    (folder / "plain.py").write_text("import colour, mine, sys; print(sys.argv)\n")
    ran = run("--with", "colour", "plain.py", "x")
    assert (ran.code, ran.out) == (0, "['plain.py', 'x']\n"), ran.err
    ran = run("--with", "colour", "-", "x", stdin="import colour; print('here')\n")
    assert (ran.code, ran.out) == (0, "here\n"), ran.err


@slow
@pytest.mark.usefixtures("project")
def test_what_is_installed_later_is_seen(
    run: Run, folder: Path, links: Path, pysetup: Any
) -> None:
    code = "import shade; print(shade.depth)"
    words = ("--with", "colour", "python", "-c", code)
    assert run(*words).out == "1\n"
    more = ("--no-index", "-f", links, "--env", ".venv", "shade>=2")
    assert pysetup("install", *more, cwd=folder).code == 0
    assert run(*words).out == "2\n"


@slow
def test_an_executable_script_starts_pysetup(
    folder: Path, links: Path, tmp_path: Path, pysetup: Any
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    launcher = programs / "pysetup"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m pysetup "$@"\n')
    launcher.chmod(0o755)
    environ = {
        **pysetup.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYSETUP_NO_INDEX": "1",
        "PYSETUP_FIND_LINKS": str(links),
    }
    for block in (SCRIPT, "print('{}')\nraise SystemExit(5)\n"):
        tool = folder / "tool"
        tool.write_text(f"#!/usr/bin/env -S pysetup run\n{block}")
        tool.chmod(0o755)
        done = subprocess.run(
            ["./tool", "x"], cwd=folder, env=environ, capture_output=True, check=False
        )
        assert done.returncode == 5, done.stderr
        assert json.loads(done.stdout).get("argv", ["./tool", "x"]) == ["./tool", "x"]


# What resolves, fetches, builds and installs, and reads what is installed.
HEAVY = (
    "workflows.provision workflows.isolation workflows.preparing edges.connections "
    "workflows.stale phases.install resolve.solver phases.build ssl"
)


@slow
def test_a_second_start_loads_little(pysetup: Any, run: Run, folder: Path) -> None:
    words = ("--no-index", "-f", folder.parent / "wheels", "script.py")
    assert run("script.py").code == 5
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pysetup", "run", *map(str, words)],
        cwd=folder,
        env=pysetup.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pysetup.workflows.running.prepared" in loaded
    assert not {
        name
        for name in loaded
        for heavy in HEAVY.split()
        if name.removeprefix("pysetup.") == heavy
    }


@slow
def test_closed_streams_stay_closed(pysetup: Any, run: Run, folder: Path) -> None:
    words = ["-m", "pysetup", "run", "--no-index", "-f", str(folder.parent / "wheels")]
    (folder / "script.py").write_text(
        SCRIPT.partition("import json")[0] + "import sys; print(sys.stdin)\n"
    )
    assert run("script.py").code == 0
    for script in ("script.py", "-"):
        command = ["sh", "-c", 'exec "$0" "$@" <&-', sys.executable, *words, script]
        done = subprocess.run(
            command, cwd=folder, env=pysetup.environ, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout in (b"None\n", b"")


@slow
def test_a_damaged_environment_is_made_again(
    run: Run, folders: Callable[[], list[Path]]
) -> None:
    assert run("script.py").code == 5
    (made,) = folders()
    next(made.glob("lib/python3*/site-packages/shade.py")).write_text("depth = 66\n")
    ran = run("script.py")
    assert json.loads(ran.out)["shade"] == 2
    assert len(folders()) == 2


@slow
def test_refresh_asks_again_and_no_answer_leaves_what_was_found(
    pysetup: Any, folder: Path, links: Path, serve_index: Any, index: Any
) -> None:
    for path in sorted(links.iterdir()):
        index.add(f"/files/{path.name}", path.read_bytes())
    for name in ("colour", "shade"):
        page = "".join(
            f'<a href="/files/{path.name}">{path.name}</a>'
            for path in sorted(links.iterdir())
            if path.name.startswith(name)
        )
        index.add(f"/simple/{name}/", page, kind="text/html")
    words = ("--index-url", f"{serve_index(index)}/simple/", "script.py")
    assert pysetup("run", *words, cwd=folder).code == 5
    asked = len(index.asked)
    for more in ((), ("--offline",)):
        ran = pysetup("run", *more, *words, cwd=folder)
        assert (ran.code, ran.err) == (5, "")
    assert len(index.asked) == asked
    assert pysetup("run", "--refresh", *words, cwd=folder).code == 5
    assert len(index.asked) > asked
    # Offline there is no answer to --refresh; what was found before is used.
    shutil.rmtree(pysetup.home / "cache" / "http")
    ran = pysetup("run", "--offline", "--refresh", *words, cwd=folder)
    assert ran.code == 5, ran.err
    assert "running with what was found on" in ran.err
    shutil.rmtree(pysetup.home / "cache" / "run-env")
    ran = pysetup("run", "--offline", *words, cwd=folder)
    assert ran.code == 4, ran.err


@slow
def test_two_first_runs_do_not_disturb_each_other(
    pysetup: Any, folder: Path, links: Path
) -> None:
    command = [sys.executable, "-m", "pysetup", "run", "--no-index", "-f", str(links)]
    children = [
        subprocess.Popen(
            [*command, "script.py"],
            cwd=folder,
            env=pysetup.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for child in children:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 5, err
        assert json.loads(out)["shade"] == 2


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@slow
def test_without_a_cache_an_environment_lives_as_long_as_the_script(
    run: Run, temporary: Path, pysetup: Any
) -> None:
    (pysetup.home / "cache").write_text("not a folder\n")
    ran = run("script.py", env={"TMPDIR": str(temporary)})
    assert ran.code == 5, ran.err
    assert json.loads(ran.out)["prefix"].startswith(str(temporary))
    assert list(temporary.iterdir()) == []
    block = "# /// script\n# dependencies = []\n# ///\n"
    killed = f"{block}import os; os.kill(os.getpid(), 15)\n"
    ran = run("-", stdin=killed, env={"TMPDIR": str(temporary)})
    assert ran.code == -signal.SIGTERM, ran.err
    assert list(temporary.iterdir()) == []


@slow
def test_where_nothing_can_be_written_that_is_told(
    pysetup: Any, folder: Path, links: Path
) -> None:
    words = ["-m", "pysetup", "run", "--no-index", "-f", str(links), "script.py"]
    # No byte fits into any file, wherever it is.
    command = ["sh", "-c", 'ulimit -f 0; exec "$0" "$@"', sys.executable, *words]
    done = subprocess.run(
        command, cwd=folder, env=pysetup.environ, capture_output=True, check=False
    )
    assert done.returncode == 7, done.stderr
    assert b"PS7862" in done.stderr


def listing(folder: Path) -> dict[str, bytes]:
    """Return path -> content below ``folder``, but for bytecode."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if stat.S_ISREG(path.lstat().st_mode) and "__pycache__" not in path.parts
    }
