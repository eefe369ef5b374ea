"""A built tree: a directory in wheel layout, and the document it was built from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class BuiltTree:
    """A directory in wheel layout (PEP 427), complete but for RECORD.

    ``root`` holds the files, one ``.dist-info`` folder and perhaps one ``.data``
    folder; ``tags`` are compatibility tags; ``pure`` says that the files go to
    purelib; ``generator`` names what built it; ``build_tag`` is usually empty.
    """

    root: Path
    metadata: Metadata
    tags: tuple[str, ...]
    pure: bool
    generator: str
    build_tag: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "root": str(self.root),
            "metadata": self.metadata.to_dict(),
            "tags": list(self.tags),
            "pure": self.pure,
            "generator": self.generator,
            "build_tag": self.build_tag,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        tags = value["tags"]
        return cls(
            root=Path(str(value["root"])),
            metadata=Metadata.from_value(value["metadata"]),
            tags=tuple(map(str, tags)) if isinstance(tags, Sequence) else (),
            pure=value["pure"] is True,
            generator=str(value["generator"]),
            build_tag=str(value.get("build_tag", "")),
        )
