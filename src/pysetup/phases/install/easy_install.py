"""What easy_install and ``setup.py develop`` left: path lines, links, scripts.

Neither exists any more, but their installations do.
"""

import os
import re
from collections.abc import Iterable, Sequence

from pysetup.late import late_pattern
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

EASY_INSTALL = "easy-install.pth"
_LIMIT = 8 * 1024 * 1024
_HEAD = 2048
# The first lines of every script that easy_install wrote name whose it is.
_MARK = late_pattern(
    rb"^# EASY-INSTALL-(?:ENTRY-|DEV-)?SCRIPT: '([^'\r\n=]+)(?:==[^'\r\n]*)?'",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PathLine:
    """One line of an ``easy-install.pth``, as it stands there, and that file."""

    path: str
    line: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file that several distributions share gets a new content, or goes.

    ``before`` is the digest of what it was planned from, None for a file that is not
    there yet; ``content`` is None where nothing of the file is left.
    """

    path: str
    before: Hash | None
    content: bytes | None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, without the content."""
        after = None if self.content is None else str(Hash.of(self.content))
        before = None if self.before is None else str(self.before)
        return {"path": self.path, "before": before, "after": after}


def active_eggs(site: str) -> frozenset[str]:
    """Return the names in ``site`` that its ``easy-install.pth`` puts on the path."""
    found = (_place(site, line) for line in _lines(os.path.join(site, EASY_INSTALL)))
    return frozenset(os.path.basename(p) for p in found if os.path.dirname(p) == site)


def path_lines(site: str, target: str) -> tuple[PathLine, ...]:
    """Return the lines of ``easy-install.pth`` in ``site`` that lead to ``target``.

    ``target`` is an absolute path; links are followed, as Python does.
    """
    path = os.path.join(site, EASY_INSTALL)
    real = os.path.realpath(target)
    return tuple(
        PathLine(path, line)
        for line in _lines(path)
        if (place := _place(site, line)) and os.path.realpath(place) == real
    )


def plan_rewrites(lines: Iterable[PathLine]) -> tuple[Rewrite, ...]:
    """Say how files look without ``lines``; a file without any path left goes."""
    by_path: dict[str, set[str]] = {}
    for one in lines:
        by_path.setdefault(one.path, set()).add(one.line)
    return tuple(_without(path, by_path[path]) for path in sorted(by_path))


def _without(path: str, lines: set[str]) -> Rewrite:
    content = _read(path)
    kept = [
        row
        for row in content.splitlines(keepends=True)
        if os.fsdecode(row.rstrip(b"\r\n")) not in lines
    ]
    # Old versions put lines of code around the paths, which serve nothing else.
    paths = [row for row in kept if row.strip() and not row.startswith(b"import ")]
    return Rewrite(path, Hash.of(content), b"".join(kept) if paths else None)


def own_scripts(name: str, wanted: Sequence[str], *, folder: str) -> tuple[str, ...]:
    """Return those scripts in ``folder`` called as ``wanted`` that are of ``name``.

    Only what says itself that easy_install wrote it for this distribution.
    """
    own = normalize_name(name)
    found = []
    for script in sorted(set(wanted)):
        path = os.path.join(folder, script)
        if os.sep in script or os.path.islink(path) or not os.path.isfile(path):
            continue
        mark = _MARK.search(_read(path, limit=_HEAD))
        if mark and normalize_name(os.fsdecode(mark[1])) == own:
            found.append(path)
    return tuple(found)


def linked_project(link: str) -> str:
    """Return the folder that an ``.egg-link`` leads to; empty if it names none."""
    lines = [line.strip() for line in _lines(link)]
    return os.path.normpath(lines[0]) if lines and os.path.isabs(lines[0]) else ""


def _place(site: str, line: str) -> str:
    """Return the absolute path that a line of a ``.pth`` file adds; else nothing."""
    text = line.strip()
    if not text or text.startswith(("#", "import ", "import\t")):
        return ""
    return os.path.normpath(os.path.join(site, text))


def _lines(path: str) -> list[str]:
    return os.fsdecode(_read(path)).splitlines()


def _read(path: str, *, limit: int = _LIMIT) -> bytes:
    """Return the beginning of a file; nothing if it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(limit)
    except OSError:
        return b""
