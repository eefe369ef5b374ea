"""Manual pages are packed in one way, whoever packed them before."""

import gzip
from pathlib import Path

import pytest

from pysetup.platforms.packed_pages import (
    gzipped,
    packed_content_of,
    with_packed_pages,
)
from pysetup.platforms.plan import MAN, MODULE, PackageFile

PAGE = b".TH DEMO 1\n" * 100
PATH = "usr/share/man/man1/demo.1"
PACKED = gzipped(PAGE)


@pytest.mark.parametrize(
    ("name", "role", "content", "expected"),
    [
        ("demo.1", MAN, PAGE, PACKED),
        ("demo.1.gz", MAN, PACKED, PACKED),
        ("demo.1.gz", MAN, gzip.compress(PAGE, 1, mtime=99), PACKED),
        ("demo.1.gz", MAN, b"no archive", b"no archive"),
        ("demo.1.gz", MAN, PACKED[:40], PACKED[:40]),
        ("demo.1.gz", MAN, PACKED + b"more", PACKED + b"more"),
        ("demo.1.bz2", MAN, b"BZh9", b"BZh9"),
        ("demo.py", MODULE, PAGE, PAGE),
    ],
)
def test_a_page_has_no_date_and_is_packed_well(
    name: str, role: str, content: bytes, expected: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    file = PackageFile(f"{PATH}{name.removeprefix('demo.1')}", role, source=name)
    (file,) = with_packed_pages([file])
    assert b"".join(packed_content_of(file, tmp_path).pieces()) == expected


def test_a_page_that_unpacks_to_a_great_deal_stays_as_it_is(tmp_path: Path) -> None:
    content = gzip.compress(bytes(1 << 25))
    (tmp_path / "demo.1.gz").write_bytes(content)
    file = PackageFile(f"{PATH}.gz", MAN, source="demo.1.gz")
    assert b"".join(packed_content_of(file, tmp_path).pieces()) == content
