"""Pages that are broken, hostile, huge, redirected, slow, or about something else."""

import gzip
import json
from typing import Any

import pytest
from tests.flow.bad_index.lab import (
    JSON_TYPE,
    PAGE,
    SECRET,
    Answer,
    BadIndex,
    Handler,
    Lab,
    Row,
    entry,
    page,
    wheel,
)

pytestmark = pytest.mark.flow

GOOD = entry(wheel())


def body(content: bytes, kind: str = JSON_TYPE) -> Any:
    return lambda index: index.page(content, kind)


def answer(reply: Answer) -> Any:
    def setup(index: BadIndex) -> None:
        index.answers[PAGE] = reply

    return setup


def status(code: int, **headers: str) -> Any:
    return answer(lambda h: h.reply(code, b"", **headers))


def redirect(target: str) -> Any:
    return status(302, Location=target)


def value(**more: Any) -> bytes:
    """A page whose keys are replaced."""
    return json.dumps({**json.loads(page(GOOD)), **more}).encode()


def row_of(**more: Any) -> bytes:
    """A page whose one file is another."""
    return page({**GOOD, **more})


NESTED = b'{"meta":' + b"[" * 100_000
PAGES = {
    "empty": Row(body(b""), "PS5203"),
    "no JSON": Row(body(b"hello"), "PS5203"),
    "cut in the middle": Row(body(page(GOOD)[:-40]), "PS5203"),
    "a list": Row(body(b"[]"), "PS5203"),
    "a number": Row(body(b"17"), "PS5203"),
    "nested without end": Row(body(NESTED), "PS5203"),
    "nested deeply": Row(body(b"[" * 5000 + b"]" * 5000), "PS5203"),
    "a key twice": Row(
        body(b'{"meta":{"api-version":"1.0"},"name":"demo","name":"x","files":[]}'),
        "PS5203",
    ),
    "not a number": Row(body(value(files=[{**GOOD, "size": float("nan")}])), "PS5203"),
    "a number of 5,000 digits": Row(
        body(page(GOOD).replace(b'"size": ', b'"size": ' + b"9" * 5000)), "PS5203"
    ),
    "a negative size": Row(body(row_of(size=-1)), "PS5203"),
    "not UTF-8": Row(body(b"\xff\xfe" + page(GOOD)), "PS5203"),
    "of another project": Row(body(value(name="other")), "PS5203"),
    "of a name that is none": Row(body(value(name="../demo")), "PS5203"),
    "without a name": Row(body(b'{"meta":{"api-version":"1.0"},"files":[]}'), "PS5203"),
    "without files": Row(
        body(b'{"meta":{"api-version":"1.0"},"name":"demo"}'), "PS5203"
    ),
    "files that are none": Row(body(value(files={"a": 1})), "PS5203"),
    "a file that is none": Row(body(value(files=["demo-1.0.tar.gz"])), "PS5203"),
    "a URL that is a number": Row(body(row_of(url=7)), "PS5203"),
    "hashes that are a list": Row(body(row_of(hashes=["sha256"])), "PS5203"),
    "a digest of the wrong length": Row(
        body(row_of(hashes={"sha256": "abc"})), "PS5203"
    ),
    "a digest that is no digest": Row(
        body(row_of(hashes={"sha256": "g" * 64})), "PS5203"
    ),
    "one file with two digests": Row(
        body(page(GOOD, {**GOOD, "hashes": {"sha256": "0" * 64}})), "PS5203"
    ),
    "a text of a megabyte": Row(
        body(row_of(**{"requires-python": ">" * (1 << 20)})), "PS5203"
    ),
    "a status that is no object": Row(
        body(value(**{"project-status": "archived"})), "PS5203"
    ),
    "no API version": Row(body(b'{"name":"demo","files":[]}'), "PS5203"),
    "an API version that is none": Row(
        body(value(meta={"api-version": "one"})), "PS5203"
    ),
    "API version 2": Row(body(value(meta={"api-version": "2.0"})), "PS4205"),
    "plain text": Row(body(page(GOOD), "text/plain"), "PS5203"),
    "no content type": Row(body(page(GOOD), ""), "PS5203"),
    "HTML that says it is JSON": Row(body(b"<!DOCTYPE html><a href=x>"), "PS5203"),
    "a login page": Row(
        body(b"<html><form action=login></form></html>", "text/html"), "PS3003"
    ),
    "HTML of a base elsewhere": Row(
        body(b'<base href="file:///etc/"><a href="x">', "text/html"), "PS5203"
    ),
    "HTML of API version 2": Row(
        body(b'<meta name="pypi:repository-version" content="2.0">', "text/html"),
        "PS4205",
    ),
    "files of other projects": Row(
        body(page(entry(b"", "other-1.0-py3-none-any.whl"))), "PS3003"
    ),
    "versions out of grammar": Row(
        body(page(entry(b"", "demo-one.two-py3-none-any.whl"))), "PS3003"
    ),
    "names of files that lead out": Row(
        body(page(entry(b"", "../demo-1.0-py3-none-any.whl"))), "PS3003"
    ),
    "files of this machine": Row(
        body(page({**GOOD, "url": "file:///etc/passwd"})), "PS3003"
    ),
    "a script for a URL": Row(body(row_of(url="javascript:alert(1)")), "PS3003"),
    "quarantined": Row(
        body(value(**{"project-status": {"status": "quarantined", "reason": "bad"}})),
        "PS3003",
        said="demo is quarantined: bad",
    ),
    "wrong name and reason with escapes": Row(
        body(value(name="\x1b[31mred")), "PS5203"
    ),
}  # fmt: skip

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: %s\r\n\r\n"
ANSWERS = {
    "not there": Row(status(404), "PS3002"),
    "gone": Row(status(410), "PS3002"),
    "who are you": Row(status(401), "PS4206"),
    "not you": Row(status(403), "PS4206"),
    "a wrong password": Row(
        status(401), "PS4206", ("--extra-index-url", "SECRET")
    ),
    "a proxy's status": Row(status(407), "PS4208"),
    "a teapot": Row(status(418), "PS4207"),
    "a failure of the server": Row(status(500), "PS4207"),
    "a busy server": Row(
        status(503, Retry_After="0"), "PS4207", ("--retries", "1")
    ),
    "too many requests": Row(
        status(429, Retry_After="100000"), "PS4207", ("--retries", "3"), seconds=5
    ),
    "no content": Row(status(204), "PS4207"),
    "a redirect in a circle": Row(redirect(PAGE), "PS5205"),
    "a redirect to a file": Row(redirect("file:///etc/passwd"), "PS5205"),
    "a redirect to another scheme": Row(redirect("ftp://h.example/"), "PS5205"),
    "a redirect to nowhere": Row(redirect("http://[::1"), "PS5205"),
    "a redirect to plain http": Row(redirect("http://h.example/x/"), "PS5201"),
    "a redirect with two lines": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 302 Found\r\nLocation: /a\r\n b\r\n\r\n")),
        "PS5205",
    ),
    "gzip that was not asked for so": Row(
        answer(lambda h: h.reply(200, b"xx", Content_Type=JSON_TYPE, Content_Encoding="br")),
        "PS4203",
    ),
    "gzip that is none": Row(
        answer(lambda h: h.reply(200, b"xx", Content_Type=JSON_TYPE, Content_Encoding="gzip")),
        "PS4201",
    ),
    "gzip that ends early": Row(
        answer(lambda h: h.reply(200, gzip.compress(page(GOOD))[:-9], Content_Type=JSON_TYPE, Content_Encoding="gzip")),
        "PS4201",
    ),
    "gzip that grows a thousandfold": Row(
        answer(lambda h: h.reply(200, gzip.compress(b" " * (8 << 20)), Content_Type=JSON_TYPE, Content_Encoding="gzip")),
        "PS5204",
    ),
    "shorter than promised": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nContent-Type: application/json\r\n\r\n{")),
        "PS4201",
    ),
    "a chunk without a size": Row(
        answer(lambda h: h.raw(CHUNKED % JSON_TYPE.encode() + b"xyz\r\n{}\r\n")), "PS4201"
    ),
    "chunks without an end": Row(
        answer(lambda h: h.raw(CHUNKED % JSON_TYPE.encode() + b"2\r\n{}\r\n")), "PS4201"
    ),
    "two lengths": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),
        "PS4001",
    ),
    "a length that is none": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nContent-Type: text/plain\r\n\r\n")),
        "PS5203",
    ),
    "no HTTP": Row(answer(lambda h: h.raw(b"SSH-2.0-OpenSSH\r\n")), "PS4001"),
    "nothing": Row(answer(lambda h: h.raw(b"")), "PS4001"),
    "headers without end": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * (1 << 20))), "PS4001"
    ),
    "a thousand headers": Row(
        answer(lambda h: h.raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n")),
        "PS4001",
    ),
}  # fmt: skip


