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


@pytest.mark.parametrize(
    ("format_", "words", "recipe"),
    [
        ("rpm", ["--target", "fedora-42"], "*.spec"),
        ("rpm", ["--target", "fedora-42", "-O", "flavour=fedora"], "*.spec"),
        ("pacman", [], "PKGBUILD"),
        ("conda", [], "recipe.yaml"),
    ],
    ids=["rpm, plain", "rpm, fedora", "pacman", "conda"],
)
def test_what_a_build_needs_there_is_in_the_recipe(
    pysetup: Any, tmp_path: Path, format_: str, words: list[str], recipe: str
) -> None:
    family = "conda" if format_ == "conda" else format_
    stated = f"[tool.pysetup.extensions.'pysetup.platform'.targets.{family}]\n"
    root = tmp_path / "project"
    root.mkdir()
    (root / "zz_stated.py").write_text("")
    (root / "pyproject.toml").write_text(
        f'{PROJECT}\n{stated}build_requires = ["zz-tool"]\n'
    )
    out = tmp_path / "out"
    ran = pysetup(f"bdist_{format_}", root, "--source", "-o", out, *words)
    assert ran.code == 0, ran.err
    (made,) = out.rglob(recipe)
    assert "zz-tool" in made.read_text()


def test_what_a_build_needs_is_in_the_plan_of_a_deb(plan: Any) -> None:
    stated = "[tool.pysetup.extensions.'pysetup.platform'.targets.ubuntu]\n"
    made = plan(
        f'{stated}build_requires = ["zz-tool (>= 2)"]\n',
        *("bdist_deb", "--target", "ubuntu-24.04"),
    )
    assert "zz-tool (>= 2)" in [row["requirement"] for row in made["details"]["build"]]
