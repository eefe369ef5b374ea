"""Values as real back ends spell them, and what is no spelling."""

import pytest

from pysetup.metadata.meaning import people_of, same_meaning

X = (
    'Foo_Bar[A_b,c]>=1,<2; (sys_platform=="linux" or python_version<"3.9") '
    'and extra=="x"'
)
REQUIREMENTS = {
    "hatchling": (
        "foo-bar[a-b,c]<2,>=1; (sys_platform == 'linux' or python_version < '3.9') "
        "and extra == 'x'"
    ),
    "uv_build": (
        "foo-bar[a-b,c]>=1,<2 ; (python_full_version < '3.9' and extra == 'x') "
        "or (sys_platform == 'linux' and extra == 'x')"
    ),
    "poetry-core": (
        'Foo_Bar[a-b,c] (>=1,<2) ; (sys_platform == "linux" or python_version < "3.9")'
        ' and (extra == "x")'
    ),
    "flit_core": (
        'Foo_Bar[A_b, c]>=1,<2 ; extra == "x" and '
        '( sys_platform=="linux" or python_version < "3.9")'
    ),
}


@pytest.mark.parametrize("written", REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_a_requirement_in_the_words_of_a_back_end(written: str) -> None:
    assert same_meaning("requires_dist", [X], [written])
    for before, after in (("c]", "d]"), ("x", "y"), ("3.9", "3.10"), ("1", "2")):
        changed = written.replace(before, after)
        assert not same_meaning("requires_dist", [X], [changed]), changed


PEOPLE = {
    "uv_build repeats names": (
        ("C D", "A B <a@b.org>, e@f.org"),
        ("A B, C D", "A B <a@b.org>, e@f.org"),
        True,
    ),
    "poetry splits one": (("", "A B <a@b.org>"), ("A B", "a@b.org"), True),
    "someone is lost": (("C D", "A B <a@b.org>"), ("A B", "a@b.org"), False),
    "someone came": (("", "A B <a@b.org>"), ("C D", "A B <a@b.org>"), False),
    "another address": (("", "A B <a@b.org>"), ("A B", "b@b.org"), False),
    "two without a name are two": (("A B", "a@b.org, c@d.org"), ("", ""), False),
    "nobody": ((None, None), ("", ""), True),
}


@pytest.mark.parametrize(("one", "other", "same"), PEOPLE.values(), ids=PEOPLE.keys())
def test_who_is_meant(
    one: tuple[str | None, str | None], other: tuple[str, str], *, same: bool
) -> None:
    assert (people_of(*one) == people_of(*other)) is same
