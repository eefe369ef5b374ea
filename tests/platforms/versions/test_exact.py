"""How versions and relations of our own packages are written."""

from collections.abc import Callable

import pytest

from pysetup.platforms.versions.deb import deb_relations, encode_deb
from pysetup.platforms.versions.pacman import (
    PacmanRelations,
    encode_pacman,
    pacman_relations,
)
from pysetup.platforms.versions.rpm import encode_rpm, rpm_requirement
from pysetup.platforms.versions.spelling import UnencodableVersionError
from pysetup.standards.versions import InvalidSpecifiersError, InvalidVersionError

D = "python3dist(d)"


@pytest.mark.parametrize(
    ("version", "rpm", "deb", "pacman"),
    [
        ("1.0", "1", "1.0.0", "1.0.0"),
        ("0", "0", "0.0.0", "0.0.0"),
        ("2.10.0", "2.10", "2.10.0", "2.10.0"),
        ("1.2.3.0", "1.2.3", "1.2.3", "1.2.3"),
        ("1.0.0.1", "1.0.0.1", "1.0.0.1", "1.0.0.1"),
        ("1.0.dev3", "1~~dev3", "1.0.0~~dev3", "1.0.0Dev3"),
        ("1.0rc1", "1~rc1", "1.0.0~rc1", "1.0.0rc1"),
        ("1.0rc1.dev2", "1~rc1~dev2", "1.0.0~rc1~dev2", "1.0.0rc1dev2"),
        ("1.0rc1.post2", "1~rc1^post2", "1.0.0~rc1post2", "1.0.0rc1.post2"),
        ("1.0.post1", "1^post1", "1.0.0post1", "1.0.0.post1"),
        ("1.0.post1.dev2", "1^post1~dev2", "1.0.0post1~dev2", "1.0.0.post1dev2"),
        (
            "1.0+ubuntu.1",
            "1^local.ubuntu.1",
            "1.0.0localAubuntuB1",
            "1.0.0.local.ubuntu.1",
        ),
        ("2.1+cu118", "2.1^local.cuBBI", "2.1.0localAcuDDK", "2.1.0.local.cuBBI"),
        ("1!2.0", "1:2", "1:2.0.0", "1:2.0.0"),
    ],
)
def test_versions(version: str, rpm: str, deb: str, pacman: str) -> None:
    assert encode_rpm(version) == rpm
    assert encode_deb(version) == deb
    assert encode_pacman(version) == pacman


@pytest.mark.parametrize(
    ("specifiers", "requirement"),
    [
        ("", D),
        (">=1.0", f"{D} >= 1"),
        ("~=0.1", f"({D} >= 0.1 with {D} < 1~~)"),
        ("==1.0", f"({D} >= 1 with {D} < 1^m)"),
        ("==1.2.*", f"({D} >= 1.2~~ with {D} < 1.3~~)"),
        ("!=1.5", f"({D} < 1.5 or {D} >= 1.5^m)"),
        ("!=1.*,!=3.*", f"({D} < 1~~ or ({D} >= 2~~ with {D} < 3~~) or {D} >= 4~~)"),
        (">1.0", f"{D} >= 1^q"),
        ("<2", f"{D} < 2~~"),
        ("<2rc1", f"{D} < 2~rc1"),
        ("<=2", f"{D} < 2^m"),
        ("===1.0", f"({D} >= 1 with {D} < 1^local)"),
        ("===nothing", f"{D} < 0~~"),
        (">2,<1", f"{D} < 0~~"),
        (">=0.dev0", D),
    ],
)
def test_dependencies_of_rpm(specifiers: str, requirement: str) -> None:
    assert rpm_requirement(D, specifiers) == requirement


@pytest.mark.parametrize(
    ("specifiers", "relations"),
    [
        ("", ("d",)),
        ("~=0.1", ("d (>= 0.1.0)", "d (<< 1~~)")),
        ("==1.0", ("d (>= 1.0.0)", "d (<< 1.0.0m)")),
        ("!=1.5", ("d (<< 1.5.0) | d (>= 1.5.0m)",)),
        (
            ">=1,!=1.5,<2",
            ("d (>= 1.0.0)", "d (<< 1.5.0) | d (>= 1.5.0m)", "d (<< 2~~)"),
        ),
        (">1.0", ("d (>= 1.0.0q)",)),
        ("==1.0+a", ("d (>= 1.0.0localAa)", "d (<< 1.0.0localAaA)")),
        (">2,<1", ("d (<< 0~~)",)),
    ],
)
def test_relations_of_deb(specifiers: str, relations: tuple[str, ...]) -> None:
    assert deb_relations("d", specifiers) == relations


@pytest.mark.parametrize(
    ("specifiers", "relations"),
    [
        ("", PacmanRelations(("d",))),
        ("~=0.1", PacmanRelations(("d>=0.1.0", "d<1.0.0Dev0"))),
        ("===1.0", PacmanRelations(("d=1.0.0",))),
        ("!=1.5+a", PacmanRelations(("d",), ("d=1.5.0.local.a",))),
        (
            ">=1,!=1.5",
            PacmanRelations(
                ("d>=1.0.0",), ("d=1.5.0",), ("the local versions of 1.5",)
            ),
        ),
        (
            "!=1.*",
            PacmanRelations(("d",), (), ("versions from 1 up to 2",)),
        ),
        (">2,<1", PacmanRelations(("d<0D",))),
    ],
)
def test_relations_of_pacman(specifiers: str, relations: PacmanRelations) -> None:
    assert pacman_relations("d", specifiers) == relations


@pytest.mark.parametrize("encode", [encode_deb, encode_rpm])
def test_an_epoch_beyond_the_platform_is_refused(encode: Callable[[str], str]) -> None:
    with pytest.raises(UnencodableVersionError) as caught:
        encode("4294967296!1.0")
    assert caught.value.exit_code == 2
    assert encode("2147483647!1.2.3") == "2147483647:1.2.3"
    assert encode_pacman("99999999999!1.2.3") == "99999999999:1.2.3"


def test_what_is_no_version_and_no_specifier_is_refused() -> None:
    with pytest.raises(InvalidVersionError):
        encode_deb("1.0-unknown")
    with pytest.raises(InvalidSpecifiersError):
        rpm_requirement("d", "about 2")
