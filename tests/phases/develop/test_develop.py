from collections.abc import Callable
from pathlib import Path, PureWindowsPath

import pytest

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.source import SourceTree
from pysetup.metadata.document import Metadata
from pysetup.phases.develop.discovery import ModulesNotFoundError, find_sources
from pysetup.phases.develop.editable import (
    PathFileError,
    editable_tree,
    import_lines,
    name_by_links,
    path_line,
    start_entries,
)
from pysetup.phases.develop.project import ProjectNotFoundError, read_draft

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "{name}"
version = "1.0"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def write(*files: str, name: str = "demo", more: str = "") -> Path:
        root = tmp_path / "project"
        for path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        root.mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text(PYPROJECT.format(name=name) + more)
        return root

    return write


@pytest.mark.parametrize(
    ("name", "files", "root", "modules"),
    [
        pytest.param("demo", ["demo.py"], ".", ["demo"], id="a module"),
        pytest.param("demo", ["demo/__init__.py"], ".", ["demo"], id="a package"),
        pytest.param(
            "demo", ["src/demo/__init__.py", "demo.py"], "src", ["demo"], id="src first"
        ),
        pytest.param(
            "De-Mo.x",
            ["de_mo_x/__init__.py", "other.py"],
            ".",
            ["de_mo_x"],
            id="the name",
        ),
        pytest.param(
            "demo",
            ["other/__init__.py", "tests/x.py", "setup.py"],
            ".",
            ["other"],
            id="the only one",
        ),
        pytest.param(
            "demo",
            ["single.py", "tests/x.py", "noxfile.py"],
            ".",
            ["single"],
            id="the only module",
        ),
        pytest.param(
            "demo-stubs",
            ["demo-stubs/__init__.pyi"],
            ".",
            ["demo-stubs"],
            id="stubs alone",
        ),
        pytest.param("ns.demo", ["ns/demo/x.py"], ".", ["ns"], id="a namespace"),
        pytest.param(
            "demo",
            ["demo/__init__.py", "build/lib/x.py", "env/pyvenv.cfg"],
            ".",
            ["demo"],
            id="past what tools left",
        ),
    ],
)
def test_modules_are_found(
    name: str,
    files: list[str],
    root: str,
    modules: list[str],
    folder: Callable[..., Path],
) -> None:
    draft = read_draft(folder(*files, name=name))
    assert draft.is_native
    assert draft.mapping["sources"] == {"root": root, "modules": modules}


def test_stated_modules_count(folder: Callable[..., Path]) -> None:
    more = '[tool.pysetup.sources]\nroot = "lib"\nmodules = ["a", "b"]\n'
    draft = read_draft(folder("lib/a.py", "lib/b.py", "demo.py", more=more))
    assert draft.mapping["sources"] == {"root": "lib", "modules": ["a", "b"]}


@pytest.mark.parametrize(
    ("mapping", "paths"),
    [
        pytest.param({"name": "demo"}, [], id="nothing"),
        pytest.param({"name": "demo"}, ["a.py", "b.py"], id="two that do not tell"),
        pytest.param({"name": "demo"}, ["tests/a.py", "setup.py"], id="tests alone"),
        pytest.param({"name": "demo"}, ["src/a.py", "src/b.py"], id="two below src"),
        pytest.param(
            {"name": "demo", "sources": {"modules": ["x"]}}, ["a.py"], id="a wrong name"
        ),
        pytest.param(
            {"name": "demo", "import_name": ["x; private"]},
            ["a.py"],
            id="a wrong import",
        ),
    ],
)
def test_unclear_modules_are_told(mapping: dict[str, object], paths: list[str]) -> None:
    with pytest.raises(ModulesNotFoundError) as caught:
        find_sources(mapping, paths)  # type: ignore[arg-type]
    assert "modules" in caught.value.hints[0]
    assert caught.value.looked_for


