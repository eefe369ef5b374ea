"""Source packages: built by rpmbuild, they are what the binary level writes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.rpm.lab import TARGET

from pysetup.platforms.rpm import FORMAT

DATED = {"SOURCE_DATE_EPOCH": "1700000000"}
BUILT = ("--option", "build=without-dependencies")
ODD = "a file%{name}*[x]?.txt"
# Whatever of these is carried out leaves a file behind.
HOSTILE = "%(touch {0}) %{{lua:os.execute('touch {0}')}} %include {0} %{{name}} \\"
PROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "Demo.Lib"
version = "1.0rc1"
description = '''{hostile}'''
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
authors = [{{name = "A %{{name}}", email = "a@b.test"}}]
dependencies = ["other~=1.2", 'gone; sys_platform == "win32"']
[project.optional-dependencies]
All_Of_It = ["more[fast]!=2.0"]
[project.scripts]
demo = "demo:main"
[project.urls]
Homepage = "https://x.test/%{{name}}"
[tool.pysetup.extensions."pysetup.platform".targets.rpm]
requires = ["stated >= 1"]
recommends = ["(nice if other)"]
conflicts = ["enemy < 2"]
[tool.pysetup.extensions."python.files"]
man_pages = ["demo.1"]
units.system = ["demo.service"]
configuration = {{"demo.conf" = "demo.conf"}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "a project"
    trace = tmp_path / "carried-out"
    hostile = HOSTILE.format(trace)
    files = {
        "pyproject.toml": PROJECT.format(hostile=hostile),
        "demo.1": ".TH DEMO 1\n",
        "demo.service": "[Unit]\n",
        "demo.conf": "[demo]\n",
        "LICENSE": "Do what you like.\n",
        "README.md": f"# Demo\n\n%pre\n{hostile}\n\nwords " * 3,
        "src/demo/__init__.py": 'def main():\n    print("demo")\n',
        f"src/demo/{ODD}": "data\n",
        "src/demo/same.txt": "data\n",
        "src/demo/__pycache__/__init__.cpython-311.pyc": "of another machine",
        "src/tests/test_demo.py": "def test_demo():\n    pass\n",
        "src/demo/broken.txt.py": "a syntax error\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The lab's target, whose Python has the back end: the one of these tests."""
    path = tmp_path / "target.json"
    path.write_text(json.dumps({**TARGET, "interpreter": sys.executable}), "utf-8")
    return path


@pytest.fixture
def make(pysetup: Any, target: Path, tmp_path: Path) -> Callable[..., dict[str, Path]]:
    """Return the function that runs bdist_rpm; it gives the files by their names."""

    def run(project: Path, *words: str, into: str, code: int = 0) -> dict[str, Path]:
        out = tmp_path / into
        ran = pysetup(
            "bdist_rpm",
            *("--target", target, "--outdir", out, "--no-isolation"),
            *("--skip-dependency-check", *words, project),
            env=DATED,
        )
        assert ran.code == code, ran.out + ran.err
        run.err = ran.err  # type: ignore[attr-defined]
        return {path.name: path for path in out.glob("*")}

    return run


def contents(path: Path) -> Any:
    return FORMAT.verify(path)


