"""Names of wheels, sdists and dist-info folders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.filenames import (
    InvalidFilenameError,
    dist_info_name,
    parse_sdist_filename,
    parse_wheel_filename,
    sdist_filename,
    wheel_filename,
)
from pysetup.standards.versions import parse_version


@pytest.mark.parametrize(
    ("filename", "name", "version", "build", "tags", "variant"),
    [
        ("a-1.0-py3-none-any.whl", "a", "1.0", (), {"py3-none-any"}, ""),
        (
            "A_b-1-py2.py3-none-any.whl",
            "a-b",
            "1",
            (),
            {"py2-none-any", "py3-none-any"},
            "",
        ),
        ("a-1.0-2b-py3-none-any.whl", "a", "1.0", (2, "b"), {"py3-none-any"}, ""),
        (
            "a-1.0+l.1-cp311-abi3-linux_x86_64.whl",
            "a",
            "1.0+l.1",
            (),
            {"cp311-abi3-linux_x86_64"},
            "",
        ),
        ("a-1.0-py3-none-any-cuda.whl", "a", "1.0", (), {"py3-none-any"}, "cuda"),
        (
            "a-1.0-1-py3-none-any-cuda.whl",
            "a",
            "1.0",
            (1, ""),
            {"py3-none-any"},
            "cuda",
        ),
    ],
)
def test_wheel_names_are_read(
    filename: str,
    name: str,
    version: str,
    build: tuple[int, str] | tuple[()],
    tags: set[str],
    variant: str,
) -> None:
    found = parse_wheel_filename(filename)
    assert (found.name, found.version) == (name, parse_version(version))
    assert (found.build, {str(tag) for tag in found.tags}) == (build, tags)
    assert found.variant == variant


@pytest.mark.parametrize(
    "filename",
    [
        "a-1.0.tar.gz",
        "a.whl",
        "a-1.0-py3-none.whl",
        "a-1.0-x-y-py3-none-any-z.whl",
        "a__b-1.0-py3-none-any.whl",
        "-1.0-py3-none-any.whl",
        "a-x-py3-none-any.whl",
        "a-1.0-py3-none-.whl",
        "a-1.0-py3..py2-none-any.whl",
        "a-1.0-py 3-none-any.whl",
        "a-1.0-" + "py3." * 2000 + "py3-none-any.whl",
        "../a-1.0-py3-none-any.whl",
    ],
)
def test_what_is_no_wheel_name_is_refused(filename: str) -> None:
    with pytest.raises(InvalidFilenameError) as caught:
        parse_wheel_filename(filename)
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("filename", "known", "name", "version"),
    [
        ("a-1.0.tar.gz", None, "a", "1.0"),
        ("a_b-1.0.zip", None, "a-b", "1.0"),
        ("a-b-1.0.tar.bz2", None, "a-b", "1.0"),
        ("a-1.0-rc1.tgz", None, "a", "1.0rc1"),
        ("a-1-2.tar.xz", None, "a-1", "2"),
        ("a-1-2.tar.gz", "a", "a", "1.post2"),
    ],
)
def test_sdist_names_are_read(
    filename: str, known: str | None, name: str, version: str
) -> None:
    found = parse_sdist_filename(filename, name=known)
    assert (found.name, found.version) == (name, parse_version(version))


@pytest.mark.parametrize(
    ("filename", "known"),
    [
        ("a-1.0.whl", None),
        ("a.tar.gz", None),
        ("1.0.tar.gz", None),
        ("a-x.tar.gz", None),
        ("b-1.0.tar.gz", "a"),
        ("-1.0.tar.gz", None),
    ],
)
def test_what_is_no_sdist_name_is_refused(filename: str, known: str | None) -> None:
    with pytest.raises(InvalidFilenameError):
        parse_sdist_filename(filename, name=known)


def test_names_are_written_normalized() -> None:
    version = parse_version("1.0-RC1")
    assert sdist_filename("A.b", version) == "a_b-1.0rc1.tar.gz"
    assert dist_info_name("A.b", version) == "a_b-1.0rc1.dist-info"
    tags = ("py2-none-any", "py3-none-any")
    assert wheel_filename("A.b", version, tags, build="1") == (
        "a_b-1.0rc1-1-py2.py3-none-any.whl"
    )
    assert wheel_filename("a", version, ("py2.py3-none-any",)) == (
        "a-1.0rc1-py2.py3-none-any.whl"
    )


@pytest.mark.parametrize(
    "tags",
    [
        (),
        ("cp311-abi3-linux", "cp312-none-linux"),
        ("py3-none",),
        ("py3-none-any-x",),
        ("",),
    ],
)
def test_tags_that_one_name_cannot_say_are_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(InvalidFilenameError):
        wheel_filename("a", parse_version("1"), tags)


@pytest.mark.law
@given(
    name=st.sampled_from(["a", "A.b-c", "x1"]),
    version=st.sampled_from(["1.0", "1!2.0rc1.post2.dev3+l.1"]),
    pythons=st.sets(st.sampled_from(["py2", "py3", "cp311"]), min_size=1),
    platforms=st.sets(st.sampled_from(["any", "linux_x86_64"]), min_size=1),
    build=st.sampled_from(["", "1", "12ab"]),
)
def test_what_is_written_is_read(
    name: str, version: str, pythons: set[str], platforms: set[str], build: str
) -> None:
    tags = tuple(f"{p}-none-{q}" for p in pythons for q in platforms)
    parsed = parse_version(version)
    found = parse_wheel_filename(wheel_filename(name, parsed, tags, build=build))
    assert found.version == parsed
    assert {str(tag) for tag in found.tags} == set(tags)
    assert "".join(map(str, found.build)) == build
    assert parse_sdist_filename(sdist_filename(name, parsed)).version == parsed
