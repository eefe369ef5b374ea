"""The installed commands: build-lock, builds by it, and rebuild."""

import json
from pathlib import Path
from typing import Any

import pytest

BACKEND = Path(__file__).parent.parent / "workflows" / "tinyback.py"
PYPROJECT = """
[build-system]
requires = ["tinyback"]
build-backend = "tinyback"
[project]
name = "demo"
version = "1.0"
"""


@pytest.mark.flow
def test_a_project_is_locked_built_and_rebuilt(
    tmp_path: Path, pysetup: Any, make_wheel: Any
) -> None:
    make_wheel("tinyback", "1.0", files={"tinyback.py": BACKEND.read_text("utf-8")})
    root = tmp_path / "a project"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "demo.py").write_text("value = 1\n")
    where = ("--no-index", "--find-links", make_wheel.folder)

    refused = pysetup("build", root, "--locked", *where)
    assert refused.code == 8
    assert "PS8760" in refused.err

    locked = pysetup("build-lock", *where, cwd=root)
    assert locked.out == "+ tinyback-1.0-py3-none-any.whl\nwrote pylock.toml\n"
    assert pysetup("build-lock", "--check", *where, cwd=root).code == 0

    built = pysetup("build", root, "--locked", "--offline", *where)
    assert built.code == 0, built.err
    wheel = root / "dist" / "demo-1.0-py3-none-any.whl"

    same = pysetup("rebuild", "--compare", "--json", wheel, *where)
    assert same.code == 0, same.out
    result = json.loads(same.out)["result"]
    assert result["comparison"]["verdict"] in ("identical", "same-content")
    assert result["locked"].startswith("cpython-")

    (root / "demo.py").write_text("value = 2\n")
    other = pysetup("rebuild", "--compare", wheel, "--from", root, *where)
    assert other.code == 1, other.err
    assert "  content   demo.py\n" in other.out

    (root / "pyproject.toml").write_text(
        PYPROJECT.replace('["tinyback"]', '["tinyback>=0"]')
    )
    stale = pysetup("build", root, *where)
    assert stale.code == 8
    assert "pysetup build-lock" in stale.err


@pytest.mark.flow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("rebuild", "a", "b", "c"), "give one FILE", id="three files"),
        pytest.param(("rebuild", "a", "b"), "two with --compare", id="two, no verdict"),
        pytest.param(
            ("rebuild", "--compare", "a", "b", "--from", "c"),
            "without a build",
            id="two files and a source",
        ),
        pytest.param(
            ("build", "--locked", "--no-isolation"),
            "leave out one",
            id="a lock without isolation",
        ),
        pytest.param(("rebuild", "no.whl"), "no.whl", id="a file that is not there"),
        pytest.param(
            ("build-lock", "--check", "--upgrade"), "goes without", id="check or change"
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    pysetup: Any, words: tuple[str, ...], told: str
) -> None:
    ran = pysetup(*words)
    assert ran.code in (2, 5)
    assert told in ran.err
    assert "Traceback" not in ran.err
