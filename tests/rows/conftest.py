"""Projects of every build back end, and the command, for the tests of the rows."""

import json
import os
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\ndescription = "A demo"\n'
SCRIPT = '[project.scripts]\ndemo = "demo:main"\n'
SETUP_CFG = """
[metadata]
name = demo
version = 1.0
[options]
packages = demo
package_dir =
    = src
[options.entry_points]
console_scripts =
    demo = demo:main
"""
SETUP_PY = """
from setuptools import setup
setup(name="demo", version="1.0", package_dir={"": "src"}, packages=["demo"],
      entry_points={"console_scripts": ["demo=demo:main"]})
"""
MODULE = '"""A demo."""\n\n\ndef main():\n    print("a row")\n'
INDEX = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PYSETUP_INDEX_URL")


def by(requires: str, backend: str) -> dict[str, str]:
    """Return the files of a project with this back end."""
    system = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'
    return {"pyproject.toml": f"{system}{PROJECT}{SCRIPT}"}


BACKENDS = {
    "pysetup": by("pysetup", "pysetup.backend"),
    "flit": by("flit_core", "flit_core.buildapi"),
    "setuptools": by("setuptools", "setuptools.build_meta"),
    "setup.cfg": {
        "setup.cfg": SETUP_CFG,
        "setup.py": "from setuptools import setup\nsetup()\n",
    },
    "setup.py alone": {"setup.py": SETUP_PY},
    "hatchling": by("hatchling", "hatchling.build"),
    "poetry-core": by("poetry-core", "poetry.core.masonry.api"),
    "pdm-backend": by("pdm-backend", "pdm.backend"),
}
OFFLINE = ("pysetup", "flit", "setuptools", "setup.cfg", "setup.py alone")
QUICK = "pysetup"


@dataclass(frozen=True)
class AnyProject:
    """A project of some back end, and the words that a build of it needs here."""

    kind: str
    root: Path
    words: tuple[str, ...]
    environ: Mapping[str, str]


Write = Callable[[str, Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return the function that writes files into a folder of the test."""

    def into(folder: str, files: Mapping[str, str]) -> Path:
        root = tmp_path / folder
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        return root

    return into


def marks(kind: str) -> list[pytest.MarkDecorator]:
    """Return what a test with this back end costs."""
    if kind == QUICK:
        return []
    return [pytest.mark.slow, *([] if kind in OFFLINE else [pytest.mark.network])]


@pytest.fixture(params=[pytest.param(kind, marks=marks(kind)) for kind in BACKENDS])
def any_project(request: pytest.FixtureRequest, write: Write) -> AnyProject:
    """A project with a module and a command, once for every back end."""
    kind = str(request.param)
    root = write(f"a project of {kind}", {"src/demo/__init__.py": MODULE})
    write(root.name, BACKENDS[kind])
    if kind in OFFLINE:
        # The environment of a test sees the back ends by a path: nobody lists them.
        here = ("--no-isolation", "--skip-dependency-check")
        return AnyProject(kind, root, here, {})
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    return AnyProject(kind, root, (), environ)


@pytest.fixture
def done(pysetup: Any) -> Callable[..., str]:
    """Run a command that must succeed; return its standard output."""

    def run(*words: str | Path, **options: Any) -> str:
        ran = pysetup(*words, **options)
        assert ran.code == 0, ran.out + ran.err
        return str(ran.out)

    return run


@pytest.fixture
def result(pysetup: Any) -> Callable[..., Any]:
    """Run a command with --json; return its result."""

    def run(*words: str | Path, code: int = 0, **options: Any) -> Any:
        ran = pysetup(*words, "--json", **options)
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out)["result"]

    return run


@pytest.fixture
def environment(tmp_path: Path, done: Callable[..., str]) -> Path:
    """A new environment, which sees the build back ends that the tests have."""
    path = tmp_path / "environment"
    done("venv", "create", path)
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = path / "lib" / name / "site-packages"
    (site / "back-ends.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return path


@pytest.fixture
def site(environment: Path) -> Path:
    """The site-packages of the environment."""
    (found,) = environment.glob("lib/python*/site-packages")
    return found
