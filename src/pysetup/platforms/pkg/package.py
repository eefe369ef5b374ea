"""A product archive as bytes: its definition, and the one package that it has in it.

That package is a folder of PackageInfo, Bom, Payload and Scripts.
"""

import gzip
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

from pysetup.platforms.pkg.bom import write_bom
from pysetup.platforms.pkg.cpio import write_cpio
from pysetup.platforms.pkg.distribution import distribution
from pysetup.platforms.pkg.entries import FILE, FOLDER, LINK, Entry, with_folders
from pysetup.platforms.pkg.plan import POSTINSTALL, PREINSTALL
from pysetup.platforms.pkg.xar import Member, write_xar
from pysetup.platforms.plan import PackagePlan

_ADMIN = 80
_OPEN_FOLDER, _SHUT_FOLDER = FOLDER | 0o775, FOLDER | 0o755
_FRAMEWORK = "Library/Frameworks/Python.framework"
_KIB = 1024
_PROGRAMS = (PREINSTALL, POSTINSTALL)
#: The name of the list that the second script reads.
_INSTALLED = "files"


def payload_entries(plan: PackagePlan, contents: Mapping[str, bytes]) -> list[Entry]:
    """Return all that the package installs, ``.`` first, folders before their files.

    What stands in the framework of Python belongs to the group ``admin``, as the rest
    of it does; folders above it are the system's.
    """
    found = [
        _entry(file.path, FILE | file.mode, contents[file.path]) for file in plan.files
    ]
    links = plan.details["links"]
    assert isinstance(links, Mapping)
    found += [
        _entry(place, LINK | 0o755, str(target).encode())
        for place, target in links.items()
    ]
    root = Entry(".", _SHUT_FOLDER)
    listed = with_folders([root, *found], folder=root)
    return [_owned(entry) for entry in listed]


def _entry(path: str, mode: int, content: bytes) -> Entry:
    return Entry(f"./{path}", mode, content=content)


def _owned(entry: Entry) -> Entry:
    if not entry.path.startswith(f"./{_FRAMEWORK}"):
        return entry
    mode = _OPEN_FOLDER if entry.kind == FOLDER else entry.mode
    return Entry(entry.path, mode, 0, _ADMIN, entry.content)


def pkg_bytes(plan: PackagePlan, contents: Mapping[str, bytes], *, epoch: int) -> bytes:
    """Return the package of ``plan``; ``contents`` are the bytes of files by path.

    Raises ``CpioError`` or ``BomError`` for a file that is too large.
    """
    entries = payload_entries(plan, contents)
    scripts = _script_entries(plan, entries)
    size = -(-sum(len(entry.content) for entry in entries) // _KIB)
    name = f"{plan.project}.pkg"
    definition = distribution(plan, component=name, size=size)
    info = _package_info(plan, count=len(entries), size=size)
    members = [
        Member(f"{name}/Bom", write_bom(entries, epoch=epoch), compressed=True),
        Member(f"{name}/Payload", _packed(entries, epoch=epoch)),
        Member(f"{name}/Scripts", _packed(scripts, epoch=epoch)),
        Member(f"{name}/PackageInfo", info, compressed=True),
        Member("Distribution", definition, compressed=True),
    ]
    return write_xar(members, epoch=epoch)


def _script_entries(plan: PackagePlan, entries: Iterable[Entry]) -> list[Entry]:
    """Return the scripts, and beside them the list of what is installed."""
    listed = "".join(
        f"{entry.path.removeprefix('./')}\n"
        for entry in entries
        if entry.kind != FOLDER
    )
    texts = {**plan.scripts, _INSTALLED: listed}
    found = [
        Entry(
            f"./{name}",
            FILE | (0o755 if name in _PROGRAMS else 0o644),
            content=text.encode(),
        )
        for name, text in texts.items()
    ]
    root = Entry(".", _SHUT_FOLDER)
    return with_folders([root, *found], folder=root)


def _packed(entries: Iterable[Entry], *, epoch: int) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, stream, mtime=0) as archive:
        for part in write_cpio(entries, epoch=epoch):
            archive.write(part)
    return stream.getvalue()


def _package_info(plan: PackagePlan, *, count: int, size: int) -> bytes:
    """Return what the package says of itself; ``size`` is in KiB."""
    root = ET.Element(
        "pkg-info",
        {
            "format-version": "2",
            "identifier": str(plan.details["identifier"]),
            "version": plan.version,
            "install-location": "/",
            "auth": "root",
            # The folders of the system stay as they are.
            "overwrite-permissions": "false",
            "relocatable": "false",
            "generator-version": "pysetup",
        },
    )
    numbers = {"numberOfFiles": str(count), "installKBytes": str(size)}
    ET.SubElement(root, "payload", numbers)
    ET.SubElement(root, "bundle-version")
    scripts = ET.SubElement(root, "scripts")
    for name in _PROGRAMS:
        ET.SubElement(scripts, name, file=f"./{name}")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
