"""``pysetup external``: what is needed, whether it is here, what installs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
description = "A demo"
"""
EXTERNAL = """
[external]
build-requires = ["dep:virtual/compiler/c", "dep:generic/cmake@>=3.20"]
host-requires = ["dep:generic/libffi@>=3"]
dependencies = [
  "dep:generic/zlib",
  "dep:generic/git",
  "dep:generic/mercurial; sys_platform == 'win32'",
]
[external.optional-dependencies]
pg = ["dep:generic/postgresql"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    def make(external: str = EXTERNAL) -> Path:
        root = tmp_path / "my project"
        package = root / "src" / "demo"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("")
        (root / "pyproject.toml").write_text(PROJECT + external)
        return root

    return make


def needs(out: str) -> dict[str, Any]:
    result = json.loads(out)["result"]
    return {one["dependency"]: one for one in result["needs"]}


@pytest.mark.parametrize(
    ("target", "packages"),
    [
        (
            "debian-12",
            [
                "build-essential",
                "cmake",
                "libffi-dev",
                "zlib1g",
                "git",
                "python3-dev",
            ],
        ),
        (
            "fedora-43",
            [
                "/usr/bin/cc",
                "/usr/bin/cmake",
                "pkgconfig(libffi)",
                "pkgconfig(zlib)",
                "/usr/bin/git",
                "python3-devel",
            ],
        ),
        (
            "conda",
            ["c-compiler", "cmake", "libffi", "zlib", "git", "python"],
        ),
        (
            "arch",
            ["gcc", "cmake", "libffi", "zlib", "git", "python"],
        ),
        (
            "alpine",
            [
                "cmd:cc",
                "cmd:cmake",
                "pc:libffi",
                "pc:zlib",
                "cmd:git",
                "python3-dev",
            ],
        ),
    ],
)
def test_the_packages_of_a_system(
    pysetup: Any, project: Callable[..., Path], target: str, packages: list[str]
) -> None:
    done = pysetup("external", "show", project(), "--target", target, "--json")
    assert done.code == 0, done.err
    found = needs(done.out)
    assert [" ".join(one["packages"]) for one in found.values()] == packages
    assert all(one["evidence"] for one in found.values())


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("debian-12", "apt install build-essential cmake libffi-dev python3-dev"),
        ("fedora-43", "dnf install /usr/bin/cc /usr/bin/cmake 'pkgconfig(libffi)'"),
        ("opensuse-tumbleweed", "zypper install /usr/bin/cc /usr/bin/cmake"),
        ("arch", "pacman -S cmake gcc libffi python"),
        ("alpine", "apk add cmd:cc cmd:cmake pc:libffi"),
        ("conda", "conda install c-compiler 'cmake>=3.20' 'libffi>=3' python"),
    ],
)
def test_the_command_that_installs_it(
    pysetup: Any, project: Callable[..., Path], target: str, line: str
) -> None:
    words = ("--role", "build", "--role", "host", "--target", target)
    done = pysetup("external", "install-command", project(), *words)
    assert done.code == 0, done.err
    assert done.out.startswith(line)
    assert done.out.count("\n") == 1


def test_homebrew_has_no_packages_of_python(
    pysetup: Any, project: Callable[..., Path]
) -> None:
    table = '[external]\nbuild-requires = ["dep:pypi/pybind11", "dep:generic/cmake"]\n'
    words = ("--target", "homebrew")
    done = pysetup("external", "install-command", project(table), *words)
    assert done.code == 1
    assert done.out == "brew install cmake\n"
    assert "error[PS1741]: nobody knows what dep:pypi/pybind11" in done.err


@pytest.mark.parametrize(
    ("target", "packages"),
    [
        ("fedora-43", ["python3dist(pybind11)", "pybind11-devel"]),
        ("debian-13", ["pybind11-dev", "python3-pybind11"]),
        ("alpine", ["py3-pybind11"]),
    ],
)
def test_projects_of_python_go_through_the_names(
    pysetup: Any, project: Callable[..., Path], target: str, packages: list[str]
) -> None:
    root = project('[external]\nhost-requires = ["dep:pypi/pybind11"]\n')
    done = pysetup("external", "show", root, "--target", target, "--json")
    assert needs(done.out)["dep:pypi/pybind11"]["packages"] == packages


def fake_program(folder: Path, name: str, answer: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def test_what_is_here_and_what_is_not(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    fake_program(tools, "cc", "echo cc 12.2.0")
    fake_program(tools, "cmake", "echo cmake version 3.18.4")
    fake_program(tools, "pkg-config", 'test "$2" = libffi && echo 3.4.4')
    environ = {"PATH": str(tools)}
    done = pysetup("external", "check", project(), "--json", env=environ)
    assert done.code == 1
    found = needs(done.out)
    assert found["dep:virtual/compiler/c"]["how"] == f"command {tools}/cc"
    cmake = found["dep:generic/cmake@>=3.20"]
    assert (cmake["status"], cmake["how"]) == (
        "another version",
        f"command {tools}/cmake 3.18.4",
    )
    assert found["dep:generic/libffi@>=3"]["how"] == "pkg-config libffi 3.4.4"
    git = found["dep:generic/git"]
    assert (git["status"], git["looked_for"]) == ("missing", ["command git"])
    envelope = json.loads(done.out)
    assert {error["code"] for error in envelope["errors"]} == {"PS1740"}
    assert "git" in " ".join(envelope["result"]["command"])


def test_headers_and_libraries_show_it_too(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    include, libraries = tmp_path / "include", tmp_path / "lib"
    include.mkdir()
    libraries.mkdir()
    (include / "acme.h").touch()
    root = project(
        '[external]\nhost-requires = ["dep:generic/libraqm"]\n'
        'dependencies = ["dep:generic/libraqm"]\n'
    )
    environ = {
        "PATH": str(tmp_path),
        "CPATH": str(include),
        "LD_LIBRARY_PATH": str(libraries),
    }
    done = pysetup("external", "check", root, env=environ)
    assert done.code == 1
    assert done.err.count("error[PS1740]") == 2
    (include / "raqm.h").touch()
    (libraries / "libraqm.so.0").touch()
    done = pysetup("external", "check", root, env=environ)
    assert done.code == 0, done.err
    assert f"header {include}/raqm.h" in done.out
    assert f"library {libraries}/libraqm.so.0" in done.out
    only = pysetup("external", "install-command", "--missing", root, env=environ)
    assert (only.code, only.out) == (0, "")


def test_a_mapping_of_ones_own(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    root = project(
        '[external]\ndependencies = ["dep:github/acme/thing@>=2", "dep:generic/zlib"]\n'
    )
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        "[targets.debian-12.external]\n"
        '"dep:github/acme/thing" = { run = ["acme-thing"], build = "acme-thing-dev" }\n'
        '"dep:generic/zlib" = []\n'
    )
    words = ("--target", "debian-12", "--map-deps", mapping)
    done = pysetup("external", "show", root, *words, "--json")
    found = needs(done.out)
    assert found["dep:github/acme/thing@>=2"]["packages"] == ["acme-thing"]
    assert found["dep:generic/zlib"]["packages"] == []
    done = pysetup("external", "install-command", root, *words)
    assert (done.code, done.out) == (0, "apt install acme-thing\n")


def test_a_registry_in_the_format_of_pep_804(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    registry = tmp_path / "registry"
    registry.mkdir()
    value = {
        "mappings": [
            {
                "id": "dep:generic/acme",
                "specs": {"build": [], "host": "a-dev", "run": "a"},
            }
        ],
        "package_managers": [],
    }
    (registry / "fedora.mapping.json").write_text(json.dumps(value))
    definitions = [{"id": "dep:github/acme/acme", "provides": "dep:generic/acme"}]
    (registry / "registry.json").write_text(json.dumps({"definitions": definitions}))
    root = project('[external]\nhost-requires = ["dep:github/acme/acme"]\n')
    words = ("--target", "fedora-43", "--registry", registry, "--json")
    done = pysetup("external", "show", root, *words)
    found = needs(done.out)["dep:github/acme/acme"]
    assert found["packages"] == ["a-dev"]
    assert found["evidence"] == "registry:fedora.mapping.json"


def test_any_compiler_may_be_a_certain_one_and_not_the_other_way_round(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    definitions = [
        {"id": "dep:generic/nagfor", "provides": "dep:virtual/compiler/fortran"},
        {"id": "dep:generic/icc", "provides": "dep:virtual/compiler/c"},
    ]
    mappings = [
        {"id": "dep:generic/nagfor", "specs": "nag-fortran"},
        {"id": "dep:virtual/compiler/c", "specs": "gcc"},
    ]
    (tmp_path / "registry.json").write_text(json.dumps({"definitions": definitions}))
    (tmp_path / "arch.mapping.json").write_text(json.dumps({"mappings": mappings}))
    root = project(
        "[external]\n"
        'build-requires = ["dep:virtual/compiler/fortran", "dep:generic/icc"]\n'
    )
    words = ("--target", "arch", "--registry", tmp_path, "--json")
    found = needs(pysetup("external", "show", root, *words).out)
    assert found["dep:virtual/compiler/fortran"]["packages"] == ["nag-fortran"]
    assert found["dep:generic/icc"]["packages"] is None


def test_the_year_of_a_language_is_no_version_of_a_compiler(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    fake_program(tmp_path / "tools", "cc", "echo cc 12.2.0")
    root = project('[external]\nbuild-requires = ["dep:virtual/compiler/c@>= 1999"]\n')
    environ = {"PATH": str(tmp_path / "tools"), "CPATH": str(tmp_path)}
    done = pysetup("external", "check", root, "--json", "--role", "build", env=environ)
    found = needs(done.out)["dep:virtual/compiler/c@>=1999"]
    assert found["status"] == "found"
    assert found["how"].endswith("cc; nobody knows whether it is >=1999")
    words = ("--target", "conda", "--role", "build")
    done = pysetup("external", "install-command", root, *words)
    assert done.out.startswith("conda install c-compiler")
    assert "1999" not in done.out


def test_a_project_that_needs_nothing(
    pysetup: Any, project: Callable[..., Path]
) -> None:
    root = project("")
    for action in ("show", "check"):
        done = pysetup("external", action, root)
        assert done.code == 0, done.err
        assert done.out == "Nothing is needed from outside Python.\n"
    done = pysetup("external", "install-command", root)
    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(("--target", "plan-9"), 2, "PS29", id="unknown target"),
        pytest.param(("--map-deps", "absent.json"), 2, "PS2740", id="no map"),
        pytest.param(("--registry", "absent"), 2, "PS2740", id="no registry"),
        pytest.param(("--package-lists", "absent"), 2, "PS2743", id="no lists"),
    ],
)
def test_bad_input_is_told_once(
    pysetup: Any,
    project: Callable[..., Path],
    words: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    target = () if "--target" in words else ("--target", "debian-12")
    done = pysetup("external", "show", project(), *target, *words)
    assert done.code == code
    assert done.err.count("error[") == 1
    assert told in done.err
    assert "Traceback" not in done.err


def test_what_is_installed_tells_what_it_needs_to_run(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    environment = tmp_path / "env"
    assert pysetup("venv", "create", environment).code == 0
    done = pysetup(
        "install", "--env", environment, "--offline", "--no-isolation", project()
    )
    if done.code:
        pytest.skip(f"pysetup cannot be built here without itself: {done.err[:200]}")
    words = ("--env", environment, "--target", "debian-12", "--json")
    for what in ("demo", "--installed"):
        done = pysetup("external", "show", what, *words)
        assert list(needs(done.out)) == ["dep:generic/zlib", "dep:generic/git"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--extra", "pgg"), "no extra 'pgg'"),
        (("--group", "lab"), "no group 'lab'"),
    ],
)
def test_an_extra_that_there_is_not(
    pysetup: Any, project: Callable[..., Path], words: tuple[str, str], told: str
) -> None:
    ran = pysetup("external", "install-command", *words, project())
    assert (ran.code, told in ran.err) == (2, True)
    assert "choose one of pg" in ran.err or "no group at all" in ran.err


def test_the_command_of_a_registry(
    pysetup: Any, project: Callable[..., Path], tmp_path: Path
) -> None:
    managers = [
        {"name": name, "commands": {"install": {"command": [name, "get", "{}"]}}}
        for name in ("zz-not-here", "sh")
    ]
    value = {
        "mappings": [{"id": "dep:generic/acme", "specs": ["a b", "c"]}],
        "package_managers": managers,
    }
    (tmp_path / "arch.mapping.json").write_text(json.dumps(value))
    root = project('[external]\ndependencies = ["dep:generic/acme"]\n')
    words = ("--target", "arch", "--registry", tmp_path)
    assert pysetup("external", "install-command", root, *words).out == (
        "sh get 'a b' c\n"
    )
    done = pysetup("external", "install-command", root, *words, "--json")
    result = json.loads(done.out)["result"]
    assert result["commands"] == [result["command"]] == [["sh", "get", "a b", "c"]]
