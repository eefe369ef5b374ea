"""Rules for what a wheel does when it is installed, and whenever Python starts."""

from collections.abc import Iterator, Mapping

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import ENTRY_POINTS
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import Content, WheelContents
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.phases.bdist.rules import finding
from pysetup.standards.entry_points import EntryPoint, read_entry_points
from pysetup.standards.start_up import code_lines, start_up_kind

CATEGORIES = ("purelib", "platlib", "headers", "scripts", "data")


def check_effects(contents: WheelContents, info: WheelInfo) -> Iterator[ArchiveFinding]:
    """Yield what is wrong with ``.data``, scripts, entry points and start-up files."""
    del info
    yield from _check_data(contents)
    yield from _check_scripts(contents)
    yield from _check_entry_points(contents)
    yield from _check_startup(contents)


def _check_data(contents: WheelContents) -> Iterator[ArchiveFinding]:
    for path in contents.files:
        top, _, rest = path.partition("/")
        if not rest or not top.endswith(".data"):
            continue
        if top != contents.data_dir:
            message = f"it must stand in {contents.data_dir}, or installers lose it"
            yield finding("data-category", message, path)
            continue
        category, _, rest = rest.partition("/")
        if category not in CATEGORIES or not rest:
            message = f"{category!r} is none of {', '.join(CATEGORIES)}"
            yield finding("data-category", message, path)


def _check_scripts(contents: WheelContents) -> Iterator[ArchiveFinding]:
    folder = f"{contents.data_dir}/scripts/"
    for path, content in contents.files.items():
        first = content.head.split(b"\n", 1)[0]
        fixed = first.startswith(b"#!") and not first.startswith(b"#!python")
        if path.startswith(folder) and fixed and b"python" in first:
            shown = first.decode("utf-8", "replace").strip()[:60]
            message = f"{shown} is not replaced at installation"
            yield finding("script-shebang", message, path)


def _check_entry_points(contents: WheelContents) -> Iterator[ArchiveFinding]:
    content = contents.info_file(ENTRY_POINTS)
    if content is None:
        return
    place = f"{contents.dist_info}/{ENTRY_POINTS}"
    try:
        entries, malformed = read_entry_points(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, PysetupError) as error:
        yield finding("entry-points", str(error), place)
        return
    for one in malformed:
        message = f"line {one.number} ({one.line[:80]}) is wrong: {one.reason}"
        yield finding("entry-points", message, place)
    library = contents.library()
    for entry in entries:
        if not _is_there(entry, library):
            message = f"{entry.name} = {entry.reference}: the wheel has no such module"
            yield finding("entry-point-module", message, place)


def _is_there(entry: EntryPoint, library: Mapping[str, Content]) -> bool:
    """Tell whether the module is there, or is that of another distribution."""
    place = entry.module.replace(".", "/")
    return any(
        path.startswith((f"{place}.", f"{place}/")) for path in library
    ) or not any(path.startswith(entry.module.partition(".")[0]) for path in library)


def _check_startup(contents: WheelContents) -> Iterator[ArchiveFinding]:
    """Tell what Python does at every start because of this wheel."""
    for path, content in contents.library().items():
        kind = start_up_kind(path)
        if kind is None:
            continue
        text = b"" if kind == "module" else contents.read(content.path)
        if code_lines(kind, text):
            message = "it runs code at every start of Python"
            yield finding("startup-file", message, path)
        elif kind == "path file":
            message = "it lengthens sys.path at every start of Python"
            yield finding("startup-file", message, path)
