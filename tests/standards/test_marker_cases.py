"""Spellings of one marker, and markers that only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.marker_cases import marker_cases
from pysetup.standards.requirements import marker_holds, parse_marker

SAME = {
    "parentheses around one": (
        "(sys_platform == 'win32') and extra == 'x'",
        'sys_platform == "win32" and extra == "x"',
    ),
    "parentheses in parentheses": (
        "((os_name == 'a' or os_name == 'b')) and extra == 'x'",
        "(os_name == 'a' or os_name == 'b') and extra == 'x'",
    ),
    "another order": (
        "extra == 'x' and sys_platform == 'win32'",
        "sys_platform == 'win32' and extra == 'x'",
    ),
    "turned inside out, as uv does": (
        (
            "(python_full_version < '3.9' and extra == 'x') "
            "or (sys_platform == 'linux' and extra == 'x')"
        ),
        "(sys_platform == 'linux' or python_version < '3.9') and extra == 'x'",
    ),
    "the full version": ("python_version >= '3.9'", "python_full_version >= '3.9'"),
    "after a release": ("python_version > '3.9'", "python_full_version >= '3.10'"),
    "until a release": ("python_version <= '3.9'", "python_full_version < '3.10'"),
    "one release": ("python_version == '3.9'", "python_full_version == '3.9.*'"),
    "not one release": ("python_version != '3.9'", "python_full_version != '3.9.*'"),
    "sides that changed places": ("'win32' == sys_platform", "sys_platform == 'win32'"),
    "an extra in other letters": ("extra == 'A_b'", "extra == 'a-b'"),
    "twice the same": ("os_name == 'a' or os_name == 'a'", "os_name == 'a'"),
    "a case in another": (
        "os_name == 'a' or (os_name == 'a' and extra == 'x')",
        "os_name == 'a'",
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_spellings_of_one_marker(one: str, other: str) -> None:
    assert marker_cases(one) == marker_cases(other)


DIFFERENT = {
    "another value": ("os_name == 'a'", "os_name == 'b'"),
    "another operator": ("python_version >= '3.9'", "python_version > '3.9'"),
    "a side that has an order": (
        "'3.9' <= python_version",
        "python_version <= '3.9'",
    ),
    "in, and what it is in": ("'a' in os_name", "os_name in 'a'"),
    "and is not or": (
        "os_name == 'a' and extra == 'x'",
        "os_name == 'a' or extra == 'x'",
    ),
    "parentheses that say something": (
        "(os_name == 'a' or os_name == 'b') and extra == 'x'",
        "os_name == 'a' or (os_name == 'b' and extra == 'x')",
    ),
    "a major release": ("python_version > '3'", "python_full_version >= '4'"),
    "a compatible release": ("python_version ~= '3.9'", "python_full_version ~= '3.9'"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_markers_that_only_look_alike(one: str, other: str) -> None:
    assert marker_cases(one) != marker_cases(other)


def test_a_riddle_is_left_alone() -> None:
    pairs = (f"(os_name == 'a{n}' or os_name == 'b{n}')" for n in range(9))
    riddle = " and ".join(pairs)
    assert marker_cases(riddle) == riddle


CONDITIONS = st.sampled_from(
    [
        *(
            f"python_version {sign} '3.{n}'"
            for sign in ("<", ">=", "==")
            for n in (8, 9)
        ),
        "python_version > '3.8'",
        "python_version <= '3.9'",
        "python_version != '3.9'",
        "sys_platform == 'linux'",
        "'win32' != sys_platform",
        "extra == 'A_b'",
    ]
)
MARKERS = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        "({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner
    ),
    max_leaves=6,
)


@pytest.mark.law
@given(marker=MARKERS, minor=st.integers(7, 11), system=st.sampled_from(["linux", "x"]))
def test_the_cases_hold_where_the_marker_does(
    marker: str, minor: int, system: str
) -> None:
    environment = {
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.2",
        "sys_platform": system,
    }
    cases = marker_cases(marker)
    for extras in (frozenset[str](), frozenset({"a-b"})):
        before = marker_holds(parse_marker(marker), environment, extras=extras)
        after = marker_holds(parse_marker(cases), environment, extras=extras)
        assert before == after
    assert marker_cases(cases) == cases
