"""Names of archive members: which ones may ever be written below a folder."""

import re

from pysetup.errors import IntegrityError
from pysetup.late import late_pattern

_MAX_PATH_BYTES = 1024
_MAX_PART_BYTES = 255
# Almost every name: short, of plain characters, no part empty or made of dots alone.
_PLAIN = late_pattern(r"(?=.{1,255}\Z)\w[\w.+-]*(?:/[\w-][\w.+-]*)*", re.ASCII)
_CONTROL = late_pattern(r"[\x00-\x1f\x7f-\x9f]")


class UnsafePathError(IntegrityError):
    """An archive names a path that could be written outside its own folder.

    Absolute paths, ``..``, drive letters, backslashes, control characters and
    empty parts are refused before anything is written; nothing was extracted.
    """

    code = "PS5003"

    def __init__(self, source: str, name: str, reason: str) -> None:
        super().__init__(
            f"{source} holds the unsafe path {name[:120]!r}: {reason}",
            facts={"file": source, "path": name[:_MAX_PATH_BYTES]},
            hints=(
                "do not install it; report it to the index it came from",
                "an sdist you trust: unpack it by hand, and give the folder instead",
            ),
        )
        self.source, self.name, self.reason = source, name, reason


def path_fault(name: str) -> str | None:
    """Say why ``name`` (with ``/``) must not be written, or None if it may.

    The rules hold on every system, so that an archive is either good
    everywhere or nowhere.
    """
    return None if _PLAIN.fullmatch(name) else _fault(name)


def _fault(name: str) -> str | None:  # noqa: PLR0911 - one return a rule
    if not name:
        return "it is empty"
    if name[0] == "/":
        return "it is absolute"
    if "\\" in name:
        return "it has a backslash"
    if ":" in name:
        return "it has a colon (a drive or a stream on Windows)"
    if _CONTROL.search(name):
        return "it has a control character"
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "it is not Unicode text"
    parts = name.split("/")
    if any(part in ("", ".") for part in parts):
        return "it has an empty part"
    if ".." in parts:
        return "it climbs out of its folder"
    if len(encoded) > _MAX_PATH_BYTES or any(
        len(part.encode()) > _MAX_PART_BYTES for part in parts
    ):
        return "it is too long"
    return None


def check_path(name: str, *, source: str) -> str:
    """Return ``name`` if it is safe; raises ``UnsafePathError`` naming ``source``."""
    fault = path_fault(name)
    if fault is not None:
        raise UnsafePathError(source, name, fault)
    return name
