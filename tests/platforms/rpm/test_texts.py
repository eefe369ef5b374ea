"""Summaries, descriptions and licences, and that no text is taken for a recipe."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.metadata.document import Metadata
from pysetup.platforms.rpm.texts import (
    licence_expression,
    long_description,
    short_summary,
)


def document(**keys: object) -> Metadata:
    return Metadata.from_dict({"name": "demo", "version": "1.0", **keys})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("stated", "summary"),
    [
        pytest.param("a tool for it.", "A tool for it", id="capital, no full stop"),
        pytest.param("", "demo", id="nothing"),
        pytest.param("demo does it", "demo does it", id="its own name stays"),
        pytest.param("iPython of größe", "iPython of größe", id="a name stays"),
        pytest.param("two\n lines\t here", "Two lines here", id="one line"),
        pytest.param("ends with \\", "Ends with", id="a backslash goes"),
        pytest.param("x " * 60, f"X{' x' * 38}\N{HORIZONTAL ELLIPSIS}", id="too long"),
    ],
)
def test_summaries(stated: str, summary: str) -> None:
    found = short_summary(document(summary=stated))

    assert found == summary
    assert len(found) <= 79


GLUE = "\N{NO-BREAK SPACE}"
README = """\
# Demo

[![Badge](https://x.test/b.svg)](https://x.test)

<p align="center">A picture</p>

* a list that is long enough to be prose, but is not, since it is a list

Demo is **the** [tool](https://x.test) for `all` that you ever wanted to do,
and 100%
%if

```
code that is long enough to be taken for prose, were it not fenced
```
"""


def test_the_first_prose_is_the_description() -> None:
    found = long_description(document(summary="A tool", description=README))

    assert found.split("\n\n") == [
        "A tool.",
        f"Demo is the tool for all that you ever wanted to do, and 100%{GLUE}%if",
    ]


@settings(deadline=None)
@given(st.text(), st.text(alphabet="%\\ \n{}()ab.if"))
def test_no_text_can_be_taken_for_a_recipe(summary: str, description: str) -> None:
    keys = {"summary": summary, "description": description}
    short, long = short_summary(document(**keys)), long_description(document(**keys))

    assert short
    assert len(short.splitlines()) == 1
    assert not short.endswith("\\") or short == "\\"
    for line in long.split("\n"):
        assert len(line) <= 80
        assert not line.lstrip(" \t").startswith("%")
        assert not line.endswith("\\")


OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("keys", "expression", "certain"),
    [
        ({"license_expression": "MIT OR Apache-2.0"}, "MIT OR Apache-2.0", True),
        ({"license": "MIT License"}, "MIT", True),
        ({"classifier": [f"{OSI}MIT License"]}, "MIT", True),
        ({"classifier": [f"{OSI}BSD License"]}, "LicenseRef-BSD-License", False),
        (
            {"classifier": [f"{OSI}MIT License", f"{OSI}BSD License"]},
            "MIT AND LicenseRef-BSD-License",
            False,
        ),
        (
            {
                "license": "MIT OR Apache-2.0",
                "classifier": [f"{OSI}MIT License", f"{OSI}Apache Software License"],
            },
            "MIT OR Apache-2.0",
            True,
        ),
        ({"license": "My own %terms"}, "LicenseRef-My-own-terms", False),
        ({"license": "text " * 99}, "LicenseRef-Unknown", False),
        ({}, "LicenseRef-Unknown", False),
    ],
)
def test_licences(keys: dict[str, object], expression: str, certain: bool) -> None:  # noqa: FBT001 - a column
    assert licence_expression(document(**keys)) == (expression, certain)
