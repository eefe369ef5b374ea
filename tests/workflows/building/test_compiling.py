"""Projects built by commands and by the setuptools adapter, with a real compiler."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pysetup.edges.process import CommandNotFoundError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.source_files import SourceFileMissingError
from pysetup.metadata.document import Metadata
from pysetup.phases.build.commands import NothingBuiltError, ProgramMissingError
from pysetup.phases.build.foreign import ForeignWheelError
from pysetup.phases.build.hooks import BackendFailedError
from pysetup.phases.build.setuptools_adapter import LimitedApiError, check_modules
from pysetup.phases.build.workspace import Machine
from pysetup.standards.tags import Tag
from pysetup.workflows.building.build import build_editable, build_wheel, make_sdist
from pysetup.workflows.building.leftovers import build_in_place
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context

HEAD = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "Demo.Pkg"
version = "1.0"
"""
CODE = """
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args)
{ return PyLong_FromLong(ANSWER); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", NULL, -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""
MODULE = """
[tool.pysetup.build]
adapter = "setuptools"
[[tool.pysetup.build.ext-modules]]
name = "demo_pkg._fast"
sources = ["src/fast.c"]
define-macros = [["ANSWER", "42"]]
"""
PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")

Project = Callable[[Mapping[str, str]], Path]
WheelOf = Callable[[Path], BinaryArchive]


def commands(*rows: list[str], more: str = "") -> str:
    return f"{HEAD}[tool.pysetup.build]\ncommands = {json.dumps(rows)}\n{more}"


def script(text: str) -> list[str]:
    return ["{python}", "-c", text, "{out}"]


def names(archive: BinaryArchive) -> list[str]:
    with zipfile.ZipFile(archive.location) as wheel:
        return wheel.namelist()


def answer_of(archive: BinaryArchive, place: Path) -> int:
    """Import the compiled module of a wheel in another interpreter."""
    with zipfile.ZipFile(archive.location) as wheel:
        wheel.extractall(place)
    done = subprocess.run(
        [sys.executable, "-c", "import demo_pkg._fast as f; print(f.answer())"],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


PUT = (
    "import os, sys; os.makedirs(sys.argv[1] + '/made'); "
    "open(sys.argv[1] + '/made/{}', 'w')"
)


def test_commands_fill_a_folder_and_leave_the_project_alone(
    project: Project, wheel_of: WheelOf, isolated: list[tuple[str, ...]]
) -> None:
    more = 'requires = ["ninja"]\nenvironment = ["MODE=fast"]\n'
    touch = script("import os; open('left', 'w'); assert os.environ['MODE'] == 'fast'")
    root = project(
        {
            "pyproject.toml": commands(
                touch, script(PUT.format("__init__.py")), more=more
            )
        }
    )
    wheel = wheel_of(root)
    assert wheel.location.name == "demo_pkg-1.0-py3-none-any.whl"
    assert "made/__init__.py" in names(wheel)
    # What sources.modules does not name is not in it.
    assert not [name for name in names(wheel) if name.startswith("demo_pkg/")]
    assert not (root / "left").exists()
    assert isolated == [("ninja",)]
    with zipfile.ZipFile(wheel.location) as archive:
        record = json.loads(archive.read("demo_pkg-1.0.dist-info/pysetup-build.json"))
    assert record["environment"]["MODE"] == "fast"


def test_modules_that_are_named_are_there_already(
    project: Project, wheel_of: WheelOf
) -> None:
    more = '[tool.pysetup.sources]\nroot = "src"\nmodules = ["demo_pkg"]\n'
    see = script("import os, sys; assert os.path.isdir(sys.argv[1] + '/demo_pkg')")
    wheel = wheel_of(project({"pyproject.toml": commands(see, more=more)}))
    assert "demo_pkg/data/x.txt" in names(wheel)


@pytest.mark.parametrize(
    ("file", "tag"),
    [
        pytest.param(f"_x{SUFFIX}", f"{OWN}-{OWN}-{PLATFORM}", id="this Python"),
        pytest.param("_x.abi3.so", f"{OWN}-abi3-{PLATFORM}", id="the stable ABI"),
        pytest.param("libx.so.1", f"py3-none-{PLATFORM}", id="a library"),
        pytest.param("x.txt", "py3-none-any", id="a text"),
    ],
)
def test_tags_follow_from_what_was_made(
    file: str, tag: str, project: Project, wheel_of: WheelOf
) -> None:
    root = project({"pyproject.toml": commands(script(PUT.format(file)))})
    assert wheel_of(root).location.name == f"demo_pkg-1.0-{tag}.whl"


def test_a_program_without_suffix_is_for_one_platform(
    project: Project, wheel_of: WheelOf
) -> None:
    copy = script("import shutil, sys; shutil.copy(sys.executable, sys.argv[1])")
    name = wheel_of(project({"pyproject.toml": commands(copy)})).location.name
    assert name == f"demo_pkg-1.0-py3-none-{PLATFORM}.whl"


def test_the_same_commands_make_the_same_wheel(
    project: Project, context: Context, building: Building, tmp_path: Path
) -> None:
    root = project({"pyproject.toml": commands(script(PUT.format("a.py")))})
    made = [
        build_wheel(root, into=tmp_path / way, context=context, building=building).hash
        for way in ("one", "two")
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        pytest.param(
            [["{python}", "-c", "print('near'); raise SystemExit(7)"], ["never-run"]],
            ProgramMissingError,
            "never-run",
            id="a program is missing",
        ),
        pytest.param(
            [["{python}", "-c", "print('near'); raise SystemExit(7)"]],
            BackendFailedError,
            "exit code 7",
            id="one fails",
        ),
        pytest.param(
            [["{python}", "-c", "pass"]],
            NothingBuiltError,
            "{out}",
            id="nothing is made",
        ),
        pytest.param(
            [["./not-there"]],
            CommandNotFoundError,
            "not-there",
            id="a script is missing",
        ),
    ],
)
def test_failures_of_commands_are_told(
    rows: list[list[str]],
    error: type[Exception],
    said: str,
    project: Project,
    wheel_of: WheelOf,
    out: Path,
) -> None:
    with pytest.raises(error) as caught:
        wheel_of(project({"pyproject.toml": commands(*rows)}))
    assert said in str(caught.value)
    if isinstance(caught.value, BackendFailedError):
        assert "near" in caught.value.output
        assert "raise SystemExit(7)" in caught.value.message
    assert not out.exists()


def test_settings_are_placeholders(
    project: Project, context: Context, out: Path
) -> None:
    write = script(PUT.format("{mode}.txt"))
    more = '[tool.pysetup.build.options]\nmode = "slow"\n'
    root = project({"pyproject.toml": commands(write, more=more)})
    building = Building(isolate=no_isolation, settings={"mode": "fast"})
    wheel = build_wheel(root, into=out, context=context, building=building)
    assert "made/fast.txt" in names(wheel)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "tag"),
    [
        pytest.param("", f"{OWN}-{OWN}-{PLATFORM}", id="for this Python"),
        pytest.param(
            'py-limited-api = "cp39"\n', f"cp39-abi3-{PLATFORM}", id="the stable ABI"
        ),
    ],
)
def test_the_document_alone_compiles_an_extension(
    more: str,
    tag: str,
    project: Project,
    wheel_of: WheelOf,
    isolated: list[tuple[str, ...]],
    tmp_path: Path,
) -> None:
    root = project({"pyproject.toml": HEAD + MODULE + more, "src/fast.c": CODE})
    before = sorted(root.rglob("*"))
    wheel = wheel_of(root)
    assert wheel.location.name == f"demo_pkg-1.0-{tag}.whl"
    assert "demo_pkg/data/x.txt" in names(wheel)
    assert answer_of(wheel, tmp_path / "place") == 42
    assert sorted(root.rglob("*")) == before
    assert isolated == [("setuptools>=70.1",)]


@pytest.mark.slow
def test_what_is_compiled_twice_is_the_same(
    project: Project, context: Context, building: Building, tmp_path: Path
) -> None:
    root = project({"pyproject.toml": HEAD + MODULE, "src/fast.c": CODE})
    made = {
        build_wheel(root, into=tmp_path / way, context=context, building=building).hash
        for way in ("one", "two")
    }
    assert len(made) == 1


@pytest.mark.slow
def test_a_setup_py_is_one_more_build_system(
    project: Project, wheel_of: WheelOf, tmp_path: Path
) -> None:
    text = (
        "from setuptools import Extension, setup\n"
        "setup(packages=['demo_pkg'], package_dir={'': 'src'}, ext_modules=[Extension("
        "'demo_pkg._fast', ['src/fast.c'], define_macros=[('ANSWER', '7')])])\n"
    )
    build = '[tool.pysetup.build]\nadapter = "setuptools"\nrequires = ["setuptools"]\n'
    root = project(
        {"pyproject.toml": HEAD + build, "setup.py": text, "src/fast.c": CODE}
    )
    before = sorted(root.rglob("*"))
    wheel = wheel_of(root)
    assert wheel.location.name == f"demo_pkg-1.0-{OWN}-{OWN}-{PLATFORM}.whl"
    assert answer_of(wheel, tmp_path / "place") == 7
    assert sorted(root.rglob("*")) == before
    # One document, as everywhere.
    assert "demo_pkg-1.0.dist-info/pydist.json" in names(wheel)


def test_a_setup_py_of_another_project_is_refused(
    project: Project, wheel_of: WheelOf
) -> None:
    build = '[tool.pysetup.build]\nadapter = "setuptools"\n'
    text = "from setuptools import setup\nsetup(name='other', version='1.0')\n"
    root = project({"pyproject.toml": HEAD + build, "setup.py": text})
    # setuptools itself lets [project] win over the words of setup.py.
    toml = (root / "pyproject.toml").read_text()
    assert wheel_of(root).metadata.normalized_name == "demo-pkg"
    (root / "setup.py").write_text("import sys\nsys.exit('no')\n")
    with pytest.raises(BackendFailedError):
        wheel_of(root)
    (root / "setup.py").unlink()
    with pytest.raises(SourceFileMissingError):
        wheel_of(root)
    assert (root / "pyproject.toml").read_text() == toml
    assert ForeignWheelError.code == "PS6407"


def test_a_source_that_is_missing_is_named_before_anything_runs(
    project: Project, wheel_of: WheelOf
) -> None:
    with pytest.raises(SourceFileMissingError) as caught:
        wheel_of(project({"pyproject.toml": HEAD + MODULE}))
    assert caught.value.path == "src/fast.c"


@pytest.mark.parametrize(
    ("tag", "since", "fits"),
    [
        pytest.param(Tag("cp311", "cp311", "x"), "cp39", True, id="an older ABI"),
        pytest.param(Tag("cp311", "cp311", "x"), "cp311", True, id="its own"),
        pytest.param(Tag("cp311", "cp311", "x"), "cp312", False, id="a newer ABI"),
        pytest.param(Tag("cp39", "cp39", "x"), "cp310", False, id="by number"),
        pytest.param(Tag("cp313", "cp313t", "x"), "cp39", False, id="free-threaded"),
        pytest.param(Tag("pp311", "pypy311_pp73", "x"), "cp39", False, id="PyPy"),
    ],
)
def test_the_stable_abi_needs_an_interpreter_that_has_it(
    tag: Tag,
    since: str,
    fits: bool,  # noqa: FBT001 - a column of the table
) -> None:
    module = {"name": "a", "sources": ["a.c"], "py_limited_api": since}
    metadata = Metadata.from_dict(
        {
            "name": "demo",
            "version": "1.0",
            "build": {"adapter": "setuptools", "ext_modules": [module]},
        }
    )
    if fits:
        assert check_modules(metadata, ["a.c"], Machine(tag=tag)) == since
        return
    with pytest.raises(LimitedApiError) as caught:
        check_modules(metadata, ["a.c"], Machine(tag=tag))
    assert caught.value.code == "PS6782"


@pytest.mark.slow
def test_an_editable_has_its_compiled_module_beside_its_package(
    project: Project,
    context: Context,
    building: Building,
    told: list[str],
    out: Path,
    tmp_path: Path,
) -> None:
    root = project({"pyproject.toml": HEAD + MODULE, "src/fast.c": CODE})
    made = build_editable(root, into=out, context=context, building=building)
    target = root / "src" / "demo_pkg" / f"_fast{SUFFIX}"
    assert told == [f"wrote {target}"]
    listed = names(made.archive)
    assert "demo_pkg.pth" in listed
    assert not [name for name in listed if name.endswith(".so")]
    assert f"{OWN}-{OWN}" in made.archive.location.name
    done = subprocess.run(
        [sys.executable, "-c", "import demo_pkg._fast as f; print(f.answer())"],
        cwd=root / "src",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "42\n"
    # It is not taken for a file of the project.
    sdist = make_sdist(root, into=tmp_path, context=context, building=building)
    assert b"_fast.cpython" not in sdist.location.read_bytes()
    again = build_in_place(root, context=context, building=building)
    assert again == (target,)


def test_what_is_made_at_the_top_goes_into_the_editable_itself(
    project: Project, context: Context, building: Building, out: Path
) -> None:
    put = script("import sys; open(sys.argv[1] + '/_made.py', 'w')")
    root = project({"pyproject.toml": commands(put)})
    made = build_editable(root, into=out, context=context, building=building)
    with zipfile.ZipFile(made.location) as wheel:
        assert "_made.py" in wheel.namelist()
        assert wheel.read("demo_pkg.pth").decode() == f"{root}/src\n"


def test_a_static_project_runs_no_code_though_it_names_no_back_end(
    project: Project,
    wheel_of: WheelOf,
    isolated: list[tuple[str, ...]],
    told: list[str],
) -> None:
    text = HEAD.partition("[project]")[2]
    wheel = wheel_of(project({"pyproject.toml": f"[project]{text}"}))
    assert wheel.location.name == "demo_pkg-1.0-py3-none-any.whl"
    assert "demo_pkg/__init__.py" in names(wheel)
    assert (isolated, told) == ([], [])
