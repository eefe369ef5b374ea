"""A binary archive: one file that can be installed, in whatever format."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pysetup.metadata.document import Metadata
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class BinaryArchive:
    """A wheel or a platform package, its digest, and the document inside it."""

    format: str
    location: Path
    hash: Hash
    metadata: Metadata
    tags: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "format": self.format,
            "location": str(self.location),
            "hash": str(self.hash),
            "metadata": self.metadata.to_dict(),
            "tags": list(self.tags),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        tags = value["tags"]
        return cls(
            format=str(value["format"]),
            location=Path(str(value["location"])),
            hash=Hash.parse(str(value["hash"])),
            metadata=Metadata.from_value(value["metadata"]),
            tags=tuple(map(str, tags)) if isinstance(tags, Sequence) else (),
        )
