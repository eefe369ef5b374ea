"""Plans and packages of small built trees."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.interface import Making, Names, NoNames
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm import FORMAT
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree

EPOCH = 1700000000


class MachineTools:
    """The programs of this machine."""

    def find(self, name: str) -> str | None:
        return shutil.which(name)

    def run(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            words, cwd=cwd, env=env and dict(env), capture_output=True, check=False
        )


@pytest.fixture
def making(tmp_path: Path) -> Making:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Making(MachineTools(), EPOCH, scratch)


@pytest.fixture
def plan_of() -> Callable[..., PackagePlan]:
    """Return the function that plans a built tree, for Fedora unless told."""

    def plan(
        built: Any,
        target: PlatformTarget | str = "fedora-43",
        names: Names | None = None,
        **options: Any,
    ) -> PackagePlan:
        defaults = {name: option.default for name, option in FORMAT.options.items()}
        where = read_target(target) if isinstance(target, str) else target
        return FORMAT.plan(
            built.metadata,
            where,
            tree=Tree.read(built.root),
            names=names or NoNames(),
            options={**defaults, **options},
        )

    return plan


@pytest.fixture
def packed(
    plan_of: Callable[..., PackagePlan], making: Making, tmp_path: Path
) -> Callable[..., list[Path]]:
    """Return the function that packs a built tree into the folder ``packages``."""

    def pack(built: Any, **words: Any) -> list[Path]:
        plan = plan_of(built, **words)
        out = tmp_path / "packages"
        out.mkdir(exist_ok=True)
        return FORMAT.binary_dist(
            built.root, built.metadata, None, out, plan=plan, making=making
        )

    return pack
