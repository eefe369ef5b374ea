"""Manual pages, completions and the like: into an environment, and out of it."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Pages-Demo"
version = "1.0"
description = "A command with all that belongs to it"
import-names = ["pages_demo"]

[project.scripts]
pages = "pages_demo:main"

[tool.pysetup.extensions."python.files"]
installer_must_handle = true
man_pages = ["man/pages.1", "man/de/man1/pages.1"]
desktop_entries = ["desktop/org.example.pages.desktop"]
metainfo = ["desktop/org.example.pages.metainfo.xml"]

[tool.pysetup.extensions."python.files".completions]
bash = ["completions/pages.bash"]
zsh = ["completions/_pages"]
fish = ["completions/pages.fish"]

[tool.pysetup.extensions."python.files".icons]
scalable = ["desktop/pages.svg"]

[tool.pysetup.extensions."python.files".units]
user = ["desktop/pages.service"]

[tool.pysetup.extensions."python.files".configuration]
"pages.conf" = "desktop/pages.conf"

[tool.pysetup.extensions."python.files".categories.bindir]
pages-helper = "desktop/helper.sh"
"""
PAGE = ".TH PAGES 1\n.SH NAME\npages \\- shows pages\n"
# Place in the environment -> path in the project.
PLACES = {
    "share/man/man1/pages.1": "man/pages.1",
    "share/man/de/man1/pages.1": "man/de/man1/pages.1",
    "share/bash-completion/completions/pages": "completions/pages.bash",
    "share/zsh/site-functions/_pages": "completions/_pages",
    "share/fish/vendor_completions.d/pages.fish": "completions/pages.fish",
    "share/applications/org.example.pages.desktop": (
        "desktop/org.example.pages.desktop"
    ),
    "share/metainfo/org.example.pages.metainfo.xml": (
        "desktop/org.example.pages.metainfo.xml"
    ),
    "share/icons/hicolor/scalable/apps/pages.svg": "desktop/pages.svg",
    "share/systemd/user/pages.service": "desktop/pages.service",
    "etc/pages.conf": "desktop/pages.conf",
    "bin/pages-helper": "desktop/helper.sh",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for source in PLACES.values():
        path = root / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE if "man/" in source else f"# {source}\n", "utf-8")
    (root / "desktop" / "helper.sh").write_text("#!/bin/sh\necho helped\n", "utf-8")
    (root / "pages_demo").mkdir()
    (root / "pages_demo" / "__init__.py").write_text("def main(): ...\n", "utf-8")
    (root / "pyproject.toml").write_text(PROJECT, "utf-8")
    return root


def build(pysetup: Any, project: Path) -> Path:
    out = project.parent / "dist"
    made = pysetup("build", "--outdir", out, project)
    assert made.code == 0, made.err
    (wheel,) = out.glob("*.whl")
    return Path(wheel)


def files_in(environment: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(environment)): path.read_bytes()
        for path in environment.rglob("*")
        if path.is_file()
        and ".pysetup" not in path.parts
        and path.name != ".lock"  # uv leaves one
    }


def test_each_file_is_in_the_wheel_once(pysetup: Any, project: Path) -> None:
    with zipfile.ZipFile(build(pysetup, project)) as wheel:
        names = wheel.namelist()
    for place, source in PLACES.items():
        name = source.rpartition("/")[2]
        inside = (
            place.replace("bin/", "scripts/") if "bin/" in place else f"data/{place}"
        )
        assert f"pages_demo-1.0.data/{inside}" in names
        assert source not in names
        assert len([one for one in names if one.endswith(f"/{name}")]) <= 2


