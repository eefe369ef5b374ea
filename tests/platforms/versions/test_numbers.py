"""Versions for systems of few numbers: their order, and what they say is lost."""

from collections.abc import Callable
from itertools import combinations
from random import Random

import pytest
from packaging.version import Version
from tests.platforms.versions.samples import versions

from pysetup.platforms.versions.macos import encode_macos
from pysetup.platforms.versions.numbers import NumberedVersion
from pysetup.platforms.versions.windows import file_version, product_version


def numbers(found: NumberedVersion) -> tuple[int, ...]:
    return tuple(map(int, found.text.split(".")))


@pytest.mark.parametrize(
    ("version", "text", "losses"),
    [
        ("1.2.3", "1.2.3", 0),
        ("1", "1.0.0", 0),
        ("1.2.3.0", "1.2.3", 0),
        ("1.2.3.4", "1.2.3", 1),
        ("2.0rc1", "2.0.0", 1),
        ("2.0.post1.dev2+cpu", "2.0.0", 3),
        ("2024.8.30", "24.8.30", 1),
        ("20231228", "23.12.28", 1),
        ("1.300.2", "1.255.65535", 1),
        ("300.1", "255.255.65535", 1),
        ("1.2.70000", "1.2.65535", 1),
        ("1!0.1", "255.255.65535", 1),
        ("99999999999999999999", "255.255.65535", 2),
    ],
)
def test_product_versions(version: str, text: str, losses: int) -> None:
    found = product_version(version)
    assert (found.text, len(found.losses)) == (text, losses)


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("1.2", "1.2.0.0"),
        ("2024.8.30.1", "2024.8.30.1"),
        ("20231228", "2023.12.28.0"),
        ("70000.1", "65535.65535.65535.65535"),
    ],
)
def test_file_versions(version: str, text: str) -> None:
    assert file_version(version).text == text


@pytest.mark.parametrize(
    ("version", "text", "losses"),
    [
        ("1.2.3", "1.2.3", 0),
        ("2.0.dev3", "2.0d3", 0),
        ("2.0a1", "2.0a1", 0),
        ("2.0rc1", "2.0fc1", 0),
        ("2.0rc1.dev1", "2.0fc1", 1),
        ("1.2.post0", "1.2.0.1", 1),
        ("1!1.2+cpu", "1.2", 2),
    ],
)
def test_versions_of_macos(version: str, text: str, losses: int) -> None:
    found = encode_macos(version)
    assert (found.text, len(found.losses)) == (text, losses)


@pytest.mark.law
@pytest.mark.parametrize("encode", [product_version, file_version])
def test_what_is_newer_is_never_older_and_equal_only_where_it_is_said(
    encode: Callable[[Version], NumberedVersion],
) -> None:
    known = [each for each in versions(Random(4), 300) if each < Version("2000")]
    known += [Version(f"{big}.{small}") for big in (7, 255, 256) for small in (0, 256)]
    for left, right in combinations(sorted(set(known)), 2):
        one, other = encode(left), encode(right)
        assert numbers(one) <= numbers(other), (left, right)
        if not (one.losses or other.losses):
            assert numbers(one) < numbers(other), (left, right)


@pytest.mark.law
def test_years_and_dates_keep_their_order() -> None:
    texts = ["2000.1", "2019", "20190801", "2024.1.2", "20240102.1", "20991231"]
    found = [numbers(product_version(text)) for text in texts]
    assert found == sorted(found)
