"""``--dry-run``: it tells all that would change, and writes nothing at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

FEATURES: dict[str, Any] = {
    "files": {"demo/__init__.py": "value = 1\n", "demo/data.txt": "x"},
    "entry_points": "[console_scripts]\ndemo = demo:run\n",
}


@pytest.fixture
def env(pysetup: Any, tmp_path: Path) -> Path:
    """An environment that has ``old 1.0``."""
    made = pysetup("venv", "create", tmp_path / "env")
    assert made.code == 0, made.err
    return tmp_path / "env"


@pytest.fixture
def dry(pysetup: Any, env: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run a command twice: with a cache that is absent, and with one that is there.

    Nothing but a cache that is there may be touched; its outcome is that of the first.
    """

    def run(name: str, *words: object, code: int = 0) -> Any:
        surroundings = {"PYSETUP_CACHE_DIR": str(tmp_path / "no-cache")}
        before = _tree(tmp_path), _tree(pysetup.home)
        dry_words = (name, "--env", env, "--dry-run", *words)
        ran = pysetup(*dry_words, env=surroundings)
        assert ran.code == code, ran.err
        assert (_tree(tmp_path), _tree(pysetup.home)) == before
        again = pysetup(*dry_words)
        assert again.out.partition('"started"')[0] == ran.out.partition('"started"')[0]
        assert _tree(tmp_path) == before[0]
        return ran

    return run


def _tree(root: Path) -> dict[str, tuple[int, int]]:
    """Return what stands below ``root``, with times of change and inodes."""
    found = {}
    for path in (root, *root.rglob("*")):
        facts = path.lstat()
        found[str(path)] = (facts.st_mtime_ns, facts.st_ino)
    return found


def test_an_install_tells_its_changes(
    dry: Callable[..., Any], make_wheel: Any, pysetup: Any, env: Path
) -> None:
    assert pysetup("install", "--env", env, make_wheel(**FEATURES)).code == 0
    upgrade = make_wheel(version="2.0", **FEATURES)
    ran = dry("install", upgrade, make_wheel("new"))
    assert ran.out == (
        "+ new 1.0\n~ demo 1.0 -> 2.0\nNothing was changed (--dry-run).\n"
    )


def test_every_path_of_an_install_is_told_with_v(
    dry: Callable[..., Any], make_wheel: Any, pysetup: Any, env: Path
) -> None:
    wheel = make_wheel(**FEATURES)
    before = _files(env)
    ran = dry("install", "-v", wheel)
    told = [line[4:] for line in ran.out.splitlines() if line.startswith("  + ")]
    assert pysetup("install", "--env", env, wheel).code == 0
    assert sorted(told) == sorted(_files(env) - before)
    assert any(path.endswith(".pyc") for path in told)
    without = pysetup(
        "install", "--env", env, "-I", "--no-compile", "--dry-run", "-v", wheel
    )
    assert ".pyc" in "".join(
        line for line in without.out.splitlines() if "  - " in line
    )
    assert not any(
        "  + " in line and ".pyc" in line for line in without.out.splitlines()
    )


def test_every_path_of_an_uninstall_is_told_with_v(
    dry: Callable[..., Any], make_wheel: Any, pysetup: Any, env: Path
) -> None:
    before = _files(env)
    assert pysetup("install", "--env", env, make_wheel(**FEATURES)).code == 0
    changed = next(env.rglob("data.txt"))
    changed.write_text("mine")
    there = _files(env) - before
    ran = dry("uninstall", "-v", "demo")
    lines = ran.out.splitlines()
    told = [line[4:] for line in lines if line.startswith("  - ")]
    assert sorted(told) == sorted(there - {str(changed)})
    assert f"  kept {changed}" in lines


def _files(env: Path) -> set[str]:
    """Return the files of packages: not what pysetup keeps of its own work."""
    return {
        str(path)
        for path in env.rglob("*")
        if not path.is_dir() and ".pysetup" not in path.parts
    }


def test_an_index_is_asked_and_nothing_of_it_is_left(
    dry: Callable[..., Any], make_wheel: Any
) -> None:
    made = make_wheel("demo", metadata="Requires-Dist: helper\n")
    make_wheel("helper")
    ran = dry("install", "--no-index", "-f", made.parent, "demo")
    assert "+ helper 1.0" in ran.out


def test_the_json_form_has_the_whole_plan(
    dry: Callable[..., Any], make_wheel: Any
) -> None:
    ran = dry("install", make_wheel(**FEATURES), "--json")
    result = json.loads(ran.out)["result"]
    assert result["dry_run"] is True
    (install,) = result["plan"]["installs"]
    assert any(file["path"].endswith("data.txt") for file in install["files"])


def test_what_would_be_refused_is_refused(
    dry: Callable[..., Any], make_wheel: Any
) -> None:
    unfit = make_wheel("demo", metadata="Requires-Python: <3\n")
    ran = dry("install", unfit, code=3)
    assert "error[" in ran.err


def test_an_interrupted_change_is_left_as_it_is(
    dry: Callable[..., Any], make_wheel: Any, pysetup: Any, env: Path
) -> None:
    assert pysetup("install", "--env", env, make_wheel()).code == 0
    site = next(env.rglob("site-packages"))
    for state in (site / ".pysetup", env / ".pysetup"):
        (state / "tx-20260101T000000Z-1").mkdir(parents=True, exist_ok=True)
        (state / "tx-20260101T000000Z-1" / "litter").write_text("x")
    assert dry("install", make_wheel("new")).out.startswith("+ new 1.0\n")
    assert dry("uninstall", "demo").out.startswith("- demo 1.0\n")
