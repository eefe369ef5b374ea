"""The first five minutes: from nothing to a published project, as the README says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

MOST_COMMANDS = 6
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def commands(project_root: Path) -> list[str]:
    """The commands of the README, comments and all."""
    readme = (project_root / "README.md").read_text("utf-8")
    (block,) = [one for one in _BLOCK.findall(readme) if "pysetup init --app" in one]
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def test_a_project_is_begun_used_and_published_without_any_configuration(
    commands: list[str],
    served: Any,
    wheelhouse: Path,
    pysetup: Any,
    new_environment: Callable[..., Path],
    tmp_path: Path,
) -> None:
    assert len(commands) <= MOST_COMMANDS
    sent = pysetup(
        *("publish", "--index-url", served.simple, *wheelhouse.glob("*.whl")),
        env=_credentials(served),
    )
    assert sent.code == 0, sent.err
    programs = tmp_path / "programs"
    programs.mkdir()
    launcher = programs / "pysetup"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m pysetup "$@"\n', "utf-8")
    launcher.chmod(0o755)
    script = "\n".join(["set -e", *commands])
    done = subprocess.run(
        ["bash", "-c", script.replace("http://127.0.0.1:8765/simple/", served.simple)],
        cwd=tmp_path,
        env={
            **pysetup.environ,
            **_credentials(served),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYSETUP_INDEX_URL": served.simple,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for line in (
        "pyproject.toml: + humanize>=4.9",
        "+ humanize 4.9",
        "Hello from hello",
        "hello-0.1.0.tar.gz: uploaded, verified",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    # Nothing but the project was written: no file configures any of it.
    assert not list(Path(pysetup.home).rglob("*.toml"))
    fresh = new_environment()
    got = pysetup("install", "--env", fresh, "-i", served.simple, "hello")
    assert got.out == "+ hello 0.1.0\n+ humanize 4.9\n", got.err
    ran = pysetup("run", "--env", fresh, "hello")
    assert ran.out == "Hello from hello\n"


def _credentials(served: Any) -> dict[str, str]:
    return {
        "PYSETUP_PUBLISH_USERNAME": served.username,
        "PYSETUP_PUBLISH_PASSWORD": served.password,
    }