def output(*words: str | Path) -> str:
    ran = subprocess.run(
        list(map(str, words)),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def twins(listed: str) -> set[frozenset[str]]:
    """Return the sets of files that are one, of lines of inodes and paths."""
    found: dict[str, set[str]] = {}
    for line in listed.splitlines():
        inode, _, path = line.partition(" ")
        found.setdefault(inode, set()).add(path)
    return {frozenset(paths) for paths in found.values() if len(paths) > 1}


@pytest.mark.interop
@pytest.mark.parametrize("bytecode", ["ghost", "none", "ship"])
def test_the_source_package_becomes_the_binary_package(
    bytecode: str,
    project: Path,
    make: Callable[..., dict[str, Path]],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    need_tool("rpmbuild")
    option = ("--option", f"bytecode={bytecode}")

    written = make(project, *option, into="binary")
    built = make(project, "--source", *BUILT, *option, into="source")

    name = "python3-demo-lib"
    assert set(written) == {
        f"{name}-1.0~rc1-1.noarch.rpm",
        f"{name}+all-of-it-1.0~rc1-1.noarch.rpm",
    }
    assert set(built) == {*written, f"{name}.spec", f"{name}-1.0~rc1-1.src.rpm"}
    for file, path in written.items():
        assert contents(built[file]) == contents(path)
        form = ("--qf", "[%{FILEINODES} %{FILENAMES}\\n]")
        both = [output("rpm", "-qp", *form, one) for one in (built[file], path)]
        assert twins(both[0]) == twins(both[1])
    main = contents(written[f"{name}-1.0~rc1-1.noarch.rpm"])
    assert "install-system-units 'demo.service'" in main["scripts"]["post"]
    roles = {file["path"]: file.get("roles") for file in main["files"]}
    assert roles["etc/demo.conf"] == ["config"]
    assert roles["usr/share/man/man1/demo.1.gz"] == ["document"]
    assert any(file["path"].endswith(ODD) for file in main["files"])
    assert any("broken" in path for path in main["ghosts"]) == (bytecode != "none")
    assert not (tmp_path / "carried-out").exists()


@pytest.mark.interop
def test_source_packages_are_as_rpm_wants_them(
    project: Path,
    make: Callable[..., dict[str, Path]],
    need_tool: Callable[[str], str],
) -> None:
    one = make(project, "--source", into="one")
    other = make(project, "--source", into="other")

    source = one["python3-demo-lib-1.0~rc1-1.src.rpm"]
    assert source.read_bytes() == other[source.name].read_bytes()
    rpm = need_tool("rpm")
    assert "digests OK" in output(rpm, "-K", source)
    requires = contents(source)["relations"]["requires"]
    assert f"python{TARGET['python'][:4]}dist(pysetup)" in requires
    listed = {file["path"]: file.get("roles") for file in contents(source)["files"]}
    assert listed == {
        "demo_lib-1.0rc1.tar.gz": None,
        "python3-demo-lib.install.py": None,
        "python3-demo-lib.plan.json": None,
        "python3-demo-lib.spec": ["recipe"],
    }
    program = need_tool("rpmspec")
    spec = one["python3-demo-lib.spec"]
    told = output(program, "-q", "--srpm", "--qf", "%{SUMMARY}", spec)
    assert told == contents(source)["summary"]


STUBS = (
    *("pyproject_buildrequires true", "pyproject_wheel true", "pyproject_install true"),
    *("pyproject_save_files(l) true", "pyproject_check_import(t) true"),
    *("pyproject_files nothing", "pyproject_extras_subpkg(an:) %{nil}"),
    *("systemd_post() true", "systemd_preun() true"),
    "systemd_postun_with_restart() true",
)


@pytest.mark.interop
def test_the_recipe_for_fedora_can_be_parsed(
    project: Path,
    make: Callable[..., dict[str, Path]],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    made = make(project, "--source", "--option", "flavour=fedora", into="fedora")
    spec = made["python-demo-lib.spec"]
    text = spec.read_text("utf-8")

    assert "%pyproject_save_files -l 'demo'\n" in text
    assert "%pyproject_extras_subpkg -n python3-demo-lib all-of-it\n" in text
    assert "%pyproject_buildrequires -x all-of-it\n" in text
    assert "BuildRequires:  python3-devel\n" in text
    assert "BuildRequires:  systemd-rpm-macros\n" in text
    assert "%post -n python3-demo-lib\n%systemd_post demo.service\n" in text
    assert f"Requires:       {sys.executable}" not in text
    stated = ("Requires:       stated >= 1", "Recommends:     (nice if other)")
    assert all(f"{line}\n" in text for line in stated)
    assert "python3.11dist(" not in text
    assert "Provides:" not in text
    assert '"%{_bindir}/demo"\n' in text
    stubs = [word for stub in STUBS for word in ("--define", stub)]
    form = ("--qf", "%{NAME} %{VERSION}\n")
    told = output(need_tool("rpmspec"), "-q", *stubs, *form, spec)
    assert told.splitlines() == ["python-demo-lib 1.0~rc1", "python3-demo-lib 1.0~rc1"]
    assert "python-demo-lib-1.0~rc1-1.src.rpm" in made
    assert not (tmp_path / "carried-out").exists()


@pytest.mark.parametrize("level", [(), ("--source",)])
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param("stated >= 1\\n%post\\ntouch it", "PS2949", id="lines"),
        pytest.param("(stated and )", "PS2765", id="words"),
    ],
)
def test_a_relation_that_is_none_is_refused(
    wrong: str,
    code: str,
    level: tuple[str, ...],
    project: Path,
    make: Callable[..., dict[str, Path]],
) -> None:
    path = project / "pyproject.toml"
    text = path.read_text("utf-8").replace('"stated >= 1"', f'"{wrong}"')
    path.write_text(text, "utf-8")

    made = make(project, *level, into="out", code=2)

    assert made == {}
    assert code in make.err  # type: ignore[attr-defined]


def test_without_rpmbuild_nothing_is_written(
    project: Path, pysetup: Any, tmp_path: Path
) -> None:
    ran = pysetup(
        *("bdist_rpm", "--source", "--option", "build=yes", "--no-isolation"),
        *("--skip-dependency-check", "--outdir", tmp_path / "out", project),
        env={"PATH": str(tmp_path)},
    )

    assert ran.code == 7
    assert "needs rpmbuild" in ran.err
    assert "apt install rpm" in ran.err
    assert list((tmp_path / "out").glob("*")) == []


@pytest.mark.interop
def test_what_rpmbuild_says_is_told(
    project: Path,
    make: Callable[..., dict[str, Path]],
    need_tool: Callable[[str], str],
) -> None:
    need_tool("rpmbuild")

    # What the build requires is not there as packages.
    made = make(project, "--source", "--option", "build=yes", into="out", code=6)

    assert made == {}
    assert "python" in make.err  # type: ignore[attr-defined]
    assert "PS6565" in make.err  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["de%mo-1.0.tar.gz", "de mo-1.0.tar.gz"])
