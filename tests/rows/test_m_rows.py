"""The rows M1 to M16 of the founding plan: what a user sees when each of them works.

``docs/reference/rows.md`` maps every row to a test here, and to others that go deeper.
"""

import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pysetup import api

pytestmark = pytest.mark.flow

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Row.Demo"
version = "1.0"
description = "A project for the rows"
dependencies = ["zebra>=1"]
[project.optional-dependencies]
doc = ["sphinx>=8"]
[project.scripts]
row = "row_demo:main"
[project.entry-points."row_demo.plugins"]
one = "row_demo"

[dependency-groups]
test = ["pytest>=8", {include-group = "base"}]
base = ["hypothesis"]

[tool.pysetup.build]
requires = ["tomli; python_version < '3'"]
[tool.pysetup.sources]
package-data = {row_demo = ["*.json"]}
[tool.pysetup.sources.data-files]
"share/row" = ["extra/*.txt"]
[tool.pysetup.extensions."row-demo"]
extension_schema = {type = "object", properties = {colour = {enum = ["red", "green"]}}}
colour = "red"
[tool.pysetup.extensions."org.example.row"]
extension_schema = "https://example.org/row.schema.json"
anything = [1, {deep = true}]
"""


@dataclass(frozen=True)
class Chain:
    """One project and what the phases made of it."""

    project: Path
    sdist: Path
    wheel: Path
    environment: Path

    def stops(self) -> list[tuple[str | Path, ...]]:
        installed = ("--env", self.environment, "row-demo")
        return [(self.project,), (self.sdist,), (self.wheel,), installed]


Shown = Callable[..., Any]


@pytest.fixture
def shown(pysetup: Any) -> Shown:
    """Return what a command with --json prints as its result."""

    def run(*words: str | Path, code: int = 0, **options: Any) -> Any:
        ran = pysetup(*words, "--json", **options)
        assert ran.code == code, ran.out + ran.err
        return json.loads(ran.out)["result"]

    return run


@pytest.fixture
def convert(pysetup: Any, tmp_path: Path) -> Callable[..., str]:
    """Return the text of a document in another format, by the command."""

    def run(content: str, name: str, to: str, *words: str) -> str:
        source = tmp_path / name
        source.write_bytes(content.encode())
        made = tmp_path / "made"
        ran = pysetup("metadata", "convert", "--to", to, *words, "-o", made, source)
        assert ran.code == 0, ran.err
        return made.read_bytes().decode()

    return run


def write_project(folder: Path) -> Path:
    """Write a small project that uses what the rows are about."""
    (folder / "src" / "row_demo").mkdir(parents=True)
    (folder / "extra").mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (folder / "extra" / "note.txt").write_text("a note\n", "utf-8")
    (folder / "src" / "row_demo" / "data.json").write_text("{}\n", "utf-8")
    (folder / "src" / "row_demo" / "__init__.py").write_text(
        "def main():\n    print('a row')\n", "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, pysetup_class: Any) -> Chain:
    """The project, its sdist, the wheel made of that, and where it is installed."""
    home = tmp_path_factory.mktemp("rows")
    pysetup = pysetup_class(home)
    project = write_project(home / "a project")
    dist, environment = home / "dist", home / "environment"
    for words in (
        ("build", "--no-isolation", "--outdir", dist, project),
        ("venv", "create", environment),
    ):
        made = pysetup(*words)
        assert made.code == 0, made.err
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    install = ("install", "--env", environment, "--no-index", "--no-deps")
    installed = pysetup(*install, wheel)
    assert installed.code == 0, installed.err
    return Chain(project, sdist, wheel, environment)


def test_m01_json_replaces_setup_cfg_and_pkg_info(
    convert: Callable[..., str], shown: Shown, tmp_path: Path
) -> None:
    pkg_info = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nClassifier: A\n"
    made = json.loads(convert(pkg_info, "PKG-INFO", "pep819"))
    assert made == {
        "metadata_version": "2.1",
        "name": "demo",
        "version": "1.0",
        "classifier": ["A"],
    }
    (tmp_path / "METADATA.json").write_text(json.dumps(made), "utf-8")
    read = shown("metadata", "show", tmp_path / "METADATA.json")
    assert read["classifier"] == ["A"]
    old = {
        "metadata_version": "2.0",
        "generator": "bdist_wheel (0.24.0)",
        "name": "demo",
        "version": "1.0",
        "summary": "x",
        "run_requires": [{"requires": ["a (>=1)"]}],
    }
    for name in ("pydist.json", "metadata.json"):
        read = json.loads(convert(json.dumps(old), name, "json"))
        assert read["requires_dist"] == ["a (>=1)"]


def test_m02_package_data_and_data_files_survive(
    chain: Chain, shown: Shown, pysetup: Any, tmp_path: Path
) -> None:
    sources = [shown("metadata", "show", *stop)["sources"] for stop in chain.stops()]
    assert sources[0]["package_data"] == {"row_demo": ["*.json"]}
    assert sources[0]["data_files"] == {"share/row": ["extra/*.txt"]}
    assert all(one == sources[0] for one in sources)
    again = tmp_path / "again"
    made = pysetup("bdist_wheel", "--outdir", again, chain.sdist, "--no-isolation")
    assert made.code == 0, made.err
    (wheel,) = again.glob("*.whl")
    with zipfile.ZipFile(wheel) as new, zipfile.ZipFile(chain.wheel) as old:
        assert new.namelist() == old.namelist()
        assert "row_demo/data.json" in new.namelist()
        assert any(name.endswith("data/share/row/note.txt") for name in new.namelist())
    assert (chain.environment / "share" / "row" / "note.txt").is_file()


def test_m03_old_and_new_files_stand_together_and_agree(
    chain: Chain, pysetup: Any, tmp_path: Path
) -> None:
    names = {"pydist.json", "METADATA.json", "METADATA", "PKG-INFO"}
    with tarfile.open(chain.sdist) as sdist:
        at_root = {name.partition("/")[2] for name in sdist.getnames()}
    assert names - {"METADATA"} <= at_root
    with zipfile.ZipFile(chain.wheel) as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist()}
    inside = {name.rpartition("/")[2] for name in files if ".dist-info/" in name}
    assert names - {"PKG-INFO"} <= inside
    for stop in ((chain.sdist,), (chain.wheel,), chain.stops()[3]):
        assert pysetup("metadata", "verify", *stop).code == 0
    folder = tmp_path / "changed-1.0.dist-info"
    folder.mkdir()
    for name, content in files.items():
        if ".dist-info/" in name:
            changed = content.replace(b"for the rows", b"for nobody")
            is_old = name.endswith("/METADATA")
            target = folder / name.rpartition("/")[2]
            target.write_bytes(changed if is_old else content)
    told = pysetup("metadata", "verify", folder)
    assert told.code != 0
    assert "/summary" in told.out + told.err


def test_m04_faults_have_a_pointer_words_and_a_hint(
    pysetup: Any, shown: Shown, tmp_path: Path
) -> None:
    schema = json.loads(pysetup("metadata", "schema").out)
    assert schema["$id"] == "urn:pysetup:pydist:1.0"
    jsonschema.Draft202012Validator.check_schema(schema)
    faulty: dict[str, Any] = {"metadata_version": "2.1", "name": "demo"}
    faulty |= {"version": "1.0"}
    faulty |= {"requires_python": "3.11", "classifer": ["A"], "summary": "a\nName: b"}
    path = tmp_path / "pydist.json"
    path.write_text(json.dumps(faulty), "utf-8")
    found = shown("metadata", "validate", "--all", path, code=1)
    problems = {problem["pointer"]: problem for problem in found["problems"]}
    assert set(problems) == {"/requires_python", "/classifer", "/summary"}
    assert problems["/requires_python"]["message"].startswith("must be version spec")
    assert problems["/requires_python"]["hint"] == 'for example ">=3.11"'
    assert problems["/classifer"]["hint"] == 'did you mean "classifier"?'
    assert not jsonschema.Draft202012Validator(schema).is_valid(faulty)


def test_m05_extensions_pass_through_all_phases_unchanged(
    chain: Chain, shown: Shown
) -> None:
    stops = [shown("metadata", "show", *stop)["extensions"] for stop in chain.stops()]
    assert stops[0]["org.example.row"]["anything"] == [1, {"deep": True}]
    assert stops[0]["python.commands"] == {"wrap_console": {"row": "row_demo:main"}}
    assert all(stop == stops[0] for stop in stops)
    (entries,) = chain.environment.rglob("entry_points.txt")
    assert "row = row_demo:main" in entries.read_text("utf-8")
    assert "one = row_demo" in entries.read_text("utf-8")


HARD = (
    "Metadata-Version: 2.1\r\nName: demo\r\nVersion: 1.0\r\n"
    "Summary: \u65e5\u672c\u8a9e, and more\r\n"
    "Author: Ada\r\n       |Grace\r\n       |  and others\r\n"
    "Keywords: a b, c,,d\r\n"
    "Project-URL: Z, https://example.org/?a,b\r\n"
    "Project-URL: A, https://example.org/\r\n"
    "Project-URL: Z, https://example.org/again\r\n"
    "X-Unknown: kept\r\nX-Unknown: twice\r\nLicense: UNKNOWN\r\n\r\n"
)


@pytest.mark.parametrize("body", ["", "One line", "# Two\r\n\r\nlines \U0001f600\n"])
def test_m06_the_hard_cases_of_headers_come_back(
    convert: Callable[..., str], body: str
) -> None:
    document = convert(HARD + body, "METADATA", "json")
    again = convert(document, "pydist.json", "metadata", "--metadata-version", "2.1")
    assert json.loads(convert(again, "METADATA", "json")) == json.loads(document)
    assert json.loads(document)["author"] == "Ada\nGrace\n  and others"
    for line in ("Keywords: a b, c,,d", "X-Unknown: twice", "License: UNKNOWN"):
        assert line in again.splitlines()
    assert re.findall("^Project-URL: (.), .*$", again, re.MULTILINE) == ["Z", "A", "Z"]


def test_m07_an_extension_brings_its_own_schema(
    tmp_path: Path, pysetup: Any, shown: Shown
) -> None:
    project = write_project(tmp_path / "project")
    assert pysetup("metadata", "validate", project).code == 0
    path = project / "pyproject.toml"
    path.write_text(PYPROJECT.replace('colour = "red"', 'colour = "blue"'), "utf-8")
    found = shown("metadata", "validate", project, code=1)
    (problem,) = found["problems"]
    assert problem["pointer"] == "/extensions/row-demo/colour"
    assert problem["message"] == 'must be one of "red", "green"'


@pytest.mark.parametrize(
    ("name", "is_foreign"),
    [
        ("row-demo", False),
        ("Row.Demo.more", False),
        ("org.example.thing", False),
        ("python.details", False),
        ("requests.thing", True),
        ("thing", True),
        ("python.thing", True),
    ],
)
def test_m08_a_name_belongs_to_its_project(
    tmp_path: Path,
    shown: Shown,
    name: str,
    is_foreign: bool,  # noqa: FBT001 - a column of a table
) -> None:
    document = {"metadata_version": "2.1", "name": "row-demo", "version": "1.0"}
    path = tmp_path / "pydist.json"
    path.write_text(json.dumps({**document, "extensions": {name: {}}}), "utf-8")
    found = shown("metadata", "validate", path)["problems"]
    assert [problem["severity"] for problem in found] == ["warning"] * is_foreign


def test_m09_all_versions_of_core_metadata(
    convert: Callable[..., str], pysetup: Any, shown: Shown, tmp_path: Path
) -> None:
    text = "Metadata-Version: {}\nName: demo\nVersion: 1.0\nSummary: x\n"
    path = tmp_path / "METADATA"
    for version in (*("1.0", "1.1", "1.2", "2.0"), *(f"2.{n}" for n in range(1, 7))):
        path.write_text(text.format(version), "utf-8")
        read = api.read_metadata(path, context=api.open_context())
        assert (read.text("metadata_version"), read.text("summary")) == (version, "x")
    for version in ("1.0", "2.6"):
        made = convert(text.format(version), "METADATA", "metadata")
        assert made == text.format("2.1"), "the lowest sufficient version"
    chosen = convert(
        text.format("2.1"), "METADATA", "metadata", "--metadata-version", "2.4"
    )
    assert chosen == text.format("2.4")
    for version in ("1.0", "1.1", "1.2", "2.0"):
        words = ("METADATA", "metadata", "--metadata-version", version)
        assert convert(text.format("2.6"), *words) == text.format(version)
    path.write_text(text.format("2.99"), "utf-8")
    (warning,) = shown("metadata", "validate", path)["problems"]
    assert warning["rule"] == "metadata-version-new"
    assert warning["severity"] == "warning"
    path.write_text(text.format("3.0"), "utf-8")
    refused = pysetup("metadata", "show", path)
    assert refused.code == 2
    assert "PS2121" in refused.err


@pytest.mark.parametrize(
    ("version", "normal"),
    [
        ("1!2.0", "1!2.0"),
        ("1.0-Alpha.2", "1.0a2"),
        ("v1.0.post3.dev4", "1.0.post3.dev4"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
        ("2004d", None),
        ("1.0-final-svn", None),
    ],
)
def test_m10_versions_are_those_of_pep_440(
    tmp_path: Path, pysetup: Any, version: str, normal: str | None
) -> None:
    path = tmp_path / "METADATA"
    path.write_text(f"Metadata-Version: 2.1\nName: a\nVersion: {version}\n", "utf-8")
    ran = pysetup("metadata", "show", path)
    if normal is None:
        assert ran.code == 2
        assert "PS2102" in ran.err
        assert "Traceback" not in ran.err
    else:
        assert json.loads(ran.out)["version"] == normal


SETUP_CFG = """[metadata]
name = classic
version = 1.2
description = A classic
keywords = one, two

