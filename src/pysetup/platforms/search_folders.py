"""Where machine code looks for libraries: folders of the machine that built it go out.

A compiler may note folders of its own machine (``/home/me/lib``), by the flags that its
Python was built with. On another machine nobody watches over what stands there, so no
distribution takes such code.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator

from pysetup.platforms.plan import PackageFile
from pysetup.standards.binaries import Binary
from pysetup.standards.elf import with_search_folders
from pysetup.values import replace

# Beside the file itself: what auditwheel writes.
_BESIDE = re.compile(r"\$(?:ORIGIN|\{ORIGIN\})(?:/|$)")
# A folder of the distribution that holds private libraries of one package.
_PRIVATE = re.compile(
    r"/usr/lib(?:32|64|exec)?/(?:[^/]+-linux-[^/]+/)?(?![^/]+-linux-[^/]+$)[^/]+(/.+)?"
)


def without_foreign_folders(
    files: Iterable[PackageFile], code: dict[str, Binary]
) -> Iterator[PackageFile]:
    """Return ``files`` that no longer search folders of another machine.

    ``code`` has the machine code among them by the paths of their sources. Folders
    beside the file, those in which the package itself has files, and private ones of
    the system below ``/usr/lib`` stay.
    """
    files = tuple(files)
    own = {f"/{file.path.rpartition('/')[0]}" for file in files}
    for file in files:
        binary = code.get(file.source)
        searched = binary.elf.search_folders if binary is not None else ()
        foreign = tuple(
            dict.fromkeys(folder for folder in searched if not _is_kept(folder, own))
        )
        yield replace(file, left_out_folders=foreign) if foreign else file


def searching_less(content: bytes, file: PackageFile) -> bytes:
    """Return the machine code ``content`` without the folders that ``file`` leaves."""
    left_out = set(file.left_out_folders)
    return with_search_folders(content, lambda folder: folder not in left_out)


def notes_on_search_folders(files: Iterable[PackageFile]) -> tuple[str, ...]:
    """Return in words which folders of another machine are no longer searched."""
    found: dict[str, list[str]] = {}
    for file in files:
        for folder in file.left_out_folders:
            found.setdefault(folder, []).append(file.path)
    return tuple(
        f"{_files(paths)} looked for libraries in {folder or 'an empty path'!r} of the "
        "machine that built it; that is taken out"
        for folder, paths in found.items()
    )


def _is_kept(folder: str, own: set[str]) -> bool:
    if _BESIDE.match(folder) is not None:
        return True
    place = posixpath.normpath(folder)
    return place in own or _PRIVATE.fullmatch(place) is not None


def _files(paths: list[str]) -> str:
    more = len(paths) - 1
    return f"{paths[0]} (and {more} more)" if more else paths[0]
