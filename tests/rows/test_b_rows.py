"""The rows B1 to B12 of the founding plan: building, and the wheel."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.standards.variants import Variants

pytestmark = pytest.mark.flow

HEAD = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "row-demo"
version = "1.0"
"""
HOOK = """
import os, tempfile
def build(metadata):
    folder = tempfile.mkdtemp()
    os.makedirs(folder + "/row_demo")
    with open(folder + "/row_demo/__init__.py", "w") as stream:
        stream.write("colour = %r\\n" % metadata["extensions"]["row-demo"]["colour"])
    return folder
"""
C_SOURCE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
"""
C_MODULE = """
[tool.pysetup.build]
adapter = "setuptools"
[[tool.pysetup.build.ext-modules]]
name = "row_demo.fast"
sources = ["src/fast.c"]
"""
SETUP_PY = """
from setuptools import Extension, setup
setup(name="row-demo", version="1.0", packages=["row_demo"], package_dir={"": "src"},
      ext_modules=[Extension("row_demo.fast", ["src/fast.c"])])
"""
# A back end that needs nothing: its wheels hold what stands here.
TINY = """
import base64, hashlib, os, zipfile
def line(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "%s,sha256=%s,%d\\n" % (path, digest.decode().rstrip("="), len(text))
def build_wheel(folder, config_settings=None, metadata_directory=None):
    info = "row_demo-1.0.dist-info/"
    files = {
        "row_demo.py": "built_by = %r" % os.path.basename(__file__),
        info + "METADATA": "Metadata-Version: 2.1\\nName: row-demo\\nVersion: 1.0\\n",
        info + "WHEEL":
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(line(*item) for item in files.items())
    files[info + "RECORD"] = record + info + "RECORD,,\\n"
    name = "row_demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name
"""
TINY_PROJECT = (
    '[build-system]\nrequires = ["tinyback"]\nbuild-backend = "tinyback"\n'
    '[project]\nname = "row-demo"\nversion = "1.0"\n'
)
WHEEL = "row_demo-1.0-py3-none-any.whl"
DIST_INFO = "row_demo-1.0.dist-info"
Done = Callable[..., str]


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_b01_a_callable_gets_the_document_and_returns_a_folder(
    write: Any, done: Done, tmp_path: Path
) -> None:
    more = (
        '[tool.pysetup.build]\nhook = "make_it:build"\n'
        '[tool.pysetup.extensions."row-demo"]\ncolour = "red"\n'
    )
    root = write("a project", {"pyproject.toml": HEAD + more, "make_it.py": HOOK})
    done("build", "--wheel", "--no-isolation", "--outdir", tmp_path, root)
    with zipfile.ZipFile(tmp_path / WHEEL) as wheel:
        assert wheel.read("row_demo/__init__.py") == b"colour = 'red'\n"
        assert f"{DIST_INFO}/pydist.json" in wheel.namelist()
    # The same through PEP 517, by somebody else's front end.
    into = tmp_path / "by build"
    subprocess.run(
        [
            *(sys.executable, "-m", "build", "--wheel", "--no-isolation"),
            *("--outdir", into, root),
        ],
        check=True,
        capture_output=True,
    )
    assert (into / WHEEL).read_bytes() == (tmp_path / WHEEL).read_bytes()


def test_b02_a_wheel_and_its_folder_are_two_forms_of_one_thing(
    write: Any, done: Done, tmp_path: Path
) -> None:
    root = write("p", {"pyproject.toml": HEAD, "row_demo.py": ""})
    done("build", "--wheel", "--outdir", tmp_path, root)
    done("unpack", tmp_path / WHEEL, "--outdir", tmp_path / "tree")
    tree = tmp_path / "tree" / "row_demo-1.0"
    assert (tree / "row_demo.py").is_file()
    done("pack", tree, "--outdir", tmp_path / "again")
    assert (tmp_path / "again" / WHEEL).read_bytes() == (
        (tmp_path / WHEEL).read_bytes()
    )


@pytest.mark.slow
def test_b03_setup_py_is_one_build_system_behind_the_hook(
    write: Any, done: Done, tmp_path: Path
) -> None:
    files = {"setup.py": SETUP_PY, "src/row_demo/__init__.py": ""}
    build = '[tool.pysetup.build]\nadapter = "setuptools"\nrequires = ["setuptools"]\n'
    root = write(
        "p", {**files, "src/fast.c": C_SOURCE, "pyproject.toml": f"{HEAD}{build}"}
    )
    done("build", "--wheel", "--no-isolation", "--outdir", tmp_path, root)
    (wheel,) = tmp_path.glob("*.whl")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    assert f"row_demo/fast{suffix}" in names(wheel)
    assert f"{DIST_INFO}/pydist.json" in names(wheel)


def test_b04_a_static_project_is_its_files(
    write: Any, done: Done, tmp_path: Path
) -> None:
    project = HEAD.partition("[project]")[2]
    root = write(
        "p",
        {
            "pyproject.toml": f"[project]{project}",
            "row_demo/__init__.py": "raise SystemExit('nobody runs me')",
            "row_demo/data.txt": "",
        },
    )
    # No index and an empty cache: no back end could come from anywhere.
    done("build", "--offline", "--outdir", tmp_path, root)
    assert {"row_demo/__init__.py", "row_demo/data.txt"} < {*names(tmp_path / WHEEL)}
    # The old way is taken where it is asked for.
    asked = '[build-system]\nrequires = ["setuptools"]\n[project]'
    write("p", {"pyproject.toml": asked + project})
    words = ("build", "--wheel", "--no-isolation", "--outdir", tmp_path / "old", root)
    done(*words)
    with zipfile.ZipFile(tmp_path / "old" / WHEEL) as wheel:
        assert b"Generator: setuptools" in wheel.read(f"{DIST_INFO}/WHEEL")


def test_b05_every_back_end_builds(any_project: Any, done: Done) -> None:
    into = any_project.root.parent / "made"
    words = ("--outdir", into, *any_project.words, any_project.root)
    done("build", *words, env=any_project.environ)
    (wheel,) = into.glob("demo-1.0-*-none-any.whl")
    assert (into / "demo-1.0.tar.gz").is_file()
    assert {"demo/__init__.py", "demo-1.0.dist-info/pydist.json"} < {*names(wheel)}


def test_b06_build_requirements_come_isolated_cached_and_locked(
    write: Any, make_wheel: Any, done: Done, pysetup: Any, tmp_path: Path
) -> None:
    root = write("p", {"pyproject.toml": TINY_PROJECT, "vendor/README": ""})
    made = make_wheel("tinyback", files={"tinyback.py": TINY})
    vendored = made.rename(root / "vendor" / made.name)
    links = ("--find-links", vendored.parent, "--no-index")
    build = ("build", "--wheel", "--in-place", "--outdir", tmp_path)
    # Nobody installed the back end here.
    assert pysetup(*build, "--no-isolation", root).code == 7
    first = pysetup(*build, *links, root)
    assert first.code == 0, first.err
    done("build-lock", *links, root)
    lock = root / "pylock.toml"
    assert "sha256 =" in lock.read_text("utf-8")
    # Without any index, the very files that were locked; the lock is demanded.
    done(*build, "--offline", "--locked", root)
    another = make_wheel("tinyback", files={"tinyback.py": f"{TINY}# another\n"})
    another.rename(vendored)
    elsewhere = {"PYSETUP_CACHE_DIR": str(tmp_path / "another cache")}
    refused = pysetup(*build, "--offline", "--locked", root, env=elsewhere)
    assert refused.code == 5, refused.err


def test_b07_what_the_system_lacks_is_told_before_the_build(
    write: Any, pysetup: Any, tmp_path: Path
) -> None:
    more = (
        '[external]\nbuild-requires = ["dep:virtual/compiler/go", "dep:generic/m4"]\n'
        '[tool.pysetup.build]\ncommands = [["{python}", "-c", "print(7**9)"]]\n'
    )
    root = write("p", {"pyproject.toml": HEAD + more})
    words = ("-v", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, root)
    ran = pysetup(*words, env={"PATH": str(tmp_path)})
    told = [line for line in ran.err.splitlines() if "which is not found here" in line]
    assert [line.split(" asks for ")[1].split(",")[0] for line in told] == [
        *("compiler/go", "m4")
    ]
    assert ran.err.index(told[-1]) < ran.err.index("40353607")
    if Path("/etc/debian_version").is_file():
        assert "install m4" in told[1]


def test_b08_wheels_are_read_written_verified_and_variants_ordered(
    make_wheel: Any, done: Done, pysetup: Any, environment: Path
) -> None:
    plain = make_wheel("demo", files={"demo.py": "kind = 'plain'\n"})
    variant = plain.with_name("demo-1.0-py3-none-any-gpu.whl")
    variant.write_bytes(plain.read_bytes())
    links = ("--no-index", "--find-links", plain.parent)
    done("install", "--env", environment, *links, "demo")
    done("verify", "--env", environment, "demo")
    assert done(
        *("run", "--env", environment, "python", "-c", "import demo; print(demo.kind)")
    ) == ("plain\n")
    plain.unlink()
    alone = pysetup("install", "--target", environment / "x", *links, "demo")
    assert (alone.code, "has the variant 'gpu'" in alone.err) == (3, True), alone.err
    document = {
        "$schema": "https://variants-schema.wheelnext.dev/v0.0.3.json",
        "default-priorities": {"namespace": ["gpu"]},
        "variants": {
            "old": {"gpu": {"cuda": ["11"]}},
            "new": {"gpu": {"cuda": ["12"]}},
            "null": {},
        },
    }
    variants = Variants.parse(json.dumps(document).encode())
    assert variants.ordered({"gpu": {"cuda": ["12", "11"]}}) == ("new", "old", "null")
    assert variants.ordered({"gpu": {"cuda": ["11"]}}) == ("old", "null")


def test_b09_later_formats_are_told_or_refused(
    make_wheel: Any, pysetup: Any, tmp_path: Path
) -> None:
    for version, code, said in (
        ("1.0", 0, ""),
        ("1.1", 0, ""),
        ("1.9", 0, "1.9"),
        ("2.0", 2, "2.0"),
    ):
        wheel = make_wheel("demo", wheel_version=version)
        into = tmp_path / version
        ran = pysetup("install", "--target", into, "--no-index", "--no-deps", wheel)
        assert ran.code == code, ran.err
        assert said in ran.err
        assert (into / "demo").is_dir() == (code == 0)
    later = make_wheel("later", "2.0")
    page = tmp_path / "index" / "later"
    page.mkdir(parents=True)
    (page / "index.html").write_text(
        f'<a href="{later.as_uri()}"><a href="later-3.0-py3-none-any.whlx">', "utf-8"
    )
    index = ("--index-url", f"{page.parent.as_uri()}/")
    ran = pysetup("install", "--target", tmp_path / "x", *index, "later")
    assert ran.code == 0, ran.err
    assert "later has wheels of a later format (.whlx)" in ran.err
    assert "+ later 2.0" in ran.out


def test_b10_pysetup_is_one_wheel_for_every_platform(
    project_root: Path, done: Done, tmp_path: Path
) -> None:
    done("build", "--wheel", "--no-isolation", "--outdir", tmp_path, project_root)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    stem = wheel.name.partition("-py3")[0]
    assert {name.partition("/")[0] for name in names(wheel)} == {
        *("pysetup", f"{stem}.dist-info", f"{stem}.data")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "abi"),
    [
        pytest.param("", f"cp{sys.version_info[0]}{sys.version_info[1]}", id="own"),
        pytest.param('py-limited-api = "cp39"\n', "abi3", id="stable"),
    ],
)
def test_b11_setuptools_compiles_what_the_document_says(
    more: str, abi: str, write: Any, done: Done, tmp_path: Path
) -> None:
    files = {"src/row_demo/__init__.py": "", "src/fast.c": C_SOURCE}
    root = write("p", {**files, "pyproject.toml": HEAD + C_MODULE + more})
    done("build", "--wheel", "--no-isolation", "--outdir", tmp_path, root)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.split("-")[3] == abi
    into = tmp_path / "into"
    done("install", "--target", into, "--no-index", "--no-deps", wheel)
    done(
        "run",
        "--python",
        sys.executable,
        "python",
        "-c",
        "import row_demo.fast",
        env={"PYTHONPATH": str(into)},
    )


def test_b12_a_build_may_be_a_list_of_commands(
    write: Any, done: Done, tmp_path: Path, need_tool: Any
) -> None:
    need_tool("make")
    build = (
        '[tool.pysetup.build]\ncommands = [["make", "OUT={out}"]]\n'
        'environment = ["MODE=fast"]\n'
    )
    makefile = (
        "all:\n\tmkdir $(OUT)/row_demo\n"
        "\techo \"mode, secret = '$$MODE', '$$SECRET'\" > $(OUT)/row_demo/__init__.py\n"
    )
    root = write("p", {"pyproject.toml": HEAD + build, "Makefile": makefile})
    before = sorted(os.listdir(root))
    words = ("build", "--wheel", "--no-isolation", "--outdir", tmp_path, root)
    done(*words, env={"SECRET": "x"})
    assert sorted(os.listdir(root)) == before
    with zipfile.ZipFile(tmp_path / WHEEL) as wheel:
        made = wheel.read("row_demo/__init__.py")
        record = json.loads(wheel.read(f"{DIST_INFO}/pysetup-build.json"))
    assert made == b"mode, secret = 'fast', ''\n"
    assert record["environment"]["MODE"] == "fast"
    assert "SECRET" not in json.dumps(record)
