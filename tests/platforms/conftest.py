"""Built trees for the tests of platform packages."""

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pysetup.interchange.dist_info import read_document
from pysetup.metadata.document import Metadata


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


@pytest.fixture
def built(make_wheel: Any, tmp_path: Path) -> Callable[..., Built]:
    """Make a small wheel, with the words of ``make_wheel``, and unpack it."""

    def build(name: str = "demo", version: str = "1.0", **more: Any) -> Built:
        wheel = make_wheel(name, version, **more)
        return built_of(wheel, tmp_path / f"built-{name}-{version}")

    return build
