"""Projects of 2010 to 2014 with the setup.cfg of distutils2, held to their PKG-INFO."""

from pathlib import Path

import pytest

from pysetup import api
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.metadata.formats import core_metadata, distutils2
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.meaning import same_meaning
from pysetup.phases.develop.project import ProjectFolder
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient

pytestmark = [pytest.mark.interop, pytest.mark.network, pytest.mark.slow]

# PKG-INFO is of version 1.0 or 1.1, which has neither; they are in setup.cfg alone.
TOO_NEW = {"requires_dist", "requires_python"}
PARTS = {"document_version", "metadata_version", "extensions", "sources", "build"}


@pytest.mark.parametrize(
    ("project", "filename", "computed", "modules"),
    [
        pytest.param(
            *("distutils2", "Distutils2-1.0a4.tar.gz", set(), ["distutils2"]),
            id="distutils2 itself",
        ),
        pytest.param(
            *("stsci.distutils", "stsci.distutils-0.3.2.tar.gz", set(), ["stsci"]),
            id="an astronomers' project, by d2to1",
        ),
        pytest.param(
            *("pbr", "pbr-0.5.6.tar.gz", {"version"}, ["pbr"]),
            id="pbr, which takes its version from git",
        ),
        pytest.param(
            *("oslo.config", "oslo.config-1.2.1.tar.gz", {"version"}, ["oslo"]),
            id="a project of OpenStack, by pbr",
        ),
    ],
)
def test_the_document_says_what_pkg_info_says(
    tmp_path: Path,
    project: str,
    filename: str,
    computed: set[str],
    modules: list[str],
) -> None:
    root = _unpacked(project, filename, tmp_path)
    content = (root / "setup.cfg").read_bytes()
    assert detect("setup.cfg", content) == "distutils2"
    ours = distutils2.read(content, files=ProjectFolder(root)).mapping
    theirs = core_metadata.read((root / "PKG-INFO").read_bytes()).to_dict()
    different = {
        key
        for key in {*ours, *theirs} - PARTS
        if not same_meaning(key, ours.get(key), theirs.get(key))
    }
    assert different - TOO_NEW == computed
    sources = ours["sources"]
    assert isinstance(sources, dict)
    assert sources["modules"] == modules


def _unpacked(project: str, filename: str, into: Path) -> Path:
    context = api.open_context()
    with IndexClient(context) as index:
        page = index.page(project)
    assert page is not None
    (file,) = (file for file in page.files if file.filename == filename)
    (acquired,) = acquire([file], context=context)
    return unpack_sdist(acquired.path, into)
