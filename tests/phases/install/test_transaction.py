import errno
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import WheelLayoutError
from pysetup.phases.install.remove import ForeignInstallerError
from pysetup.phases.install.transaction import (
    FileConflictError,
    ProtectedFileError,
    UnownedFileError,
    plan_transaction,
)

MakeWheel = Callable[..., Path]
Changer = Any  # the class in this folder's conftest


def site(environment: Environment) -> Path:
    return Path(environment.scheme.purelib)


def test_install_upgrade_and_uninstall_leave_exactly_what_they_should(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    before = change.picture()
    old = {"demo/__init__.py": "1", "demo/old.py": "1", "demo/sub/a.py": "1"}
    new = {"demo/__init__.py": "2", "demo/new.py": "2", "demo/more/b.py": "2"}
    change(make_wheel(version="1.0", files=old))
    assert (site(environment) / "demo/old.py").read_text() == "1"
    change(make_wheel(version="2.0", files=new))
    found = {p.name for p in site(environment).rglob("*.py")}
    assert found == {"__init__.py", "new.py", "b.py"}
    assert [p.name for p in site(environment).glob("*.dist-info")] == [
        "demo-2.0.dist-info"
    ]
    assert not (site(environment) / "demo/sub").exists()
    change(remove=("Demo",))
    assert change.picture() == before


def test_the_same_version_again_is_the_same_environment(
    make_wheel: MakeWheel, change: Changer
) -> None:
    path = make_wheel(entry_points="[console_scripts]\ndemo = demo:main\n")
    change(path)
    once = change.picture()
    change(path)
    assert change.picture() == once


def test_a_module_becomes_a_package_and_back(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    module = make_wheel(version="1", files={"demo.py": "1"})
    package = make_wheel(version="2", files={"demo/__init__.py": "2"})
    change(module)
    change(package)
    assert not (site(environment) / "demo.py").exists()
    change(module)
    assert not (site(environment) / "demo").exists()


def test_a_namespace_is_shared(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    first = make_wheel("first", files={"ns/first/a.py": "1"})
    second = make_wheel("second", files={"ns/second/b.py": "1"})
    change(first)
    alone = change.picture()
    change(second)
    change(remove=("second",))
    assert change.picture() == alone
    change(remove=("first",))
    assert not (site(environment) / "ns").exists()


def test_a_file_with_one_content_may_have_two_owners(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    shared = {"ns/__init__.py": "# shared\n"}
    first = make_wheel("first", files={**shared, "ns/a.py": "1"})
    second = make_wheel("second", files={**shared, "ns/b.py": "1"})
    change(first, second)
    plan = change(remove=("first",))
    assert plan.removals[0].shared == (str(site(environment) / "ns/__init__.py"),)
    assert sorted(p.name for p in (site(environment) / "ns").iterdir()) == [
        "__init__.py",
        "b.py",
    ]
    change(remove=("second",))
    assert not (site(environment) / "ns").exists()


def test_a_file_of_another_distribution_is_not_overwritten(
    make_wheel: MakeWheel, change: Changer
) -> None:
    change(make_wheel("first", files={"x.py": "1"}))
    before = change.picture()
    second = make_wheel("second", files={"x.py": "2"})
    with pytest.raises(FileConflictError) as caught:
        change(second)
    assert caught.value.owners == ("first",)
    assert change.picture() == before
    change.overwrite = True
    change(second)


def test_an_upgrade_may_not_take_a_file_that_another_owns_too(
    make_wheel: MakeWheel, change: Changer
) -> None:
    change(make_wheel("a", files={"x.py": "1"}), make_wheel("b", files={"x.py": "1"}))
    with pytest.raises(FileConflictError):
        change(make_wheel("a", "2.0", files={"x.py": "2"}))


def test_two_wheels_of_one_command_may_not_clash(
    make_wheel: MakeWheel, change: Changer
) -> None:
    with pytest.raises(FileConflictError):
        change.plan(
            make_wheel("a", files={"x.py": "1"}), make_wheel("b", files={"x.py": "2"})
        )
    with pytest.raises(FileConflictError):
        change.plan(
            make_wheel("a", files={"x": "1"}), make_wheel("b", files={"x/y.py": "1"})
        )


def test_what_one_gives_up_another_may_take_in_one_command(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel("a", files={"x.py": "1"}))
    change(make_wheel("b", files={"x.py": "2"}), remove=("a",))
    assert (site(environment) / "x.py").read_text() == "2"
    assert [d.metadata.name for d in change.database.distributions()] == ["b"]


@pytest.mark.parametrize("name", ["demo/__init__.py", "demo"])
def test_a_file_of_the_user_is_not_overwritten(
    name: str, make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    mine = site(environment) / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(UnownedFileError) as caught:
        change(make_wheel())
    assert caught.value.exit_code == 7
    assert mine.read_text() == "mine"


def test_a_file_of_the_user_with_the_same_content_is_taken_over(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    (site(environment) / "x.py").write_text("same")
    change(make_wheel(files={"x.py": "same"}))
    change(remove=("demo",))
    assert not (site(environment) / "x.py").exists()


def test_a_folder_where_a_file_goes_is_seen_in_time(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    (site(environment) / "demo/__init__.py").mkdir(parents=True)
    before = change.picture()
    with pytest.raises(UnownedFileError):
        change(make_wheel())
    assert change.picture() == before


def test_files_of_the_user_beside_a_package_stay(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(version="1.0", files={"demo/__init__.py": "1", "demo/o.py": "1"}))
    (site(environment) / "demo/mine.txt").write_text("mine")
    change(make_wheel(version="2.0", files={"demo/__init__.py": "2"}))
    change(remove=("demo",))
    assert [p.name for p in site(environment).rglob("*")] == ["demo", "mine.txt"]


PROTECTED = {
    "pyvenv.cfg": {"demo-1.0.data/data/pyvenv.cfg": "evil"},
    "the interpreter": {"demo-1.0.data/data/bin/python": "evil"},
    "an interpreter that is not there yet": {"demo-1.0.data/data/bin/python3.12": "x"},
    "an activation script": {"demo-1.0.data/data/bin/activate": "evil"},
}


@pytest.mark.parametrize("files", PROTECTED.values(), ids=PROTECTED)
def test_the_environment_itself_is_never_overwritten(
    files: dict[str, str], make_wheel: MakeWheel, change: Changer
) -> None:
    change.overwrite = True
    with pytest.raises((ProtectedFileError, WheelLayoutError)):
        change(make_wheel(files=files))


def test_a_link_that_leads_outside_is_not_followed(
    make_wheel: MakeWheel, change: Changer, environment: Environment, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (site(environment) / "demo").symlink_to(outside)
    with pytest.raises(PysetupError):
        change(make_wheel())
    assert not list(outside.iterdir())


def test_names_that_differ_in_case_alone_clash_where_the_system_folds_them(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    path = make_wheel(files={"demo/a.py": "1", "demo/A.py": "2"})
    plan = change.plan(path)
    with pytest.raises(FileConflictError):
        plan_transaction(
            plan.installs,
            (),
            environment=environment,
            site=NothingThere(),
            folds_case=True,
        )


@pytest.mark.parametrize("folds_case", [True, False])
def test_the_environment_itself_has_other_spellings_where_the_system_folds_case(
    folds_case: bool,  # noqa: FBT001 - a column of the table
    make_wheel: MakeWheel,
    change: Changer,
    environment: Environment,
) -> None:
    plan = change.plan(make_wheel(files={"demo-1.0.data/data/bin/snake": "evil"}))
    interpreter = os.path.join(environment.scheme.scripts, "Snake")
    environment = replace(environment, executable=interpreter)
    with pytest.raises(ProtectedFileError) if folds_case else nullcontext():
        plan_transaction(
            plan.installs,
            (),
            environment=environment,
            site=NothingThere(),
            folds_case=folds_case,
        )


class NothingThere:
    """An empty environment."""

    def owners(self, path: str) -> tuple[str, ...]:
        del path
        return ()

    def kind(self, path: str) -> str:
        del path
        return ""

    def has_content(self, path: str, expected: object) -> bool:
        raise AssertionError(path, expected)


def test_changed_files_are_kept_when_a_package_goes(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(files={"demo/__init__.py": "1", "demo/settings.py": "1"}))
    edited = site(environment) / "demo/settings.py"
    edited.write_text("edited")
    plan = change(remove=("demo",))
    assert plan.removals[0].kept == (str(edited),)
    assert [p.name for p in site(environment).rglob("*")] == ["demo", "settings.py"]


def test_a_changed_file_is_replaced_by_the_new_version(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(version="1.0", files={"demo.py": "1"}))
    (site(environment) / "demo.py").write_text("edited")
    change(make_wheel(version="2.0", files={"demo.py": "2"}))
    assert (site(environment) / "demo.py").read_text() == "2"


def test_bytecode_that_python_made_goes_with_its_module(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(files={"demo/__init__.py": "1", "top.py": "1"}))
    for name in ("demo/__pycache__/__init__.cpython-312.pyc", "__pycache__/top.x.pyc"):
        path = site(environment) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"bytecode")
    change(remove=("demo",))
    assert not list(site(environment).iterdir())


@pytest.mark.parametrize("installer", ["dpkg", "rpm", "conda", "Debian"])
def test_what_a_package_manager_installed_is_left_to_it(
    installer: str, make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    entry = site(environment) / "demo-1.0.dist-info/INSTALLER"
    entry.write_text(f"{installer}\n")
    with pytest.raises(ForeignInstallerError) as caught:
        change(remove=("demo",))
    assert caught.value.exit_code == 7
    change.force = True
    change(remove=("demo",))


@pytest.mark.parametrize(
    "line",
    ["../../../../outside.txt,,", "{}/outside.txt,,", "link/outside.txt,,"],
    ids=["climbs", "absolute", "through a link"],
)
def test_a_record_that_leads_outside_removes_nothing(
    line: str,
    make_wheel: MakeWheel,
    change: Changer,
    environment: Environment,
    tmp_path: Path,
) -> None:
    change(make_wheel())
    victim = tmp_path / "outside.txt"
    victim.write_text("precious")
    (site(environment) / "link").symlink_to(tmp_path)
    record = site(environment) / "demo-1.0.dist-info/RECORD"
    record.write_text(record.read_text() + line.format(tmp_path) + "\n")
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(remove=("demo",))
    assert caught.value.code == "PS5001"
    assert change.picture() == before
    assert victim.exists()


def test_a_distribution_without_record_is_left_alone(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    (site(environment) / "demo-1.0.dist-info/RECORD").unlink()
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(remove=("demo",))
    assert caught.value.code == "PS7302"
    assert change.picture() == before


def test_two_copies_of_one_project_are_both_replaced(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(version="1.0"))
    copy = site(environment) / "demo-0.9.dist-info"
    copy.mkdir()
    for name in ("METADATA", "RECORD"):
        (copy / name).write_text("Metadata-Version: 2.1\nName: demo\nVersion: 0.9\n")
    (copy / "RECORD").write_text("demo-0.9.dist-info/METADATA,,\n")
    change(make_wheel(version="2.0"))
    names = [p.name for p in site(environment).glob("*.dist-info")]
    assert names == ["demo-2.0.dist-info"]


def test_folders_of_the_environment_stay_when_they_are_empty(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    scripts = Path(environment.prefix, "tools")
    scripts.mkdir()
    change.environment = replace(
        environment, scheme=replace(environment.scheme, scripts=str(scripts))
    )
    change(make_wheel(entry_points="[console_scripts]\ndemo = demo:main\n"))
    assert os.listdir(scripts) == ["demo"]
    change(remove=("demo",))
    assert os.listdir(scripts) == []


def test_a_damaged_distribution_can_be_installed_again(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel())
    whole = change.picture()
    (site(environment) / "demo-1.0.dist-info/METADATA").unlink()
    (site(environment) / "demo/__init__.py").unlink()
    change(make_wheel())
    assert change.picture() == whole


class OwnFolderAlone(LocalFiles):
    """The real file system; only what is below one folder may be listed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def scan(self, folder: str) -> list[tuple[str, bool]]:
        if not f"{folder}/".startswith(f"{self.folder}/"):
            raise PermissionError(errno.EACCES, "not yours", folder)
        return super().scan(folder)


def test_what_is_beside_an_environment_is_not_looked_at(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    files = OwnFolderAlone(environment.prefix)
    change(make_wheel(version="1.0", files={"demo.py": "1"}), files=files)
    change(make_wheel(version="2.0", files={"demo.py": "2"}), files=files)
    change(remove=("demo",), files=files)
    assert change.database.distributions() == ()


def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(
    make_wheel: MakeWheel, change: Changer, environment: Environment
) -> None:
    change(make_wheel(version="1.0", files={"demo/a.py": "1"}))
    hidden = site(environment) / "demo/hidden"
    hidden.mkdir()

    class Hiding(LocalFiles):
        def scan(self, folder: str) -> list[tuple[str, bool]]:
            if folder == str(hidden):
                raise PermissionError(errno.EACCES, "not yours", folder)
            return super().scan(folder)

    change(make_wheel(version="2.0", files={"demo/a.py": "2"}), files=Hiding())
    assert hidden.exists()
    assert (site(environment) / "demo/a.py").read_text() == "2"
