"""Repositories: what createrepo_c says of the same packages, and what dnf reads."""

import gzip
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pysetup.platforms.rpm.repository import write_repository

Built = Callable[..., Any]
Pack = Callable[..., list[Path]]
LISTS = ("primary", "filelists", "other")
RICH = {
    "files": {
        "demo/__init__.py": "def main(): ...\n",
        "demo-1.0.data/data/etc/demo.conf": "a & b\n",
        "demo-1.0.data/data/share/a <b> & 'c'": "x",
        "demo/same.txt": "one file",
        "demo/too.txt": "one file",
    },
    "metadata": (
        "Summary: Größe & <tags>\nRequires-Dist: other (!=1.5,~=1.2)\n"
        'Requires-Dist: more; extra == "all"\nProvides-Extra: all\n'
        "Obsoletes-Dist: old (<2)\n"
    ),
    "entry_points": "[console_scripts]\ndemo = demo:main\n",
}


def read(folder: Path, kind: str) -> ET.Element:
    repomd = ET.parse(folder / "repodata" / "repomd.xml").getroot()
    name = "{http://linux.duke.edu/metadata/repo}"
    (data,) = (one for one in repomd if one.get("type") == kind)
    location = data.find(f"{name}location")
    assert location is not None
    return ET.fromstring(
        gzip.decompress((folder / str(location.get("href"))).read_bytes())
    )


# The age of the file on the machine, and what nobody needs.
PASSED_OVER = {"time": "", "buildhost": "", "size": "archive"}


def as_set(element: ET.Element) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()

    def walk(one: ET.Element, path: tuple[str, ...]) -> None:
        tag = one.tag.rpartition("}")[2]
        if PASSED_OVER.get(tag) == "":
            return
        text = (one.text or "").strip()
        left_out = ("pre", PASSED_OVER.get(tag))
        told = {k: v for k, v in one.attrib.items() if k not in left_out}
        words = tuple(sorted(told.items()))
        if text or words or not len(one):
            found.add((*path, tag, words, text))
        for child in one:
            walk(child, (*path, tag))

    walk(element, ())
    return found


@pytest.mark.interop
@pytest.mark.parametrize("kind", LISTS)
def test_createrepo_says_the_same(
    kind: str,
    built: Built,
    packed: Pack,
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    program = need_tool("createrepo_c")
    packed(built(**RICH), epoch="2")
    packed(built("other", "1.3"))
    ours = tmp_path / "packages"
    theirs = shutil.copytree(ours, tmp_path / "theirs")
    subprocess.run(
        [program, "-q", "--no-database", "--general-compress-type=gz", theirs],
        check=True,
    )

    write_repository(ours, before=tmp_path / "none", making=None)

    assert as_set(read(ours, kind)) == as_set(read(theirs, kind))


def test_what_is_there_already_is_listed_too(
    built: Built, packed: Pack, tmp_path: Path
) -> None:
    (old,) = packed(built("old", "1.0"))
    before = tmp_path / "before"
    before.mkdir()
    old.rename(before / old.name)
    packed(built("new", "1.0"))
    folder = tmp_path / "packages"

    made = write_repository(folder, before=before, making=None)

    assert folder / "repodata" / "repomd.xml" in made
    listed = {entry[-1] for entry in as_set(read(folder, "primary"))}
    assert {"python3-old", "python3-new"} <= listed
    again = {path: path.read_bytes() for path in made}
    write_repository(folder, before=before, making=None)
    assert {path: path.read_bytes() for path in made} == again
