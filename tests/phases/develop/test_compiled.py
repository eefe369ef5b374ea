"""What a build made beyond the project's files, sorted for an editable installation."""

from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.phases.develop.compiled import import_root, plan_made_files

OWN = ["pyproject.toml", "src/pkg/__init__.py", "src/pkg/deep/a.py", "src/ns/x/y.py"]
INFO = "demo-1.0.dist-info/METADATA"


def document(**sections: Any) -> Metadata:
    return Metadata.from_dict({"name": "demo", "version": "1.0", **sections})


@pytest.mark.parametrize(
    ("path", "beside", "carried"),
    [
        pytest.param("pkg/__init__.py", False, False, id="a file of the project"),
        pytest.param(INFO, False, False, id="metadata"),
        pytest.param("pkg/_fast.abi3.so", True, False, id="compiled for a package"),
        pytest.param("pkg/deep/_f.so", True, False, id="compiled for one below"),
        pytest.param("ns/_f.so", True, False, id="compiled for a namespace"),
        pytest.param("pkg/tables.py", True, False, id="generated for a package"),
        pytest.param("_top.so", False, True, id="a module at the top"),
        pytest.param("made/__init__.py", False, True, id="a package made whole"),
        pytest.param("pkg/new/x.so", False, True, id="for a folder that is not there"),
        pytest.param("demo-1.0.data/scripts/run", False, True, id="a script"),
    ],
)
def test_made_files_go_where_they_are_found(
    path: str,
    beside: bool,  # noqa: FBT001 - columns of the table
    carried: bool,  # noqa: FBT001
) -> None:
    made = plan_made_files(["pkg/__init__.py", INFO, path], document(), listed=OWN)
    assert (path in made.beside, path in made.carried) == (beside, carried)


@pytest.mark.parametrize(
    ("sources", "listed", "root"),
    [
        pytest.param({"root": "lib"}, OWN, "lib", id="stated"),
        pytest.param({}, OWN, "src", id="Python below src"),
        pytest.param({}, ["src/a.c", "pkg/__init__.py"], ".", id="C below src"),
    ],
)
def test_the_folder_of_the_sources(
    sources: dict[str, str], listed: list[str], root: str
) -> None:
    assert import_root(document(sources=sources), listed) == root
