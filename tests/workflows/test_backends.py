"""Build back ends in use, each in an isolated environment from the package index."""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.network, pytest.mark.slow]

PROJECT = """
[project]
name = "demo"
version = "1.0"
"""
C_SOURCE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", 0, -1, 0};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
"""


def system(requires: str, backend: str) -> str:
    return f"""
[build-system]
requires = {requires.split()!r}
build-backend = "{backend}"
"""


SETUPTOOLS = system("setuptools", "setuptools.build_meta")
PACKAGE = {"src/demo/__init__.py": '"""A demo."""\n__version__ = "1.0"\n'}
PROJECTS = {
    "setuptools, setup.py alone": {
        "setup.py": "from setuptools import setup\n"
        "setup(name='demo', version='1.0', package_dir={'': 'src'}, packages=['demo'])",
    },
    "setuptools, setup.cfg": {
        "setup.py": "from setuptools import setup\nsetup()\n",
        "setup.cfg": "[metadata]\nname = demo\nversion = 1.0\n"
        "[options]\npackages = demo\npackage_dir =\n    = src\n",
    },
    "setuptools, pyproject.toml": {"pyproject.toml": SETUPTOOLS + PROJECT},
    "setuptools, an extension module": {
        "pyproject.toml": SETUPTOOLS + PROJECT,
        "setup.py": "from setuptools import Extension, setup\n"
        "setup(ext_modules=[Extension('demo.fast', ['fast.c'])])",
        "fast.c": C_SOURCE,
    },
    "setuptools-scm": {
        "pyproject.toml": system("setuptools setuptools-scm", "setuptools.build_meta")
        + '[project]\nname = "demo"\ndynamic = ["version"]\n[tool.setuptools_scm]\n',
    },
    "pbr": {
        "pyproject.toml": system("setuptools pbr", "pbr.build"),
        "setup.py": "from setuptools import setup\nsetup(setup_requires=['pbr'],"
        " pbr=True)\n",
        "setup.cfg": "[metadata]\nname = demo\n[files]\npackages =\n    demo\n"
        "[options]\npackage_dir =\n    = src\n",
    },
    "flit": {
        "pyproject.toml": system("flit_core", "flit_core.buildapi")
        + '[project]\nname = "demo"\ndynamic = ["version", "description"]\n',
    },
    "hatchling": {"pyproject.toml": system("hatchling", "hatchling.build") + PROJECT},
    "poetry-core": {
        "pyproject.toml": system("poetry-core", "poetry.core.masonry.api") + PROJECT
    },
    "pdm-backend": {"pyproject.toml": system("pdm-backend", "pdm.backend") + PROJECT},
    "scikit-build-core": {
        "pyproject.toml": system("scikit-build-core", "scikit_build_core.build")
        + PROJECT,
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.15)\n"
        "project(demo LANGUAGES C)\n"
        "find_package(Python COMPONENTS Interpreter Development.Module REQUIRED)\n"
        "python_add_library(fast MODULE fast.c WITH_SOABI)\n"
        "install(TARGETS fast DESTINATION demo)\n",
        "fast.c": C_SOURCE,
    },
    "meson-python": {
        "pyproject.toml": system("meson-python ninja", "mesonpy") + PROJECT,
        "meson.build": "project('demo', 'c', version: '1.0')\n"
        "py = import('python').find_installation(pure: false)\n"
        "py.install_sources('src/demo/__init__.py', subdir: 'demo')\n"
        "py.extension_module('fast', 'fast.c', subdir: 'demo', install: true)\n",
        "fast.c": C_SOURCE,
    },
}
INDEX = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PYSETUP_INDEX_URL")


@pytest.mark.parametrize("kind", PROJECTS)
def test_a_project_of_this_kind_is_built_twice_the_same(
    kind: str, pysetup: Any, tmp_path: Path, need_tool: Any
) -> None:
    root = tmp_path / "project"
    for name, text in {**PACKAGE, **PROJECTS[kind]}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if kind in ("meson-python", "pbr"):
        git = need_tool("git")
        for words in ("init -q", "add .", "-c user.name=x -c user.email=x commit -qmx"):
            assert os.system(f"{git} -C {root} {words}") == 0
    environ = {
        **{name: text for name, text in os.environ.items() if name in INDEX},
        "SETUPTOOLS_SCM_PRETEND_VERSION": "1.0",
        "PBR_VERSION": "1.0",
        "SOURCE_DATE_EPOCH": "1700000000",
        "PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE", ""),
    }
    contents = []
    for place in (tmp_path / "one", tmp_path / "two"):
        ran = pysetup("build", "-o", place, root, env=environ)
        assert ran.code == 0, ran.err
        (sdist,) = place.glob("demo-1.0.tar.gz")
        (wheel,) = place.glob("demo-1.0-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            assert "demo/__init__.py" in archive.namelist()
        # pbr writes files of its own beside the sources, which the next sdist holds.
        contents.append((wheel.name, b"" if kind == "pbr" else sdist.read_bytes()))
    assert contents[0] == contents[1]
