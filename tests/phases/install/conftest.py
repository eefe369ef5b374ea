"""An environment that is only folders, and pictures of what is in it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.wheel_file import open_wheel
from pysetup.phases.install.apply import Means, apply
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.durability import DurabilityMode
from pysetup.phases.install.plan import plan_install
from pysetup.phases.install.remove import plan_remove
from pysetup.phases.install.transaction import TransactionPlan, plan_transaction
from pysetup.standards.hashes import Hash


def picture(folder: Path) -> dict[str, bytes]:
    """Return what is below ``folder``: contents by path, a mark for empty folders."""
    found: dict[str, bytes] = {}
    for parent, folders, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            mark = b"x:" if os.access(path, os.X_OK) else b""
            found[os.path.relpath(path, folder)] = mark + path.read_bytes()
        if not folders and not names:
            found[os.path.relpath(parent, folder) + "/"] = b""
    return found


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment without an interpreter; only pure wheels fit."""
    prefix = tmp_path / "env"
    site = prefix / "lib/python3.12/site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin/python").write_text("the interpreter")
    (prefix / "pyvenv.cfg").write_text("home = /nowhere\n")
    return Environment(
        prefix=str(prefix),
        executable=str(prefix / "bin/python"),
        version="3.12.1",
        scheme=Scheme(
            purelib=str(site),
            platlib=str(site),
            scripts=str(prefix / "bin"),
            data=str(prefix),
            headers=str(prefix / "include/site/python3.12"),
        ),
        markers={"python_version": "3.12", "python_full_version": "3.12.1"},
        tags=("py3-none-any",),
        paths=(str(site),),
        externally_managed=None,
        virtual=True,
    )


class QuickFiles(LocalFiles):
    """The real file system without waiting for the disk: no test cuts the power."""

    def flush(self, folder: str) -> None:
        assert os.path.isdir(folder)

    def flush_names(self, folder: str) -> None:
        assert os.path.isdir(folder)

    def write_durably(self, path: str, content: bytes) -> None:
        Path(path + ".new").write_bytes(content)
        os.rename(path + ".new", path)


class DiskSite:
    """What the plan asks, answered from the disk."""

    def __init__(self, database: InstalledDatabase) -> None:
        self.database = database

    def owners(self, path: str) -> tuple[str, ...]:
        return self.database.owners(path)

    def kind(self, path: str) -> str:
        if not os.path.lexists(path):
            return ""
        return "folder" if os.path.isdir(path) and not os.path.islink(path) else "file"

    def has_content(self, path: str, expected: Hash) -> bool:
        return Hash.of_file(path, expected.algorithm) == expected


class Changer:
    """Installs and removes in one transaction, as the workflow does, without a lock."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.root = Path(environment.prefix, ".pysetup")
        self.committing: Callable[[], None] = lambda: None
        self.overwrite = False
        self.force = False
        self.durability: DurabilityMode = "durable"

    @property
    def database(self) -> InstalledDatabase:
        return InstalledDatabase(self.environment.paths)

    def plan(self, *wheels: Path, remove: tuple[str, ...] = ()) -> TransactionPlan:
        database = self.database
        installs = []
        for path in wheels:
            with open_wheel(path) as wheel:
                installs.append(plan_install(wheel, self.environment, requested=True))
        replaced = {file.path for plan in installs for file in plan.files}
        names = dict.fromkeys([*(plan.name for plan in installs), *remove])
        removals = [
            plan_remove(
                found,
                database=database,
                environment=self.environment,
                replaced=replaced,
                force=self.force,
            )
            for name in names
            for found in database.copies(name, within=self.environment.paths)
        ]
        return plan_transaction(
            installs,
            removals,
            environment=self.environment,
            site=DiskSite(database),
            overwrite=self.overwrite,
        )

    def __call__(
        self,
        *wheels: Path,
        remove: tuple[str, ...] = (),
        files: LocalFiles | None = None,
    ) -> TransactionPlan:
        plan = self.plan(*wheels, remove=remove)
        self.apply(plan, *wheels, files=files or QuickFiles())
        return plan

    def apply(self, plan: TransactionPlan, *wheels: Path, files: LocalFiles) -> None:
        opened = [open_wheel(path) for path in wheels]
        self.root.mkdir(exist_ok=True)
        try:
            apply(
                plan,
                self.environment,
                Means(
                    root=str(self.root),
                    name="test",
                    wheels={wheel.filename.filename: wheel for wheel in opened},
                    files=files,
                    compile_modules=None,
                    commit_begins=self.committing,
                    durability=self.durability,
                ),
            )
        finally:
            for wheel in opened:
                wheel.close()
            if self.root.exists() and not any(self.root.iterdir()):
                self.root.rmdir()

    def picture(self) -> dict[str, bytes]:
        return picture(Path(self.environment.prefix))


@pytest.fixture
def change(environment: Environment) -> Changer:
    """Install and remove in ``environment``."""
    return Changer(environment)


@pytest.fixture
def lab_command() -> list[str]:
    """The words that start the crash laboratory in a process of its own."""
    return [sys.executable, "-P", str(Path(__file__).with_name("crash_lab.py"))]
