"""Markers of locks once extras and groups are chosen."""

import itertools

import pytest

from pysetup.standards.lock_markers import remaining_marker
from pysetup.standards.requirements import (
    lock_marker_holds,
    marker_holds,
    parse_marker,
)

LINUX = 'sys_platform == "linux"'


@pytest.mark.parametrize(
    ("marker", "left"),
    [
        pytest.param("", "", id="no marker"),
        pytest.param("'a' in extras", "", id="a chosen extra"),
        pytest.param("'A_' in extras", None, id="another extra"),
        pytest.param("'b' in extras", None, id="an extra that is not chosen"),
        pytest.param("'b' not in extras", "", id="not chosen, as it should be"),
        pytest.param("'g' in dependency_groups", "", id="a chosen group"),
        pytest.param(LINUX, LINUX, id="nothing to choose"),
        pytest.param(f"'a' in extras and {LINUX}", LINUX, id="an extra on a platform"),
        pytest.param(f"'b' in extras and {LINUX}", None, id="another one there"),
        pytest.param(f"'b' in extras or {LINUX}", LINUX, id="an extra, or a platform"),
        pytest.param(f"'a' in extras or {LINUX}", "", id="the platform adds nothing"),
        pytest.param(
            f"('b' in extras or os_name == 'x') and {LINUX}",
            f'os_name == "x" and {LINUX}',
            id="parentheses that are not needed any more",
        ),
        pytest.param(
            f"('a' in extras or 'b' in extras) and (os_name == 'x' or {LINUX})",
            f'os_name == "x" or {LINUX}',
            id="one alternative is left",
        ),
        pytest.param(
            f"'a' in extras and (os_name == 'x' or {LINUX}) and python_version < '4'",
            f'(os_name == "x" or {LINUX}) and python_version < "4"',
            id="parentheses that are needed",
        ),
    ],
)
def test_what_remains(marker: str, left: str | None) -> None:
    assert remaining_marker(marker, extras=["a"], groups=["g"]) == left


CLAUSES = (
    "'a' in extras",
    "'b' not in extras",
    "'g' in dependency_groups",
    "sys_platform == 'linux'",
    "os_name == 'nt'",
)
HERE = {"sys_platform": "linux", "os_name": "posix", "python_version": "3.12"}


def test_what_remains_holds_where_the_whole_did() -> None:
    for one, two, three in itertools.product(CLAUSES, repeat=3):
        for text in (
            f"{one} and {two} or {three}",
            f"({one} or {two}) and {three}",
            f"{one} or {two} and {three}",
        ):
            for extras, groups in itertools.product(({"a"}, {"b"}, set()), ({"g"}, ())):
                left = remaining_marker(text, extras=extras, groups=groups)
                whole = lock_marker_holds(
                    parse_marker(text),
                    HERE,
                    extras=frozenset(extras),
                    groups=frozenset(groups),
                )
                if left is None:
                    assert not whole
                else:
                    marker = parse_marker(left) if left else None
                    assert marker_holds(marker, HERE) is whole
