"""Archives built again: from what, with what, and what comes out."""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.process import run_process
from pysetup.interchange.comparison import DIFFERENT, IDENTICAL, SAME_CONTENT
from pysetup.workflows.build_lock import lock_build
from pysetup.workflows.building.build import build_wheel, make_sdist
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.rebuild import (
    NoSourceError,
    OtherPlatformError,
    Rebuilt,
    compare_files,
    rebuild,
)
from pysetup.workflows.settings import Settings

BACKEND = Path(__file__).with_name("tinyback.py").read_text("utf-8")
FOREIGN = """
[build-system]
requires = ["tinyback"]
build-backend = "tinyback"
[project]
name = "demo"
version = "1.0"
"""
NATIVE = FOREIGN.replace('"tinyback"\n', '"pysetup.backend"\n').replace(
    '["tinyback"]', '["pysetup"]'
)


@dataclass(frozen=True)
class World:
    """A project, what was shipped of it, and a way to rebuild that."""

    root: Path
    dist: Path
    context: Context

    def rebuild(self, original: Path, **options: Any) -> Rebuilt:
        into = self.root.parent / "rebuilt"
        context = options.pop("context", self.context)
        return rebuild(original, into=into, context=context, **options)

    def ship(self, *, epoch: int | None = None) -> tuple[Path, Path]:
        """Build sdist and wheel with pysetup."""
        context = self.context
        if epoch is not None:
            settings = replace(context.settings, source_date_epoch=epoch)
            environ = {**context.environ, "SOURCE_DATE_EPOCH": str(epoch)}
            context = replace(context, settings=settings, environ=environ)
        with building(context) as plain:
            how = plain.for_source(self.root)
            sdist = make_sdist(
                self.root, into=self.dist, context=context, building=how
            ).location
            wheel = build_wheel(
                sdist, into=self.dist, context=context, building=how
            ).location
        return sdist, wheel


@pytest.fixture
def world(tmp_path: Path, index: Any, make_wheel: Any) -> World:
    """``tinyback`` is there in two versions, which only their names tell apart."""
    for version in ("1.0", "1.1"):
        source = BACKEND.replace('VERSION = "1.0"', f'VERSION = "{version}"')
        make_wheel("tinyback", version, files={"tinyback.py": source})
    root = tmp_path / "demo"
    root.mkdir()
    (root / "pyproject.toml").write_text(FOREIGN)
    (root / "demo.py").write_text("value = 1\n")
    settings = Settings(
        cache_dir=tmp_path / "cache",
        no_index=True,
        find_links=(str(make_wheel.folder),),
    )
    context = Context(
        environ={**os.environ, "SOURCE_DATE_EPOCH": ""},
        directory=tmp_path,
        settings=settings,
        transport=index,
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=lambda _: None,
    )
    return World(root, tmp_path / "dist", context)


def shipped_by_its_backend(world: World, version: str) -> Path:
    """Return a wheel that ``tinyback`` made without pysetup, its sdist beside it."""
    sdist, wheel = world.ship()
    rebuilt = world.dist / "raw"
    made = rebuild(
        wheel_without_document(wheel, version),
        into=rebuilt,
        context=world.context,
        source=sdist,
    )
    shutil.move(sdist, rebuilt / sdist.name)
    return made.made


def wheel_without_document(wheel: Path, version: str) -> Path:
    """Return a stand-in that says no more than its generator."""
    import zipfile

    path = wheel.parent / "bare" / wheel.name
    path.parent.mkdir()
    text = f"Wheel-Version: 1.0\nGenerator: tinyback {version}\nRoot-Is-Purelib: true\n"
    with zipfile.ZipFile(path, "w") as archive:
        date = (2021, 2, 3, 4, 5, 6)
        archive.writestr(zipfile.ZipInfo("demo-1.0.dist-info/WHEEL", date), text)
    return path


def test_a_wheel_is_rebuilt_with_the_back_end_of_then(world: World) -> None:
    wheel = shipped_by_its_backend(world, "1.0")
    report = world.rebuild(wheel)
    assert Path(report.source).name == "demo-1.0.tar.gz"
    assert report.recorded.constraints == ("tinyback==1.0",)
    assert compare_files(wheel, report.made).verdict == IDENTICAL


def test_a_wheel_of_pysetup_is_rebuilt_with_its_document(world: World) -> None:
    (world.root / "pyproject.toml").write_text(NATIVE)
    _, wheel = world.ship(epoch=1700000000)
    report = world.rebuild(wheel)
    assert report.recorded.by_pysetup
    assert compare_files(wheel, report.made).verdict == IDENTICAL


def test_a_sdist_is_rebuilt_from_its_folder(world: World) -> None:
    (world.root / "pyproject.toml").write_text(NATIVE)
    sdist, _ = world.ship(epoch=1700000000)
    report = world.rebuild(sdist, source=world.root)
    assert compare_files(sdist, report.made).verdict == IDENTICAL
    with pytest.raises(NoSourceError, match="nothing says where"):
        world.rebuild(sdist)
    with pytest.raises(NoSourceError, match="is no folder"):
        world.rebuild(sdist, source=sdist)


def test_what_was_changed_since_is_found(world: World) -> None:
    wheel = shipped_by_its_backend(world, "1.1")
    (world.root / "demo.py").write_text("value = 2\n")
    found = compare_files(wheel, world.rebuild(wheel, source=world.root).made)
    assert found.verdict == DIFFERENT
    assert {file.path: file.kind for file in found.differing} == {
        "demo.py": "content",
        "demo-1.0.dist-info/RECORD": "listing",
    }


def test_the_build_lock_in_the_sdist_comes_first(world: World) -> None:
    pyproject = world.root / "pyproject.toml"
    pyproject.write_text(FOREIGN.replace('["tinyback"]', '["tinyback<1.1"]'))
    lock_build(world.root, context=world.context)
    _, wheel = world.ship()
    report = world.rebuild(wheel)
    assert report.locked.startswith("cpython-")
    assert report.pins == ()
    assert compare_files(wheel, report.made).verdict in (IDENTICAL, SAME_CONTENT)


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param("py3-none-win32", id="for another platform"),
        pytest.param("cp27-cp27m-any", id="for another Python"),
    ],
)
def test_what_cannot_be_rebuilt_here_is_refused(
    world: World, make_wheel: Any, tags: str
) -> None:
    wheel = make_wheel("demo", "1.0", tag=tags)
    with pytest.raises(OtherPlatformError, match="is for"):
        world.rebuild(wheel, source=world.root)


def test_a_wheel_without_any_source_is_refused(world: World, make_wheel: Any) -> None:
    with pytest.raises(NoSourceError, match="no sdist of it"):
        world.rebuild(make_wheel("lonely", "1.0"))
    with pytest.raises(NoSourceError, match="there is no"):
        world.rebuild(make_wheel("lonely", "1.0"), source=world.root / "gone")
