"""An index in memory that is also the network, and builders of what it serves."""

import base64
import hashlib
import io
import re
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from pysetup.edges.file_replies import file_reply
from pysetup.edges.process import Completed
from pysetup.edges.replies import AnswerTooLargeError, BrokenTransferError
from pysetup.index.model import File, make_page
from pysetup.index.negotiate import JSON_TYPE
from pysetup.index.simple_json import page_to_json
from pysetup.index.transport import Reply, Request
from pysetup.standards.hashes import Hash
from pysetup.workflows.context import Context
from pysetup.workflows.settings import Settings

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass
class Served:
    """What stands at one URL; ``breaks`` are lengths after which replies break off."""

    content: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)


class FakeReply:
    """A reply from memory, in pieces of 1000 bytes."""

    def __init__(
        self, url: str, served: Served, request: Request, *, length: int | None
    ) -> None:
        self.url, self.status = url, served.status
        self.headers: Mapping[str, str] = dict(served.headers)
        self.content = served.content
        self.request = request
        self.length = length

    def chunks(self) -> Iterator[bytes]:
        whole = self.content[: self.length]
        for start in range(0, len(whole), 1000):
            yield whole[start : start + 1000]
        if self.length is not None and self.length < len(self.content):
            raise BrokenTransferError(self.url, "the fake line is cut")

    def read(self, limit: int) -> bytes:
        whole = b"".join(self.chunks())
        if len(whole) > limit:
            raise AnswerTooLargeError(self.url, "the fake is large")
        return whole

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class FakeIndex:
    """A transport that answers from memory, files from disk, and remembers it all."""

    url = "https://index.example/simple/"

    def __init__(self) -> None:
        self.routes: dict[str, Served] = {}
        self.requests: list[Request] = []
        self.lock = threading.Lock()

    def add(
        self, url: str, content: bytes | str = b"", *, kind: str = "", **more: Any
    ) -> Served:
        """Serve ``content`` at ``url`` (credentials in requests do not matter)."""
        raw = content.encode() if isinstance(content, str) else content
        headers = more.pop("headers", {})
        if kind:
            headers = {"content-type": kind, **headers}
        served = Served(raw, headers=headers, **more)
        self.routes[url] = served
        return served

    def add_page(
        self, name: str, *files: File, index: str = url, **more: Any
    ) -> Served:
        """Serve the page of ``name`` in JSON."""
        status = more.pop("status", ("active", ""))
        page = make_page(name, files, url=index, status=status)
        return self.add(f"{index}{name}/", page_to_json(page), kind=JSON_TYPE, **more)

    def add_file(
        self, filename: str, content: bytes, *, hashed: bool = True, **more: Any
    ) -> File:
        """Serve a file, and return it as a page lists it."""
        url = f"https://files.example/{hashlib.sha256(content).hexdigest()}/{filename}"
        keys = {key: more.pop(key) for key in File.__slots__ if key in more}
        self.add(url, content, **more)
        hashes = (Hash.of(content),) if hashed else ()
        return File(**{"filename": filename, "url": url, "hashes": hashes, **keys})

    def send(self, request: Request) -> Reply:
        with self.lock:
            self.requests.append(request)
            if request.url.startswith("file:"):
                return file_reply(request.url, clock=lambda: 0.0)
            parts = urlsplit(request.url)
            place = parts.netloc.rpartition("@")[2]
            url = parts._replace(netloc=place).geturl()
            served = self.routes.get(url, Served(b"", 404))
            length = served.breaks.pop(0) if served.breaks else None
            return FakeReply(url, self._part(served, request), request, length=length)

    def _part(self, served: Served, request: Request) -> Served:
        asked = request.headers
        if served.status != 200:
            return served
        etag = served.headers.get("etag")
        if etag and asked.get("if-none-match") == etag:
            return Served(b"", 304, served.headers)
        match = _RANGE.fullmatch(asked.get("range", ""))
        if match is None or not served.ranges or asked.get("if-range", etag) != etag:
            return served
        total = len(served.content)
        first = int(match[1]) if match[1] else max(0, total - int(match[2]))
        last = int(match[2]) if match[1] and match[2] else total - 1
        if first >= total:
            return Served(b"", 416, served.headers)
        span = f"bytes {first}-{min(last, total - 1)}/{total}"
        headers = {**served.headers, "content-range": span}
        return Served(served.content[first : last + 1], 206, headers)

    @property
    def asked(self) -> list[str]:
        """The URLs that were asked for, in order, without files of this machine."""
        return [request.url for request in self.requests if request.url[:5] != "file:"]


