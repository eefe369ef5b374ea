import base64
import hashlib
import io
import json
import os
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from pysetup.edges.process import Completed
from pysetup.errors import NetworkError, PysetupError
from pysetup.index.transport import Request
from pysetup.interchange.checked_archive import ArchiveMismatchError
from pysetup.server.app import ThreadedServer, open_listener, url_of
from pysetup.server.http import Request as ServerRequest
from pysetup.server.routes import Index, respond
from pysetup.server.serve import add_token, add_user, open_index
from pysetup.standards.filenames import InvalidFilenameError
from pysetup.workflows.context import Context, make_transport
from pysetup.workflows.publish import (
    IncompleteCredentialsError,
    NothingToPublishError,
    PublishReport,
    publish,
)
from pysetup.workflows.settings import Settings
from pysetup.workflows.upload_target import (
    ServedFileDiffersError,
    UploadFailedError,
    UploadForbiddenError,
    UploadRefusedError,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIMPLE = "http://127.0.0.1/simple/"


@dataclass
class FakeReply:
    """An answer in memory."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    def chunks(self) -> Iterator[bytes]:
        yield self.body

    def read(self, limit: int) -> bytes:
        assert len(self.body) <= limit
        return self.body

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class DirectTransport:
    """Takes requests to an index in this very process."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.sent: list[Request] = []

    def send(self, request: Request) -> FakeReply:
        self.sent.append(request)
        body = request.body or b""
        answer = respond(
            self.index,
            ServerRequest(
                request.method,
                urlsplit(request.url).path,
                {name.lower(): value for name, value in request.headers.items()},
                io.BytesIO(body),
                len(body),
            ),
        )
        assert isinstance(answer.body, bytes)
        headers = {name.lower(): value for name, value in answer.headers}
        return FakeReply(answer.status, answer.body, headers, request.url)


class ScriptedTransport:
    """Answers uploads one after the other, and each page with the next of its own."""

    def __init__(
        self,
        *uploads: FakeReply | PysetupError,
        pages: tuple[FakeReply, ...] = (FakeReply(404),),
    ) -> None:
        self.uploads = list(uploads)
        self.pages = list(pages)
        self.sent: list[Request] = []

    def send(self, request: Request) -> FakeReply:
        self.sent.append(request)
        if request.method == "GET":
            return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        answer = self.uploads.pop(0)
        if isinstance(answer, PysetupError):
            raise answer
        return answer


def no_process(*_: object, **__: object) -> Completed:
    raise AssertionError("publishing starts no process")


def make_context(transport: Any, tmp_path: Path, told: list[str]) -> Context:
    return Context(
        environ={},
        directory=tmp_path,
        settings=Settings(cache_dir=tmp_path / "cache"),
        transport=transport,
        run_process=no_process,
        now=lambda: NOON,
        tell=told.append,
    )


def wheel(folder: Path, name: str = "demo", version: str = "1.0", **files: str) -> Path:
    """Make a wheel; ``files`` are modules."""
    info = f"{name}-{version}.dist-info"
    content = {
        **{f"{module}.py": text for module, text in (files or {name: ""}).items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        "Keywords: a,b\nClassifier: Topic :: Utilities\nProject-URL: Home, https://h\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for member, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += f"{member},sha256={digest.decode().rstrip('=')},{len(text)}\n"
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in content.items():
            archive.writestr(member, text)
    return path


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """A database with one user, and a token of hers."""
    data = tmp_path_factory.mktemp("seed")
    add_user(data, "alice", "secret")
    token = add_token(data, "alice")
    return (data / "index.sqlite3").read_bytes(), token


@pytest.fixture
def token(seed: tuple[bytes, str]) -> str:
    return seed[1]


@pytest.fixture
def transport(tmp_path: Path, seed: tuple[bytes, str]) -> Iterator[DirectTransport]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "index.sqlite3").write_bytes(seed[0])
    with open_index(data, now=lambda: NOON, tell=lambda _: None) as index:
        yield DirectTransport(index)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def send(
    transport: DirectTransport, tmp_path: Path, token: str, told: list[str]
) -> Callable[..., PublishReport]:
    """Publishes to the index of ``transport``."""

    def call(*files: Path, **options: Any) -> PublishReport:
        return publish(
            files,
            context=make_context(transport, tmp_path, told),
            repository_url=SIMPLE,
            **{"password": token, **options},
        )

    return call


def states(report: PublishReport) -> list[tuple[str, bool]]:
    return [(file.state, file.verified) for file in report.files]


def test_files_are_uploaded_and_seen_there(
    send: Callable[..., PublishReport], tmp_path: Path, transport: DirectTransport
) -> None:
    path = wheel(tmp_path)
    report = send(path)
    assert states(report) == [("uploaded", True)]
    assert report.to_json() == {
        "repository": "http://127.0.0.1/legacy/",
        "files": [
            {
                "filename": path.name,
                "path": str(path),
                "name": "demo",
                "version": "1.0",
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "size": path.stat().st_size,
                "state": "uploaded",
                "verified": True,
            }
        ],
    }
    (file,) = transport.index.store.files("demo")
    assert (file.filename, file.uploader) == (path.name, "alice")


def test_a_repetition_passes_over_what_is_there(
    send: Callable[..., PublishReport], tmp_path: Path, transport: DirectTransport
) -> None:
    first, second = wheel(tmp_path), wheel(tmp_path, version="2.0")
    send(first)
    transport.sent.clear()
    report = send(first, second)
    assert states(report) == [("already there", True), ("uploaded", True)]
    assert [request.method for request in transport.sent] == ["GET", "POST", "GET"]


def test_other_content_under_a_known_name_is_refused_or_skipped(
    send: Callable[..., PublishReport], tmp_path: Path
) -> None:
    send(wheel(tmp_path))
    changed = wheel(tmp_path, demo="X = 1")
    with pytest.raises(UploadRefusedError, match="other content") as caught:
        send(changed)
    assert caught.value.exit_code == 1
    assert states(send(changed, skip_existing=True)) == [("skipped", False)]


def test_a_dry_run_sends_nothing(
    send: Callable[..., PublishReport], tmp_path: Path, transport: DirectTransport
) -> None:
    first, second = wheel(tmp_path), wheel(tmp_path, version="2.0")
    send(first)
    transport.sent.clear()
    report = send(first, second, dry_run=True)
    assert states(report) == [("already there", True), ("would be uploaded", False)]
    assert {request.method for request in transport.sent} == {"GET"}


def test_everything_is_checked_before_anything_is_sent(
    send: Callable[..., PublishReport], tmp_path: Path, transport: DirectTransport
) -> None:
    good, bad = wheel(tmp_path), tmp_path / "demo-3.0-py3-none-any.whl"
    bad.write_bytes(good.read_bytes())
    with pytest.raises(PysetupError):
        send(good, bad)
    assert transport.sent == []


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda _: (), NothingToPublishError, id="no file"),
        pytest.param(
            lambda p: (p / "no.whl",), NothingToPublishError, id="no such file"
        ),
        pytest.param(
            lambda p: (wheel(p), wheel(p)), NothingToPublishError, id="one file twice"
        ),
        pytest.param(
            lambda _: (Path(__file__),), InvalidFilenameError, id="not an archive"
        ),
    ],
)
def test_what_cannot_be_published_is_named(
    send: Callable[..., PublishReport],
    tmp_path: Path,
    make: Callable[[Path], tuple[Path, ...]],
    error: type[PysetupError],
) -> None:
    with pytest.raises(error):
        send(*make(tmp_path))


