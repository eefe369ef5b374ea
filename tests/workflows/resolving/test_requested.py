"""What the user asks for: requirement, path or URL, told apart by spelling."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.errors import PysetupError
from pysetup.standards.hashes import Hash
from pysetup.standards.vcs_urls import VersionControlUrlError
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.requested import (
    Asked,
    NoSuchPathError,
    parse_asked,
    read_wanted,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "some project"
    project.mkdir()
    (project / "pyproject.toml").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-1.0-py3-none-any.whl").touch()
    (tmp_path / "notes.txt").touch()
    return tmp_path


def asked(text: str, folder: Path, *, editable: bool = False) -> Asked:
    return parse_asked(text, base=folder, editable=editable)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("flask", id="a name"),
        pytest.param("flask[async]>=2,<4", id="a name with an extra and versions"),
        pytest.param('flask ; python_version < "4"', id="a marker"),
        pytest.param(
            "flask @ https://h.example/flask-1.0-py3-none-any.whl",
            id="a direct reference",
        ),
        pytest.param(
            "flask@https://h.example/flask.whl", id="a direct reference without spaces"
        ),
    ],
)
def test_requirements_are_requirements(text: str, folder: Path) -> None:
    one = asked(text, folder)
    assert one.requirement is not None
    assert one.requirement.name == "flask"
    assert (one.path, one.url) == (None, "")


@pytest.mark.parametrize(
    ("text", "name", "extras"),
    [
        pytest.param(
            "./some project", "some project", set(), id="a folder with a space"
        ),
        pytest.param(
            "./some project[Dev,docs]",
            "some project",
            {"dev", "docs"},
            id="a folder with extras",
        ),
        pytest.param(
            "a-1.0-py3-none-any.whl",
            "a-1.0-py3-none-any.whl",
            set(),
            id="a wheel by its bare name",
        ),
        pytest.param(
            "./a-1.0-py3-none-any.whl[x]",
            "a-1.0-py3-none-any.whl",
            {"x"},
            id="a wheel with an extra",
        ),
    ],
)
def test_paths_are_paths(text: str, name: str, extras: set[str], folder: Path) -> None:
    one = asked(text, folder)
    assert one.path == folder / name
    assert one.extras == extras


def test_a_file_url_is_a_path(folder: Path) -> None:
    one = asked((folder / "some project").as_uri(), folder)
    assert one.path == folder / "some project"


def test_a_web_url_is_a_url_and_may_have_extras(folder: Path) -> None:
    one = asked("https://h.example/a-1.0-py3-none-any.whl[x]", folder)
    assert one.url == "https://h.example/a-1.0-py3-none-any.whl"
    assert one.extras == {"x"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "./missing", "neither a file nor a folder", id="a path that is not there"
        ),
        pytest.param("./empty", "without a project", id="a folder without a project"),
        pytest.param(
            "./notes.txt", "neither a wheel nor an sdist", id="some other file"
        ),
        pytest.param(
            "missing-1.0-py3-none-any.whl",
            "neither a file",
            id="a wheel that is not there",
        ),
    ],
)
def test_bad_paths_are_told(text: str, words: str, folder: Path) -> None:
    with pytest.raises(NoSuchPathError, match=words):
        asked(text, folder)


def test_an_editable_must_be_a_folder(folder: Path) -> None:
    with pytest.raises(NoSuchPathError, match="editable"):
        asked("./a-1.0-py3-none-any.whl", folder, editable=True)


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        ("git+https://h.example/a.git@v1", set()),
        ("git+https://h.example/a.git@v1#egg=a[x,Y.z]", {"x", "y-z"}),
        ("git+https://h.example/a.git@v1[x]", {"x"}),
    ],
)
def test_a_tree_in_a_repository(text: str, extras: set[str], folder: Path) -> None:
    found = asked(text, folder)
    assert found.vcs is not None
    assert found.is_local
    assert found.vcs.public_text == "git+https://h.example/a.git@v1"
    assert found.extras == extras


def test_a_project_out_of_a_repository(folder: Path) -> None:
    found = asked("a @ git+ssh://git@h.example/a.git", folder)
    assert found.requirement is not None
    assert found.requirement.url == "git+ssh://git@h.example/a.git"


def test_a_repository_that_cannot_be_reached_that_way(folder: Path) -> None:
    with pytest.raises(VersionControlUrlError):
        asked("git+ext::sh -c evil", folder)


def test_nonsense_is_an_error_of_ours(folder: Path) -> None:
    with pytest.raises(PysetupError):
        asked("???", folder)


def test_digests_beside_constraints_are_kept(
    folder: Path, make_context: Callable[..., Context]
) -> None:
    digest = "a" * 64
    limits = folder / "limits.txt"
    limits.write_text(f"Some.Tool<2 --hash=sha256:{digest}\nother<3\n")
    context = make_context(None)
    wanted = read_wanted((), context=context, constraint_files=[str(limits)])
    assert wanted.hashes == {"some-tool": (Hash("sha256", digest),)}
    assert [str(each) for each in wanted.constraints] == ["Some.Tool<2", "other<3"]


def test_a_path_may_have_a_marker(folder: Path) -> None:
    (folder / "marked").mkdir()
    (folder / "marked/pyproject.toml").touch()
    one = parse_asked('./marked ; python_version < "3"', base=folder)
    assert one.path == folder / "marked"
    assert str(one.marker) == 'python_version < "3"'
