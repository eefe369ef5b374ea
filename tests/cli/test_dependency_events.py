"""The commands on dependencies as programs and people see them: events and waits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

PYPROJECT = '[project]\nname = "app"\nversion = "1.0"\n'


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    return root


@pytest.fixture
def lines(
    pysetup: Any, project_root: Path, slow_index: Any, app: Path
) -> Callable[..., list[Any]]:
    """Run a command in the app with ``--json=lines``; give its lines, each valid."""
    path = project_root / "docs" / "reference" / "output.schema.json"
    schema = json.loads(path.read_text("utf-8"))

    def run(*words: object, code: int = 0) -> list[Any]:
        environ = {"PYSETUP_INDEX_URL": slow_index.url}
        ran = pysetup(*words, "--json=lines", cwd=app, env=environ)
        assert ran.code == code, ran.err
        found = [json.loads(line) for line in ran.out.splitlines()]
        for each in found:
            jsonschema.validate(each, schema)
        assert found[-1]["event"] == "end"
        assert found[-1]["exit_code"] == code
        return found

    return run


def stages(found: list[Any]) -> list[str]:
    return [each["name"] for each in found if each["event"] == "stage"]


def test_what_add_and_remove_do_comes_as_events(
    lines: Callable[..., list[Any]], slow_index: Any
) -> None:
    slow_index.let_go.set()
    found = lines("add", "demo")
    assert {"resolve", "fetch", "install"} <= set(stages(found))
    assert any(each["event"] == "download" for each in found)
    (plan,) = [each for each in found if each["event"] == "plan"]
    assert [each["name"] for each in plan["install"]] == ["demo", "helper"]
    result = found[-1]["result"]
    assert result["changes"] == [{"before": None, "after": "demo>=1.0"}]
    assert result["list"] == "dependencies"
    found = lines("remove", "demo")
    assert found[-1]["result"]["environment"]["removed"] == [
        {"name": "demo", "version": "1.0"},
        {"name": "helper", "version": "2.0"},
    ]
    found = lines("remove", "demo", code=1)
    (error,) = found[-1]["errors"]
    assert (error["code"], error["class"]) == ("PS1871", "answer")


def test_what_download_does_comes_as_events(
    lines: Callable[..., list[Any]], slow_index: Any, pysetup: Any, app: Path
) -> None:
    slow_index.let_go.set()
    assert pysetup("venv", "create", app / ".venv").code == 0
    found = lines("download", "--with-deps", "-d", "gap", "demo")
    assert stages(found)[:2] == ["resolve", "fetch"]
    last = {each["package"]: each for each in found if each["event"] == "download"}
    assert last["demo"]["done"] == last["demo"]["total"]
    names = [each["name"] for each in found[-1]["result"]["files"]]
    assert names == ["demo", "helper"]
    assert found[-1]["result"]["checked"]["files"] == 2


def test_what_the_others_look_up_comes_as_events(
    lines: Callable[..., list[Any]], slow_index: Any, make_wheel: Any
) -> None:
    slow_index.let_go.set()
    lines("add", "helper")
    make_wheel("helper", "3.0")
    found = lines("outdated")
    assert stages(found) == ["look-up"]
    assert found[-1]["result"][0]["latest_version"] == "3.0"
    found = lines("upgrade", "--all")
    (plan,) = [each for each in found if each["event"] == "plan"]
    assert plan["upgrade"] == [
        {"name": "helper", "version": "3.0", "old_version": "2.0"}
    ]
    assert lines("tree")[-1]["result"]["roots"] == ["helper"]
    assert lines("why", "helper")[-1]["result"][0]["name"] == "helper"
    assert lines("why-not", "helper==2.0")[-1]["result"][0]["possible"] is True


def test_a_person_sees_who_is_asked_and_a_bar_that_goes(
    terminal: Callable[..., Any], slow_index: Any, app: Path
) -> None:
    environ = {"PYSETUP_INDEX_URL": slow_index.url, "NO_COLOR": "1"}
    one = terminal("add", "--project", app, "demo", columns=40, env=environ)
    one.until("demo-1.0")  # half of it has come, and the rest is awaited
    one.until("kB")
    bars = [line for line in one.screen() if "kB" in line]
    assert bars
    assert all(len(line) < 40 for line in bars)
    slow_index.let_go.set()
    code, text = one.end()
    assert code == 0, text
    assert "\x1b[3" not in text  # no colour
    shown = one.screen()
    assert "+ demo 1.0" in shown
    assert any("+ demo>=1.0" in line for line in shown)
    assert not any("kB/s" in line for line in shown)


def test_who_waits_for_an_index_is_told_what_to_do(
    terminal: Callable[..., Any], slow_index: Any, app: Path
) -> None:
    slow_index.silent = True
    environ = {"PYSETUP_INDEX_URL": slow_index.url}
    one = terminal("add", "--project", app, "helper", env=environ)
    one.until("resolving")
    one.until("asking 127.0.0.1")
    one.until("waiting for 127.0.0.1: no answer for 3 s; --timeout SECONDS")
    slow_index.let_go.set()
    assert one.end()[0] == 0


def test_a_file_that_somebody_changed_meanwhile_is_not_written_over(
    terminal: Callable[..., Any], slow_index: Any, app: Path
) -> None:
    slow_index.silent = True
    environ = {"PYSETUP_INDEX_URL": slow_index.url}
    one = terminal("add", "--project", app, "helper", env=environ)
    one.until("resolving")
    other = PYPROJECT + "\n[tool.other]\nkey = 1\n"
    (app / "pyproject.toml").write_text(other, "utf-8")
    slow_index.let_go.set()
    code, text = one.end()
    assert code == 9, text
    assert "error[PS9870]" in text
    assert (app / "pyproject.toml").read_text("utf-8") == other


def test_ctrl_c_leaves_file_and_environment_as_they_were(
    terminal: Callable[..., Any], slow_index: Any, app: Path
) -> None:
    environ = {"PYSETUP_INDEX_URL": slow_index.url}
    one = terminal("add", "--project", app, "demo", env=environ)
    one.until("demo-1.0")  # half of the file has come: the list is written by now
    one.press(b"\x03")
    code, text = one.end()
    slow_index.let_go.set()
    assert code == 130, text
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT
    assert not list(app.glob(".venv/lib/*/site-packages/demo*"))
