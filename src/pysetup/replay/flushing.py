"""Waiting for the disk, as ``phases.install.durability`` explains, at less of a start.

Python has no ``syncfs``, and ``ctypes`` loads more than all the rest of the short way:
so its inner module is asked, and where that has changed, everything is flushed.
"""

import os

from pysetup.edges.disks import is_forgetful, keeps_order

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Disk:
    """The disk of a state folder: when to wait for it. All raise ``OSError``."""

    __slots__ = ("_ordered", "_root", "_waits")

    def __init__(self, root: str, *, durable: bool) -> None:
        self._root = root
        self._waits = durable and not is_forgetful(root)
        self._ordered = self._waits and keeps_order(root)

    def staged(self) -> None:
        """Bring contents to the disk; the journal gets its name next."""
        if self._waits:
            flush(self._root)

    def committed(self) -> None:
        """Go on after the journal got its name; the moves come next."""
        if self._waits and not self._ordered:
            self._flush_names()

    def moved(self) -> None:
        """Go on after all moves are done; the journal goes next."""
        if self._waits and not self._ordered:
            flush(self._root)

    def ended(self) -> None:
        """End, after the journal is gone."""
        if self._waits and self._ordered:
            self._flush_names()

    def _flush_names(self) -> None:
        descriptor = os.open(self._root, _FOLDER)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def flush(folder: str) -> None:
    """Return when all on the disk of ``folder`` would survive a loss of power."""
    descriptor = os.open(folder, _FOLDER)
    try:
        if not _flush_disk_of(descriptor):
            os.sync()
    finally:
        os.close(descriptor)


def _flush_disk_of(descriptor: int) -> bool:
    """Call ``syncfs``; tell whether that was possible."""
    try:
        import _ctypes as inner

        class Number(inner._SimpleCData[int]):  # noqa: SLF001 - see above
            _type_ = "i"

        class Function(inner.CFuncPtr):
            _flags_ = inner.FUNCFLAG_CDECL
            _restype_ = Number
            _argtypes_ = (Number,)

        library = inner.dlopen(None, 0)  # type: ignore[arg-type] # None: what is loaded
        address = inner.dlsym(library, "syncfs")
        done: int = Function(address)(descriptor)
    except (ImportError, AttributeError, OSError, TypeError):
        return False
    return done == 0
