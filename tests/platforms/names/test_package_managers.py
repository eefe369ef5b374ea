"""The commands of package managers, as a registry of PEP 804 describes them."""

from typing import Any

import pytest

from pysetup.platforms.names.mapping import InvalidMappingError
from pysetup.platforms.names.package_managers import PackageManager, package_managers

RANGES = {
    "and": ",",
    "equal": "={version}",
    "greater_than_equal": ">={version}",
    "less_than": "<{version}",
    "syntax": ["{name}{ranges}"],
}


def manager(
    several: str = "always", words: Any = None, **syntax: Any
) -> PackageManager:
    value: dict[str, Any] = {
        "name": "tool",
        "commands": {
            "install": {
                "command": words or ["tool", "add", "{}", "--now"],
                "multiple_specifiers": several,
            }
        },
        "specifier_syntax": {"name_only": ["{name}"], **syntax},
    }
    (found,) = package_managers({"package_managers": [value]}, source="x.json")
    return found


PACKAGES = [("a", ""), ("b", ">=1,<2"), ("c", "3.0"), ("d", "~=1.0"), ("e", "")]


@pytest.mark.parametrize(
    ("made", "commands"),
    [
        (manager(), ["tool add a b c d e --now"]),
        (manager(words=["tool", "add"]), ["tool add a b c d e"]),
        (
            manager(version_ranges=RANGES),
            ["tool add a b>=1,<2 c=3.0 d e --now"],
        ),
        (
            manager(version_ranges=RANGES, exact_version=["{name}", "-v", "{version}"]),
            ["tool add a b>=1,<2 c -v 3.0 d e --now"],
        ),
        (
            manager("name-only", version_ranges=RANGES),
            [
                *("tool add a d e --now", "tool add b>=1,<2 --now"),
                "tool add c=3.0 --now",
            ],
        ),
        (manager("never"), [f"tool add {name} --now" for name in "abcde"]),
    ],
    ids=["names", "at the end", "ranges", "exact", "names together", "one by one"],
)
def test_its_commands(made: PackageManager, commands: list[str]) -> None:
    assert [" ".join(words) for words in made.commands(PACKAGES)] == commands


@pytest.mark.parametrize("made", [manager(), manager("never"), manager("name-only")])
def test_nothing_to_install_is_no_command(made: PackageManager) -> None:
    assert made.commands([]) == ()


@pytest.mark.parametrize(
    "value",
    [
        "apt",
        {"name": "apt"},
        {"name": "apt", "commands": {"install": {"command": "apt install"}}},
        {"name": "apt", "commands": {"install": {"command": ["{}"]}}},
        {"name": "apt", "commands": {"install": {"command": ["apt", "a\x1b[2J"]}}},
        {"commands": {"install": {"command": ["apt"]}}},
    ],
)
def test_what_is_no_manager_is_refused(value: Any) -> None:
    with pytest.raises(InvalidMappingError, match="package manager"):
        package_managers({"package_managers": [value]}, source="x.json")
