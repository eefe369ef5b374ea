"""What the files of a package may be called on Windows."""

import re
from collections.abc import Iterable

from pysetup.errors import UsageError

_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])"
    r"[ .]*(?:[.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')
#: Where Python stands at most: a profile with a name of 20 letters (bytes of UTF-16).
_LONGEST_ROOT = len(
    r"C:\Users\twenty-letters-name-x\AppData\Local\Programs\Python\Python313-32"
)
_MAX_PATH = 259
_MOST_SHOWN = 10


class WindowsFileNameError(UsageError):
    """Files of a project cannot stand on a disk of Windows under their names.

    Windows keeps some names for devices (CON, NUL, COM1 ...), has no ``< > : " | ? *``
    nor a backslash in a name, none that ends in a dot or a space, and sees no
    difference between small letters and capitals. Rename the files in the project.
    """

    code = "PS2777"

    def __init__(self, project: str, faults: list[tuple[str, str]]) -> None:
        path, reason = faults[0]
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(
            f"{project} has files that Windows cannot have: {path!r} {reason}{more}",
            facts={
                "project": project,
                "files": [
                    f"{path!r} {reason}" for path, reason in faults[:_MOST_SHOWN]
                ],
            },
            hints=("rename them in the project, or leave them out of it",),
        )
        self.faults = faults


def check_windows_paths(paths: Iterable[str], *, project: str) -> None:
    """Refuse paths that Windows cannot have; raises ``WindowsFileNameError``."""
    faults: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in sorted(paths):
        if reason := next(filter(None, map(_fault, path.split("/"))), ""):
            faults.append((path, reason))
        if other := _clash(path, seen, folders):
            faults.append((path, f"is there the same as {other!r}"))
    if faults:
        raise WindowsFileNameError(project, faults)


def long_paths(paths: Iterable[str]) -> list[str]:
    """Return the paths that may be too long for programs that know MAX_PATH."""
    return [
        path
        for path in paths
        if _LONGEST_ROOT + 1 + len(path.encode("utf-16-le")) // 2 > _MAX_PATH
    ]


def _fault(name: str) -> str:
    if _DEVICES.fullmatch(name):
        return "is the name of a device"
    if match := _FORBIDDEN.search(name):
        return f"has {match[0]!r} in it"
    if name.endswith((".", " ")):
        return "ends in a dot or a space"
    return ""


def _clash(path: str, seen: dict[str, str], folders: dict[str, str]) -> str:
    """Return the file or folder that ``path`` or a folder of it would run into."""
    key = _key(path)
    other = seen.get(key) or folders.get(key, "")
    seen.setdefault(key, path)
    while not other and "/" in path:
        path = path.rpartition("/")[0]
        other = seen.get(_key(path), "")
        folders.setdefault(_key(path), path)
    return other


def _key(path: str) -> str:
    """Return what is the same for two paths that Windows takes for one.

    The file system compares capitals, character by character.
    """
    return "".join(
        upper if len(upper := character.upper()) == 1 else character
        for character in path
    )
