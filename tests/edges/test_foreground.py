"""A program before this one: its input, its exit code, its signals."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import os, sys
from pathlib import Path
from pysetup.edges.foreground import become, end_as, run_before
code = {how}({program!r}, {words!r}, dict(os.environ), directory=Path({directory!r}),
             content={content!r})
sys.exit(end_as(code))
"""
BOTH = pytest.mark.parametrize("how", ["become", "run_before"])


def program(
    how: str,
    shell: str,
    *,
    directory: str = "/",
    content: bytes | None = None,
    name: str = "/bin/sh",
) -> list[str]:
    words = ["sh", "-c", shell]
    text = RUN.format(
        how=how, program=name, words=words, directory=directory, content=content
    )
    return [sys.executable, "-c", text]


def ran(words: list[str]) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@BOTH
def test_it_has_the_folder_the_input_and_the_exit_code(
    how: str, tmp_path: Path
) -> None:
    words = program(
        how, "pwd; cat; exit 7", directory=str(tmp_path), content=b"some words\n"
    )
    assert ran(words) == (7, f"{tmp_path}\nsome words\n")


@BOTH
def test_a_signal_that_ends_it_ends_us(how: str) -> None:
    assert ran(program(how, "kill -TERM $$"))[0] == -signal.SIGTERM


@BOTH
def test_a_pipe_that_is_closed_ends_it_silently(how: str) -> None:
    # Python ignores SIGPIPE, and what it starts would do the same.
    code, told = ran(program(how, "while :; do echo y; done | head -n 1"))
    assert (code, told) == (0, "y\n")


@BOTH
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_signals_reach_it(how: str, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    shell = f"trap 'exit 3' {name}; echo ready; while read line; do :; done"
    with subprocess.Popen(
        program(how, shell),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(number)
        assert child.wait(20) == 3


@BOTH
@pytest.mark.parametrize(
    ("directory", "name"),
    [
        pytest.param("/", "/no/such/program", id="no such program"),
        pytest.param("/no/such/folder", "/bin/sh", id="no such folder"),
    ],
)
def test_what_cannot_be_started_is_told(how: str, directory: str, name: str) -> None:
    code, told = ran(program(how, "exit", directory=directory, name=name))
    assert code == 1
    assert "CommandNotFoundError" in told
