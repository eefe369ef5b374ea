"""The definition of a distribution: what Installer of macOS asks before it installs.

It makes a component package a product archive, as ``productbuild`` does: with a title,
with the processors and the systems that it is for, and with one place to install to.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.templates import filled

#: The processors that a Mac may have.
MACHINES = ("arm64", "x86_64")
_CHOICE = "default"
_CHECK = """
function pythonIsThere() {
    if (system.files.fileExistsAtPath(@python@)) {
        return true;
    }
    my.result.title = @title@;
    my.result.message = @message@;
    my.result.type = 'Fatal';
    return false;
}
"""


def distribution(plan: PackagePlan, *, component: str, size: int) -> bytes:
    """Return the file; ``component`` names the package beside it, ``size`` in KiB."""
    identifier = str(plan.details["identifier"])
    root = ET.Element("installer-gui-script", minSpecVersion="1")
    ET.SubElement(root, "title").text = str(plan.details["display_name"])
    ET.SubElement(
        root,
        "options",
        {
            "customize": "never",
            "allow-external-scripts": "false",
            # Without arm64, Rosetta would be asked for.
            "hostArchitectures": ",".join(_machines(plan)),
        },
    )
    ET.SubElement(
        root,
        "domains",
        {
            "enable_anywhere": "false",
            "enable_currentUserHome": "false",
            "enable_localSystem": "true",
        },
    )
    ET.SubElement(root, "installation-check", script="pythonIsThere()")
    ET.SubElement(root, "script").text = _script(plan.details)
    if system := plan.details["oldest_system"]:
        check = ET.SubElement(root, "volume-check")
        versions = ET.SubElement(check, "allowed-os-versions")
        ET.SubElement(versions, "os-version", min=str(system))
    outline = ET.SubElement(root, "choices-outline")
    line = ET.SubElement(outline, "line", choice=_CHOICE)
    ET.SubElement(line, "line", choice=identifier)
    ET.SubElement(root, "choice", id=_CHOICE)
    choice = ET.SubElement(root, "choice", id=identifier, visible="false")
    ET.SubElement(choice, "pkg-ref", id=identifier)
    reference = ET.SubElement(
        root,
        "pkg-ref",
        {
            "id": identifier,
            "version": plan.version,
            "onConclusion": "none",
            "installKBytes": str(size),
        },
    )
    reference.text = f"#{component}"
    ET.SubElement(root, "product", id=identifier, version=plan.version)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _machines(plan: PackagePlan) -> Sequence[str]:
    return (plan.architecture,) if plan.architecture in MACHINES else MACHINES


def _script(details: Mapping[str, object]) -> str:
    """Return the check in JavaScript: it runs before anything is asked."""
    python = str(details["python"])
    words = {
        "python": str(details["interpreter"]),
        "title": f"Python {python} is not installed",
        "message": f"Install Python {python} of python.org first.",
    }
    return filled(_CHECK, {name: json.dumps(text) for name, text in words.items()})
