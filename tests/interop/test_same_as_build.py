"""The sdists and wheels of other back ends are those that ``python -m build`` makes."""

import io
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.interop, pytest.mark.slow]

SETUP_PY = {
    "setup.py": """
from setuptools import Extension, setup

setup(
    name="demo",
    version="1.0",
    description="na\\u00efve",
    long_description=open("README.rst").read(),
    author="Jos\\u00e9",
    py_modules=["single"],
    packages=["demo"],
    package_data={"demo": ["*.txt"]},
    data_files=[("share/demo", ["demo.conf"])],
    scripts=["run-demo"],
    ext_modules=[Extension("demo.fast", ["fast.c"])],
    entry_points={"console_scripts": ["demo=demo:main"], "demo.plugins": ["a=demo"]},
    extras_require={":python_version < '3'": ["six"], "more": ["packaging"]},
)
""",
    "README.rst": "Demo\n====\n",
    "single.py": "",
    "demo/__init__.py": "def main(): pass\n",
    "demo/words.txt": "a\n",
    "demo.conf": "",
    "run-demo": "#!/usr/bin/env python\nprint(1)\n",
    "fast.c": """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", 0, -1};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
""",
    "MANIFEST.in": "include demo.conf README.rst\n",
}
SETUP_CFG = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.cfg": """
[metadata]
name = demo
version = attr: demo.__version__
license_files = COPYING

[options]
packages = find:
python_requires = >=3.8, !=3.9.*
""",
    "demo/__init__.py": "__version__ = '1.0'\n",
    "demo/sub/__init__.py": "",
    "COPYING": "free\n",
}
PROJECT = """
[project]
name = "demo"
version = "1.0"
description = "demo"
license = "MIT"
license-files = ["COPYING"]
scripts = { demo = "demo:main" }
"""
FLIT = {
    "pyproject.toml": '[build-system]\nrequires = ["flit_core"]\n'
    'build-backend = "flit_core.buildapi"\n' + PROJECT,
    "demo/__init__.py": "def main(): pass\n",
    "demo/tool.sh": "#!/bin/sh\n",
    "COPYING": "free\n",
}
UV = {
    "pyproject.toml": '[build-system]\nrequires = ["uv_build"]\n'
    'build-backend = "uv_build"\n' + PROJECT,
    "src/demo/__init__.py": "def main(): pass\n",
    "COPYING": "free\n",
}
IN_TREE = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "own"\n'
    'backend-path = ["tools"]\n[tool.flit.sdist]\ninclude = ["tools/"]\n' + PROJECT,
    "tools/own.py": "from flit_core.buildapi import *\n",
    "demo.py": "def main(): pass\n",
    "COPYING": "free\n",
}

PROJECTS = {
    "setup.py with all that is old": SETUP_PY,
    "setup.cfg alone": SETUP_CFG,
    "flit": FLIT,
    "uv_build": UV,
    "a back end of its own": IN_TREE,
}
# uv_build is found as a command only.
BIN = Path(sys.executable).parent
Content = dict[str, tuple[bool, bytes]]


@pytest.fixture(params=list(PROJECTS.values()), ids=list(PROJECTS))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in request.param.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    return root


def made_by(tool: str, *options: str, source: Path, into: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", tool, *options, "-o", into, "--no-isolation", source],
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
    )
    (path,) = into.iterdir()
    return path


def wheel_content(path: Path) -> Content:
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: (
                bool((info.external_attr >> 16) & stat.S_IXUSR),
                archive.read(info),
            )
            for info in archive.infolist()
            if not info.is_dir() and not info.filename.endswith("/RECORD")
        }


def sdist_content(path: Path) -> Content:
    with tarfile.open(path) as archive:
        return {
            member.name: (
                bool(member.mode & stat.S_IXUSR),
                (archive.extractfile(member) or io.BytesIO()).read(),
            )
            for member in archive
            if member.isfile()
        }


def test_sdist_and_wheel_are_those_of_build(project: Path, tmp_path: Path) -> None:
    build, ours = tmp_path / "build", tmp_path / "ours"
    their_sdist = made_by("build", "--sdist", source=project, into=build / "sdist")
    our_sdist = made_by("pysetup", "sdist", source=project, into=ours / "sdist")
    assert our_sdist.name == their_sdist.name
    top = our_sdist.name.removesuffix(".tar.gz")
    found, expected = sdist_content(our_sdist), sdist_content(their_sdist)
    assert found.keys() - expected.keys() == {
        f"{top}/METADATA.json",
        f"{top}/pydist.json",
    }
    assert {name: found.get(name) for name in expected} == expected

    their_wheel = made_by("build", "--wheel", source=project, into=build / "wheel")
    our_wheel = made_by(
        "pysetup", "build", "--wheel", source=our_sdist, into=ours / "wheel"
    )
    assert our_wheel.name == their_wheel.name
    found, expected = wheel_content(our_wheel), wheel_content(their_wheel)
    assert found.keys() - expected.keys() == {
        f"{top}.dist-info/METADATA.json",
        f"{top}.dist-info/pydist.json",
    }
    compiled = {name for name in expected if name.endswith(".so")}
    assert {name: found.get(name) for name in expected.keys() - compiled} == {
        name: expected[name] for name in expected.keys() - compiled
    }
    assert compiled <= found.keys()
