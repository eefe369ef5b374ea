"""Targets of one's own: what they may say, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import UsageError
from pysetup.platforms.target import read_target


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"python": "three"}, "/python"),
        ({"paths": {"purelib": "/abs"}}, "/paths/purelib"),
        ({"paths": {"purelib": "../../x"}}, "/paths/purelib"),
        ({"paths": {"purelib": "a//b"}}, "/paths/purelib"),
        ({"paths": {"purelib": 5}}, "/paths/purelib"),
        ({"paths": {"pure": "a"}}, "/paths/pure"),
        ({"paths": "usr"}, "/paths"),
        ({"interpreter": "/usr/bin/py\nthon"}, "/interpreter"),
        ({"title": 5}, "/title"),
        ({"tags": "x"}, "/tags"),
        ({"tags": ["x"]}, "/tags"),
        ({"markers": {"sys_platform": 4}}, "/markers/sys_platform"),
        ({"platform": "martian"}, "martian"),
        ({"pythn": "3.12"}, "did you mean 'python'?"),
        ({"family": "nix"}, "/family"),
    ],
)
def test_a_target_that_means_nothing_is_refused(
    tmp_path: Path, said: dict[str, Any], told: str
) -> None:
    place = tmp_path / "own.json"
    place.write_text(json.dumps({"extends": "debian-12", **said}))
    with pytest.raises(UsageError, match=r".+") as caught:
        read_target(str(place))
    assert told in caught.value.message


def test_a_target_says_only_what_is_different(tmp_path: Path) -> None:
    place = tmp_path / "own.json"
    said = {"extends": "debian-12", "name": "own", "paths": {"scripts": "opt/bin"}}
    place.write_text(json.dumps(said))
    target = read_target(str(place))
    assert (target.name, target.family, target.full_python) == ("own", "deb", "3.11.2")
    assert target.paths["scripts"] == "opt/bin"
    assert target.paths["data"] == "usr"
