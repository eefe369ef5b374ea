"""Development installations in real environments, by really importing from them."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.index.transport import Reply, Request
from pysetup.interchange.environment import Environment
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.develop import (
    NoPlaceForEnvironmentError,
    NotDevelopedError,
    nearest_environment,
    project_environment,
    refresh,
    undo,
)
from pysetup.workflows.installing.environment import (
    NoEnvironmentError,
    create_environment,
)
from pysetup.workflows.installing.inspect import verify_files
from pysetup.workflows.installing.install import InstallReport, open_database
from pysetup.workflows.provision import Choice, install
from pysetup.workflows.resolving.requested import Wanted, read_wanted
from pysetup.workflows.settings import Settings
from pysetup.workflows.stale import stale_editables, tell_stale

PYPROJECT = """
[build-system]
requires = ["{backend}"]
build-backend = "{build_backend}"
[project]
name = "demo"
version = "1.0"
[project.scripts]
demo-command = "demo:main"
"""
OURS = PYPROJECT.format(backend="pysetup", build_backend="pysetup.backend")
SETUPTOOLS = PYPROJECT.format(
    backend="setuptools", build_backend="setuptools.build_meta"
)
SETUP_CFG = "[options]\npackage_dir = =src\npackages = find:\n[options.packages.find]\n"
HERE = Building(isolate=no_isolation)


class NoTransport:
    """A network on which any request is a mistake."""

    def send(self, request: Request) -> Reply:
        raise AssertionError(request.url)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[str]) -> Context:
    return Context(
        environ={"PATH": os.environ["PATH"]},
        directory=tmp_path,
        settings=Settings(cache_dir=tmp_path / "cache"),
        transport=NoTransport(),
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=told.append,
    )


@pytest.fixture
def environment(tmp_path: Path, context: Context) -> Environment:
    return create_environment(tmp_path / "env", context)


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    def write(pyproject: str = OURS, *, folder: str = "project") -> Path:
        root = tmp_path / folder
        (root / "src/demo/below").mkdir(parents=True)
        (root / "pyproject.toml").write_text(pyproject)
        (root / "setup.cfg").write_text(SETUP_CFG)
        (root / "src/demo/__init__.py").write_text("def main(): print('hello')\n")
        (root / "src/demo/below/__init__.py").write_text("value = 1\n")
        (root / "src/demo/data.txt").write_text("data\n")
        (root / "src/stray.py").write_text("")
        return root

    return write


def wanted_of(root: Path, context: Context) -> Wanted:
    return read_wanted((), context=context, editables=[str(root)])


def develop(
    root: Path, environment: Environment, context: Context, how: Building = HERE
) -> InstallReport:
    return install(
        wanted_of(root, context),
        environment=environment,
        context=context,
        building=how,
        choice=Choice(deps=False),
    )


def renew(
    root: Path, environment: Environment, context: Context
) -> InstallReport | None:
    return refresh(
        wanted_of(root, context),
        environment=environment,
        context=context,
        building=HERE,
        choice=Choice(deps=False),
    )


def imported(environment: Environment, what: str, **environ: str) -> bool:
    done = subprocess.run(
        [environment.executable, "-c", f"import {what}"],
        env=environ,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def entries(environment: Environment) -> set[str]:
    site = Path(environment.scheme.purelib)
    return {path.relative_to(site).as_posix() for path in site.rglob("*")}


LINKS = replace(HERE, editable="links")


@pytest.mark.parametrize(
    "pyproject",
    [
        pytest.param(OURS, id="ours"),
        pytest.param(SETUPTOOLS, id="setuptools", marks=pytest.mark.interop),
    ],
)
def test_a_link_tree_is_what_the_wheel_would_hold(
    project: Callable[..., Path],
    environment: Environment,
    context: Context,
    pyproject: str,
) -> None:
    root = project(pyproject)
    if pyproject is SETUPTOOLS:
        (root / "setup.cfg").write_text(
            f"{SETUP_CFG}where = src\n[options.package_data]\ndemo = data.txt\n"
        )
    before = entries(environment)
    develop(root, environment, context, LINKS)
    site = Path(environment.scheme.purelib)
    tree = site / "__editable__.demo.links"
    assert (site / "demo.pth").read_text() == f"{tree.name}\n"
    files = {p.relative_to(tree).as_posix(): p for p in tree.rglob("*")}
    links = {name: path.readlink() for name, path in files.items() if path.is_symlink()}
    assert links == {
        name: root / "src" / name
        for name in ("demo/__init__.py", "demo/below/__init__.py", "demo/data.txt")
    }
    (root / "src/demo/below/__init__.py").write_text("value = 2\n")
    assert imported(environment, "demo.below as b; assert b.value == 2")
    assert not imported(environment, "stray")
    assert verify_files(open_database(environment)) == ((), ())
    (root / "src/demo/new.py").touch()
    assert not imported(environment, "demo.new")
    assert renew(root, environment, context) is not None
    assert imported(environment, "demo.new")
    assert not list(root.rglob("build")) or pyproject is SETUPTOOLS
    undo(root, environment=environment, context=context)
    assert entries(environment) == before


def test_a_path_gives_way_to_links_and_back(
    project: Callable[..., Path], environment: Environment, context: Context
) -> None:
    root = project(folder="prö ject")
    for how in (HERE, LINKS, LINKS, HERE):
        develop(root, environment, context, how)
        assert imported(environment, "demo.below")
    assert (root / "src/demo/__init__.py").is_file()


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"LC_ALL": "C"}, id="the C locale"),
        pytest.param({"LC_ALL": "C.UTF-8"}, id="UTF-8"),
        pytest.param(
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="ASCII"
        ),
    ],
)
def test_any_folder_can_be_imported_from_under_any_locale(
    project: Callable[..., Path],
    environment: Environment,
    context: Context,
    environ: dict[str, str],
) -> None:
    develop(project(folder="prö ject"), environment, context)
    assert imported(environment, "demo", **environ)


def test_a_change_of_the_tree_is_told_and_refreshed(
    project: Callable[..., Path],
    environment: Environment,
    context: Context,
    told: list[str],
) -> None:
    root = project()
    develop(root, environment, context)
    assert renew(root, environment, context) is None
    os.utime(root / "pyproject.toml", (1, 1))
    assert stale_editables(environment.paths) == ()
    text = OURS.replace('"1.0"', '"1.1"').replace("demo-command", "demo-other")
    (root / "pyproject.toml").write_text(text)
    told.clear()
    tell_stale(environment, context)
    (line,) = told
    assert "demo 1.0" in line
    assert "(version 1.1, entry points)" in line
    assert f"pysetup develop --refresh {root}" in line
    report = renew(root, environment, context)
    assert report is not None
    assert report.upgraded == (("demo", "1.0", "1.1"),)
    scripts = set(os.listdir(environment.scheme.scripts))
    assert "demo-other" in scripts
    assert "demo-command" not in scripts
    assert stale_editables(environment.paths) == ()


def test_a_project_of_another_name_replaces_itself(
    project: Callable[..., Path], environment: Environment, context: Context
) -> None:
    root = project()
    develop(root, environment, context)
    text = OURS.replace('name = "demo"', 'name = "other"') + (
        '[tool.pysetup.sources]\nmodules = ["demo"]\n'
    )
    (root / "pyproject.toml").write_text(text)
    report = renew(root, environment, context)
    assert report is not None
    assert (report.installed, report.removed) == (
        (("other", "1.0"),),
        (("demo", "1.0"),),
    )


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(lambda root: root.rename(root.parent / "x"), "is gone", id="gone"),
        pytest.param(
            lambda root: (root / "pyproject.toml").write_text("["),
            "pyproject.toml",
            id="broken",
        ),
    ],
)
def test_a_tree_that_cannot_be_read_is_told(
    project: Callable[..., Path],
    environment: Environment,
    context: Context,
    harm: Callable[[Path], object],
    said: str,
) -> None:
    root = project()
    develop(root, environment, context)
    harm(root)
    (stale,) = stale_editables(environment.paths)
    assert said in str(stale)


def test_what_is_not_developed_is_not_undone(
    project: Callable[..., Path], environment: Environment, context: Context
) -> None:
    root = project()
    with pytest.raises(NotDevelopedError):
        undo(root, environment=environment, context=context)
    with pytest.raises(NotDevelopedError):
        renew(root, environment, context)


def test_the_environment_is_the_active_one_else_the_nearest_else_a_new_one(
    tmp_path: Path, context: Context, environment: Environment, told: list[str]
) -> None:
    root = tmp_path / "above" / "project"
    root.mkdir(parents=True)
    with pytest.raises(NoEnvironmentError):
        nearest_environment(root, context)
    active = replace(context, environ={"VIRTUAL_ENV": environment.prefix})
    assert project_environment(root, active).prefix == environment.prefix
    assert told == []
    assert project_environment(root, context).prefix == str(root / ".venv")
    assert project_environment(root, context).prefix == str(root / ".venv")
    assert [line.split()[0] for line in told] == ["created", "using"]


def test_where_no_environment_can_be_made_the_next_step_is_told(
    tmp_path: Path, context: Context
) -> None:
    (tmp_path / ".venv").write_text("not a folder")
    with pytest.raises(NoPlaceForEnvironmentError) as caught:
        project_environment(tmp_path, context)
    assert "--env" in caught.value.hints[1]
