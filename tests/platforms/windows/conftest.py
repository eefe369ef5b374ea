"""Plans for Windows, and a Windows machine to try their packages on."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built
from tests.platforms.windows.lab.wine import (
    COMPILER,
    PYTHON,
    WINE,
    Machine,
    build_python,
)

from pysetup.platforms.interface import NoNames, PlatformFormat
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree


def plan_of(
    format_: PlatformFormat, built: Built, *, target: str = "", **options: Any
) -> PackagePlan:
    """Return the plan of ``built`` for the Python of the lab, or another target."""
    defaults = {name: option.default for name, option in format_.options.items()}
    return format_.plan(
        built.metadata,
        read_target(target or f"windows-{PYTHON}"),
        tree=Tree.read(built.root),
        names=NoNames(),
        options={**defaults, **options},
    )


@pytest.fixture(scope="session")
def first_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A prefix that all tests copy; it is large, and does not outlive them."""
    made = Machine.make(tmp_path_factory.mktemp("wine") / "prefix")
    yield made
    made.wait()
    shutil.rmtree(made.prefix)


@pytest.fixture(scope="session")
def python_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in for python.exe."""
    return build_python(tmp_path_factory.mktemp("python"))


@pytest.fixture
def machine(
    need_tool: Callable[[str], str], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Machine]:
    """A Windows machine without any Python."""
    need_tool(WINE)
    need_tool(COMPILER)
    first: Machine = request.getfixturevalue("first_machine")
    made = first.copy(tmp_path / "prefix")
    yield made
    made.wait()
    shutil.rmtree(made.prefix)
