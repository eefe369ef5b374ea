"""Licence expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.licenses import InvalidLicenseError, canonical_license


@pytest.mark.parametrize(
    ("expression", "canonical"),
    [
        ("MIT", "MIT"),
        ("mit or  apache-2.0", "MIT OR Apache-2.0"),
        ("(mit)", "(MIT)"),
        (
            "gpl-2.0-or-later with classpath-exception-2.0",
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
        ),
        ("LicenseRef-Own", "LicenseRef-Own"),
    ],
)
def test_expressions_have_a_canonical_form(expression: str, canonical: str) -> None:
    assert canonical_license(expression) == canonical
    assert canonical_license(canonical) == canonical


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "MITT",
        "MIT AND",
        "AND",
        "MIT MIT",
        "MIT;x",
        "()",
        "(" * 5000,
        "MIT WITH x",
        "True",
        "LicenseRef-a b",
        "\u00e9",
        "\0",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(InvalidLicenseError):
        canonical_license(expression)


@pytest.mark.law
@given(
    words=st.lists(
        st.sampled_from(
            ["MIT", "AND", "OR", "WITH", "(", ")", "Apache-2.0", "0BSD+", "x"]
        ),
        max_size=8,
    )
)
def test_any_text_is_read_or_refused(words: list[str]) -> None:
    try:
        made = canonical_license(" ".join(words))
    except InvalidLicenseError:
        return
    assert canonical_license(made) == made
