"""Environments in generations, by the commands, with pip and uv at work in between."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

CHOSEN = ("--atomic", "generation")


def generations(undoing: Any) -> list[str]:
    folder = undoing.environment / ".pysetup-generations"
    found = sorted(path.name for path in folder.iterdir() if not path.is_symlink())
    return [*found, "-> " + os.readlink(folder / "current")]


def output(undoing: Any, *words: str) -> str:
    program, *rest = words
    done = subprocess.run(
        [undoing.environment / "bin" / program, *rest],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def shown(undoing: Any) -> dict[str, bytes]:
    """What stands in the places that generations hold, but no bytecode."""
    found: dict[str, bytes] = {}
    for top in ("bin", "share", undoing.site.relative_to(undoing.environment)):
        for folder, _, names in os.walk(undoing.environment / top):
            for name in names:
                path = Path(folder, name)
                if not name.endswith(".pyc"):
                    found[str(path.relative_to(undoing.environment))] = (
                        path.read_bytes()
                    )
    return found


def test_an_environment_stays_in_generations_once_chosen(undoing: Any) -> None:
    undoing.done("install", "demo==1.0")
    plain = shown(undoing)
    undoing.done("install", *CHOSEN, "dep")
    assert undoing.site.is_symlink()
    assert (undoing.environment / "bin").is_symlink()
    assert not os.path.isabs(os.readlink(undoing.site))
    assert plain.items() <= shown(undoing).items()
    undoing.done("install", "--upgrade", "demo")
    assert generations(undoing) == ["000001", "000002", "000003", "-> 000003"]
    assert output(undoing, "demo") == "2"
    command = "import importlib.metadata as m; print(m.version('demo'))"
    assert output(undoing, "python", "-c", command) == "2.0"
    assert "Every file" in undoing.done("verify")
    assert "No broken" in undoing.done("check")
    undoing.done("uninstall", "more", "--env", undoing.environment)
    assert generations(undoing) == ["000002", "000003", "000004", "-> 000004"]


def test_undo_sets_the_link_back(undoing: Any) -> None:
    undoing.done("install", *CHOSEN, "demo==1.0")
    old = shown(undoing)
    undoing.done("install", "--upgrade", "demo")
    new = shown(undoing)
    assert "took back 2" in undoing.done("undo")
    assert generations(undoing) == ["000001", "000002", "000003", "-> 000002"]
    assert shown(undoing) == old
    undoing.done("undo")
    assert generations(undoing)[-1] == "-> 000003"
    assert shown(undoing) == new
    planned = undoing.done("undo", "2", "--dry-run")
    assert "~ demo 2.0 -> 1.0" in planned
    assert shown(undoing) == new
    undoing.done("undo", "2")
    assert shown(undoing) == old
    # A number is never used again while its directory stands.
    undoing.done("install", "dep")
    assert generations(undoing) == ["000002", "000003", "000004", "-> 000004"]


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_other_tools_work_through_the_link(
    undoing: Any, tool: str, need_tool: Callable[[str], str]
) -> None:
    def act(*words: str) -> None:
        if tool == "pip":
            undoing.pip(*words, *(["--yes"] * (words[0] == "uninstall")))
        else:
            undoing.uv(need_tool("uv"), *words)

    undoing.done("install", *CHOSEN, "demo==1.0")
    before = shown(undoing)
    act("install", "dep")
    act("uninstall", "demo")
    assert not (undoing.environment / "bin" / "demo").exists()
    assert undoing.done("list").split() == ["dep", "1.0"]
    # The older generation has what the tool removed, but the way to it is not taken:
    # what the tool did would be lost.
    undoing.done("install", "demo==1.0")
    assert before.items() <= shown(undoing).items()
    undoing.done("undo")
    assert undoing.done("list").split() == ["dep", "1.0"]
    act("install", "demo==2.0")
    assert output(undoing, "demo") == "2"
    undoing.done("uninstall", "demo")
    undoing.done("undo")
    assert output(undoing, "demo") == "2"
    info = undoing.site / "demo-2.0.dist-info"
    assert (info / "INSTALLER").read_text().strip() == tool


def test_an_environment_may_leave_its_generations(undoing: Any) -> None:
    undoing.done("install", *CHOSEN, "demo==1.0")
    seen = shown(undoing)
    undoing.done("install", "--atomic", "swap", "dep")
    assert not undoing.site.is_symlink()
    assert not (undoing.environment / "bin").is_symlink()
    assert not (undoing.environment / ".pysetup-generations").exists()
    assert seen.items() <= shown(undoing).items()
    undoing.done("undo", "1")
    assert undoing.done("list") == ""


def test_how_many_generations_stay_can_be_set(undoing: Any) -> None:
    undoing.more = {"PYSETUP_ATOMIC": "generation", "PYSETUP_KEEP_GENERATIONS": "1"}
    undoing.done("install", "demo==1.0")
    undoing.done("install", "--upgrade", "demo")
    assert generations(undoing) == ["000003", "-> 000003"]
    undoing.done("undo")  # by the archives then
    assert output(undoing, "demo") == "1"


def test_what_generations_cannot_hold_is_refused(undoing: Any, make_wheel: Any) -> None:
    make_wheel("odd", "1.0", files={"odd-1.0.data/data/elsewhere/x": "x"})
    target = undoing.environment.parent / "plain"
    undoing.refused("install", *CHOSEN, "--target", target, "dep", code="PS7333")
    undoing.done("install", *CHOSEN, "dep")
    seen = generations(undoing)
    undoing.refused("install", "odd", code="PS5331")
    assert generations(undoing) == seen
    undoing.done("install", "--atomic", "swap", "odd")
    undoing.refused(
        "install", *CHOSEN, "--dry-run", "--target", target, "dep", code="PS7333"
    )


def test_a_plan_that_is_refused_changes_nothing(undoing: Any) -> None:
    (undoing.site / "demo").mkdir()
    (undoing.site / "demo" / "old.py").write_text("mine\n")
    undoing.refused("install", *CHOSEN, "demo==1.0", code="PS7305")
    assert not undoing.site.is_symlink()
