"""What the tests of the server share: archives to upload, an index, a running one."""

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pysetup.index.multipart import FormFile, encode_form
from pysetup.server.app import ThreadedServer, open_listener, url_of
from pysetup.server.http import Request, Response
from pysetup.server.routes import Index, respond
from pysetup.server.serve import add_token, add_user, open_index

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

# The server as a process of its own, as the command starts it.
_CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from pysetup.server.serve import serve
context = SimpleNamespace(
    now=lambda: datetime.now(UTC),
    tell=lambda line: print(line, file=sys.stderr, flush=True),
)
serve(Path(sys.argv[1]), "127.0.0.1", 0, context=context, server=sys.argv[2])
"""


@dataclass(frozen=True)
class Archive:
    """An archive that can be uploaded."""

    filename: str
    content: bytes
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def form(self, **changes: str | None) -> tuple[str, bytes]:
        """Return content type and body of its upload; None leaves a field out."""
        fields = {
            ":action": "file_upload",
            "protocol_version": "1",
            "metadata_version": "2.1",
            "sha256_digest": self.sha256,
            **self.fields,
            **{name.replace("action", ":action"): v for name, v in changes.items()},
        }
        filename = fields.pop("filename", None) or self.filename
        kept = [(name, value) for name, value in fields.items() if value is not None]
        content_type, pieces = encode_form(
            kept, FormFile("content", filename, self.content)
        )
        return content_type, b"".join(pieces)


class Archives:
    """Makes small wheels and sdists."""

    def wheel(
        self,
        name: str = "demo",
        version: str = "1.0",
        *,
        metadata: str = "",
        files: Mapping[str, bytes] | None = None,
        extra: Mapping[str, bytes] | None = None,
    ) -> Archive:
        """Make a wheel; ``extra`` files go into its dist-info."""
        stem = f"{name.replace('-', '_')}-{version}"
        info = f"{stem}.dist-info"
        core = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}"
        content = {
            **(files or {f"{name.replace('-', '_')}.py": b"X = 1\n"}),
            f"{info}/METADATA": core.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\n"
            b"Root-Is-Purelib: true\nTag: py3-none-any\n",
            **{f"{info}/{key}": value for key, value in (extra or {}).items()},
        }
        record = "".join(
            f"{path},sha256={_urlsafe(data)},{len(data)}\n"
            for path, data in content.items()
        )
        content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in content.items():
                archive.writestr(path, data)
        return Archive(
            f"{stem}-py3-none-any.whl",
            stream.getvalue(),
            {
                "name": name,
                "version": version,
                "filetype": "bdist_wheel",
                "pyversion": "py3",
            },
        )

    def sdist(
        self, name: str = "demo", version: str = "1.0", *, metadata: str = ""
    ) -> Archive:
        """Make an sdist."""
        stem = f"{name.replace('-', '_')}-{version}"
        core = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}"
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for path, data in (
                (f"{stem}/PKG-INFO", core.encode()),
                (f"{stem}/pyproject.toml", b"[project]\n"),
            ):
                member = tarfile.TarInfo(path)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return Archive(
            f"{stem}.tar.gz",
            stream.getvalue(),
            {
                "name": name,
                "version": version,
                "filetype": "sdist",
                "pyversion": "source",
            },
        )


def _urlsafe(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture(scope="session")
def archives() -> Archives:
    """The maker of archives."""
    return Archives()


def basic(user: str, password: str) -> str:
    """Return an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Client:
    """Talks to an index without a socket."""

    def __init__(self, index: Index, tokens: Mapping[str, str]) -> None:
        self.index = index
        self.tokens = tokens

    def get(self, path: str, **headers: str) -> Response:
        return self.send("GET", path, **headers)

    def send(self, method: str, path: str, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return respond(self.index, Request(method, path, named))

    def upload(
        self,
        archive: Archive,
        *,
        user: str = "alice",
        path: str = "/legacy/",
        **changes: str | None,
    ) -> Response:
        content_type, body = archive.form(**changes)
        return self.post(body, content_type, user=user, path=path)

    def post(
        self,
        body: bytes,
        content_type: str,
        *,
        user: str = "alice",
        path: str = "/legacy/",
    ) -> Response:
        headers = {
            "content-type": content_type,
            # Checking a password takes time on purpose, a token none.
            "authorization": basic("__token__", self.tokens.get(user, "")),
        }
        stream = io.BytesIO(body)
        return respond(self.index, Request("POST", path, headers, stream, len(body)))


def content_of(response: Response) -> bytes:
    """Return the whole body of an answer."""
    body = response.body
    if isinstance(body, bytes):
        return body
    with body.stream as stream:
        stream.seek(body.offset)
        return stream.read(body.size)


@pytest.fixture
def read() -> Callable[[Response], bytes]:
    """Reads the whole body of an answer."""
    return content_of


@dataclass(frozen=True)
class Seed:
    """A database with the users alice and bob, and a token of each."""

    database: bytes
    tokens: Mapping[str, str]


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """Made once: hashing passwords takes time on purpose."""
    data = tmp_path_factory.mktemp("seed")
    tokens = {}
    for user in ("alice", "bob"):
        add_user(data, user, "secret")
        tokens[user] = add_token(data, user)
    return Seed((data / "index.sqlite3").read_bytes(), tokens)


@pytest.fixture
def data(tmp_path: Path, seed: Seed) -> Path:
    """The data folder of an index with the users alice and bob."""
    return _data(tmp_path, seed)


def _data(folder: Path, seed: Seed) -> Path:
    (folder / "data").mkdir()
    (folder / "data" / "index.sqlite3").write_bytes(seed.database)
    return folder / "data"


@pytest.fixture
def client(data: Path, seed: Seed) -> Iterator[Client]:
    """An index without a socket."""
    with open_index(
        data, now=lambda: NOON, tell=lambda _: None, max_bytes=1 << 20
    ) as index:
        yield Client(index, seed.tokens)


@pytest.fixture(scope="module")
def lasting_client(
    tmp_path_factory: pytest.TempPathFactory, seed: Seed
) -> Iterator[Client]:
    """An index for all tests of a module, which only look at it."""
    data = _data(tmp_path_factory.mktemp("lasting"), seed)
    with open_index(data, now=lambda: NOON, tell=lambda _: None) as index:
        yield Client(index, seed.tokens)


@pytest.fixture
def url(client: Client) -> Iterator[str]:
    """The URL of a running server over the index of ``client``."""
    told: list[str] = []
    with open_listener("127.0.0.1", 0, insecure=False) as listener:
        server = ThreadedServer(
            listener,
            partial(respond, client.index),
            now=lambda: NOON,
            tell=told.append,
        )
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield url_of(listener)
        finally:
            server.stop()
            thread.join()
    assert not [line for line in told if "bug" in line]


@pytest.fixture
def start_server(
    data: Path,
) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts the server as a process; returns it and the URL that it told."""
    started: list[subprocess.Popen[str]] = []

    def start(server: str = "threads") -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(data), server],
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "http://" in line, line + process.stderr.read()
        return process, line.split()[-1].removesuffix("simple/")

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
