"""setup.cfg of distutils2: three projects as they were written then, and the laws."""

import contextlib
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.distutils2 import losses, read, write
from pysetup.metadata.formats.legacy_draft import InvalidSettingError
from pysetup.standards.jsontext import JSON

LIBRARY = """\
[metadata]
name = towel
version = 0.4.2
summary = Keep the things together that a traveller needs
description-file =
    README.txt
    CHANGES.txt
home-page = http://towel.example.org/
author = Ford P.
author-email = ford@example.org
license = BSD
classifier =
    Development Status :: 4 - Beta
    Programming Language :: Python :: 2.6
requires-python = >=2.4, <3
requires-dist =
    babelfish (>=1.0,<2)
    improbability (3.1)
    simplejson; python_version < '2.6'
provides-dist = bath-towel (0.4)
obsoletes-dist =
    rag
requires-external = libtea
project-url =
    Bug tracker, http://bugs.example.org/towel
    Wiki, http://wiki.example.org/?a=b,c
keywords = travel, space
supported-platform = i386-win32

[files]
packages_root = lib
packages =
    towel
    towel.corner
    towel.tests
modules = dent
scripts = bin/towel
package_data =
    towel = data/*.txt images/*.png
    towel.corner =
        *.cfg
extra_files = setup.py
resources =
    etc/towel.conf = {confdir}
    docs/*.1 = share/man/man1

[global]
commands = towel.commands.Wash
setup_hooks = towel.hooks.before

[build_ext]
inplace = 1
"""
EXTENSION = """\
[metadata]
name = fastpi
version = 1.0a2
description = Digits of pi.
    |
    |Indented:
    |    3.14
platform = any

[files]
modules =
    fastpi

[extension: _fastpi]
name = _fastpi
sources = src/pi.c
    src/digits.c
libraries = m
language = c
"""
TINY = """\
[metadata]
Name: one-file
Version: 2
Home-Page: http://example.org
Summary: 100% of
    a thing
"""


class Files(Protocol):
    def __call__(self, files: dict[str, bytes | str]) -> Any: ...


def test_row_m12_a_library(fake_files: Files) -> None:
    files = fake_files({"README.txt": "Read\n", "CHANGES.txt": "New\n"})
    mapping = dict(read(LIBRARY.encode(), files=files).mapping)
    extensions = mapping.pop("extensions")
    assert mapping == {
        "document_version": "1.0",
        "name": "towel",
        "version": "0.4.2",
        "summary": "Keep the things together that a traveller needs",
        "description": "Read\n\nNew\n",
        "home_page": "http://towel.example.org/",
        "author": "Ford P.",
        "author_email": "ford@example.org",
        "license": "BSD",
        "classifier": [
            "Development Status :: 4 - Beta",
            "Programming Language :: Python :: 2.6",
        ],
        "requires_python": ">=2.4, <3",
        "requires_dist": [
            "babelfish (>=1.0,<2)",
            "improbability (==3.1)",
            "simplejson; python_version < '2.6'",
        ],
        "provides_dist": ["bath-towel (0.4)"],
        "obsoletes_dist": ["rag"],
        "requires_external": ["libtea"],
        "project_url": {
            "Bug tracker": "http://bugs.example.org/towel",
            "Wiki": "http://wiki.example.org/?a=b,c",
        },
        "keywords": ["travel", "space"],
        "supported_platform": ["i386-win32"],
        "sources": {
            "root": "lib",
            "modules": ["towel", "dent"],
            "package_data": {
                "towel": ["data/*.txt", "images/*.png"],
                "towel.corner": ["*.cfg"],
            },
            "data_files": {"share/man/man1": ["docs/*.1"]},
        },
    }
    assert isinstance(extensions, dict)
    kept = extensions["pysetup.legacy"]["distutils2"]["sections"]
    assert kept["global"]["setup_hooks"] == "towel.hooks.before"
    assert kept["files"]["scripts"] == "bin/towel"
    assert "{confdir}" in kept["files"]["resources"]


def test_row_m12_an_extension_module() -> None:
    mapping = read(EXTENSION.encode()).mapping
    assert mapping["version"] == "1.0a2"
    assert mapping["description"] == "Digits of pi.\n\nIndented:\n    3.14"
    assert mapping["platform"] == ["any"]
    assert mapping["sources"] == {"modules": ["fastpi"]}


def test_row_m12_a_single_file() -> None:
    mapping = read(TINY.encode()).mapping
    assert (mapping["name"], mapping["version"]) == ("one-file", "2")
    assert mapping["summary"] == "100% of a thing"


@pytest.mark.parametrize("text", [LIBRARY, EXTENSION, TINY])
def test_the_way_back_says_the_same(text: str) -> None:
    draft = read(text.encode())
    metadata = Metadata.from_dict(draft.mapping)
    again = read(write(metadata))
    assert without_legacy(again.mapping) == without_legacy(draft.mapping)
    assert again.unread == draft.unread or again.missing == draft.missing
    once_more = read(write(Metadata.from_dict(again.mapping)))
    assert once_more.mapping == again.mapping


def without_legacy(mapping: Any) -> dict[str, JSON]:
    return {key: value for key, value in mapping.items() if key != "extensions"}


def test_an_edited_key_wins() -> None:
    metadata = Metadata.from_dict(read(LIBRARY.encode()).mapping)
    edited = metadata.replaced(requires_dist=["new"], summary="Other")
    again = read(write(edited)).mapping
    assert (again["requires_dist"], again["summary"]) == (["new"], "Other")
    assert b"setup_hooks = towel.hooks.before" in write(edited)


def test_the_description_file_is_unread_without_files() -> None:
    (unread,) = read(LIBRARY.encode()).unread
    assert (unread.key, unread.line) == ("description", 5)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("name = a b", id="a name"),
        pytest.param("version = x", id="a version"),
        pytest.param("requires-dist = a b", id="a requirement"),
        pytest.param("requires-python = 2", id="a range"),
        pytest.param("description-file = /etc/passwd", id="a file outside"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        read(f"[metadata]\n\n{line}\n".encode())
    assert caught.value.line == 3


def test_losses_are_what_the_format_does_not_know(example: Metadata) -> None:
    pointers = {loss.pointer for loss in losses(example)}
    assert {"/license_expression", "/provides_extra", "/import_name"} <= pointers
    assert not {"/requires_dist", "/provides_dist", "/project_url"} & pointers


@pytest.mark.law
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for text in (content, b"[metadata]\n" + content, b"[files]\n" + content):
        with contextlib.suppress(PysetupError):
            draft = read(text)
            write(Metadata.from_dict({"name": "d", "version": "1", **draft.mapping}))