def test_a_user_needs_a_password(
    send: Callable[..., PublishReport], tmp_path: Path
) -> None:
    with pytest.raises(IncompleteCredentialsError):
        send(wheel(tmp_path), username="alice", password=None)


def test_wrong_credentials_are_told_without_being_shown(
    send: Callable[..., PublishReport], tmp_path: Path, told: list[str]
) -> None:
    with pytest.raises(UploadForbiddenError) as caught:
        send(wheel(tmp_path), username="alice", password="hunter2")
    error = caught.value
    assert (error.code, error.facts["status"]) == ("PS4501", 401)
    assert "hunter2" not in f"{error}{error.facts}{error.hints}{told}"


def test_credentials_go_to_the_upload_server_alone(tmp_path: Path) -> None:
    transport = ScriptedTransport(FakeReply(200))
    publish(
        [wheel(tmp_path)], context=make_context(transport, tmp_path, []), password="t"
    )
    get, post, _ = transport.sent
    assert get.url == "https://pypi.org/simple/demo/"
    assert "authorization" not in get.headers
    assert post.url == "https://upload.pypi.org/legacy/"
    expected = base64.b64encode(b"__token__:t").decode()
    assert post.headers["authorization"] == f"Basic {expected}"


def test_without_a_password_the_transport_decides_who_we_are(tmp_path: Path) -> None:
    transport = ScriptedTransport(FakeReply(200))
    publish([wheel(tmp_path)], context=make_context(transport, tmp_path, []))
    assert all("authorization" not in request.headers for request in transport.sent)


