"""What specifiers admit, held against the packaging library."""

from itertools import combinations
from random import Random

import pytest
from packaging.version import Version
from tests.platforms.versions.samples import checks, versions

from pysetup.platforms.versions.ranges import admitted, is_admitted, version_key
from pysetup.platforms.versions.rpm import rpm_requirement


@pytest.mark.law
def test_keys_have_the_order_of_versions() -> None:
    known = versions(Random(1), 200)
    for left, right in combinations(known, 2):
        assert version_key(left) < version_key(right), (left, right)
    assert version_key(Version("1.0")) == version_key(Version("1.0.0"))


@pytest.mark.law
def test_intervals_admit_what_specifiers_admit() -> None:
    for text, version, right in checks(Random(2), 6000):
        assert is_admitted(version, admitted(text)) is right, (text, version)


@pytest.mark.parametrize(
    ("specifiers", "count"),
    [
        ("", 1),
        (">=0.dev0", 1),
        ("!=1.5", 2),
        ("!=1.5,!=1.5", 2),
        ("!=1.*,!=2.*", 2),
        ("!=1.*,!=3.*", 3),
        (">2,<1", 0),
        ("==1,!=1", 0),
        ("<0.dev0", 0),
        (">1.0a1,<1.0a2.dev0", 0),
        (">1.0.dev1,<1.0.dev2", 0),
        (">1.0.post1,<1.0.post2.dev0", 0),
        ("===no-version", 0),
    ],
)
def test_intervals_are_whole_and_never_empty(specifiers: str, count: int) -> None:
    assert len(admitted(specifiers)) == count


def test_very_many_comparisons_take_no_time() -> None:
    text = ",".join(f"!=1.{number}" for number in range(500))
    assert len(admitted(text)) == 501
    assert rpm_requirement("d", text).count(" or ") == 500
