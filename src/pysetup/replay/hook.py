"""The start-up hook of a commit (``phases.install.start_hook``), kept ready.

To make it takes modules that the short way does without, so the long way leaves it in
the cache: the program, and the line with marks where paths belong.
"""

import marshal
import os

from pysetup import __version__
from pysetup.replay.memory import FOLDER, read_bytes, sealed, unsealed

# Marks are what ``repr`` leaves alone, and so are the paths of a ``World``.
STATE_MARK, SCRIPT_MARK, HOOK_MARK = "@state@", "@script@", "@hook@"


class Hook:
    """The program that finishes a commit, and the line that starts it."""

    __slots__ = ("_line", "program")

    def __init__(self, program: bytes, line: bytes) -> None:
        self.program = program
        self._line = line

    def line_for(self, *, state: str, script: str, place: str) -> bytes:
        """Return the line of a hook at ``place`` for ``script`` of ``state``."""
        line = self._line
        for mark, path in (
            (STATE_MARK, state),
            (SCRIPT_MARK, script),
            (HOOK_MARK, place),
        ):
            line = line.replace(mark.encode(), path.encode())
        return line

    def to_bytes(self) -> bytes:
        """Write it, sealed."""
        return sealed(marshal.dumps((self.program, self._line), 2))


def hook_path(cache: str) -> str:
    """Return where the hook of this pysetup is kept."""
    return os.path.join(cache, FOLDER, f"hook-{__version__}")


def read_hook(cache: str) -> Hook | None:
    """Return the hook, None if it is damaged; raises ``OSError``."""
    inside = unsealed(read_bytes(hook_path(cache)))
    if inside is None:
        return None
    return Hook(*marshal.loads(inside))  # noqa: S302 - sealed, and our own
