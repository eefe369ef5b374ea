"""What [tool.pysetup] says of universal locks, and what it must not say."""

from pathlib import Path

import pytest

from pysetup.workflows.locking.declared import DeclarationError, read_declared
from pysetup.workflows.resolving.universal_scope import ExtraOrGroup, UniversalScope


def declared(folder: Path, *lines: str) -> UniversalScope:
    text = "\n".join(["[tool.pysetup]", *lines, ""])
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return read_declared(folder)


def test_environments_and_conflicts_are_read(tmp_path: Path) -> None:
    scope = declared(
        tmp_path,
        "environments = [\"sys_platform=='linux'\"]",
        "required-environments = [\"os_name == 'nt'\"]",
        "conflicts = [[{extra = 'cpu'}, {extra = 'gpu'}, {group = 'dev'}]]",
    )
    assert scope == UniversalScope(
        environments=('sys_platform == "linux"',),
        required_environments=('os_name == "nt"',),
        conflicts=(
            (ExtraOrGroup("cpu"), ExtraOrGroup("gpu"), ExtraOrGroup(group="dev")),
        ),
    )
    assert [str(one) for one in scope.conflicts[0]] == [
        "extra cpu",
        "extra gpu",
        "group dev",
    ]


@pytest.mark.parametrize("text", ["", "[tool]\n", "[tool.other]\n", "[project]\n"])
def test_nothing_declared_limits_nothing(tmp_path: Path, text: str) -> None:
    assert read_declared(None) == UniversalScope()
    assert read_declared(tmp_path) == UniversalScope()
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert read_declared(tmp_path) == UniversalScope()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("environments = 'linux'", "is no list", id="a text"),
        pytest.param("environments = ['linux']", "no marker", id="no marker"),
        pytest.param("required-environments = [3]", "no marker", id="a number"),
        pytest.param("conflicts = [{extra='a'}]", "no list", id="no list in the list"),
        pytest.param(
            "conflicts = [[{extra='a', group='b'}]]", "neither", id="two at once"
        ),
        pytest.param("conflicts = [['a']]", "neither", id="a name alone"),
        pytest.param("conflicts = [[{extra='-'}]]", "neither", id="no name"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, line: str, reason: str
) -> None:
    with pytest.raises(DeclarationError) as caught:
        declared(tmp_path, "", line)
    assert caught.value.facts["place"] == "pyproject.toml:3"
    assert reason in caught.value.message
