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
from pysetup.platforms.nsis.script import MANIFEST, STAGED, UNINSTALLER
from pysetup.standards.jsontext import JSON

_MARK = b"\xef\xbe\xad\xdeNullsoftInst"


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
        contents = _contents(Path(folder), path)
    document = _document(contents, path)
    return {
        "format": "wininst",
        "name": document.name,
        "version": str(document.version),
        "relations": {},
        "files": [
            {
                "path": inside,
                "size": len(content),
                "mode": "0644",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for inside, content in sorted(contents.items())
        ],
    }


def _contents(unpacked: Path, path: Path) -> dict[str, bytes]:
    """Return the content of each file by its path, which only the list in it tells."""
    lists = sorted(unpacked.rglob(MANIFEST))
    if len(lists) != 1:
        raise UnreadableInstallerError(str(path), "it has no list of its files")
    try:
        lines = lists[0].read_bytes().decode("utf-16-le").splitlines()
        paths = [line[1:] for line in lines if line.startswith("F")]
        return {
            inside.replace("\\", "/"): (lists[0].parent / f"{STAGED}{n}").read_bytes()
            for n, inside in enumerate(paths, start=1)
            if not inside.endswith(f"\\{UNINSTALLER}")
        }
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInstallerError(str(path), f"it is not whole: {error}") from None


def _document(contents: Mapping[str, bytes], path: Path) -> Metadata:
    for inside in sorted(contents):
        if inside.endswith(f"{SUFFIX}/{METADATA}"):
            return core_metadata.read(contents[inside], source=str(path))
    raise UnreadableInstallerError(str(path), "it has no METADATA")
