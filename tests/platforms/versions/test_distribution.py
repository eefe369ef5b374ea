"""How relations to packages of a distribution are written, and what they hold for."""

import pytest
from packaging.specifiers import SpecifierSet
from tests.platforms.versions.relations import of_deb, of_pacman, of_rpm

from pysetup.platforms.versions.deb import deb_distribution_relations
from pysetup.platforms.versions.distribution import Shipped
from pysetup.platforms.versions.order import compare_deb, compare_pacman, compare_rpm
from pysetup.platforms.versions.pacman import pacman_distribution_relations
from pysetup.platforms.versions.rpm import rpm_distribution_requirement


@pytest.mark.parametrize(
    ("specifiers", "epoch", "relations"),
    [
        ("", "", ("p",)),
        (">=2.0", "", ("p (>= 2~~)",)),
        ("~=2.1", "1", ("p (>= 1:2.1~~)", "p (<< 1:3~~)")),
        ("==2.1.*", "", ("p (>= 2.1~~)", "p (<< 2.2~~)")),
        ("<2", "", ("p (<< 2~~)",)),
        ("!=1.5", "", ("p (<< 1.5~~) | p (>= 1.5.0.0.0~~)",)),
        (">1.5", "", ("p (>= 1.5.0.1~~)",)),
        (">=2.0rc1", "", ("p (>= 2.0~rc1~~)",)),
        (">2,<1", "", ("p (<< 0~~)",)),
        (">=1!2.0", "", ("p (>= 1:2~~)",)),
    ],
)
def test_relations_of_debian(
    specifiers: str, epoch: str, relations: tuple[str, ...]
) -> None:
    assert deb_distribution_relations("p", specifiers, epoch=epoch) == relations


# What a distribution calls its package of a version, and what must hold for it.
CALLED = [
    pytest.param("2.0", "2.0.0-1", id="more zeros"),
    pytest.param("2.0.0", "2-1", id="fewer zeros"),
    pytest.param("1.5", "1.5+dfsg-3", id="without what is not free"),
    pytest.param("1.5", "1:1.5-3+deb12u1", id="an epoch"),
    pytest.param("1.5", "1.5-3ubuntu2", id="a derivative"),
    pytest.param("1.5", "1.5-1~bpo11+1", id="a backport"),
    pytest.param("0.7", "0.7~20161228-1.2", id="a snapshot before"),
    pytest.param("1.5", "1.5+git20240101.abc-1", id="a snapshot after"),
    pytest.param("2.0rc1", "2.0~rc1-1", id="a candidate"),
    pytest.param("1.5", "2.0+really1.5-1", id="a step back"),
    pytest.param("1.1.1a1", "1.1.1a1-1", id="a pre-release that dpkg has newer"),
    pytest.param("29.0.0", "20230112+git-1", id="a package of many projects"),
    pytest.param("1.0.0b2", "20230112+git-1", id="another of those"),
    pytest.param("1!2.0", "1:2.0-1", id="an epoch of the project"),
    pytest.param("0.9", "5:0.9-1", id="a large epoch"),
]
ASKED = [
    *("==", "!=", ">=", "<=", "<", ">"),
    *(
        "<0.5",
        ">=0.5",
        "<1.6",
        ">1.4",
        "<99",
        ">=2",
        "==1.*",
        "!=1.*",
        "~=1.4",
        ">=2,<1",
    ),
]


@pytest.mark.parametrize(("version", "package"), CALLED)
@pytest.mark.parametrize("kind", ["deb", "rpm", "pacman"])
def test_a_known_package_satisfies_what_its_version_satisfies(
    kind: str, version: str, package: str
) -> None:
    shipped = Shipped(version, package)
    for asked in ASKED:
        text = asked + version if len(asked) <= 2 else asked
        if kind == "deb":
            relations = deb_distribution_relations("p", text, shipped=shipped)
            holds = of_deb(relations).holds(package, compare_deb)
        elif kind == "rpm":
            requirement = rpm_distribution_requirement("p", text, shipped=shipped)
            holds = of_rpm(requirement).holds(package, compare_rpm)
        else:
            found = pacman_distribution_relations("p", text, shipped=shipped)
            wanted = of_pacman(found.depends, found.conflicts)
            holds = wanted.holds(package, compare_pacman)
        assert holds is SpecifierSet(text).contains(version, prereleases=True), text


def test_a_version_with_hyphens_keeps_them() -> None:
    package = "7.0.0-really-5.3.5-6+deb13u1"
    found = deb_distribution_relations("p", "==5.*", shipped=Shipped("5.3.5", package))
    assert found == ("p (>= 5~~)", "p (<< 7.0.0-really-5.3.5.0~~-0)")
    assert of_deb(found).holds(package, compare_deb)


@pytest.mark.parametrize("version", ["0.unknown", "2004d-legacy"])
def test_a_version_that_is_none_moves_nothing(version: str) -> None:
    shipped = Shipped(version, "1:3.0-1")
    found = deb_distribution_relations("p", ">=2", shipped=shipped)
    assert found == ("p (>= 1:2~~)",)


@pytest.mark.parametrize(
    ("specifiers", "requirement"),
    [
        ("", "p"),
        (
            ">=2.0,!=2.5,<3",
            "((p >= 2~~ with p < 2.5~~) or (p >= 2.5.0.0.0~~ with p < 3~~))",
        ),
        ("==1.0", "(p >= 1~~ with p < 1.0.0.0.0~~)"),
    ],
)
def test_dependencies_of_rpm(specifiers: str, requirement: str) -> None:
    assert rpm_distribution_requirement("p", specifiers) == requirement


@pytest.mark.parametrize(
    ("specifiers", "depends"),
    [
        ("", ("p",)),
        ("~=2.1", ("p>=2.1", "p<3Dev0")),
        ("<=1.5", ("p<1.5.0.0.0",)),
        (">=2.0rc1", ("p>=2.0rc1",)),
    ],
)
def test_relations_of_arch(specifiers: str, depends: tuple[str, ...]) -> None:
    found = pacman_distribution_relations("p", specifiers)
    assert found.depends == depends
    assert found.conflicts == ()
    assert found.admitted_too == ()


@pytest.mark.parametrize(
    ("specifiers", "words"),
    [
        (">=1,!=1.5", ("version 1.5",)),
        ("!=1.*", ("versions from 1 up to 2",)),
        (">=1,!=1.5,!=1.6rc1", ("version 1.5", "version 1.6rc1")),
    ],
)
def test_what_pacman_cannot_leave_out_is_told(
    specifiers: str, words: tuple[str, ...]
) -> None:
    assert pacman_distribution_relations("p", specifiers).admitted_too == words
