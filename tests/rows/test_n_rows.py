"""Rows N of the founding plan, of names and mirrors: as far as a client goes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.bad_index.lab import BadIndex

pytestmark = pytest.mark.flow

WATCHED = """
import json, sys
asked = set()
def note(event, given):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        place = given[1] if event == "socket.connect" else given[0]
        asked.add(str(place[0] if isinstance(place, tuple) else place))
sys.addaudithook(note)
from pysetup.cli.main import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as stream:
    json.dump([code, sorted(asked)], stream)
"""


@pytest.fixture
def server() -> Iterator[BadIndex]:
    """An index on loopback."""
    made = BadIndex()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


def test_n05_mirrors_are_named_and_never_guessed(
    server: BadIndex, tmp_path: Path, pysetup: Any
) -> None:
    def hosts(*words: str) -> tuple[int, set[str]]:
        told = tmp_path / "told"
        subprocess.run(
            [sys.executable, "-c", WATCHED, told, "install", *words],
            env={**pysetup.environ, "PIP_CONFIG_FILE": os.devnull},
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=120,
        )
        code, asked = json.loads(told.read_text())
        return code, set(asked)

    server.good()
    target = ["--target", str(tmp_path / "target"), "--retries", "0"]
    # What is there comes from the host that was named, and no other is looked up.
    assert hosts(*target, "-i", server.url, "demo") == (0, {"127.0.0.1"})
    # What is not there, or does not answer, is not looked for elsewhere.
    assert hosts(*target, "-i", server.url, "absent") == (3, {"127.0.0.1"})
    server.answers["/simple/demo/"] = lambda h: h.reply(500)
    assert hosts(*target, "-i", server.url, "-U", "demo") == (4, {"127.0.0.1"})
    # A mirror that is named is one more index, in the order in which it stands.
    down = "http://127.0.0.1:1/simple/"
    code, asked = hosts(*target, "-i", server.url, "--extra-index-url", down, "other")
    assert (code, asked) == (4, {"127.0.0.1"})
