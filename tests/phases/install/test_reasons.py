"""Why what is installed is there, and what nobody needs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.phases.install.reasons import (
    OWN_RECORD,
    find_orphans,
    find_reasons,
    own_record,
    refuse_without_requests,
    requested_extras,
)
from pysetup.standards.jsontext import JSON

Make = Callable[..., InstalledDistribution]
MARKERS = {"python_version": "3.12", "sys_platform": "linux"}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(
        name: str,
        *requires: str,
        asked: bool = False,
        installer: str = "pysetup",
        extras: tuple[str, ...] = (),
        record: bytes | None = None,
    ) -> InstalledDistribution:
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        if record is not None:
            (info / OWN_RECORD).write_bytes(record)
        document: dict[str, JSON] = {
            "name": name,
            "version": "1",
            "requires_dist": list(requires),
            "provides_extra": list(extras),
        }
        metadata = Metadata.from_dict(document)
        return InstalledDistribution(metadata, str(info), installer, asked)

    return make


def names(found: tuple[InstalledDistribution, ...]) -> list[str]:
    return sorted(one.metadata.name for one in found)


def test_what_nothing_leads_to_is_an_orphan_circles_too(make: Make) -> None:
    installed = [
        make("app", "lib>=9", asked=True),  # a version does not matter here
        make("lib", 'win; sys_platform == "win32"'),
        make("win"),
        make("a", "b"),
        make("b", "a"),
        make("self", "self"),
    ]
    assert names(find_orphans(installed, MARKERS)) == ["a", "b", "self", "win"]
    after = find_orphans(installed, MARKERS, without=["APP"])
    assert names(after) == ["a", "b", "lib", "self", "win"]


EXTRAS = ("proxy", "tls", "all")
REQUIRES = (
    'socks; extra == "proxy"',
    'ssl; extra == "tls"',
    'net[proxy,tls]; extra == "all"',
)


@pytest.mark.parametrize(
    ("asked", "record", "orphans", "installer"),
    [
        pytest.param(True, ["proxy"], ["ssl"], "pysetup", id="one extra, asked for"),
        pytest.param(True, ["all"], [], "pysetup", id="an extra that stands for two"),
        pytest.param(True, [], ["socks", "ssl"], "pysetup", id="none was asked for"),
        pytest.param(True, None, ["socks", "ssl"], "pysetup", id="nothing is said"),
        pytest.param(True, None, [], "pip", id="nobody knows: all may have been"),
        pytest.param(
            False, None, ["net", "socks", "ssl"], "pip", id="not asked for at all"
        ),
    ],
)
def test_extras_that_were_asked_for_keep_what_they_need(
    *,
    asked: bool,
    record: list[str] | None,
    orphans: list[str],
    installer: str,
    make: Make,
) -> None:
    document = {"name": "net", "version": "1", "provides_extra": list(EXTRAS)}
    content = (
        None if record is None else own_record(record, Metadata.from_dict(document))
    )
    told = {"asked": asked, "installer": installer}
    net = make("net", *REQUIRES, extras=EXTRAS, record=content, **told)
    installed = [net, make("socks"), make("ssl"), make("other", asked=True)]
    assert names(find_orphans(installed, MARKERS)) == orphans


def test_extras_that_another_asks_for_count_as_well(make: Make) -> None:
    installed = [
        make("app", "net[Proxy]", asked=True),
        make("net", *REQUIRES, extras=EXTRAS),
        make("socks"),
        make("ssl"),
    ]
    assert names(find_orphans(installed, MARKERS)) == ["ssl"]
    reasons = find_reasons(installed, MARKERS)
    assert str(reasons["socks"]) == "extra proxy of net"
    assert str(reasons["net"]) == "dependency of app"
    assert str(reasons["ssl"]) == "nobody asked for it, and nothing needs it"
    assert str(reasons["app"]) == "asked for"


@pytest.mark.parametrize("installer", ["", "dpkg", "conda", "poetry 2.0"])
def test_what_a_silent_tool_installed_stays_with_what_it_needs(
    installer: str, make: Make
) -> None:
    installed = [make("old", "lib", installer=installer), make("lib"), make("x")]
    assert names(find_orphans(installed, MARKERS)) == ["x"]


def test_where_nothing_was_asked_for_nothing_is_decided(make: Make) -> None:
    refuse_without_requests([], prefix="/env")
    with pytest.raises(PysetupError) as caught:
        refuse_without_requests([make("a")], prefix="/env")
    assert caught.value.code == "PS7390"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b'{"requested_extras": ["a", "b"]}', ("a", "b"), id="extras"),
        pytest.param(b'{"requested_extras": "a"}', None, id="another type"),
        pytest.param(b"{}", None, id="another file of that name"),
        pytest.param(b"\xff", None, id="damage"),
    ],
)
def test_the_own_record_is_read_with_care(
    content: bytes, expected: Any, make: Make
) -> None:
    assert requested_extras(make("demo", record=content).info_dir) == expected


def test_the_own_record_says_only_what_there_is_to_say() -> None:
    plain = Metadata.from_dict({"name": "a", "version": "1"})
    assert own_record(["x"], plain) is None
    document: dict[str, JSON] = {"name": "a", "version": "1", "provides_extra": ["X_y"]}
    made = own_record(["X_y", "x.Y"], Metadata.from_dict(document))
    assert made == b'{"requested_extras":["x-y"]}'


def test_requirements_that_cannot_be_read_remove_nothing(make: Make) -> None:
    broken = make("broken", "not a requirement at all ((", asked=True)
    assert names(find_orphans([broken, make("x")], MARKERS)) == ["x"]
    odd = make("odd", "lib; nonsense", asked=True)
    assert find_reasons([odd], MARKERS)["odd"].requested
