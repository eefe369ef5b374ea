"""Build locks made, checked and used, with a small back end from an index in memory."""

import os
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.process import run_process
from pysetup.index.transport import OfflineTransport
from pysetup.interchange.build_lock import PYLOCK, read_build_locks
from pysetup.standards.hashes import HashMismatchError
from pysetup.workflows.build_lock import (
    LockReport,
    NotLockedError,
    StaleBuildLockError,
    Upgrade,
    check_build_lock,
    lock_build,
)
from pysetup.workflows.building.build import build_wheel, make_sdist
from pysetup.workflows.building.project import LockUse
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.isolating.isolation import BuildRequirementError
from pysetup.workflows.isolating.locked_builds import (
    LockedFileAbsentError,
    NoBuildLockError,
    UnlistedBuildError,
)
from pysetup.workflows.settings import Settings

BACKEND = Path(__file__).with_name("tinyback.py").read_text("utf-8")
PYPROJECT = """
[build-system]
requires = [%s]
build-backend = "tinyback"
[project]
name = "%s"
version = "1.0"
"""


@dataclass(frozen=True)
class World:
    """A project, an index that has what it needs, and ways to build and lock it."""

    root: Path
    context: Context
    index: Any
    told: list[str]

    def write(self, *requires: str) -> None:
        listed = ", ".join(f'"{text}"' for text in requires)
        (self.root / "pyproject.toml").write_text(PYPROJECT % (listed, "demo"))

    def lock(self, **options: Any) -> LockReport:
        return lock_build(self.root, context=self.context, **options)

    def build(
        self,
        source: Path | None = None,
        *,
        lock: LockUse = "use",
        context: Context | None = None,
    ) -> Path:
        source, context = source or self.root, context or self.context
        out = self.root.parent / "out"
        out.mkdir(exist_ok=True)
        with building(context, lock=lock) as how:
            made = build_wheel(
                source, into=out, context=context, building=how.for_source(source)
            )
        return made.location

    def without_cache(self, name: str) -> Context:
        settings = replace(self.context.settings, cache_dir=self.root.parent / name)
        return replace(self.context, settings=settings)


def sdist_of(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    path = folder / f"{name}-1.0.tar.gz"
    for inner, text in files.items():
        place = folder / f"{name}-1.0" / inner
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder / f"{name}-1.0", f"{name}-1.0")
    return path


@pytest.fixture
def world(tmp_path: Path, index: Any, make_wheel: Any) -> World:
    """The index has the back end as wheels, and ``helper`` as an sdist only."""
    wheels = [
        make_wheel("tinyback", version, files={"tinyback.py": BACKEND})
        for version in ("1.0", "1.1")
    ]
    served = [index.add_file(path.name, path.read_bytes()) for path in wheels]
    index.add_page("tinyback", *served)
    sdist = sdist_of(
        tmp_path,
        "helper",
        {
            "pyproject.toml": PYPROJECT % ('"tinyback>=1.0"', "helper"),
            "PKG-INFO": "Metadata-Version: 2.2\nName: helper\nVersion: 1.0\n",
            "helper.py": "",
        },
    )
    index.add_page("helper", index.add_file(sdist.name, sdist.read_bytes()))
    root = tmp_path / "demo"
    root.mkdir()
    (root / "demo.py").write_text("value = 1\n")
    told: list[str] = []
    context = Context(
        environ=dict(os.environ),
        directory=tmp_path,
        settings=Settings(cache_dir=tmp_path / "cache", index_url=index.url),
        transport=index,
        run_process=run_process,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=told.append,
    )
    made = World(root, context, index, told)
    made.write("tinyback<1.1")
    return made


def test_what_hooks_and_sdists_ask_for_is_locked_and_used_offline(world: World) -> None:
    (world.root / "asks_for_helper").touch()
    report = world.lock()
    assert [file.filename for file in report.lock.files] == [
        "helper-1.0.tar.gz",
        "tinyback-1.0-py3-none-any.whl",
        "tinyback-1.1-py3-none-any.whl",
    ]
    assert {one.requires for one in report.lock.sets} == {
        ("tinyback<1.1",),
        ("helper", "tinyback<1.1"),
        ("tinyback>=1.0",),
    }
    assert check_build_lock(world.root, context=world.context).lock == report.lock
    world.index.requests.clear()
    offline = replace(world.context, transport=OfflineTransport(world.index))
    assert world.build(lock="require", context=offline).is_file()
    assert world.index.asked == []
    assert not world.lock().written


def test_each_locked_file_is_fetched_once_and_nothing_else(world: World) -> None:
    world.lock()
    fresh = world.without_cache("second-cache")
    world.index.requests.clear()
    world.build(context=fresh)
    world.build(context=fresh)
    (asked,) = world.index.asked
    assert asked.endswith("tinyback-1.0-py3-none-any.whl")


def test_a_file_that_is_another_is_refused(world: World) -> None:
    world.lock()
    (url,) = [
        file.url
        for lock in read_build_locks((world.root / PYLOCK).read_bytes()).values()
        for file in lock.files
    ]
    served = world.index.routes[url]
    served.content = bytes(len(served.content))
    with pytest.raises(HashMismatchError):
        world.build(context=world.without_cache("second-cache"))


