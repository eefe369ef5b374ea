"""Projects of other back ends: setuptools, flit, and ones that misbehave."""

import dataclasses
import json
import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.source import SourceArchive
from pysetup.interchange.wheel_file import open_wheel
from pysetup.phases.build.backend import HookMissingError
from pysetup.phases.build.foreign import ForeignWheelError
from pysetup.phases.build.hooks import BackendFailedError
from pysetup.workflows.building.build import (
    ForeignSdistError,
    build_editable,
    build_wheel,
    make_sdist,
)
from pysetup.workflows.building.project import Building, no_isolation, read_project
from pysetup.workflows.context import Context

SETUPTOOLS = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "demo-pkg"
version = "1.0"
dependencies = ["packaging>=20"]

[project.scripts]
demo = "demo_pkg:main"
"""
SETUP_PY = """
from setuptools import setup
setup(name="demo-pkg", version="1.0", package_dir={"": "src"}, packages=["demo_pkg"],
      install_requires=["packaging"], description="from setup.py")
"""
FLIT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"

[project]
name = "demo_pkg"
dynamic = ["version"]
description = "A demo"
requires-python = ">=3.11"

[tool.pysetup.extensions."demo-pkg.thing"]
answer = 42
"""
IN_TREE = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["_build"]

[project]
name = "demo-pkg"
version = "1.0"
"""
# A whole back end in a few lines; what a hook does stands in its test.
BACKEND = """
import base64, hashlib, io, os, sys, tarfile, zipfile

