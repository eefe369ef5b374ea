"""Releases of an index as sources: NAME==VERSION, or the newest one of a name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.interchange.environment import Environment, Scheme
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.hashes import Hash
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.describing.compare import compare
from pysetup.workflows.describing.releases import (
    ReleaseNotFoundError,
    is_project_name,
    parse_release,
)
from pysetup.workflows.describing.sources import (
    Reading,
    read_installed_or_newest,
    read_source,
)

METADATA = "Metadata-Version: 2.2\nName: demo\nVersion: {}\nSummary: {}\n"


def wheel_name(version: str, tag: str = "py3-none-any") -> str:
    return f"demo-{version}-{tag}.whl"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment in which nothing is installed."""
    prefix = tmp_path / "environment"
    (prefix / "lib").mkdir(parents=True)
    library = str(prefix / "lib")
    return Environment(
        prefix=str(prefix),
        executable=str(prefix / "bin" / "python"),
        version="3.11.2",
        scheme=Scheme(**dict.fromkeys(Scheme.__slots__, library)),
        markers={},
        tags=(),
        paths=(library,),
        externally_managed=None,
        virtual=True,
    )


@pytest.fixture
def reading(
    make_context: Callable[..., Any], index: Any, environment: Environment
) -> Reading:
    return Reading(
        context=make_context(index),
        building=Building(isolate=no_isolation),
        environment=lambda: environment,
    )


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("demo==1.0", ("demo", "1.0")),
        ("Demo.Pkg == 1!2.0rc1", ("Demo.Pkg", "1!2.0rc1")),
        ("demo", None),
        ("demo==1.*", None),
        ("demo>=1", None),
        ("demo===1", None),
        ("demo==1,!=2", None),
        ("demo[x]==1", None),
        ("demo==1; python_version>'3'", None),
        ("../demo", None),
    ],
)
def test_a_release_is_named_by_one_version(
    text: str, parsed: tuple[str, str] | None
) -> None:
    assert parse_release(text) == parsed


def test_what_has_a_dot_is_a_file_and_never_sent_to_an_index() -> None:
    assert is_project_name("demo-project")
    assert not is_project_name("setup.py")
    assert not is_project_name("a/b")


def test_two_releases_are_compared_by_their_metadata_files(
    index: Any, reading: Reading
) -> None:
    files = []
    for version in ("1.0", "2.0"):
        text = METADATA.format(version, f"The {version}").encode()
        file = index.add_file(
            wheel_name(version), b"never read", core_metadata=(Hash.of(text),)
        )
        index.add(f"{file.url}.metadata", text)
        files.append(file)
    index.add_page("demo", *files)
    found = compare("demo==1.0", "demo==2.0", reading)
    assert [(one.pointer, one.after) for one in found.differences] == [
        ("/summary", "The 2.0"),
        ("/version", "2.0"),
    ]
    assert not any("range" in request.headers for request in index.requests)
    assert found.to_json()["sources"] == [
        {"place": file.url, "kind": "release", "derived": True} for file in files
    ]


def test_without_a_metadata_file_the_end_of_the_wheel_is_read(
    index: Any, reading: Reading, wheel: Callable[..., bytes]
) -> None:
    content = wheel("demo", "1.0", "Summary: in the wheel", filler=200_000)
    file = index.add_file(wheel_name("1.0"), content)
    index.add_page("demo", file)
    found = read_source("demo==1.0", reading)
    assert found.metadata.text("summary") == "in the wheel"
    assert all(
        "range" in request.headers
        for request in index.requests
        if request.url == file.url and request.method == "GET"
    )


def test_an_sdist_is_fetched_where_there_is_no_wheel(
    index: Any, reading: Reading, sdist: Callable[..., bytes]
) -> None:
    content = sdist("demo", "1.0", METADATA.format("1.0", "in the sdist"))
    index.add_page("demo", index.add_file("demo-1.0.tar.gz", content))
    assert read_source("demo==1", reading).metadata.text("summary") == "in the sdist"


def test_to_compare_a_name_is_what_is_installed_else_the_newest_final_release(
    index: Any, reading: Reading, wheel: Callable[..., bytes], told: list[str]
) -> None:
    offers = (("1.0", None), ("1.1", None), ("1.2", "broken"), ("2.0rc1", None))
    index.add_page(
        "demo",
        *(
            index.add_file(wheel_name(version), wheel("demo", version), yanked=yanked)
            for version, yanked in offers
        ),
    )
    with pytest.raises(NotInstalledError):
        read_source("demo", reading)
    assert index.requests == [], "nobody asked for it"
    found = read_installed_or_newest("demo", reading)
    assert str(found.metadata.version) == "1.1"
    assert told == ["demo is not installed: asking the index for its newest release"]
    assert str(read_source("demo==1.2", reading).metadata.version) == "1.2"
    assert told[1:] == [f"{wheel_name('1.2')} was taken back by its authors: broken"]


def test_what_no_index_has_is_told_with_what_there_is(
    index: Any, reading: Reading, wheel: Callable[..., bytes]
) -> None:
    index.add_page("demo", index.add_file(wheel_name("1.0"), wheel("demo", "1.0")))
    with pytest.raises(ReleaseNotFoundError) as caught:
        read_source("demo==3", reading)
    assert caught.value.message == "no index has a file of demo 3; it has 1.0"
    assert caught.value.hints == ("choose another one:  demo==1.0",)
    for name in ("absent", "absent==1"):
        with pytest.raises(ReleaseNotFoundError) as caught:
            read_installed_or_newest(name, reading)
        assert "--index-url" in caught.value.hints[0]
    with pytest.raises(NotInstalledError):
        read_installed_or_newest("no.such.file", reading)
