"""Byte-code that a wheel brings: left out where the system makes its own."""

from collections.abc import Iterable

from pysetup.platforms.plan import PackageFile

_FOLDER = "/__pycache__/"


def without_cached_modules(files: Iterable[PackageFile]) -> tuple[PackageFile, ...]:
    """Return ``files`` without the byte-code of modules that are among them.

    It is of the Python that the wheel was built with, and would be overwritten.
    """
    listed = tuple(files)
    folders = {
        file.path.rpartition("/")[0] for file in listed if file.path.endswith(".py")
    }
    return tuple(
        file
        for file in listed
        if _FOLDER not in file.path or file.path.partition(_FOLDER)[0] not in folders
    )