METADATA = "Metadata-Version: 2.1\\nName: demo-pkg\\nVersion: %s\\n"
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def line(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "%s,sha256=%s,%d\\n" % (path, digest.decode().rstrip("="), len(text))

def wheel(folder, project="demo_pkg", version="1.0", more="", files=()):
    info = "demo_pkg-%s.dist-info/" % version
    files = dict(files)
    files[info + "METADATA"] = METADATA % version + more
    files[info + "WHEEL"] = WHEEL
    record = "".join(line(*item) for item in files.items())
    files[info + "RECORD"] = record + info + "RECORD,,\\n"
    name = "%s-%s-py3-none-any.whl" % (project, version)
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name

def sdist(folder, *names):
    with tarfile.open(os.path.join(folder, "demo_pkg-1.0.tar.gz"), "w:gz") as archive:
        for name in names:
            archive.add(name, "demo_pkg-1.0/" + name)
    return "demo_pkg-1.0.tar.gz"
"""

Root = Callable[[str], Path]
Wheel = Callable[[Path], BinaryArchive]
Sdist = Callable[[Path], SourceArchive]


def build_wheel_in_place(
    root: Path, *, into: Path, context: Context, building: Building
) -> BinaryArchive:
    in_place = dataclasses.replace(building, route="tree")
    return build_wheel(root, into=into, context=context, building=in_place)


@pytest.fixture
def root_of(project: Callable[[Mapping[str, str]], Path]) -> Root:
    return lambda text: project({"pyproject.toml": text})


@pytest.fixture
def in_tree(project: Callable[[Mapping[str, str]], Path]) -> Root:
    """Write a project whose back end has one hook, with this body."""

    def write(definition: str) -> Path:
        backend = f"{BACKEND}\n{definition}\n"
        return project({"pyproject.toml": IN_TREE, "_build/backend.py": backend})

    return write


def build_wheel_hook(body: str) -> str:
    parameters = "wheel_directory, config_settings=None, metadata_directory=None"
    return f"def build_wheel({parameters}):\n    {body}"


def test_setuptools_all_the_way(
    root_of: Root,
    sdist_of: Sdist,
    wheel_of: Wheel,
    read_from: Callable[[Path, str], bytes],
    told: list[str],
) -> None:
    sdist = sdist_of(root_of(SETUPTOOLS))
    assert read_from(sdist.location, "pydist.json") == sdist.metadata.to_json()
    assert b"packaging>=20" in read_from(sdist.location, "PKG-INFO")
    assert b"packaging>=20" in read_from(sdist.location, "METADATA.json")
    assert read_from(sdist.location, "src/demo_pkg/__init__.py")
    wheel = wheel_of(sdist.location)
    with open_wheel(wheel.location) as opened:
        opened.verify()
        assert opened.metadata == wheel.metadata
        assert [str(r) for r in opened.metadata.requires_dist] == ["packaging>=20"]
        assert [entry.name for entry in opened.metadata.entry_points] == ["demo"]
    # Everything was stated, so there is nothing to tell.
    assert told == []


@pytest.fixture
def setup_py(root_of: Root) -> Path:
    root = root_of("")
    (root / "pyproject.toml").unlink()
    (root / "setup.py").write_text(SETUP_PY)
    return root


def test_setup_py_alone_is_described_by_setuptools(
    setup_py: Path, context: Context, building: Building, told: list[str]
) -> None:
    tree = read_project(setup_py, context=context, building=building)
    assert tree.metadata.texts("requires_dist") == ("packaging",)
    assert "asking setuptools.build_meta:__legacy__ for name, version" in told[0]


def test_setup_py_alone_all_the_way(
    setup_py: Path,
    sdist_of: Sdist,
    wheel_of: Wheel,
    read_from: Callable[[Path, str], bytes],
) -> None:
    sdist = sdist_of(setup_py)
    stated = read_from(sdist.location, "PKG-INFO").decode()
    # Back ends differ in how they spell the value.
    assert "Dynamic: requires-dist" in stated.replace("Requires-Dist", "requires-dist")
    assert "Summary: from setup.py" in stated
    wheel = wheel_of(sdist.location)
    assert wheel.metadata.texts("requires_dist") == ("packaging",)
    with zipfile.ZipFile(wheel.location) as archive:
        assert "demo_pkg/__init__.py" in archive.namelist()


def test_flit_with_a_dynamic_version(
    root_of: Root,
    sdist_of: Sdist,
    wheel_of: Wheel,
    told: list[str],
    read_from: Callable[[Path, str], bytes],
) -> None:
    root = root_of(FLIT)
    sdist = sdist_of(root)
    # Its PKG-INFO is reliable, so it stays as it is.
    assert "Import-Name: demo_pkg" in read_from(sdist.location, "PKG-INFO").decode()
    assert sdist.metadata.texts("import_name") == ("demo_pkg",)
    told.clear()
    wheel = wheel_of(root)
    assert wheel.location.name == "demo_pkg-1.0-py3-none-any.whl"
    # Flit reads the version from the module, and so can we: no code runs.
    assert told == []
    assert wheel.metadata.extension("demo-pkg.thing") == {"answer": 42}
    assert wheel.metadata.section("build")["backend"] == "flit_core.buildapi"


def test_what_forced_code_is_told_with_its_place(
    root_of: Root, context: Context, building: Building, told: list[str]
) -> None:
    root = root_of(FLIT)
    module = root / "src" / "demo_pkg" / "__init__.py"
    module.write_text('"""A demo."""\n__version__ = str(1.0)\n')
    tree = read_project(root, context=context, building=building)
    assert str(tree.metadata.version) == "1.0"
    (line,) = told
    assert line == (
        "asking flit_core.buildapi for version, which project does not state "
        "(pyproject.toml:8: project.dynamic: src/demo_pkg/__init__.py sets __version__ "
        "to something that is no literal)"
    )


def test_foreign_archives_are_reproducible(
    root_of: Root, context: Context, building: Building, tmp_path: Path
) -> None:
    root = root_of(SETUPTOOLS)
    other = tmp_path / "elsewhere"
    shutil.copytree(root, other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    digests = set()
    for number, place in enumerate((root, other)):
        into = tmp_path / f"out{number}"
        sdist = make_sdist(place, into=into, context=context, building=building)
        wheel = build_wheel(
            sdist.location, into=into, context=context, building=building
        )
        digests.add((sdist.hash, wheel.hash))
    assert len(digests) == 1


def test_a_hostile_sdist_of_a_back_end_is_refused(
    in_tree: Root, sdist_of: Sdist
) -> None:
    root = in_tree(
        "def build_sdist(sdist_directory, config_settings=None):\n"
        "    os.symlink('/etc/passwd', 'x')\n"
        "    return sdist(sdist_directory, 'pyproject.toml', 'x')"
    )
    with pytest.raises(PysetupError) as caught:
        sdist_of(root)
    assert caught.value.code == "PS5400"


def test_pkg_info_may_stand_twice_in_the_sdist_of_a_back_end(
    in_tree: Root, sdist_of: Sdist
) -> None:
    # As hatchling makes it from an unpacked sdist.
    root = in_tree(
        "def build_sdist(sdist_directory, config_settings=None):\n"
        "    with open('PKG-INFO', 'w') as stream:\n"
        "        stream.write(METADATA % '1.0')\n"
        "    return sdist(sdist_directory, 'PKG-INFO', 'PKG-INFO')"
    )
    with tarfile.open(sdist_of(root).location) as archive:
        assert archive.getnames().count("demo_pkg-1.0/PKG-INFO") == 1


def test_an_sdist_without_pkg_info_is_refused(
    in_tree: Root, sdist_of: Sdist, out: Path
) -> None:
    root = in_tree(
        "def build_sdist(sdist_directory, config_settings=None):\n"
        "    return sdist(sdist_directory, 'pyproject.toml')"
    )
    with pytest.raises(ForeignSdistError):
        sdist_of(root)
    assert not out.exists()


@pytest.mark.parametrize(
    "pyproject",
    [
        pytest.param(FLIT, id="flit writes a path"),
        pytest.param(SETUPTOOLS, id="setuptools is asked for a path"),
    ],
)
def test_an_editable_of_another_back_end(
    root_of: Root, context: Context, building: Building, out: Path, pyproject: str
) -> None:
    root = root_of(pyproject)
    made = build_editable(root, into=out, context=context, building=building)
    with zipfile.ZipFile(made.location) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".pth")]
        assert archive.read(path).decode().strip() == f"{root}/src"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        pytest.param("pbr.build", "compat", id="it hands all on to setuptools"),
        pytest.param("other.build", "", id="nobody knows what it does"),
    ],
)
def test_who_is_asked_for_an_editable_by_path(
    project: Callable[[Mapping[str, str]], Path],
    context: Context,
    building: Building,
    out: Path,
    name: str,
    asked: str,
) -> None:
    hook = (
        "def build_editable(wheel_directory, config_settings=None,"
        " metadata_directory=None):\n"
        "    mode = (config_settings or {}).get('editable_mode', '')\n"
        "    return wheel(wheel_directory, files={'asked.txt': mode})\n"
    )
    place = f"_build/{name.replace('.', '/')}.py"
    pyproject = IN_TREE.replace('"backend"', f'"{name}"')
    root = project({"pyproject.toml": pyproject, place: f"{BACKEND}\n{hook}"})
    made = build_editable(root, into=out, context=context, building=building)
    with zipfile.ZipFile(made.location) as archive:
        assert archive.read("asked.txt").decode() == asked


def test_an_editable_that_runs_code_is_told(
    in_tree: Root, context: Context, building: Building, out: Path, told: list[str]
) -> None:
    root = in_tree(
        "def build_editable(wheel_directory, config_settings=None,"
        " metadata_directory=None):\n"
        "    return wheel(wheel_directory, files={'x.pth': 'import os'})"
    )
    build_editable(root, into=out, context=context, building=building)
    assert any("runs code at every start of Python (x.pth)" in line for line in told)


def test_an_editable_that_is_called_at_start_is_told(
    in_tree: Root, context: Context, building: Building, out: Path, told: list[str]
) -> None:
    root = in_tree(
        "def build_editable(wheel_directory, config_settings=None,"
        " metadata_directory=None):\n"
        "    return wheel(wheel_directory, files={'x.start': 'x.y:run'})"
    )
    build_editable(root, into=out, context=context, building=building)
    assert any("calls x.y:run at every start" in line for line in told)


def test_late_changes_count_and_are_told(
    in_tree: Root, context: Context, building: Building, out: Path, told: list[str]
) -> None:
    hook = build_wheel_hook(
        "return wheel(wheel_directory, more='Requires-Dist: late\\n')"
    )
    wheel = build_wheel_in_place(
        in_tree(hook), into=out, context=context, building=building
    )
    assert wheel.metadata.texts("requires_dist") == ("late",)
    assert any("requires_dist" in line for line in told)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("1/0", "ZeroDivisionError", id="raises"),
        pytest.param("os._exit(0)", "without an answer", id="vanishes"),
        pytest.param("os._exit(3)", "exit code 3", id="exits"),
        pytest.param("os.kill(os.getpid(), 9)", "killed", id="is killed"),
        pytest.param("import time; time.sleep(60)", "its time of 2 s", id="hangs"),
        pytest.param("return None", "None", id="returns nothing"),
        pytest.param("return 7", "7", id="returns a number"),
        pytest.param(
            "return 'x-1-py3-none-any.whl'", "made nothing", id="made nothing"
        ),
        pytest.param(
            "wheel(wheel_directory); return 'x-1-py3-none-any.whl'",
            "but made demo_pkg",
            id="names another file",
        ),
        pytest.param(
            "return os.path.join('..', wheel(wheel_directory))",
            "must return a name",
            id="names a path",
        ),
    ],
)
def test_a_failing_back_end_is_told_with_its_output(
    body: str, said: str, in_tree: Root, context: Context, out: Path
) -> None:
    noise = "sys.stdout.buffer.write(b'noise \\xff\\x00 {}\\n'); sys.stdout.flush(); "
    root = in_tree(build_wheel_hook(noise + body))
    building = Building(isolate=no_isolation, timeout=2)
    with pytest.raises(BackendFailedError) as caught:
        build_wheel_in_place(root, into=out, context=context, building=building)
    error = caught.value
    assert error.hook == "backend.build_wheel"
    assert said in error.message + error.output
    assert "noise" in error.output
    assert len(str(error.facts["last lines"]).splitlines()) <= 12
    assert error.log is not None
    assert error.log.is_file()
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("project='other'", "PS5302", id="of another project"),
        pytest.param("version='2.0'", ForeignWheelError.code, id="of another version"),
    ],
)
def test_a_wheel_of_something_else_is_refused(
    arguments: str,
    code: str,
    in_tree: Root,
    context: Context,
    building: Building,
    out: Path,
) -> None:
    root = in_tree(build_wheel_hook(f"return wheel(wheel_directory, {arguments})"))
    with pytest.raises(PysetupError) as caught:
        build_wheel_in_place(root, into=out, context=context, building=building)
    assert caught.value.code == code


def test_a_missing_hook_and_a_missing_back_end_are_told(
    in_tree: Root, context: Context, building: Building, out: Path
) -> None:
    root = in_tree("")
    with pytest.raises(HookMissingError):
        build_editable(root, into=out, context=context, building=building)
    (root / "_build/backend.py").unlink()
    with pytest.raises(BackendFailedError, match="cannot be imported"):
        build_wheel_in_place(root, into=out, context=context, building=building)


def test_the_sdist_of_a_foreign_project_holds_all_that_its_back_end_put_there(
    root_of: Root, sdist_of: Sdist
) -> None:
    sdist = sdist_of(root_of(SETUPTOOLS))
    with tarfile.open(sdist.location) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pydist.json", "METADATA.json", "PKG-INFO", "pyproject.toml"} <= names
    assert "src/demo_pkg.egg-info/PKG-INFO" in names
    assert json.loads(sdist.metadata.to_json())["name"] == "demo-pkg"


def test_an_isolated_environment_gets_nothing_of_ours(
    in_tree: Root, context: Context, out: Path, tmp_path: Path
) -> None:
    place = tmp_path / "env" / "bin"
    place.mkdir(parents=True)
    (place / "python").symlink_to(sys.executable)
    environ = {**context.environ, "PYTHONPATH": "/ours", "PYTHONHOME": ""}
    hook = build_wheel_hook(
        "print('PATH', os.environ['PATH'].split(os.pathsep)[0], 'PYTHONPATH' in "
        "os.environ, os.environ['PYTHONNOUSERSITE']); 1/0"
    )
    building = Building(isolate=lambda _: place / "python")
    with pytest.raises(BackendFailedError) as caught:
        build_wheel_in_place(
            in_tree(hook),
            into=out,
            context=dataclasses.replace(context, environ=environ),
            building=building,
        )
    assert f"PATH {place} False 1" in caught.value.output


def test_requirements_that_the_back_end_adds_come_into_its_environment(
    in_tree: Root,
    context: Context,
    building: Building,
    out: Path,
    isolated: list[tuple[str, ...]],
) -> None:
    root = in_tree(
        "def get_requires_for_build_wheel(config_settings=None):\n"
        "    return ['ninja ; python_version>\"3\"', 'cmake']\n"
        + build_wheel_hook("return wheel(wheel_directory)")
    )
    build_wheel_in_place(root, into=out, context=context, building=building)
    assert isolated == [(), ('ninja; python_version > "3"', "cmake")]


@pytest.mark.parametrize("pyproject", [FLIT, SETUPTOOLS], ids=["flit", "setuptools"])
def test_the_document_of_the_sdist_is_that_of_the_wheel(
    root_of: Root, sdist_of: Sdist, wheel_of: Wheel, pyproject: str
) -> None:
    sdist = sdist_of(root_of(pyproject))
    assert wheel_of(sdist.location).metadata.digest() == sdist.metadata.digest()
