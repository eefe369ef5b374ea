"""An RPM package as a value: all that its header says, and where its files are."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.platforms.contents import Content
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.rpm.tags import GHOST
from pysetup.values import dataclass, field

_MOST_TIME = 0xFFFFFFFF  # a date has 32 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class RpmFile:
    """A file of a package: an absolute path, or in a source package a bare name.

    ``mode`` has the kind of file in it. ``content`` is the bytes, or the file that
    holds them. ``flags`` are RPMFILE flags; ``colour`` is 2 for machine code of 64
    bits, 1 for other machine code. ``language`` is that of a catalogue of messages.
    ``same_as`` is the path of the first file with this content, if both are to be one
    file on the disk (a hard link).
    """

    path: str
    mode: int
    content: bytes | Path = b""
    flags: int = 0
    colour: int = 0
    language: str = ""
    same_as: str = ""

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_ghost(self) -> bool:
        """Whether the package owns it without bringing it."""
        return bool(self.flags & GHOST)

    def chunks(self) -> tuple[int, Iterator[bytes]]:
        """Return the size and then the content, piece by piece.

        Raises ``ChangedWhilePackedError``.
        """
        if isinstance(self.content, bytes):
            content = Content.of(self.content)
        else:
            content = Content.in_file(self.content)
        return content.size, content.pieces()


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the changelog: seconds since 1970, who, and what."""

    time: int
    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RpmPackage:
    """A binary or source package; ``files`` sorted by path.

    ``relations`` are by kind; those on rpmlib and on the package's own configuration
    are added by the writer. ``source_rpm`` names the source package that a binary one
    comes from; ``is_source`` says that this is one, and ``architecture`` then what is
    built from it. ``time`` is the date of everything, in seconds since 1970.
    """

    name: str
    version: str
    release: str
    epoch: str = ""
    architecture: str
    summary: str
    description: str
    licence: str
    url: str = ""
    group: str = "Unspecified"
    vendor: str = ""
    packager: str = ""
    source_rpm: str = ""
    is_source: bool = False
    relations: Mapping[str, tuple[Relation, ...]] = field(default_factory=dict)
    files: tuple[RpmFile, ...] = ()
    scriptlets: Mapping[str, str] = field(default_factory=dict)
    changelog: tuple[Change, ...] = ()
    compression: str = "gzip"
    time: int = 0

    @property
    def evr(self) -> str:
        """The whole version: ``epoch:version-release``."""
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{epoch}{self.version}-{self.release}"

    @property
    def filename(self) -> str:
        """How the file of the package is called."""
        kind = "src" if self.is_source else self.architecture
        return f"{self.name}-{self.version}-{self.release}.{kind}.rpm"


def clamped_time(epoch: int) -> int:
    """Return ``epoch`` as a header can hold it."""
    return min(max(epoch, 0), _MOST_TIME)
