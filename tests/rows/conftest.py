"""Projects of every build back end, and the command, for the tests of the rows."""

import functools
import hashlib
import http.server
import json
import os
import re
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping
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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; to one who takes it for a proxy, as whatever host is asked."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(re.sub(r"^http://[^/]*", "", path))

    def send_head(self) -> Any:
        # Two pages of one second have one date: nobody is told that nothing changed.
        del self.headers["If-Modified-Since"]
        return super().send_head()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - their name
        pass


@dataclass(frozen=True)
class Index:
    """A folder that is an index, and its server on this machine."""

    folder: Path
    url: str

    @property
    def simple(self) -> str:
        return f"{self.url}/simple/"

    def add(self, wheel: Path, metadata: bytes = b"", *, digest: str = "") -> Path:
        """Serve a wheel and, beside it, its metadata; return where it now stands.

        ``digest`` is what the page says of the wheel, its true SHA-256 by default.
        """
        project, served = wheel.name.split("-")[0], self.folder / wheel.name
        served.write_bytes(wheel.read_bytes())
        told = digest or f"sha256={hashlib.sha256(served.read_bytes()).hexdigest()}"
        beside = ""
        if metadata:
            (self.folder / f"{wheel.name}.metadata").write_bytes(metadata)
            promised = hashlib.sha256(metadata).hexdigest()
            beside = f' data-core-metadata="sha256={promised}"'
        link = f'<a href="/{wheel.name}#{told}"{beside}>{wheel.name}</a>'
        page = self.folder / "simple" / project / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<!DOCTYPE html><title>{project}</title>{link}", "utf-8")
        return served


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of files, over real http."""
    folder = tmp_path / "index"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Index(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
