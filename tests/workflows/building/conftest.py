"""Projects on disk and a way to build them: real children, no network, no isolation."""

import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.index.transport import Reply, Request
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.source import SourceArchive
from pysetup.workflows.building.build import build_wheel, make_sdist
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.settings import Settings

FILES = {
    "README.md": "# Demo\n",
    "LICENSE": "do what you like\n",
    "src/demo_pkg/__init__.py": '"""A demo."""\n__version__ = "1.0"\n'
    "def main():\n    pass\n",
    "src/demo_pkg/run.sh": "#!/bin/sh\n",
    "src/demo_pkg/data/x.txt": "x\n",
}


class NoTransport:
    """A network on which any request is a mistake."""

    def send(self, request: Request) -> Reply:
        raise AssertionError(request.url)


@pytest.fixture
def told() -> list[str]:
    """What was said to the user."""
    return []


@pytest.fixture
def isolated() -> list[tuple[str, ...]]:
    """The requirements for which environments were asked."""
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[str]) -> Context:
    return Context(
        environ=dict(os.environ),
        directory=tmp_path,
        settings=Settings(cache_dir=tmp_path / "cache"),
        transport=NoTransport(),
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=told.append,
    )


@pytest.fixture
def building(isolated: list[tuple[str, ...]]) -> Building:
    def isolate(requirements: Sequence[str]) -> Path:
        isolated.append(tuple(requirements))
        return no_isolation(requirements)

    return Building(isolate=isolate)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write a project from its files by path; some are there unless they are given."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        for name, text in {**FILES, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


@pytest.fixture
def sdist_of(
    context: Context, building: Building, out: Path
) -> Callable[[Path], SourceArchive]:
    def make(source: Path) -> SourceArchive:
        return make_sdist(source, into=out, context=context, building=building)

    return make


@pytest.fixture
def wheel_of(
    context: Context, building: Building, out: Path
) -> Callable[[Path], BinaryArchive]:
    def make(source: Path) -> BinaryArchive:
        return build_wheel(source, into=out, context=context, building=building)

    return make


@pytest.fixture
def read_from() -> Callable[[Path, str], bytes]:
    """Return the one file of an archive whose path ends so."""

    def read(archive: Path, ending: str) -> bytes:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                (name,) = [n for n in wheel.namelist() if n.endswith("/" + ending)]
                return wheel.read(name)
        with tarfile.open(archive) as sdist:
            top = sdist.getnames()[0].partition("/")[0]
            stream = sdist.extractfile(f"{top}/{ending}")
            assert stream is not None
            return stream.read()

    return read
