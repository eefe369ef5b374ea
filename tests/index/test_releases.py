"""A page as a resolver reads it."""

import subprocess
import sys

from pysetup.index.model import (
    File,
    ProjectPage,
    file_of_row,
    make_page,
    page_of,
    releases_of,
)
from pysetup.index.releases import PageReleases
from pysetup.standards.hashes import Hash

URL = "https://index.example/simple/demo/"


def file(name: str, python: str = "", **more: object) -> File:
    return File(name, f"https://h/{name}", (Hash.of(name.encode()),), python, **more)  # type: ignore[arg-type] # a shorthand


PAGE = make_page(
    "demo",
    [
        file("demo-2.0-py3-none-any.whl", ">=3.8", upload_time="2024-02-02T00:00:00Z"),
        file("demo-2.0.tar.gz", ">=3.8", upload_time="2024-02-01T00:00:00Z"),
        file("demo-10.0rc1-py3-none-any.whl", ">=3.8"),
        file("demo-10.0rc1.tar.gz", ">=3.8"),
        file("demo-1.0-py3-none-any.whl", yanked="broken"),
        file("demo-1.0-7-cp311-cp311-linux_x86_64.whl", yanked="broken"),
        file("demo-3.0-py3-none-any-fast.whl"),
    ],
    url=URL,
)


def test_releases_are_in_the_order_of_versions() -> None:
    releases = releases_of(PAGE)
    assert releases.versions == ("1.0", "2.0", "3.0", "10.0rc1")
    assert len(releases) == 4
    assert releases.prereleases == 0b1000


def test_releases_whose_files_fit_alike_share_a_shape() -> None:
    releases = releases_of(PAGE)
    one, two, three, rc = releases.shape_of
    assert two == rc
    assert len({one, two, three}) == 3

    def kinds(shape: int) -> set[tuple[str, str, str | None]]:
        return {releases.kinds[number] for number in releases.shapes[shape]}

    assert kinds(one) == {
        ("py3-none-any", "", "broken"),
        ("cp311-cp311-linux_x86_64", "", "broken"),
    }
    assert kinds(two) == {("py3-none-any", ">=3.8", None), ("", ">=3.8", None)}
    assert kinds(three) == {("py3-none-any-fast", "", None)}


def test_the_files_of_a_release_are_those_of_the_page_in_its_order() -> None:
    releases = releases_of(PAGE)
    assert tuple(map(file_of_row, releases.rows(1))) == PAGE.files[:2]
    assert set(page_of(releases).files) == set(PAGE.files)


def test_the_earliest_upload_of_each_release_is_told() -> None:
    assert releases_of(PAGE).uploaded == ("", "2024-02-01T00:00:00Z", "", "")


def test_an_upload_time_of_two_lines_is_none() -> None:
    page = make_page("demo", [file("demo-1.tar.gz", upload_time="1\n2")], url=URL)
    assert releases_of(page).uploaded == ("",)


def test_versions_that_a_page_lists_without_files_are_kept() -> None:
    page = ProjectPage("demo", PAGE.files, versions=("0.1", "1.0", "2.0"))
    releases = releases_of(page)
    assert releases.listed == ("0.1", "1.0", "2.0")
    assert PageReleases(*releases.packed()).listed == releases.listed


def test_an_empty_page_has_no_releases() -> None:
    releases = PageReleases(*releases_of(ProjectPage("demo")).packed())
    assert (len(releases), releases.versions, releases.prereleases) == (0, (), 0)
    assert page_of(releases) == ProjectPage("demo")


def test_the_modules_of_the_short_path_load_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import pysetup.index.releases, pysetup.index.needs, pysetup.store.marshalled;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path[:0] = {sys.path!r};{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    with_os = {"os", "posixpath", "ntpath", "genericpath", "stat", "_stat"}
    assert loaded - with_os <= {"pysetup", "marshal", "zlib", "_collections_abc"}
