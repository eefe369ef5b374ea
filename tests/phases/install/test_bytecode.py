"""Bytecode is what importing would make, whoever compiles it."""

import os
import py_compile
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.edges.process import run_process
from pysetup.phases.install.bytecode import (
    CompileElsewhere,
    CompileTogether,
    Module,
    compile_here,
)

_TAG = f"{sys.implementation.cache_tag}.pyc"

SOURCES = {
    "plain": b"x = 1\n",
    "empty": b"",
    "another encoding": "# coding: latin-1\nx = '\xe9'\n".encode("latin-1"),
    "a byte order mark": b"\xef\xbb\xbfx = 1\n",
    "assertions and docstrings stay": b'"""Text."""\nassert __debug__\n',
    "lines that end as on Windows": b"def f():\r\n    return 1\r\n",
    "its own path": b"raise ValueError(__file__)\n",
}
BROKEN = {
    "a template": b"{% if x %}\n",
    "a null byte": b"x = 1\0\n",
    "an unknown encoding": b"# coding: klingon\n",
    "bytes that are no text": b"x = '\xff'\n",
    "brackets without end": b"(" * 100_000,
    "too deep for the compiler": b"x = " + b"-" * 50_000 + b"1\n",
}


@pytest.mark.parametrize("text", SOURCES.values(), ids=SOURCES)
def test_it_is_byte_for_byte_what_the_library_makes(
    tmp_path: Path, text: bytes
) -> None:
    source = tmp_path / "module.py"
    source.write_bytes(text)
    expected = tmp_path / "expected.pyc"
    py_compile.compile(
        str(source), cfile=str(expected), dfile="pkg/module.py", doraise=True
    )
    _compile(compile_here, tmp_path, [source])
    assert _made(tmp_path, "module").read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_compiled_is_left_and_the_rest_is_not(
    tmp_path: Path, text: bytes
) -> None:
    broken, sound = tmp_path / "broken.py", tmp_path / "sound.py"
    broken.write_bytes(text)
    sound.write_bytes(b"x = 1\n")
    _compile(compile_here, tmp_path, [broken, sound])
    assert not _made(tmp_path, "broken").exists()
    assert _made(tmp_path, "sound").exists()


def test_a_file_in_its_place_is_replaced_not_written_into(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_bytes(b"x = 1\n")
    made = _made(tmp_path, "module")
    made.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"another's")
    os.link(elsewhere, made)
    _compile(compile_here, tmp_path, [source])
    assert elsewhere.read_bytes() == b"another's"
    assert made.read_bytes() != b"another's"


@dataclass(frozen=True, slots=True)
class _Fails:
    returncode: int = 1


def _does_nothing(command: Sequence[str]) -> _Fails:
    del command
    return _Fails()


@pytest.mark.parametrize(
    "compiler",
    [
        CompileElsewhere(sys.executable, run_process),
        CompileTogether(CompileElsewhere(sys.executable, run_process)),
        CompileTogether(CompileElsewhere(sys.executable, _does_nothing)),
        CompileTogether(CompileElsewhere("/nowhere/python", run_process)),
    ],
    ids=["another", "together", "the other one fails", "there is no other one"],
)
def test_many_modules_are_the_same_from_any_compiler(
    tmp_path: Path, compiler: CompileElsewhere | CompileTogether
) -> None:
    sources = []
    for number in range(250):
        source = tmp_path / f"m{number}.py"
        source.write_bytes(b"x = %d\n" % number)
        sources.append(source)
    _compile(compiler, tmp_path, sources)
    folder = tmp_path / "__pycache__"
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    _compile(compile_here, tmp_path, sources)
    assert found == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(found) == len(sources)


def _compile(
    compiler: CompileElsewhere | CompileTogether | object,
    folder: Path,
    sources: Sequence[Path],
) -> None:
    assert callable(compiler)
    stage = folder / "stage"
    stage.mkdir(exist_ok=True)
    (stage / "modules.json").unlink(missing_ok=True)
    modules = [
        Module(str(source), f"pkg/{source.name}", str(folder / "__pycache__"))
        for source in sources
    ]
    compiler(modules, stage=str(stage), files=LocalFiles())


def _made(folder: Path, name: str) -> Path:
    return folder / "__pycache__" / f"{name}.{_TAG}"
