"""Where the files of a wheel come from: an open wheel, or one that was unpacked."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from pysetup.interchange.wheel_file import WheelMember
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.filenames import WheelFilename


class FileSource(Protocol):
    """What carrying out a plan asks of where its files are from."""

    @property
    def folder(self) -> str:
        """The folder below which its files stand by themselves; "" if they do not."""

    @property
    def bytecode(self) -> Mapping[str, str] | None:
        """Ready bytecode below ``folder``, by the module's path; None: none was made.

        A module that has none in a mapping cannot be compiled.
        """

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the content of a file; raises at the end if it is not the right one."""

    def stored(self, path: str, *, executable: bool) -> str:
        """Return the file below ``folder`` that may be linked as ``path``, or nothing.

        It has, or has not, the permission to be run.
        """


class WheelSource(FileSource, Protocol):
    """What installing asks of a wheel that was found sound."""

    @property
    def filename(self) -> WheelFilename:
        """The parts of its name."""

    @property
    def dist_info(self) -> str:
        """The name of its ``.dist-info`` folder."""

    @property
    def data_dir(self) -> str:
        """The name that its ``.data`` folder has or would have."""

    @property
    def info(self) -> WheelInfo:
        """What WHEEL says."""

    @property
    def metadata(self) -> Metadata:
        """The document; the long description may be left out."""

    @property
    def members(self) -> tuple[WheelMember, ...]:
        """Its files; RECORD may be left out."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know."""

    def read(self, path: str) -> bytes:
        """Return the content of a text; raises as ``chunks``."""
