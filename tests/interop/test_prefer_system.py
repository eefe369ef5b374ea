"""``--prefer-system``: real packages of Debian, and conda's, satisfy requirements."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.interop

DEBIAN = Path("/usr/bin/python3")
PACKAGE = "python3-six"


@pytest.fixture
def debian() -> Path:
    """Debian's Python with a package of Debian's, or skip; as ``need_tool`` does."""
    dpkg = shutil.which("dpkg-query")
    found = dpkg and subprocess.run(
        [dpkg, "-W", "-f", "${Status}", PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.startswith("install ok")
    if not (DEBIAN.exists() and found):
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail(f"{PACKAGE} is required here and is not installed")
        pytest.skip(f"{PACKAGE} is not installed")
    return DEBIAN


@pytest.fixture
def seeing(debian: Path, tmp_path: Path, pysetup: Any) -> Path:
    """An environment that sees the packages of the system."""
    words = ("venv", "create", "--system-site-packages", "--python", debian)
    made = pysetup(*words, tmp_path / "seeing")
    assert made.code == 0, made.err
    return tmp_path / "seeing"


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    made = make_wheel("six", "99.0", files={"six.py": "__version__ = '99.0'\n"})
    make_wheel("demo", "1.0", metadata="Requires-Dist: six\n")
    return Path(made.parent)


@pytest.fixture
def run(wheels: Path, pysetup: Any) -> Callable[..., Any]:
    def run(*words: object) -> Any:
        environ = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(wheels)}
        return pysetup(*words, env=environ)

    return run


def system_state() -> dict[str, tuple[int, int]]:
    folder = Path("/usr/lib/python3/dist-packages")
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino)
        for path in (folder, *folder.glob("six*"))
    }


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["six"], id="plainly"),
        pytest.param(["-U", "six"], id="with --upgrade"),
        pytest.param(["--force-reinstall", "six"], id="with --force-reinstall"),
    ],
)
def test_what_debian_has_is_not_installed_again(
    run: Callable[..., Any], seeing: Path, words: list[str]
) -> None:
    before = system_state()
    ran = run("install", "--env", seeing, "--prefer-system", *words)
    assert ran.code == 0, ran.err
    assert ran.out == "Nothing to do.\n"
    assert "from the system: six 1." in ran.err
    assert f"({PACKAGE})" in ran.err
    assert system_state() == before


def test_it_satisfies_the_requirements_of_others(
    run: Callable[..., Any], seeing: Path
) -> None:
    ran = run("install", "--env", seeing, "--prefer-system", "demo")
    assert ran.out == "+ demo 1.0\n"
    assert run("check", "--python", seeing).code == 0


def test_a_version_that_does_not_fit_comes_beside_it(
    run: Callable[..., Any], seeing: Path
) -> None:
    before = system_state()
    ran = run("install", "--env", seeing, "--prefer-system", "six>=99")
    assert ran.out == "+ six 99.0\n"
    shown = subprocess.run(
        [seeing / "bin/python", "-c", "import six; print(six.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "99.0\n"
    assert run("uninstall", "--env", seeing, "six").out == "- six 99.0\n"
    assert system_state() == before


def test_without_the_option_an_upgrade_replaces_it(
    run: Callable[..., Any], seeing: Path
) -> None:
    assert run("install", "--env", seeing, "-U", "six").out == "+ six 99.0\n"


def test_what_is_added_to_a_project_starts_from_the_systems_version(
    run: Callable[..., Any], seeing: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    words = ("--project", project, "--env", seeing, "--prefer-system", "six")
    ran = run("add", *words)
    assert ran.code == 0, ran.err
    assert "+ six>=1." in ran.out
    assert ran.out.endswith("Nothing to do.\n")


def test_the_systems_own_python_needs_nothing_and_is_not_touched(
    run: Callable[..., Any], debian: Path
) -> None:
    before = system_state()
    ran = run("install", "--python", debian, "--prefer-system", "six")
    assert (ran.code, ran.out) == (0, "Nothing to do.\n"), ran.err
    assert system_state() == before


def test_an_environment_that_sees_none_is_told_so(
    run: Callable[..., Any], debian: Path, tmp_path: Path
) -> None:
    run("venv", "create", "--python", debian, tmp_path / "blind")
    ran = run("install", "--env", tmp_path / "blind", "--prefer-system", "six")
    assert "error[PS7870]" in ran.err
    assert "--system-site-packages" in ran.err


def test_what_conda_installed_stays_where_it_fits(
    run: Callable[..., Any], tmp_path: Path, make_wheel: Any
) -> None:
    environment = tmp_path / "conda"
    run("venv", "create", environment)
    old = make_wheel("tool", "1.0")
    make_wheel("tool", "2.0")
    assert run("install", "--env", environment, old).code == 0
    (info,) = environment.glob("lib/*/site-packages/tool-1.0.dist-info")
    (info / "INSTALLER").write_text("conda\n", "utf-8")
    (info / "direct_url.json").unlink()
    (environment / "conda-meta").mkdir()
    (environment / "conda-meta" / "tool-1.0-py_0.json").write_text(
        json.dumps({"name": "tool", "version": "1.0"}), "utf-8"
    )
    ran = run("install", "--env", environment, "--prefer-system", "-U", "tool")
    assert ran.out == "Nothing to do.\n", ran.err
    assert "from the system: tool 1.0 (tool)" in ran.err
