"""Requirements and markers: read, refused, evaluated for a target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.requirements import (
    InvalidRequirementError,
    marker_holds,
    parse_marker,
    parse_requirement,
)

TARGET = {"os_name": "posix", "python_version": "3.12", "sys_platform": "linux"}


def test_a_requirement_is_read() -> None:
    requirement = parse_requirement("Name[b,a]>=1,<2; os_name == 'x'")
    assert requirement.name == "Name"
    assert requirement.extras == {"a", "b"}
    assert str(requirement.specifier) == "<2,>=1"
    assert parse_requirement("a @ https://h/a.whl").url == "https://h/a.whl"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "a b",
        "a>>1",
        "a>=1.x",
        "a[",
        "a; ",
        "a; x == 'y'",
        "a @ ",
        "a" * 5000,
        "a; " + "(" * 100 + "os_name == 'x'" + ")" * 100,
        "a; " + "(" * 5000,
    ],
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequirementError) as caught:
        parse_requirement(text)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["", "os_name", "os_name == ", "x == 'y'", "(" * 5000])
def test_what_is_no_marker_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequirementError):
        parse_marker(text)


@pytest.mark.parametrize(
    ("text", "extras", "holds"),
    [
        ("os_name == 'posix'", (), True),
        ("os_name == 'nt'", (), False),
        ("python_version >= '3.9'", (), True),
        ("extra == 'a'", (), False),
        ("extra == 'a'", ("a", "b"), True),
        ("extra == 'A_b'", ("a-b",), True),
        ("extra == 'a' and os_name == 'nt'", ("a",), False),
        ("os_name == 'posix'", ("a",), True),
    ],
)
def test_markers_are_evaluated_for_the_target(
    text: str,
    extras: tuple[str, ...],
    holds: bool,  # noqa: FBT001 - a table
) -> None:
    marker = parse_marker(text)
    assert marker_holds(marker, TARGET, extras=frozenset(extras)) is holds


def test_no_marker_always_holds() -> None:
    assert marker_holds(None, {})


@pytest.mark.parametrize(
    "text", ["os_name ~= 'x'", "'a' in extras", "'a' in dependency_groups"]
)
def test_a_comparison_without_meaning_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequirementError):
        marker_holds(parse_marker(text), TARGET)


@pytest.mark.law
@given(
    text=st.text("ab[],<>=!~1.; ()'\"@:/", max_size=20)
    | st.lists(
        st.sampled_from(["os_name", "==", "'x'", "and", "(", ")", "in", "not"]),
        max_size=8,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_requirement, parse_marker):
        try:
            parse(text)
        except InvalidRequirementError:
            continue