def test_import_names_say_which() -> None:
    mapping = {"name": "demo", "import_name": ["a.b", "c ; private"]}
    found = find_sources(mapping, ["src/a/b/x.py", "src/c.py", "src/d.py"])
    assert found == {"root": "src", "modules": ["a", "c"]}


def test_there_may_be_nothing_to_import() -> None:
    found = find_sources({"name": "demo", "import_name": []}, ["a.py", "b.py"])
    assert found == {"root": ".", "modules": []}


def test_no_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotFoundError):
        read_draft(tmp_path)


METADATA = Metadata.from_dict(
    {
        "name": "De.mo",
        "version": "1.0",
        "document_version": "1.0",
        "sources": {"root": "src", "modules": ["demo"]},
    }
)


def test_an_editable_holds_its_path_and_nothing_else(tmp_path: Path) -> None:
    root, into = tmp_path / "prö ject", tmp_path / "into"
    root.mkdir()
    tree = editable_tree(SourceTree(root, METADATA), into=into, licenses={})
    files = sorted(
        p.relative_to(into).as_posix() for p in into.rglob("*") if p.is_file()
    )
    assert files == [
        *(f"de_mo-1.0.dist-info/{name}" for name in ("METADATA", "METADATA.json")),
        *("de_mo-1.0.dist-info/WHEEL", "de_mo-1.0.dist-info/pydist.json"),
        "de_mo.pth",
    ]
    assert (into / "de_mo.pth").read_text(encoding="utf-8") == f"{root}/src\n"
    assert tree.tags == ("py3-none-any",)


@pytest.mark.parametrize(
    "path", ["/a\nimport os", "/a\rb", "/a ", "/a\u2028b", "/a\udcff"]
)
def test_a_path_that_would_be_more_than_a_path_is_refused(path: str) -> None:
    with pytest.raises(PathFileError):
        path_line(Path(path))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(r"C:\path with space\ü\src", id="a drive, a space, an umlaut"),
        pytest.param(r"\\server\share\src", id="a network share"),
        pytest.param("\\\\?\\C:\\" + "x" * 300, id="a long path"),
        pytest.param(r"C:\#1\import os", id="what would be a comment or code alone"),
    ],
)
def test_paths_of_windows_stand_as_they_are(path: str) -> None:
    assert path_line(PureWindowsPath(path)) == path + "\n"


@pytest.mark.parametrize("path", ["import os", "#comment", "src", r"C:src", r"\src"])
def test_a_path_that_is_not_absolute_is_refused(path: str) -> None:
    with pytest.raises(PathFileError, match="not absolute"):
        path_line(PureWindowsPath(path))


def test_other_than_ascii_paths_are_named_by_a_link(tmp_path: Path) -> None:
    built = BuiltTree(tmp_path, METADATA, ("py3-none-any",), pure=True, generator="")
    (tmp_path / "plain.pth").write_text("/plain\n")
    (tmp_path / "demo.pth").write_text("/plain\n/prö/src\nimport os\n", "utf-8")
    assert name_by_links(built) == {"__editable__.de_mo.demo.1": "/prö/src"}
    assert (tmp_path / "plain.pth").read_text() == "/plain\n"
    lines = (tmp_path / "demo.pth").read_text("ascii").splitlines()
    assert lines == ["/plain", "__editable__.de_mo.demo.1", "import os"]


def test_lines_that_run_code_are_found() -> None:
    content = b"/path\n# import x\nimport a\nimport\tb\nimported\n"
    assert import_lines(content) == ("import a", "import\tb")


def test_what_a_start_file_calls_is_found() -> None:
    content = b"\xef\xbb\xbfpkg.mod:start\n# comment\n\n  other:run  \n"
    assert start_entries(content) == ("pkg.mod:start", "other:run")


def test_without_a_pyproject_the_reason_says_that(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("import setuptools\nsetuptools.setup()\n")
    draft = read_draft(tmp_path)
    assert "name" in draft.missing
    assert set(draft.reasons.values()) == {"there is no pyproject.toml"}
