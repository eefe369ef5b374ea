"""Other places than the environment: prefix, root, the user's own folder."""

import os
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import find_environment
from pysetup.workflows.installing.places import Place, placed_environment


@pytest.fixture(scope="module")
def shared_env(tmp_path_factory: pytest.TempPathFactory) -> Path:
    env = tmp_path_factory.mktemp("places") / "env"
    venv.EnvBuilder(symlinks=True).create(env)
    return env


@pytest.fixture
def context(
    make_context: Callable[..., Context], shared_env: Path, tmp_path: Path
) -> Context:
    environ = {
        "PATH": os.environ["PATH"],
        "VIRTUAL_ENV": str(shared_env),
        "HOME": str(tmp_path / "home"),
    }
    return replace(make_context(None), run_process=run_process, environ=environ)


@pytest.fixture
def base(context: Context) -> Environment:
    return find_environment(context)


def test_a_prefix_has_the_folders_of_an_installation(
    base: Environment, context: Context, tmp_path: Path
) -> None:
    found = placed_environment(base, Place(prefix="opt"), context)
    prefix = tmp_path / "opt"
    series = f"python{base.markers['python_version']}"
    assert found.scheme.purelib == f"{prefix}/lib/{series}/site-packages"
    assert found.scheme.scripts == f"{prefix}/bin"
    assert found.scheme.data == str(prefix)
    assert found.scheme.headers == f"{prefix}/include/{series}"
    assert found.executable == base.executable
    assert found.paths[0] == found.scheme.purelib
    assert found.seen == ()


def test_a_root_stands_for_the_root_of_the_file_system(
    base: Environment, context: Context, tmp_path: Path
) -> None:
    found = placed_environment(base, Place(root="stage"), context)
    assert found.scheme.purelib == f"{tmp_path}/stage{base.scheme.purelib}"
    both = placed_environment(base, Place(root="stage", prefix="/usr"), context)
    assert both.scheme.scripts == f"{tmp_path}/stage/usr/bin"
    assert both.externally_managed is None


def test_the_users_folder_needs_a_python_that_looks_there(
    base: Environment, context: Context
) -> None:
    with pytest.raises(PysetupError) as caught:
        placed_environment(base, Place(user=True), context)
    assert caught.value.code == "PS7317"


@pytest.mark.parametrize("named", [None, "elsewhere"])
def test_what_the_python_has_counts_but_is_not_changed(
    named: str | None, context: Context, tmp_path: Path
) -> None:
    python = os.path.realpath(find_environment(context).executable)
    base = find_environment(context, python=python)
    if named:
        context = replace(context, environ={**context.environ, "PYTHONUSERBASE": named})
    found = placed_environment(base, Place(user=True), context)
    own = tmp_path / (named or "home/.local")
    series = f"python{base.markers['python_version']}"
    assert found.scheme.purelib == f"{own}/lib/{series}/site-packages"
    assert found.paths == (found.scheme.purelib,)
    assert found.seen == base.paths


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(Place(user=True, prefix="x"), id="user and prefix"),
        pytest.param(Place(target="a", prefix="b"), id="target and prefix"),
        pytest.param(Place(target="a", root="b"), id="target and root"),
    ],
)
def test_two_places_at_once_are_refused(
    place: Place, base: Environment, context: Context
) -> None:
    with pytest.raises(PysetupError) as caught:
        placed_environment(base, place, context)
    assert caught.value.code == "PS2665"
