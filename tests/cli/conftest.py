"""A loopback index that answers when the test says so, and a terminal to look at."""

import contextlib
import fcntl
import hashlib
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_PATIENCE = 60
# Makes the terminal the session's own, so that its keys become signals.
_LEADER = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "pysetup", *sys.argv[1:]])
"""
_PIECES = re.compile(r"\x1b\[(\d*)([A-Za-z])|([^\x1b]+)")


@dataclass
class SlowIndex:
    """An index of the wheels in ``folder``; half of each file comes only when let go.

    ``held`` is set when the first half of a file has been sent. A ``silent`` index
    answers nothing before it is let go.
    """

    folder: Path
    url: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    damaged: bool = False
    silent: bool = False

    def damage(self) -> None:
        """From now on the second halves are wrong."""
        self.damaged = True

    def page(self, name: str) -> bytes:
        links = "".join(
            f'<a href="/files/{path.name}#sha256={_digest(path)}" '
            f'data-core-metadata="true">'
            f"{path.name}</a>"
            for path in sorted(self.folder.glob("*.whl"))
            if path.name.split("-")[0].replace("_", "-") == name
        )
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def file(self, name: str) -> bytes:
        """A wheel, or its METADATA beside it (PEP 658)."""
        path = self.folder / name.removesuffix(".metadata")
        if path.name == name:
            return path.read_bytes()
        folder = "-".join(name.split("-")[:2])
        with zipfile.ZipFile(path) as archive:
            return archive.read(f"{folder}.dist-info/METADATA")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def slow_index(make_wheel: Any) -> Iterator[SlowIndex]:
    """An index with ``demo 1.0``, of 300 kB, which needs ``helper``."""
    made = make_wheel(
        "demo",
        files={"demo.py": os.urandom(300_000).hex()},
        metadata="Requires-Dist: helper\n",
    )
    make_wheel("helper", "2.0")
    index = SlowIndex(made.parent)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if index.silent:
                index.let_go.wait(_PATIENCE)
            if self.path.startswith("/files/"):
                name = self.path.rpartition("/")[2]
                content, kind = index.file(name), "application/octet-stream"
            else:
                content = index.page(self.path.strip("/").rpartition("/")[2])
                kind = "text/html"
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            half = len(content) // 2 if len(content) > 100_000 else 0
            self.wfile.write(content[:half])
            if half:
                index.held.set()
                index.let_go.wait(_PATIENCE)
            with contextlib.suppress(ConnectionError):  # who waited has gone
                rest = content[half:]
                wrong = half and index.damaged
                self.wfile.write(bytes(len(rest)) if wrong else rest)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
    try:
        yield index
    finally:
        index.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Terminal:
    """The command in a pseudo-terminal: what it wrote there, and its end."""

    def __init__(
        self,
        words: Sequence[object],
        environ: Mapping[str, str],
        *,
        columns: int,
        cwd: Path,
    ) -> None:
        self._main, side = pty.openpty()
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(side, termios.TIOCSWINSZ, size)
        self.seen = b""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LEADER, *map(str, words)],
            stdin=side,
            stdout=side,
            stderr=side,
            env=environ,
            cwd=cwd,
            start_new_session=True,
        )
        os.close(side)

    def until(self, text: str) -> str:
        """Read until ``text`` has come."""
        while text.encode() not in self.seen:
            assert self._more(), f"{text!r} did not come in {self.seen!r}"
        return self.seen.decode()

    def press(self, key: bytes) -> None:
        os.write(self._main, key)

    def end(self) -> tuple[int, str]:
        """Read to the end; return the exit code and all that was written."""
        while self._more():
            pass
        return self._process.wait(_PATIENCE), self.seen.decode()

    def close(self) -> None:
        """Leave nothing that runs."""
        self._process.kill()
        self._process.wait()
        os.close(self._main)

    def screen(self) -> list[str]:
        """Return the lines that stand there now; only our own moves are known."""
        lines, row = [""], 0
        for number, action, text in _PIECES.findall(self.seen.decode()):
            if action == "A":
                row -= int(number or 1)
            elif action == "J":
                lines = [*lines[:row], ""]
            else:
                assert action in ("", "m"), f"an unknown move {action!r}"
            for part in text.replace("\r", "").splitlines(keepends=True):
                lines[row] += part.rstrip("\n")
                if part.endswith("\n"):
                    row += 1
                    lines = [*lines[:row], ""]
        return [line for line in lines if line]

    def _more(self) -> bool:
        ready, _, _ = select.select([self._main], [], [], _PATIENCE)
        assert ready, f"nothing more after {self.seen!r}"
        try:
            piece = os.read(self._main, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += piece
        return bool(piece)


@pytest.fixture
def terminal(pysetup: Any) -> Iterator[Callable[..., Terminal]]:
    """Start the command in a terminal of 80 columns."""
    started: list[Terminal] = []

    def start(
        *words: object, columns: int = 80, env: Mapping[str, str] | None = None
    ) -> Terminal:
        environ = {**pysetup.environ, "TERM": "xterm-256color", **(env or {})}
        one = Terminal(words, environ, columns=columns, cwd=pysetup.home)
        started.append(one)
        return one

    yield start
    for one in started:
        one.close()
