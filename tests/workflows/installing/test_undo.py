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

from pysetup.workflows.installing.history import without_secrets
from pysetup.workflows.installing.undo import with_credentials


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # thousands of small files: spare the disk
    where = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(dir=where))
    yield folder
    shutil.rmtree(folder)


Explore = Callable[[str], dict[str, Any]]


@pytest.fixture
def explore(quick_folder: Path, project_root: Path) -> Explore:
    return lambda scenario: _explored(scenario, quick_folder, project_root)


def _explored(scenario: str, folder: Path, project_root: Path) -> dict[str, Any]:
    here = Path(__file__).parent
    paths = [project_root / "src", project_root / "tests/phases/install"]
    done = subprocess.run(
        [sys.executable, "-P", here / "undo_lab.py", folder, scenario],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize(
    "scenario",
    [
        "uninstall",
        "undo",
        pytest.param("upgrade", marks=pytest.mark.slow),
        pytest.param("uninstall-swap", marks=pytest.mark.slow),
    ],
)
def test_after_a_kill_at_any_step_the_history_says_what_stands(
    scenario: str, explore: Explore
) -> None:
    seen = explore(scenario)
    assert seen["faults"] == []
    assert seen["OLD"] > 5
    assert seen["NEW"] > 5


@pytest.mark.parametrize(
    "scenario",
    [
        "undo-generation",
        pytest.param("upgrade-generation", marks=pytest.mark.slow),
        pytest.param("upgrade-begin", marks=pytest.mark.slow),
        pytest.param("uninstall-generation", marks=pytest.mark.slow),
    ],
)
def test_a_generation_shows_whole_even_before_a_recovery(
    scenario: str, explore: Explore
) -> None:
    seen = explore(scenario)
    assert seen["faults"] == []
    assert seen["torn"] == 0
    assert seen["OLD"] > 5
    assert seen["NEW"] > 5


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("demo==1.0", "demo==1.0"),
        ("https://u:p@host/x.whl", "https://***@host/x.whl"),
        ("--index-url=https://u:p@host/", "--index-url=https://***@host/"),
        ("demo @ https://t@host/x.whl", "demo @ https://***@host/x.whl"),
        ("https://a:b@c/ https://d:e@f/", "https://***@c/ https://***@f/"),
        ("https://host/x?token=1", "https://host/x?***"),
        ("git+https://t@host/x", "git+https://***@host/x"),
    ],
)
def test_words_are_noted_without_secrets(word: str, shown: str) -> None:
    assert without_secrets(word) == shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://a/x.whl", "https://u:p@a/x.whl", id="of its own index"),
        pytest.param("https://a:8/x.whl", "https://a:8/x.whl", id="of another port"),
        pytest.param("http://a/x.whl", "http://a/x.whl", id="of another scheme"),
        pytest.param("https://files/x.whl", "https://files/x.whl", id="of others"),
        pytest.param("file:///x.whl", "file:///x.whl", id="of this machine"),
    ],
)
def test_credentials_go_to_their_own_host_alone(url: str, expected: str) -> None:
    indexes = ["https://b/simple/", "https://u:p@a/simple/"]
    assert with_credentials(url, indexes) == expected
