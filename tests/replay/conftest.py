"""An index that counts what it is asked, and environments with short paths."""

import hashlib
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_JSON = "application/vnd.pypi.simple.v1+json"
# A wheel of each trait that a plan has to repeat.
FILES = {
    "demo/__init__.py": "def main():\n    print('ran')\n",
    "demo/data/table.txt": "1\n",
    "demo/tests/test_demo.py": "assert True\n",
    "demo-1.0.data/data/share/man/man1/demo.1": ".TH DEMO 1\n",
    "demo-1.0.data/scripts/demo-script": "#!python\nprint('scripted')\n",
    "demo-1.0.data/scripts/demo-shell": "#!/bin/sh\necho shell\n",
    "single.py": "value = 1\n",
    "space/part/__init__.py": "",
}
SCRIPTS = "[console_scripts]\ndemo = demo:main\n"


@dataclass
class Index:
    """Wheels in a folder, served on loopback; ``asked`` counts the requests."""

    folder: Path
    url: str = ""
    asked: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def page(self, name: str) -> bytes:
        files = [
            {
                "filename": wheel.name,
                "url": f"/files/{wheel.name}",
                "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
            }
            for wheel in sorted(self.folder.glob("*.whl"))
            if wheel.name.partition("-")[0].replace("_", "-") == name
        ]
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": files}
        return json.dumps(page).encode()


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room in the first line of a script."""
    folder = Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def index(make_wheel: Any) -> Iterator[Index]:
    found = Index(make_wheel.folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked += 1
            kind, _, rest = self.path.strip("/").partition("/")
            wheel = found.folder / rest
            if kind == "files" and wheel.is_file():
                self.answer(wheel.read_bytes(), "application/zip")
            elif kind == "simple":
                self.answer(found.page(rest), _JSON)
            else:
                self.send_error(404)

        def answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/simple/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fresh(short: Path, pysetup: Any) -> Callable[[], Path]:
    """Return a function that puts a fresh environment at always the same place."""
    pristine, env = short / "pristine", short / "env"
    assert pysetup("venv", "create", pristine).code == 0

    def make() -> Path:
        shutil.rmtree(env, ignore_errors=True)
        shutil.copytree(pristine, env, symlinks=True)
        return env

    return make


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    make_wheel(
        files=FILES,
        entry_points=SCRIPTS,
        metadata="Requires-Dist: other\n",
        executable=("demo-1.0.data/scripts/demo-shell",),
    )
    made = make_wheel("other", "2.0", files={"space/other/__init__.py": "x = 1\n"})
    return Path(made.parent)


@pytest.fixture
def install(index: Any, wheels: Path, pysetup: Any) -> Callable[..., Any]:
    """Return a function that installs, by default all by exact versions."""
    assert wheels.is_dir()

    def run(env: Path, *words: str | Path) -> Any:
        asked = words or ("demo==1.0", "other==2.0")
        where = ("--python", env / "bin/python", "--index-url", index.url)
        return pysetup("install", *where, *asked)

    return run