@pytest.mark.slow
def test_versions_stay_until_they_are_to_be_upgraded(world: World) -> None:
    world.write("tinyback<1.1")
    world.lock()
    world.write("tinyback")
    assert world.lock().added == ()
    report = world.lock(upgrade=Upgrade(names=("TinyBack",)))
    assert report.added == ("tinyback-1.1-py3-none-any.whl",)
    assert report.removed == ("tinyback-1.0-py3-none-any.whl",)
    with pytest.raises(NotLockedError, match="other"):
        world.lock(upgrade=Upgrade(names=("other",)))
    assert not world.lock(upgrade=Upgrade(everything=True)).written


def test_nothing_is_written_in_a_dry_run(world: World) -> None:
    report = world.lock(dry_run=True)
    assert report.added == ("tinyback-1.0-py3-none-any.whl",)
    assert report.changed
    assert not report.written
    assert not (world.root / PYLOCK).exists()


def test_a_link_and_a_mode_stay(world: World, tmp_path: Path) -> None:
    place = tmp_path / "locks" / PYLOCK
    place.parent.mkdir()
    place.write_text('lock-version = "1.0"\ncreated-by = "me"\npackages = []\n')
    place.chmod(0o664)
    (world.root / PYLOCK).symlink_to(place)
    assert world.lock().written
    assert (world.root / PYLOCK).is_symlink()
    assert place.stat().st_mode & 0o777 == 0o664
    assert list(read_build_locks(place.read_bytes()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda world: world.write("tinyback<1.1", "helper"),
            "helper was added",
            id="a new requirement",
        ),
        pytest.param(
            lambda world: world.write(), "tinyback<1.1 is gone", id="one less"
        ),
    ],
)
def test_a_stale_lock_is_told(
    world: World, change: Callable[[World], None], told: str
) -> None:
    world.lock()
    change(world)
    with pytest.raises(StaleBuildLockError, match=told) as caught:
        check_build_lock(world.root, context=world.context)
    assert caught.value.exit_code == 8


def test_an_unlisted_build_download_is_refused(world: World) -> None:
    world.lock()
    world.write("tinyback<1.1", "helper")
    asked = len(world.index.requests)
    with pytest.raises(UnlistedBuildError, match="does not list helper") as caught:
        world.build()
    assert caught.value.exit_code == 8
    assert len(world.index.requests) == asked


@pytest.mark.slow
def test_what_a_hook_asks_for_anew_is_refused(world: World) -> None:
    world.lock()
    (world.root / "asks_for_helper").touch()
    with pytest.raises(UnlistedBuildError, match="does not list helper"):
        check_build_lock(world.root, context=world.context)


@pytest.mark.slow
def test_a_set_that_nothing_asks_for_is_stale(world: World) -> None:
    (world.root / "asks_for_helper").touch()
    world.lock()
    (world.root / "asks_for_helper").unlink()
    with pytest.raises(StaleBuildLockError, match="nothing asks for"):
        check_build_lock(world.root, context=world.context)


def test_a_lock_may_be_required_left_aside_or_absent(world: World) -> None:
    with pytest.raises(NoBuildLockError) as caught:
        world.build(lock="require")
    assert caught.value.exit_code == 8
    assert world.build().is_file()
    world.lock()
    world.write("tinyback")
    assert world.build(lock="ignore").is_file()


def test_a_lock_for_other_pythons_is_told_and_not_used(world: World) -> None:
    report = world.lock()
    path = world.root / PYLOCK
    path.write_text(path.read_text().replace(report.lock.target, "pypy-3.9-x-y"))
    assert world.build().is_file()
    assert "is locked for pypy-3.9-x-y, not for" in world.told[-1]


def test_the_sdist_carries_the_lock_so_that_others_build_alike(
    world: World, tmp_path: Path
) -> None:
    world.lock()
    with building(world.context) as how:
        sdist = make_sdist(
            world.root,
            into=tmp_path / "dist",
            context=world.context,
            building=how.for_source(world.root),
        )
    assert world.build(sdist.location, lock="require").is_file()
    assert not (world.root / "PKG-INFO").exists()


@pytest.mark.slow
def test_files_of_a_folder_need_the_folder_or_the_project(
    world: World, tmp_path: Path, make_wheel: Any
) -> None:
    folder = world.root / "vendor"
    settings = replace(
        world.context.settings, no_index=True, find_links=(str(make_wheel.folder),)
    )
    outside = replace(world, context=replace(world.context, settings=settings))
    assert outside.lock().lock.files[0].url == ""
    assert outside.build().is_file()
    bare = replace(settings, find_links=(), cache_dir=tmp_path / "second-cache")
    with pytest.raises(BuildRequirementError, match="is not here") as caught:
        outside.build(context=replace(world.context, settings=bare))
    assert isinstance(caught.value.__cause__, LockedFileAbsentError)
    make_wheel.folder.rename(folder)
    inside = replace(settings, find_links=(str(folder),))
    vendored = replace(world, context=replace(world.context, settings=inside))
    (file,) = vendored.lock().lock.files
    assert file.path == "vendor/tinyback-1.0-py3-none-any.whl"
    assert outside.build(context=replace(world.context, settings=bare)).is_file()
