"""Options that name projects for and against: the last word on each name counts."""

import pytest

from pysetup.cli.parser import make_parser

ONLY, NO = "--only-binary", "--no-binary"


@pytest.mark.parametrize(
    ("words", "only", "no"),
    [
        pytest.param([], None, None, id="nothing is said"),
        pytest.param([ONLY, "a,b", ONLY, "c"], ["a", "b", "c"], None, id="lists"),
        pytest.param([ONLY, "a", NO, "A"], [], ["A"], id="the last word counts"),
        pytest.param([ONLY, ":all:", NO, "a"], [":all:"], ["a"], id="all but one"),
        pytest.param([NO, "a", ONLY, ":all:"], [":all:"], [], id="all, after one"),
        pytest.param([NO, ":all:", ONLY, ":all:"], [":all:"], [], id="all, then all"),
        pytest.param([ONLY, "a", ONLY, ":none:"], [], None, id="none after all"),
        pytest.param([ONLY, "a,:none:,b"], ["b"], None, id="none in between"),
        pytest.param([ONLY, ":all:,:none:,b"], ["b"], None, id="all, none, one"),
        pytest.param([ONLY, ":none:"], [], None, id="whatever a file says"),
    ],
)
def test_the_last_word_on_each_name_counts(
    words: list[str], only: list[str] | None, no: list[str] | None
) -> None:
    found = make_parser("install").parse_args([*words, "x"])
    assert (found.only_binary, found.no_binary) == (only, no)


def test_releases_are_chosen_in_the_same_way() -> None:
    words = ["--all-releases", ":all:", "--only-final", "a,b", "x"]
    found = make_parser("install").parse_args(words)
    assert (found.all_releases, found.only_final) == ([":all:"], ["a", "b"])
