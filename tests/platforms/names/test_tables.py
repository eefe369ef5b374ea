"""The tables that are shipped: what they say, and that they agree with each other."""

import pytest

from pysetup.platforms.names.found import ROLES
from pysetup.platforms.names.tables import (
    NeighbourStep,
    aliases,
    dh_python_catalogue,
    neighbours,
    shipped_catalogue,
    splits,
    uncustomary_names,
)
from pysetup.platforms.target import read_target

FAMILIES = ("deb", "debian-13", "fedora", "rpm", "pacman")


@pytest.mark.parametrize("name", ["debian-12", "debian-13"])
def test_popular_projects_of_a_release(name: str) -> None:
    catalogue = shipped_catalogue(read_target(name))
    assert catalogue is not None
    for project, package in {
        "pyyaml": "python3-yaml",
        "setuptools": "python3-setuptools",
        "attrs": "python3-attr",
        "beautifulsoup4": "python3-bs4",
        "markdown-it-py": "python3-markdown-it",
        "hidapi": "python3-hid",
        "click": "python3-click",
        "zope-interface": "python3-zope.interface",
    }.items():
        found = catalogue.find(project)
        assert found is not None
        assert found.packages == (package,), project
        assert found.version
    assert catalogue.find("opencv-python") is None
    assert "blueman" in catalogue.modules["blueman"], "a package without metadata"


def test_epochs_are_in_the_table() -> None:
    catalogue = shipped_catalogue(read_target("debian-12"))
    assert catalogue is not None
    epochs = [one for rows in catalogue.projects.values() for one in rows if one.epoch]
    assert len(epochs) > 60
    found = catalogue.find("numpy")
    assert found is not None
    assert found.epoch == "1"


def test_a_release_without_a_table_asks_its_neighbours() -> None:
    ubuntu = read_target("ubuntu-24.04")
    assert shipped_catalogue(ubuntu) is None
    step = NeighbourStep(neighbours(ubuntu))
    found = step.find("markdown-it-py")
    assert found is not None
    assert (found.packages, found.version, found.checked) == (
        ("python3-markdown-it",),
        "",
        False,
    )
    assert step.find("pytz") is None or len(step.catalogues) == 1
    assert step.find("no-such-thing") is None
    assert not neighbours(read_target("fedora-43"))


@pytest.mark.parametrize("family", FAMILIES)
def test_splits_name_packages_for_some_role(family: str) -> None:
    for project, entry in splits(family).names.items():
        assert any(entry.packages(role) for role in ROLES), project


@pytest.mark.parametrize(
    ("target", "project", "role", "some", "least"),
    [
        ("debian-12", "pybind11", "build", "pybind11-dev", 2),
        ("debian-12", "pygobject", "host", "python-gi-dev", 2),
        ("debian-12", "pycairo", "host", "python3-cairo-dev", 2),
        ("debian-12", "pyqt5", "build", "pyqt5-dev-tools", 3),
        ("debian-12", "pyside2", "run", "python3-pyside2.qtcore", 20),
        ("debian-12", "wxpython", "run", "python3-wxgtk4.0", 3),
        ("debian-13", "numpy", "host", "python3-numpy-dev", 2),
        ("debian-13", "pyside6", "run", "python3-pyside6.qtcore", 50),
        ("fedora-43", "numpy", "host", "python3-numpy-f2py", 2),
        ("fedora-43", "pygobject", "host", "python3-gobject-devel", 2),
    ],
)
def test_projects_that_are_several_packages(
    target: str, project: str, role: str, some: str, least: int
) -> None:
    wanted = read_target(target)
    keys = (wanted.name, wanted.distribution, wanted.family)
    answers = (splits(key).find(project, role=role) for key in keys)
    found = next(one for one in answers if one is not None)
    assert some in found.packages
    assert len(found.packages) >= least


@pytest.mark.parametrize("name", ["debian-12", "debian-13"])
def test_splits_of_debian_do_not_contradict_the_archive(name: str) -> None:
    target = read_target(name)
    catalogue = shipped_catalogue(target)
    assert catalogue is not None
    for key in ("deb", name):
        table = splits(key)
        for project in table.names:
            known, stated = catalogue.find(project), table.find(project)
            if known is not None and stated is not None:
                assert set(known.packages) & set(stated.packages), project


def test_aliases() -> None:
    assert aliases()["psycopg2-binary"] == "psycopg2"
    assert uncustomary_names("rpm") is None


@pytest.mark.parametrize(
    ("family", "project", "package"),
    [
        ("conda", "torch", "pytorch"),
        ("conda", "jupyter-core", "jupyter_core"),
        ("pacman", "pyyaml", "python-yaml"),
    ],
)
def test_names_that_follow_no_custom(family: str, project: str, package: str) -> None:
    table = uncustomary_names(family)
    assert table is not None
    found = table.find(project)
    assert found is not None
    assert found.packages == (package,)


def test_the_table_of_dh_python() -> None:
    found = dh_python_catalogue("PyYAML python3-yaml\nodd\nfoo python3-foo; PEP386\n")
    assert sorted(found.projects) == ["foo", "pyyaml"]
    assert found.projects["foo"][0].package == "python3-foo"
