"""Stand-ins for what the workflow gives to formats."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pysetup.platforms.interface import Making
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree


class OwnNames:
    """Every project is packaged by us, under its name behind a prefix."""

    def __init__(self, prefix: str = "", unknown: tuple[str, ...] = ()) -> None:
        self.prefix, self.unknown = prefix, unknown

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        if extra or role == "build" or project in self.unknown:
            return None
        name = self.own_name(project)
        return FoundName(project, (name,), evidence="own:test", own=True)

    def own_name(self, project: str) -> str:
        return f"{self.prefix}{project}"


def plan_of(
    format_: Any,
    built: Any,
    target: str,
    *,
    names: Any = None,
    options: Mapping[str, Any] | None = None,
) -> PackagePlan:
    """Plan a package of a built tree with the default options, but for those given."""
    defaults = {name: option.default for name, option in format_.options.items()}
    plan: PackagePlan = format_.plan(
        built.metadata,
        read_target(target),
        tree=Tree.read(built.root),
        names=names or OwnNames(),
        options={**defaults, **(options or {})},
    )
    return plan


def made(
    format_: Any,
    built: Any,
    target: str,
    out: Path,
    *,
    names: Any = None,
    options: Mapping[str, Any] | None = None,
    epoch: int | None = None,
) -> list[Path]:
    """Plan and write the packages of a built tree; return their paths."""
    plan = plan_of(format_, built, target, names=names, options=options)
    paths: list[Path] = format_.binary_dist(
        built.root,
        built.metadata,
        read_target(target),
        out,
        plan=plan,
        making=making(out, epoch),
    )
    return paths


def making(scratch: Path, epoch: int | None = None) -> Making:
    """Return what writers are given, without any program."""
    return Making(tools=None, epoch=epoch, scratch=scratch)  # type: ignore[arg-type] # no program is run
