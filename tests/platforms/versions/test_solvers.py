"""Relations, judged by apt, rpm and dnf themselves: by what they would install."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from packaging.version import Version
from tests.platforms.versions.conftest import Solve
from tests.platforms.versions.samples import checks

from pysetup.platforms.versions.deb import deb_relations, encode_deb
from pysetup.platforms.versions.rpm import encode_rpm, rpm_requirement
from pysetup.platforms.versions.spelling import UnencodableVersionError

COUNTS = [
    pytest.param(2000, id="sample"),
    pytest.param(30_000, id="all", marks=[pytest.mark.slow]),
]


def by_deb(version: Version, text: str) -> tuple[str, Any]:
    return f"{encode_deb(version)}-1", deb_relations("@", text)


def by_rpm(version: Version, text: str) -> tuple[str, Any]:
    return encode_rpm(version), rpm_requirement("@", text)


@pytest.mark.interop
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("kind", "translate"), [("apt", by_deb), ("rpm", by_rpm), ("dnf", by_rpm)]
)
def test_a_package_is_installed_exactly_for_versions_that_are_admitted(
    kind: str,
    translate: Callable[[Version, str], tuple[str, Any]],
    count: int,
    solve: Solve,
) -> None:
    rows, told = [], []
    for text, version, right in checks(Random(41), count):
        try:
            rows.append(translate(version, text))
        except UnencodableVersionError:
            continue
        told.append((text, str(version), right))
    found = solve(kind, rows)
    wrong = [
        (row, asked)
        for holds, row, asked in zip(found, rows, told, strict=True)
        if holds is not asked[2]
    ]
    assert wrong == []
    assert len(rows) > 0.9 * count
