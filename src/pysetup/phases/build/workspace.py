"""A copy of a project's files, in which its build may write what it likes."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.interchange.layout import write_files
from pysetup.interchange.source import SourceTree
from pysetup.interchange.source_files import SourceFiles
from pysetup.standards.tags import Tag
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a build may know of where it runs.

    ``tag`` is the best tag of the interpreter, whose platform is that of what it
    compiles; ``jobs`` is how many processes may run side by side.
    """

    tag: Tag
    jobs: int = 1

    @property
    def is_free_threaded(self) -> bool:
        """Whether the interpreter has no global lock (PEP 703)."""
        return self.tag.interpreter.startswith("cp") and "t" in self.tag.abi[2:]


def copy_sources(source: SourceTree, files: Sequence[str], *, into: Path) -> None:
    """Copy ``files``, those that an sdist holds, into the empty folder ``into``.

    Links become the files that they lead to. Raises as ``SourceFiles``.
    """
    into.mkdir(parents=True, exist_ok=True)
    read = SourceFiles(source.root).read
    for path in files:
        write_files(into, {path: read(path)})
