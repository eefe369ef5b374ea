"""Relations: what rpm takes, and what it would stumble over."""

import pytest

from pysetup.platforms.rpm.relation import InvalidRelationError, Relation


@pytest.mark.parametrize(
    ("text", "name", "version", "flags"),
    [
        pytest.param("bash", "bash", "", 0, id="a name"),
        pytest.param("bash >= 5", "bash", "5", 12, id="a version at least"),
        pytest.param("bash < 1:5~~", "bash", "1:5~~", 2, id="an epoch, and a tilde"),
        pytest.param("python3dist(a[b]) = 1", "python3dist(a[b])", "1", 8, id="extra"),
        pytest.param("libc.so.6(G_2)(64bit)", "libc.so.6(G_2)(64bit)", "", 0, id="ELF"),
        pytest.param("/usr/bin/python3", "/usr/bin/python3", "", 0, id="a path"),
    ],
)
def test_simple_relations_are_split(
    text: str, name: str, version: str, flags: int
) -> None:
    found = Relation.parse(text)

    assert (found.name, found.version, found.flags) == (name, version, flags)
    assert str(found) == text


@pytest.mark.parametrize(
    "text",
    [
        "(a >= 1 with a < 2)",
        "(a or b or c)",
        "((a >= 1 with a < 2) or a >= 3)",
        "(a if b)",
        "(a if b else c)",
        "(python3.11dist(x[y]) < 2 or python3.11dist(x[y]) > 3)",
    ],
)
def test_rich_relations_stay_whole(text: str) -> None:
    found = Relation.parse(text)

    assert (found.name, found.version, found.flags) == (text, "", 0)
    assert found.is_rich


@pytest.mark.parametrize(
    "text",
    [
        *("", "a>=1 b", "a >= ", "a >= 1,b", "a == 1", "a => 1", "a\nb", ">= 1"),
        *("(a", "(a))", "(a or b", "(a or b and c)", "(a nor b)", "()", "(a) b"),
        *("(a else b)", "(a or)", "(a if b if c)", "(a ; b)", "-a"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRelationError) as raised:
        Relation.parse(text)

    assert raised.value.facts["relation"] == text.strip()
