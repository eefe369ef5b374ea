"""Real commands that meet in one environment: one changes it, the others wait."""

import csv
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

MakeWheel = Callable[..., Path]
Command = Any  # the class of the fixture


class Meeting:
    """An environment, and commands that are started in it without waiting for them."""

    def __init__(self, pysetup: Command, folder: Path) -> None:
        self.pysetup, self.env = pysetup, folder / "env"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        assert pysetup("venv", "create", self.env).code == 0
        (self.site,) = self.env.glob("lib/python*/site-packages")

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pysetup", *map(str, words)]
        return subprocess.Popen(
            [*command, "--env", str(self.env)],
            env={**self.pysetup.environ, "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def install(self, wheel: Path, *options: str) -> subprocess.Popen[str]:
        return self.start("install", "--no-index", "--no-deps", *options, wheel)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Hold the environment's lock, as a command that takes long."""
        path = self.env / ".pysetup/lock"
        path.parent.mkdir(exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT)
        os.write(lock, b"4711\n")
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink()
            os.close(lock)

    def faults(self) -> list[str]:
        """Return what is not as its RECORD says, and what no RECORD lists."""
        listed = {self.site / "_virtualenv.py"}
        found = []
        for record in self.site.glob("*.dist-info/RECORD"):
            for name, digest, _ in csv.reader(record.read_text().splitlines()):
                path = self.site / name
                listed.add(Path(os.path.normpath(path)))
                if not path.exists():
                    found.append(f"missing {name}")
                elif digest:
                    kind, _, text = digest.partition("=")
                    made = hashlib.new(kind, path.read_bytes()).digest()
                    if urlsafe_b64encode(made).decode().rstrip("=") != text:
                        found.append(f"changed {name}")
        there = {path for path in self.site.rglob("*") if path.is_file()}
        return found + [f"nobody's {path}" for path in there - listed]

    def litter(self) -> list[str]:
        """Return what commands left behind that nobody needs."""
        new = [*(self.pysetup.home / "cache").glob("store/*/new/*")]
        lasting = {"history.json", "owned"}
        state = [p for p in self.env.glob(".pysetup/*") if p.name not in lasting]
        return [str(path) for path in (*new, *state, *self.temporary.iterdir())]


@pytest.fixture
def meeting(pysetup: Command, tmp_path: Path) -> Meeting:
    return Meeting(pysetup, tmp_path)


def versions(make_wheel: MakeWheel, count: int) -> list[Path]:
    return [
        make_wheel(
            version=f"{number}.0",
            files={
                "demo/__init__.py": f"version = {number}\n",
                **{f"demo/of_{number}_{part}.py": "x = 1\n" for part in range(20)},
            },
            entry_points="[console_scripts]\ndemo = demo:main\n",
        )
        for number in range(1, count + 1)
    ]


def all_at_once(meeting: Meeting, wheels: list[Path], *options: str) -> None:
    started = [meeting.install(wheel, *options) for wheel in wheels]
    outcomes = [(one.communicate(timeout=300), one.returncode) for one in started]
    codes = {code for _, code in outcomes}
    assert codes <= {0, 9}, outcomes
    assert 0 in codes
    assert meeting.faults() == []
    assert meeting.litter() == []
    assert len([*meeting.site.glob("demo-*.dist-info")]) == 1


def test_two_commands_at_once(make_wheel: MakeWheel, meeting: Meeting) -> None:
    all_at_once(meeting, versions(make_wheel, 2))


@pytest.mark.slow
@pytest.mark.parametrize("timeout", ["60", "0"])
def test_eight_commands_at_once(
    timeout: str, make_wheel: MakeWheel, meeting: Meeting
) -> None:
    for _ in range(3):
        all_at_once(meeting, versions(make_wheel, 8), "--lock-timeout", timeout)


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_who_does_not_want_to_wait_is_told_for_whom(
    command: str, make_wheel: MakeWheel, meeting: Meeting
) -> None:
    wheel = make_wheel()
    words = [command, wheel if command == "install" else "demo", "--lock-timeout", "0"]
    with meeting.busy():
        started = meeting.start(*words)
        out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (9, "")
    for part in ("PS9300", "(4711)", str(meeting.env), "--lock-timeout"):
        assert part in err
    assert meeting.litter() == []


def test_who_waits_is_told_for_whom_and_can_be_interrupted(
    make_wheel: MakeWheel, meeting: Meeting
) -> None:
    with meeting.busy():
        started = {
            number: meeting.install(make_wheel(), "--lock-timeout", "50")
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        for number, one in started.items():
            assert one.stderr is not None
            told = next(line for line in one.stderr if "waiting" in line)
            assert "(4711)" in told
            assert "--lock-timeout" in told
            one.send_signal(number)
        for one in started.values():
            one.communicate(timeout=60)
    codes = {number: one.returncode for number, one in started.items()}
    assert codes == {signal.SIGINT: 130, signal.SIGTERM: 143}
    assert meeting.faults() == []
    assert meeting.litter() == []
