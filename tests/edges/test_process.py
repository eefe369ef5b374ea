"""Children: their output as it comes, and that nothing of them is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.edges.process import (
    CommandNotFoundError,
    Completed,
    run_process,
    stream_process,
)

# Starts a grandchild that writes its number and would run for a minute.
GRANDCHILD = (
    "import os, subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
)


def python(text: str, *words: str | Path) -> list[str]:
    return [sys.executable, "-c", text, *map(str, words)]


def is_alive(number: int) -> bool:
    """Tell whether a process runs; one that ended and is not yet read does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        os.sched_yield()


def stream(
    text: str, *words: str | Path, timeout: float | None = 20
) -> tuple[Completed, bytes]:
    pieces: list[bytes] = []
    done = stream_process(python(text, *words), output=pieces.append, timeout=timeout)
    return done, b"".join(pieces)


def test_both_streams_come_in_their_order() -> None:
    text = "import os; os.write(1, b'a'); os.write(2, b'b'); os.write(1, b'c')"
    assert stream(text) == (Completed(0), b"abc")


def test_there_is_no_input_and_no_terminal() -> None:
    text = (
        "import os, sys\n"
        "print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())\n"
        "try: open('/dev/tty')\n"
        "except OSError: print('none')"
    )
    assert stream(text)[1] == b"'' True\nnone\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("raise SystemExit(7)", 7, id="an exit code"),
        pytest.param("import os; os.kill(os.getpid(), 11)", -11, id="a signal"),
    ],
)
def test_how_it_ended_is_told(text: str, code: int) -> None:
    assert stream(text)[0] == Completed(code)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import time; time.sleep(60)", id="it sleeps"),
        pytest.param("while 1: print('x' * 9000)", id="it prints without end"),
        pytest.param(
            "import os, time; os.close(1); os.close(2); time.sleep(60)",
            id="it has closed its output",
        ),
    ],
)
def test_a_hang_is_ended(text: str) -> None:
    done, _ = stream(text, timeout=0.3)
    assert done.timed_out
    assert done.returncode < 0


def test_what_a_hanging_child_started_is_ended_with_it(tmp_path: Path) -> None:
    place = tmp_path / "number"
    done, _ = stream(GRANDCHILD + "time.sleep(60)", place, timeout=1)
    assert done.timed_out
    wait_until(lambda: not is_alive(int(place.read_text())))


def test_who_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "number"
    start = time.monotonic()
    done, _ = stream(GRANDCHILD, place)
    assert (done.returncode, done.timed_out) == (0, False)
    assert time.monotonic() - start < 10
    wait_until(lambda: not is_alive(int(place.read_text())))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_us_ends_all_of_it(tmp_path: Path, number: int) -> None:
    place = tmp_path / "number"
    text = (
        # A test run in the background may have been told to ignore INT.
        "import signal; signal.signal(2, signal.default_int_handler)\n"
        "import sys; from pysetup.edges.process import stream_process\n"
        "stream_process(sys.argv[1:], output=lambda _: None)"
    )
    words = python(GRANDCHILD + "time.sleep(60)", place)
    with subprocess.Popen(
        [sys.executable, "-c", text, *words], stderr=subprocess.DEVNULL
    ) as ours:
        wait_until(lambda: place.exists() and place.read_text() != "")
        ours.send_signal(number)
        try:
            assert ours.wait(20) == -number
        finally:
            ours.kill()
    wait_until(lambda: not is_alive(int(place.read_text())))


def test_a_plain_child_is_ended_with_all_it_started(tmp_path: Path) -> None:
    place = tmp_path / "number"
    done = run_process(python(GRANDCHILD + "time.sleep(60)", place), timeout=1)
    assert (done.returncode, done.timed_out) == (-9, True)
    wait_until(lambda: not is_alive(int(place.read_text())))


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("/no/such/program", id="it is not there"),
        pytest.param("/etc/passwd", id="it is no program"),
        pytest.param("a\0b", id="it cannot be a name"),
    ],
)
def test_what_cannot_be_started_is_told(word: str) -> None:
    with pytest.raises(CommandNotFoundError, match="cannot start"):
        stream_process([word], output=lambda _: None)
    with pytest.raises(CommandNotFoundError):
        run_process([word])
