"""Conversion from any source into any format, and what gets lost on the way."""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError, UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.registry import FORMATS, UnknownFormatError
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.describing.compare import compare, verify
from pysetup.workflows.describing.convert import (
    FolderNeededError,
    LossyConversionError,
    OutputNotWrittenError,
    convert,
    refuse_losses,
    write_converted,
    write_file,
)
from pysetup.workflows.describing.documents import NoDocumentError
from pysetup.workflows.describing.edit import RefusedChangeError, get_value, set_value
from pysetup.workflows.describing.sources import (
    NotCompleteError,
    Reading,
    UnknownSourceError,
    read_source,
)
from pysetup.workflows.describing.validate import UnchangeableSourceError, fix, validate

PYPROJECT = """\
# the project
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "demo" # its name
version = "1.0"
description = "A demo"
dependencies = ["a>=1"]

[project.scripts]
demo = "demo:main"
"""
CORE = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: A demo\n"
TREE = {"p/pyproject.toml": PYPROJECT, "p/demo.py": ""}
SETUP_CFG = "[metadata]\nname = demo\nversion = 1.0\n[options]\npy_modules = demo\n"


@pytest.fixture
def reading(make_context: Callable[..., Any], index: Any) -> Reading:
    """How sources are read: files below the test's folder, no environment."""
    return Reading(context=make_context(index), building=Building(isolate=no_isolation))


@pytest.fixture
def place(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write files below the test's folder, and return the folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path

    return write


Place = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("files", "source", "kind"),
    [
        pytest.param(TREE, "p", "tree", id="a tree"),
        pytest.param(
            TREE,
            "p/pyproject.toml",
            "tree",
            id="the pyproject.toml of a tree",
        ),
        pytest.param({"METADATA": CORE}, "METADATA", "metadata", id="METADATA"),
        pytest.param({"core.txt": CORE}, "core.txt", "metadata", id="by its content"),
        pytest.param(
            {"setup.cfg": SETUP_CFG}, "setup.cfg", "setup.cfg", id="setup.cfg"
        ),
        pytest.param(
            {"setup.py": "import setuptools as s\ns.setup(name='demo', version='1.0')"},
            "setup.py",
            "setup.py",
            id="a static setup.py",
        ),
        pytest.param(
            {"demo.egg-info/PKG-INFO": CORE}, "demo.egg-info", "egg-info", id="egg-info"
        ),
        pytest.param(
            {"demo-1.0.dist-info/METADATA": CORE},
            "demo-1.0.dist-info",
            "info-folder",
            id="dist-info",
        ),
        pytest.param(
            {"x.json": '{"name": "demo", "version": "1.0"}'},
            "x.json",
            "json",
            id="JSON",
        ),
    ],
)
def test_a_source_is_recognised_and_read(
    place: Place, reading: Reading, files: dict[str, str], source: str, kind: str
) -> None:
    place(files)
    found = read_source(source, reading)
    assert (found.kind, found.metadata.name) == (kind, "demo")
    assert str(found.metadata.version) == "1.0"
    assert found.derived is (kind not in ("tree", "json"))


def test_archives_are_read_from_urls_and_from_disk(
    reading: Reading, index: Any, wheel: Any, sdist: Any, tmp_path: Path
) -> None:
    file = index.add_file("demo-1.0-py3-none-any.whl", wheel("demo", "1.0"))
    found = read_source(file.url, reading)
    assert (found.kind, found.metadata.name, found.derived) == ("wheel", "demo", True)
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(sdist("demo", "1.0", CORE))
    found = read_source(path.as_uri(), reading)
    assert (found.kind, found.metadata.text("summary")) == ("sdist", "A demo")


def test_standard_input_is_a_source(reading: Reading) -> None:
    words = {"context": reading.context, "building": reading.building}
    piped = Reading(**words, stdin=CORE.encode)  # type: ignore[arg-type]
    assert read_source("-", piped).metadata.name == "demo"
    converted = convert("-", piped, to="pep819")
    assert json.loads(converted.content)["summary"] == "A demo"


@pytest.mark.parametrize(
    ("files", "source", "error"),
    [
        pytest.param({}, "nowhere", NoDocumentError, id="nothing there"),
        pytest.param({"a.md": "# x\n"}, "a.md", UnknownSourceError, id="no format"),
        pytest.param({"x.json": "{"}, "x.json", UsageError, id="broken JSON"),
        pytest.param(
            {"requirements.txt": "a\n"}, "requirements.txt", NotCompleteError, id="part"
        ),
        pytest.param({"WHEEL": "x"}, "WHEEL", UnknownFormatError, id="of a wheel"),
    ],
)
def test_what_cannot_be_read_is_told(
    place: Place,
    reading: Reading,
    files: dict[str, str],
    source: str,
    error: type[PysetupError],
) -> None:
    place(files)
    with pytest.raises(error) as caught:
        read_source(source, reading)
    assert caught.value.hints