@pytest.mark.parametrize(
    ("answer", "error", "shown"),
    [
        pytest.param(FakeReply(401), UploadForbiddenError, "", id="unauthorized"),
        pytest.param(
            FakeReply(403, b"not yours"),
            UploadForbiddenError,
            "not yours",
            id="forbidden",
        ),
        pytest.param(
            FakeReply(400, b"<html><title>400 File &lt;x&gt;\n is bad</title></html>"),
            UploadRefusedError,
            "400 File <x> is bad",
            id="refused in HTML",
        ),
        pytest.param(
            FakeReply(409, b"taken"), UploadRefusedError, "taken", id="a conflict"
        ),
        pytest.param(FakeReply(413), UploadRefusedError, "status 413", id="too large"),
        pytest.param(FakeReply(301), UploadRefusedError, "status 301", id="a redirect"),
        pytest.param(
            FakeReply(503, b"later"), UploadFailedError, "later", id="a failure"
        ),
    ],
)
def test_each_answer_has_its_class(
    tmp_path: Path, answer: FakeReply, error: type[PysetupError], shown: str
) -> None:
    transport = ScriptedTransport(answer)
    with pytest.raises(error) as caught:
        publish([wheel(tmp_path)], context=make_context(transport, tmp_path, []))
    assert shown in f"{caught.value}{caught.value.facts}"
    assert caught.value.hints


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(FakeReply(409), id="a conflict"),
        pytest.param(FakeReply(400, b"File already exists"), id="told in words"),
    ],
)
def test_an_index_that_cannot_be_seen_may_know_the_file(
    tmp_path: Path, answer: FakeReply
) -> None:
    transport = ScriptedTransport(answer)
    report = publish(
        [wheel(tmp_path)],
        context=make_context(transport, tmp_path, []),
        repository_url="https://host/repository/internal/",
        skip_existing=True,
    )
    assert states(report) == [("skipped", False)]
    assert [request.method for request in transport.sent] == ["POST"]


def test_a_failure_midway_says_how_far_it_came(tmp_path: Path) -> None:
    unreachable = NetworkError("the line is dead", hints=("try later",))
    transport = ScriptedTransport(FakeReply(200), unreachable)
    files = [wheel(tmp_path), wheel(tmp_path, version="2.0")]
    with pytest.raises(NetworkError) as caught:
        publish(files, context=make_context(transport, tmp_path, []))
    assert caught.value.facts["uploaded before"] == [files[0].name]
    assert any("repeat" in hint for hint in caught.value.hints)


def page(path: Path, sha256: str) -> FakeReply:
    value = {
        "meta": {"api-version": "1.4"},
        "name": "demo",
        "files": [
            {"filename": path.name, "url": path.name, "hashes": {"sha256": sha256}}
        ],
    }
    return FakeReply(
        200,
        json.dumps(value).encode(),
        {"content-type": "application/vnd.pypi.simple.v1+json"},
        "https://pypi.org/simple/demo/",
    )


def test_other_bytes_on_the_index_are_an_alarm(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    pages = (FakeReply(404), page(path, "0" * 64))
    transport = ScriptedTransport(FakeReply(200), pages=pages)
    with pytest.raises(ServedFileDiffersError) as caught:
        publish([path], context=make_context(transport, tmp_path, []))
    assert caught.value.exit_code == 5
    assert caught.value.facts["uploaded before"] == [path.name]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        pytest.param(FakeReply(404), "not listed yet", id="the page is not there yet"),
        pytest.param(FakeReply(503), "cannot be looked at", id="the page fails"),
        pytest.param(FakeReply(403), "cannot be looked at", id="the page is private"),
        pytest.param(
            FakeReply(200, b"<p>log in", {"content-type": "text/plain"}),
            "cannot be looked at",
            id="it is no page",
        ),
    ],
)
def test_what_could_not_be_verified_is_told(
    tmp_path: Path, told: list[str], after: FakeReply, why: str
) -> None:
    transport = ScriptedTransport(FakeReply(200), pages=(FakeReply(404), after))
    report = publish([wheel(tmp_path)], context=make_context(transport, tmp_path, told))
    assert states(report) == [("uploaded", False)]
    assert why in told[-1]


def test_the_url_is_shown_without_its_password(tmp_path: Path) -> None:
    transport = ScriptedTransport(FakeReply(200))
    report = publish(
        [wheel(tmp_path)],
        context=make_context(transport, tmp_path, []),
        repository_url="https://u:hunter2@host/simple/",
    )
    assert report.repository == "https://***@host/legacy/"


def test_an_archive_that_was_renamed_is_refused(
    send: Callable[..., PublishReport], tmp_path: Path
) -> None:
    path = tmp_path / "demo-2.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        content = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
        member = tarfile.TarInfo("demo-2.0/PKG-INFO")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    with pytest.raises(ArchiveMismatchError):
        send(path)


def test_it_works_over_a_real_connection(
    tmp_path: Path, transport: DirectTransport, token: str, told: list[str]
) -> None:
    with open_listener("127.0.0.1", 0, insecure=False) as listener:
        server = ThreadedServer(
            listener,
            partial(respond, transport.index),
            now=lambda: NOON,
            tell=told.append,
        )
        thread = threading.Thread(target=server.serve)
        thread.start()
        settings = Settings(cache_dir=tmp_path / "cache", retries=0)
        network = make_transport(settings, {"NETRC": os.devnull}, tell=told.append)
        context = make_context(network, tmp_path, told)
        url = url_of(listener) + "simple/"
        files = [wheel(tmp_path), wheel(tmp_path, version="2.0", demo="X" * 3_000_000)]
        try:
            with pytest.raises(UploadForbiddenError):
                publish(files, context=context, repository_url=url, password="wrong")
            for expected in ("uploaded", "already there"):
                report = publish(
                    files, context=context, repository_url=url, password=token
                )
                assert states(report) == [(expected, True)] * 2
        finally:
            server.stop()
            thread.join()
