"""The registry: every format of it can be loaded, read and written."""

import re
from pathlib import Path

import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.formats.registry import FORMATS, UnknownFormatError, find_format

WRITTEN = [one for one in FORMATS.values() if one.write is not None]
PLAIN = Metadata.from_dict(
    {
        "metadata_version": "2.1",
        "document_version": "1.0",
        "name": "demo",
        "version": "1.0",
        "summary": "A demo",
        "requires_dist": ["a>=1"],
        "project_url": {"Source": "https://example.org/demo"},
        "extensions": {"python.commands": {"wrap_console": {"demo": "demo:main"}}},
    }
)
# They do not hold name and version: these come from elsewhere.
PARTS = ("entry_points", "requirements")


@pytest.mark.parametrize("known", WRITTEN, ids=lambda known: known.name)
def test_what_a_format_writes_it_recognises_and_reads(known: object) -> None:
    found = find_format(str(getattr(known, "name", "")))
    assert found.write is not None
    assert found.losses is not None
    content = found.write(PLAIN)
    lost = {loss.pointer for loss in found.losses(PLAIN)}
    assert all(pointer.startswith("/") for pointer in lost)
    filename = next(iter(found.filenames), "")
    assert detect(filename, content) == found.name
    if found.read is None:
        return
    said = found.read(content, filename or "a file")
    mapping = said.to_dict() if isinstance(said, Metadata) else dict(said.mapping)
    for key in ("name", "version", "summary", "requires_dist"):
        if not any(pointer.startswith(f"/{key}") for pointer in lost):
            assert mapping.get(key) == PLAIN.get(key), key
    assert found.name in PARTS or mapping["name"] == "demo"


def test_egg_info_is_a_folder_that_is_written_and_read() -> None:
    known = find_format("egg-info")
    assert known.write_folder is not None
    assert known.read_folder is not None
    files = known.write_folder(PLAIN)
    assert "PKG-INFO" in files
    said = known.read_folder(files, "demo.egg-info")
    mapping = said.to_dict() if isinstance(said, Metadata) else dict(said.mapping)
    assert mapping["name"] == "demo"
    assert mapping["requires_dist"] == ["a>=1"]


def test_only_what_nobody_should_write_is_not_written() -> None:
    unwritten = [
        one.name
        for one in FORMATS.values()
        if not one.is_written and not one.is_of_wheels
    ]
    assert unwritten == ["setup.py"]
    assert all(one.is_read or one.is_of_wheels for one in FORMATS.values())


@pytest.mark.parametrize(
    ("name", "known"),
    [
        pytest.param("PKG-INFO", "metadata", id="a file name"),
        pytest.param("METADATA", "metadata", id="in capitals"),
        pytest.param("pyproject.toml", "pyproject", id="with its ending"),
        pytest.param("setup.cfg", "setup.cfg", id="its own name"),
    ],
)
def test_formats_have_other_names(name: str, known: str) -> None:
    assert find_format(name).name == known


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownFormatError) as caught:
        find_format("pyprojet")
    assert caught.value.hints == ('did you mean "pyproject"?',)


def test_the_conversion_page_has_a_row_for_every_format(project_root: Path) -> None:
    page = (project_root / "docs" / "reference" / "conversion.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert rows == list(FORMATS)


@pytest.mark.parametrize(
    ("filename", "content", "known"),
    [
        pytest.param("pydist.json", b'{"document_version": "1.0"}', "json", id="ours"),
        pytest.param(
            "pydist.json", b'{"metadata_version": "2.0"}', "pep426", id="of PEP 426"
        ),
        pytest.param("x.json", b'{"name": "a", "version": "1"}', "json", id="JSON"),
        pytest.param("x.json", b"{", "json", id="broken JSON"),
        pytest.param("x.json", b"[1]", "", id="JSON of something else"),
        pytest.param(
            "", b'{"metadata_version": "2.1", "name": "a"}', "pep819", id="core JSON"
        ),
        pytest.param(
            "",
            b'{"metadata_version": "2.1", "project_url": ["a, b"]}',
            "pep566",
            id="URLs as a list",
        ),
        pytest.param(
            "",
            b'{"wheel_version": "1.0", "root_is_purelib": true}',
            "wheel-json",
            id="of a wheel",
        ),
        pytest.param("", b"Metadata-Version: 2.1\nName: a\n", "metadata", id="headers"),
        pytest.param("", b"Name: a\nMetadata-Version: 1.0", "metadata", id="later"),
        pytest.param("", b"[project]\nname = 'a'\n", "pyproject", id="TOML"),
        pytest.param("", b"[tool.poetry]\nname = 'a'\n", "pyproject", id="poetry"),
        pytest.param("x.cfg", b"[metadata]\nname = a\n", "setup.cfg", id="INI"),
        pytest.param(
            "setup.cfg", b"[options]\npackages = a\n", "setup.cfg", id="setuptools"
        ),
        pytest.param(
            "setup.cfg",
            b"[metadata]\nname = a\nrequires-dist = b\n[files]\npackages = a\n",
            "distutils2",
            id="distutils2",
        ),
        pytest.param(
            "", b"from setuptools import setup\nsetup(name='a')\n", "setup.py", id="py"
        ),
        pytest.param("", b"[console_scripts]\na = b:c\n", "entry_points", id="entries"),
        pytest.param("requirements-dev.txt", b"a>=1\n", "requirements", id="by suffix"),
        pytest.param(
            "", b'lock-version = "1.0"\n[[packages]]\nname = "a"\n', "pylock", id="lock"
        ),
        pytest.param("notes.md", b"# hello\n", "", id="nothing of ours"),
    ],
)
def test_formats_are_recognised(filename: str, content: bytes, known: str) -> None:
    assert detect(filename, content) == known