def test_name_and_version_can_be_given(place: Place, reading: Reading) -> None:
    place({"requirements.txt": "a>=1\n"})
    given: dict[str, Any] = {"name": "demo", "version": "2"}
    told = Reading(context=reading.context, building=reading.building, given=given)
    metadata = read_source("requirements.txt", told).metadata
    assert (metadata.name, metadata.texts("requires_dist")) == ("demo", ("a>=1",))


@pytest.mark.parametrize("to", [name for name in FORMATS if FORMATS[name].is_written])
def test_every_format_is_written_and_says_what_is_lost(
    place: Place, reading: Reading, tmp_path: Path, to: str
) -> None:
    place(TREE)
    converted = convert("p", reading, to=to)
    assert converted.target == to
    assert converted.content or converted.files
    assert all(re.match(r"/\w", loss.pointer) for loss in converted.losses)
    assert to != "json" or converted.losses == ()
    write_converted(converted, tmp_path / "out")
    made = tmp_path / "out"
    assert made.is_dir() is bool(converted.files)


def test_losses_can_be_refused(place: Place, reading: Reading) -> None:
    place(TREE)
    refuse_losses(convert("p", reading, to="json"))
    converted = convert("p", reading, to="metadata")
    with pytest.raises(LossyConversionError) as caught:
        refuse_losses(converted)
    lost = [str(one["pointer"]) for one in caught.value.causes]
    assert {"/extensions/python.commands", "/sources"} <= set(lost)


def test_the_metadata_version_can_be_chosen(place: Place, reading: Reading) -> None:
    place({"METADATA": CORE + "License-Expression: MIT\n"})
    converted = convert("METADATA", reading, to="metadata", metadata_version="2.2")
    assert converted.content.startswith(b"Metadata-Version: 2.2\n")
    assert [loss.pointer for loss in converted.losses] == ["/license_expression"]
    for to, version in (("json", "2.2"), ("metadata", "9.9")):
        with pytest.raises(UnknownFormatError):
            convert("METADATA", reading, to=to, metadata_version=version)


def test_json_is_the_bytes_of_the_document(place: Place, reading: Reading) -> None:
    place({"METADATA": CORE})
    metadata = read_source("METADATA", reading).metadata
    assert convert("METADATA", reading, to="json").content == metadata.to_json()


def test_what_a_wheel_says_of_itself_is_converted(
    reading: Reading, make_wheel: Any, tmp_path: Path
) -> None:
    path = make_wheel("demo", "1.0")
    content = convert(str(path), reading, to="wheel-json").content
    assert json.loads(content)["tag"] == ["py3-none-any"]
    (tmp_path / "WHEEL.json").write_bytes(content)
    text = convert("WHEEL.json", reading, to="wheel").content
    assert b"Root-Is-Purelib: true\n" in text


@pytest.mark.parametrize("to", ["setup.py", "yaml"])
def test_what_is_not_written_is_refused(
    place: Place, reading: Reading, to: str
) -> None:
    place({"METADATA": CORE})
    with pytest.raises(UnknownFormatError):
        convert("METADATA", reading, to=to)


def test_a_folder_is_not_printed(place: Place, reading: Reading) -> None:
    place({"METADATA": CORE})
    converted = convert("METADATA", reading, to="egg-info")
    with pytest.raises(FolderNeededError):
        converted.printed()
    assert "PKG-INFO" in converted.files


def test_bytes_that_are_no_text_stand_in_json_as_base64(
    reading: Reading, tmp_path: Path
) -> None:
    (tmp_path / "METADATA").write_bytes(CORE.encode() + b"Author: J\xfcrgen\n")
    converted = convert("METADATA", reading, to="metadata")
    assert b"J\xfcrgen" in converted.content
    assert converted.to_json()["encoding"] == "base64"


def test_a_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to(path)
    write_file(tmp_path / "link", b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "x"]


@pytest.mark.parametrize("name", ["missing/x", "folder"])
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputNotWrittenError):
        write_file(tmp_path / name, b"x")
    assert os.listdir(tmp_path / "folder") == []


