from pathlib import Path

import pytest

from pysetup.index.model import File, ProjectPage, releases_of
from pysetup.index.needs import FileNeeds
from pysetup.standards.hashes import Hash
from pysetup.store.marshalled import marshalled
from pysetup.store.pages import (
    LONGEST_FRESH,
    CachedPage,
    MetadataCache,
    PageCache,
    cached_page,
    page_path,
)
from pysetup.store.sealed import SealedFolder

URL = "https://index.example/simple/demo/"
FILE = File("demo-1.0.tar.gz", "https://h/demo-1.0.tar.gz", (Hash.of(b"x"),))
PAGE = ProjectPage("demo", (FILE,), versions=("1.0",), notes=("a note",))
RELEASES = releases_of(PAGE)
NEEDS = FileNeeds("demo", "1.0", requires_python=">=3")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_page_is_found_again_without_its_readers_name(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    kept = CachedPage(
        RELEASES,
        etag='"tag"',
        last_modified="Fri, 01 Jan 2027 00:00:00 GMT",
        fresh_until=1e9,
        digest="digest",
    )
    cache.put(URL.replace("//", "//user:secret@"), kept)
    found = cache.get(URL)
    assert found is not None
    assert found.page == PAGE
    assert found.conditions() == kept.conditions()
    assert (found.fresh_until, found.digest) == (1e9, "digest")
    assert cache.get("https://other.example/simple/demo/") is None
    assert b"secret" not in files(tmp_path)[0].read_bytes()


def test_damage_is_a_miss_wherever_it_is(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.put(URL, CachedPage(RELEASES))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 4
        path.write_bytes(damaged)
        assert cache.get(URL) is None
    path.write_bytes(whole[:-1])
    assert cache.get(URL) is None
    path.write_bytes(whole)
    assert cache.get(URL) is not None


def test_a_page_of_another_version_of_pysetup_is_a_miss(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.put(URL, CachedPage(RELEASES))
    (path,) = files(tmp_path)
    for content in (b"", b"[]", marshalled(b"pypage\0\0", ("other",), b"")):
        path.write_bytes(content)
        assert cache.get(URL) is None


def test_a_page_under_the_name_of_another_is_a_miss(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.put(URL, CachedPage(RELEASES))
    other = URL.replace("demo", "other")
    Path(page_path(str(tmp_path), URL)).rename(page_path(str(tmp_path), other))
    assert cache.get(other) is None


def test_a_cache_that_cannot_be_written_is_silent(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = PageCache(blocked / "pages")
    cache.put(URL, CachedPage(RELEASES))
    assert cache.get(URL) is None


def test_a_place_that_is_taken_by_a_folder_is_left_alone(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path)
    folder.put("one", b"1")
    (one,) = files(tmp_path)
    one.unlink()
    one.mkdir()
    folder.put("one", b"1")
    assert folder.get("one") is None
    assert files(tmp_path) == []


def test_a_file_under_the_name_of_another_is_a_miss(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path)
    folder.put("one", b"1")
    (one,) = files(tmp_path)
    folder.put("two", b"2")
    (two,) = set(files(tmp_path)) - {one}
    two.write_bytes(one.read_bytes())
    assert folder.get("two") is None


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("max-age=60", 60),
        ("public, Max-Age=60", 60),
        ('max-age="60"', 60),
        ("s-maxage=9", 0),
        ("max-age=86400", LONGEST_FRESH),
        ("max-age=60, no-cache", 0),
        ("max-age=-1", 0),
        ("", 0),
    ],
)
def test_how_long_a_page_is_fresh(control: str, seconds: int) -> None:
    kept = cached_page(RELEASES, {"cache-control": control}, now=1000, digest="")
    assert kept is not None
    assert kept.fresh_until == 1000 + seconds


def test_what_must_not_be_stored_is_not() -> None:
    headers = {"cache-control": "private, no-store"}
    assert cached_page(RELEASES, headers, now=0, digest="") is None


def test_a_page_is_asked_for_by_its_validators() -> None:
    headers = {"etag": 'W/"a"', "last-modified": "yesterday"}
    kept = cached_page(RELEASES, headers, now=0, digest="")
    assert kept is not None
    assert kept.conditions() == {
        "if-none-match": 'W/"a"',
        "if-modified-since": "yesterday",
    }


def test_a_validator_that_would_break_the_request_is_dropped() -> None:
    kept = cached_page(RELEASES, {"etag": '"a\r\nx: y"'}, now=0, digest="")
    assert kept is not None
    assert kept.conditions() == {}


def test_metadata_belong_to_one_file_at_one_place(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    cache.put(FILE, NEEDS, b"Name: demo")
    needs, content = cache.get(FILE) or (None, b"")
    assert needs is not None
    assert needs.packed() == NEEDS.packed()
    assert content == b"Name: demo"
    elsewhere = File(FILE.filename, "https://evil/demo-1.0.tar.gz", FILE.hashes)
    changed = File(FILE.filename, FILE.url, (Hash.of(b"y"),))
    assert cache.get(elsewhere) is None
    assert cache.get(changed) is None


def test_metadata_of_a_file_without_a_digest_are_not_kept(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    bare = File(FILE.filename, FILE.url)
    cache.put(bare, NEEDS, b"Name: demo")
    assert cache.get(bare) is None
    assert files(tmp_path) == []