[options]
packages = classic
install_requires =
    requests>=2

[options.extras_require]
fast =
    lxml

[options.entry_points]
console_scripts =
    classic = classic.main:run
"""


def test_m11_setup_cfg_both_ways(
    convert: Callable[..., str], pysetup: Any, tmp_path: Path
) -> None:
    document = convert(SETUP_CFG, "setup.cfg", "json")
    read = json.loads(document)
    assert read["requires_dist"] == ["requests>=2", 'lxml; extra == "fast"']
    assert read["extensions"]["python.commands"] == {
        "wrap_console": {"classic": "classic.main:run"}
    }
    written = convert(document, "pydist.json", "setup.cfg")
    assert json.loads(convert(written, "setup.cfg", "json")) == read
    dynamic = SETUP_CFG.replace("1.2", "attr: classic.__version__")
    (tmp_path / "setup.cfg").write_text(dynamic, "utf-8")
    told = pysetup("metadata", "show", tmp_path / "setup.cfg")
    assert told.code == 2
    assert "version in line 3: it is classic.__version__ in the code" in told.err


def test_m12_setup_cfg_of_distutils2(convert: Callable[..., str]) -> None:
    text = (
        "[metadata]\nname = Shiny\nversion = 0.3\nauthor = Ann\n"
        "classifier =\n    Topic :: Utilities\nrequires-dist =\n    six (>=1.0)\n"
        "[files]\npackages = shiny\n"
    )
    made = json.loads(convert(text, "setup.cfg", "json", "--from", "distutils2"))
    assert (made["name"], made["version"]) == ("Shiny", "0.3")
    assert made["requires_dist"] == ["six (>=1.0)"]
    assert made["sources"]["modules"] == ["shiny"]


def test_m13_what_a_build_needs_is_in_the_document(chain: Chain, shown: Shown) -> None:
    for stop in chain.stops():
        build = shown("metadata", "show", *stop)["build"]
        assert build["requires"] == ["tomli; python_version < '3'"]


def test_m14_provides_and_obsoletes_come_back(convert: Callable[..., str]) -> None:
    fields = (
        *("Provides-Dist: demo-core (2.1)", "Obsoletes-Dist: old-demo (<2)"),
        *("Requires-External: libc (>=2.31)", "Requires: re", "Provides: demo"),
        "Obsoletes: olddemo",
    )
    head = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
    document = convert(head + "\n".join(fields) + "\n", "METADATA", "json")
    assert json.loads(document)["provides_dist"] == ["demo-core (2.1)"]
    assert json.loads(document)["obsoletes"] == ["olddemo"]
    written = convert(document, "pydist.json", "metadata")
    assert set(fields) <= set(written.splitlines())


def test_m14_a_debian_package_provides_and_breaks(
    make_wheel: Callable[..., Path], pysetup: Any
) -> None:
    fields = "Provides-Dist: zz-core (2.1)\nObsoletes-Dist: zz-old (<2)\n"
    words = ["bdist_deb", "--target", "ubuntu-24.04", "--dry-run", "--json"]
    ran = pysetup(*words, make_wheel(metadata=fields))
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    relations = plan["relations"]
    assert relations["provides"] == ["python3-zz-core (= 2.1.0)"]
    assert relations["breaks"] == relations["replaces"] == ["python3-zz-old (<< 2~~)"]


def test_m15_extras_and_groups_are_one_model(
    chain: Chain, shown: Shown, convert: Callable[..., str]
) -> None:
    documents = [shown("metadata", "show", *stop) for stop in chain.stops()]
    for document in documents:
        assert document["provides_extra"] == ["doc"]
        assert document["requires_dist"] == ["zebra>=1", 'sphinx>=8; extra == "doc"']
        assert document["extensions"]["python.groups"] == {
            "test": ["pytest>=8", "hypothesis"],
            "base": ["hypothesis"],
        }
    text = convert(json.dumps(documents[-1]), "pydist.json", "pyproject")
    assert 'doc = ["sphinx>=8"]' in text
    assert "[dependency-groups]" in text
    words = ("pydist.json", "json", "--extra-to-group", "doc")
    grouped = json.loads(convert(json.dumps(documents[-1]), *words))
    assert "provides_extra" not in grouped
    assert grouped["extensions"]["python.groups"]["doc"] == ["sphinx>=8"]
    words = ("pydist.json", "json", "--group-to-extra", "doc")
    back = json.loads(convert(json.dumps(grouped), *words))
    assert back["requires_dist"] == documents[-1]["requires_dist"]


def test_m16_an_installer_that_cannot_handle_an_extension_refuses(
    make_wheel: Any, pysetup: Any, tmp_path: Path
) -> None:
    def wheel(extension: str, *, must: bool) -> Path:
        document = {
            "metadata_version": "2.1",
            "name": "demo",
            "version": "1.0",
            "extensions": {extension: {"installer_must_handle": must}},
        }
        made: Path = make_wheel("demo", info={"pydist.json": json.dumps(document)})
        return made

    environment = tmp_path / "environment"
    assert pysetup("venv", "create", environment).code == 0
    words = ("install", "--env", environment, "--no-index")
    refused = pysetup(*words, wheel("demo.drivers", must=True))
    assert refused.code == 7
    assert "PS7308" in refused.err
    assert "demo.drivers" in refused.err
    context = api.open_context()
    target = api.find_environment(environment, context=context)
    assert api.list_installed(target, context=context) == ()
    for extension, must in (("python.commands", True), ("demo.drivers", False)):
        assert (
            pysetup(*words, "--force-reinstall", wheel(extension, must=must)).code == 0
        )
