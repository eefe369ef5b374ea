"""Choosing from a lock: PEP 751's algorithm, and the same answer as its library."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from packaging.pylock import Pylock
from packaging.tags import Tag

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.pylock.model import LockedArchive
from pysetup.interchange.pylock.reading import read_lock
from pysetup.interchange.pylock.selecting import Parts, choose

DIGEST = "ab" * 32
TAGS = ("cp311-cp311-linux_x86_64", "cp311-abi3-linux_x86_64", "py3-none-any")
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}
HERE = Environment(
    prefix="/e",
    executable="/e/bin/python",
    version="3.11.7",
    scheme=Scheme("/e/p", "/e/p", "/e/bin", "/e", "/e/h"),
    markers=MARKERS,
    tags=TAGS,
    paths=(),
    externally_managed=None,
    virtual=True,
)
HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'


def row(name: str, *files: str, marker: str = "", more: str = "") -> str:
    """Return a row of version 1 with ``files``; an ending in .tar.gz is the sdist."""
    listed = [
        f'{{ url = "https://f.example/{file}", hashes = {{ sha256 = "{DIGEST}" }} }}'
        for file in files
        if file.endswith(".whl")
    ]
    sdists = [file for file in files if not file.endswith(".whl")]
    lines = ["[[packages]]", f'name = "{name}"', 'version = "1"']
    if marker:
        lines.append(f'marker = "{marker}"')
    if sdists:
        lines.append(
            f'sdist = {{ url = "https://f.example/{sdists[0]}",'
            f' hashes = {{ sha256 = "{DIGEST}" }} }}'
        )
    if listed:
        lines.append(f"wheels = [{', '.join(listed)}]")
    return "\n".join([*lines, more, ""])


def chosen(content: str, *, where: Environment = HERE, **parts: Any) -> list[str]:
    lock = read_lock(content.encode())
    found = choose(lock, where, source="pylock.toml", parts=Parts(**parts))
    return [
        one.source.filename if isinstance(one.source, LockedArchive) else "?"
        for one in found
    ]


PLAIN = "a-1-py3-none-any.whl"
NATIVE = "a-1-cp311-cp311-linux_x86_64.whl"
STABLE = "a-1-cp38-abi3-linux_x86_64.whl"
GROUPS = (
    "extras = ['web']\ndependency-groups = ['dev']\ndefault-groups = ['base']\n"
    + row("a", PLAIN, marker="'base' in dependency_groups")
    + row("b", "b-1-py3-none-any.whl", marker="'web' in extras")
    + row("c", "c-1-py3-none-any.whl", marker="'dev' in dependency_groups")
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param((PLAIN, NATIVE), NATIVE, id="the best tag"),
        pytest.param(
            (PLAIN, "a-1-7-py3-none-any.whl"),
            "a-1-7-py3-none-any.whl",
            id="the highest build number",
        ),
        pytest.param(
            ("a-1-cp312-cp312-linux_x86_64.whl", "a-1.tar.gz"),
            "a-1.tar.gz",
            id="the sdist where no wheel fits",
        ),
        pytest.param(("a-1.tar.gz", PLAIN), PLAIN, id="a wheel before the sdist"),
    ],
)
def test_the_file_that_fits_best_is_taken(
    files: tuple[str, ...], expected: str
) -> None:
    content = HEAD + row("a", *files)
    assert chosen(content) == [expected]
    if "-7-" in expected:
        return  # the library takes the first; PEP 427 says what its number is for
    library = Pylock.from_dict(tomllib.loads(content))
    tags = [Tag(*tag.split("-")) for tag in TAGS]
    ((_, source),) = library.select(environment=MARKERS, tags=tags)  # type: ignore[arg-type] # its own kind
    assert source.url.endswith(expected)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        pytest.param({}, "a", id="what is wanted by default"),
        pytest.param({"extras": ("Web",)}, "ab", id="an extra, in any spelling"),
        pytest.param({"groups": ("dev",)}, "ac", id="a group beside the default"),
        pytest.param(
            {"groups": ("dev",), "default_groups": False}, "c", id="a group alone"
        ),
        pytest.param({"all_extras": True, "all_groups": True}, "abc", id="all of it"),
        pytest.param({"default_groups": False}, "", id="nothing"),
    ],
)
def test_parts_of_a_lock_are_chosen_by_their_markers(
    parts: dict[str, Any], names: str
) -> None:
    found = chosen(HEAD + GROUPS, **parts)
    assert [name[0] for name in found] == list(names)


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param(
            f"{HEAD}requires-python = '>=3.12'\n{row('a', PLAIN)}",
            "PS7790",
            "needs Python >=3.12",
            id="another Python",
        ),
        pytest.param(
            f"{HEAD}environments = [\"sys_platform == 'win32'\"]\n{row('a', PLAIN)}",
            "PS7790",
            "none of its environments",
            id="another platform",
        ),
        pytest.param(
            HEAD + row("a", PLAIN, more="requires-python = '<3.11'"),
            "PS7790",
            "a 1 needs Python <3.11",
            id="a package for another Python",
        ),
        pytest.param(
            HEAD + row("a", PLAIN) + row("a", PLAIN, marker="os_name == 'posix'"),
            "PS2794",
            "two rows of a",
            id="two rows that both hold",
        ),
        pytest.param(
            HEAD + row("a", "a-1-cp312-cp312-linux_x86_64.whl"),
            "PS7791",
            "no wheel does",
            id="no file that fits",
        ),
    ],
)
def test_what_cannot_be_installed_is_refused(
    content: str, code: str, told: str
) -> None:
    with pytest.raises(PysetupError) as caught:
        chosen(content)
    assert caught.value.code == code
    assert told in caught.value.message


@pytest.mark.parametrize(
    "parts", [{"extras": ("nope",)}, {"groups": ("nope",)}], ids=["extra", "group"]
)
def test_parts_that_a_lock_does_not_have_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(PysetupError) as caught:
        chosen(HEAD + GROUPS, **parts)
    assert caught.value.code == "PS2795"


def test_rows_whose_markers_exclude_each_other_are_no_ambiguity() -> None:
    other = row("a", "a-1.tar.gz", marker="sys_platform == 'win32'")
    mine = row("a", PLAIN, marker="sys_platform == 'linux'")
    assert chosen(HEAD + other + mine) == [PLAIN]


def test_a_release_candidate_of_python_is_as_the_release() -> None:
    where = replace(HERE, version="3.11.0rc1")
    content = f"{HEAD}requires-python = '>=3.11'\n{row('a', PLAIN)}"
    assert chosen(content, where=where) == [PLAIN]


def test_wheels_or_sdists_can_be_refused_by_name() -> None:
    lock = read_lock((HEAD + row("a", PLAIN, "a-1.tar.gz")).encode())
    (built,) = choose(lock, HERE, source="x", must_build=lambda name: name == "a")
    assert isinstance(built.source, LockedArchive)
    assert built.source.filename == "a-1.tar.gz"
    lock = read_lock((HEAD + row("a", "a-1.tar.gz")).encode())
    with pytest.raises(PysetupError, match="only-binary"):
        choose(lock, HERE, source="x", must_not_build=lambda _: True)
