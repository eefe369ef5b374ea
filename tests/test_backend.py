"""pysetup as a build back end, driven as front ends drive it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Demo.Pkg"
version = "1.0"
readme = "README.md"
license-files = ["LICENSE"]

[project.scripts]
demo-cmd = "demo_pkg:main"
"""
LIBRARIES = ("packaging", "pathspec")


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    root = tmp_path / "demo"
    package = root / "src" / "demo_pkg"
    package.mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "README.md").write_text("# Demo\n")
    (root / "LICENSE").write_text("yes\n")
    (package / "__init__.py").write_text("def main():\n    print('demo ran')\n")
    return root


@pytest.fixture
def environ(project_root: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(project_root / "src"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
    }


def run(*words: str | Path, env: Mapping[str, str], cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        env=dict(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def call(hook: str, *arguments: object, cwd: Path, env: Mapping[str, str]) -> object:
    """Call one hook as a front end does: in a process of its own."""
    script = (
        "import json, sys\nfrom pysetup import backend\n"
        f"print('RESULT', json.dumps(backend.{hook}(*json.loads(sys.argv[1]))))"
    )
    out = run(
        sys.executable,
        "-c",
        script,
        json.dumps(arguments, default=str),
        env=env,
        cwd=cwd,
    )
    return json.loads(out.rpartition("RESULT")[2])


def environ_with_site(environ: dict[str, str], folder: Path) -> dict[str, str]:
    """What an isolated build environment has: pysetup and its two requirements."""
    site = folder / "site"
    site.mkdir()
    for name in LIBRARIES:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        (site / name).symlink_to(Path(found.origin).parent)
    return {**environ, "PYTHONPATH": f"{environ['PYTHONPATH']}{os.pathsep}{site}"}


def test_it_needs_no_more_than_a_build_environment_has(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    env = environ_with_site(environ, tmp_path)
    script = (
        "import sys\nfrom pysetup import backend\n"
        "backend.build_sdist(sys.argv[1])\nbackend.build_wheel(sys.argv[1])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}"
        " - set(sys.stdlib_module_names)))"
    )
    # With -S no site-packages is there at all.
    out = run(sys.executable, "-S", "-c", script, tmp_path, env=env, cwd=demo)
    found = {name for name in out.split() if not name.startswith("_")}
    assert found == {"pysetup", *LIBRARIES}


def test_hooks_do_what_pep_517_says(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for operation in ("wheel", "sdist", "editable"):
        hook = f"get_requires_for_build_{operation}"
        assert call(hook, None, cwd=demo, env=environ) == []
    sdist = call("build_sdist", out, {}, cwd=demo, env=environ)
    assert sdist == "demo_pkg-1.0.tar.gz"
    info = call("prepare_metadata_for_build_wheel", out, cwd=demo, env=environ)
    assert info == "demo_pkg-1.0.dist-info"
    wheel = call("build_wheel", out, None, out / str(info), cwd=demo, env=environ)
    assert wheel == "demo_pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(out / str(wheel)) as archive:
        for path in (out / str(info)).rglob("*"):
            if path.is_file():
                name = path.relative_to(out).as_posix()
                assert archive.read(name) == path.read_bytes(), name


def test_prepared_metadata_of_an_editable_is_that_of_the_editable(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    info = call("prepare_metadata_for_build_editable", out, cwd=demo, env=environ)
    wheel = call("build_editable", out, cwd=demo, env=environ)
    with zipfile.ZipFile(out / str(wheel)) as archive:
        assert archive.read("demo_pkg.pth").decode() == f"{demo}/src\n"
        for path in (out / str(info)).rglob("*"):
            if path.is_file():
                name = path.relative_to(out).as_posix()
                assert archive.read(name) == path.read_bytes(), name


def test_a_hook_fills_entry_points_before_they_are_promised(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    text = PYPROJECT + (
        '[tool.pysetup.build]\nhook = "hook:build"\nrequires = ["tool>=1"]\n'
        'dynamic = ["python.commands"]\n'
    )
    (demo / "pyproject.toml").write_text(text)
    (demo / "hook.py").write_text(
        "import os\n"
        "def build(metadata):\n"
        "    info = 'made/demo_pkg-1.0.dist-info'\n"
        "    os.makedirs(info)\n"
        "    with open(info + '/entry_points.txt', 'w') as stream:\n"
        "        stream.write('[console_scripts]\\nlate = demo_pkg:main\\n')\n"
        "    return 'made'\n"
    )
    assert call("get_requires_for_build_wheel", cwd=demo, env=environ) == ["tool>=1"]
    info = call("prepare_metadata_for_build_wheel", tmp_path, cwd=demo, env=environ)
    assert "late" in (tmp_path / str(info) / "entry_points.txt").read_text()


def test_errors_tell_what_to_do(demo: Path, environ: dict[str, str]) -> None:
    (demo / "LICENSE").unlink()
    done = subprocess.run(
        [sys.executable, "-c", "import pysetup.backend as b; b.build_sdist('.')"],
        cwd=demo,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "LICENSE" in done.stderr
    assert "help:" in done.stderr


def front_ends(
    project: Path, out: Path, need_tool: Callable[[str], str]
) -> dict[str, list[str | Path]]:
    python = Path(sys.executable)
    pip: list[str | Path] = [python, "-m", "pip", "wheel", "-q", "--no-deps"]
    pip += ["--no-index", "--no-build-isolation", "-w", out / "pip"]
    uv: list[str | Path] = [need_tool("uv"), "build", "-q", "--no-build-isolation"]
    uv += ["--python", python, "-o", out / "uv"]
    return {
        "build": [python, "-m", "build", "-n", "-x", "-o", out / "build", project],
        "pip": [*pip, project],
        "uv": [*uv, project],
        "uv, wheel alone": [*uv[:-1], out / "uv-wheel", "--wheel", project],
    }


@pytest.mark.interop
@pytest.mark.parametrize("which", ["example", "itself"])
def test_all_front_ends_make_the_same_archives(
    which: str,
    demo: Path,
    project_root: Path,
    environ: dict[str, str],
    tmp_path: Path,
    need_tool: Callable[[str], str],
) -> None:
    project = demo
    if which == "itself":
        # A snapshot, since somebody may be working on the original.
        project = tmp_path / "snapshot"
        for folder in ("src", "launchers"):
            shutil.copytree(project_root / folder, project / folder)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(project_root / name, project / name)
    out = tmp_path / "out"
    wheels: set[tuple[str, str]] = set()
    sdists: set[tuple[str, str]] = set()
    for command in front_ends(project, out, need_tool).values():
        run(*command, env=environ, cwd=tmp_path)
    for path in out.rglob("*.*"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (wheels if path.suffix == ".whl" else sdists).add((path.name, digest))
    assert (len(wheels), len([p for p in sdists if p[0].endswith(".gz")])) == (1, 1)
    (sdist,) = (out / "build").glob("*.tar.gz")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index"]
    again = tmp_path / "again"
    run(*pip, "--no-build-isolation", "-w", again, sdist, env=environ, cwd=tmp_path)
    (wheel,) = again.glob("*.whl")
    assert {(wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())} == wheels


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_an_editable_installed_by_others_runs(
    tool: str,
    demo: Path,
    environ: dict[str, str],
    tmp_path: Path,
    need_tool: Callable[[str], str],
) -> None:
    # System site packages are not ours: the libraries come by PYTHONPATH.
    place = tmp_path / "env"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    env = environ_with_site(environ, tmp_path)
    if tool == "pip":
        command: list[str | Path] = [sys.executable, "-m", "pip", "--python", python]
        command += ["install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    else:
        command = [need_tool("uv"), "pip", "install", "-q", "--python", python]
        command += ["--no-index", "--no-deps", "--no-build-isolation"]
    run(*command, "-e", demo, env=env, cwd=tmp_path)
    clean = {key: text for key, text in env.items() if key != "PYTHONPATH"}
    assert run(place / "bin" / "demo-cmd", env=clean).strip() == "demo ran"
    found = run(python, "-c", "import demo_pkg; print(demo_pkg.__file__)", env=clean)
    assert Path(found.strip()) == demo / "src" / "demo_pkg" / "__init__.py"


EXTENSION = """
[tool.pysetup.build]
adapter = "setuptools"
requires = ["setuptools"]
[[tool.pysetup.build.ext-modules]]
name = "demo_pkg._fast"
sources = ["src/fast.c"]
py-limited-api = "cp39"
"""
COMMANDS = """
[tool.pysetup.build]
commands = [["make", "OUT={out}", "PYTHON={python}"]]
[tool.pysetup.sources]
root = "src"
modules = ["demo_pkg"]
"""
FAST_C = """
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", NULL, -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""
MAKEFILE = """
ASK := import sysconfig; print(sysconfig.get_path('include'))
FLAGS := -shared -fPIC -DPy_LIMITED_API=0x03090000 -I$(shell $(PYTHON) -c "$(ASK)")
all:
\t$(CC) $(FLAGS) src/fast.c -o $(OUT)/demo_pkg/_fast.abi3.so
"""
ASK = "import demo_pkg._fast as f; print(f.answer())"


def compiled(demo: Path, more: str) -> Path:
    (demo / "pyproject.toml").write_text(PYPROJECT + more)
    (demo / "src" / "fast.c").write_text(FAST_C)
    (demo / "Makefile").write_text(MAKEFILE)
    return demo


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.parametrize(
    ("more", "tag"),
    [
        pytest.param(EXTENSION, "cp39-abi3", id="the adapter"),
        pytest.param(COMMANDS, r"cp3\d+-abi3", id="commands"),
    ],
)
def test_all_front_ends_compile_it(
    more: str,
    tag: str,
    demo: Path,
    environ: dict[str, str],
    tmp_path: Path,
    need_tool: Callable[[str], str],
) -> None:
    """The compiled front: pip, uv and build get a wheel that can be imported."""
    project, out = compiled(demo, more), tmp_path / "out"
    before = sorted(project.rglob("*"))
    for name, command in front_ends(project, out, need_tool).items():
        run(*command, env=environ, cwd=tmp_path)
        (wheel,) = (
            (out / str(command[command.index("-o") + 1])).glob("*.whl")
            if ("-o" in command)
            else (out / "pip").glob("*.whl")
        )
        assert re.search(f"-{tag}-", wheel.name), name
        place = tmp_path / "place" / name
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
        assert run(sys.executable, "-c", ASK, env=environ, cwd=place) == "42\n"
    assert sorted(project.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.interop
def test_an_editable_of_others_can_import_what_is_compiled(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    compiled(demo, EXTENSION)
    info = call("prepare_metadata_for_build_editable", tmp_path, cwd=demo, env=environ)
    # Preparing leaves the sources alone.
    assert not list((demo / "src" / "demo_pkg").glob("_fast*"))
    wheel = call("build_editable", tmp_path, cwd=demo, env=environ)
    assert list((demo / "src" / "demo_pkg").glob("_fast.abi3.so"))
    with zipfile.ZipFile(tmp_path / str(wheel)) as archive:
        for path in (tmp_path / str(info)).rglob("*"):
            if path.is_file():
                name = path.relative_to(tmp_path).as_posix()
                assert archive.read(name) == path.read_bytes(), name
    told = run(sys.executable, "-c", ASK, env=environ, cwd=demo / "src")
    assert told == "42\n"


@pytest.mark.slow
def test_the_adapter_needs_setuptools_and_nothing_else_of_ours(
    demo: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    """In an isolated environment there is no more than that."""
    env = environ_with_site(environ, tmp_path)
    for name in ("setuptools", "_distutils_hack"):
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        (tmp_path / "site" / name).symlink_to(Path(found.origin).parent)
    compiled(demo, EXTENSION)
    script = "import sys\nfrom pysetup import backend\nprint(backend.build_wheel('.'))"
    out = run(sys.executable, "-S", "-c", script, env=env, cwd=demo)
    assert "-cp39-abi3-" in out
