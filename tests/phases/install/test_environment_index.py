"""The derived index: right whatever happened, harmless when damaged or gone."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.standards.sealed_json import SealedJson, to_sealed_json

MakeWheel = Callable[..., Path]
Changer = Any


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def opened(environment: Environment, state: Path) -> InstalledDatabase:
    return InstalledDatabase(environment.paths, state_folder=str(state))


def site(environment: Environment) -> Path:
    return Path(environment.scheme.purelib)


def commands(database: InstalledDatabase) -> list[tuple[str, str]]:
    rows = database.entry_point_rows()
    return sorted((row[0], row[3]) for row in rows if row[2] == "console_scripts")


def scripts(name: str) -> str:
    return f"[console_scripts]\n{name} = {name}:main\n"


def later(path: Path) -> None:
    """Let a file look as if it had been written a moment later."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def test_what_is_kept_answers_and_is_json(
    make_wheel: MakeWheel, change: Changer, environment: Environment, state: Path
) -> None:
    change(make_wheel("demo", entry_points=scripts("demo")))
    assert opened(environment, state).index.keep()
    text = json.loads((state / "index.json").read_text())
    (row,) = text["distributions"].values()
    assert row["name"] == "demo"
    ((folders),) = text["files"].values()
    assert "__init__.py" in folders["demo"]
    database = opened(environment, state)
    assert database.owners(str(site(environment) / "demo/__init__.py")) == ("demo",)
    assert database.owners(f"{environment.scheme.scripts}/demo") == ("demo",)
    assert commands(database) == [("demo", "demo")]
    # Nothing was to be done anew.
    before = (state / "index.json").stat().st_ino
    assert database.index.keep()
    assert (state / "index.json").stat().st_ino == before


def test_without_a_state_folder_none_is_made(
    make_wheel: MakeWheel, change: Changer, environment: Environment, tmp_path: Path
) -> None:
    change(make_wheel("demo"))
    database = InstalledDatabase(environment.paths, state_folder=str(tmp_path / "none"))
    assert not database.index.keep()
    assert not (tmp_path / "none").exists()
    assert database.owners(str(site(environment) / "demo/__init__.py")) == ("demo",)


def damage_nothing(path: Path) -> None:
    later(path)


def damage_bytes(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"demo", b"evil"))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_json(path: Path) -> None:
    path.write_text('{"kind":"something else","sections":{}}')


def odd_sections(path: Path) -> None:
    path.write_text('{"kind":"pysetup-environment-index/1","sections":[1],\n"x":1}\n')


def remove(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "harm",
    [
        damage_nothing,
        damage_bytes,
        truncate,
        empty,
        other_json,
        odd_sections,
        remove,
        a_folder,
    ],
)
def test_damage_of_any_kind_is_a_miss(
    harm: Callable[[Path], None],
    make_wheel: MakeWheel,
    change: Changer,
    environment: Environment,
    state: Path,
) -> None:
    change(make_wheel("demo", entry_points=scripts("demo")))
    opened(environment, state).index.keep()
    harm(state / "index.json")
    database = opened(environment, state)
    assert commands(database) == [("demo", "demo")]
    assert database.owners(str(site(environment) / "demo/__init__.py")) == ("demo",)


def test_changes_of_others_are_seen(
    make_wheel: MakeWheel, change: Changer, environment: Environment, state: Path
) -> None:
    change(make_wheel("a"), make_wheel("b", entry_points=scripts("old")))
    opened(environment, state).index.keep()
    later(state / "index.json")
    # One more, as another tool would do it.
    change(make_wheel("c", entry_points=scripts("c")))
    assert commands(opened(environment, state)) == [("b", "old"), ("c", "c")]
    # The same version again, with other files.
    change(make_wheel("b", files={"other.py": ""}, entry_points=scripts("new")))
    database = opened(environment, state)
    assert commands(database) == [("b", "new"), ("c", "c")]
    assert database.owners(str(site(environment) / "b/__init__.py")) == ()
    assert database.owners(str(site(environment) / "other.py")) == ("b",)
    # One less.
    change(remove=("c",))
    assert commands(opened(environment, state)) == [("b", "new")]


def test_a_record_edited_where_it_stands_is_seen(
    make_wheel: MakeWheel, change: Changer, environment: Environment, state: Path
) -> None:
    change(make_wheel("demo"))
    opened(environment, state).index.keep()
    record = site(environment) / "demo-1.0.dist-info/RECORD"
    with record.open("a") as stream:
        stream.write("extra.txt,,\n")
    found = opened(environment, state).owners(str(site(environment) / "extra.txt"))
    assert found == ("demo",)


def test_an_environment_that_was_moved_is_read_anew(
    make_wheel: MakeWheel, change: Changer, environment: Environment, state: Path
) -> None:
    change(make_wheel("demo"))
    opened(environment, state).index.keep()
    moved = site(environment).with_name("moved")
    site(environment).rename(moved)
    database = InstalledDatabase([str(moved)], state_folder=str(state))
    assert database.owners(str(moved / "demo/__init__.py")) == ("demo",)
    assert database.owners(str(site(environment) / "demo/__init__.py")) == ()


def test_names_that_are_no_unicode_are_not_kept_and_do_no_harm(
    make_wheel: MakeWheel, change: Changer, environment: Environment, state: Path
) -> None:
    change(make_wheel("demo"))
    egg = site(environment) / "old-1.0-py3.12.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO/PKG-INFO").write_text(
        "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n"
    )
    name = os.fsdecode(b"d\xe9mo.py")
    (egg / name).write_text("")
    database = opened(environment, state)
    assert database.index.keep()
    assert database.owners(str(egg / name)) == ("old",)
    assert opened(environment, state).owners(str(egg / name)) == ("old",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('aé\n"\\'),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab,\n", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.law
@given(sections=st.dictionaries(st.text("abc\n:", max_size=5), json_values, max_size=4))
def test_sections_come_back_and_the_file_is_json(
    sections: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "sealed.json"
    path.write_bytes(to_sealed_json(sections, kind="test/1"))
    found = SealedJson(str(path), kind="test/1")
    assert {name: found.section(name) for name in sections} == sections
    assert {**json.loads(path.read_bytes()), **sections} == json.loads(
        path.read_bytes()
    )
    assert SealedJson(str(path), kind="test/2").section("a") is None
