import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pysetup.standards.start_up import code_lines, start_up_kind

KINDS = {
    "a.pth": "path file",
    ".hidden.pth": "path file",
    "a.start": "start file",
    "sitecustomize.py": "module",
    "usercustomize.py": "module",
    "sitecustomize.pyc": "module",
    "sitecustomize/__init__.py": "module",
    "usercustomize.cpython-311-x86_64-linux-gnu.so": "module",
    "sitecustomize.abi3.so": "module",
    "deep/a.pth": None,
    "deep/a.start": None,
    "deep/sitecustomize.py": None,
    "sitecustomize/other.py": None,
    "mysitecustomize.py": None,
    "a.pth.txt": None,
    "pth": None,
}


@pytest.mark.parametrize(("path", "kind"), KINDS.items(), ids=KINDS)
def test_the_kind_of_a_file_follows_from_its_place(path: str, kind: str | None) -> None:
    assert start_up_kind(path) == kind


LINES = {
    "an import": (b"import evil\n", [1]),
    "an import with a tab": (b"# x\n\nimport\tevil\n", [3]),
    "a folder": (b"/some/folder\n", []),
    "a folder whose name begins so": (b"important\nimport-er\n", []),
    "an import after a space, which is a folder": (b" import evil\n", []),
    "an import after a comment sign": (b"#import evil\n", []),
    "an import behind the mark of UTF-8": (b"\xef\xbb\xbfimport evil\n", [1]),
    "an import behind a carriage return": (b"# harmless\rimport evil\r", [2]),
    "an import behind a form feed": (b"# harmless\x0cimport evil\n", [2]),
    "an import behind a line separator": ("#\u2028import evil\n".encode(), [2]),
    "an import in a file that is not UTF-8": (b"# \xff\xfe\nimport evil\n", [2]),
    "an import beside zero bytes": (b"\x00\nimport evil\x00\n", [2]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("content", "numbers"), LINES.values(), ids=LINES)
def test_lines_of_a_path_file_that_run_are_found(
    content: bytes, numbers: list[int]
) -> None:
    assert [line.number for line in code_lines("path file", content)] == numbers


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"demo.hooks:begin\n", ["demo.hooks:begin"]),
        (b"# a comment\n\n  # another\n", []),
        (b"", []),
    ],
)
def test_lines_of_a_start_file_are_code_but_for_comments(
    content: bytes, texts: list[str]
) -> None:
    assert [line.text for line in code_lines("start file", content)] == texts


WORDS = ("import a", "import\tb", "import", "# x", " ", "x:y", "\x1f", "\0")
ENDS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028")


@given(st.lists(st.sampled_from(WORDS + ENDS)))
def test_lines_are_those_of_splitlines(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines = list(enumerate(text.splitlines(), start=1))
    imports = [n for n, line in lines if line.startswith(("import ", "import\t"))]
    content = [n for n, line in lines if line.strip() and line.strip()[0] != "#"]
    encoded = text.encode()
    assert [line.number for line in code_lines("path file", encoded)] == imports
    assert [line.number for line in code_lines("start file", encoded)] == content


@pytest.mark.parametrize("kind", ["path file", "start file"])
def test_of_very_many_lines_the_first_are_told(kind: Any) -> None:
    found = code_lines(kind, b"import a\n" * 100_000)
    assert [line.number for line in found] == list(range(1, 1001))


def test_a_module_is_code_whatever_it_holds() -> None:
    assert [line.number for line in code_lines("module", b"")] == [0]


SCRIPT = """
import os, site, sys
sys.stdout.reconfigure(encoding="utf-8")
site.addsitedir(sys.argv[1])
"""
PIECES = (
    *(b"import marker", b"import\tmarker", b" import marker", b"# import marker"),
    *(b"\n", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1c", b"\xc2\x85", b"\xe2\x80\xa8"),
    *(b"\xef\xbb\xbf", b"\xff", b"folder", b" ", b"\t", b"#"),
)


@settings(max_examples=25, deadline=None)
@example([b"\xef\xbb\xbf", b"import marker"])
@example([b"# x", b"\r", b"import marker"])
@example([b"\xff", b"\n", b"import marker"])
@example([b" ", b"import marker", b"\n"])
@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_what_python_runs_is_always_found(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    content = b"".join(pieces)
    folder = tmp_path_factory.mktemp("site")
    (folder / "a.pth").write_bytes(content)
    modules = tmp_path_factory.mktemp("modules")
    (modules / "marker.py").write_text("print('it ran')\n")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        env={**os.environ, "PYTHONPATH": str(modules)},
        cwd=Path(folder),
        capture_output=True,
        check=False,
    )
    if b"it ran" in done.stdout:
        assert code_lines("path file", content)
