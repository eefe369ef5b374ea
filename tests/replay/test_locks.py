"""The short way to a lock: what was found once is not sought again, if it holds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import os, sys, time
before = set(sys.modules)
from pysetup.replay.command import answer
code, _ = answer(sys.argv[1:], dict(os.environ), cwd=os.getcwd(), now=time.time())
loaded = sorted(set(sys.modules) - before)
sys.stderr.write(f"{code} {' '.join(loaded)}")
"""
LONG_WAY = """
import sys
from pysetup.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write("\\n" + " ".join(["loaded", str(code), *sorted(sys.modules)]))
"""
FRESH = {"cache-control": "max-age=600"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "in.txt").write_text("demo\n")
    return made


@pytest.fixture
def wheels(make_wheel: Any) -> None:
    make_wheel(metadata="Requires-Dist: other\n")
    make_wheel("other", "2.0")


@pytest.fixture
def lock(
    index: Any, wheels: None, pysetup: Any, folder: Path, fresh: Callable[[], Path]
) -> Callable[..., Any]:
    """Return a function that locks in ``folder`` by the command."""
    del wheels
    env = fresh()
    index.headers.update(FRESH)

    def run(*words: str, cwd: Path | None = None) -> Any:
        where = ("--python", env / "bin/python", "--index-url", index.url)
        return pysetup("lock", *where, *(words or ("-r", "in.txt")), cwd=cwd or folder)

    return run


@pytest.fixture
def shortly(
    index: Any, pysetup: Any, folder: Path, short: Path
) -> Callable[..., tuple[str, set[str]]]:
    """Return a function that tries the short way: its exit code, or None."""

    def run(*words: str, **more: str) -> tuple[str, set[str]]:
        python = str(short / "env/bin/python")
        where = ("--python", python, "--index-url", index.url)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                PROGRAM,
                "lock",
                *where,
                *(words or ("-r", "in.txt")),
            ],
            cwd=folder,
            env={**pysetup.environ, **more},
            capture_output=True,
            text=True,
            check=True,
        )
        code, _, loaded = done.stderr.rpartition("\n")[2].partition(" ")
        return code, set(loaded.split())

    return run


def test_a_lock_that_holds_is_known_to_hold(
    lock: Callable[..., Any], shortly: Callable[..., Any], index: Any, folder: Path
) -> None:
    first = lock()
    assert first.code == 0, first.err
    content = (folder / "pylock.toml").read_bytes()
    second = lock()
    index.asked = 0
    code, loaded = shortly()
    assert code == "0"
    third = lock()
    assert (third.code, third.out) == (second.code, second.out)
    assert "as it was" in third.out
    assert index.asked == 0
    assert (folder / "pylock.toml").read_bytes() == content
    assert not {"json", "re", "typing", "dataclasses", "collections"} & loaded
    assert len(loaded) <= 12


def test_a_lock_that_is_gone_is_written_again(
    lock: Callable[..., Any], shortly: Callable[..., Any], index: Any, folder: Path
) -> None:
    place = folder / "pylock.toml"
    first = lock()
    content, mode = place.read_bytes(), place.stat().st_mode
    place.unlink()
    index.asked = 0
    assert shortly()[0] == "0"
    assert (place.read_bytes(), place.stat().st_mode) == (content, mode)
    place.unlink()
    again = lock()
    assert (again.code, again.out) == (0, first.out)
    assert place.read_bytes() == content
    assert index.asked == 0
    assert sorted(os.listdir(folder)) == ["in.txt", "pylock.toml"]


def test_a_lock_that_was_just_written_is_known_to_hold(
    lock: Callable[..., Any], shortly: Callable[..., Any], folder: Path, pysetup: Any
) -> None:
    assert lock().code == 0
    content = (folder / "pylock.toml").read_bytes()
    assert shortly()[0] == "0"
    short = lock()
    shutil.rmtree(pysetup.home / "cache" / "replay")
    assert (short.code, short.out) == (0, lock().out)
    assert "as it was" in short.out
    assert (folder / "pylock.toml").read_bytes() == content


def change_requirements(folder: Path) -> None:
    (folder / "in.txt").write_text("demo<5\n")


def change_lock(folder: Path) -> None:
    place = folder / "pylock.toml"
    place.write_text(place.read_text().replace("2.0", "2.1"))


def add_configuration(folder: Path) -> None:
    (folder / "pysetup.toml").write_text("pre = true\n")


def link_lock(folder: Path) -> None:
    place = folder / "pylock.toml"
    place.rename(folder / "pylock.other.toml")
    place.symlink_to("pylock.other.toml")


@pytest.mark.parametrize(
    "change", [change_requirements, change_lock, add_configuration, link_lock]
)
def test_what_is_different_takes_the_long_way(
    change: Callable[[Path], None],
    lock: Callable[..., Any],
    shortly: Callable[..., Any],
    folder: Path,
) -> None:
    lock()
    lock()
    assert shortly()[0] == "0"
    change(folder)
    assert shortly()[0] == "None"


