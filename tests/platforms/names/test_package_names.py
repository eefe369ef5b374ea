"""Names of packages, where they become relations."""

import pytest

from pysetup.platforms.names.mapping import InvalidMappingError
from pysetup.platforms.names.package_names import check_packages
from pysetup.platforms.plan import MappedRequirement


def row(package: str) -> MappedRequirement:
    return MappedRequirement("demo>=1", (package,), (package,), "map:m.json", "")


@pytest.mark.parametrize(
    ("family", "package"),
    [
        ("deb", "python3-ruamel.yaml"),
        ("deb", "libc6:amd64"),
        ("deb", "g++"),
        ("rpm", "/usr/bin/git"),
        ("rpm", "python3dist(demo[extra])"),
        ("pacman", "python-typing_extensions"),
        ("conda", "libblas * *_netlib"),
    ],
)
def test_names_of_each_family(family: str, package: str) -> None:
    check_packages([row(package)], family)


@pytest.mark.parametrize(
    ("family", "package"),
    [
        ("deb", "/usr/bin/git"),
        ("deb", "a(b"),
        ("deb", "a[b"),
        ("deb", "Upper"),
        ("deb", "a, b"),
        ("deb", "a"),
        ("pacman", "a>1"),
        ("pacman", "/usr/bin/git"),
        ("rpm", "%(id)"),
        ("rpm", "a b"),
    ],
)
def test_what_is_none_is_refused(family: str, package: str) -> None:
    with pytest.raises(InvalidMappingError, match="names no package") as caught:
        check_packages([row(package)], family)
    assert caught.value.facts["field"] == "demo>=1"
