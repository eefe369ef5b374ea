"""Installations of tools that are gone: eggs, egg-links, egg-info."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.easy_install import (
    PathLine,
    active_eggs,
    plan_rewrites,
)
from pysetup.phases.install.transaction import TransactionPlan

MakeWheel = Callable[..., Path]
Changer = Any

PKG_INFO = "Metadata-Version: 1.1\nName: {name}\nVersion: {version}\nSummary: old\n"
ENTRY_POINTS = "[console_scripts]\ndemo-run = demo:main\n"
REQUIRES = "attrs>=1\n\n[x]\nsix\n"
# Word for word what easy_install and develop wrote.
ENTRY_SCRIPT = """#!/env/bin/python
# EASY-INSTALL-ENTRY-SCRIPT: '{spec}','console_scripts','demo-run'
import re
import sys

# for compatibility with easy_install; see #2198
__requires__ = '{spec}'
"""
DEV_SCRIPT = """#!/env/bin/python
# EASY-INSTALL-DEV-SCRIPT: '{spec}','tool'
__requires__ = '{spec}'
__import__('pkg_resources').require('{spec}')
"""


def site(environment: Environment) -> Path:
    return Path(environment.scheme.purelib)


def egg_files(name: str = "demo-egg", version: str = "1.0") -> dict[str, str]:
    return {
        "EGG-INFO/PKG-INFO": PKG_INFO.format(name=name, version=version),
        "EGG-INFO/requires.txt": REQUIRES,
        "EGG-INFO/entry_points.txt": ENTRY_POINTS,
        "EGG-INFO/scripts/tool": "#!python\n",
        "demo/__init__.py": "def main(): ...\n",
    }


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def add_scripts(environment: Environment, spec: str) -> None:
    bin_folder = Path(environment.scheme.scripts)
    (bin_folder / "demo-run").write_text(ENTRY_SCRIPT.format(spec=spec))
    (bin_folder / "tool").write_text(DEV_SCRIPT.format(spec=spec))
    (bin_folder / "other").write_text(DEV_SCRIPT.format(spec="another==1.0"))
    (bin_folder / "mine").write_text("#!/bin/sh\n")


def develop(environment: Environment, project: Path, name: str = "demo-egg") -> Path:
    """Do what ``setup.py develop`` of setuptools 58 did; return the egg-link."""
    text = PKG_INFO.format(name=name, version="1.0")
    info = f"{name.replace('-', '_')}.egg-info"
    write(project, {f"{info}/PKG-INFO": text, f"{info}/requires.txt": REQUIRES})
    (project / info / "entry_points.txt").write_text(ENTRY_POINTS)
    link = site(environment) / f"{name}.egg-link"
    link.write_text(f"{project}\n.")
    with (site(environment) / "easy-install.pth").open("a") as stream:
        stream.write(f"{project}\n")
    return link


@pytest.mark.parametrize("form", ["a folder", "a zip file"])
def test_an_egg_is_read_and_removed_with_its_line_and_scripts(
    form: str, change: Changer, environment: Environment
) -> None:
    before = change.picture()
    name = "demo_egg-1.0-py3.12.egg"
    if form == "a folder":
        write(site(environment) / name, egg_files())
        (site(environment) / name / "demo/__pycache__").mkdir()
        (site(environment) / name / "demo/__pycache__/x.pyc").write_bytes(b"")
    else:
        zipped(site(environment) / name, egg_files())
    pth = site(environment) / "easy-install.pth"
    pth.write_text(f"./other-2.0-py3.12.egg\n./{name}\n")
    add_scripts(environment, "demo-egg==1.0")
    found = change.database.find("demo.egg")
    assert found is not None
    assert (found.metadata.name, str(found.metadata.version)) == ("demo-egg", "1.0")
    assert found.kind == "egg"
    assert found.metadata.texts("requires_dist") == (
        "attrs>=1",
        'six; extra == "x"',
    )
    change(remove=("demo-egg",))
    assert pth.read_text() == "./other-2.0-py3.12.egg\n"
    left = {path for path in change.picture() if path not in before}
    assert left == {"bin/other", "bin/mine", os.path.relpath(pth, environment.prefix)}


def test_a_develop_installation_loses_link_line_and_scripts_and_nothing_else(
    change: Changer, environment: Environment, tmp_path: Path
) -> None:
    before = change.picture()
    project = write(tmp_path / "project", {"demo.py": "x = 1\n"})
    develop(environment, project)
    add_scripts(environment, "demo-egg")
    found = change.database.find("demo-egg")
    assert found is not None
    assert found.editable
    assert found.location == str(project)
    assert found.kind == "egg-link"
    inside = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    change(remove=("demo-egg",))
    # No line of a path was left, so the file is gone as well.
    left = {path for path in change.picture() if path not in before}
    assert left == {"bin/other", "bin/mine"}
    assert inside == {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}


def test_two_of_one_easy_install_pth_go_in_one_transaction(
    change: Changer, environment: Environment, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        develop(environment, tmp_path / name, name)
    change(remove=("one", "three"))
    pth = site(environment) / "easy-install.pth"
    assert pth.read_text() == f"{tmp_path / 'two'}\n"
    assert [d.metadata.name for d in change.database.distributions()] == ["two"]


def test_a_wheel_takes_the_place_of_a_develop_installation(
    make_wheel: MakeWheel, change: Changer, environment: Environment, tmp_path: Path
) -> None:
    develop(environment, tmp_path / "project", "demo")
    change(make_wheel("demo"))
    (found,) = change.database.distributions()
    assert found.kind == "dist-info"
    assert not (site(environment) / "easy-install.pth").exists()


def test_a_develop_installation_whose_project_is_gone_can_be_removed(
    change: Changer, environment: Environment
) -> None:
    before = change.picture()
    (site(environment) / "gone.egg-link").write_text("/nowhere/at/all\n.")
    (damaged,) = change.database.damaged()
    assert "/nowhere/at/all" in damaged.error.message
    change(remove=("gone",))
    assert change.picture() == before


def test_the_egg_on_the_path_is_the_one_installed(
    change: Changer, environment: Environment
) -> None:
    for version in ("1.0", "2.0", "3.0"):
        folder = site(environment) / f"demo_egg-{version}-py3.12.egg"
        write(folder, egg_files(version=version))
    pth = site(environment) / "easy-install.pth"
    pth.write_text(
        "import sys; sys.__plen = len(sys.path)\n./demo_egg-2.0-py3.12.egg\n"
    )
    assert active_eggs(str(site(environment))) == {"demo_egg-2.0-py3.12.egg"}
    (found,) = change.database.distributions()
    assert str(found.metadata.version) == "2.0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"no zip at all", "not a zip", id="no zip file"),
        pytest.param(b"", "not a zip", id="an empty file"),
    ],
)
def test_an_egg_that_cannot_be_read_is_told_and_can_be_removed(
    content: bytes, reason: str, change: Changer, environment: Environment
) -> None:
    before = change.picture()
    (site(environment) / "demo-1.0-py3.12.egg").write_bytes(content)
    (damaged,) = change.database.damaged()
    assert damaged.error.code == "PS5390"
    assert reason in damaged.error.message
    change(remove=("demo",))
    assert change.picture() == before


def test_an_egg_of_gigabytes_of_metadata_is_refused(
    change: Changer, environment: Environment
) -> None:
    path = site(environment) / "demo-1.0-py3.12.egg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("EGG-INFO/PKG-INFO", b"x" * (9 << 20))
    (damaged,) = change.database.damaged()
    assert "too large" in damaged.error.message


def test_without_a_list_of_files_nothing_is_removed_and_the_way_out_is_told(
    change: Changer, environment: Environment
) -> None:
    text = PKG_INFO.format(name="du", version="0.1")
    info = site(environment) / "du-0.1-py3.12.egg-info"
    info.write_text(text)
    with pytest.raises(PysetupError) as caught:
        change(remove=("du",))
    error = caught.value
    assert error.code == "PS7302"
    assert "distutils" in str(error.facts["reason"])
    assert f"or remove {info} by hand" in error.hints


def test_setuptools_folder_with_its_list_is_removed(
    change: Changer, environment: Environment
) -> None:
    before = change.picture()
    info = "demo_egg-1.0-py3.12.egg-info"
    listed = "../demo/__init__.py\n../../../../bin/demo-run\nPKG-INFO\nrequires.txt\n"
    write(
        site(environment),
        {
            f"{info}/PKG-INFO": PKG_INFO.format(name="demo-egg", version="1.0"),
            f"{info}/requires.txt": REQUIRES,
            f"{info}/installed-files.txt": listed,
            "demo/__init__.py": "",
        },
    )
    (Path(environment.scheme.scripts) / "demo-run").write_text("#!/x\n")
    found = change.database.find("demo-egg")
    assert found.metadata.texts("requires_dist")[0] == "attrs>=1"
    change(remove=("demo-egg",))
    assert change.picture() == before


RECORDS = [
    pytest.param("../../../../../outside,,\n", "leads outside", id="upwards"),
    pytest.param("/etc/passwd,,\n", "leads outside", id="absolute"),
    pytest.param("link/outside,,\n", "leads outside", id="through a link"),
    pytest.param("../../../bin/python,,\n", "environment itself", id="interpreter"),
    pytest.param("../../../pyvenv.cfg,,\n", "environment itself", id="pyvenv.cfg"),
    pytest.param("../../../bin/activate,,\n", "environment itself", id="activation"),
    pytest.param("demo.py\n", "malformed", id="one column"),
    pytest.param('"demo.py,,\n', "CSV", id="an open quote"),
    pytest.param("demo.py,md5=xx,1\n", "digest", id="a bad digest"),
    pytest.param("a\0b,,\n", "lists", id="a null"),
    pytest.param("d\udce9mo.py,,\n", "UTF-8", id="no UTF-8"),
]


@pytest.mark.parametrize(("record", "reason"), RECORDS)
def test_a_record_that_cannot_be_believed_removes_nothing(
    record: str,
    reason: str,
    make_wheel: MakeWheel,
    change: Changer,
    environment: Environment,
    tmp_path: Path,
) -> None:
    change(make_wheel())
    (tmp_path / "outside").write_text("precious")
    (site(environment) / "link").symlink_to(tmp_path)
    path = site(environment) / "demo-1.0.dist-info/RECORD"
    path.write_bytes(path.read_bytes() + record.encode(errors="surrogateescape"))
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(remove=("demo",))
    assert caught.value.code == "PS5001"
    assert reason in caught.value.message
    assert change.picture() == before
    assert (tmp_path / "outside").read_text() == "precious"
    # Others are not kept from work by it.
    change(make_wheel("other"))


def test_what_stands_behind_a_link_within_the_environment_goes(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    prefix = Path(environment.prefix)
    (prefix / "lib64").symlink_to("lib")
    (prefix / "lib/extra.txt").write_text("x")
    path = site(environment) / "demo-1.0.dist-info/RECORD"
    path.write_text(path.read_text() + "../../../lib64/extra.txt,,\n")
    change(remove=("demo",))
    assert not (prefix / "lib/extra.txt").exists()
    assert (prefix / "lib64").is_symlink()


def test_a_record_of_windows_names_the_same_files(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    before = change.picture()
    change(make_wheel(files={"demo/a.py": "", "demo/b.txt": ""}))
    path = site(environment) / "demo-1.0.dist-info/RECORD"
    path.write_text(path.read_text().replace("/", "\\"))
    database = change.database
    assert database.owners(str(site(environment) / "demo/a.py")) == ("demo",)
    change(remove=("demo",))
    assert change.picture() == before


def test_a_folder_that_becomes_a_link_before_the_change_is_not_followed(
    make_wheel: MakeWheel, change: Changer, environment: Environment, tmp_path: Path
) -> None:
    change(make_wheel())
    plan = change.plan(remove=("demo",))
    package = site(environment) / "demo"
    package.rename(tmp_path / "moved")
    package.symlink_to(tmp_path / "moved")
    with pytest.raises(PysetupError):
        change.apply(plan, files=LocalFiles())
    assert (tmp_path / "moved/__init__.py").exists()


def test_rewrites_are_told(tmp_path: Path) -> None:
    pth = tmp_path / "easy-install.pth"
    pth.write_bytes(b"/a\r\n/b\r\n")
    rewrites = plan_rewrites([PathLine(str(pth), "/a")])
    assert [one.content for one in rewrites] == [b"/b\r\n"]
    told = json.dumps(TransactionPlan((), (), frozenset(), rewrites).to_json())
    assert str(pth) in told


def test_another_who_edits_easy_install_pth_meanwhile_is_not_undone(
    change: Changer, environment: Environment, tmp_path: Path
) -> None:
    develop(environment, tmp_path / "one", "one")
    plan = change.plan(remove=("one",))
    pth = site(environment) / "easy-install.pth"
    pth.write_text(pth.read_text() + "/fresh\n")
    with pytest.raises(PysetupError) as caught:
        change.apply(plan, files=LocalFiles())
    assert caught.value.code == "PS7311"
    assert "/fresh" in pth.read_text()