def test_two_sources_are_compared(place: Place, reading: Reading) -> None:
    place({"p/pyproject.toml": PYPROJECT, "p/demo.py": "", "METADATA": CORE})
    found = compare("p", "METADATA", reading)
    assert not found.equal
    assert [one.pointer for one in found.differences if not one.spelling] == [
        "/requires_dist"
    ]
    assert "sources" in found.not_compared
    assert compare("p", "p/pyproject.toml", reading).differences == ()


def test_a_projection_that_is_missing_or_wrong_is_named(
    place: Place, reading: Reading
) -> None:
    root = place(TREE)
    info = root / "demo-1.0.dist-info"
    info.mkdir()
    (info / "pydist.json").write_bytes(convert("p", reading, to="json").content)
    (info / "METADATA").write_bytes(convert("p", reading, to="metadata").content)
    (problem,) = verify(str(info), reading).differences
    assert problem.rule == "entry_points.txt"
    (info / "entry_points.txt").write_text("[console_scripts]\ndemo = demo:main\n")
    assert verify(str(info), reading).differences == ()
    (info / "METADATA").write_text(CORE)
    (problem,) = verify(str(info), reading).differences
    assert (problem.rule, problem.pointer) == ("METADATA", "/requires_dist")
    with pytest.raises(NoDocumentError):
        verify("p", reading)


def test_a_value_is_got_and_set(place: Place, reading: Reading) -> None:
    root = place(TREE)
    assert get_value("summary", "p", reading) == "A demo"
    change = set_value("summary", "Another demo", "p", reading)
    assert (change.before, change.after) == ("A demo", "Another demo")
    text = (root / "p" / "pyproject.toml").read_text()
    assert text == PYPROJECT.replace("A demo", "Another demo")
    assert get_value("summary", "p", reading) == "Another demo"


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        pytest.param("version", "2.0", "2.0", id="a text that looks like a number"),
        pytest.param("requires_dist", '["b", "c"]', ["b", "c"], id="a list"),
        pytest.param("/requires_dist/-", "b", ["a>=1", "b"], id="one more item"),
        pytest.param("project_url/Source", "https://s", "https://s", id="a new table"),
        pytest.param(
            "extensions/python.commands/wrap_console/x", "m:f", "m:f", id="a script"
        ),
        pytest.param("extensions/demo.own", '{"a": [1]}', {"a": [1]}, id="an object"),
        pytest.param("Keywords", '["x"]', ["x"], id="a field by its header"),
    ],
)
def test_values_of_all_kinds_are_set_in_a_project(
    place: Place, reading: Reading, path: str, value: str, after: object
) -> None:
    root = place(TREE)
    set_value(path, value, "p", reading)
    found = get_value(path.removesuffix("/-"), "p", reading)
    assert found == after
    text = (root / "p" / "pyproject.toml").read_text()
    assert "# the project\n" in text
    assert "# its name\n" in text


@pytest.mark.parametrize(
    ("source", "content"),
    [
        pytest.param("p/pyproject.toml", PYPROJECT, id="a project"),
        pytest.param(
            "pydist.json",
            '{"metadata_version": "2.1", "name": "demo", "version": "1.0"}',
            id="a document",
        ),
    ],
)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("requires_dist", '["a b c"]', id="no requirement"),
        pytest.param("requires_dist", "text", id="a text for a list"),
        pytest.param("version", "nonsense", id="no version"),
        pytest.param("requires_python", "three", id="no specifier"),
    ],
)
def test_an_invalid_result_is_refused_and_the_file_stays(
    place: Place, reading: Reading, source: str, content: str, path: str, value: str
) -> None:
    root = place({source: content, "p/demo.py": ""})
    with pytest.raises(RefusedChangeError):
        set_value(path, value, source, reading)
    assert (root / source).read_text() == content


def test_a_document_is_changed_in_its_file(place: Place, reading: Reading) -> None:
    document = Metadata.from_dict(
        {"metadata_version": "2.1", "name": "demo", "version": "1.0", "x_own": {"a": 1}}
    )
    root = place({"pydist.json": document.to_json().decode()})
    set_value("summary", "1.0", "pydist.json", reading)
    set_value("requires_dist", '["a"]', "pydist.json", reading)
    set_value("requires_dist", "null", "pydist.json", reading)
    now = Metadata.from_json((root / "pydist.json").read_bytes())
    assert now == document.replaced(summary="1.0")


