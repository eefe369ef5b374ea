"""The list of a package's files that programs may ask for, of themselves.

RECORD stays away from packages of a system: by it pip would remove what is not its own
(PEP 627). But without any list ``importlib.metadata.files()`` is None, and programs
that find their own files by it fail. It takes SOURCES.txt in the place of RECORD, and
no installer removes anything by that.
"""

from posixpath import relpath

from pysetup.platforms.plan import METADATA, PackageFile, PackagePlan
from pysetup.values import replace

NAME = "SOURCES.txt"
_INSTALLER = "INSTALLER"


def with_file_list(plan: PackagePlan, dist_info: str, *, moves: bool) -> PackagePlan:
    """Return ``plan`` with the list of its files in ``dist_info``, its database entry.

    Paths in it are relative to the folder of the modules, as in RECORD. ``moves`` says
    that an installer takes other files to other places: then they are not listed. A
    list that the project brings is left as it is.
    """
    paths = [file.path for file in plan.files]
    owned = f"{dist_info}/{_INSTALLER}"
    # Others may be carried along, with entries of the same name further down.
    entry = min(
        (one for one in paths if f"/{one}".endswith(f"/{owned}")), default="", key=len
    )
    folder, site = entry.rpartition("/")[0], entry.removesuffix(owned).rstrip("/")
    place = f"{folder}/{NAME}"
    if not entry or place in paths:
        return plan
    inside = f"{site}/" if site else ""
    listed = sorted(
        relpath(path, site or ".")
        for path in (*paths, place)
        if not moves or path.startswith(inside)
    )
    text = "".join(f"{path}\n" for path in listed)
    made = PackageFile(place, METADATA, content=text)
    return replace(plan, files=tuple(sorted((*plan.files, made))))
