"""The bill of materials of a wheel: what it carries along of others (PEP 770)."""

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pysetup import __version__
from pysetup.interchange.layout import dist_info_folder, write_files
from pysetup.late import late_pattern
from pysetup.metadata.document import Metadata
from pysetup.standards.binaries import read_binary
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import is_name, normalize_name
from pysetup.values import dataclass

SBOM_NAME = "sboms/pysetup.cdx.json"
# Where auditwheel, delvewheel and delocate put the libraries that they copy.
_PRIVATE = late_pattern(r"(?:.*/)?(?:[^/]+\.libs|\.dylibs)/[^/]+")
_LIBRARY = late_pattern(r".*\.(?:so(?:\.[0-9.]+)?|dll|dylib)")
# They add a digest to the name, so that two copies can be loaded side by side.
_MANGLED = late_pattern(
    r"(?P<stem>.+?)-(?:[0-9a-f]{8}|[0-9a-f]{32})(?P<end>(?:[.-].*)?)"
)
_VENDORED = late_pattern(r"(?P<name>[A-Za-z0-9._-]+)\s*==\s*(?P<version>[^\s;#]+)")
_VENDOR_FILE = "_vendor/vendor.txt"


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """Something of others in the tree: a library file, or a vendored distribution.

    ``path`` is where it stands or is listed; ``hash`` and ``soname`` are those of a
    library, ``version`` that of a distribution.
    """

    name: str
    path: str
    version: str = ""
    hash: Hash | None = None
    soname: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the component as CycloneDX 1.6 has it."""
        made: dict[str, JSON] = {"type": "library", "name": self.name}
        reference = self.path
        if self.version:
            reference = f"pkg:pypi/{self.name}@{self.version}"
            made |= {"version": self.version, "purl": reference}
        if self.hash is not None:
            made["hashes"] = [{"alg": "SHA-256", "content": self.hash.hexdigest}]
        told = {"pysetup:path": self.path, "pysetup:soname": self.soname}
        made["properties"] = [
            {"name": name, "value": value} for name, value in told.items() if value
        ]
        return {"bom-ref": reference, **made}


def find_components(root: Path) -> tuple[Component, ...]:
    """Return what the folder ``root``, in wheel layout, carries along of others.

    These are shared libraries in private folders (``demo.libs``, ``.dylibs``), and
    what a ``_vendor/vendor.txt`` names.
    """
    return tuple(sorted(set(_find(root))))


def may_carry(paths: Iterable[str]) -> bool:
    """Tell whether a tree of these files may carry anything along of others."""
    return any(_is_private(path) or path.endswith(_VENDOR_FILE) for path in paths)


def _is_private(path: str) -> bool:
    name = path.rpartition("/")[2]
    return bool(_LIBRARY.fullmatch(name) and _PRIVATE.fullmatch(path))


def write_sbom(root: Path, metadata: Metadata) -> tuple[Component, ...]:
    """Write ``sboms/pysetup.cdx.json`` if ``root`` carries anything; return what.

    It is CycloneDX 1.6, and the same for the same tree: no time, no serial number.
    """
    components = find_components(root)
    if components:
        folder = dist_info_folder(root, metadata)
        content = _document(metadata, components)
        write_files(root, {f"{folder}/{SBOM_NAME}": content})
    return components


def _find(root: Path) -> Iterator[Component]:
    for folder, _, names in os.walk(root):
        for name in names:
            place = Path(folder, name)
            path = place.relative_to(root).as_posix()
            if _is_private(path):
                yield _library(place, path)
            elif path.endswith(_VENDOR_FILE):
                yield from _vendored(place, path)


def _library(place: Path, path: str) -> Component:
    digest, soname = Hash.of_file(str(place)), ""
    if place.stat().st_size:
        with (
            place.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            binary = read_binary(content)
        soname = binary.soname if binary is not None else ""
    mangled = _MANGLED.fullmatch(place.name)
    name = mangled["stem"] + mangled["end"] if mangled else place.name
    return Component(name, path, hash=digest, soname=soname)


def _vendored(place: Path, path: str) -> Iterator[Component]:
    for line in place.read_text("utf-8", "replace").splitlines():
        match = _VENDORED.match(line.strip())
        if match and is_name(match["name"]):
            name = normalize_name(match["name"])
            yield Component(name, path, match["version"])


def _document(metadata: Metadata, components: tuple[Component, ...]) -> bytes:
    name, version = metadata.normalized_name, str(metadata.version)
    reference = f"pkg:pypi/{name}@{version}"
    own: Mapping[str, JSON] = {
        "bom-ref": reference,
        "type": "library",
        "name": name,
        "version": version,
        "purl": reference,
    }
    tool: Mapping[str, JSON] = {
        "type": "application",
        "name": "pysetup",
        "version": __version__,
    }
    listed = [component.to_json() for component in components]
    document: Mapping[str, JSON] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own, "tools": {"components": [tool]}},
        "components": listed,
        "dependencies": [
            {"ref": reference, "dependsOn": [one["bom-ref"] for one in listed]}
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
