"""The quick way to read a page says what the other way says, or nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.index.model import releases_of
from pysetup.index.page_columns import read_columns
from pysetup.index.quick_json import quick_releases
from pysetup.index.releases import PageReleases
from pysetup.index.simple_json import parse_page

URL = "https://user:secret@index.example/simple/demo/"
SHA = "ab" * 32


def page(*files: Any, **more: Any) -> bytes:
    whole = {"meta": {"api-version": "1.4"}, "name": "Demo", "files": list(files)}
    return json.dumps({**whole, **more}).encode()


def entry(filename: str, **more: Any) -> dict[str, Any]:
    usual = {"filename": filename, "url": f"https://f.example/ab/{filename}"}
    return {**usual, "hashes": {"sha256": SHA}, **more}


def facts(releases: PageReleases) -> list[object]:
    """Return all that a page holds; how it is packed is its own affair."""
    head, _ = releases.packed()
    return [*head[:-1], *(releases.rows(number) for number in range(len(releases)))]


def both(content: bytes) -> tuple[object, object]:
    """Return what the quick and the long way say, or how they refuse."""
    quick: object
    long: object
    try:
        found = quick_releases(content, url=URL, name="demo")
        quick = None if found is None else facts(found)
    except PysetupError as error:
        quick = (type(error), str(error))
    try:
        long = facts(releases_of(parse_page(content, url=URL, name="demo")))
    except PysetupError as error:
        long = (type(error), str(error))
    return quick, long


USUAL = [
    pytest.param([entry("demo-1.0-py3-none-any.whl")], id="a wheel"),
    pytest.param([entry("demo-1.0.tar.gz", url="demo-1.0.tar.gz")], id="beside it"),
    pytest.param(
        [entry("demo-1.0-py3-none-any.whl", url="../../f/demo-1.0-py3-none-any.whl")],
        id="a relative link",
    ),
    pytest.param(
        [entry(f"demo-{n}-py3-none-any.whl") for n in ("1.0", "1", "1.0.0", "1.10")],
        id="versions that are equal",
    ),
    pytest.param(
        [
            entry("demo-2.0rc1-cp311-cp311-linux_x86_64.whl", size=3),
            entry("demo-2.0rc1-7-py2.py3-none-any.whl"),
            entry("demo-2.0rc1-py3-none-any-fast.whl"),
            entry("demo-2.0rc1.tar.gz", **{"requires-python": ">=3.9"}),
            entry("demo-0.1.zip", yanked="broken", provenance="https://h/p"),
            entry("demo-0.2.tar.gz", yanked=True, **{"core-metadata": True}),
            entry("demo-0.3.tar.gz", hashes={"md5": "00"}),
            entry("demo-0.4.tar.gz", hashes={"sha256": SHA.upper()}),
            entry("demo-0.5.tar.gz", **{"dist-info-metadata": {"sha256": SHA}}),
            entry("demo-0.6.tar.gz", **{"core-metadata": {"sha256": SHA}}),
            entry("demo-0.7.egg"),
            entry("other-0.8.tar.gz"),
            entry("demo-nothing.tar.gz"),
            entry("demo-1.0-py3-none.whl"),
            entry("demo-1.0-p/3-none-any.whl"),
            entry("demo__x-1.0-py3-none-any.whl"),
            entry("demo-0.9.tar.gz", url="ftp://h/demo-0.9.tar.gz"),
            entry("demo-0.10.tar.gz", url="javascript:demo-0.10.tar.gz"),
            entry("demo-0.11.tar.gz", url="https://u:p@h/demo-0.11.tar.gz#sha256=0"),
            entry("demo-0.12.tar.gz", url="https://u:p@h/demo-0.12.tar.gz"),
            entry("demo-0.13.tar.gz", **{"upload-time": "2026-01-02T03:04:05Z"}),
        ],
        id="all kinds of files",
    ),
]


@pytest.mark.parametrize("files", USUAL)
def test_usual_files_are_read_the_quick_way(files: list[dict[str, Any]]) -> None:
    quick, long = both(page(*files, versions=["1.0", 3]))
    assert quick == long
    assert quick == both(page(*files, versions=["1.0", 3], extra={}))[0]


def full_entry(filename: str, folder: str, **more: Any) -> dict[str, Any]:
    """Return a file with all the keys that the largest index writes."""
    return {
        "core-metadata": {"sha256": SHA},
        "data-dist-info-metadata": {"sha256": SHA},
        "filename": filename,
        "hashes": {"sha256": SHA},
        "provenance": None,
        "requires-python": ">=3.9",
        "size": 12,
        "upload-time": "2026-01-02T03:04:05.000000Z",
        "url": f"https://files.example/packages/{folder}/{filename}",
        "yanked": False,
        **more,
    }


FULL = [
    full_entry("demo-1.10.0.tar.gz", "aa", **{"core-metadata": False}),
    full_entry("demo-1.9-py3-none-any.whl", "ab", yanked="broken"),
    full_entry("demo-1.9.0-cp311-cp311-linux_x86_64.whl", "ac", yanked=True),
    full_entry("Demo-1.2rc1.tar.gz", "ad", **{"requires-python": None, "size": None}),
    full_entry("demo-1.9.0.tar.gz", "ae", provenance="https://index.example/a/b"),
    full_entry("demo-0.1.tar.gz", "af", provenance="../x", **{"upload-time": None}),
]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(FULL, id="several files a release"),
        pytest.param(FULL[::-1], id="the other way round"),
        pytest.param(FULL[:1] + FULL[3:4] + FULL[5:], id="one file a release"),
        pytest.param(
            [entry("demo-2.tar.gz", url="../f/demo-2.tar.gz")], id="a relative link"
        ),
    ],
)
def test_pages_of_usual_files_are_read_as_columns(files: list[dict[str, Any]]) -> None:
    found = read_columns(
        files,
        project="demo",
        base="https://index.example/simple/demo/",
        is_ours=lambda name: name.lower() == "demo",
        are_tags=lambda _: True,
        notes=(),
        listed=(),
    )
    quick, long = both(page(*files))
    assert found is not None
    assert facts(found) == quick == long


ODD = [
    pytest.param(page(name="other"), id="another project"),
    pytest.param(page(files=3), id="no list of files"),
    pytest.param(page(1), id="a file that is a number"),
    pytest.param(page(entry("demo-1.0.tar.gz", size=-1)), id="a negative size"),
    pytest.param(page(entry("demo-1.0.tar.gz", size=True)), id="a size that is true"),
    pytest.param(page(entry("demo-1.0.tar.gz", yanked=3)), id="yanked by a number"),
    pytest.param(
        page(entry("demo-1.0.tar.gz", hashes={"sha256": "ab"})), id="half a digest"
    ),
    pytest.param(
        page(entry("demo-1.0.tar.gz", **{"requires-python": "x" * 5000})),
        id="an endless text",
    ),
    pytest.param(
        page(
            entry("demo-1.0.tar.gz"),
            entry("demo-1.0.tar.gz", hashes={"sha256": "0" * 64}),
        ),
        id="two digests for one file",
    ),
    pytest.param(page(entry("demo-1.0-py3-none-any.whlx")), id="a later format"),
    pytest.param(
        page(entry("demo-1.0.tar.gz"), **{"project-status": {"status": "quarantined"}}),
        id="a project in quarantine",
    ),
    pytest.param(page(meta={"api-version": "2.0"}), id="another API"),
    pytest.param(b"[]", id="a list"),
]


@pytest.mark.parametrize("content", ODD)
def test_odd_pages_are_left_to_the_long_way(content: bytes) -> None:
    quick, long = both(content)
    assert quick in (None, long)


names = st.sampled_from(["demo", "Demo", "d.emo", "de_mo", "DEMO", "other", "demo-x"])
tails = st.sampled_from(
    (
        *(".tar.gz", ".zip", ".whlx", "..whl", "-py3-none-.whl"),
        *("-py3-none-any.whl", "-1-py3-none-any.whl", "-cp311-abi3-linux_x86_64.whl"),
    )
)
numbers = st.from_regex(r"[0-9]!?[0-9.]{0,3}(rc1|a|\.post1|\+l)?", fullmatch=True)
odd: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", 3, -1, True, False, [], {}, {"sha256": SHA}]
)
entries = st.builds(
    lambda name, number, tail, folder, more: {
        **entry(filename := f"{name}-{number}{tail}"),
        "url": folder + filename,
        **more,
    },
    names,
    numbers,
    tails,
    st.sampled_from(["", "../", "https://h/", "//h/a/", "https://h/?", "http://h:x/"]),
    st.dictionaries(
        st.sampled_from(
            (
                *("url", "hashes", "size", "yanked", "core-metadata", "upload-time"),
                *("requires-python", "dist-info-metadata", "provenance", "filename"),
            )
        ),
        odd,
        max_size=1,
    ),
)


@pytest.mark.law
@given(st.lists(entries, max_size=4))
def test_the_quick_way_says_what_the_long_way_says(files: list[dict[str, Any]]) -> None:
    quick, long = both(page(*files))
    assert quick in (None, long)
