"""Temporary folders, litter and logs: what goes, and what stays."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pysetup.edges.host import read_os_release
from pysetup.workflows.building.litter import litter_removed
from pysetup.workflows.building.logs import log_folder, log_mark, prune_logs
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context


def test_a_scratch_folder_goes_with_what_is_read_only_in_it() -> None:
    with scratch_folder("pysetup-test-") as folder:
        (folder / "a/b").mkdir(parents=True)
        (folder / "a/b/x").write_text("x")
        (folder / "a/link").symlink_to("/etc/passwd")
        for path in (folder / "a/b/x", folder / "a/b", folder / "a", folder):
            path.chmod(0o500)
        (folder / "a/b").chmod(0)
    assert not folder.exists()
    assert Path("/etc/passwd").exists()


def test_a_scratch_folder_may_be_gone_already() -> None:
    with scratch_folder("pysetup-test-") as folder:
        folder.rmdir()
    with pytest.raises(ZeroDivisionError), scratch_folder("pysetup-test-") as other:
        raise ZeroDivisionError
    assert not other.exists()


def test_new_build_folders_go_and_all_else_stays(tmp_path: Path) -> None:
    (tmp_path / "src/mine.egg-info").mkdir(parents=True)
    with litter_removed(tmp_path):
        for name in (
            "src/demo.egg-info",
            "build/lib",
            ".eggs/x",
            "src/build",
            "dist",
            ".git/x.egg-info",
            "node_modules/y.egg-info",
        ):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "z.egg-info").write_text("a file of the user's")
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert found == {
        "src",
        "src/mine.egg-info",
        "src/build",
        "dist",
        ".git",
        ".git/x.egg-info",
        "node_modules",
        "node_modules/y.egg-info",
        "z.egg-info",
    }


def test_litter_goes_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), litter_removed(tmp_path):  # noqa: PT012 - the first call is what is left
        (tmp_path / "build").mkdir()
        (tmp_path / "build").mkdir()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def logs_at(context: Context) -> Callable[[timedelta], Context]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return lambda later: replace(context, now=lambda: now + later)


def test_old_logs_go_and_so_do_the_oldest_of_many(
    logs_at: Callable[[timedelta], Context],
) -> None:
    context = logs_at(timedelta(0))
    prune_logs(context)
    folder = log_folder(context)
    folder.mkdir(parents=True)
    for number in range(205):
        path = folder / f"{number}.log"
        path.write_text("")
        age = number if number < 200 else 31 * 24 * 3600
        os.utime(path, (context.now().timestamp() - age,) * 2)
    (folder / "200.log").touch()
    prune_logs(context)
    left = {int(path.stem) for path in folder.iterdir()}
    assert left == {*range(199), 200}


def test_the_mark_of_a_log_names_time_and_process(context: Context) -> None:
    assert log_mark(context) == f"-20260101T000000Z-{os.getpid()}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "NAME=\"Debian GNU/Linux\"\nID=debian\n# ID=other\nID_LIKE='a b'\n",
            {"NAME": "Debian GNU/Linux", "ID": "debian", "ID_LIKE": "a b"},
            id="quoted and plain",
        ),
        pytest.param('ID="open\nodd line\nVERSION=1', {"VERSION": "1"}, id="damaged"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_os_release_is_read(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    path = tmp_path / "os-release"
    path.write_text(text)
    assert read_os_release((str(tmp_path / "none"), str(path))) == found
    assert read_os_release((str(tmp_path / "none"),)) == {}
