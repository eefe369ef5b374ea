"""The start-up budget: which modules ``--version`` and ``--help`` may load."""

import subprocess
import sys

import pytest

# What the front door needs; one more import here costs every user at every call.
FRONT_DOOR = ["pysetup", "pysetup.cli", "pysetup.cli.main", "pysetup.cli.table"]

SCRIPT = """
import sys
before = set(sys.modules)
from pysetup.cli.main import main
code = main({arguments!r})
sys.stderr.write(" ".join(sorted(set(sys.modules) - before)))
sys.exit(code)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--version"], id="--version"),
        pytest.param(["-V"], id="-V"),
        pytest.param(["--help"], id="--help"),
        pytest.param([], id="no words at all"),
    ],
)
def test_the_front_door_loads_the_table_and_nothing_else(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPT.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.split() == FRONT_DOOR


@pytest.mark.parametrize("command", ["list", "sdist", "install"])
def test_help_of_a_command_loads_no_network_and_no_other_command(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPT.format(arguments=[command, "--help"])],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.split())
    assert not loaded & {"ssl", "urllib3", "socket", "truststore", "sqlite3"}
    others = {
        name
        for name in loaded
        if name.startswith("pysetup.cli.commands.")
        and name != f"pysetup.cli.commands.{command}"
    }
    assert others == set()
