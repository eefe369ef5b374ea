"""Our comparators of package versions, held against the platforms' own."""

from collections.abc import Callable
from random import Random

import pytest
from tests.platforms.versions.conftest import Compare

from pysetup.platforms.versions.order import (
    compare_deb,
    compare_pacman,
    compare_rpm,
    epoch_of,
    upstream_of,
)

OURS: dict[str, Callable[[str, str], int]] = {
    "deb": compare_deb,
    "rpm": compare_rpm,
    "pacman": compare_pacman,
}
PIECES = {
    "deb": ["0", "1", "10", "007", ".", "+", "~", "a", "rc", "Z", "dfsg", "-", "~~"],
    "rpm": [
        "0",
        "1",
        "10",
        "007",
        ".",
        "_",
        "+",
        "~",
        "^",
        "a",
        "rc",
        "Z",
        "^post",
        "..",
    ],
    "pacman": ["0", "1", "10", "007", ".", "_", "+", "a", "rc", "Z", "..", "post"],
}


def some(random: Random, kind: str) -> str:
    epoch = random.choice(["", "", "", "1:", "0:", "12:"])
    pieces = random.choices(PIECES[kind], k=random.randint(0, 5))
    text = epoch + random.choice("012") + "".join(pieces).strip("-")
    return text + random.choice(
        ["", "", "-1", "-2", "-1.fc43" if kind == "rpm" else "-10"]
    )


@pytest.mark.interop
@pytest.mark.parametrize("kind", OURS)
def test_our_comparators_are_those_of_the_platforms(
    kind: str, compare: Compare
) -> None:
    random = Random(12)
    texts = [some(random, kind) for _ in range(150)]
    pairs = [(left, right) for left in texts for right in texts]
    right = compare(kind, pairs)
    assert [pair for pair in pairs if OURS[kind](*pair) != right[pair]] == []


@pytest.mark.parametrize(
    ("version", "epoch", "upstream"),
    [
        ("1.0", 0, "1.0"),
        ("1:2.0+dfsg-1~bpo12+1", 1, "1:2.0+dfsg"),
        ("2.0-rc1-3", 0, "2.0-rc1"),
    ],
)
def test_the_parts_of_a_package_version(
    version: str, epoch: int, upstream: str
) -> None:
    assert epoch_of(version) == epoch
    assert upstream_of(version) == upstream
