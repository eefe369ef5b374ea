"""Type checkers follow an editable installation, whatever the project's layout."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.index.transport import Reply, Request
from pysetup.workflows.building.project import Building, EditableMode, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.provision import Choice, install
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.settings import Settings

PYPROJECT = """
[build-system]
requires = ["{requires}"]
build-backend = "{backend}"
[project]
name = "{name}"
version = "1.0"
description = "A demo"
"""
OURS = "pysetup.backend"
LAYOUTS = [
    pytest.param("demo", "src/demo/__init__.py", "demo", id="src layout"),
    pytest.param("demo", "demo/__init__.py", "demo", id="flat layout"),
    pytest.param("demo", "demo.py", "demo", id="a single module"),
    pytest.param("ns.demo", "src/ns/demo/__init__.py", "ns.demo", id="a namespace"),
]


class NoTransport:
    """A network on which any request is a mistake."""

    def send(self, request: Request) -> Reply:
        raise AssertionError(request.url)


def said_by_mypy(root: Path, module: str, mode: EditableMode) -> str:
    """Develop ``root`` in a new environment; return what mypy finds from there."""
    place = root.parent
    context = Context(
        environ=dict(os.environ),
        directory=place,
        settings=Settings(cache_dir=place / "cache"),
        transport=NoTransport(),
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=lambda _: None,
    )
    environment = create_environment(place / "env", context)
    install(
        read_wanted((), context=context, editables=[str(root)]),
        environment=environment,
        context=context,
        building=Building(isolate=no_isolation, editable=mode),
        choice=Choice(deps=False),
    )
    user = place / "user.py"
    user.write_text(f"from {module} import value\nreveal_type(value)\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--cache-dir", place / "mypy"),
            *("--follow-untyped-imports", "--config-file", os.devnull),
            *("--python-executable", environment.executable, user),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        env={"PATH": os.environ["PATH"]},
    )
    return done.stdout


def write(root: Path, name: str, path: str, *, backend: str) -> None:
    place = root / path
    place.parent.mkdir(parents=True)
    place.write_text('"""A demo."""\nvalue: int = 1\n')
    requires = backend.partition(".")[0]
    text = PYPROJECT.format(requires=requires, backend=backend, name=name)
    (root / "pyproject.toml").write_text(text)


@pytest.mark.interop
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["path", "links"])
@pytest.mark.parametrize(("name", "path", "module"), LAYOUTS)
def test_mypy_follows_an_editable_of_ours(
    tmp_path: Path, name: str, path: str, module: str, mode: EditableMode
) -> None:
    root = tmp_path / "prö ject"
    write(root, name, path, backend=OURS)
    assert 'Revealed type is "int"' in said_by_mypy(root, module, mode)


@pytest.mark.interop
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["path", "links"])
@pytest.mark.parametrize("backend", ["setuptools.build_meta", "flit_core.buildapi"])
@pytest.mark.parametrize(("name", "path", "module"), LAYOUTS[:3])
def test_mypy_follows_an_editable_of_other_back_ends(
    tmp_path: Path, name: str, path: str, module: str, backend: str, mode: EditableMode
) -> None:
    root = tmp_path / "project"
    write(root, name, path, backend=backend)
    assert 'Revealed type is "int"' in said_by_mypy(root, module, mode)
