"""A plug-in of pysetup: ``pysetup bdist_flat`` packs a project as one plain zip.

The whole interface is this one function. It gets a folder in wheel layout and the
project's document, and returns the path of what it made.
"""

import json
import zipfile
from pathlib import Path


def binary_dist(built_dir: str, metadata: dict[str, object]) -> Path:
    """Write NAME-VERSION.flat.zip beside the tree: its files, and the document."""
    root = Path(built_dir)
    made = root.parent / f"{metadata['name']}-{metadata['version']}.flat.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                member = zipfile.ZipInfo(path.relative_to(root).as_posix())
                archive.writestr(member, path.read_bytes())
        archive.writestr(zipfile.ZipInfo("about.json"), json.dumps(metadata))
    return made
