"""[tool.pysetup.build]: commands and adapters, read, refused and written."""

import tomllib
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject_text import write

HEAD = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
"""
OTHER = HEAD.replace("pysetup.backend", "flit_core.buildapi")
COMMANDS = """
[tool.pysetup.build]
commands = [["make", "PREFIX={out}"], ["strip", "{out}/a b"]]
environment = ["CC", "MODE=fast"]
requires = ["ninja"]
"""
MODULES = """
[tool.pysetup.build]
adapter = "setuptools"
[[tool.pysetup.build.ext-modules]]
name = "demo._fast"
sources = ["src/fast.c"]
include-dirs = ["src"]
define-macros = [["NDEBUG"], ["LEVEL", "2"]]
py-limited-api = "cp39"
optional = true
"""


@pytest.mark.parametrize(
    ("text", "build"),
    [
        pytest.param(
            COMMANDS,
            {
                "commands": [["make", "PREFIX={out}"], ["strip", "{out}/a b"]],
                "environment": ["CC", "MODE=fast"],
                "requires": ["ninja"],
            },
            id="commands",
        ),
        pytest.param(
            MODULES,
            {
                "adapter": "setuptools",
                "ext_modules": [
                    {
                        "name": "demo._fast",
                        "sources": ["src/fast.c"],
                        "include_dirs": ["src"],
                        "define_macros": [["NDEBUG"], ["LEVEL", "2"]],
                        "py_limited_api": "cp39",
                        "optional": True,
                    }
                ],
            },
            id="extension modules",
        ),
    ],
)
def test_what_is_read_is_written(
    text: str, build: dict[str, Any], fake_files: Any
) -> None:
    draft = pyproject.read((HEAD + text).encode(), files=fake_files({}))
    assert draft.is_native
    assert draft.build == build
    metadata = draft.document()
    written = write(metadata)
    again = pyproject.read(written, files=fake_files({})).document()
    assert again.section("build") == metadata.section("build") == build
    ours = tomllib.loads(written.decode())["tool"]["pysetup"]["build"]
    table = tomllib.loads(text)["tool"]["pysetup"]["build"]
    assert ours == {key: value for key, value in table.items() if key != "requires"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param(
            HEAD + '[tool.pysetup.build]\ncommands = ["make install"]\n',
            ":9: tool.pysetup.build.commands[0]",
            id="a command as one line",
        ),
        pytest.param(
            HEAD + '[tool.pysetup.build]\ncommands = [["make"]]\nhook = "a:b"\n',
            ": tool.pysetup.build names more than one",
            id="a hook beside commands",
        ),
        pytest.param(
            HEAD + "[tool.pysetup.build]\nenvironment = []\n",
            "without commands",
            id="an environment for nothing",
        ),
        pytest.param(
            HEAD + MODULES.replace("include-dirs", "include_dirs"),
            ":14: tool.pysetup.build.ext-modules[0].include",
            id="an underscore",
        ),
        pytest.param(
            HEAD + MODULES.replace("src/fast.c", "../fast.c"),
            ":13: tool.pysetup.build.ext-modules[0].sources[0]",
            id="a source outside",
        ),
        pytest.param(OTHER + COMMANDS, "needs our own back end", id="another back end"),
    ],
)
def test_faults_are_told_with_their_place(
    text: str, place: str, fake_files: Any
) -> None:
    with pytest.raises(PysetupError) as caught:
        pyproject.read(text.encode(), files=fake_files({})).document()
    told = caught.value.errors or (caught.value,)
    assert any(place in error.message for error in told), [e.message for e in told]


PLAIN = '[project]\nname = "demo"\nversion = "1.0"\n'


@pytest.mark.parametrize(
    ("text", "files", "native"),
    [
        pytest.param(PLAIN, {}, True, id="all is stated"),
        pytest.param(PLAIN + '[tool.other]\nx = "y"\n', {}, True, id="other tools"),
        pytest.param(PLAIN, {"setup.py": "setup()"}, False, id="a setup.py"),
        pytest.param(PLAIN, {"setup.cfg": "[metadata]"}, False, id="a setup.cfg"),
        pytest.param(PLAIN + "[tool.setuptools]\n", {}, False, id="setuptools' table"),
        pytest.param(
            '[project]\nname = "demo"\ndynamic = ["version"]\n', {}, False, id="dynamic"
        ),
        pytest.param(
            PLAIN + '[build-system]\nrequires = ["setuptools"]\n',
            {},
            False,
            id="setuptools by its name",
        ),
    ],
)
def test_without_a_named_back_end_no_code_runs_for_a_static_project(
    text: str,
    files: dict[str, str],
    native: bool,  # noqa: FBT001 - a column of the table
    fake_files: Any,
) -> None:
    contents = {name: content.encode() for name, content in files.items()}
    draft = pyproject.read(text.encode(), files=fake_files(contents))
    assert draft.is_native is native
    if not native:
        assert draft.build["backend"] == "setuptools.build_meta:__legacy__"