def never(h: Handler) -> None:
    h.server.over.wait(30)


def begun(h: Handler) -> None:
    h.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Type: application/json\r\n\r\n{"
    )
    h.wfile.flush()
    never(h)


def drip(first: bytes, again: bytes) -> Answer:
    def reply(h: Handler) -> None:
        h.wfile.write(first)
        while not h.server.over.wait(0.2):
            h.wfile.write(again)

    return reply


SLOW = {
    "no answer at all": Row(
        answer(never), "PS4001", ("--timeout", "0.5"), said="no answer within 0.5 s"
    ),
    "headers that drip": Row(
        answer(drip(b"HTTP/1.1 200 OK\r\nX: ", b"a")), "PS4001", ("--timeout", "0.5")
    ),
    "a body that stops": Row(
        answer(begun),
        "PS4201",
        ("--timeout", "0.5"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in PAGES.items()])
def test_a_page_that_is(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    lab.refuses(row)


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in ANSWERS.items()])
def test_an_answer_that_is(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    words = tuple(
        lab.index.url.replace("//", f"//me:{SECRET}@") if word == "SECRET" else word
        for word in row.words
    )
    lab.refuses(Row(row.setup, row.code, words, row.said, row.env, row.seconds))


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in SLOW.items()])
def test_an_index_that_gives(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    assert lab.refuses(row).seconds < 10


@pytest.mark.slow
def test_a_body_that_drips_is_given_up_after_a_minute(lab: Lab) -> None:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: 99999\r\n\r\n"
    )
    setup = answer(drip(head.encode(), b" "))
    row = Row(setup, "PS4202", seconds=90)
    setup(lab.index)
    lab.refuses(row)


