"""Completion: what a shell offers is what the commands take."""

import subprocess
from collections.abc import Callable

import pytest

from pysetup.cli.commands.completion import SHELLS, completion_script
from pysetup.cli.table import MODULES


@pytest.mark.parametrize(
    ("line", "expected", "others"),
    [
        pytest.param("ins", {"install", "inspect"}, {"list"}, id="a command"),
        pytest.param("install --no-b", {"--no-binary"}, {"--pre"}, id="an option"),
        pytest.param("-q cache pr", {"prune"}, {"purge"}, id="a sub-command"),
        pytest.param("setup.py ", set(), {"install"}, id="words of its own"),
    ],
)
def test_bash_offers_what_there_is(
    line: str, expected: set[str], others: set[str], need_tool: Callable[[str], str]
) -> None:
    words = ["pysetup", *line.split(" ")]
    listed = " ".join(f"'{word}'" for word in words)
    script = (
        f"{completion_script('bash')}\nCOMP_WORDS=({listed})\n"
        f"COMP_CWORD={len(words) - 1}\n_pysetup\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        [need_tool("bash"), "-c", script], capture_output=True, text=True, check=True
    )
    offered = set(done.stdout.split())
    assert expected <= offered
    assert not offered & others


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_in_every_script(shell: str) -> None:
    script = completion_script(shell)
    assert all(name in script for name in MODULES)
