"""Pages of links, requirements files and archives at URLs, all of them bad."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from tests.flow.bad_index.lab import (
    CORE,
    WHEEL,
    Answer,
    BadIndex,
    Lab,
    Row,
    entry,
    page,
    sha256,
    wheel,
)

pytestmark = pytest.mark.flow

GOOD = wheel()
SDIST = "demo-1.0.tar.gz"
LINKS = ("--no-index", "--find-links", "{origin}/links/")


def at(path: str, answer: Answer) -> Any:
    def setup(index: BadIndex) -> None:
        index.answers[path] = answer

    return setup


def gives(path: str, content: bytes, **headers: str) -> Any:
    return at(path, lambda h: h.reply(200, content, **headers))


def html(text: str) -> Any:
    return gives("/links/", text.encode(), Content_Type="text/html")


def sdist(files: Mapping[str, bytes], folder: str = "demo-1.0") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def lists(content: bytes) -> Any:
    """List an sdist, and serve it."""

    def setup(index: BadIndex) -> None:
        index.page(page(entry(content, SDIST)))
        index.file(content, SDIST)

    return setup


NEW = CORE.replace("2.1", "2.2")
PLACES = {
    "links that are not there": Row(at("/x", lambda h: h.reply(404)), "PS3002", LINKS),
    "links that fail": Row(at("/links/", lambda h: h.reply(500)), "PS4207", LINKS),
    "links behind a door": Row(at("/links/", lambda h: h.reply(401)), "PS4206", LINKS),
    "links in a circle": Row(
        at("/links/", lambda h: h.reply(302, Location="/links/")), "PS5205", LINKS
    ),
    "links to files of this machine": Row(
        html(f'<a href="file:///tmp/{WHEEL}">x</a>'), "PS3002", LINKS
    ),
    "links to plain http elsewhere": Row(
        html(f'<a href="http://h.example/{WHEEL}">x</a>'), "PS5201", LINKS
    ),
    "a link with a wrong digest": Row(
        html(f'<a href="{WHEEL}#sha256={"0" * 64}">x</a>'), "PS4207", LINKS
    ),
    "a link with a digest that is none": Row(
        html(f'<a href="{WHEEL}#sha256=xyz">x</a>'), "PS5203", LINKS
    ),
    "requirements that are not there": Row(
        at("/x", lambda h: h.reply(404)), "PS2111", ("-r", "{origin}/r.txt")
    ),
    "requirements that are bytes": Row(
        gives("/r.txt", b"\xff\xfe\x00demo"), "PS2111", ("-r", "{origin}/r.txt")
    ),
    "requirements without end": Row(
        gives("/r.txt", b"#" * ((16 << 20) + 1)), "PS5204", ("-r", "{origin}/r.txt")
    ),
    "requirements that name local files": Row(
        gives("/r.txt", b"-r /etc/hostname\n"), "PS2111", ("-r", "{origin}/r.txt")
    ),
    "an archive that is not there": Row(
        at("/x", lambda h: h.reply(404)), "PS4207", (f"demo @ {{origin}}/{WHEEL}",)
    ),
    "an archive with a wrong digest": Row(
        gives(f"/{WHEEL}", GOOD), "PS5002", (f"demo @ {{origin}}/{WHEEL}#sha256={'0' * 64}",)
    ),
    "an archive with a weak digest": Row(
        gives(f"/{WHEEL}", GOOD), "PS5207", (f"demo @ {{origin}}/{WHEEL}#md5={'0' * 32}",)
    ),
    "an archive with a digest that is none": Row(
        gives(f"/{WHEEL}", GOOD), "PS2105", (f"demo @ {{origin}}/{WHEEL}#sha256=zz",)
    ),
    "an archive of another project": Row(
        gives(f"/{WHEEL}", GOOD), "PS2250", (f"other @ {{origin}}/{WHEEL}",)
    ),
    "an archive that is a page": Row(
        gives(f"/{WHEEL}", b"<html>"), "PS5300", (f"demo @ {{origin}}/{WHEEL}",)
    ),
    "an archive without a name": Row(
        gives("/main", GOOD), "PS2109", ("{origin}/main",)
    ),
    "an archive at plain http elsewhere": Row(
        at("/x", lambda h: h.reply(404)), "PS5201", (f"demo @ http://h.example/{WHEEL}",)
    ),
    "a repository that is none": Row(
        at("/x", lambda h: h.reply(404)), "PS4220", ("demo @ git+{origin}/demo.git",)
    ),
    "a repository at plain http elsewhere": Row(
        at("/x", lambda h: h.reply(404)), "PS5201", ("demo @ git+http://h.example/demo.git",)
    ),
}  # fmt: skip
SDISTS = {
    "garbage": Row(lists(b"garbage" * 100), "PS5400"),
    "cut": Row(lists(sdist({"PKG-INFO": NEW.encode()})[:-20]), "PS5400"),
    "of another project": Row(
        lists(sdist({"PKG-INFO": NEW.replace("demo", "other").encode()})), "PS5206"
    ),
    "of another version": Row(
        lists(sdist({"PKG-INFO": NEW.replace("1.0", "3.0").encode()})), "PS5206"
    ),
    "a gzip bomb": Row(lists(gzip.compress(bytes(300 << 20))), "PS5401"),
    "that would have to be built": Row(
        lists(sdist({"PKG-INFO": CORE.encode()})), "PS3003", ("--only-binary", ":all:")
    ),
}  # fmt: skip


def filled(row: Row, index: BadIndex) -> Row:
    words = tuple(word.replace("{origin}", index.origin) for word in row.words)
    return Row(row.setup, row.code, words, row.said, row.env, row.seconds)


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in PLACES.items()])
def test_a_place_that_is(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    lab.refuses(filled(row, lab.index))


@pytest.mark.parametrize("row", [pytest.param(r, id=n) for n, r in SDISTS.items()])
def test_an_sdist_that_is(row: Row, lab: Lab) -> None:
    row.setup(lab.index)
    lab.refuses(row)


def test_a_good_digest_in_a_url_is_enough(lab: Lab) -> None:
    gives(f"/{WHEEL}", GOOD)(lab.index)
    place = f"demo @ {lab.index.origin}/{WHEEL}#sha256={sha256(GOOD)}&egg=demo"
    ran = lab.run("install", "--target", lab.root / "t", place)
    assert ran.code == 0, ran.err
