"""What a document needs on a target, whatever machine it is asked on."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.needs import (
    ConflictingAddressesError,
    added_needs,
    build_needs,
    doubts_about,
    needs_of,
)
from pysetup.platforms.target import read_target
from pysetup.platforms.variation import variations

DEBIAN = read_target("debian-12")
WINDOWS = read_target("windows")


@dataclass(frozen=True)
class Markers:
    """A target that is only its markers."""

    markers: dict[str, str] = field(default_factory=dict)


def document(*requires: str, **keys: Any) -> Metadata:
    return Metadata.from_dict(
        {"name": "Demo", "version": "1.0", "requires_dist": list(requires), **keys}
    )


def texts(
    *requires: str, target: Any = DEBIAN, extras: tuple[str, ...] = ()
) -> list[str]:
    found = needs_of(document(*requires), target, extras=extras)
    return [need.requirement for need in found]


@pytest.mark.parametrize(
    ("requires", "debian", "windows"),
    [
        pytest.param(["mdurl~=0.1"], ["mdurl~=0.1"], ["mdurl~=0.1"], id="no marker"),
        pytest.param(
            ['colorama; sys_platform == "win32"', 'uvloop; os_name != "nt"'],
            ["uvloop"],
            ["colorama"],
            id="systems",
        ),
        pytest.param(
            ['tomli; python_version < "3.11"', 'new; python_version >= "3.13"'],
            [],
            ["new"],
            id="Pythons",
        ),
        pytest.param(
            ['a; platform_machine == "x86_64"', 'b; platform_machine == "AMD64"'],
            ["a"],
            ["b"],
            id="machines",
        ),
    ],
)
def test_the_target_decides_the_markers(
    requires: list[str], debian: list[str], windows: list[str]
) -> None:
    assert texts(*requires, target=DEBIAN) == debian
    assert texts(*requires, target=WINDOWS) == windows


@pytest.mark.parametrize(
    ("requires", "extras", "needs"),
    [
        pytest.param(['a; extra == "x"', "b"], [], ["b"], id="an extra not chosen"),
        pytest.param(['a; extra == "x"', "b"], ["x"], ["a", "b"], id="an extra chosen"),
        pytest.param(
            ['a; extra == "Dev_Tools"'], ["dev.tools"], ["a"], id="other spellings"
        ),
        pytest.param(
            ['demo[a,b]; extra == "all"', 'x; extra == "a"', 'y; extra == "b"'],
            ["all"],
            ["x", "y"],
            id="an extra of extras",
        ),
        pytest.param(
            [
                'Demo[b]; extra == "a"',
                'DEMO[a]; extra == "b"',
                'x; extra == "a"',
                'y; extra == "b"',
            ],
            ["a"],
            ["x", "y"],
            id="extras in a circle",
        ),
        pytest.param(
            ['demo[b]; extra == "a" and os_name == "nt"', 'y; extra == "b"'],
            ["a"],
            [],
            id="an own extra elsewhere",
        ),
        pytest.param(['demo==1.0; extra == "a"'], ["a"], [], id="itself"),
        pytest.param(["b[x,Y_z]>=1"], [], ["b[x,y-z]>=1"], id="extras of others"),
        pytest.param(
            ["Flask>=2", "flask[async]<4", 'FLASK!=3.0; python_version > "3"'],
            [],
            ["Flask[async]>=2,!=3.0,<4"],
            id="three of one project",
        ),
        pytest.param(
            ["a @ https://example.org/a-1.0-py3-none-any.whl", "a[x]"],
            [],
            ["a[x] @ https://example.org/a-1.0-py3-none-any.whl"],
            id="an address",
        ),
    ],
)
def test_requirements_become_one_need_for_each_project(
    requires: list[str], extras: list[str], needs: list[str]
) -> None:
    assert texts(*requires, extras=tuple(extras)) == needs


def test_a_need_says_where_it_comes_from_and_whether_it_can_be() -> None:
    (need,) = needs_of(document('a>2; os_name == "posix"', "a<1"), DEBIAN)
    assert need.sources == ('a>2; os_name == "posix"', "a<1")
    assert not need.is_possible
    (need,) = needs_of(document("a>=1"), DEBIAN)
    assert need.is_possible


def test_what_relations_do_not_keep_is_told() -> None:
    asked = ["a>2,<1", "b", "c!=1", "d @ https://me:pw@example.org/d.zip", "no !"]
    assert doubts_about(asked) == (
        "no version can satisfy a>2,<1",
        "d may come from elsewhere than https://***@example.org/d.zip",
    )


def test_two_addresses_of_one_project_are_refused() -> None:
    asked = document("a @ https://example.org/a.zip", "A @ https://example.org/b.zip")
    with pytest.raises(ConflictingAddressesError) as caught:
        needs_of(asked, DEBIAN)
    assert caught.value.facts["first"] == "https://example.org/a.zip"


@pytest.mark.parametrize(
    ("requires", "added"),
    [
        pytest.param(["a>=1", 'a>=1; extra == "x"'], [], id="the same again"),
        pytest.param(["a>=1", 'a>=0.5; extra == "x"'], [], id="less"),
        pytest.param(["a>=1", 'a>=2; extra == "x"'], ["a>=1,>=2"], id="more"),
        pytest.param(["a", 'a[b]; extra == "x"'], ["a[b]"], id="an extra of it"),
        pytest.param(["a[b]", 'a; extra == "x"'], [], id="without its extra"),
        pytest.param(["a", 'c; extra == "x"'], ["c"], id="another"),
        pytest.param(["a"], [], id="an empty extra"),
        pytest.param(
            ["a", 'demo[y]; extra == "x"', 'c; extra == "y"'], ["c"], id="by another"
        ),
    ],
)
def test_an_extra_adds_what_the_project_does_not_need_anyhow(
    requires: list[str], added: list[str]
) -> None:
    found = added_needs(document(*requires), DEBIAN, "x")
    assert [need.requirement for need in found] == added


def test_requirements_of_the_build_are_needs_too() -> None:
    asked = document(build={"requires": ["cython>=3", 'x; os_name == "nt"']})
    assert [need.requirement for need in build_needs(asked, DEBIAN)] == ["cython>=3"]
    assert build_needs(document(), DEBIAN) == ()


@pytest.mark.parametrize(
    ("requires", "axes"),
    [
        pytest.param(["a"], {}, id="nothing"),
        pytest.param(['a; python_version < "3.11"'], {"python": ("a",)}, id="Python"),
        pytest.param(['a; python_version >= "2.7"'], {}, id="every Python 3"),
        pytest.param(
            ['a; python_version < "3.8"'], {}, id="Pythons it does not run on"
        ),
        pytest.param(
            ['a>=1; python_version < "3.12"', 'a>=1; python_version >= "3.12"'],
            {},
            id="two halves",
        ),
        pytest.param(
            ['a>=1; python_version < "3.12"', 'a>=2; python_version >= "3.12"'],
            {"python": ("a>=1", "a>=2")},
            id="two versions",
        ),
        pytest.param(
            ['a; platform_machine != "arm64"', 'b; sys_platform != "win32"'],
            {"system": ("b",), "machine": ("a",)},
            id="machine and system",
        ),
        pytest.param(
            ['a; sys_platform == "win32" and platform_machine == "ARM64"'],
            {},
            id="a machine elsewhere",
        ),
        pytest.param(
            ['a; platform_python_implementation == "PyPy"'],
            {"implementation": ("a",)},
            id="PyPy",
        ),
        pytest.param(
            ['a; platform_release >= "5"'], {"kernel": ("a",)}, id="the kernel"
        ),
        pytest.param(
            ['a; extra == "x" and platform_machine == "x86_64"'], {}, id="an extra"
        ),
    ],
)
def test_on_what_needs_depend(
    requires: list[str], axes: dict[str, tuple[str, ...]]
) -> None:
    asked = document(*requires, requires_python=">=3.9")
    assert variations(asked, DEBIAN) == axes


def test_an_extra_may_depend_on_more() -> None:
    asked = document('a; extra == "x" and platform_machine == "x86_64"')
    assert variations(asked, DEBIAN, extras=("X",)) == {"machine": ("a",)}
    asked = document('demo[x]; extra == "all"', *asked.texts("requires_dist"))
    assert variations(asked, DEBIAN, extras=("all",)) == {"machine": ("a",)}


def test_the_markers_are_all_that_a_target_needs() -> None:
    target = Markers({**DEBIAN.markers, "sys_platform": "plan9"})
    assert texts('a; sys_platform == "plan9"', target=target) == ["a"]
