"""Relations to what was found, in the dialect of who made it."""

import pytest
from tests.platforms.deb.conftest import Names

from pysetup.platforms.deb.mapping import mapped
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.needs import Need


@pytest.mark.parametrize(
    ("found", "relations"),
    [
        pytest.param(
            FoundName("demo", ("python3-demo",), own=True),
            ("python3-demo (>= 2.0.0)", "python3-demo (<< 3~~)"),
            id="made by pysetup",
        ),
        pytest.param(
            FoundName("demo", ("python3-demo",), "2.5", "1"),
            ("python3-demo (>= 1:2~~)", "python3-demo (<< 1:3~~)"),
            id="made by the distribution",
        ),
        pytest.param(
            FoundName(
                "demo", ("python3-all",), "2.5", package_version="20240101+git-1"
            ),
            ("python3-all (>= 2~~)", "python3-all (<< 20240101+git.0~~)"),
            id="one project of many in a package",
        ),
        pytest.param(
            FoundName("demo", ("python3-demo", "python3-more"), "2.5", "1"),
            ("python3-demo (>= 1:2~~)", "python3-demo (<< 1:3~~)", "python3-more"),
            id="several packages",
        ),
        pytest.param(FoundName("demo", ()), (), id="nothing is needed"),
    ],
)
def test_relations_to_what_was_found(
    found: FoundName, relations: tuple[str, ...]
) -> None:
    need = Need("demo~=2.0", "demo", specifiers="~=2.0")
    (one,) = mapped([need], Names({"demo": found}))
    assert one.relations == relations
