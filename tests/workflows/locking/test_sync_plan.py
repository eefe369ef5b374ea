"""What has to change so that an environment is what a lock says."""

from pathlib import Path
from typing import Any

import pytest

from pysetup.interchange.installed import InstalledDistribution
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
)
from pysetup.interchange.pylock.selecting import Chosen
from pysetup.metadata.document import Metadata
from pysetup.workflows.locking.sync_plan import is_same, plan_sync

FOLDER = Path("/project")
GOOD, OTHER = "ab" * 32, "cd" * 32


def installed(
    name: str, version: str = "1", *, requires: tuple[str, ...] = (), **more: Any
) -> InstalledDistribution:
    document = Metadata.from_dict(
        {"name": name, "version": version, "requires_dist": list(requires)}
    )
    return InstalledDistribution(document, f"/site/{name}-{version}.dist-info", **more)


def origin(digest: str, url: str = "https://f.example/a.whl") -> dict[str, Any]:
    return {"url": url, "archive_info": {"hashes": {"sha256": digest}}}


WHEEL = LockedArchive(
    url="https://f.example/a-1-py3-none-any.whl", hashes={"sha256": GOOD}
)
LISTED = LockedPackage(name="a", version="1.0", wheels=(WHEEL,))
ARCHIVE = LockedArchive(url="https://f.example/a.whl", hashes={"sha256": GOOD})
DIRECT = LockedPackage(name="a", version="1", archive=ARCHIVE)
VCS = LockedVcs(type="git", url="https://g.example/a", commit_id="c0ffee")
CLONED = LockedPackage(name="a", vcs=VCS)
EDITABLE = LockedDirectory(path="src/a", editable=True)
DEVELOPED = LockedPackage(name="a", directory=EDITABLE)
FOLDERED = LockedPackage(name="a", directory=LockedDirectory(path="src/a"))


def commit(commit_id: str) -> dict[str, Any]:
    info = {"vcs": "git", "commit_id": commit_id}
    return {"url": "https://g.example/a", "vcs_info": info}


def folder(path: str, *, editable: bool) -> dict[str, Any]:
    return {"url": f"file://{path}", "dir_info": {"editable": editable}}


@pytest.mark.parametrize(
    ("package", "found", "same"),
    [
        pytest.param(LISTED, installed("a", "1"), True, id="1 is 1.0"),
        pytest.param(LISTED, installed("a", "2"), False, id="another version"),
        pytest.param(
            LISTED,
            installed("a", provenance=origin(GOOD)),
            True,
            id="from a file of the lock",
        ),
        pytest.param(
            LISTED,
            installed("a", provenance=origin(OTHER)),
            False,
            id="the version, but from another file",
        ),
        pytest.param(
            LISTED,
            installed("a", direct_url=origin(GOOD)),
            False,
            id="from a URL, where the lock has an index",
        ),
        pytest.param(DIRECT, installed("a", direct_url=origin(GOOD)), True, id="a URL"),
        pytest.param(
            DIRECT, installed("a", direct_url=origin(OTHER)), False, id="other bytes"
        ),
        pytest.param(DIRECT, installed("a"), False, id="an index, where a URL is"),
        pytest.param(
            CLONED, installed("a", direct_url=commit("c0ffee")), True, id="the commit"
        ),
        pytest.param(
            CLONED, installed("a", direct_url=commit("beef")), False, id="another one"
        ),
        pytest.param(
            DEVELOPED,
            installed("a", direct_url=folder("/project/src/a", editable=True)),
            True,
            id="developed there",
        ),
        pytest.param(
            DEVELOPED,
            installed("a", direct_url=folder("/project/src/a", editable=False)),
            False,
            id="not for development",
        ),
        pytest.param(
            FOLDERED,
            installed("a", direct_url=folder("/project/src/a", editable=False)),
            False,
            id="a folder may have changed",
        ),
    ],
)
def test_what_is_there_already(
    package: LockedPackage, found: InstalledDistribution, *, same: bool
) -> None:
    source = package.direct or package.wheels[0]
    assert is_same(Chosen(package, source), found, folder=FOLDER) is same


THERE = (
    installed("a"),
    installed("extra"),
    installed("pip"),
    installed("pysetup", requires=("packaging", 'colorama; sys_platform == "win32"')),
    installed("packaging"),
    installed("colorama"),
    installed("project", direct_url=folder("/project", editable=True)),
    installed("elsewhere", direct_url=folder("/other", editable=True)),
)


@pytest.mark.parametrize(
    ("exact", "removed"),
    [
        pytest.param(True, ("colorama", "elsewhere", "extra"), id="exact"),
        pytest.param(False, (), id="inexact"),
    ],
)
def test_what_is_removed(*, exact: bool, removed: tuple[str, ...]) -> None:
    plan = plan_sync(
        [Chosen(LISTED, WHEEL)],
        THERE,
        folder=FOLDER,
        exact=exact,
        markers={"sys_platform": "linux"},
    )
    assert plan.kept == ("a",)
    assert plan.install == ()
    assert plan.remove == removed
