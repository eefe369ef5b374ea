"""Targets: those that are shipped, those of users, and what is wrong with them."""

import json
from pathlib import Path

import pytest

from pysetup.errors import UsageError
from pysetup.platforms.target import (
    PATHS,
    PlatformTarget,
    UnknownPlatformTargetError,
    read_target,
    shipped_targets,
)

MARKERS = {
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
}


@pytest.mark.parametrize("name", shipped_targets())
def test_a_shipped_target_says_all_that_is_needed(name: str) -> None:
    target = read_target(name)
    assert target.markers.keys() == MARKERS
    assert target.markers["python_version"] == target.python
    assert {*PATHS} == target.paths.keys()
    assert "py3-none-any" in target.tags
    assert not any(path.startswith("/") for path in target.paths.values())


@pytest.mark.parametrize("name", shipped_targets())
def test_a_target_comes_back_from_its_json(name: str) -> None:
    target = read_target(name)
    again = PlatformTarget.from_json(target.to_json(), source=name)
    assert again == target


@pytest.mark.parametrize(
    ("name", "python", "machine"),
    [
        ("debian-12", "3.11", "x86_64"),
        ("debian-12:aarch64", "3.11", "aarch64"),
        ("windows-3.12", "3.12", "AMD64"),
        ("macos-3.11:x86_64", "3.11", "x86_64"),
    ],
)
def test_a_name_may_say_the_machine_and_the_python(
    name: str, python: str, machine: str
) -> None:
    target = read_target(name)
    assert (target.name, target.python) == (name, python)
    assert target.markers["platform_machine"] == machine


def test_a_file_extends_a_shipped_target(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(
        json.dumps(
            {
                "extends": "debian-12",
                "name": "mine",
                "python": "3.13.1",
                "paths": {"purelib": "opt/mine/lib"},
                "markers": {"platform_release": "6.1"},
            }
        )
    )
    target = read_target("mine.json", folder=tmp_path)
    assert (target.name, target.family, target.python) == ("mine", "deb", "3.13")
    assert target.paths["purelib"] == "opt/mine/lib"
    assert target.paths["scripts"] == "usr/bin"
    assert target.markers["platform_release"] == "6.1"
    assert "cp313-cp313-manylinux_2_36_x86_64" in target.tags


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        ("[", "is no JSON"),
        ("{}", "has no text at /name"),
        ('{"extends": "mine.json"}', "extends itself"),
        ('{"extends": "debian-12", "python": 3}', "has no text at /python"),
        ('{"extends": "debian-12", "paths": 3}', "has no object at /paths"),
        ('{"extends": "debian-12", "python": "three"}', "is no version"),
        ('{"extends": "debian-99"}', "is not known"),
        ('{"extends": "debian-12", "platform": "!"}', "is no platform"),
    ],
)
def test_a_bad_target_is_refused(
    tmp_path: Path, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    with pytest.raises(UsageError, match=told):
        read_target("mine.json", folder=tmp_path)


@pytest.mark.parametrize("name", ["", "debian", "debian-12-3.11", "windows-3", "../x"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownPlatformTargetError):
        read_target(name)
