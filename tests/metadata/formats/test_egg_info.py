"""egg-info: requires.txt and its sections, and the files around PKG-INFO."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import egg_info
from pysetup.metadata.formats.egg_info import InvalidEggInfoError
from pysetup.metadata.formats.legacy_draft import InvalidSettingError
from pysetup.metadata.formats.requires_txt import parse_requires, write_requires
from pysetup.standards.requirements import (
    for_extra,
    parse_requirement,
    split_extra,
    with_marker,
)

PKG_INFO = b"Metadata-Version: 1.1\nName: demo\nVersion: 1.0\n"


@pytest.mark.parametrize(
    ("text", "requires", "extras"),
    [
        pytest.param("", [], [], id="empty"),
        pytest.param("a>=1\n\nb[x]<2,>1\n", ["a>=1", "b[x]<2,>1"], [], id="plain"),
        pytest.param(
            "[test]\npytest\n", ['pytest; extra == "test"'], ["test"], id="an extra"
        ),
        pytest.param("[none]\n", [], ["none"], id="an extra of nothing"),
        pytest.param(
            '\n[:python_version < "3"]\na\n',
            ['a; python_version < "3"'],
            [],
            id="a marker alone",
        ),
        pytest.param(
            '[Foo_Bar:os_name == "nt" or os_name == "posix"]\na\n',
            ['a; (os_name == "nt" or os_name == "posix") and extra == "foo-bar"'],
            ["foo-bar"],
            id="an extra with a marker",
        ),
        pytest.param("# old\n\na\n", ["a"], [], id="a comment"),
        pytest.param(
            "a@ https://h/a.zip\n", ["a@ https://h/a.zip"], [], id="a direct reference"
        ),
    ],
)
def test_requires_txt(text: str, requires: list[str], extras: list[str]) -> None:
    found = parse_requires(text.encode())
    texts = [str(parse_requirement(item)) for item in requires]
    assert [str(parse_requirement(item)) for item in found.requires_dist] == texts
    assert list(found.provides_extra) == extras
    again = parse_requires(write_requires(found.requires_dist, found.provides_extra))
    assert set(again.requires_dist) == set(found.requires_dist)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"a\nb c\n", 2, id="a bad requirement"),
        pytest.param(b"[a b]\n", 1, id="a bad extra"),
        pytest.param(b"\n[:nothing]\n", 2, id="a bad marker"),
        pytest.param(b"a\n\xff\n", 2, id="not UTF-8"),
        pytest.param(b"#" * 2**20 + b"#", 0, id="too large"),
    ],
)
def test_bad_requires_txt_is_refused(content: bytes, line: int) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        parse_requires(content)
    assert caught.value.line == line


def test_old_pkg_info_takes_its_requirements_from_requires_txt() -> None:
    files = {
        "PKG-INFO": PKG_INFO,
        "requires.txt": b"a\n\n[x]\nb\n",
        "entry_points.txt": b"[console_scripts]\nd = d:main\n",
        "top_level.txt": b"demo\n_demo\n",
        "SOURCES.txt": b"setup.py\n",
        "not-zip-safe": b"\n",
    }
    metadata = egg_info.read(files)
    assert metadata.texts("requires_dist") == ("a", 'b; extra == "x"')
    assert metadata.texts("provides_extra") == ("x",)
    assert [entry.name for entry in metadata.entry_points] == ["d"]
    again = egg_info.write(metadata)
    for name, content in files.items():
        assert again[name] == content or name == "PKG-INFO"
    assert egg_info.read(again).replaced(metadata_version="1.1") == metadata
    assert b"pysetup.legacy" not in again["PKG-INFO"]


def test_pkg_info_is_the_master_of_requires_txt() -> None:
    files = {"PKG-INFO": PKG_INFO + b"Requires-Dist: a\n", "requires.txt": b"old\n"}
    metadata = egg_info.read(files)
    assert metadata.texts("requires_dist") == ("a",)
    assert egg_info.write(metadata)["requires.txt"] == b"old\n"
    edited = egg_info.write(metadata.replaced(requires_dist=["b"]))
    assert edited["requires.txt"] == b"b\n"


def test_top_level_names_come_from_what_is_imported() -> None:
    metadata = Metadata.from_dict(
        {
            "name": "demo",
            "version": "1",
            "import_name": ["demo.x", "_demo; private"],
            "sources": {"modules": ["other"]},
        }
    )
    assert egg_info.write(metadata)["top_level.txt"] == b"_demo\ndemo\nother\n"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="without PKG-INFO"),
        pytest.param({"PKG-INFO": PKG_INFO, "x": b"\xff"}, id="not text"),
        pytest.param({"PKG-INFO": PKG_INFO, "entry_points.txt": b"x"}, id="no entry"),
        pytest.param({"PKG-INFO": PKG_INFO, "x": b" " * 2**23}, id="too much"),
    ],
)
def test_a_folder_that_is_none_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(InvalidEggInfoError):
        egg_info.read(files)


def test_no_file_is_written_outside_the_folder() -> None:
    legacy = {"egg-info": {"files": {"../x": "a", "/y": "b", "a/b": "c", "ok": "d"}}}
    metadata = Metadata.from_dict(
        {"name": "d", "version": "1", "extensions": {"pysetup.legacy": legacy}}
    )
    assert set(egg_info.write(metadata)) == {"PKG-INFO", "dependency_links.txt", "ok"}


def test_losses_are_the_sections_of_our_own(example: Metadata) -> None:
    pointers = {loss.pointer for loss in egg_info.losses(example)}
    assert {"/build", "/commands", "/sources"} <= pointers
    assert not any(pointer.startswith("/requires") for pointer in pointers)


markers = st.sampled_from(
    ['python_version < "3"', 'os_name == "nt" or os_name == "posix"', 'extra == "z"']
)
bare = st.sampled_from(["a", "b>=1,<2", "c[x,y]", "d @ https://h/d.zip"])
requirements = st.builds(
    lambda text, marker, extra: (
        for_extra(parse_requirement(marked(text, marker)), extra)
        if extra
        else marked(text, marker)
    ),
    bare,
    st.none() | markers,
    st.sampled_from(["", "", "x", "foo-bar"]),
)


def marked(text: str, marker: str | None) -> str:
    return with_marker(parse_requirement(text), marker) if marker else text


@pytest.mark.law
@given(st.lists(requirements, unique=True), st.lists(st.sampled_from(["x", "q"])))
def test_requires_txt_there_and_back(requires: list[str], extras: list[str]) -> None:
    content = write_requires(requires, dict.fromkeys(extras))
    found = parse_requires(content)
    expected = {str(parse_requirement(text)) for text in requires}
    assert {str(parse_requirement(text)) for text in found.requires_dist} == expected
    assert write_requires(found.requires_dist, found.provides_extra) == content


@pytest.mark.law
@given(requirements)
def test_an_extra_is_taken_off_and_put_on_again(text: str) -> None:
    requirement = parse_requirement(text)
    rest, extra = split_extra(requirement)
    if extra:
        rest = for_extra(parse_requirement(rest), extra)
    assert parse_requirement(rest) == requirement


@pytest.mark.law
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for files in (
        {"PKG-INFO": content},
        {"PKG-INFO": PKG_INFO, "requires.txt": content, "entry_points.txt": content},
    ):
        with contextlib.suppress(PysetupError):
            egg_info.read(files)


_ORACLE = """
import io, json, sys
from setuptools.command import _requirestxt
from setuptools.dist import Distribution
for case in json.loads(sys.argv[1]):
    class Command:
        distribution = Distribution(case)
        def write_or_delete_file(self, what, filename, data):
            print(json.dumps(data))
    _requirestxt.write_requirements(Command(), "requires.txt", "requires.txt")
"""


def test_setuptools_writes_the_same_requires_txt(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = [
        {"install_requires": ["b>1", 'a; python_version<"3"']},
        {
            "install_requires": ["z"],
            "extras_require": {
                "x": ["c", 'd; os_name=="nt" or os_name=="posix"'],
                "a": ["e[f]<2"],
                "none": [],
            },
        },
    ]
    done = subprocess.run(
        [sys.executable, "-c", _ORACLE, json.dumps(cases)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    for case, line in zip(cases, done.stdout.splitlines(), strict=True):
        requires = list(case["install_requires"])
        extras = case.get("extras_require", {})
        for extra, texts in extras.items():
            requires += [for_extra(parse_requirement(text), extra) for text in texts]
        assert write_requires(requires, extras).decode() == json.loads(line)
