"""A lock as a bill of materials in SPDX 2.3 (ISO/IEC 5962 and after), JSON."""

import json

from pysetup import __version__
from pysetup.interchange.pylock.bill import (
    download_place,
    known_digests,
    package_url,
    required_rows,
    roots,
)
from pysetup.interchange.pylock.model import LockedPackage, LockFile
from pysetup.late import hashlib
from pysetup.standards.jsontext import JSON

_ROOT = "SPDXRef-locked"
_NO = "NOASSERTION"


def spdx_text(lock: LockFile, *, name: str, moment: str) -> str:
    """Return the bill of ``lock``; equal locks at equal moments give equal texts.

    ``name`` is that of the project, ``moment`` is ISO 8601 in UTC, whole seconds.
    """
    numbered = {
        id(package): f"SPDXRef-{number}-{package.name}"
        for number, package in enumerate(lock.packages, start=1)
    }
    packages: list[JSON] = [_project(name)]
    packages += [_package(package, numbered[id(package)]) for package in lock.packages]
    pairs = [("SPDXRef-DOCUMENT", "DESCRIBES", _ROOT)]
    pairs += [(_ROOT, "DEPENDS_ON", numbered[id(row)]) for row in roots(lock)]
    pairs += [
        (numbered[id(package)], "DEPENDS_ON", numbered[id(row)])
        for package in lock.packages
        for row in required_rows(package, lock)
        if row is not package
    ]
    relationships: list[JSON] = [
        {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        for one, kind, other in dict.fromkeys(pairs)
    ]
    digest = hashlib.sha256(
        json.dumps([packages, relationships, moment], sort_keys=True).encode()
    ).hexdigest()
    document: dict[str, JSON] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{digest[:32]}",
        "creationInfo": {
            "created": moment,
            "creators": [f"Tool: pysetup-{__version__}"],
        },
        "packages": packages,
        "relationships": relationships,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _project(name: str) -> dict[str, JSON]:
    return {
        "SPDXID": _ROOT,
        "name": name,
        "downloadLocation": _NO,
        "filesAnalyzed": False,
        "primaryPackagePurpose": "APPLICATION",
    }


def _package(package: LockedPackage, reference: str) -> dict[str, JSON]:
    made: dict[str, JSON] = {"SPDXID": reference, "name": package.name}
    if package.version:
        made["versionInfo"] = package.version
    made |= {
        "downloadLocation": download_place(package) or _NO,
        "filesAnalyzed": False,
        "licenseConcluded": _NO,
        "licenseDeclared": _NO,
        "copyrightText": _NO,
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": package_url(package),
            }
        ],
    }
    # A package of SPDX is one file: of a row with several, that which it points to.
    first = [file for file in package.files if file.url == made["downloadLocation"]]
    checksums: list[JSON] = [
        {"algorithm": algorithm, "checksumValue": digest}
        for file in first[:1]
        for _, algorithm, digest in known_digests(file)
    ]
    if checksums:
        made["checksums"] = checksums
    if package.marker:
        made["comment"] = f"installed where {package.marker}"
    return made