@pytest.fixture
def index() -> FakeIndex:
    """An empty index."""
    return FakeIndex()


@pytest.fixture
def serve_index() -> Iterator[Callable[[FakeIndex], str]]:
    """Serve a fake index over real HTTP; routes are paths below the given URL."""
    servers: list[ThreadingHTTPServer] = []

    def serve(index: FakeIndex) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): text for name, text in self.headers.items()}
                request = Request(self.path, headers=headers)
                reply = index.send(request)
                assert isinstance(reply, FakeReply)
                self.send_response(reply.status)
                for name, text in reply.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content[: reply.length])
                self.close_connection = reply.length is not None

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def told() -> list[str]:
    """What was told to the user."""
    return []


@pytest.fixture
def make_context(tmp_path: Path, told: list[str]) -> Callable[..., Context]:
    """Make a context over a transport; further words are settings, or ``now``."""

    def make(
        transport: Any, *, now: float = 1_800_000_000.0, **settings: Any
    ) -> Context:
        values = {"cache_dir": tmp_path / "cache", "index_url": FakeIndex.url}
        return Context(
            environ={},
            directory=tmp_path,
            settings=Settings(**{**values, **settings}),
            transport=transport,
            run_process=lambda *_, **__: Completed(0),
            now=lambda: datetime.fromtimestamp(now, UTC),
            tell=told.append,
        )

    return make


def core_metadata_of(name: str, version: str, lines: Sequence[str] = ()) -> str:
    head = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*head, *lines, "", ""])


@pytest.fixture
def wheel() -> Callable[..., bytes]:
    """Make a wheel: ``wheel("demo", "1.0", "Requires-Dist: x", filler=100)``."""

    def make(
        name: str,
        version: str,
        *lines: str,
        filler: int = 0,
        behind: int = 0,
        metadata: str | None = None,
        folder: str | None = None,
    ) -> bytes:
        info = folder or f"{name}-{version}.dist-info"
        text = metadata or core_metadata_of(name, version, lines)
        noise = hashlib.shake_256(b"noise")
        members = {
            f"{name}/__init__.py": b"",
            **({f"{name}/data.bin": noise.digest(filler)} if filler else {}),
            f"{info}/METADATA": text.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\n"
            b"Root-Is-Purelib: true\nTag: py3-none-any\n\n",
            **({f"{name}/late.bin": noise.digest(behind)} if behind else {}),
        }
        record = "".join(
            f"{path},sha256={_digest(content)},{len(content)}\n"
            for path, content in members.items()
        )
        members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in members.items():
                archive.writestr(zipfile.ZipInfo(path), content)
        return out.getvalue()

    return make


def _digest(content: bytes) -> str:
    raw = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def sdist() -> Callable[..., bytes]:
    """Make an sdist with the given PKG-INFO, or none."""

    def make(name: str, version: str, pkg_info: str | None) -> bytes:
        out = io.BytesIO()
        members = {"pyproject.toml": ""}
        if pkg_info is not None:
            members["PKG-INFO"] = pkg_info
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for path, text in members.items():
                info = tarfile.TarInfo(f"{name}-{version}/{path}")
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
        return out.getvalue()

    return make
