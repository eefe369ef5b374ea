"""Flags that keep the place of a build out of what is compiled."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.workflows.building.source_paths import with_source_paths

pytestmark = pytest.mark.skipif(
    sys.platform not in ("linux", "darwin"), reason="compilers of other systems"
)
PATH = {"PATH": os.environ.get("PATH", os.defpath)}
FILES = {"setup.py": "", "a.c": "const char *place = __FILE__;\n"}


def project(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def flags(root: Path, **environ: str) -> str | None:
    made = with_source_paths({**PATH, **environ}, root, run=run_process)
    # setuptools takes these in place of its own: C++ would lose its optimisation.
    assert made.get("CXXFLAGS") == environ.get("CXXFLAGS")
    return made.get("CFLAGS")


@pytest.mark.parametrize("folder", ["plain", "with a space"])
def test_two_places_give_the_same_object(folder: str, tmp_path: Path) -> None:
    objects: list[bytes] = []
    for number in "12":
        root = project(tmp_path / number / folder, FILES)
        given = flags(root)
        assert given is not None
        made = root / "a.o"
        words = ["cc", "-g", *shlex.split(given), "-c", f"{root}/a.c", "-o", f"{made}"]
        subprocess.run(words, check=True, cwd=root)
        objects.append(made.read_bytes())
    assert objects[0] == objects[1]
    assert str(tmp_path).encode() not in objects[0]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"setup.py": "", "a.py": ""}, id="nothing is compiled"),
        pytest.param({**FILES, "meson.build": ""}, id="Meson"),
        pytest.param(
            {**FILES, "deps/configure": ": ${CFLAGS=-O2}"}, id="a configure script"
        ),
        pytest.param({**FILES, "deps/Makefile": "CFLAGS ?= -O2"}, id="a Makefile"),
        pytest.param(
            {**FILES, "setup.py": "if 'CFLAGS' not in os.environ: ..."},
            id="a setup.py that asks for them",
        ),
    ],
)
def test_nothing_is_set_where_it_would_take_the_place_of_other_flags(
    files: Mapping[str, str], tmp_path: Path
) -> None:
    assert flags(project(tmp_path, files)) is None


def test_the_user_s_flags_stay(tmp_path: Path) -> None:
    root = project(tmp_path, FILES)
    made = flags(root, CFLAGS="-O1")
    assert made is not None
    assert made.startswith("-O1 -ffile-prefix-map=")
    own = "-ffile-prefix-map=/a=b"
    assert flags(root, CFLAGS=own) == own


@pytest.mark.parametrize(
    "compiler",
    [
        pytest.param("false", id="refuses the flag"),
        pytest.param("no-such-compiler", id="is not there"),
        pytest.param("cc '", id="is no command line"),
    ],
)
def test_a_compiler_that_does_not_know_it_is_not_asked(
    compiler: str, tmp_path: Path
) -> None:
    assert flags(project(tmp_path, FILES), CC=compiler) is None


def test_code_that_is_generated_is_compiled_too(tmp_path: Path) -> None:
    assert flags(project(tmp_path, {"setup.py": "import mypyc"})) is not None


def test_a_link_to_nothing_is_passed_over(tmp_path: Path) -> None:
    root = project(tmp_path, {"a.c": ""})
    (root / "setup.py").symlink_to("missing")
    assert flags(root) is not None
