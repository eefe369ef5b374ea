"""Plans and packages of small trees, and names of a distribution that is not there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.deb.format import FORMAT
from pysetup.platforms.interface import FoundName
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.names import normalize_name


@dataclass
class Names:
    """A distribution with the packages ``known``, by project and perhaps [extra]."""

    known: Mapping[str, str | FoundName] = field(default_factory=dict)

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        del role
        found = self.known.get(f"{project}[{extra}]" if extra else project)
        if isinstance(found, str):
            return FoundName(project, (found,), evidence="test")
        return found

    def own_name(self, project: str) -> str:
        return f"python3-{normalize_name(project)}"


def chosen(**options: Any) -> dict[str, Any]:
    defaults = {name: option.default for name, option in FORMAT.options.items()}
    return {**defaults, **options}


@dataclass(frozen=True)
class Packaged:
    """What was planned, and the files that were written by it."""

    plan: PackagePlan
    paths: tuple[Path, ...]

    @property
    def path(self) -> Path:
        return self.paths[0]


Plan = Callable[..., PackagePlan]
Package = Callable[..., Packaged]


@pytest.fixture
def plan_of() -> Plan:
    """Plan a built tree for a target, with names and options."""

    def planned(
        given: Any,
        known: Mapping[str, str | FoundName] | None = None,
        target: str = "debian-12",
        **options: Any,
    ) -> PackagePlan:
        return FORMAT.plan(
            given.metadata,
            read_target(target),
            tree=Tree.read(given.root),
            names=Names(known or {}),
            options=chosen(**options),
        )

    return planned


@pytest.fixture
def package(built: Callable[..., Any], plan_of: Plan, tmp_path: Path) -> Package:
    """Make a package of a small wheel, with the words of ``make_wheel``."""

    def made(
        name: str = "demo",
        version: str = "1.0",
        *,
        known: Mapping[str, str | FoundName] | None = None,
        options: Mapping[str, Any] | None = None,
        out: str = "out",
        **more: Any,
    ) -> Packaged:
        given = built(name, version, **more)
        plan = plan_of(given, known, **(options or {}))
        folder = tmp_path / out
        folder.mkdir(exist_ok=True)
        paths = FORMAT.binary_dist(given.root, given.metadata, None, folder, plan=plan)
        return Packaged(plan, tuple(paths))

    return made
