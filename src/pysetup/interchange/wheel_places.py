"""Where the files of a wheel may go: judged by their names, before one is unpacked.

What depends on the environment (links, files that stand there, folders that fold case)
is judged again when an installation is planned.
"""

from collections.abc import Iterable, Sequence

from pysetup.interchange.dist_info import SUFFIX
from pysetup.late import late_pattern
from pysetup.metadata.system_files import CATEGORIES
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.script_names import (
    UnsafeScriptError,
    check_command,
    check_script_name,
    is_protected_name,
)

SITE_KINDS = ("purelib", "platlib")
KINDS = (*SITE_KINDS, "scripts", "data", "headers")
# Those of PEP 491 have a place where an extension of the document gives one.
_KNOWN = {*KINDS, *CATEGORIES}
STATE_FOLDER, EGG_SUFFIX = ".pysetup", ".egg-info"
# More commands than any project has; each becomes a file.
MOST_COMMANDS = 10_000
_SITE_FOLDER = late_pattern(r"(?:^|/)(?:site|dist)-packages/")


def find_misplaced(paths: Iterable[str], *, dist_info: str, data_dir: str) -> str:
    """Return what is wrong with the places of a wheel's files, or nothing.

    ``paths`` are all that are in the archive; ``dist_info`` and ``data_dir`` are the
    wheel's own folders.
    """
    site: set[str] = set()
    moved: list[str] = []
    tops: set[str] = set()
    for path in paths:
        top, _, rest = path.partition("/")
        if top != data_dir:
            site.add(path)
            tops.add(top)
            continue
        kind, _, place = rest.partition("/")
        if kind not in _KNOWN or not place:
            return f"{path!r} has no known place"
        if kind in SITE_KINDS:
            moved.append(place)
        elif kind == "data" and (fault := _fault_of_data(place)):
            return fault
    tops.discard(dist_info)
    tops.update(place.partition("/")[0] for place in moved)
    return _fault_of_tops(tops, site.union(moved)) or _find_clash(site, moved)


def _fault_of_tops(tops: Iterable[str], places: set[str]) -> str:
    for top in sorted(tops):
        if top not in places and _is_database(top):
            return f"it writes into {top!r}"
    return ""


def _is_database(folder: str) -> bool:
    """Tell whether a folder of a site folder belongs to a distribution, or to us."""
    return folder.endswith((SUFFIX, EGG_SUFFIX)) or folder.casefold() == STATE_FOLDER


def _fault_of_data(place: str) -> str:
    """Say why no file may go to ``place`` below the root of an environment."""
    parts = place.split("/")
    if place.casefold() == "pyvenv.cfg" or parts[0].casefold() == STATE_FOLDER:
        return f"it would replace the environment's own {parts[0]!r}"
    folder = parts[0].casefold()
    if folder in ("bin", "scripts") and is_protected_name("".join(parts[1:2])):
        return f"it would replace the environment's own {place!r}"
    for found in _SITE_FOLDER.finditer(place):
        top, sep, _ = place[found.end() :].partition("/")
        if sep and _is_database(top):
            return f"it writes into {top!r}"
    return ""


def _find_clash(site: set[str], moved: Sequence[str]) -> str:
    """Say which two files would have one place, or one the place of a folder."""
    if not moved:
        return ""
    taken = set(site)
    for place in moved:
        if place in taken:
            return f"two of its files go to {place!r}"
        taken.add(place)
    for place in taken:
        position = place.rfind("/")
        while position > 0:
            if place[:position] in taken:
                return f"a file is also used as a folder: {place[:position]!r}"
            position = place.rfind("/", 0, position)
    return ""


def find_script_clash(
    paths: Iterable[str], entries: Iterable[EntryPoint], *, data_dir: str, source: str
) -> str:
    """Return what is wrong with the commands of a wheel, or nothing.

    ``source`` is the wheel's file name. Raises ``UnsafeScriptError``.
    """
    top = f"{data_dir}/scripts/"
    scripts = {path[len(top) :] for path in paths if path.startswith(top)}
    for name in sorted(scripts):
        check_script_name(name, source=source)
    commands = [one for one in entries if one.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)]
    called: dict[str, tuple[str, str]] = {}
    for entry in commands:
        check_command(entry, source=source)
        if entry.name in scripts:
            return f"two of its files go to 'scripts/{entry.name}'"
        call = entry.module, entry.attribute
        if called.setdefault(entry.name, call) != call:
            raise UnsafeScriptError(source, entry.name, "is named twice")
    if len(commands) > MOST_COMMANDS:
        return f"it brings {len(commands)} commands"
    return ""
