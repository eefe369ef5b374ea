"""Groups, overrides and only dependencies, as words of a command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.standards.versions import parse_version
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.groups import GroupFileError, read_group
from pysetup.workflows.resolving.only_deps import without_named
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.resolving.resolve import Pin

GROUP = '[dependency-groups]\ntest = [\n  "one>=1",\n  "two",\n]\n'


@pytest.fixture
def inside(tmp_path: Path, make_context: Callable[..., Context], index: Any) -> Context:
    (tmp_path / "pyproject.toml").write_text(GROUP)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pyproject.toml").write_text(GROUP.replace("one", "three"))
    (tmp_path / "sub" / "other.toml").write_text(GROUP)
    return make_context(index)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("test", [("one>=1", "pyproject.toml:3"), ("two", "pyproject.toml:4")]),
        (
            "sub/pyproject.toml:test",
            [("three>=1", "sub/pyproject.toml:3"), ("two", "sub/pyproject.toml:4")],
        ),
        (
            "sub:Test",
            [("three>=1", "sub/pyproject.toml:3"), ("two", "sub/pyproject.toml:4")],
        ),
    ],
)
def test_a_group_is_named_as_pip_does(
    inside: Context, word: str, expected: list[tuple[str, str]]
) -> None:
    found = [(str(each), place) for each, place in read_group(word, inside)]
    assert found == expected
    asked = read_wanted((), context=inside, groups=[word]).asked
    assert [(str(one.requirement), one.source) for one in asked] == expected


@pytest.mark.parametrize("word", ["sub/other.toml:test", "nowhere:test", "sub:", ""])
def test_a_file_without_the_group_is_told(inside: Context, word: str) -> None:
    with pytest.raises(GroupFileError):
        read_group(word, inside)


def test_overrides_say_where_they_stand(inside: Context, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("# why\none==2\n")
    wanted = read_wanted(["two"], context=inside, override_files=["more.txt"])
    assert list(map(str, wanted.overrides)) == ["one==2"]
    assert wanted.places == {"one==2": f"{tmp_path}/more.txt:2"}


@pytest.mark.parametrize("line", ["-e ./sub", "https://x.example/a-1.tar.gz", "./sub"])
def test_an_override_must_name_a_project(
    inside: Context, tmp_path: Path, line: str
) -> None:
    (tmp_path / "more.txt").write_text(line)
    with pytest.raises(PysetupError):
        read_wanted(["two"], context=inside, override_files=["more.txt"])


def pins(document: Callable[..., Any], needs: dict[str, str], *named: str) -> list[Pin]:
    return [
        Pin(
            name=name,
            version=parse_version("1"),
            metadata=document(name, "1"),
            requested=name in named,
            required_by=tuple(sorted(by for by in needs if name in needs[by].split())),
        )
        for name in sorted(
            {*needs, *(n for each in needs.values() for n in each.split())}
        )
    ]


@pytest.mark.parametrize(
    ("needs", "named", "kept"),
    [
        pytest.param({"a": "b", "b": "c"}, "a", {"b": True, "c": False}, id="a chain"),
        pytest.param({"a": "b", "b": "a"}, "a", {"b": True}, id="a circle"),
        pytest.param(
            {"a": "b", "b": "c", "c": "d"},
            "a c",
            {"b": True, "c": True, "d": False},
            id="one that another named one needs",
        ),
        pytest.param({"a": ""}, "a", {}, id="nothing is needed"),
    ],
)
def test_only_what_is_needed_stays(
    document: Callable[..., Any],
    needs: dict[str, str],
    named: str,
    kept: dict[str, bool],
) -> None:
    left = without_named(pins(document, needs, *named.split()))
    assert {pin.name: pin.requested for pin in left} == kept
