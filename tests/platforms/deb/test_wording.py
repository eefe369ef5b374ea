"""Synopses and descriptions as Debian's policy has them, from whatever a README is."""

import pytest
from hypothesis import given
from hypothesis.strategies import text

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.wording import LONGEST_SYNOPSIS, long_description, synopsis

LONG = "A tool that " + "does " * 30 + "it."


def document(summary: str = "", readme: str = "", name: str = "demo") -> Metadata:
    values = {"name": name, "version": "1", "summary": summary, "description": readme}
    return Metadata.from_dict({key: value for key, value in values.items() if value})


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("A small tool.", "small tool"),
        ("The tool", "Python project demo: tool"),
        ("An  odd\n tool", "odd tool"),
        ("Analyse things", "Analyse things"),
        ("demo - does things", "does things"),
        ("demo is a small tool", "small tool"),
        ("Grüße aus Zürich", "Grüße aus Zürich"),
        ("demo", "Python project demo"),
        ("", "Python project demo"),
        ("...", "Python project demo"),
    ],
)
def test_a_synopsis_is_a_phrase(summary: str, expected: str) -> None:
    assert synopsis(document(summary)) == expected


@pytest.mark.parametrize(
    ("package", "summary", "expected"),
    [
        ("demo", "Demo Terminal", "Python project Demo Terminal"),
        ("python3-demo", "Demo Terminal", "Demo Terminal"),
        ("demo", "Demonstrates things", "Demonstrates things"),
        ("demo", "DEMO, for all", "Python project DEMO, for all"),
        ("demo", "Demo: for all", "for all"),
    ],
)
def test_a_synopsis_does_not_begin_with_the_name_of_the_package(
    package: str, summary: str, expected: str
) -> None:
    assert synopsis(document(summary, name="Demo"), package=package) == expected


@pytest.mark.law
@given(text(max_size=300))
def test_a_synopsis_is_one_short_line(summary: str) -> None:
    found = synopsis(document(summary))
    assert 0 < len(found) <= LONGEST_SYNOPSIS
    assert found == " ".join(found.split())


def test_a_long_summary_is_cut_at_a_word_and_stands_whole_below() -> None:
    made = document(LONG)
    assert synopsis(made).endswith("does...")
    assert LONG in " ".join(long_description(made).split())
    first = long_description(made).split("\n")[0]
    assert first.rstrip(".") != synopsis(made).rstrip(".")


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        pytest.param(
            "# Demo\n\n[![CI](x.svg)](y)\n\nDemo **really** does `all` of it.\n\n"
            "## Install\n\nPut it where it belongs, please.",
            "Demo really does all of it.",
            id="Markdown up to the next title",
        ),
        pytest.param(
            "Demo\n====\n\n.. image:: x.svg\n\nSee `the docs <https://e.org>`_ of "
            ":mod:`demo` for it.\n\n::\n\n   code\n",
            "See the docs of demo for it.",
            id="reStructuredText",
        ),
        pytest.param(
            '<p align="center">\n<img src="x"></p>\n\nIt is [good](x) and [fine][2] '
            "for you.\n\n```\ncode is no prose at all.\n```\n",
            "It is good and fine for you.",
            id="HTML and code",
        ),
        pytest.param("* one two three four five.\n* six", "", id="a list alone"),
        pytest.param("It is used as follows here:\n\n    code", "", id="what leads on"),
    ],
)
def test_the_description_is_the_prose_that_begins_a_readme(
    readme: str, expected: str
) -> None:
    last = "This package holds demo for Python 3."
    wanted = f"{expected}\n\n{last}" if expected else last
    assert long_description(document("x", readme)) == wanted


@pytest.mark.parametrize("size", [100_000, 2_000_000])
def test_a_huge_readme_makes_a_short_description(size: int) -> None:
    readme = "All work and no play makes it long. " * (size // 36)
    assert len(long_description(document("x", readme))) < 1000


@pytest.mark.parametrize(
    "readme", ["<" * 50_000, "[" * 50_000, "`" * 50_000, "*" * 50_000, "![](" * 20_000]
)
def test_no_readme_takes_long(readme: str) -> None:
    assert long_description(document("x", readme))
