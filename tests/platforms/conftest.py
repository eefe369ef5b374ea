"""Built trees for the tests of platform packages."""

import itertools
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pysetup.interchange.dist_info import read_document
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Making


@dataclass(frozen=True)
class Built:
    """A folder in wheel layout, and its document."""

    root: Path
    metadata: Metadata


def built_of(wheel: Path, folder: Path) -> Built:
    """Unpack ``wheel`` into ``folder`` as a built tree."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            place = archive.extract(entry, folder)
            os.chmod(place, entry.external_attr >> 16 & 0o777 or 0o644)
    info = next(folder.glob("*.dist-info"))

    def read(name: str) -> bytes | None:
        place = info / name
        return place.read_bytes() if place.exists() else None

    return Built(folder, read_document(read, source=wheel.name, compare=False))


class MachineTools:
    """The programs of this machine."""

    def find(self, name: str) -> str | None:
        """Return the path of a program."""
        return shutil.which(name)

    def run(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a program to its end."""
        return subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            check=False,
        )


@pytest.fixture
def making(tmp_path: Path) -> Callable[[], Making]:
    """Return what a writer has besides its plan, with a scratch folder of its own."""
    numbers = itertools.count()

    def make() -> Making:
        scratch = tmp_path / f"scratch{next(numbers)}"
        scratch.mkdir()
        return Making(MachineTools(), None, scratch)

    return make


@pytest.fixture
def built(make_wheel: Any, tmp_path: Path) -> Callable[..., Built]:
    """Make a small wheel, with the words of ``make_wheel``, and unpack it."""

    def build(name: str = "demo", version: str = "1.0", **more: Any) -> Built:
        wheel = make_wheel(name, version, **more)
        return built_of(wheel, tmp_path / f"built-{name}-{version}")

    return build
