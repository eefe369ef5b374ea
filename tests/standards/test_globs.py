import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.executables import is_executable_content
from pysetup.standards.globs import fixed_folder, glob_regex


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "d/a.txt", False),
        ("**/*.txt", "a.txt", True),
        ("**/*.txt", "d/e/a.txt", True),
        ("d/**", "d/e/a.txt", True),
        ("d/**", "d", False),
        ("d/**/a.txt", "d/a.txt", True),
        ("d/**/a.txt", "d/e/f/a.txt", True),
        ("**", "a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab]", "a", True),
        ("[!ab]", "a", False),
        ("[!ab]", "/", False),
        ("[a-c]x", "bx", True),
        ("[c-a]", "b", False),
        ("[]]", "]", True),
        ("[", "[", True),
        ("a.b", "axb", False),
        ("a**b", "axyb", True),
        ("a**b", "a/b", False),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:  # noqa: FBT001
    assert bool(glob_regex(pattern).fullmatch(path)) is matches


@pytest.mark.law
@given(
    pattern=st.text("ab*?[]!-^\\.", max_size=8),
    text=st.text("ab*?[]!-^\\.", max_size=6),
)
def test_within_one_folder_globs_are_those_of_fnmatch(pattern: str, text: str) -> None:
    if "**" in pattern or "[" in pattern:
        glob_regex(pattern)  # compiles, at least
    else:
        assert bool(glob_regex(pattern).fullmatch(text)) is fnmatch.fnmatchcase(
            text, pattern
        )


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("a/b/*.x", "a/b/"), ("a/b?/c", "a/"), ("x", ""), ("a/b", "a/"), ("**", "")],
)
def test_the_fixed_folder_ends_before_the_first_wildcard(
    pattern: str, folder: str
) -> None:
    assert fixed_folder(pattern) == folder


@pytest.mark.parametrize(
    ("head", "program"),
    [
        pytest.param(b"#!/bin/sh", True, id="a script"),
        pytest.param(b"#!python", True, id="a script of a wheel"),
        pytest.param(b"#![allow(x)]", False, id="a Rust source"),
        pytest.param(b"# text", False, id="text"),
        pytest.param(b"\x7fELF\x02\x01", True, id="ELF"),
        pytest.param(b"\xcf\xfa\xed\xfe\x07\0\0\x01", True, id="Mach-O"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x02", True, id="a fat Mach-O"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x34", False, id="a Java class"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_programs_are_told_by_content(head: bytes, program: bool) -> None:  # noqa: FBT001
    assert is_executable_content(head) is program
