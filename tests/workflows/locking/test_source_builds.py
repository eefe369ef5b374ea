"""What a source is built with stays with the row that it belongs to."""

import pytest

from pysetup.interchange.pylock.model import LockedPackage
from pysetup.workflows.locking.source_builds import former_row


def row(version: str) -> LockedPackage:
    return LockedPackage(name="scipy", version=version)


@pytest.mark.parametrize(
    ("olds", "expected"),
    [
        pytest.param([], None, id="none before"),
        pytest.param(["1.0"], "1.0", id="another version is of use, too"),
        pytest.param(["1.0", "2.0"], "2.0", id="its own comes first"),
        pytest.param(["3.0", "1.0"], "3.0", id="else the first"),
    ],
)
def test_the_row_before_is_that_of_the_same_source(
    olds: list[str], expected: str | None
) -> None:
    found = former_row(row("2.0"), map(row, olds))
    assert (found and str(found.version)) == expected
