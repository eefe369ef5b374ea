"""Files and metadata that are broken, hostile, huge, or contradict what was said."""

import re
from typing import Any

import pytest
from tests.flow.bad_index.lab import (
    CORE,
    INFO,
    PAGE,
    WHEEL,
    Answer,
    BadIndex,
    Handler,
    Lab,
    Row,
    entry,
    page,
    sha256,
    wheel,
)

pytestmark = pytest.mark.flow

GOOD = wheel()
FILE = f"/files/{WHEEL}"
BESIDE = f"{FILE}.metadata"


def listed(content: bytes, served: bytes | None = None, **more: Any) -> Any:
    """List a file, and serve it, or another in its place."""

    def setup(index: BadIndex) -> None:
        index.page(page(entry(content, **more)))
        index.file(content if served is None else served)

    return setup


def answered(answer: Answer, **more: Any) -> Any:
    """List the good file, and answer so when it is asked for."""

    def setup(index: BadIndex) -> None:
        index.page(page(entry(GOOD, **more)))
        index.answers[FILE] = answer

    return setup


def beside(metadata: bytes, *, promised: bytes | bool = True, status: int = 200) -> Any:
    """Serve the good file, with metadata beside it."""
    told = {"sha256": sha256(promised)} if isinstance(promised, bytes) else promised

    def setup(index: BadIndex) -> None:
        index.page(page(entry(GOOD, core_metadata=told)))
        index.file(GOOD)
        index.answers[BESIDE] = lambda h: h.reply(status, metadata)

    return setup


def core(**more: str) -> bytes:
    lines = {"Metadata-Version": "2.1", "Name": "demo", "Version": "1.0", **more}
    return "".join(f"{k.replace('_', '-')}: {v}\n" for k, v in lines.items()).encode()


def unhashed(**more: Any) -> dict[str, Any]:
    return {"hashes": {}, "size": None, **more}


SMALLER = GOOD[: len(GOOD) // 2]
FILES = {
    "another file": Row(listed(GOOD, wheel(module="value = 2\n")), "PS5002"),
    "half a file": Row(listed(GOOD, SMALLER), "PS5002"),
    "an empty file": Row(listed(GOOD, b""), "PS5002"),
    "a login page": Row(listed(GOOD, b"<html>log in</html>"), "PS5002"),
    "a file of another size": Row(listed(GOOD, size=len(GOOD) + 1), "PS5002"),
    "more than was promised": Row(listed(GOOD, size=10), "PS5204"),
    "not there": Row(answered(lambda h: h.reply(404)), "PS4207"),
    "gone": Row(answered(lambda h: h.reply(410)), "PS4207"),
    "a closed door": Row(answered(lambda h: h.reply(403)), "PS4206"),
    "a failure": Row(answered(lambda h: h.reply(500)), "PS4207"),
    "it breaks off always": Row(
        answered(lambda h: h.raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD) + SMALLER)),
        "PS4201",
    ),
    "only weak digests": Row(
        listed(GOOD, hashes={"md5": "0" * 32, "sha1": "0" * 40}), "PS5207", said="--trusted-host"
    ),
    "garbage without a digest": Row(listed(b"garbage" * 99, **unhashed()), "PS5300"),
    "a wheel that is cut": Row(listed(GOOD[:-30], **unhashed()), "PS5300"),
    "a wheel of another project": Row(
        listed(wheel(CORE.replace("demo", "other"))), "PS5206"
    ),
    "a wheel of another version": Row(
        listed(wheel(CORE.replace("1.0", "2.0"))), "PS5206"
    ),
    "a wheel without its metadata": Row(
        listed(GOOD.replace(f"{INFO}/METADATA".encode(), f"{INFO}/METADATX".encode())), "PS5302"
    ),
    "a redirect to a file": Row(
        answered(lambda h: h.reply(302, Location="file:///etc/passwd")), "PS5205"
    ),
}  # fmt: skip


def hide_a_requirement(index: BadIndex) -> None:
    content = wheel(CORE + "Requires-Dist: evil\n")
    beside(core())(index)
    index.page(page(entry(content, core_metadata=True)))
    index.file(content)


CROWD = core() + b"".join(b"Requires-Dist: a%d>1\n" % n for n in range(300_000))
BIG = core(Summary="x") + b"\n" + b"a" * (9 << 20)
METADATA = {
    "another than promised": Row(beside(core(), promised=b"else"), "PS5002"),
    "of another project": Row(beside(core(Name="other")), "PS5206"),
    "of another version": Row(beside(core(Version="2.0")), "PS5206"),
    "of nine mebibytes": Row(beside(BIG), "PS5204"),
    "that need more than the wheel's own": Row(
        beside(core(Requires_Python=">=3.8", Provides_Extra="x")), "PS5208"
    ),
    "that hide a requirement": Row(
        hide_a_requirement,
        "PS5208",
        said="demo",
    ),
    "of very many requirements": Row(beside(CROWD), "PS3003", said="more than 20000"),
    "of a Python that is not here": Row(beside(core(Requires_Python=">=9")), "PS3003"),
    "of a requirement that is none": Row(beside(core(Requires_Dist="a b c")), "PS3003"),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in FILES.items()])
