"""Versions and match specifiers of conda, judged by rattler."""

import os
from collections.abc import Callable
from itertools import combinations
from random import Random
from typing import Any

import pytest
from packaging.version import Version
from tests.platforms.versions.samples import checks, versions

from pysetup.platforms.versions.conda import conda_requirement, encode_conda
from pysetup.platforms.versions.spelling import UnencodableVersionError

MOST_WRONG = 0.0005


@pytest.fixture(scope="module")
def rattler() -> Any:
    try:
        import rattler
    except ImportError:
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail("py-rattler is required here and is not installed")
        pytest.skip("py-rattler is not installed")
    return rattler


def encodable(version: Version) -> bool:
    try:
        encode_conda(version)
    except UnencodableVersionError:
        return False
    return True


def is_mixed(version: Version) -> bool:
    """Tell whether a part of the local version has both letters and digits."""
    parts = version.local.split(".") if version.local else ()
    return any(not part.isdigit() and not part.isalpha() for part in parts)


@pytest.mark.interop
@pytest.mark.parametrize(
    "count", [pytest.param(90), pytest.param(577, marks=[pytest.mark.slow])]
)
def test_the_order_is_kept_where_it_is_promised(count: int, rattler: Any) -> None:
    known = [each for each in versions(Random(77), count) if encodable(each)]
    read = {each: rattler.Version(encode_conda(each)) for each in known}
    wrong, elsewhere = [], 0
    for left, right in combinations(known, 2):
        if read[left] < read[right]:
            continue
        if len(left.release) != len(right.release) or is_mixed(left) or is_mixed(right):
            elsewhere += 1
        else:
            wrong.append((left, right))
    assert wrong == []
    assert elsewhere < 0.01 * len(known) ** 2 / 2


@pytest.mark.interop
@pytest.mark.parametrize(
    "count", [pytest.param(6000), pytest.param(30_000, marks=[pytest.mark.slow])]
)
def test_match_specifiers_admit_what_specifiers_admit(count: int, rattler: Any) -> None:
    wrong, asked = [], 0
    for text, version, right in checks(Random(78), count):
        if not encodable(version):
            continue
        asked += 1
        _, _, specifier = conda_requirement("demo", text).partition(" ")
        found = rattler.Version(encode_conda(version))
        holds = not specifier or rattler.VersionSpec(specifier).matches(found)
        if holds is not right:
            wrong.append((text, specifier, str(version), right))
    assert len(wrong) <= MOST_WRONG * asked, wrong[:10]


@pytest.mark.parametrize(
    ("version", "encoded"),
    [
        ("1.0", "1.0"),
        ("1!2.0.0", "1!2.0.0"),
        ("1.0.dev3", "1.0dev3"),
        ("1.0rc1", "1.0rc1"),
        ("1.0rc1.post2.dev3", "1.0rc1.post2.dev3"),
        ("1.0.post1", "1.0.post1"),
        ("1.0+ubuntu.1", "1.0+1ubuntu.2.1"),
    ],
)
def test_versions_as_channels_carry_them(version: str, encoded: str) -> None:
    assert encode_conda(version) == encoded


@pytest.mark.parametrize(
    ("specifiers", "requirement"),
    [
        ("", "demo"),
        (">=1.0", "demo >=1.0"),
        ("~=1.4", "demo >=1.4,<2dev0"),
        ("==1.*", "demo >=1dev0,<2dev0"),
        ("===1.0.dev0+a.b", "demo >=1.0dev0+1a.1b,<1.0dev0+1a.1b.0.1"),
        (">=1,!=1.5.*,<3", "demo >=1,<1.5dev0|>=1.6dev0,<3dev0"),
        (">2,<1", "demo <0dev0"),
    ],
)
def test_match_specifiers(specifiers: str, requirement: str) -> None:
    assert conda_requirement("demo", specifiers) == requirement


@pytest.mark.parametrize(
    "encode", [encode_conda, lambda text: conda_requirement("demo", f">={text}")]
)
def test_a_number_that_conda_does_not_read_is_refused(
    encode: Callable[[str], str],
) -> None:
    with pytest.raises(UnencodableVersionError, match="conda"):
        encode("1.18446744073709551616")
