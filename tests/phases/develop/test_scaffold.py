import tomllib
from pathlib import Path

import pytest

from pysetup.phases.develop.project import read_draft
from pysetup.phases.develop.scaffold import (
    NewProject,
    UnusableProjectNameError,
    name_for_folder,
    plan_project,
)


def test_a_new_project_is_one_that_pysetup_reads(tmp_path: Path) -> None:
    new = NewProject(
        name="De.mo-x",
        summary='A "quoted" \\ summary.',
        license="MIT",
        author="Ä",
        email="a@example.org",
        requires_python=">=3.11",
        command=True,
    )
    files = plan_project(new, ())
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    metadata = read_draft(tmp_path).document()
    assert metadata.name == "De.mo-x"
    assert metadata.text("summary") == new.summary
    assert metadata.text("license_expression") == "MIT"
    assert metadata.section("sources") == {"root": "src", "modules": ["de_mo_x"]}
    for path, content in files.items():
        if path.endswith(".py"):
            compile(content, path, "exec")


def test_what_is_not_known_is_left_out() -> None:
    files = plan_project(NewProject(name="demo"), ())
    table = tomllib.loads(files["pyproject.toml"].decode())["project"]
    assert table == {"name": "demo", "version": "0.1.0", "readme": "README.md"}


def test_no_package_is_made_beside_modules_that_stand_there() -> None:
    new = NewProject(name="demo", modules=("other",), command=True)
    assert set(plan_project(new, ["README.md"])) == {"pyproject.toml", ".gitignore"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("-x", id="no name of a project"),
        pytest.param("3d", id="no name in Python"),
        pytest.param("class", id="a keyword"),
        pytest.param("json", id="a module of Python itself"),
    ],
)
def test_names_that_would_not_work_are_refused(name: str) -> None:
    with pytest.raises(UnusableProjectNameError):
        plan_project(NewProject(name=name), ())


@pytest.mark.parametrize(
    ("folder", "name"),
    [("My Tool!", "my-tool"), ("demo_2", "demo_2"), ("..", ""), ("Größe", "gr-e")],
)
def test_a_project_is_called_like_its_folder(folder: str, name: str) -> None:
    assert name_for_folder(folder) == name