def test_a_file_that_is(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    lab.refuses(row)


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in METADATA.items()])
def test_metadata(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    lab.refuses(row)


def ranged(change: Any) -> Answer:
    """Answer ranges of the good wheel, changed by ``change(start, stop)``."""

    def answer(h: Handler) -> None:
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", h.headers.get("Range", ""))
        if match is None:
            h.reply(200, GOOD)
            return
        first, last = match.groups()
        start = int(first) if first else max(0, len(GOOD) - int(last))
        stop = min(int(last) + 1, len(GOOD)) if first and last else len(GOOD)
        change(h, start, stop)

    return answer


def span(start: int, stop: int, total: int = len(GOOD)) -> str:
    return f"bytes {start}-{stop - 1}/{total}"


RANGES = {
    "ranges": lambda h, a, b: h.reply(206, GOOD[a:b], Content_Range=span(a, b)),
    "the whole file instead": lambda h, _a, _b: h.reply(200, GOOD),
    "no ranges": lambda h, _a, _b: h.reply(416, b""),
    "a range without saying which": lambda h, a, b: h.reply(206, GOOD[a:b]),
    "another range": lambda h, a, b: h.reply(206, GOOD[: b - a], Content_Range=span(0, b - a)),
    "another size": lambda h, a, b: h.reply(206, GOOD[a:b], Content_Range=span(a, b, 10**9)),
    "less than it says": lambda h, a, b: h.reply(206, GOOD[a : b - 5], Content_Range=span(a, b)),
    "several parts": lambda h, _a, _b: h.reply(206, b"--x\r\n\r\nabc\r\n--x--", Content_Type="multipart/byteranges; boundary=x"),
    "packed bytes": lambda h, a, b: h.reply(206, GOOD[a:b], Content_Range=span(a, b), Content_Encoding="gzip"),
    "not implemented": lambda h, _a, _b: h.reply(405),
}  # fmt: skip


@pytest.mark.parametrize("change", [pytest.param(c, id=n) for n, c in RANGES.items()])
def test_a_server_that_is_asked_for_ranges_and_gives(change: Any, lab: Lab) -> None:
    lab.index.page(page(entry(GOOD)))
    lab.index.answers[FILE] = ranged(change)
    words = ["--target", lab.root / "t", "--index-url", lab.index.url]
    ran = lab.run("install", *words, "--retries", "0", "demo")
    assert ran.code == 0, ran.err
    assert (lab.root / "t/demo.py").read_text() == "value = 1\n"


def test_a_range_of_other_bytes_is_found_out(lab: Lab) -> None:
    lab.index.page(page(entry(GOOD)))
    lab.index.answers[FILE] = ranged(
        lambda h, a, b: h.reply(206, b"\0" * (b - a), Content_Range=span(a, b))
    )
    lab.refuses(Row(lambda _: None, "PS5300"))


def test_a_download_goes_on_where_it_stopped(lab: Lab) -> None:
    """The first answer breaks off in the middle; the second is of the rest."""
    lab.index.page(page(entry(GOOD, core_metadata=True)))
    lab.index.answers[BESIDE] = lambda h: h.reply(200, CORE.encode())
    asked: list[str] = []

    def answer(h: Handler) -> None:
        asked.append(h.headers.get("Range", ""))
        if len(asked) == 1:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD)
            h.raw(head + SMALLER)
        else:
            start = int(asked[-1].removeprefix("bytes=").removesuffix("-"))
            h.reply(206, GOOD[start:], Content_Range=span(start, len(GOOD)))

    lab.index.answers[FILE] = answer
    words = ["--target", lab.root / "t", "--index-url", lab.index.url]
    ran = lab.run("install", *words, "demo")
    assert ran.code == 0, ran.err
    assert asked == ["", f"bytes={len(SMALLER)}-"]


def test_a_metadata_file_that_is_not_there_after_all(lab: Lab) -> None:
    lab.index.page(page(entry(GOOD, core_metadata=True)))
    lab.index.file(GOOD)
    words = ["--target", lab.root / "t", "--index-url", lab.index.url]
    assert lab.run("install", *words, "demo").code == 0
    assert (BESIDE, "") in lab.index.asked


@pytest.mark.parametrize("damage", ["pages", "metadata", "files"])
def test_a_damaged_cache_is_a_miss(damage: str, lab: Lab) -> None:
    lab.index.good()
    lab.index.answers[PAGE] = lambda h: h.reply(
        200, page(entry(GOOD)), Content_Type="application/vnd.pypi.simple.v1+json",
        Cache_Control="max-age=600", ETag='"1"',
    )  # fmt: skip
    words = ["install", "--index-url", lab.index.url, "demo", "--target"]
    assert lab.run(*words, lab.root / "first").code == 0
    for number, path in enumerate((lab.root / "cache/http/v1" / damage).rglob("*")):
        if path.is_file():
            content = bytearray(path.read_bytes())
            content[len(content) // (2 + number % 3)] ^= 1
            path.chmod(0o600)
            path.write_bytes(content)
    ran = lab.run(*words, lab.root / "second")
    assert ran.code == 0, ran.err
    assert (lab.root / "second/demo.py").read_text() == "value = 1\n"
