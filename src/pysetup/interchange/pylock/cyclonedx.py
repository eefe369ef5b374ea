"""A lock as a bill of materials in CycloneDX 1.6 (ECMA-424), JSON."""

import json
import uuid

from pysetup import __version__
from pysetup.interchange.pylock.bill import (
    known_digests,
    references,
    required_rows,
    roots,
)
from pysetup.interchange.pylock.model import LockedArchive, LockedPackage, LockFile
from pysetup.standards.jsontext import JSON

_ROOT = "locked"
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # that of URLs


def cyclonedx_text(lock: LockFile, *, name: str, moment: str) -> str:
    """Return the bill of ``lock``; equal locks at equal moments give equal texts.

    ``name`` is that of the project, ``moment`` is ISO 8601 in UTC.
    """
    listed = references(lock)
    by_row = {id(package): reference for package, reference in listed}
    dependencies: list[JSON] = [
        {"ref": _ROOT, "dependsOn": sorted({by_row[id(row)] for row in roots(lock)})}
    ]
    dependencies += [
        {
            "ref": reference,
            "dependsOn": sorted(
                {by_row[id(row)] for row in required_rows(package, lock)} - {reference}
            ),
        }
        for package, reference in listed
    ]
    document: dict[str, JSON] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": moment,
            "lifecycles": [{"phase": "pre-build"}],
            "component": {"type": "application", "bom-ref": _ROOT, "name": name},
            "tools": {
                "components": [
                    {"type": "application", "name": "pysetup", "version": __version__}
                ]
            },
        },
        "components": [_component(package, text) for package, text in listed],
        "dependencies": dependencies,
    }
    told = json.dumps(document, sort_keys=True)
    serial = {"serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, told)}"}
    ordered = {**dict(list(document.items())[:3]), **serial, **document}
    return json.dumps(ordered, indent=2, ensure_ascii=False) + "\n"


def _component(package: LockedPackage, reference: str) -> dict[str, JSON]:
    made: dict[str, JSON] = {
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "purl": reference.partition("#")[0],
    }
    if package.version:
        made["version"] = package.version
    links = [_distribution(file) for file in package.files if file.url]
    if package.vcs is not None and package.vcs.url:
        links.append({"type": "vcs", "url": package.vcs.url})
    if links:
        made["externalReferences"] = links
    facts = {
        "pysetup:marker": package.marker,
        "pysetup:requires-python": package.requires_python,
        "pysetup:commit-id": package.vcs.commit_id if package.vcs else "",
        "pysetup:path": package.directory.path if package.directory else "",
    }
    properties: list[JSON] = [
        {"name": key, "value": text} for key, text in facts.items() if text
    ]
    if properties:
        made["properties"] = properties
    return made


def _distribution(file: LockedArchive) -> JSON:
    made: dict[str, JSON] = {"type": "distribution", "url": file.url}
    hashes: list[JSON] = [
        {"alg": name, "content": digest} for name, _, digest in known_digests(file)
    ]
    if hashes:
        made["hashes"] = hashes
    made["comment"] = file.filename
    return made
