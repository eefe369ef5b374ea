"""``pysetup metadata``: every action as a user runs it, in text and in JSON."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytestmark = pytest.mark.flow

MIT = "License :: OSI Approved :: MIT License"
OLD = f"""\
# kept
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "old"
version = "1.0"
license = {{ text = "MIT" }} # free
classifiers = ["{MIT}"]

[project.urls]
"Bug Tracker" = "https://example.org/bugs" # here
"""
FAULTY = """\
[project]
name = "faulty"
version = "1.0"
licence = "MIT"
requires-python = "three"
"""


@pytest.fixture(scope="session")
def dist(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archives of the example project, made once."""
    folder = tmp_path_factory.mktemp("archives")
    example = project_root / "examples" / "greet"
    words = [sys.executable, "-m", "pysetup", "build", "--outdir", str(folder)]
    subprocess.run([*words, str(example)], check=True, capture_output=True)
    return folder


@pytest.fixture
def wheel(dist: Path) -> Path:
    return dist / "greet_demo-1.2.0-py3-none-any.whl"


@pytest.fixture
def sdist(dist: Path) -> Path:
    return dist / "greet_demo-1.2.0.tar.gz"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Write a pyproject.toml into a folder of its own."""

    def write(text: str) -> Path:
        root = tmp_path / "project"
        root.mkdir()
        (root / "pyproject.toml").write_text(text, "utf-8")
        return root

    return write


def test_the_fixed_spellings(pysetup: Any, wheel: Path, tmp_path: Path) -> None:
    for to in ("json", "pep819", "pep566", "metadata", "setup.cfg", "pyproject"):
        out = tmp_path / f"out.{to}"
        ran = pysetup("metadata", "convert", "--to", to, wheel, "--output", out)
        assert ran.code == 0, ran.err
        assert ran.out == f"{out}\n"
        assert out.stat().st_size > 0
        assert out.stat().st_mode & 0o777 == 0o644
    schema = tmp_path / "schema.json"
    assert pysetup("metadata", "schema", "--output", schema).code == 0
    jsonschema.validate(
        json.loads((tmp_path / "out.json").read_text("utf-8")),
        json.loads(schema.read_text("utf-8")),
    )


def test_a_document_survives_the_way_through_other_formats(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    core = pysetup("metadata", "convert", "--to", "metadata", greet)
    assert "lost: /extensions/greet-demo" in core.err
    back = pysetup(
        *("metadata", "convert", "--to", "metadata", "--lossy", "refuse", "-"),
        stdin=core.out,
    )
    assert (back.code, back.out, back.err) == (0, core.out, "")
    whole = pysetup("metadata", "convert", "--to", "json", "--lossy", "refuse", greet)
    assert whole.out == pysetup("metadata", "show", greet).out
    (tmp_path / "pydist.json").write_text(whole.out, "utf-8")
    same = pysetup("metadata", "diff", greet, tmp_path / "pydist.json")
    assert (same.code, same.out) == (0, "Both documents mean the same.\n")


def test_losses_are_refused_and_nothing_is_written(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "METADATA"
    words = ("metadata", "convert", "--to", "metadata", greet, "--output", out)
    ran = pysetup(*words, "--lossy", "refuse", "--json")
    assert (ran.code, out.exists()) == (1, False)
    (error,) = json.loads(ran.out)["errors"]
    lost = [one["pointer"] for one in error["causes"] if one["kind"] == "loss"]
    assert "/extensions/greet-demo" in lost
    ran = pysetup(*words, "--json")
    result = json.loads(ran.out)["result"]
    assert [loss["pointer"] for loss in result["losses"]] == lost
    assert result["output"] == str(out)
    assert out.read_bytes().startswith(b"Metadata-Version: ")


def test_an_existing_pyproject_is_updated_with_its_comments(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    old = tmp_path / "pyproject.toml"
    shutil.copy(greet / "pyproject.toml", old)
    old.write_text("# mine\n" + old.read_text("utf-8"), "utf-8")
    document = json.loads(pysetup("metadata", "show", greet).out)
    (tmp_path / "pydist.json").write_text(
        json.dumps({**document, "summary": "New"}), "utf-8"
    )
    ran = pysetup(
        *("metadata", "convert", "--to", "pyproject"),
        *(tmp_path / "pydist.json", "--output", old),
    )
    assert ran.code == 0, ran.err
    text = old.read_text("utf-8")
    assert text.startswith("# mine\n")
    assert 'description = "New"\n' in text


def test_two_stops_of_a_project_are_compared(
    pysetup: Any,
    greet: Path,
    wheel: Path,
    sdist: Path,
    new_environment: Callable[[str], Path],
    wheelhouse: Path,
) -> None:
    environment = new_environment("environment")
    links = ("--no-index", "--find-links", wheelhouse)
    assert pysetup("install", "--env", environment, *links, wheel).code == 0
    for one, other in (
        (greet, wheel),
        (sdist, wheel.as_uri()),
        (wheel, "greet-demo"),
    ):
        ran = pysetup("metadata", "diff", "--env", environment, one, other)
        assert (ran.code, ran.out) == (0, "Both documents mean the same.\n"), ran.err
    changed = pysetup("metadata", "set", "/requires_dist/0", "humanize>=5", greet)
    assert changed.code == 0, changed.err
    ran = pysetup("metadata", "diff", greet, wheel)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        '- /requires_dist/0  "humanize>=5"',
        '+ /requires_dist/0  "humanize>=4.9"',
    ]
    told = json.loads(pysetup("metadata", "diff", greet, wheel, "--json").out)
    assert told["result"]["equal"] is False
    assert [one["kind"] for one in told["result"]["differences"]] == [
        "removed",
        "added",
    ]


def test_spelling_alone_is_no_difference(pysetup: Any, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    core = "Metadata-Version: {}\nName: {}\nVersion: 1.0\n"
    (tmp_path / "a" / "METADATA").write_text(core.format("2.1", "My_Demo"), "utf-8")
    (tmp_path / "b" / "METADATA").write_text(core.format("2.4", "my.demo"), "utf-8")
    words = ("metadata", "diff", "a/METADATA", "b/METADATA")
    ran = pysetup(*words, cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "Both documents mean the same.\n")
    ran = pysetup(*words, "--all", cwd=tmp_path)
    assert ran.code == 0
    assert '= /name  "My_Demo" -> "my.demo"' in ran.out


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("name", "greet-demo\n"),
        ("Requires-Python", ">=3.11\n"),
        ("/requires_dist/0", "humanize>=4.9\n"),
        ("extensions/python.commands/wrap_console/greet", "greet_demo.command:main\n"),
        ("extensions.greet-demo.languages", "de\nen\nfr\nja\n"),
        ("project_url", '{\n  "Documentation": "https://example.org/greet-demo"\n}\n'),
    ],
)
def test_one_value_is_printed(pysetup: Any, greet: Path, path: str, told: str) -> None:
    ran = pysetup("metadata", "get", path, greet)
    assert (ran.code, ran.out) == (0, told)


def test_what_is_not_there_is_an_answer(pysetup: Any, greet: Path) -> None:
    ran = pysetup("metadata", "get", "sumary", greet)
    assert (ran.code, ran.out) == (1, "")
    assert 'did you mean "summary"?' in ran.err


def test_a_bad_value_is_refused_and_an_archive_is_immutable(
    pysetup: Any, greet: Path, wheel: Path, look: Callable[[Path], Mapping[str, bytes]]
) -> None:
    before = look(greet)
    ran = pysetup("metadata", "set", "requires_python", "three", greet)
    assert ran.code == 2
    assert "error[PS2689]" in ran.err
    assert look(greet) == before
    ran = pysetup("metadata", "set", "summary", "x", wheel)
    assert ran.code == 2
    assert "immutable" in ran.err


def test_every_fault_is_listed_with_its_line(
    pysetup: Any, project: Callable[[str], Path]
) -> None:
    root = project(FAULTY)
    first = pysetup("metadata", "validate", root)
    assert first.code == 1
    assert first.out.startswith("error: pyproject.toml:4: ")
    assert "--all" in first.out
    whole = pysetup("metadata", "validate", "--all", root, "--json")
    assert whole.code == 1
    problems = json.loads(whole.out)["result"]["problems"]
    assert [(one["line"], one["rule"]) for one in problems] == [
        (4, "PS2007"),
        (5, "PS2127"),
    ]
    assert all(one["hint"] for one in problems)


def test_an_error_with_several_faults_is_told_with_all_of_them(
    pysetup: Any, project: Callable[[str], Path]
) -> None:
    ran = pysetup("metadata", "show", project(FAULTY), "--json")
    assert ran.code == 2
    told = [error["code"] for error in json.loads(ran.out)["errors"]]
    assert told == ["PS2007", "PS2127"]
    assert "error[PS2007]: pyproject.toml:4" in ran.err
    assert "error[PS2127]: pyproject.toml:5" in ran.err


def test_safe_repairs_keep_the_comments(
    pysetup: Any, project: Callable[[str], Path]
) -> None:
    root = project(OLD)
    before = pysetup("metadata", "validate", "--all", root)
    assert before.code == 0
    assert before.out.count("validate --fix") == 2
    ran = pysetup("metadata", "validate", "--fix", root)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        'fixed: /project/license became  license = "MIT"  (PEP 639)',
        "fixed: /project/urls/Bug Tracker became 'Issues' (PEP 753)",
        "The document is valid.",
    ]
    expected = OLD.replace('{ text = "MIT" }', '"MIT"').replace(
        f'classifiers = ["{MIT}"]\n', ""
    )
    expected = expected.replace('"Bug Tracker" =', "Issues =")
    assert (root / "pyproject.toml").read_text("utf-8") == expected


def test_an_artifact_that_contradicts_itself_is_found(
    pysetup: Any, sdist: Path, tmp_path: Path
) -> None:
    assert pysetup("metadata", "verify", sdist).code == 0
    folder = tmp_path / "unpacked"
    folder.mkdir()
    # tarfile's filters came in the middle of Python 3.11.
    subprocess.run(["tar", "-xf", sdist, "-C", folder], check=True)
    (root,) = folder.iterdir()
    info = root / "PKG-INFO"
    info.write_text(info.read_text("utf-8").replace("humanize>=4.9", "humanize>=5"))
    broken = tmp_path / "broken" / sdist.name
    broken.parent.mkdir()
    with tarfile.open(broken, "w:gz") as archive:
        archive.add(root, root.name)
    ran = pysetup("metadata", "verify", broken)
    assert ran.code == 5
    assert ran.out.startswith("PKG-INFO: /requires_dist ")


def test_no_code_runs_unless_a_field_is_dynamic_and_then_it_is_told(
    pysetup: Any, project: Callable[[str], Path]
) -> None:
    root = project(OLD)
    (root / "setup.py").write_text("raise SystemExit('I was run')\n", "utf-8")
    ran = pysetup("metadata", "show", root)
    assert (ran.code, ran.err) == (0, "")
    text = OLD.replace('version = "1.0"', 'dynamic = ["version"]')
    (root / "pyproject.toml").write_text(text, "utf-8")
    ran = pysetup("metadata", "show", "--no-isolation", root)
    assert ran.code == 6
    assert "asking setuptools.build_meta for version" in ran.err


def test_a_file_that_is_no_text_is_printed_as_it_is(
    pysetup: Any, tmp_path: Path
) -> None:
    content = "Metadata-Version: 2.1\nName: x\nVersion: 1\nAuthor: a\u202eb\n"
    (tmp_path / "METADATA").write_text(content, "utf-8")
    ran = pysetup("metadata", "convert", "--to", "metadata", tmp_path / "METADATA")
    assert ran.out == content


@pytest.mark.parametrize(
    "words",
    [
        ["metadata", "get", "name", "a checkout/greet"],
        ["metadata", "set", "summary", "x", "a checkout/greet"],
        ["metadata", "convert", "--to", "metadata", "a checkout/greet"],
        ["metadata", "convert", "--to", "egg-info", ".", "--output", "x"],
        ["metadata", "diff", "a checkout/greet", "no.where"],
        ["metadata", "validate", "--all", "--fix", "a checkout/greet"],
        ["metadata", "validate", "nowhere"],
        ["metadata", "convert", "--to", "frob", "a checkout/greet"],
    ],
    ids=" ".join,
)
def test_every_action_prints_one_valid_envelope(
    pysetup: Any, greet: Path, tmp_path: Path, project_root: Path, words: list[str]
) -> None:
    assert greet.is_dir()
    ran = pysetup(*words, "--json", cwd=tmp_path)
    schema = project_root / "docs" / "reference" / "output.schema.json"
    envelope = json.loads(ran.out)
    jsonschema.validate(envelope, json.loads(schema.read_text("utf-8")))
    assert envelope["exit_code"] == ran.code
    assert bool(envelope["errors"]) is (ran.code != 0)


LEGACY = (
    "from setuptools import setup\n"
    "setup(name='old', version='1.0', extras_require={'Test': ['pytest>=8']},\n"
    "      install_requires=['a>=1'], maintainer='M')\n"
    "raise SystemExit('I was run')\n"
)


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """A project with a setup.py and a setup.cfg, both static."""
    root = tmp_path / "legacy"
    root.mkdir()
    (root / "setup.py").write_text(LEGACY, "utf-8")
    (root / "setup.cfg").write_text("[metadata]\ndescription = Old\n", "utf-8")
    return root


def test_origins_tell_the_line_of_each_value(pysetup: Any, legacy: Path) -> None:
    ran = pysetup("metadata", "show", "--origins", legacy)
    assert (ran.code, ran.err) == (0, "")
    assert "/maintainer  setup.py:3\n" in ran.out
    assert "/summary  setup.cfg:2\n" in ran.out
    told = json.loads(pysetup("metadata", "show", "--origins", "--json", legacy).out)
    assert told["result"]["/requires_dist"] == ["setup.py:2", "setup.py:3"]


def test_requirements_are_shown_by_their_purpose(pysetup: Any, legacy: Path) -> None:
    ran = pysetup("metadata", "show", "--requirements", legacy)
    assert ran.out == "run: a>=1\nbuild: setuptools>=40.8.0\n"


def test_an_extra_becomes_a_group_on_the_way(pysetup: Any, legacy: Path) -> None:
    words = ("metadata", "convert", "--to", "pyproject", legacy)
    grouped = pysetup(*words, "--extra-to-group", "test")
    assert '[dependency-groups]\ntest = ["pytest>=8"]\n' in grouped.out
    assert "optional-dependencies" not in grouped.out
    (legacy / "pyproject.toml").write_text(grouped.out, "utf-8")
    back = pysetup(*words, "--group-to-extra", "test")
    assert 'test = ["pytest>=8"]' in back.out
    assert "[dependency-groups]" not in back.out
    wrong = pysetup(*words, "--extra-to-group", "doc")
    assert wrong.code == 2
    assert "PS2840" in wrong.err


def test_metadata_of_old_versions_is_written_when_it_is_asked_for(
    pysetup: Any, legacy: Path
) -> None:
    words = ("metadata", "convert", "--to", "metadata", legacy, "--metadata-version")
    ran = pysetup(*words, "1.1")
    assert ran.out == "Metadata-Version: 1.1\nName: old\nVersion: 1.0\nSummary: Old\n"
    assert "lost: /requires_dist (it needs core metadata 1.2, and this is 1.1)" in (
        ran.err
    )
    assert "Requires-Dist: a (>=1)\n" in pysetup(*words, "1.2").out
    assert pysetup(*words, "1.3").code == 2
