"""Other people's tools against a running index: they upload, resolve and install."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pysetup.server.app import ThreadedServer, open_listener, url_of
from pysetup.server.http import Request, Response
from pysetup.server.routes import respond

pytestmark = pytest.mark.interop


class Tool:
    """Runs a tool in an environment of its own."""

    def __init__(self, home: Path) -> None:
        self.environ = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_CACHE_DIR": "1",
            "UV_NO_CONFIG": "1",
            "UV_CACHE_DIR": str(home / "uv"),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        }

    def __call__(self, *words: str | Path, ok: bool = True) -> str:
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def run(tmp_path: Path) -> Tool:
    return Tool(tmp_path)


@pytest.fixture
def twine(run: Tool, need_tool: Callable[[str], str], url: str) -> Callable[..., str]:
    def upload(*words: str | Path, ok: bool = True, user: str = "alice") -> str:
        place = ("--non-interactive", "--repository-url", f"{url}legacy/")
        account = ("-u", user, "-p", "secret")
        return run(need_tool("twine"), "upload", *place, *account, *words, ok=ok)

    return upload


def write(folder: Path, *archives: Any) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for archive in archives:
        (folder / archive.filename).write_bytes(archive.content)
    return [folder / archive.filename for archive in archives]


@pytest.fixture
def filled(client: Any, archives: Any) -> None:
    """An index with a project, one of its requirements and an old version."""
    for wheel in (
        archives.wheel("demo", "1.0"),
        archives.wheel("demo", "2.0", metadata="Requires-Dist: helper>=1\n"),
        archives.wheel("helper", "1.5"),
        archives.wheel("demo", "3.0", metadata="Requires-Python: <3\n"),
    ):
        assert client.upload(wheel).status == 200


def html_only(request: Request, *, index: Any) -> Response:
    """Answer as an index of old does, which knows only HTML."""
    headers = {**request.headers, "accept": "text/html"}
    return respond(index, Request(request.method, request.path, headers))


@pytest.fixture(params=["json", "html"])
def simple_url(request: pytest.FixtureRequest, url: str, client: Any) -> Iterator[str]:
    """The simple API in one of its forms."""
    if request.param == "json":
        yield f"{url}simple/"
        return
    with open_listener("127.0.0.1", 0, insecure=False) as listener:
        server = ThreadedServer(
            listener,
            partial(html_only, index=client.index),
            now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
            tell=print,
        )
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield f"{url_of(listener)}simple/"
        finally:
            server.stop()
            thread.join()


def test_twine_uploads_and_is_told_what_is_wrong(
    twine: Callable[..., str], archives: Any, tmp_path: Path
) -> None:
    wheel, sdist = archives.wheel(), archives.sdist()
    files = write(tmp_path / "dist", wheel, sdist)
    twine(*files)
    twine(*files)
    (changed,) = write(tmp_path / "dist", archives.wheel(files={"demo.py": b"other"}))
    refused = twine(changed, ok=False)
    assert "409" in refused
    assert "File already exists" in " ".join(refused.split())
    (foreign,) = write(tmp_path / "dist", archives.wheel("demo", "9.0"))
    assert "403" in twine(foreign, ok=False, user="bob")


def test_uv_publishes(
    run: Tool, need_tool: Callable[[str], str], archives: Any, tmp_path: Path, url: str
) -> None:
    files = write(tmp_path / "dist", archives.wheel(), archives.sdist())
    place = ("--publish-url", f"{url}legacy/", "--check-url", f"{url}simple/")
    account = ("--username", "alice", "--password", "secret")
    uv = need_tool("uv")
    run(uv, "publish", *place, *account, *files)
    assert "already exist" in run(uv, "publish", *place, *account, *files)


@pytest.mark.usefixtures("filled")
def test_pip_downloads_what_is_required(
    run: Tool, simple_url: str, tmp_path: Path
) -> None:
    into = tmp_path / "got"
    words = ("-m", "pip", "download", "--index-url", simple_url, "-d", into, "Demo")
    run(sys.executable, *words)
    assert sorted(path.name for path in into.iterdir()) == [
        "demo-2.0-py3-none-any.whl",
        "helper-1.5-py3-none-any.whl",
    ]


@pytest.mark.usefixtures("filled")
def test_pip_installs(run: Tool, simple_url: str, tmp_path: Path) -> None:
    into = tmp_path / "site"
    words = (
        "-m",
        "pip",
        "install",
        "--index-url",
        simple_url,
        "--target",
        into,
        "demo",
    )
    run(sys.executable, *words)
    assert (into / "demo.py").exists()
    assert (into / "helper-1.5.dist-info").is_dir()


@pytest.mark.usefixtures("filled")
def test_uv_installs(
    run: Tool, need_tool: Callable[[str], str], simple_url: str, tmp_path: Path
) -> None:
    into = tmp_path / "site"
    python = ("--python", sys.executable)
    words = ("pip", "install", *python, "--index-url", simple_url, "--target", into)
    run(need_tool("uv"), *words, "demo<2.5")
    assert (into / "demo.py").exists()
    assert (into / "helper-1.5.dist-info").is_dir()
