"""``--json=lines``: one valid object a line as things happen, then the envelope."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest


@pytest.fixture(scope="session")
def schema(project_root: Path) -> Any:
    path = project_root / "docs" / "reference" / "output.schema.json"
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def env(pysetup: Any, tmp_path: Path) -> Path:
    """An empty environment."""
    made = pysetup("venv", "create", tmp_path / "env")
    assert made.code == 0, made.err
    return tmp_path / "env"


@pytest.fixture
def lines(pysetup: Any, schema: Any) -> Callable[..., list[Any]]:
    """Run a command with ``--json=lines``; give its lines, each of them valid."""

    def run(*words: object, code: int = 0) -> list[Any]:
        ran = pysetup(*words, "--json=lines")
        assert ran.code == code, ran.err
        found = [json.loads(line) for line in ran.out.split("\n")[:-1]]
        assert ran.out.endswith("\n")
        for each in found:
            jsonschema.validate(each, schema)
        assert [each["event"] for each in found].count("end") == 1
        assert found[-1]["event"] == "end"
        assert found[-1]["exit_code"] == code
        return found

    return run


def _of(event: str, found: list[Any]) -> list[Any]:
    return [each for each in found if each["event"] == event]


def test_an_install_tells_stages_plan_and_downloads_as_they_happen(
    lines: Callable[..., list[Any]], slow_index: Any, env: Path
) -> None:
    slow_index.let_go.set()
    found = lines("install", "--env", env, "--index-url", slow_index.url, "demo")
    (plan,) = _of("plan", found)
    assert plan["install"] == [
        {"name": "demo", "version": "1.0"},
        {"name": "helper", "version": "2.0"},
    ]
    first = next(n for n, each in enumerate(found) if each["event"] == "download")
    assert found.index(plan) < first
    last = {each["package"]: each for each in _of("download", found)}
    assert last["demo"]["done"] == last["demo"]["total"] > 100_000
    assert last["demo"]["ok"] is True
    done = [each["name"] for each in _of("stage", found)]
    assert [name for name in done if name in ("resolve", "fetch", "install")] == [
        "resolve",
        "fetch",
        "install",
    ]
    begun = {each["id"] for each in _of("begin", found)}
    assert begun == {each["id"] for each in _of("stage", found)}
    times = [each["at_ms"] for each in found[:-1]]
    assert times == sorted(times)
    assert found[-1]["result"]["installed"] == plan["install"]


def test_an_uninstall_tells_its_plan(
    lines: Callable[..., list[Any]], make_wheel: Any, env: Path, pysetup: Any
) -> None:
    assert pysetup("install", "--env", env, make_wheel()).code == 0
    found = lines("uninstall", "--env", env, "demo")
    (plan,) = _of("plan", found)
    assert plan["remove"] == [{"name": "demo", "version": "1.0"}]
    assert [each["name"] for each in _of("stage", found)] == ["uninstall"]


def test_a_build_tells_what_it_is_made_of(
    lines: Callable[..., list[Any]], tmp_path: Path, project_root: Path
) -> None:
    source = project_root / "examples" / "greet"
    found = lines("build", "--outdir", tmp_path / "dist", source)
    assert [each["name"] for each in _of("stage", found)] == ["sdist", "build"]
    assert {each.get("subject") for each in _of("stage", found)} == {"greet-demo 1.2.0"}


def test_what_people_are_told_is_told_as_a_note(
    lines: Callable[..., list[Any]], tmp_path: Path, project_root: Path, env: Path
) -> None:
    source = project_root / "examples" / "greet"
    found = lines("install", "--env", env, "--no-deps", source)
    assert tmp_path.is_dir()
    assert "building greet" in [each["message"] for each in _of("note", found)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["explain"], 0, id="no events"),
        pytest.param(["frobnicate"], 2, id="no such command"),
        pytest.param(["list", "--frobnicate"], 2, id="no such option"),
        pytest.param(["--version"], 0, id="--version"),
        pytest.param(["list", "--env", "nowhere"], 7, id="an error"),
    ],
)
def test_a_command_without_events_prints_the_last_line_alone(
    lines: Callable[..., list[Any]], words: list[str], code: int
) -> None:
    if words == ["--version"]:
        (end,) = lines(*words)
        assert end["result"]["version"]
        return
    (end,) = lines(*words, code=code)
    assert bool(end["errors"]) is (code != 0)


def test_a_failure_in_the_middle_is_a_failed_stage_and_an_end(
    lines: Callable[..., list[Any]], slow_index: Any, env: Path
) -> None:
    slow_index.damage()
    slow_index.let_go.set()
    words = ("install", "--env", env, "--index-url", slow_index.url, "demo")
    found = lines(*words, code=5)
    assert [each["ok"] for each in _of("stage", found) if each["name"] == "fetch"] == [
        False
    ]
    assert found[-1]["errors"][0]["class"] == "integrity"


def test_one_envelope_stays_one_object(pysetup: Any, schema: Any, env: Path) -> None:
    ran = pysetup("list", "--env", env, "--json")
    jsonschema.validate(json.loads(ran.out), schema)
    assert "event" not in json.loads(ran.out)


def test_events_for_programs_may_go_to_standard_error(
    pysetup: Any, schema: Any, make_wheel: Any, env: Path
) -> None:
    ran = pysetup("install", "--env", env, make_wheel(), "--progress", "json")
    assert ran.out == "+ demo 1.0\n"
    found = [json.loads(line) for line in ran.err.splitlines()]
    for each in found:
        jsonschema.validate(each, schema)
    assert [each["event"] for each in found].count("plan") == 1


def test_another_form_of_json_is_refused(pysetup: Any) -> None:
    ran = pysetup("list", "--json=xml")
    assert ran.code == 2
    assert json.loads(ran.out)["errors"][0]["code"] == "PS2601"
