"""An installer read back: what 7-Zip, which knows NSIS, finds in it."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import IntegrityError
from pysetup.interchange.dist_info import METADATA, SUFFIX
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.platforms.interface import Tools
from pysetup.standards.jsontext import JSON

_MARK = b"\xef\xbe\xad\xdeNullsoftInst"
# What 7-Zip makes of the variable that holds the folder of Python.
_PYTHON = "$_[0-9]_"


class UnreadableInstallerError(IntegrityError):
    """A file is no installer of NSIS, or it is damaged.

    Get it again from where it came from, or build it again.
    """

    code = "PS5581"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} is no sound installer: {reason}",
            facts={"file": path},
            hints=("build it again, or fetch it again",),
        )


def read_installer(path: Path, *, tools: Tools | None) -> Mapping[str, JSON]:
    """Return what an installer holds; little where there is no 7-Zip to tell.

    The paths of files are below the folder of Python. Raises
    ``UnreadableInstallerError``.
    """
    content = path.read_bytes()
    if not content.startswith(b"MZ") or _MARK not in content:
        raise UnreadableInstallerError(str(path), "it has not the mark of NSIS")
    program = tools.find("7z") if tools else None
    if tools is None or program is None:
        return {"format": "wininst", "relations": {}}
    with tempfile.TemporaryDirectory(prefix="pysetup-read-") as folder:
        done = tools.run((program, "x", "-y", f"-o{folder}", str(path)))
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace")[-500:].strip()
            raise UnreadableInstallerError(str(path), said or "7z cannot read it")
        roots = sorted(Path(folder).glob(_PYTHON))
        if len(roots) != 1:
            raise UnreadableInstallerError(str(path), "it installs nothing for Python")
        document = _document(roots[0], path)
        return {
            "format": "wininst",
            "name": document.name,
            "version": str(document.version),
            "relations": {},
            "files": _files(roots[0]),
        }


def _document(root: Path, path: Path) -> Metadata:
    places = sorted(root.glob(f"**/*{SUFFIX}/{METADATA}"))
    if not places:
        raise UnreadableInstallerError(str(path), "it has no METADATA")
    return core_metadata.read(places[0].read_bytes(), source=str(path))


def _files(root: Path) -> list[JSON]:
    told: list[JSON] = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).as_posix()
        if path.is_file():
            content = path.read_bytes()
            told.append(
                {
                    "path": inside,
                    "size": len(content),
                    "mode": "0644",
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
    return told
