"""Temporary folders in which a project's own code works: gone, whatever it did."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError
from pysetup.late import shutil, tempfile

_ALL = stat.S_IRWXU


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Give a new folder; it is removed at the end, with what is read-only in it.

    What cannot be removed is left to the system, which clears its temporary folder:
    that the build itself succeeded or failed is the news. Raises ``OSError`` where no
    folder can be made.
    """
    folder = tempfile.mkdtemp(prefix=prefix)
    try:
        yield Path(folder)
    finally:
        remove_tree(folder)


class OutputPlaceError(EnvironmentRefusedError):
    """The folder for what is made is none, or nothing may be written there.

    It is told before any work is done. ``--outdir`` names another folder.
    """

    code = "PS7946"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"nothing can be written to {folder}: {reason}",
            facts={"path": str(folder)},
            hints=("choose another folder:  --outdir DIR",),
        )


def check_output(folder: Path) -> None:
    """Refuse a place at which no files can be made; raises ``OutputPlaceError``."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    shown = "it" if there == folder else str(there)
    if not there.is_dir():
        raise OutputPlaceError(folder, f"{shown} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputPlaceError(folder, f"{shown} may not be written to")


@contextlib.contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make ``folder``, where it is missing; if the block fails, it is missing again."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


@contextlib.contextmanager
def appearing_together(into: Path) -> Iterator[Path]:
    """Give a folder; at the end all files in it move to ``into``, or none of them.

    Files of its folders move to the folders of the same names.
    """
    with output_folder(into):
        folder = tempfile.mkdtemp(prefix=".build-", dir=into)
        try:
            yield Path(folder)
            for path in sorted(Path(folder).rglob("*")):
                place = into / path.relative_to(folder)
                if path.is_dir():
                    place.mkdir(exist_ok=True)
                else:
                    os.replace(path, place)
        finally:
            remove_tree(folder)


def remove_tree(folder: str | Path) -> None:
    """Remove ``folder`` as far as it can be; never raises ``OSError``."""
    shutil.rmtree(folder, onerror=partial(_retry, os.fspath(folder)))
    if os.path.isdir(folder):
        # What still ran may have written meanwhile; it has been ended since.
        shutil.rmtree(folder, ignore_errors=True)


def _retry(top: str, function: Callable[..., object], path: str, _: object) -> None:
    """Try again what failed on a read-only folder or file at or below ``top``."""
    with contextlib.suppress(OSError):
        if os.fspath(path) != top:
            # Above it is the system's temporary folder, whose mode is not ours.
            os.chmod(os.path.dirname(path), _ALL)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, _ALL)
            shutil.rmtree(path, ignore_errors=True)
        elif function is not os.rmdir:
            os.unlink(path)
