"""Which of the versions there are a specifier chooses: the classes of cases of PEP 440.

Resolvers disagree about little of this; where they do, the specification counts: a
pre-release is taken when the specifier names one, or when nothing else is left.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.versions import parse_specifiers, parse_version


def chosen(specifiers: str, *there: str) -> str | None:
    """Return the highest version that ``specifiers`` lets pass, None if none does."""
    versions = map(parse_version, there)
    found = max(parse_specifiers(specifiers).filter(versions), default=None)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("specifiers", "there", "expected"),
    [
        # Pre-releases.
        pytest.param("", "1.0 2.0rc1", "1.0", id="a final one before a newer rc"),
        pytest.param("", "2.0a1", "2.0a1", id="the only one is a pre-release"),
        pytest.param("", "2.0a1 2.0b1 2.0rc1", "2.0rc1", id="kinds: a, b, rc"),
        pytest.param("", "2.0a9 2.0a10", "2.0a10", id="numbers are no texts"),
        pytest.param(">1.0", "1.0 2.0a1", "2.0a1", id="nothing final in the range"),
        pytest.param(">=1.0a1", "0.9 1.0a1 1.0a2", "1.0a2", id="the range names one"),
        pytest.param(">=1.0a1", "1.0 1.1 2.0a1", "2.0a1", id="then any is welcome"),
        pytest.param(">=1.0a1", "1.0 1.1", "1.1", id="and a final one is no worse"),
        pytest.param("==2.0rc1", "1.0 2.0rc1 2.0", "2.0rc1", id="exactly this one"),
        pytest.param("!=2.0rc1", "1.0 2.0rc1", "1.0", id="excluding one invites none"),
        pytest.param("<2.0", "1.0 2.0a1", "1.0", id="below a version is below its a1"),
        pytest.param("<2.0", "2.0a1", None, id="even if nothing else is there"),
        pytest.param("<2.0rc1", "1.0 2.0b1", "2.0b1", id="unless the bound is one"),
        pytest.param("<=2.0", "2.0a1", "2.0a1", id="up to a version has its a1"),
        pytest.param(">1.0", "1.0rc1 1.0", None, id="above a version is no rc of it"),
        pytest.param("~=1.0rc1", "1.0rc2 2.0", "1.0rc2", id="compatible with an rc"),
        # Development releases.
        pytest.param("", "1.0.dev1", "1.0.dev1", id="the only one is in development"),
        pytest.param("", "1.0 1.1.dev1", "1.0", id="a final one before a newer dev"),
        pytest.param(">=1.0.dev0", "1.0.dev1 1.0a1", "1.0a1", id="dev is before a"),
        pytest.param(">=1.0", "1.0.dev1", None, id="dev is before the release"),
        # Post-releases.
        pytest.param("", "1.0 1.0.post1", "1.0.post1", id="a post-release is newer"),
        pytest.param("==1.0", "1.0.post1", None, id="equal is not its post-release"),
        pytest.param("==1.0.*", "1.0.post1", "1.0.post1", id="the wildcard has it"),
        pytest.param(">=1.0", "1.0.post1", "1.0.post1", id="at least has it"),
        pytest.param(">1.0", "1.0.post1", None, id="above is not its post-release"),
        pytest.param(
            ">1.0.post1", "1.0.post1 1.0.post2", "1.0.post2", id="posts count"
        ),
        pytest.param(">1.0.post1", "1.0 1.0.post0", None, id="older posts do not"),
        pytest.param("<=1.0", "1.0.post1", None, id="at most is not its post-release"),
        pytest.param("<1.0", "1.0.post1", None, id="below neither"),
        pytest.param("==1.0.post0", "1.0 1.0.post1", None, id="exactly this post"),
        pytest.param(
            "==1.0.post", "1.0.post0", "1.0.post0", id="a post without number"
        ),
        pytest.param("~=1.0.post1", "1.0 1.0.post2", "1.0.post2", id="from a post on"),
        # Local versions.
        pytest.param("==1.0", "1.0+a", "1.0+a", id="equal ignores what is local"),
        pytest.param("==1.0", "1.0 1.0+a", "1.0+a", id="local is newer than plain"),
        pytest.param("==1.0+a", "1.0 1.0+b", None, id="unless it is asked for"),
        pytest.param("==1.0+a", "1.0+a 1.0+b", "1.0+a", id="then exactly that"),
        pytest.param("!=1.0", "1.0+a", None, id="unequal ignores it too"),
        pytest.param("!=1.0+a", "1.0+a 1.0+b", "1.0+b", id="excluding one local one"),
        pytest.param(">=1.0", "1.0+a 1.0+b", "1.0+b", id="at least has them"),
        pytest.param("<=1.0", "1.0+a", "1.0+a", id="at most has them"),
        pytest.param(">1.0", "1.0+a", None, id="above has none of its own"),
        pytest.param("<1.0", "1.0+a", None, id="below has none of its own"),
        pytest.param(">1.0.post1", "1.0.post1+a", None, id="nor above a post"),
        pytest.param("", "1.0+1 1.0+a 1.0+10", "1.0+10", id="numbers after letters"),
        pytest.param("~=1.0", "1.0+a", "1.0+a", id="compatible has them"),
        # Wildcards and compatible releases.
        pytest.param("==1.*", "1.9 1.10 2.0", "1.10", id="a series"),
        pytest.param("==1.*", "1!1.5", None, id="of its own epoch"),
        pytest.param("!=1.*", "1.9 2.0", "2.0", id="without a series"),
        pytest.param("==1.0.*", "1", "1", id="zeros are there unwritten"),
        pytest.param("~=1.4", "1.3 1.9 2.0", "1.9", id="compatible by two numbers"),
        pytest.param("~=1.4.2", "1.4.9 1.5", "1.4.9", id="compatible by three"),
        pytest.param("~=1.4", "1.4rc1", None, id="not before it"),
        pytest.param("~=1!1.4", "1.9 1!1.5 2!1.5", "1!1.5", id="in its epoch"),
        # Epochs.
        pytest.param("", "2024.1 1!1.0", "1!1.0", id="an epoch outweighs a year"),
        pytest.param("<2025", "2024.1 1!1.0", "2024.1", id="and is above any year"),
        pytest.param("==1.0", "1!1.0", None, id="equal in the same epoch alone"),
        # Exclusions and ranges.
        pytest.param("!=1.0", "1.0", None, id="the only one is excluded"),
        pytest.param(">=1,<3,!=2", "1 2 3", "1", id="a range with a hole"),
        pytest.param(">2,<1", "1 2", None, id="an empty range"),
        pytest.param("==1.0,==1.0.0", "1.0", "1.0", id="two ways to say the same"),
        pytest.param("==1", "1.0.0", "1.0.0", id="zeros at the end do not count"),
        # Arbitrary equality.
        pytest.param("===1.0", "1.0", "1.0", id="the same text"),
        pytest.param("===1.0", "1.0.0", None, id="no other spelling"),
        pytest.param("===1.0", "1.0+a", None, id="nothing local"),
        pytest.param("===1.0.POST1", "1.0.post1", "1.0.post1", id="but any case"),
        pytest.param("===not-a-version", "1.0", None, id="what is no version at all"),
    ],
)
def test_the_choice(specifiers: str, there: str, expected: str | None) -> None:
    assert chosen(specifiers, *there.split()) == expected
    backwards = there.split()[::-1]
    assert chosen(specifiers, *backwards) == expected, "the order says nothing"


_VERSIONS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "1!"]),
    st.sampled_from(["1", "1.0", "1.1", "2.0", "10.0"]),
    st.sampled_from(["", "a1", "b2", "rc1"]),
    st.sampled_from(["", ".post0", ".post1"]),
    st.sampled_from(["", ".dev1", "+local"]),
)
_OPERATORS = st.sampled_from(["==", "!=", ">=", "<=", ">", "<"])


@pytest.mark.law
@given(
    operator=_OPERATORS,
    bound=_VERSIONS.filter(lambda text: "+" not in text),
    version=_VERSIONS,
)
def test_equal_and_unequal_at_least_and_below_divide_all_versions(
    operator: str, bound: str, version: str
) -> None:
    """Of two opposites one holds; ``<`` and ``>`` may leave out what is near."""
    found = parse_version(version)

    def holds(sign: str) -> bool:
        return parse_specifiers(f"{sign}{bound}").contains(found, prereleases=True)

    opposite = {"==": "!=", "!=": "==", ">=": "<", "<=": ">", ">": "<=", "<": ">="}
    if operator in ("==", "!="):
        assert holds(operator) != holds(opposite[operator])
    else:
        assert not (holds(operator) and holds(opposite[operator]))
