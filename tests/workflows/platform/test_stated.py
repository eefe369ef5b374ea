"""What the document states for one system, in that system's own words."""

import json
from pathlib import Path
from typing import Any

import pytest

PROJECT = """
[build-system]
requires = []
build-backend = "pysetup.backend"
[project]
name = "zz-stated"
version = "1.0"
"""
STATED = """
[tool.pysetup.extensions."pysetup.platform".targets.{key}]
requires = ["{requires}"]
recommends = ["nice-thing"]
conflicts = ["old-thing"]
replaces = ["old-thing"]
"""


@pytest.fixture
def plan(pysetup: Any, tmp_path: Path) -> Any:
    (tmp_path / "zz_stated.py").write_text("")

    def make(text: str, *words: str) -> dict[str, Any]:
        (tmp_path / "pyproject.toml").write_text(PROJECT + text)
        ran = pysetup("--json", *words, tmp_path, "--dry-run")
        assert ran.code == 0, ran.err
        made: dict[str, Any] = json.loads(ran.out)["result"]["plans"][0]
        return made

    return make


@pytest.mark.parametrize("key", ["deb", "ubuntu", '"ubuntu+24.04"', '"ubuntu-24.04"'])
def test_a_system_is_named_widely_or_narrowly(plan: Any, key: str) -> None:
    stated = STATED.format(key=key, requires="libzz1 (>= 2)")
    found = plan(stated, "bdist_deb", "--target", "ubuntu-24.04")["relations"]
    assert "libzz1 (>= 2)" in found["requires"]
    assert "nice-thing" in found["recommends"]
    assert "old-thing" in found["conflicts"]
    assert "old-thing" in found["replaces"]


def test_another_system_does_not_hear_it(plan: Any) -> None:
    stated = STATED.format(key="fedora", requires="libzz")
    found = plan(stated, "bdist_deb", "--target", "ubuntu-24.04")["relations"]
    assert "libzz" not in found["requires"]
    relations = plan(stated, "bdist_rpm", "--target", "fedora-42")["relations"]
    assert "libzz" in relations["requires"]
    assert "old-thing" in relations["obsoletes"]


def test_what_a_format_cannot_say_is_told(plan: Any) -> None:
    stated = STATED.format(key="portable", requires="libzz")
    made = plan(stated, "bdist_dumb")
    assert "dumb packages cannot say: requires libzz" in made["notes"]


def test_options_stand_there_too(plan: Any) -> None:
    options = "[tool.pysetup.extensions.'pysetup.platform'.targets.{}.options]\n{}\n"
    wide = options.format("any", 'format = "zip"')
    assert plan(wide, "bdist_dumb")["options"]["format"] == "zip"
    both = wide + options.format("portable", 'format = "xztar"')
    assert plan(both, "bdist_dumb")["options"]["format"] == "xztar"
