"""The short way: what was decided once is done again, and nothing else is."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pysetup.replay.changes import Change, GiveWayError


def tree(env: Path) -> Mapping[str, object]:
    """Return everything below ``env``, but for what differs with the time."""
    found: dict[str, object] = {}
    for path in sorted(env.rglob("*")):
        name = str(path.relative_to(env))
        if name.startswith(".pysetup"):
            continue
        if path.is_symlink() or path.is_dir():
            found[name] = os.readlink(path) if path.is_symlink() else "a folder"
        else:
            content = path.read_bytes()
            if path.suffix == ".pyc":
                content = b"of its module's time"
            if path.name == "RECORD":
                content = b"".join(sorted(content.splitlines(keepends=True)))
            found[name] = (content, path.stat().st_mode & 0o111)
    return found


def state(env: Path) -> set[str]:
    return set(os.listdir(env / ".pysetup"))


def test_the_second_time_nobody_is_asked(
    install: Callable[..., Any], index: Any, fresh: Callable[[], Path], pysetup: Any
) -> None:
    first = install(fresh())
    assert first.code == 0, first.err
    assert index.asked > 0
    index.asked = 0
    env = fresh()
    again = install(env)
    assert again.code == 0, again.err
    assert index.asked == 0
    assert again.out == first.out
    assert state(env) == {"history.json", "owned"}
    assert pysetup("verify", "--env", env).code == 0
    ran = subprocess.run([env / "bin/demo"], capture_output=True, text=True, check=True)
    assert ran.stdout == "ran\n"


def test_both_ways_give_the_same_tree(
    install: Callable[..., Any], fresh: Callable[[], Path], index: Any
) -> None:
    env = fresh()
    install(env)
    long_way = tree(env)
    index.asked = 0
    env = fresh()
    install(env)
    assert index.asked == 0
    assert tree(env) == long_way


@pytest.mark.parametrize(
    ("words", "asked_again"),
    [
        pytest.param(("demo==1.0", "other==2.0"), False, id="exact versions"),
        pytest.param(("demo",), True, id="any version: the index may have another"),
        pytest.param(("demo==1.0",), True, id="a dependency may have another"),
        pytest.param(("demo==1.0", "--no-deps"), False, id="none is wanted"),
        pytest.param(("-U", "demo==1.0", "other==2.0"), True, id="an upgrade"),
    ],
)
def test_an_index_that_vouches_for_nothing_is_asked_unless_nothing_can_differ(
    words: tuple[str, ...],
    asked_again: bool,  # noqa: FBT001 - a column of the table
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    index: Any,
) -> None:
    index.headers["cache-control"] = "no-cache"
    assert install(fresh(), *words).code == 0
    index.asked = 0
    assert install(fresh(), *words).code == 0
    assert (index.asked > 0) == asked_again


def test_an_index_is_not_asked_while_it_vouches_for_its_pages(
    install: Callable[..., Any], fresh: Callable[[], Path], index: Any
) -> None:
    index.headers["cache-control"] = "max-age=600"
    assert install(fresh(), "demo").code == 0
    index.asked = 0
    assert install(fresh(), "demo").code == 0
    assert index.asked == 0


def test_requirements_from_a_pipe_are_read_once_and_by_who_needs_them(
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    index: Any,
    pysetup: Any,
    tmp_path: Path,
) -> None:
    install(fresh())
    env, pipe = fresh(), tmp_path / "requirements"
    os.mkfifo(pipe)
    words = ["install", "--python", str(env / "bin/python"), "-r", str(pipe)]
    words += ["--index-url", index.url]
    with subprocess.Popen(
        [sys.executable, "-m", "pysetup", *words], env=pysetup.environ
    ) as command:
        pipe.write_text("other==2.0\n")
    assert command.returncode == 0
    assert "other  2.0" in pysetup("list", "--env", env).out


def test_nothing_to_do_is_said_without_a_look_at_the_index(
    install: Callable[..., Any], fresh: Callable[[], Path], index: Any
) -> None:
    env = fresh()
    install(env)
    assert install(env).out == "Nothing to do.\n"
    before, index.asked = tree(env), 0
    history = (env / ".pysetup/history.json").read_bytes()
    assert install(env).out == "Nothing to do.\n"
    assert index.asked == 0
    assert tree(env) == before
    assert (env / ".pysetup/history.json").read_bytes() == history


def test_who_gives_way_leaves_signals_to_the_long_way(
    install: Callable[..., Any], fresh: Callable[[], Path], pysetup: Any
) -> None:
    env = fresh()
    install(env)
    cache = pysetup.environ["PYSETUP_CACHE_DIR"]
    site = next(env.glob("lib/python*/site-packages")).relative_to(env)
    seen: Any = SimpleNamespace(
        state=f"{env}/.pysetup", prefix=str(env), site=str(site), listing=["another"]
    )
    change = Change(seen, cache, durable=False, now=0.0)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(GiveWayError):
        change.lock(cache)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    "left",
    ["tx-1-1/new/lib", "tx-1-1/old", "journal.json.new/"],
    ids=["before the change", "after the change", "half a journal"],
)
def test_what_a_killed_command_left_is_tidied_with_nothing_to_do(
    left: str, install: Callable[..., Any], fresh: Callable[[], Path]
) -> None:
    env = fresh()
    install(env)
    install(env)
    before = state(env)
    place = env / ".pysetup" / left
    if left.endswith("/"):
        place.write_text("{")
    else:
        place.mkdir(parents=True)
    assert install(env).out == "Nothing to do.\n"
    assert state(env) == before


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b"x" * 30), id="other content"),
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: path.chmod(0o777), id="other permissions"),
    ],
)
def test_what_is_damaged_in_the_store_is_never_installed(
    damage: Callable[[Path], object],
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    pysetup: Any,
) -> None:
    env = fresh()
    install(env)
    right = tree(env)
    store = pysetup.home / "cache/store/v1"
    (stored,) = (p for p in store.rglob("demo/__init__.py") if "files" in p.parts)
    stored.chmod(0o644)
    # The environment shares it: it must not look damaged, or whole, because of that.
    env = fresh()
    damage(stored)
    again = install(env)
    assert again.code == 0, again.err
    assert tree(env) == right


@pytest.mark.parametrize(
    "path", ["replay/v2/*", "store/v1/texts/*", "store/v1/wheels/*/*/manifest"]
)
def test_a_damaged_answer_or_text_is_none(
    path: str,
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    pysetup: Any,
) -> None:
    env = fresh()
    install(env)
    right = tree(env)
    for number, found in enumerate(sorted((pysetup.home / "cache").glob(path))):
        content = bytearray(found.read_bytes() or b"x")
        content[(number * 7) % len(content)] ^= 1 << (number % 8)
        found.chmod(0o644)
        found.write_bytes(content)
    env = fresh()
    assert install(env).code == 0
    assert tree(env) == right


def test_a_file_in_the_way_is_refused_the_second_time_too(
    install: Callable[..., Any], fresh: Callable[[], Path]
) -> None:
    install(fresh())
    env = fresh()
    own = env / "share/man/man1/demo.1"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    before = tree(env)
    refused = install(env)
    assert refused.code == 7
    assert "PS7305" in refused.err
    assert tree(env) == before


def test_an_edit_is_kept_by_an_uninstall(
    install: Callable[..., Any], fresh: Callable[[], Path], pysetup: Any
) -> None:
    install(fresh())
    env = fresh()
    install(env)
    edited = next(env.glob("lib/*/site-packages/single.py"))
    edited.unlink()
    edited.write_text("value = 2\n")
    gone = pysetup("uninstall", "--python", env / "bin/python", "demo", "other")
    assert gone.code == 0, gone.err
    assert edited.read_text() == "value = 2\n"
    assert f"kept {edited}" in gone.err


@pytest.mark.parametrize("mode", ["hardlink", "symlink"])
def test_an_uninstall_leaves_the_environment_as_it_was(
    mode: str,
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    pysetup: Any,
) -> None:
    before = tree(fresh())
    words = ("--link-mode", mode, "demo==1.0", "other==2.0")
    install(fresh(), *words)
    env = fresh()
    assert install(env, *words).code == 0
    # Running it leaves bytecode of tests, which nobody has compiled before.
    python = env / "bin/python"
    subprocess.run([python, "-c", "import demo.tests.test_demo"], check=True)
    gone = pysetup("uninstall", "--python", python, "demo", "other")
    assert gone.out == "- demo 1.0\n- other 2.0\n"
    assert tree(env) == before
    assert state(env) == {"history.json"}


def test_what_stands_beside_stays(
    install: Callable[..., Any], fresh: Callable[[], Path], pysetup: Any
) -> None:
    install(fresh())
    env = fresh()
    install(env)
    site = next(env.glob("lib/*/site-packages"))
    own = site / "demo/data/own.txt"
    own.write_text("mine")
    gone = pysetup("uninstall", "--python", env / "bin/python", "demo")
    assert gone.code == 0, gone.err
    assert own.read_text() == "mine"
    assert not (site / "demo/__init__.py").exists()
    assert (site / "space/other/__init__.py").exists()


def test_the_history_tells_of_it_and_undo_takes_it_back(
    install: Callable[..., Any], fresh: Callable[[], Path], pysetup: Any, index: Any
) -> None:
    install(fresh())
    env = fresh()
    before = tree(env)
    index.asked = 0
    install(env)
    assert index.asked == 0
    installed = tree(env)
    python = env / "bin/python"
    pysetup("uninstall", "--python", python, "demo", "other")
    told = json.loads(pysetup("history", "--json", "--python", python).out)
    entries = told["result"]["entries"]
    changes = [
        [(change["name"], change["old"], change["new"]) for change in entry["changes"]]
        for entry in sorted(entries, key=lambda entry: entry["id"])
    ]
    assert [[name for name, *_ in rows] for rows in changes] == [["demo", "other"]] * 2
    assert all(old is None for _, old, _ in changes[0])
    assert all(new is None for *_, new in changes[1])
    assert pysetup("undo", "--python", python).code == 0
    assert tree(env) == installed
    assert pysetup("undo", "1", "--python", python).code == 0
    assert tree(env) == before


def test_the_short_way_loads_next_to_nothing(
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    index: Any,
    pysetup: Any,
    project_root: Path,
) -> None:
    env = fresh()
    install(env)
    install(env)
    words = ["install", "--python", str(env / "bin/python")]
    words += ["--index-url", index.url, "demo==1.0", "other==2.0"]
    script = (
        f"import sys; sys.path.insert(0, {str(project_root / 'src')!r})\n"
        f"sys.argv = ['pysetup', *{words!r}]\n"
        "before = set(sys.modules)\n"
        "import os; os._exit = lambda code: sys.exit(\n"
        "    ' '.join(sorted(set(sys.modules) - before)))\n"
        "from pysetup.__main__ import run; run()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        env=pysetup.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = set(done.stderr.split())
    assert done.stdout == "Nothing to do.\n"
    assert len(loaded - {"os", "stat", "posixpath", "genericpath"}) <= 12, loaded
    assert not loaded & {"json", "re", "ssl", "email", "zipfile", "argparse", "site"}


def test_the_launcher_finds_its_python_through_links(
    short: Path, need_tool: Callable[[str], str]
) -> None:
    launcher = need_tool("pysetup")
    assert Path(launcher).read_bytes().startswith(b"#!/bin/sh\n")
    (short / "bin").mkdir()
    (short / "first").symlink_to(launcher)
    (short / "bin/second").symlink_to("../first")
    environ = {"PATH": os.environ["PATH"], "HOME": str(short)}
    for command in (launcher, short / "first", short / "bin/second"):
        done = subprocess.run(
            [command, "--version"],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("pysetup ")


def test_an_environment_from_a_recipe_is_that_of_the_standard_library(
    short: Path, pysetup: Any
) -> None:
    for name in ("one-env", "two-env"):
        assert pysetup("venv", "create", short / name).code == 0
    first = {
        name: value
        for name, value in tree(short / "one-env").items()
        if isinstance(value, str)
    }
    again = {
        name: value
        for name, value in tree(short / "two-env").items()
        if isinstance(value, str)
    }
    assert again == first
    for name in ("pyvenv.cfg", "bin/activate", "bin/Activate.ps1"):
        text = (short / "one-env" / name).read_text()
        assert (short / "two-env" / name).read_text() == text.replace(
            "one-env", "two-env"
        )
    program = "import sys; print(sys.prefix)"
    python = short / "two-env/bin/python"
    done = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(short / "two-env")
    refused = pysetup("venv", "create", short / "two-env")
    assert refused.code == 7


@pytest.mark.parametrize("module", ["changes", "removals"])
def test_carrying_out_loads_no_collections(project_root: Path, module: str) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(project_root / 'src')!r})\n"
        f"import pysetup.replay.{module}\n"
        "print(*sys.modules)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()).isdisjoint({"collections", "enum", "re", "typing"})


# Another command is done after the question was read, before anything is decided.
OVERTAKEN = """
import os, subprocess, sys
from pysetup.cli.main import main
from pysetup.replay.question import read_question
words = sys.argv[2:]
question = read_question(words, dict(os.environ), cwd=os.getcwd())
assert question is not None
command = [sys.executable, "-m", "pysetup", *words]
subprocess.run(command, env={**os.environ, "PYSETUP_CACHE_DIR": sys.argv[1]})
sys.exit(main(words, question=question))
"""


def test_what_another_command_did_meanwhile_is_not_remembered(
    install: Callable[..., Any],
    fresh: Callable[[], Path],
    index: Any,
    make_wheel: Any,
    pysetup: Any,
    tmp_path: Path,
) -> None:
    make_wheel("other", "1.0")
    env = fresh()
    assert install(env, "other==1.0").code == 0
    words = ["install", "--python", str(env / "bin/python")]
    words += ["--index-url", index.url, "other==2.0"]
    overtaken = subprocess.run(
        [sys.executable, "-c", OVERTAKEN, str(tmp_path / "cache-of-another"), *words],
        env=pysetup.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert overtaken.stdout.endswith("Nothing to do.\n")
    env = fresh()
    install(env, "other==1.0")
    install(env, "other==2.0")
    assert "other  2.0" in pysetup("list", "--env", env).out


FILES_OF_OURS = {
    "the user's file": "config/pysetup/config.toml",
    "the project's file": "here/pysetup.toml",
    "the project's document": "here/pyproject.toml",
    "a project above": "pysetup.toml",
    "the environment's file": "env/pysetup.toml",
}


@pytest.mark.parametrize("place", FILES_OF_OURS.values(), ids=FILES_OF_OURS)
def test_a_configuration_file_that_comes_changes_or_goes_is_seen(
    place: str,
    index: Any,
    wheels: Path,
    fresh: Callable[[], Path],
    short: Path,
    pysetup: Any,
) -> None:
    """With it no dependency is installed, without it one is."""
    assert wheels.is_dir()
    head = "[tool.pysetup.install]" if place.endswith("pyproject.toml") else "[install]"
    path = short / place
    here = short / "here"
    here.mkdir()

    def run(*asked: str) -> tuple[set[str], bool]:
        env = fresh()
        if place.startswith("env/") and path in kept:
            path.write_bytes(kept[path])
        index.asked = 0
        done = pysetup(
            *("install", "--python", env / "bin/python", "--index-url", index.url),
            *asked,
            cwd=here,
            env={"XDG_CONFIG_HOME": str(short / "config")},
        )
        assert done.code == 0, done.err
        sites = env.glob("lib/*/site-packages/*.dist-info")
        return {info.name.split("-")[0] for info in sites}, index.asked > 0

    kept: dict[Path, bytes] = {}
    one, both = "demo==1.0", ("demo==1.0", "other==2.0")
    assert run(*both) == ({"demo", "other"}, True)
    assert run(*both) == ({"demo", "other"}, False)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept[path] = f"{head}\nno-deps = true\n".encode()
    path.write_bytes(kept[path])
    assert run(one) == ({"demo"}, True)
    if not place.startswith("env/"):
        assert run(one) == ({"demo"}, False)
    kept.clear()
    path.unlink(missing_ok=True)
    assert run(one)[0] == {"demo", "other"}


def test_an_uninstall_is_decided_anew_where_something_is_configured(
    install: Callable[..., Any], fresh: Callable[[], Path], pysetup: Any, short: Path
) -> None:
    install(fresh())
    env = fresh()
    install(env)
    config = short / "config/pysetup/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[install]\nundo-kept = 0\n")
    gone = pysetup(
        *("uninstall", "--python", env / "bin/python", "demo"),
        env={"XDG_CONFIG_HOME": str(short / "config")},
    )
    assert gone.code == 0, gone.err
    assert 'did you mean "install.undo-keep"?' in gone.err