def test_an_sdist_of_unusual_name_is_refused(
    name: str, project: Path, pysetup: Any, tmp_path: Path
) -> None:
    ran = pysetup("sdist", "--outdir", tmp_path / "sdists", project)
    assert ran.code == 0, ran.err
    (made,) = (tmp_path / "sdists").iterdir()
    renamed = made.rename(made.parent / name)

    ran = pysetup(
        *("bdist_rpm", "--source", "--no-isolation", "--skip-dependency-check"),
        *("--outdir", tmp_path / "out", renamed),
    )

    assert ran.code == 2, ran.err
    assert "PS2767" in ran.err
    assert list((tmp_path / "out").glob("*")) == []


COMPILED = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "compiled"
version = "1.0"
license = "MIT"
scripts = {compiled = "compiled:main"}
[tool.setuptools]
packages = ["compiled"]
package-data = {compiled = ["*.pl"]}
data-files = {"share/applications" = ["c.desktop"]}
ext-modules = [{name = "compiled._c", sources = ["c.c"], libraries = ["m"]}]
""",
    "compiled/__init__.py": "def main() -> None: ...",
    "compiled/c.pl": "#!/usr/bin/perl\nuse strict;\n",
    "c.desktop": "[Desktop Entry]\nType=Application\nName=C\nExec=compiled\n",
    "c.c": """
#include <Python.h>
#include <math.h>
static PyObject *power(PyObject *self, PyObject *x) {
    return PyFloat_FromDouble(pow(PyFloat_AsDouble(x), 1.5));
}
static PyMethodDef methods[] = {{"power", power, METH_O, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_c", 0, -1, methods};
PyMODINIT_FUNC PyInit__c(void) { return PyModule_Create(&module); }
""",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flavour", "code"),
    [
        pytest.param("fedora", 0, id="the build root's Python decides"),
        pytest.param("plain", 2, id="its files have the names of another Python"),
    ],
)
def test_machine_code_is_built_here_to_learn_of_it(
    flavour: str, code: int, pysetup: Any, tmp_path: Path
) -> None:
    root = tmp_path / "compiled"
    for name, text in COMPILED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    target = tmp_path / "other.json"
    python = "3.9.0" if sys.version_info[:2] != (3, 9) else "3.10.0"
    target.write_text(json.dumps({**TARGET, "python": python}), "utf-8")

    ran = pysetup(
        *("bdist_rpm", "--source", "--target", target, "--outdir", tmp_path / "out"),
        *("--no-isolation", "--skip-dependency-check", "-O", f"flavour={flavour}"),
        root,
    )

    assert ran.code == code, ran.err
    specs = [path.read_text("utf-8") for path in tmp_path.glob("out/*.spec")]
    assert ["BuildArch" in text or "3.9" in text for text in specs] == (
        [False] if code == 0 else []
    )


@pytest.mark.interop
@pytest.mark.slow
def test_rpm_finds_in_machine_code_what_we_do(
    make: Callable[..., dict[str, Path]],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    need_tool("rpmbuild")
    root = tmp_path / "compiled"
    for name, text in COMPILED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")

    written = make(root, into="binary")
    built = make(root, "--source", *BUILT, into="source")

    (name,) = written
    ours, theirs = contents(written[name]), contents(built[name])
    assert ours["architecture"] != "noarch"
    assert any("libm.so.6(GLIBC_" in one for one in ours["relations"]["requires"])
    assert ours["relations"] == theirs["relations"]
    assert [one["path"] for one in ours["files"]] == [
        one["path"] for one in theirs["files"]
    ]
    requires = contents(built["python3-compiled-1.0-1.src.rpm"])["relations"][
        "requires"
    ]
    assert {"gcc", f"pkgconfig(python-{TARGET['python'][:4]})"} <= set(requires)
