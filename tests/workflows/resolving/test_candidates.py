"""Which file of a version is taken, and why a version has none."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pysetup.index.model import File, make_page
from pysetup.standards.hashes import Hash
from pysetup.standards.versions import parse_version
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.file_rules import FileRules

GOOD, BAD = Hash.of(b"good"), Hash.of(b"bad")
ANY, LINUX = "a-1-py3-none-any.whl", "a-1-cp311-cp311-manylinux_2_17_x86_64.whl"
WIN, SDIST = "a-1-cp311-cp311-win_amd64.whl", "a-1.tar.gz"

Offer = Callable[..., str]


@pytest.fixture
def offer(environment: Any) -> Offer:
    """Return the file that is offered for version 1, or the kind of the rejection."""

    def choose(*files: File | str, **rules: Any) -> str:
        listed = [
            File(it, f"https://f.example/{it}") if isinstance(it, str) else it
            for it in files
        ]
        page = make_page("a", listed, url="https://i.example/a/")
        selector = Selector(environment, FileRules(**rules))
        found = selector.offers(page)[parse_version("1")]
        if found.file is not None:
            return found.file.filename
        assert found.rejection is not None
        return found.rejection.kind

    return choose


def listed(filename: str, **more: Any) -> File:
    return File(filename, f"https://f.example/{filename}", **more)


CHOICES = [
    pytest.param([SDIST, ANY, LINUX], {}, LINUX, id="the wheel with the best tag"),
    pytest.param([SDIST, ANY, WIN], {}, ANY, id="a wheel rather than the sdist"),
    pytest.param([SDIST, WIN], {}, SDIST, id="the sdist when no wheel fits"),
    pytest.param([WIN], {}, "no-file", id="nothing for this platform"),
    pytest.param(
        ["a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl", ANY],
        {},
        "a-1-10-py3-none-any.whl",
        id="the highest build number",
    ),
    pytest.param(
        ["a-1-py2.py3-none-any.whl", WIN],
        {},
        "a-1-py2.py3-none-any.whl",
        id="one of many tags is enough",
    ),
    pytest.param(
        ["a-1-py3-none-any-cu12.whl", SDIST],
        {},
        SDIST,
        id="a variant is not taken unasked",
    ),
    pytest.param(
        [SDIST, ANY], {"no_binary": ("A",)}, SDIST, id="no wheel of this project"
    ),
    pytest.param([ANY], {"no_binary": (":all:",)}, "no-binary", id="no wheel at all"),
    pytest.param([SDIST], {"only_binary": ("b,a",)}, "only-binary", id="only wheels"),
    pytest.param(
        [SDIST],
        {"only_binary": (":all:", ":none:")},
        SDIST,
        id="what stands before :none: is taken back",
    ),
    pytest.param(
        [SDIST, ANY],
        {"only_binary": (":all:",), "no_binary": ("a",)},
        SDIST,
        id="a name is stronger than all",
    ),
    pytest.param(
        [listed(ANY, requires_python=">=3.12"), SDIST],
        {},
        SDIST,
        id="a file for other Pythons",
    ),
    pytest.param(
        [WIN, listed(SDIST, requires_python=">=3.12")],
        {},
        "requires-python",
        id="the reason that came nearest is told",
    ),
    pytest.param(
        [listed(ANY, requires_python="nonsense")],
        {},
        ANY,
        id="nonsense forbids nothing",
    ),
    pytest.param(
        [listed(LINUX, yanked="bad"), ANY], {}, ANY, id="a file that is not yanked"
    ),
    pytest.param(
        [listed(LINUX, yanked=""), WIN], {}, LINUX, id="a yanked one if need be"
    ),
    pytest.param(
        [listed(LINUX, hashes=(BAD,)), listed(ANY, hashes=(GOOD,))],
        {"hashes": {"a": [GOOD]}},
        ANY,
        id="the file whose hash is allowed",
    ),
    pytest.param(
        [listed(ANY, hashes=(BAD,))],
        {"hashes": {"a": [GOOD]}},
        "hash",
        id="no allowed hash",
    ),
    pytest.param(
        [ANY],
        {"hashes": {"a": [GOOD]}},
        ANY,
        id="a file without hash is looked at later",
    ),
    pytest.param(
        [listed(ANY, hashes=(BAD,))],
        {"hashes": {"a": [Hash.of(b"good", "sha512")]}},
        ANY,
        id="and one with another kind of hash",
    ),
]


@pytest.mark.parametrize(("files", "rules", "expected"), CHOICES)
def test_the_choice_is(
    offer: Offer, files: list[File | str], rules: dict[str, Any], expected: str
) -> None:
    assert offer(*files, **rules) == expected
    assert offer(*reversed(files), **rules) == expected


@pytest.mark.parametrize(
    ("uploaded", "expected"),
    [
        pytest.param("2026-01-01T00:00:00Z", ANY, id="before"),
        pytest.param("2026-01-02T00:00:00Z", ANY, id="at that moment"),
        pytest.param("2026-01-02T01:00:00+02:00", ANY, id="before, elsewhere"),
        pytest.param("2026-01-02T00:00:00.1Z", "too-new", id="after"),
        pytest.param("2026-01-03", "too-new", id="after, without a zone"),
        pytest.param("", "too-new", id="nobody knows when"),
        pytest.param("yesterday", "too-new", id="nonsense"),
    ],
)
def test_files_newer_than_a_date_do_not_exist(
    offer: Offer, uploaded: str, expected: str
) -> None:
    latest = datetime(2026, 1, 2, tzinfo=UTC)
    assert offer(listed(ANY, upload_time=uploaded), exclude_newer=latest) == expected
