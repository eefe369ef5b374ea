"""A signal ends a command at any time with an exit code, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes every question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


@pytest.fixture
def waiting(
    silent: socket.socket, pysetup: Any, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that begins to lock, and gives the command as it waits."""
    started: list[subprocess.Popen[str]] = []
    asked: list[socket.socket] = []

    def begin(**options: Any) -> subprocess.Popen[str]:
        port = silent.getsockname()[1]
        index = f"http://127.0.0.1:{port}/simple/"
        words = ["lock", "--index-url", index, "-r", "wanted.txt"]
        (tmp_path / "temporary").mkdir()
        command = subprocess.Popen(
            [sys.executable, "-m", "pysetup", *words],
            cwd=tmp_path,
            env={**pysetup.environ, "TMPDIR": str(tmp_path / "temporary")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(command)
        asked.append(silent.accept()[0])
        return command

    (tmp_path / "wanted.txt").write_text("demo\n", "utf-8")
    yield begin
    for one in started:
        if one.returncode is None:
            one.kill()
            one.communicate()
    for connection in asked:
        connection.close()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["INT", "TERM", "HUP"],
)
def test_it_ends_with_the_code_that_a_shell_shows(
    number: signal.Signals,
    code: int,
    waiting: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    command = waiting(preexec_fn=_restore)
    command.send_signal(number)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, out) == (code, "")
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
    assert sorted(os.listdir(tmp_path)) == ["temporary", "wanted.txt"]
    assert os.listdir(tmp_path / "temporary") == []


def test_a_signal_that_is_ignored_ends_nothing(
    waiting: Callable[..., subprocess.Popen[str]],
) -> None:
    command = waiting(preexec_fn=_ignore)
    command.send_signal(signal.SIGHUP)
    command.send_signal(signal.SIGTERM)
    command.communicate(timeout=60)
    assert command.returncode == 143


def _restore() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _ignore() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