def much(start: bytes, piece: bytes, end: bytes) -> bytes:
    """A page of 60 MiB."""
    return start + piece * ((60 << 20) // len(piece)) + end


FRAME = b'{"meta":{"api-version":"1.0"},"name":"demo","files":['
MANY = "".join(f"a{number} " for number in range(1 << 19)).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        pytest.param(much(FRAME, b"{},", b"{}]}"), JSON_TYPE, "PS5203", id="objects"),
        pytest.param(much(FRAME, b'"",', b'""]}'), JSON_TYPE, "PS5203", id="texts"),
        pytest.param(much(b"", b"<a href=x>", b""), "text/html", "PS5203", id="links"),
        pytest.param(much(b"<a ", MANY, b">"), "text/html", "PS3003", id="attributes"),
        pytest.param(much(b"", b"<a", b""), "text/html", "PS3003", id="open tags"),
        pytest.param(much(b"", b"<!--", b""), "text/html", "PS3003", id="comments"),
    ],
)
def test_a_page_of_60_mebibytes_of(
    content: bytes, kind: str, code: str, lab: Lab
) -> None:
    setup = body(content, kind)
    setup(lab.index)
    ran = lab.install(Row(setup, code, seconds=60))
    assert ran.code == int(code[2]), ran.err
    assert code in ran.err
    assert ran.megabytes < 700


@pytest.mark.slow
def test_a_page_of_more_than_64_mebibytes(lab: Lab) -> None:
    setup = body(b" " * ((64 << 20) + 1))
    setup(lab.index)
    lab.refuses(Row(setup, "PS5204", seconds=60))