def test_archives_and_derived_files_are_not_changed(
    place: Place, reading: Reading, make_wheel: Any
) -> None:
    place({"METADATA": CORE})
    for source in (str(make_wheel("demo", "1.0")), "METADATA"):
        with pytest.raises(UnchangeableSourceError):
            set_value("summary", "x", source, reading)
        with pytest.raises(UnchangeableSourceError):
            fix(source, reading)


def test_every_fault_of_a_project_has_its_line(place: Place, reading: Reading) -> None:
    text = PYPROJECT.replace("description", "descripton") + "[projekt]\n"
    place({"p/pyproject.toml": text, "p/demo.py": ""})
    findings = validate("p", reading)
    assert [(one.file, one.line, one.problem.rule) for one in findings.found] == [
        ("pyproject.toml", 9, "PS2007"),
        ("pyproject.toml", 14, "PS2007"),
    ]
    assert not findings.valid


def test_problems_of_the_document_have_the_line_they_come_from(
    place: Place, reading: Reading
) -> None:
    text = PYPROJECT + "\n[tool.pysetup.extensions.foreign]\na = 1\n"
    place({"p/pyproject.toml": text, "p/demo.py": ""})
    findings = validate("p", reading)
    told = [(one.line, one.problem.rule, one.is_error) for one in findings.found]
    assert (15, "extension-owner", False) in told


def test_a_metadata_file_has_lines_and_a_document_pointers(
    place: Place, reading: Reading
) -> None:
    place({"METADATA": CORE + "Requires-Dist: a\nRequires-Dist: b c d\n"})
    (finding,) = validate("METADATA", reading).found
    assert (finding.line, finding.problem.pointer) == (6, "/requires_dist/1")
    place({"pydist.json": '{"name": 1}'})
    pointers = {one.problem.pointer for one in validate("pydist.json", reading).found}
    assert {"/name", "/version"} <= pointers


def test_a_dynamic_project_is_checked_without_running_it(
    place: Place, reading: Reading
) -> None:
    text = (
        '[build-system]\nrequires = ["none"]\nbuild-backend = "no.such:backend"\n'
        '[project]\nname = "demo"\ndynamic = ["version"]\n'
        'license = { text = "MIT" }\n'
    )
    place({"p/pyproject.toml": text})
    findings = validate("p", reading)
    assert findings.valid
    assert "version" in findings.computed
    assert [one.problem.rule for one in findings.found] == ["license"]


def test_a_legacy_project_is_checked_without_running_it(
    place: Place, reading: Reading
) -> None:
    place(
        {
            "p/setup.py": "raise SystemExit('I was run')\n",
            "p/setup.cfg": "[metadata]\nname = demo\nversion = attr: demo.version\n"
            "license = MIT\n",
        }
    )
    findings = validate("p", reading)
    assert findings.computed == ("version",)
    assert [one.problem.pointer for one in findings.found] == ["/license"]
    with pytest.raises(UnchangeableSourceError) as caught:
        fix("p", reading)
    assert "pyproject.toml" in caught.value.message


def test_paths_into_the_file_are_followed_too(place: Place, reading: Reading) -> None:
    place(TREE)
    assert get_value("project.scripts.demo", "p", reading) == "demo:main"
    set_value('project.urls."My Page"', "https://m", "p", reading)
    assert get_value("project_url", "p", reading) == {"My Page": "https://m"}
    with pytest.raises(RefusedChangeError):
        set_value("project.licence", "MIT", "p", reading)


def test_safe_repairs_are_made_and_told(place: Place, reading: Reading) -> None:
    text = PYPROJECT + '\n[project.urls]\nRepository = "https://r" # r\n'
    text = text.replace("dependencies", 'license = { text = "MIT" } # l\ndependencies')
    root = place({"p/pyproject.toml": text, "p/demo.py": ""})
    findings = fix("p", reading)
    assert [step.rule for step in findings.fixed] == [
        "license",
        "url-label",
        "import-names",
    ]
    assert findings.found == ()
    made = (root / "p" / "pyproject.toml").read_text()
    for line in ('license = "MIT" # l', 'Source = "https://r" # r', "# the project"):
        assert line in made
    assert fix("p", reading).fixed == ()


def test_a_document_is_repaired_in_its_file(place: Place, reading: Reading) -> None:
    root = place(
        {
            "pydist.json": '{"metadata_version": "2.4", "name": "demo",'
            ' "version": "1.0", "home_page": "https://h"}'
        }
    )
    (step,) = fix("pydist.json", reading).fixed
    assert step.pointer == "/home_page"
    made = Metadata.from_json((root / "pydist.json").read_bytes())
    assert made.section("project_url") == {"Homepage": "https://h"}
