import tomllib
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.meaning import same_meaning
from pysetup.phases.develop.adoption import (
    Adoption,
    NotStaticError,
    check_adopted,
    plan_adoption,
    plan_switch,
)
from pysetup.phases.develop.freshness import changed_entry_points
from pysetup.phases.develop.project import ProjectFolder, read_draft
from pysetup.phases.develop.stated import read_stated

SETUP_CFG = """
[metadata]
name = demo
version = 1.0
description = A demo
long_description = file: README.md
long_description_content_type = text/markdown
author = A
author_email = a@example.org
license = MIT
[options]
packages = demo
install_requires = a>=1
python_requires = >=3.8
[options.entry_points]
console_scripts = demo = demo:main
"""
SETUP_PY = """
from setuptools import setup
setup(name="demo", version={version}, description="A demo", packages=["demo"], {more})
"""
POETRY = """
# a comment that stays
[tool.poetry]
name = "demo"
version = "1.0"
description = "A demo"
authors = ["A <a@example.org>"]
readme = "README.md"
[tool.poetry.dependencies]
python = "^3.8"
a = "^1.0"
[tool.poetry.scripts]
demo = "demo:main"
[build-system]
requires = ["poetry-core>=1.0.0"]
build-backend = "poetry.core.masonry.api"
"""
FLIT = """
[build-system]
requires = ["flit_core >=2,<4"]
build-backend = "flit_core.buildapi"
[tool.flit.metadata]
module = "demo"
author = "A"
author-email = "a@example.org"
requires = ["a>=1"]
[tool.flit.scripts]
demo = "demo:main"
[tool.flit.sdist]
include = ["docs/"]
"""
MODULE = '"""A demo"""\n__version__ = "1.0"\ndef main(): pass\n'


def folder(tmp_path: Path, **files: str) -> ProjectFolder:
    names = {"setup_py": "setup.py", "setup_cfg": "setup.cfg"}
    everything = {
        "demo/__init__.py": MODULE,
        "README.md": "# Demo\n",
        **{names.get(key, f"{key}.toml"): text for key, text in files.items()},
    }
    for path, text in everything.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return ProjectFolder(tmp_path)


def adopted(found: ProjectFolder, *, native: bool = False, **given: str) -> Adoption:
    made = plan_adoption(found, read_stated(found), given=given, native=native)
    check_adopted(found, made)
    return made


def tables(made: Adoption) -> dict[str, Any]:
    return tomllib.loads(made.content.decode())


@pytest.mark.parametrize("native", [False, True], ids=["its back end", "pysetup"])
@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"setup_cfg": SETUP_CFG}, id="setup.cfg"),
        pytest.param({"pyproject": POETRY}, id="Poetry"),
        pytest.param({"pyproject": FLIT}, id="Flit"),
        pytest.param(
            {
                "setup_py": SETUP_PY.format(
                    version='"1.0"', more='install_requires=["a>=1"]'
                )
            },
            id="setup.py",
        ),
    ],
)
def test_the_document_is_the_same_afterwards(
    tmp_path: Path, files: dict[str, str], *, native: bool
) -> None:
    found = folder(tmp_path, **files)
    before = read_stated(found).mapping
    made = adopted(found, native=native)
    assert (made.losses, made.computed) == ((), ())
    (tmp_path / "pyproject.toml").write_bytes(made.content)
    after = read_draft(tmp_path)
    assert after.is_native == native
    document = after.document()
    keys = {*before, *document.to_dict()} - {
        *("document_version", "metadata_version", "build", "sources", "dynamic"),
        *("extensions", "license_file"),
    }
    for key in keys:
        assert same_meaning(key, before.get(key), document.get(key)), key
    assert changed_entry_points(document, before) == ()


def test_comments_stay_and_the_back_end_is_asked_for_a_newer_version(
    tmp_path: Path,
) -> None:
    made = adopted(folder(tmp_path, pyproject=POETRY))
    assert b"# a comment that stays" in made.content
    assert tables(made)["build-system"]["requires"] == ["poetry-core>=2.0"]
    assert tables(made)["project"]["readme"] == "README.md"


def test_flit_gets_one_of_both_tables(tmp_path: Path) -> None:
    made = tables(adopted(folder(tmp_path, pyproject=FLIT)))
    assert made["tool"]["flit"] == {
        "sdist": {"include": ["docs/"]},
        "module": {"name": "demo"},
    }


def test_a_computed_version_stays_computed(tmp_path: Path) -> None:
    text = SETUP_PY.format(version="compute()", more="")
    made = adopted(folder(tmp_path, setup_py=text))
    assert tables(made)["project"]["dynamic"] == ["version"]
    assert "version" not in tables(made)["project"]
    assert made.computed == ("version",)
    assert tables(made)["build-system"] == {"requires": ["setuptools>=77"]}


def test_a_setup_py_that_computes_everything_keeps_it(tmp_path: Path) -> None:
    text = "from setuptools import setup\nsetup(**compute())\n"
    made = tables(adopted(folder(tmp_path, setup_py=text), name="demo"))["project"]
    assert {"version", "readme", "scripts"} <= {*made["dynamic"]}
    # No back end that does not know them takes them.
    assert not {"import-names", "license-files"} & {*made["dynamic"]}


def test_licence_files_do_not_stand_beside_a_licence_text(tmp_path: Path) -> None:
    text = SETUP_PY.format(version='"1.0"', more='license="MIT"')
    (tmp_path / "LICENSE").write_text("x")
    made = tables(adopted(folder(tmp_path, setup_py=text)))["project"]
    assert made["license"] == {"text": "MIT"}
    assert "license-files" not in made


def test_an_old_home_page_becomes_a_labelled_one(tmp_path: Path) -> None:
    text = SETUP_PY.format(version='"1.0"', more='url="https://example.org"')
    made = adopted(folder(tmp_path, setup_py=text))
    assert tables(made)["project"]["urls"] == {"Homepage": "https://example.org"}
    assert made.losses == ("home_page is a labelled URL in [project.urls] now",)


@pytest.mark.parametrize(
    ("version", "more"),
    [
        pytest.param("compute()", "", id="a computed version"),
        pytest.param('"1.0"', "ext_modules=[Extension('x', ['x.c'])]", id="C code"),
        pytest.param('"1.0"', "cmdclass={'build': Build}", id="its own commands"),
    ],
)
def test_pysetup_takes_over_no_project_that_runs_code(
    tmp_path: Path, version: str, more: str
) -> None:
    found = folder(tmp_path, setup_py=SETUP_PY.format(version=version, more=more))
    with pytest.raises(NotStaticError):
        adopted(found, native=True)


def test_what_the_tree_states_is_written_down_for_pysetup(tmp_path: Path) -> None:
    text = FLIT.partition("[tool")[0] + (
        '[project]\nname = "demo"\ndynamic = ["version", "description"]\n'
    )
    found = folder(tmp_path, pyproject=text)
    made = plan_switch(found, read_stated(found))
    check_adopted(found, made)
    assert tables(made)["project"] == {
        "name": "demo",
        "version": "1.0",
        "description": "A demo",
    }
    assert tables(made)["build-system"] == {
        "requires": ["pysetup"],
        "build-backend": "pysetup.backend",
    }
