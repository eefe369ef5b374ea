"""Files for another machine: chosen by its tags and markers, into a plain folder."""

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow


@pytest.fixture
def links(make_wheel: Any) -> list[str]:
    """A folder with wheels for several machines, and the options that name it."""
    need = 'Requires-Dist: onlywin; sys_platform == "win32"\n'
    for tag in ("cp39-cp39-win_amd64", "cp39-cp39-macosx_11_0_arm64"):
        make_wheel("demo", "1.0", tag=tag, metadata=need)
    made = make_wheel("demo", "0.9", metadata=need)
    make_wheel("onlywin", "2.0")
    return ["--no-index", "--find-links", str(made.parent)]


@pytest.fixture
def room(pysetup: Any, tmp_path: Path) -> str:
    path = tmp_path / "room"
    assert pysetup("venv", "create", path).code == 0
    return str(path)


def test_a_dry_run_tells_what_another_machine_would_get(
    pysetup: Any, links: list[str], room: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    ran = pysetup(
        *("install", "--dry-run", "--python", room, "--report", report, *links),
        *("--python-version", "3.9", "--python-platform", "windows", "demo"),
    )
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["+ demo 1.0", "+ onlywin 2.0"]
    told = json.loads(report.read_text())
    assert told["environment"]["sys_platform"] == "win32"
    assert told["environment"]["python_version"] == "3.9"
    found = {item["metadata"]["name"]: item for item in told["install"]}
    assert found["demo"]["download_info"]["url"].endswith("-cp39-cp39-win_amd64.whl")
    assert found["demo"]["requested"]
    assert not found["onlywin"]["requested"]


def test_files_for_another_machine_go_into_a_plain_folder(
    pysetup: Any, links: list[str], room: str, tmp_path: Path
) -> None:
    target = tmp_path / "bundle"
    words = [
        *("install", "--target", target, "--python", room, *links, "demo"),
        *("--platform", "win_amd64", "--python-version", "39"),
    ]
    ran = pysetup(*words)
    assert ran.code == 0, ran.err
    wheel = (target / "demo-1.0.dist-info" / "WHEEL").read_text()
    assert "cp39-cp39-win_amd64" in wheel
    assert (target / "onlywin").is_dir()
    assert not list(target.rglob("*.pyc"))
    again = pysetup(*words)
    assert (again.code, again.out) == (0, "Nothing to do.\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--platform", "win_amd64"], "PS2601", id="into an environment"),
        pytest.param(
            ["--dry-run", "--python-platform", "plan9"], "PS3003", id="no such files"
        ),
        pytest.param(
            ["--dry-run", "--python-platform", "x86_64-plan9"],
            "PS2112",
            id="no such platform",
        ),
        pytest.param(
            ["--dry-run", "--python-version", "three"], "PS2113", id="no version"
        ),
        pytest.param(["--exclude-newer", "soon"], "PS2114", id="no moment"),
        pytest.param(["--group", "nowhere:x"], "PS2116", id="no file of groups"),
        pytest.param(["--only-deps", "--no-deps"], "PS2601", id="nothing is left"),
    ],
)
def test_what_cannot_be_is_told(
    pysetup: Any, links: list[str], room: str, words: list[str], code: str
) -> None:
    ran = pysetup("install", "--json", "--python", room, *links, *words, "demo>=1")
    assert ran.code in (2, 3)
    assert [error["code"] for error in json.loads(ran.out)["errors"]] == [code]
