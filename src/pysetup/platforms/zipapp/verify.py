"""A zip application read back: its first line, its files, and what is in it."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.formats import core_metadata
from pysetup.platforms.dumb.verify import read_zip_members
from pysetup.platforms.tar_reader import UnreadablePackageError, described
from pysetup.platforms.zipapp.plan import MAIN
from pysetup.standards.jsontext import JSON

_METADATA = ".dist-info/METADATA"
_RECORD = ".dist-info/pysetup-package.json"
_LONGEST_LINE = 512


def verify_application(path: Path) -> Mapping[str, JSON]:
    """Return what the application holds; raises ``UnreadablePackageError``."""
    listed = read_zip_members(path, keep=lambda name: name.endswith(_METADATA))
    members = {member.path: member for member in listed}
    if MAIN not in members:
        raise UnreadablePackageError(path.name, f"it has no {MAIN}")
    with open(path, "rb") as stream:
        first = stream.readline(_LONGEST_LINE)
    documents = {
        name.removesuffix(_METADATA): core_metadata.read(member.content, source=name)
        for name, member in members.items()
        if name.endswith(_METADATA) and name.count("/") == 1
    }
    # The one that it was made of, not those that were put in with it.
    own = [
        documents[name.removesuffix(_RECORD)]
        for name in members
        if name.endswith(_RECORD)
    ]
    if len(own) != 1:
        raise UnreadablePackageError(path.name, "it was not made by bdist_zipapp")
    return {
        "format": "zipapp",
        "name": own[0].normalized_name,
        "version": str(own[0].version),
        "architecture": "any",
        "relations": {},
        "interpreter": first[2:].decode().strip() if first[:2] == b"#!" else "",
        "holds": sorted(f"{each.name} {each.version}" for each in documents.values()),
        "files": [described(member) for member in members.values()],
    }
