"""Sources: a tree that is worked on, and the archive that is made from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pysetup.metadata.document import Metadata
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A folder with a project in it, and the document that was read from it.

    The document's ``build`` section says how it is built; see
    ``docs/reference/document.md``.
    """

    root: Path
    metadata: Metadata

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"root": str(self.root), "metadata": self.metadata.to_dict()}

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(Path(str(value["root"])), Metadata.from_value(value["metadata"]))


@dataclass(frozen=True, slots=True)
class SourceArchive:
    """An sdist file, its digest, and the document inside it."""

    location: Path
    hash: Hash
    metadata: Metadata

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "location": str(self.location),
            "hash": str(self.hash),
            "metadata": self.metadata.to_dict(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        return cls(
            Path(str(value["location"])),
            Hash.parse(str(value["hash"])),
            Metadata.from_value(value["metadata"]),
        )
