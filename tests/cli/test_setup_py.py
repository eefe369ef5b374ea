"""``pysetup setup.py``: every command, option and query of a setup.py, one by one."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.cli.parser import BadArgumentsError
from pysetup.cli.setup_rows import COMMANDS, Done, Refused
from pysetup.cli.setup_words import (
    ReplacedError,
    UnknownSetupCommandError,
    map_text,
    parse_setup_line,
)
from pysetup.cli.table import MODULES, is_command
from pysetup.workflows.describing.setup_queries import QUERIES

# What distutils and setuptools offered (`--help-commands`), Babel, Sphinx and others.
CLASSIC = """
build build_py build_ext build_clib build_scripts clean install install_lib
install_headers install_scripts install_data install_egg_info sdist register bdist
bdist_dumb bdist_rpm bdist_wininst bdist_msi bdist_wheel bdist_egg upload
upload_docs check test develop egg_info easy_install rotate saveopts setopt alias
dist_info editable_wheel nosetests flake8 build_sphinx compile_catalog
extract_messages init_catalog update_catalog
"""
CLASSIC_QUERIES = """
name version fullname author author-email maintainer maintainer-email contact
contact-email url license licence description long-description platforms classifiers
keywords provides requires obsoletes
"""


def words_of(line: str) -> list[str]:
    return [" ".join(step.words) for step in parse_setup_line(line.split()).steps]


def test_the_map_is_whole() -> None:
    assert {*CLASSIC.split()} <= set(COMMANDS)
    assert {*CLASSIC_QUERIES.split()} == set(QUERIES)
    for name in COMMANDS:
        assert f"\n  {name} " in map_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_done_or_names_what_does_it(name: str) -> None:
    row = COMMANDS[name]
    if isinstance(row, Done):
        before = "sdist " if name == "upload" else ""
        (*_, step) = parse_setup_line([*before.split(), name]).steps
        # What it comes to is a command that there is.
        assert is_command(step.words[0]) or step.words[0] in (
            "clean",
            "build_ext --inplace",
        )
    elif name not in MODULES:
        with pytest.raises(ReplacedError) as caught:
            parse_setup_line([name])
        assert caught.value.exit_code == 2
        assert caught.value.hints[0] == row.instead
        assert len(row.instead) > 10


OPTIONS = [
    pytest.param(name, spelled, id=f"{name} --{spelled}")
    for name, row in COMMANDS.items()
    if isinstance(row, Done)
    for spelled in row.options
]


@pytest.mark.parametrize(("name", "spelled"), OPTIONS)
def test_every_option_is_followed_or_told(name: str, spelled: str) -> None:
    long, _, short = spelled.partition("/")
    spellings = [f"--{long}x" if long.endswith("=") else f"--{long}"]
    if short:
        spellings.append(f"-{short}x" if long.endswith("=") else f"-{short}")
    outcomes: set[str] = set()
    for option in spellings:
        words = [*(["sdist"] if name == "upload" else []), name, option]
        plain = parse_setup_line([*words[:-1]]).steps[-1]
        try:
            step = parse_setup_line(words).steps[-1]
        except ReplacedError as error:
            outcomes.add(error.hints[0])
            continue
        # An option is never passed over in silence.
        assert step != plain
        outcomes.add(" ".join(step.words))
    assert len(outcomes) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("sdist", ["sdist"], id="sdist"),
        pytest.param("sdist -d out", ["sdist --outdir out"], id="sdist -d"),
        pytest.param("sdist --dist=out", ["sdist --outdir out"], id="cut short"),
        pytest.param("sdist --formats=gztar", ["sdist"], id="the one format"),
        pytest.param("sdist -o", ["sdist --list"], id="sdist --manifest-only"),
        pytest.param(
            "sdist bdist_wheel -d x upload -r https://example.org/legacy/",
            [
                "sdist",
                "bdist_wheel --outdir x",
                "publish --repository-url https://example.org/legacy/ {made}",
            ],
            id="several in their order",
        ),
        pytest.param("build -b other", ["build --tree --outdir other"], id="build"),
        pytest.param("build_ext -i", ["build_ext --inplace"], id="build_ext in place"),
        pytest.param("clean --all", ["clean --all"], id="clean"),
        pytest.param("install -f", ["install --force-reinstall ."], id="install"),
        pytest.param(
            "install_lib -d x",
            ["install --target x --no-deps ."],
            id="install_lib into a folder",
        ),
        pytest.param("bdist --formats=wheel", ["bdist_wheel"], id="bdist of wheels"),
        pytest.param("check -r -s -m", ["metadata validate --all ."], id="check"),
        pytest.param("develop", ["develop ."], id="develop"),
        pytest.param("develop -u", ["uninstall {name}"], id="undoing develop"),
        pytest.param(
            "egg_info -e x",
            ["metadata convert --to egg-info --output x/{stem}.egg-info"],
            id="egg_info",
        ),
        pytest.param("easy_install -U a b", ["install --upgrade a b"], id="easy"),
    ],
)
def test_classic_lines_in_our_words(line: str, words: list[str]) -> None:
    assert words_of(line) == words


@pytest.mark.parametrize(
    ("line", "error"),
    [
        pytest.param("frob", UnknownSetupCommandError, id="an unknown command"),
        pytest.param("sdist frob", UnknownSetupCommandError, id="after a known one"),
        pytest.param("sdist --frob", BadArgumentsError, id="an unknown option"),
        pytest.param("--frob", BadArgumentsError, id="an unknown global option"),
        pytest.param("sdist -d", BadArgumentsError, id="a value that is missing"),
        pytest.param("", BadArgumentsError, id="nothing"),
        pytest.param("sdist --formats=gztar,zip", ReplacedError, id="another format"),
        pytest.param("bdist --formats=ztar", ReplacedError, id="a format we lack"),
        pytest.param("install --user", ReplacedError, id="another scheme"),
        pytest.param("egg_info --tag-build=dev", ReplacedError, id="another version"),
        pytest.param("upload", ReplacedError, id="nothing to upload"),
        pytest.param("sdist register", ReplacedError, id="one in a line"),
        pytest.param("--command-packages=x sdist", ReplacedError, id="plug-ins"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_anything_runs(
    line: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        parse_setup_line(line.split())


def test_no_row_names_a_command_that_is_not_there() -> None:
    texts = [row.instead for row in COMMANDS.values() if isinstance(row, Refused)]
    for row in COMMANDS.values():
        if isinstance(row, Done):
            texts += [str(meaning) for meaning in row.options.values()]
    named = {word for text in texts for word in re.findall(r"pysetup ([a-z_]+)", text)}
    assert named <= set(MODULES)


PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "Demo.Pkg"
version = "1.0"
description = "A demo"
readme = { text = "Long.", content-type = "text/plain" }
license = "MIT"
authors = [{ name = "Ada", email = "ada@example.org" }]
keywords = ["one", "two"]
classifiers = ["Topic :: Utilities", "Typing :: Typed"]
urls = { Homepage = "https://example.org" }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    package = folder / "src" / "demo_pkg"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (package / "__init__.py").write_text("")
    return folder


ANSWERS = {
    "name": "Demo.Pkg",
    "version": "1.0",
    "fullname": "Demo.Pkg-1.0",
    "author": "Ada",
    "author-email": "ada@example.org",
    "maintainer": "",
    "maintainer-email": "",
    "contact": "Ada",
    "contact-email": "ada@example.org",
    "url": "https://example.org",
    "license": "MIT",
    "licence": "MIT",
    "description": "A demo",
    "long-description": "Long.",
    "platforms": "",
    "classifiers": "Topic :: Utilities\nTyping :: Typed",
    "keywords": "one,two",
    "provides": "",
    "requires": "",
    "obsoletes": "",
}


def test_queries_are_answered_in_their_order(pysetup: Any, root: Path) -> None:
    options = [f"--{name}" for name in reversed(ANSWERS)]
    ran = pysetup("setup.py", *options, cwd=root)
    assert ran.err == ""
    assert ran.out == "".join(f"{text}\n" for text in reversed(ANSWERS.values()))
    told = json.loads(pysetup("--json", "setup.py", *options, cwd=root).out)
    assert told["result"] == ANSWERS


def test_a_static_setup_py_is_not_run_for_an_answer(
    pysetup: Any, tmp_path: Path
) -> None:
    text = (
        "from setuptools import setup\n"
        "open('ran', 'w')\n"
        "setup(name='old', version='2.0', keywords='a b', cmdclass=compute())\n"
    )
    (tmp_path / "setup.py").write_text(text)
    ran = pysetup("setup.py", "--name", "--version", cwd=tmp_path)
    assert (ran.out, ran.err) == ("old\n2.0\n", "")
    assert not (tmp_path / "ran").exists()


def test_commands_are_done_in_their_order(pysetup: Any, root: Path) -> None:
    words = ("sdist", "-d", "x", "bdist_wheel", "--dist-dir=y", "check", "-r")
    shown = pysetup("setup.py", "-n", *words, cwd=root)
    assert shown.out.splitlines() == [
        "pysetup sdist --outdir x",
        "pysetup bdist_wheel --outdir y",
        "pysetup metadata validate --all .",
    ]
    assert not (root / "x").exists()
    ran = pysetup("setup.py", *words, cwd=root)
    assert ran.code == 0, ran.err
    assert (root / "x" / "demo_pkg-1.0.tar.gz").is_file()
    assert (root / "y" / "demo_pkg-1.0-py3-none-any.whl").is_file()
    assert "check -r changes nothing" in ran.err


def test_the_first_failure_ends_the_line(pysetup: Any, root: Path) -> None:
    (root / "pyproject.toml").write_text(PYPROJECT + 'frob = "x"\n')
    ran = pysetup("setup.py", "sdist", "bdist_wheel", cwd=root)
    assert ran.code == 2
    assert ran.err.count("error[") == 1
    assert not (root / "dist").exists()


def test_install_installs_without_running_setup_py(
    pysetup: Any, root: Path, tmp_path: Path
) -> None:
    (root / "setup.py").write_text("raise SystemExit('it was run')\n")
    place = tmp_path / "place"
    ran = pysetup("setup.py", "install_lib", "-d", place, cwd=root)
    assert ran.code == 0, ran.err
    assert "never run" in ran.err
    assert (place / "demo_pkg" / "__init__.py").is_file()


def test_egg_info_and_clean(pysetup: Any, root: Path) -> None:
    assert pysetup("setup.py", "build", "egg_info", cwd=root).code == 0
    assert (root / "build" / "demo_pkg-1.0" / "demo_pkg").is_dir()
    assert (root / "demo_pkg.egg-info" / "PKG-INFO").is_file()
    (root / "build" / "temp.linux-3.11").mkdir()
    (root / "build" / "mine.txt").write_text("kept")
    (root / "other.egg-info").mkdir()
    ran = pysetup("setup.py", "clean", cwd=root)
    assert ran.out == "removed build/temp.linux-3.11\n"
    ran = pysetup("setup.py", "clean", "-a", cwd=root)
    assert ran.out == "removed build/demo_pkg-1.0\nremoved demo_pkg.egg-info\n"
    assert (root / "build" / "mine.txt").is_file()
    assert (root / "other.egg-info").is_dir()


def test_help_is_the_map(pysetup: Any, root: Path) -> None:
    for words in (["--help"], ["--help-commands"], ["sdist", "--help"], ["-h"]):
        assert parse_setup_line(words).help
    ran = pysetup("setup.py", "sdist", "-h", cwd=root)
    assert (ran.code, ran.out) == (0, map_text())


def test_a_refusal_is_an_error_of_usage(pysetup: Any, root: Path) -> None:
    ran = pysetup("setup.py", "sdist", "test", cwd=root)
    assert (ran.code, ran.out) == (2, "")
    assert "python -m pytest" in ran.err
    assert not (root / "dist").exists()


@pytest.mark.slow
def test_build_ext_in_place_compiles_for_any_back_end(
    pysetup: Any, tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    need_tool("cc")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "__init__.py").write_text("")
    (tmp_path / "old.c").write_text(
        "#include <Python.h>\n"
        'static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "_old", 0, -1};\n'
        "PyMODINIT_FUNC PyInit__old(void) { return PyModule_Create(&m); }\n"
    )
    (tmp_path / "setup.py").write_text(
        "from setuptools import Extension, setup\n"
        "setup(name='old', version='1', packages=['old'],\n"
        "      ext_modules=[Extension('old._old', ['old.c'])])\n"
    )
    words = ("--no-isolation", "build_ext", "--inplace")
    ran = pysetup("setup.py", *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    (made,) = (tmp_path / "old").glob("_old.*")
    assert ran.out == f"old/{made.name}\n"
    assert f"cpython-{sys.version_info[0]}{sys.version_info[1]}" in made.name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("bdist_rpm", "bdist_rpm"),
        ("bdist_rpm --spec-only", "bdist_rpm --source"),
        (
            "bdist_rpm --release=3 --packager=Ada -d out",
            "bdist_rpm --outdir out --option packager=Ada --option release=3",
        ),
        (
            "bdist_dumb --format=zip --relative",
            "bdist_dumb --option relative=true --option format=zip",
        ),
        ("bdist --formats=rpm", "bdist_rpm"),
        ("bdist_msi --dist-dir=out", "bdist_msi --outdir out"),
        ("bdist_wininst", "bdist_wininst"),
        ("bdist_other -d out", "bdist_other --outdir out"),
    ],
)
def test_the_formats_of_old_are_formats(line: str, words: str) -> None:
    assert words_of(line) == [words]