def uninstall(tool: str, environment: Path, uv: str) -> list[Any]:
    python = environment / "bin" / "python"
    return {
        "pysetup": [sys.executable, "-m", "pysetup", "uninstall", "--env", environment],
        "pip": [sys.executable, "-m", "pip", "--python", python, "uninstall", "-y"],
        "uv": [uv, "pip", "uninstall", "--python", python],
    }[tool]


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pysetup", "pip", "uv"])
def test_they_are_found_where_the_system_looks_and_gone_without_a_trace(
    tool: str,
    pysetup: Any,
    project: Path,
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
) -> None:
    environment = new_environment()
    before = files_in(environment)
    wheel = build(pysetup, project)
    installed = pysetup("install", "--env", environment, wheel)
    assert installed.code == 0, installed.err
    after = files_in(environment)
    for place, source in PLACES.items():
        assert after[place] == (project / source).read_bytes()
    helper = environment / "bin" / "pages-helper"
    assert subprocess.run([helper], capture_output=True, check=True).stdout == (
        b"helped\n"
    )
    assert pysetup("verify", "--env", environment).code == 0
    command = uninstall(tool, environment, need_tool("uv"))
    subprocess.run(
        [*map(str, command), "pages-demo"],
        env=pysetup.environ,
        check=True,
        capture_output=True,
    )
    assert files_in(environment) == before


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_other_installers_put_them_in_the_same_places(
    tool: str,
    pysetup: Any,
    project: Path,
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
) -> None:
    environment = new_environment()
    wheel = build(pysetup, project)
    python = str(environment / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "install"]
    if tool == "uv":
        command = [need_tool("uv"), "pip", "install", "--python", python]
    subprocess.run(
        [*command, "--no-index", "--no-deps", str(wheel)],
        check=True,
        capture_output=True,
        env=pysetup.environ,
    )
    after = files_in(environment)
    for place, source in PLACES.items():
        assert after[place] == (project / source).read_bytes()


def test_man_shows_the_page(
    pysetup: Any,
    project: Path,
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
) -> None:
    environment = new_environment()
    man = need_tool("man")
    assert pysetup("install", "--env", environment, build(pysetup, project)).code == 0
    shown = subprocess.run(
        [man, "-M", str(environment / "share" / "man"), "-w", "pages"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == str(environment / "share/man/man1/pages.1")


def test_a_project_in_development_has_them_too(
    pysetup: Any, project: Path, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    before = files_in(environment)
    installed = pysetup("install", "--env", environment, "-e", project)
    assert installed.code == 0, installed.err
    assert set(PLACES) <= set(files_in(environment))
    gone = pysetup("uninstall", "--env", environment, "pages-demo")
    assert gone.code == 0, gone.err
    assert files_in(environment) == before


def test_a_file_that_is_missing_stops_the_build(pysetup: Any, project: Path) -> None:
    (project / "man" / "pages.1").unlink()
    made = pysetup("build", "--outdir", project.parent / "dist", project)
    assert made.code == 2
    assert "man/pages.1, which python.files names" in made.err


def test_a_build_hook_may_make_them(pysetup: Any, project: Path) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[tool.pysetup.build]\nhook = "make_it:build"\n')
    (project / "man" / "pages.1").unlink()
    (project / "make_it.py").write_text(
        "import pathlib, shutil\n"
        "def build(metadata):\n"
        "    root = pathlib.Path('made')\n"
        "    shutil.copytree('pages_demo', root / 'pages_demo')\n"
        "    man = root / 'pages_demo-1.0.data/data/share/man/man1'\n"
        "    man.mkdir(parents=True)\n"
        "    (man / 'pages.1').write_text('made')\n"
        "    return root\n",
        "utf-8",
    )
    out = project.parent / "dist"
    made = pysetup("build", "--wheel", "--no-isolation", "--outdir", out, project)
    assert made.code == 0, made.err
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("pages_demo-1.0.data/data/share/man/man1/pages.1") == (
            b"made"
        )
        assert "pages_demo-1.0.data/data/share/zsh/site-functions/_pages" in (
            archive.namelist()
        )


def test_a_changed_configuration_stays_when_its_project_goes(
    pysetup: Any, project: Path, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    assert pysetup("install", "--env", environment, build(pysetup, project)).code == 0
    (environment / "etc" / "pages.conf").write_text("my own\n", "utf-8")
    gone = pysetup("uninstall", "--env", environment, "pages-demo")
    assert gone.code == 0, gone.err
    assert "pages.conf" in gone.err
    assert (environment / "etc" / "pages.conf").read_text("utf-8") == "my own\n"


def test_a_folder_that_leads_outside_is_not_written(
    pysetup: Any, project: Path, new_environment: Callable[[], Path], tmp_path: Path
) -> None:
    environment = new_environment()
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(environment / "share", ignore_errors=True)
    os.symlink(outside, environment / "share")
    before = files_in(environment)
    refused = pysetup("install", "--env", environment, build(pysetup, project))
    assert refused.code == 7
    assert "Pages-Demo" in refused.err
    assert files_in(environment) == before
    assert not list(outside.iterdir())
