"""A small archive, and catalogues made of it, for the tests of names."""

from collections.abc import Callable

import pytest

from pysetup.platforms.names.catalogue import Catalogue, CatalogueMaker
from pysetup.platforms.names.file_lists import ContentsReader

FOLDER = "usr/lib/python3/dist-packages"
# Cases of Debian: renamed, several in one, one in several, taken names, no metadata.
CONTENTS = f"""\
bin/ls                                                  utils/coreutils
usr/bin/markdown-it                                     python/python3-markdown-it
{FOLDER}/markdown_it/__init__.py                        python/python3-markdown-it
{FOLDER}/markdown_it_py-2.1.0.dist-info/METADATA        python/python3-markdown-it
{FOLDER}/click-8.1.3.egg-info/PKG-INFO                  python/python3-click
{FOLDER}/click/core.py                                  python/python3-click
{FOLDER}/click-0.5.0.post9.egg-info                     python/python3-click-package
{FOLDER}/azure/core/__init__.py                         python/python3-azure
{FOLDER}/azure_core-1.26.3.egg-info/PKG-INFO            python/python3-azure
{FOLDER}/azure_common-1.1.28.egg-info/PKG-INFO          python/python3-azure
{FOLDER}/hid.cpython-311-x86_64-linux-gnu.so            python/python3-hid
{FOLDER}/hidapi-0.9.0.post3.egg-info                    python/python3-hid
{FOLDER}/hidapi/__init__.py                             python/python3-hidapi
{FOLDER}/hidapi_cffi-1.0.egg-info                       python/python3-hidapi
{FOLDER}/cv2.cpython-311-x86_64-linux-gnu.so            python/python3-opencv
{FOLDER}/ruamel.yaml-0.17.21.dist-info/METADATA         python/python3-ruamel.yaml
{FOLDER}/old_style-1.0-py3.11.egg-info                  python/python3-old,x/old-tools
usr/share/demo/private-1.0.dist-info/METADATA           web/demo
usr/share/man/man1/ls.1.gz                              utils/coreutils
"""


def contents_catalogue(
    text: str = CONTENTS, label: str = "contents:debian-12", *, whole: bool = True
) -> Catalogue:
    """Return the catalogue of a ``Contents`` file."""
    maker = CatalogueMaker([FOLDER])
    reader = ContentsReader(maker)
    reader.feed(text.encode())
    reader.close()
    return maker.made(label, versions={"python3-click": "1:8.1.3-2"}, whole=whole)


@pytest.fixture
def archive() -> Catalogue:
    """The catalogue of the small archive."""
    return contents_catalogue()


@pytest.fixture
def catalogue_of() -> Callable[..., Catalogue]:
    """The function that makes a catalogue of a ``Contents`` file."""
    return contents_catalogue
