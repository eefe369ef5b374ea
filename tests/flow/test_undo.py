"""History and undo by the commands, with pip and uv at work in between."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow


def test_an_upgrade_with_what_it_required_is_taken_back_and_forth(
    undoing: Any,
) -> None:
    undoing.done("install", "demo==1.0")
    old = undoing.picture()
    undoing.done("install", "--upgrade", "demo")
    new = undoing.picture()
    told = undoing.done("undo")
    assert told.splitlines()[1:] == ["~ demo 2.0 -> 1.0", "- dep 1.0", "- more 1.0"]
    assert undoing.picture() == old
    assert "~ demo 1.0 -> 2.0" in undoing.done("undo")
    assert undoing.picture() == new
    assert [one["undoes"] for one in undoing.entries()] == [[], [], [2], [3]]
    assert [one["undone_by"] for one in undoing.entries()] == [None, None, 4, None]


def test_an_uninstall_is_taken_back(undoing: Any) -> None:
    undoing.done("install", "demo==2.0")
    old = undoing.picture()
    undoing.done("uninstall", "demo", "dep", "more")
    assert "demo" not in undoing.done("list")
    undoing.done("undo")
    assert undoing.picture() == old
    ran = subprocess.run(
        [undoing.environment / "bin/demo"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "2\n"
    assert "Every file" in undoing.done("verify")


def test_going_back_to_an_entry_takes_later_ones_along(undoing: Any) -> None:
    before = undoing.picture()
    undoing.done("install", "demo==1.0")
    undoing.done("install", "dep")
    undoing.done("install", "--upgrade", "demo")
    seen = undoing.picture()
    planned = undoing.done("undo", "1", "--dry-run")
    assert "Nothing was changed" in planned
    assert undoing.picture() == seen
    told = undoing.done("undo", "1")
    assert [line.split(":")[0] for line in told.splitlines()[:3]] == [
        "took back 3",
        "took back 2",
        "took back 1",
    ]
    assert undoing.picture() == before
    undoing.done("undo")
    assert undoing.picture() == seen


def test_what_history_tells(undoing: Any) -> None:
    assert "nothing" in undoing.done("history")
    undoing.done("install", "demo==1.0")
    undoing.done("uninstall", "demo")
    lines = undoing.done("history").splitlines()
    assert [line.strip() for line in lines[1::2]] == ["- demo 1.0", "+ demo 1.0"]
    assert lines[0].startswith("2  20")
    assert "pysetup uninstall" in lines[0]
    assert len(undoing.done("history", "-n", "1").splitlines()) == 2
    for words in (["1"], ["show", "1"]):
        shown = undoing.done("history", *words)
        assert "demo-1.0-py3-none-any.whl" in shown
        assert "requested" in shown
    undoing.refused("history", "9", code="PS1330")
    undoing.refused("history", "what", code="PS2601")
    undoing.refused("history", "-n", "0", code="PS2601")
    undoing.refused("undo", "9", code="PS1330")


def test_nothing_is_noted_when_nothing_changes(undoing: Any) -> None:
    undoing.done("install", "demo==1.0")
    undoing.done("install", "demo==1.0")
    undoing.done("install", "dep", "--dry-run")
    undoing.refused("uninstall", "absent", code="PS1301")
    assert len(undoing.entries()) == 1


def test_an_empty_history_has_nothing_to_undo(undoing: Any) -> None:
    undoing.refused("undo", code="PS1330")


@pytest.mark.parametrize(
    "option",
    [
        pytest.param(["--index-url", "http://me:hunter2@localhost:1/"], id="in a word"),
        pytest.param(["--index-url=http://me:hunter2@localhost:1/"], id="after a sign"),
        pytest.param(["--extra-index-url", "https://hunter2@x.invalid/"], id="a token"),
    ],
)
def test_the_history_has_no_secrets(undoing: Any, option: list[str]) -> None:
    wheel = undoing.wheels / "dep-1.0-py3-none-any.whl"
    undoing.done("install", "--no-deps", *option, wheel)
    (state,) = list(undoing.environment.rglob("history.json"))
    assert b"hunter2" not in state.read_bytes()
    assert b"***@" in state.read_bytes()


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_what_other_tools_installed_comes_back_byte_for_byte(
    undoing: Any, tool: str, need_tool: Callable[[str], str]
) -> None:
    if tool == "pip":
        undoing.pip("install", "demo==1.0")
    else:
        undoing.uv(need_tool("uv"), "install", "demo==1.0")
    info = undoing.site / "demo-1.0.dist-info"
    assert (info / "INSTALLER").read_text().strip() == tool
    odd = undoing.site / "demo" / "old.py"
    odd.chmod(0o751)
    old = undoing.picture()
    undoing.done("install", "--upgrade", "demo")
    assert not info.exists()
    assert undoing.entries()[-1]["lost"] == []
    undoing.done("undo")
    assert undoing.picture() == old
    assert odd.stat().st_mode & 0o777 == 0o751
    # And away once more, and back: what was kept moves to and fro.
    undoing.done("undo")
    undoing.done("undo")
    assert undoing.picture() == old
    undoing.done("uninstall", "demo")
    undoing.done("undo", "1")
    assert undoing.picture() == old
    undoing.pip("uninstall", "--yes", "demo")
    assert not odd.exists()


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_only_what_the_entry_changed_is_taken_back(
    undoing: Any, tool: str, need_tool: Callable[[str], str]
) -> None:
    def act(*words: str) -> None:
        if tool == "pip":
            undoing.pip(*words, *(["--yes"] * (words[0] == "uninstall")))
        else:
            undoing.uv(need_tool("uv"), *words)

    undoing.done("install", "demo==1.0")
    undoing.done("install", "--upgrade", "demo")
    act("install", "--no-deps", "demo==1.0")
    seen = undoing.picture()
    told = undoing.refused("undo", code="PS7331")
    assert f"demo is 1.0 (by {tool}) and was 2.0 (by pysetup)" in told
    assert undoing.picture() == seen
    # What is gone already need not be taken away.
    act("uninstall", "dep")
    assert undoing.done("undo", "--force").splitlines()[1:] == ["- more 1.0"]
    info = undoing.site / "demo-1.0.dist-info"
    assert (info / "INSTALLER").read_text().strip() == tool
    assert not (undoing.site / "space").exists()


def test_files_that_the_user_changed_come_back_changed(undoing: Any) -> None:
    undoing.done("install", "demo==1.0")
    for name in ("__init__.py", "old.py"):
        path = undoing.site / "demo" / name
        path.unlink()  # a link to the store is not written through
        path.write_text(f"mine = {name!r}\n")
    old = undoing.sources()
    undoing.done("install", "--upgrade", "demo")
    assert "print(2)" in (undoing.site / "demo/__init__.py").read_text()
    undoing.done("undo")
    assert undoing.sources() == old
    undoing.done("uninstall", "demo")
    undoing.done("undo")
    assert undoing.sources() == old
    undoing.done("uninstall", "demo")
    (undoing.site / "demo" / "old.py").unlink()
    undoing.done("undo")
    assert (undoing.site / "demo" / "old.py").read_text() == "o = 1\n"


def test_an_editable_comes_back_while_its_project_stands(
    undoing: Any, pysetup: Any, tmp_path: Path
) -> None:
    root = tmp_path / "pro ject"
    assert pysetup("init", "--name", "mine", "--yes", root).code == 0
    assert pysetup("develop", root, "--env", undoing.environment).code == 0
    old = undoing.picture()
    undoing.done("uninstall", "mine")
    undoing.done("undo")
    assert undoing.picture() == old
    assert str(root) in undoing.done("list", "--editable")
    undoing.done("undo", "1")
    root.rename(tmp_path / "moved")
    told = undoing.refused("undo", code="PS7332")
    assert f"editable of {root}" in told
    (tmp_path / "moved").rename(root)
    undoing.done("undo")
    assert undoing.picture() == old


def test_what_was_built_here_comes_back(undoing: Any, greet: Path) -> None:
    project = ["install", "--no-deps", "--no-isolation", str(greet)]
    undoing.done(*project)
    old = undoing.picture()
    undoing.done("uninstall", "greet-demo")
    undoing.done("undo")
    assert undoing.picture() == old


def test_a_plain_folder_has_a_history_too(
    tmp_path: Path, upgrade_wheels: Path, pysetup: Any
) -> None:
    target = tmp_path / "plain"
    env = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(upgrade_wheels)}

    def run(command: str, *words: str) -> str:
        ran = pysetup(command, "--target", target, *words, env=env)
        assert ran.code == 0, ran.err
        return str(ran.out)

    run("install", "demo==1.0")
    run("install", "--upgrade", "demo")
    assert len(json.loads(run("history", "--json"))["result"]["entries"]) == 2
    run("undo")
    assert "1" in (target / "demo/__init__.py").read_text()
    assert not (target / "dep.py").exists()
    run("undo", "1")
    assert [p.name for p in target.iterdir()] == [".pysetup"]


def test_an_archive_that_is_gone_is_fetched_again_or_refused(
    undoing: Any, upgrade_wheels: Path, served: Any, pysetup: Any
) -> None:
    upload = [str(path) for path in sorted(upgrade_wheels.glob("*.whl"))]
    published = pysetup(
        *("publish", "--index-url", served.simple, "--username", served.username),
        *("--password-stdin", *upload),
        stdin=f"{served.password}\n",
    )
    assert published.code == 0, published.err
    undoing.more = {
        "PYSETUP_NO_INDEX": "",
        "PYSETUP_FIND_LINKS": "",
        "PYSETUP_INDEX_URL": served.simple,
    }
    undoing.done("install", "demo==1.0")
    old = undoing.picture()
    undoing.done("install", "--upgrade", "demo")
    new = undoing.picture()
    shutil.rmtree(pysetup.home / "cache")
    told = undoing.refused("undo", "--offline", code="PS7332")
    assert "demo 1.0: demo-1.0-py3-none-any.whl is not to be had" in told
    assert undoing.picture() == new
    assert undoing.done("undo", "--offline", "--force").splitlines()[1:] == [
        "- dep 1.0",
        "- more 1.0",
    ]
    undoing.done("undo")
    assert undoing.picture() == new
    undoing.done("undo", "2")
    assert undoing.picture() == old


def test_a_damaged_history_is_moved_aside(undoing: Any) -> None:
    undoing.done("install", "demo==1.0")
    (path,) = undoing.environment.rglob("history.json")
    path.write_text("{ this is not")
    shown = undoing("history")
    assert (shown.code, "PS7330" in shown.err + shown.out) == (0, False)
    assert "cannot be read" in shown.err
    undoing.refused("undo", code="PS7330")
    ran = undoing("install", "dep")
    assert ran.code == 0
    assert "a new one begins" in ran.err
    assert [one["id"] for one in undoing.entries()] == [1]
    (aside,) = path.parent.glob("history.json.damaged-*")
    assert aside.read_text() == "{ this is not"


def test_too_much_is_not_kept(undoing: Any) -> None:
    undoing.pip("install", "demo==1.0")
    undoing.more = {"PYSETUP_UNDO_KEEP": "10"}
    ran = undoing("uninstall", "demo")
    assert "demo 1.0 is too large to be kept for undo" in ran.err
    assert undoing.entries()[-1]["lost"] == ["demo"]
    assert "cannot be undone: demo" in undoing.done("history")
    assert "no longer kept" in undoing.refused("undo", code="PS7332")


def test_what_is_kept_can_be_damaged(undoing: Any) -> None:
    undoing.pip("install", "demo==1.0")
    undoing.done("uninstall", "demo")
    (kept,) = undoing.environment.rglob("kept/1/**/old.py")
    kept.write_text("o = 2\n")
    assert "no longer kept" in undoing.refused("undo", code="PS7332")
