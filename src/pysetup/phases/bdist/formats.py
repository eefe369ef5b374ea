"""The binary formats: what a built tree can be packed as; more plug in here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.built import BuiltTree
from pysetup.phases.bdist.wheel import pack_wheel


class Pack(Protocol):
    """Writes one binary archive of a built tree."""

    def __call__(
        self, built: BuiltTree, *, into: Path, epoch: int | None
    ) -> BinaryArchive:
        """Write into the folder ``into``; ``epoch`` is SOURCE_DATE_EPOCH or None."""


# In the order in which ``pysetup bdist --list-formats`` tells them.
FORMATS: Mapping[str, Pack] = {"wheel": pack_wheel}