def test_no_server(lab: Lab) -> None:
    row = Row(lambda _: None, "PS4001", said="refused")
    lab.index.server_close()
    before = lab.state()
    ran = lab.install(row)
    assert ran.code == 4
    assert "PS4001" in ran.err
    assert "--offline" in ran.err
    assert lab.state() == before


def test_no_name_for_the_host(lab: Lab) -> None:
    words = ("--index-url", "https://nowhere.invalid/simple/")
    ran = lab.install(Row(lambda _: None, "PS4001", words, env={"NO_PROXY": "*"}))
    assert ran.code == 4
    assert "PS4001" in ran.err


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("http://index.example/simple/", "PS5201"),
        ("ftp://index.example/simple/", "PS2201"),
        ("https://", "PS2201"),
        ("https://index.example:port/simple/", "PS2201"),
        ("https://index example/simple/", "PS2201"),
        ("file://elsewhere/simple/", "PS2201"),
    ],
)
def test_an_address_that_cannot_be_used(lab: Lab, place: str, code: str) -> None:
    ran = lab.install(Row(lambda _: None, code, ("--index-url", place)))
    assert code in ran.err
    assert ran.code == int(code[2])


def test_offline_nothing_is_asked(lab: Lab) -> None:
    lab.index.good()
    ran = lab.install(Row(lambda _: None, "PS4204", ("--offline",)))
    assert (ran.code, "PS4204" in ran.err) == (4, True)
    assert lab.index.asked == []


def test_credentials_do_not_follow_a_redirect(lab: Lab, other_index: BadIndex) -> None:
    other = other_index
    other.good()
    lab.index.answers[PAGE] = lambda h: h.reply(302, Location=f"{other.origin}{PAGE}")
    place = lab.index.url.replace("//", f"//me:{SECRET}@")
    ran = lab.run("install", "--target", lab.root / "t", "--index-url", place, "demo")
    assert ran.code == 0, ran.err
    assert all(authorization for _, authorization in lab.index.asked)
    assert {authorization for _, authorization in other.asked} == {""}
    assert SECRET not in ran.out + ran.err
    for path in lab.root.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_a_newer_minor_version_is_told_and_used(lab: Lab) -> None:
    lab.index.good()
    lab.index.page(value(meta={"api-version": "1.99"}))
    ran = lab.run(
        "install", "--target", lab.root / "t", "--index-url", lab.index.url, "demo"
    )
    assert ran.code == 0, ran.err
    assert "1.99" in ran.err


def test_a_yanked_release_is_told_with_its_reason(lab: Lab) -> None:
    lab.index.good()
    lab.index.page(page({**GOOD, "yanked": "broken on \x1b[31mTuesdays"}))
    words = ["install", "--target", lab.root / "t", "--index-url", lab.index.url]
    ran = lab.run(*words, "demo")
    assert ran.code == 3
    assert "broken on" in ran.err
    pinned = lab.run(*words, "demo==1.0")
    assert pinned.code == 0, pinned.err
    assert "yanked: broken on" in pinned.err
    assert "\x1b" not in ran.err + pinned.err


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda h: h.reply(200, b"{", Content_Type=JSON_TYPE), id="broken"),
        pytest.param(lambda h: h.reply(500), id="a failure"),
        pytest.param(lambda h: h.raw(b""), id="nothing"),
    ],
)
def test_a_page_that_was_good_once_is_not_lost_by_a_bad_one(
    lab: Lab, bad: Answer
) -> None:
    lab.index.good()
    words = ["install", "--target", lab.root / "t", "--index-url", lab.index.url]
    looking = [*words, "--retries", "0", "--force-reinstall", "demo"]
    assert lab.run(*looking).code == 0
    lab.index.answers[PAGE] = bad
    assert lab.run(*looking).code in (4, 5)
    offline = lab.run(*looking, "--offline")
    assert offline.code == 0, offline.err
    assert "as they were seen last" in offline.err
    lab.index.good()
    assert lab.run(*looking).code == 0