@pytest.mark.parametrize(
    ("words", "more"),
    [
        pytest.param(("-r", "in.txt", "--pre"), {}, id="another option"),
        pytest.param(("-r", "in.txt", "-U"), {}, id="an upgrade"),
        pytest.param(("-r", "in.txt", "--output", "-"), {}, id="to standard output"),
        pytest.param(("demo",), {}, id="other words"),
        pytest.param(("-r", "in.txt"), {"PIP_PRE": "1"}, id="another setting"),
    ],
)
def test_another_question_is_another_question(
    words: tuple[str, ...],
    more: dict[str, str],
    lock: Callable[..., Any],
    shortly: Callable[..., Any],
) -> None:
    lock()
    lock()
    assert shortly(*words, **more)[0] == "None"


def test_a_new_lock_is_known_as_long_as_the_index_vouches_for_its_pages(
    lock: Callable[..., Any], shortly: Callable[..., Any], index: Any, folder: Path
) -> None:
    index.headers["cache-control"] = "no-cache"
    lock()
    (folder / "pylock.toml").unlink()
    assert shortly()[0] == "None"


def test_a_damaged_answer_is_none(
    lock: Callable[..., Any], shortly: Callable[..., Any], pysetup: Any
) -> None:
    lock()
    lock()
    (pysetup.home / "cache").exists()
    for path in (pysetup.home / "cache" / "replay").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert shortly()[0] == "None"


PROJECT = """[project]
name = "mine"
version = "1"
dependencies = ["demo"]
"""


def test_a_project_that_says_what_it_requires_is_known(
    lock: Callable[..., Any], shortly: Callable[..., Any], folder: Path
) -> None:
    document = folder / "pyproject.toml"
    document.write_text(PROJECT)
    where = ("--timeout", "9")
    assert lock(*where).code == 0
    lock(*where)
    assert shortly(*where)[0] == "0"
    document.write_text(PROJECT.replace("demo", "demo<3"))
    assert shortly(*where)[0] == "None"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('dynamic = ["version", "dependencies"]', id="dependencies"),
        pytest.param('dynamic = [\n"optional-dependencies"]', id="extras"),
        pytest.param("dynamic=['requires-python']", id="the Python"),
    ],
)
def test_a_project_that_leaves_it_open_takes_the_long_way(
    text: str, shortly: Callable[..., Any], folder: Path, pysetup: Any
) -> None:
    (pysetup.home / "cache").mkdir()
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n{text}\n")
    assert shortly("--timeout", "9")[0] == "None"


@pytest.fixture
def project(folder: Path) -> Path:
    """A project in a folder of its own."""
    made = folder / "app"
    made.mkdir()
    (made / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["demo"]\n'
        '[dependency-groups]\ndev = ["other"]\n'
    )
    return made


def test_a_project_in_another_folder_is_known_until_it_changes(
    lock: Callable[..., Any], shortly: Callable[..., Any], project: Path
) -> None:
    words = ("--project", "app", "--output", "app/pylock.toml")
    for expected in ("wrote app/pylock.toml", "app/pylock.toml is as it was"):
        ran = lock(*words)
        assert expected in ran.out, ran.err
    assert shortly(*words)[0] == "0"
    assert "holds" in lock(*words, "--check").out
    assert shortly(*words, "--check")[0] == "0"
    assert shortly(*words, "--group", "dev")[0] == "None", "another question"
    assert shortly("demo", *words)[0] == "None"
    assert shortly(*words[:2], "--group", "app:dev")[0] == "None"

    (project / "pysetup.toml").write_text("pre = true\n")
    assert shortly(*words)[0] == "None", "the project's own configuration counts"
    (project / "pysetup.toml").unlink()
    document = project / "pyproject.toml"
    document.write_text(document.read_text().replace('"demo"', '"demo<5"'))
    assert shortly(*words)[0] == "None"
    assert shortly(*words, "--check")[0] == "None"
    ran = lock(*words, "--check")
    assert ran.code == 8
    assert shortly(*words, "--check")[0] == "None", "a refusal is not remembered"


def test_the_long_way_loads_nothing_that_builds_or_installs(
    lock: Callable[..., Any], index: Any, pysetup: Any, folder: Path, short: Path
) -> None:
    lock()
    (folder / "in.txt").write_text("demo<9\n")
    words = ["lock", "--python", str(short / "env/bin/python"), "-r", "in.txt"]
    done = subprocess.run(
        [sys.executable, "-c", LONG_WAY, *words, "--index-url", index.url],
        cwd=folder,
        env=pysetup.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    code, *loaded = done.stderr.rpartition("loaded ")[2].split()
    assert code == "0", done.stderr
    rooms = (
        "phases.build",
        "phases.sdist",
        "phases.install.apply",
        "resolve.universal",
    )
    unwanted = {"pathspec", *(f"pysetup.{it}" for it in rooms)}
    assert not {
        name for name in loaded for it in unwanted if f"{name}.".startswith(f"{it}.")
    }
    # Pages and metadata were in the cache, and vouched for.
    assert not {"urllib3", "truststore", "ssl"} & set(loaded)
