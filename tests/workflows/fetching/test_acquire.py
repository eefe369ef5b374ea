"""Files come in parallel, whole and verified, or not at all."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.http import HttpSettings, HttpTransport
from pysetup.edges.replies import AnswerTooLargeError, BrokenTransferError
from pysetup.errors import PysetupError
from pysetup.index.model import File
from pysetup.index.transport import Request
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.store.files import FileStore
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.fetch import BadStatusError, CredentialsNeededError
from pysetup.workflows.fetching.promises import HashRequiredError, WeakDigestError

MakeContext = Callable[..., Context]
NAME = "demo-1.0-py3-none-any.whl"
CONTENT = b"0123456789" * 1000


def left_over(context: Context) -> list[Path]:
    return [path for path in context.settings.cache_dir.rglob("*") if path.is_file()]


def test_many_files_come_in_the_order_asked_for(
    index: Any, make_context: MakeContext
) -> None:
    files = [
        index.add_file(f"demo-{number}.tar.gz", b"x" * number, size=number)
        for number in range(1, 20)
    ]
    got = acquire(files, context=make_context(index))
    assert [item.path.name for item in got] == [file.filename for file in files]
    assert [item.path.read_bytes() for item in got] == [b"x" * n for n in range(1, 20)]
    assert [item.hash for item in got] == [file.sha256 for file in files]
    assert [item.url for item in got] == [file.url for file in files]
    assert acquire([], context=make_context(index)) == ()


def test_a_file_is_fetched_once_for_ever(index: Any, make_context: MakeContext) -> None:
    file = index.add_file(NAME, CONTENT)
    first = acquire([file], context=make_context(index))
    assert acquire([file], context=make_context(index)) == first
    assert len(index.requests) == 1


def test_damage_in_the_store_is_fetched_anew(
    index: Any, make_context: MakeContext
) -> None:
    file = index.add_file(NAME, CONTENT)
    (first,) = acquire([file], context=make_context(index))
    first.path.write_bytes(b"damaged")
    (second,) = acquire([file], context=make_context(index))
    assert second.path.read_bytes() == CONTENT
    assert len(index.requests) == 2


def test_nothing_is_decoded_or_asked_to_be_encoded(
    index: Any, make_context: MakeContext
) -> None:
    file = index.add_file(NAME, CONTENT, headers={"content-encoding": "gzip"})
    acquire([file], context=make_context(index))
    assert index.requests[0].headers["accept-encoding"] == "identity"


class TestDigests:
    @pytest.mark.parametrize("algorithm", ["sha256", "sha512", "blake2b"])
    def test_another_content_is_refused(
        self, index: Any, make_context: MakeContext, algorithm: str
    ) -> None:
        file = index.add_file(NAME, CONTENT)
        wrong = Hash.of(b"other", algorithm)
        context = make_context(index)
        with pytest.raises(HashMismatchError) as caught:
            acquire([replace(file, hashes=(wrong,))], context=context)
        assert caught.value.code == "PS5002"
        assert NAME in caught.value.message
        assert "files.example" in caught.value.message
        assert caught.value.facts["expected"] == str(wrong)
        assert left_over(context) == []

    def test_all_that_the_index_gives_must_match(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(NAME, CONTENT)
        both = (*file.hashes, Hash.of(b"other", "sha512"))
        context = make_context(index)
        acquire([file], context=context)
        with pytest.raises(HashMismatchError):
            acquire([replace(file, hashes=both)], context=context)

    def test_one_of_those_that_the_user_gives_must_match(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(NAME, CONTENT)
        good, bad = Hash.of(CONTENT, "sha384"), Hash.of(b"other")
        context = make_context(index)
        acquire([file], context=context, hashes={NAME: [bad, good]})
        with pytest.raises(HashMismatchError) as caught:
            acquire([file], context=context, hashes={NAME: [bad]})
        assert caught.value.facts["expected"] == str(bad)

    def test_a_file_without_one_is_told(
        self, index: Any, make_context: MakeContext, told: list[str]
    ) -> None:
        file = index.add_file(NAME, CONTENT, hashed=False)
        (got,) = acquire([file], context=make_context(index))
        assert got.hash == Hash.of(CONTENT)
        assert len(told) == 1
        assert NAME in told[0]

    def test_a_file_without_one_is_refused_when_they_are_required(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        context = make_context(index)
        bare = index.add_file(NAME, CONTENT, hashed=False)
        with pytest.raises(HashRequiredError):
            acquire([bare], context=context, require_hashes=True)
        with pytest.raises(HashRequiredError):
            acquire([tmp_path / NAME], context=context, require_hashes=True)
        assert index.requests == []
        given = {NAME: [Hash.of(CONTENT)]}
        acquire([bare], context=context, require_hashes=True, hashes=given)

    def test_a_weak_one_alone_is_refused_unless_the_host_is_trusted(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        bare = index.add_file(NAME, CONTENT, hashed=False)
        file = replace(bare, weak=("md5",))
        with pytest.raises(WeakDigestError) as caught:
            acquire([file], context=make_context(index))
        assert "promised by md5 alone" in caught.value.message
        assert "or insist:  --trusted-host files.example" in caught.value.hints
        assert index.requests == []
        # A strong one beside it is enough, and so is one of the user.
        strong = replace(file, hashes=(Hash.of(CONTENT),))
        acquire([strong], context=make_context(index))
        given = {NAME: [Hash.of(CONTENT, "sha512")]}
        acquire([file], context=make_context(index), hashes=given)
        trusting = make_context(index, trusted_hosts=("files.example",))
        acquire([file], context=trusting)
        with pytest.raises(HashRequiredError):
            acquire([file], context=trusting, require_hashes=True)
        # A folder of this machine needs no digest.
        (tmp_path / NAME).write_bytes(CONTENT)
        near = File(NAME, (tmp_path / NAME).as_uri(), weak=("md5",))
        acquire([near], context=make_context(index))

    @pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1, 0])
    @pytest.mark.parametrize("hashed", [True, False])
    def test_a_size_that_is_wrong(
        self, index: Any, make_context: MakeContext, size: int, *, hashed: bool
    ) -> None:
        file = index.add_file(NAME, CONTENT, size=size, hashed=hashed)
        with pytest.raises((HashMismatchError, AnswerTooLargeError)) as caught:
            acquire([file], context=make_context(index))
        assert caught.value.exit_code == 5


class TestLocalFiles:
    def test_stay_where_they_are(
        self, index: Any, make_context: MakeContext, tmp_path: Path, told: list[str]
    ) -> None:
        path = tmp_path / NAME
        path.write_bytes(CONTENT)
        context = make_context(index)
        listed = File(NAME, path.as_uri(), (Hash.of(CONTENT),))
        for file in (path, listed, File(NAME, path.as_uri())):
            (got,) = acquire([file], context=context)
            assert (got.path, got.hash, got.url) == (
                path,
                Hash.of(CONTENT),
                path.as_uri(),
            )
        assert told == []
        assert left_over(context) == []

    def test_are_verified_too(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        path = tmp_path / NAME
        path.write_bytes(b"other")
        file = File(NAME, path.as_uri(), (Hash.of(CONTENT),))
        context = make_context(index)
        with pytest.raises(HashMismatchError):
            acquire([file], context=context)
        with pytest.raises(HashMismatchError):
            acquire([path], context=context, hashes={NAME: file.hashes})

    def test_that_are_not_there(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        for file in (tmp_path / NAME, File(NAME, tmp_path.as_uri())):
            with pytest.raises(BadStatusError):
                acquire([file], context=make_context(index))


class TestBrokenConnections:
    @pytest.mark.parametrize("hashed", [True, False])
    @pytest.mark.parametrize("etag", ['"tag"', 'W/"weak"', None])
    @pytest.mark.parametrize("ranges", [True, False])
    def test_are_taken_up_again(
        self,
        index: Any,
        make_context: MakeContext,
        etag: str | None,
        *,
        ranges: bool,
        hashed: bool,
    ) -> None:
        file = index.add_file(
            NAME,
            CONTENT,
            hashed=hashed,
            ranges=ranges,
            breaks=[4000, 0, 3000],
            headers={"etag": etag} if etag else {},
        )
        (got,) = acquire([file], context=make_context(index))
        assert got.path.read_bytes() == CONTENT
        first = index.requests[1].headers.get("range")
        provable = hashed or etag == '"tag"'
        assert first == ("bytes=4000-" if provable else None)
        if etag == '"tag"':
            assert index.requests[1].headers["if-range"] == etag

    def test_of_a_file_that_has_changed_start_again(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(
            NAME, CONTENT, hashed=False, breaks=[4000], headers={"etag": '"old"'}
        )
        changing = ChangingIndex(index, file.url)
        (got,) = acquire([file], context=make_context(changing))
        assert got.path.read_bytes() == b"new" * 1000

    def test_end_in_an_error_and_leave_nothing(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(NAME, CONTENT, breaks=[10] * 9)
        context = make_context(index, retries=3)
        with pytest.raises(BrokenTransferError):
            acquire([file], context=context)
        assert len(index.requests) == 4
        assert left_over(context) == []

    def test_behind_the_end_start_again(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(NAME, CONTENT, headers={"etag": '"a"'})
        index.routes[file.url].content = CONTENT + b"more"
        index.routes[file.url].breaks = [len(CONTENT) + 2]
        shrinking = ShrinkingIndex(index, file.url)
        (got,) = acquire([file], context=make_context(shrinking))
        assert got.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, BadStatusError),
        (500, BadStatusError),
        (206, BadStatusError),
        (401, CredentialsNeededError),
    ],
)
def test_a_file_that_the_server_does_not_give(
    index: Any, make_context: MakeContext, status: int, error: type[PysetupError]
) -> None:
    file = index.add_file(NAME, CONTENT, status=status)
    with pytest.raises(error) as caught:
        acquire([file], context=make_context(index))
    assert caught.value.exit_code == 4
    assert caught.value.retryable is (status == 500)


def test_one_failure_stops_the_others(index: Any, make_context: MakeContext) -> None:
    endless = EndlessIndex(index)
    slow = File("slow-1.0.tar.gz", "https://files.example/endless")
    bad = index.add_file(NAME, CONTENT, status=404)
    context = make_context(endless)
    with pytest.raises(BadStatusError):
        acquire([slow, bad], context=context)
    assert endless.ended.wait(10)
    assert left_over(context) == []


def test_without_a_writable_cache_the_files_come_all_the_same(
    index: Any, make_context: MakeContext, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("in the way")
    file = index.add_file(NAME, CONTENT)
    (got,) = acquire([file], context=make_context(index))
    assert got.path.read_bytes() == CONTENT
    assert tmp_path not in got.path.parents


def test_the_url_that_is_told_holds_no_credentials(
    index: Any, make_context: MakeContext
) -> None:
    file = index.add_file(NAME, CONTENT)
    own = replace(file, url=file.url.replace("//", "//user:secret@"))
    (got,) = acquire([own], context=make_context(index))
    assert got.url == file.url
    assert index.asked == [own.url]


def test_a_store_may_be_given(
    index: Any, make_context: MakeContext, tmp_path: Path
) -> None:
    store = FileStore(tmp_path / "own", scratch=lambda: tmp_path)
    file = index.add_file(NAME, CONTENT)
    (got,) = acquire([file], context=make_context(index), store=store)
    assert tmp_path / "own" in got.path.parents


def test_over_real_http_a_broken_download_goes_on(
    index: Any, make_context: MakeContext, serve_index: Callable[[Any], str]
) -> None:
    content = CONTENT * 100
    index.add(f"/files/{NAME}", content, breaks=[300_000, 500_000])
    url = f"{serve_index(index)}/files/{NAME}"
    transport = HttpTransport(HttpSettings(timeout=5), sleep=lambda _: None)
    file = File(NAME, url, (Hash.of(content),), size=len(content))
    (got,) = acquire([file], context=make_context(transport))
    assert got.hash == Hash.of(content)
    spans = [request.headers.get("range") for request in index.requests]
    assert spans == [None, "bytes=300000-", "bytes=800000-"]


class ChangingIndex:
    """Serves another file from the second request on."""

    def __init__(self, index: Any, url: str) -> None:
        self.index = index
        self.url = url

    def send(self, request: Request) -> Any:
        reply = self.index.send(request)
        self.index.routes[self.url].content = b"new" * 1000
        self.index.routes[self.url].headers["etag"] = '"new"'
        return reply


class ShrinkingIndex:
    """Serves a file that was longer at first."""

    def __init__(self, index: Any, url: str) -> None:
        self.index = index
        self.url = url

    def send(self, request: Request) -> Any:
        reply = self.index.send(request)
        self.index.routes[self.url].content = CONTENT
        return reply


class EndlessIndex:
    """Serves one file that never ends."""

    def __init__(self, index: Any) -> None:
        self.index = index
        self.ended = threading.Event()

    def send(self, request: Request) -> Any:
        if not request.url.endswith("endless"):
            return self.index.send(request)
        reply = self.index.send(request)
        reply.status = 200
        reply.chunks = self.chunks
        return reply

    def chunks(self) -> Iterator[bytes]:
        try:
            while True:
                yield b"more"
        finally:
            self.ended.set()
