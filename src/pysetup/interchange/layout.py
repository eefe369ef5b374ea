"""The folder in wheel layout: its metadata files, written from the document."""

import os
from collections.abc import Mapping
from pathlib import Path

from pysetup import __version__
from pysetup.late import late_pattern
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.fields import lowest_version
from pysetup.metadata.formats import core_metadata, pep819
from pysetup.metadata.formats.pep819 import METADATA_JSON
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.metadata.projections import METADATA, PKG_INFO, projections
from pysetup.standards.executables import is_executable_content
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import parse_json_object, to_json_text

WHEEL_JSON = "WHEEL.json"
WHEEL_VERSIONS = ("1.0", "1.1")
_WHEEL_VERSION = late_pattern(rb"(?im)^(wheel-version[ \t]*:[ \t]*)[0-9.]+")
PURE_TAGS = ("py3-none-any",)
GENERATOR = f"pysetup {__version__}"
# PEP 643: from this version on, what an sdist does not mark dynamic is reliable.
_RELIABLE = (2, 2)


def metadata_files(
    metadata: Metadata, *, version: str | None = None
) -> dict[str, bytes]:
    """Return the document and its projections by their names in a ``.dist-info``.

    METADATA has ``version``, by default the lowest sufficient one, but at least 2.2,
    so that it equals the PKG-INFO of the sdist.
    """
    chosen = version or reliable_version(metadata)
    return {
        **projections(metadata),
        METADATA: core_metadata.write(metadata, version=chosen),
        METADATA_JSON: metadata_json(metadata, version=chosen),
    }


def reliable_version(metadata: Metadata) -> str:
    """Return the lowest metadata version that tells what is dynamic (PEP 643)."""
    lowest = tuple(map(int, lowest_version(metadata).split(".")))
    return ".".join(map(str, max(lowest, _RELIABLE)))


def metadata_json(metadata: Metadata, *, version: str) -> bytes:
    """Return ``METADATA.json`` with the metadata version of the METADATA beside it."""
    core = parse_json_object(pep819.write(metadata), source=METADATA_JSON)
    return to_json_text({**core, "metadata_version": version}).encode()


def sdist_files(metadata: Metadata, *, version: str | None = None) -> dict[str, bytes]:
    """Return what stands at the root of an sdist besides the project's own files.

    ``version`` is that of ``metadata_files``.
    """
    made = metadata_files(metadata, version=version)
    return {
        PKG_INFO: made[METADATA],
        METADATA_JSON: made[METADATA_JSON],
        DOCUMENT_NAME: made[DOCUMENT_NAME],
    }


def dist_info_files(
    metadata: Metadata, *, info: WheelInfo, licenses: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return path -> content of a whole ``.dist-info`` but for RECORD.

    ``licenses`` are the licence files by their path in the project (PEP 639).
    """
    folder = dist_info_name(metadata.name, metadata.version)
    made = {**metadata_files(metadata), "WHEEL": info.to_text()}
    made |= {f"licenses/{path}": content for path, content in licenses.items()}
    return {f"{folder}/{name}": content for name, content in made.items()}


def pure_info(generator: str = GENERATOR) -> WheelInfo:
    """Return the WHEEL of a pure Python distribution."""
    return WheelInfo(
        wheel_version="1.0",
        generator=generator,
        root_is_purelib=True,
        tags=PURE_TAGS,
        build="",
    )


def write_wheel_version(root: Path, metadata: Metadata, version: str) -> None:
    """Make the tree at ``root`` one of wheel format ``version``, 1.0 or 1.1.

    Version 1.1 (PEP 819, a draft) has ``WHEEL.json`` beside WHEEL, of which nothing
    but the version changes. Raises as ``WheelInfo.parse``.
    """
    folder = root / dist_info_folder(root, metadata)
    content = (folder / "WHEEL").read_bytes()
    WheelInfo.parse(content, source="WHEEL")  # there is one version, and it is known
    stated = _WHEEL_VERSION.sub(rb"\g<1>" + version.encode(), content, count=1)
    (folder / "WHEEL").write_bytes(stated)
    if version == "1.0":
        (folder / WHEEL_JSON).unlink(missing_ok=True)
    else:
        info = WheelInfo.parse(stated, source="WHEEL")
        (folder / WHEEL_JSON).write_bytes(info.to_json())


def dist_info_folder(root: Path, metadata: Metadata) -> str:
    """Return the name of the folder, which other tools may have spelled otherwise."""
    expected = dist_info_name(metadata.name, metadata.version)
    found = sorted(path.name for path in root.glob("*.dist-info"))
    return found[0] if len(found) == 1 else expected


def write_files(root: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` (relative path -> content) below ``root``.

    The user's execute bit says whether the content is a program.
    """
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        os.chmod(place, 0o755 if is_executable_content(content[:8]) else 0o644)
