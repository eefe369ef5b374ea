"""setup.py, setup.cfg and pyproject.toml together, held to what setuptools makes."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.formats import core_metadata, setup_cfg
from pysetup.metadata.formats.pyproject import read as read_pyproject
from pysetup.metadata.formats.setup_project import SetupProject, dynamic_keys, read
from pysetup.metadata.meaning import same_meaning
from pysetup.standards.globs import glob_regex

SETUP_PY = """\
from setuptools import setup
setup(
    name="code",
    version="1",
    description="from code",
    author="Ann",
    classifiers=["Topic :: Utilities"],
    install_requires=["of-code"],
    extras_require={"x": ["x-of-code"]},
    entry_points={"console_scripts": ["p=p:main"], "other": ["o=o"]},
    project_urls={"P": "https://p/"},
    keywords=[],
    packages=["code_"],
)
"""
SETUP_CFG = """\
[metadata]
name = config
version = 2
description = from config
maintainer = Max
keywords = one, two
project_urls =
    C = https://c/
[options]
python_requires = >=3.2
install_requires = of-config
zip_safe = true
[options.extras_require]
y = y-of-config
[options.entry_points]
console_scripts =
    c = c:main
"""
BUILD = '[build-system]\nrequires = ["setuptools"]\n'
PROJECT = '[project]\nname = "table"\nversion = "3"\n'
ALL = (
    'dynamic = ["description", "classifiers", "dependencies", "keywords", "scripts", '
    '"optional-dependencies", "entry-points", "requires-python", "urls", "authors", '
    '"maintainers"]\n'
)


class Folder:
    """A project's folder in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = dict(files)

    def read_file(self, path: str) -> bytes | None:
        text = self._files.get(path)
        return None if text is None else text.encode()

    def glob(self, pattern: str) -> tuple[str, ...]:
        regex = glob_regex(pattern)
        return tuple(name for name in self._files if regex.fullmatch(name))


def project(**files: str) -> SetupProject | None:
    named = {name.replace("__", "."): text for name, text in files.items()}
    folder = Folder(named)
    content = named.get("pyproject.toml", "").encode()
    draft = read_pyproject(content, files=folder)
    return read(draft, dynamic_keys(content), folder)


def stated(**files: str) -> dict[str, Any]:
    found = project(**files)
    assert found is not None
    return found.draft.document().to_dict()


def test_an_argument_of_setup_counts_before_setup_cfg_and_nothing_is_joined() -> None:
    found = project(setup__py=SETUP_PY, setup__cfg=SETUP_CFG)
    assert found is not None
    document = found.draft.document().to_dict()
    assert (document["name"], document["version"]) == ("code", "1")
    assert document["summary"] == "from code"
    assert document["maintainer"] == "Max"
    assert document["requires_dist"] == ["of-code", 'x-of-code; extra == "x"']
    assert document["provides_extra"] == ["x"]
    assert document["project_url"] == {"P": "https://p/"}
    assert document["requires_python"] == ">=3.2"
    assert document["keywords"] == ["one", "two"], "an empty list says nothing"
    extensions: Any = document["extensions"]
    assert extensions["python.commands"] == {"wrap_console": {"p": "p:main"}}
    assert "dynamic" not in document
    assert found.origins["/summary"] == ("setup.py:5",)
    assert found.origins["/maintainer"] == ("setup.cfg:5",)
    assert found.origins["/requires_dist"] == ("setup.py:8", "setup.py:9")
    assert found.origins["/keywords"] == ("setup.cfg:6",)


def test_requirements_and_extras_may_come_from_two_files() -> None:
    code = SETUP_PY.replace('    extras_require={"x": ["x-of-code"]},\n', "")
    found = project(setup__py=code, setup__cfg=SETUP_CFG)
    assert found is not None
    document = found.draft.document().to_dict()
    assert document["requires_dist"] == ["of-code", 'y-of-config; extra == "y"']
    assert found.origins["/requires_dist"] == ("setup.py:8", "setup.cfg:13")


def test_beside_a_project_table_only_what_is_dynamic_counts() -> None:
    files = {"setup__py": SETUP_PY, "setup__cfg": SETUP_CFG}
    table = PROJECT + 'dynamic = ["dependencies", "scripts"]\n' + BUILD
    document = stated(**files, pyproject__toml=table)
    assert (document["name"], document["version"]) == ("table", "3")
    assert document["requires_dist"] == ["of-code"]
    assert "summary" not in document
    assert "provides_extra" not in document
    assert "requires_python" not in document
    extensions: Any = document["extensions"]
    assert "python.exports" not in extensions
    assert extensions["python.commands"] == {"wrap_console": {"p": "p:main"}}


