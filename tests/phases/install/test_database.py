import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import projections
from pysetup.phases.install.database import InstalledDatabase

MakeWheel = Callable[..., Path]
Changer = Any


def site(environment: Environment) -> Path:
    return Path(environment.scheme.purelib)


def test_installed_distributions_are_listed_by_name(
    make_wheel: MakeWheel, change: Changer
) -> None:
    change(make_wheel("zeta"), make_wheel("Alpha.Beta", files={"ab.py": ""}))
    names = [item.metadata.name for item in change.database.distributions()]
    assert names == ["Alpha.Beta", "zeta"]


@pytest.mark.parametrize("spelling", ["Alpha.Beta", "alpha-beta", "ALPHA_BETA"])
def test_a_name_is_found_in_any_spelling(
    spelling: str, make_wheel: MakeWheel, change: Changer
) -> None:
    change(make_wheel("Alpha.Beta", files={"ab.py": ""}))
    found = change.database.find(spelling)
    assert found.installer == "pysetup"
    assert found.requested
    assert found.direct_url is None
    assert not found.editable
    assert change.database.find("other") is None


def test_the_document_is_what_is_read(make_wheel: MakeWheel, change: Changer) -> None:
    document = Metadata.from_dict(
        {
            "document_version": "1.0",
            "metadata_version": "2.1",
            "name": "demo",
            "version": "1.0",
            "extensions": {"acme": {"level": 3}},
        }
    )
    change(make_wheel(info=projections(document)))
    assert change.database.find("demo").metadata == document


def test_without_a_document_the_old_files_are_read(
    make_wheel: MakeWheel, change: Changer
) -> None:
    change(make_wheel(entry_points="[console_scripts]\nd = demo:main\n"))
    entries = change.database.find("demo").metadata.entry_points
    assert [entry.name for entry in entries] == ["d"]


def test_a_foreign_file_called_pydist_json_does_no_harm(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    (site(environment) / "demo-1.0.dist-info/pydist.json").write_text("{}")
    assert change.database.find("demo").metadata.name == "demo"


def test_an_editable_installation_says_so(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    record = {"url": "file:///src", "dir_info": {"editable": True}}
    path = site(environment) / "demo-1.0.dist-info/direct_url.json"
    path.write_text(json.dumps(record))
    assert change.database.find("demo").editable


def test_files_have_one_owner_or_several(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(
        make_wheel("a", files={"x.py": "", "a.py": ""}),
        make_wheel("b", files={"x.py": ""}),
    )
    database = change.database
    assert database.owners(str(site(environment) / "x.py")) == ("a", "b")
    assert database.owners(str(site(environment) / "a.py")) == ("a",)
    assert database.owners("/etc/passwd") == ()
    paths = {file.path for file in database.files(database.find("a"))}
    assert str(site(environment) / "a.py") in paths


def test_damaged_entries_hide_nothing_else(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    for name in ("broken-1.0.dist-info", "~emo-1.0.dist-info", "x.dist-info"):
        (site(environment) / name).mkdir()
    database = change.database
    assert [d.metadata.name for d in database.distributions()] == ["demo"]
    assert [Path(d.info_dir).name for d in database.damaged()] == [
        "broken-1.0.dist-info"
    ]
    with pytest.raises(PysetupError):
        database.find("broken")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda database: database.find("demo"), id="one"),
        pytest.param(lambda database: database.distributions()[0], id="all"),
        pytest.param(
            lambda database: database.copies("demo", within=database.paths)[0],
            id="copies",
        ),
    ],
)
def test_what_is_replaced_while_it_is_read_is_read_anew(
    look: Callable[[InstalledDatabase], Any], tmp_path: Path
) -> None:
    """Who reads does not wait for an upgrade: a folder that was listed may go."""
    old, new = (tmp_path / f"demo-{n}.0.dist-info" for n in (1, 2))
    old.mkdir()
    text = "Metadata-Version: 2.1\nName: demo\nVersion: {}.0\n"
    (old / "METADATA").write_text(text.format(1))
    database = InstalledDatabase((str(tmp_path),))
    assert database.find("another") is None  # now it is listed
    old.rename(new)
    (new / "METADATA").write_text(text.format(2))
    assert str(look(database).metadata.version) == "2.0"
    assert database.damaged() == ()


def test_the_first_folder_wins(
    make_wheel: MakeWheel, change: Changer, environment: Environment, tmp_path: Path
) -> None:
    change(make_wheel(version="1.0"))
    other = tmp_path / "other"
    entry = other / "demo-2.0.dist-info"
    entry.mkdir(parents=True)
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n")
    for paths, version in (
        ((*environment.paths, str(other)), "1.0"),
        ((str(other), *environment.paths), "2.0"),
    ):
        found = InstalledDatabase(paths).find("demo")
        assert found is not None
        assert str(found.metadata.version) == version
    assert InstalledDatabase((str(tmp_path / "nothing"),)).distributions() == ()


def test_old_installations_are_listed_and_removed(
    change: Changer, environment: Environment
) -> None:
    head = "Metadata-Version: 1.1\nName: {}\nVersion: 1.0\n"
    (site(environment) / "single-1.0.egg-info").write_text(head.format("single"))
    folder = site(environment) / "old_one-1.0-py3.12.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text(head.format("old-one"))
    names = [d.metadata.name for d in change.database.distributions()]
    assert names == ["old-one", "single"]
    with pytest.raises(PysetupError) as caught:
        change(remove=("single",))
    assert caught.value.code == "PS7302"
    (site(environment) / "old_one.py").write_text("1")
    (folder / "installed-files.txt").write_text("../old_one.py\nPKG-INFO\n")
    change(remove=("old-one",))
    assert [p.name for p in site(environment).iterdir()] == ["single-1.0.egg-info"]
