import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Explore = Callable[..., dict[str, Any]]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    memory = Path("/dev/shm")  # thousands of small files: spare the disk
    where = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(dir=where))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def explore(open_folder: Path, lab_command: list[str], project_root: Path) -> Explore:
    def run(scenario: str, mode: str, *link_mode: str) -> dict[str, Any]:
        done = subprocess.run(
            [*lab_command, str(open_folder), scenario, mode, *link_mode],
            env={**os.environ, "PYTHONPATH": str(project_root / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return run


SCENARIOS = ["install", "upgrade", "uninstall", "set"]


def in_short(*chosen: str) -> list[Any]:
    """Return all scenarios; those that are not chosen are for the long run."""
    return [
        name if name in chosen else pytest.param(name, marks=pytest.mark.slow)
        for name in SCENARIOS
    ]


@pytest.mark.parametrize("scenario", in_short("upgrade", "uninstall"))
def test_a_kill_at_any_step_gives_the_old_or_the_new_state(
    scenario: str, explore: Explore
) -> None:
    seen = explore(scenario, "kill")
    assert seen["faults"] == []
    assert seen["OLD"] + seen["NEW"] == seen["steps"]
    assert seen["OLD"]
    assert seen["NEW"]
    # And even before the repair, no reader finds half a package.
    assert seen["torn"] == 0


@pytest.mark.parametrize("scenario", in_short("upgrade", "uninstall"))
@pytest.mark.parametrize(
    "mode", ["start", pytest.param("start-without-exchange", marks=pytest.mark.slow)]
)
def test_after_a_kill_at_any_step_a_plain_start_of_python_sees_one_state(
    scenario: str, mode: str, explore: Explore
) -> None:
    seen = explore(scenario, mode)
    assert seen["faults"] == []
    assert seen["OLD"] + seen["NEW"] == seen["steps"]
    assert seen["NEW"]
    assert seen["seen"][0] != seen["seen"][1]
    assert [told["err"] for told in seen["seen"]] == ["", ""]


@pytest.mark.parametrize("scenario", in_short("upgrade"))
@pytest.mark.parametrize(
    "link_mode", ["hardlink", pytest.param("copy", marks=pytest.mark.slow)]
)
def test_a_kill_at_any_step_is_as_harmless_with_files_of_the_store(
    link_mode: str, scenario: str, explore: Explore
) -> None:
    seen = explore(scenario, "kill", link_mode)
    assert seen["faults"] == []
    assert seen["OLD"] + seen["NEW"] == seen["steps"]
    assert seen["OLD"]
    assert seen["NEW"]
    assert seen["torn"] == 0


@pytest.mark.parametrize("scenario", in_short("upgrade"))
@pytest.mark.parametrize("mode", ["full", "io-error", "read-only", "layers", "int"])
def test_a_failure_is_as_harmless_with_files_of_the_store(
    mode: str, scenario: str, explore: Explore
) -> None:
    assert explore(scenario, mode, "hardlink")["faults"] == []


@pytest.mark.parametrize("scenario", in_short("uninstall"))
def test_the_same_where_two_folders_cannot_be_swapped_in_one_step(
    scenario: str, explore: Explore
) -> None:
    seen = explore(scenario, "kill-without-exchange")
    assert seen["faults"] == []
    assert seen["torn"] <= 2


@pytest.mark.parametrize("scenario", in_short("upgrade"))
@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("full", "PS7310"),
        ("io-error", "PS7312"),
        ("read-only", "PS7309"),
        ("layers", "PS7312"),
    ],
    ids=["disk full", "disk fails", "read-only", "layers that cannot move a folder"],
)
def test_a_step_that_fails_gives_the_old_state(
    scenario: str, mode: str, code: str, explore: Explore
) -> None:
    seen = explore(scenario, mode)
    assert seen["faults"] == []
    assert set(seen["codes"]) <= {code, "PS7314"}
    assert code in seen["codes"]


@pytest.mark.parametrize("scenario", in_short("upgrade"))
@pytest.mark.parametrize(("mode", "code"), [("int", 130), ("term", -15)])
def test_a_signal_gives_the_old_state_before_the_commit_and_the_new_one_after(
    scenario: str, mode: str, code: int, explore: Explore
) -> None:
    seen = explore(scenario, mode)
    assert seen["faults"] == []
    assert seen["codes"] == [code]


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0,
    reason="needs root, to be another user",
)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_who_may_not_write_changes_nothing(scenario: str, explore: Explore) -> None:
    assert explore(scenario, "unprivileged") == {"code": 7, "same": True}