def test_the_table_of_setuptools_counts_before_setup() -> None:
    table = (
        '[project]\nname = "table"\ndynamic = ["version", "dependencies"]\n'
        f'{BUILD}[tool.setuptools.dynamic]\nversion = {{attr = "m.version"}}\n'
    )
    document = stated(setup__py=SETUP_PY, pyproject__toml=table, m__py="version = '9'")
    assert document["version"] == "9"
    assert document["requires_dist"] == ["of-code"]


def test_the_merged_project_can_be_written_as_one_setup_cfg() -> None:
    found = project(setup__py=SETUP_PY, setup__cfg=SETUP_CFG + "[flake8]\nx = y\n")
    assert found is not None
    metadata = found.draft.document()
    again = setup_cfg.read(setup_cfg.write(metadata)).mapping
    written = setup_cfg.write(metadata).decode()
    assert "zip_safe = true" in written
    assert "[flake8]" in written
    for key in ("name", "summary", "maintainer", "requires_dist", "keywords"):
        assert same_meaning(key, again.get(key), metadata.get(key))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"setup__py": SETUP_PY.replace('"1"', "find()")}, id="a computed version"
        ),
        pytest.param(
            {
                "setup__py": SETUP_PY.replace('"from code"', "find()"),
                "setup__cfg": SETUP_CFG,
            },
            id="a computed value that setup.cfg has too",
        ),
        pytest.param(
            {"setup__py": SETUP_PY.replace("keywords", "use_scm_version")},
            id="a keyword of a plug-in",
        ),
        pytest.param(
            {"setup__py": SETUP_PY.replace("keywords=[]", "setup_requires=['pbr']")},
            id="a plug-in",
        ),
        pytest.param(
            {
                "setup__cfg": SETUP_CFG,
                "pyproject__toml": BUILD.replace('"]', '", "setuptools_scm"]'),
            },
            id="a plug-in of the build system",
        ),
        pytest.param({"setup__py": "print 'old'\n"}, id="Python 2"),
        pytest.param({"setup__py": SETUP_PY.replace("name=", "x_=")}, id="no name"),
        pytest.param(
            {
                "setup__cfg": SETUP_CFG,
                "pyproject__toml": BUILD + 'build-backend = "own"',
            },
            id="another back end",
        ),
        pytest.param({"m__py": ""}, id="neither file"),
    ],
)
def test_what_is_not_certain_is_left_to_the_back_end(files: dict[str, str]) -> None:
    assert project(**files) is None


def test_licences_are_found_as_setuptools_finds_them() -> None:
    document = stated(setup__cfg=SETUP_CFG, COPYING="x")
    assert document["license_file"] == ["COPYING"]


_COMPARED = (
    *("name", "version", "summary", "author", "maintainer", "keywords", "classifier"),
    *("requires_python", "requires_dist", "provides_extra", "project_url"),
    "license_file",
)


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"setup.py": SETUP_PY}, id="setup.py"),
        pytest.param({"setup.cfg": SETUP_CFG}, id="setup.cfg"),
        pytest.param({"setup.py": SETUP_PY, "setup.cfg": SETUP_CFG}, id="both"),
        pytest.param(
            {"setup.py": SETUP_PY, "setup.cfg": SETUP_CFG, "pyproject.toml": BUILD},
            id="both, and a build system",
        ),
        pytest.param(
            {
                "setup.py": SETUP_PY,
                "setup.cfg": SETUP_CFG,
                "pyproject.toml": PROJECT + ALL + BUILD,
            },
            id="both, and a table in which all is dynamic",
        ),
    ],
)
def test_setuptools_agrees(files: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    for name, text in {**files, "code_/__init__.py": "", "LICENSE": "x"}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    script = (
        "from setuptools import build_meta\n"
        "build_meta.prepare_metadata_for_build_wheel('.')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True
    )
    (written,) = tmp_path.glob("*.dist-info/METADATA")
    theirs = core_metadata.read(written.read_bytes())
    named = {name.replace(".", "__"): text for name, text in files.items()}
    ours = stated(**named, LICENSE="x")
    for key in _COMPARED:
        assert same_meaning(key, ours.get(key), theirs.get(key)), key
