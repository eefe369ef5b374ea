"""The checker of wheels: everything that is wrong or odd, told in one pass."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pysetup.errors import IntegrityError, UsageError
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import (
    WheelContents,
    survey_tree,
    survey_wheel,
)
from pysetup.interchange.zip_reader import UnreadableFileError
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.phases.bdist.check_binaries import check_binaries
from pysetup.phases.bdist.check_effects import check_effects
from pysetup.phases.bdist.check_envelope import check_names, check_record
from pysetup.phases.bdist.check_library import check_library
from pysetup.phases.bdist.check_metadata import check_metadata
from pysetup.phases.bdist.check_wheel_info import check_wheel_info
from pysetup.phases.bdist.rules import finding
from pysetup.standards.filenames import InvalidFilenameError

_NEEDED = ("METADATA", "WHEEL")
_CHECKS: tuple[Callable[[WheelContents, WheelInfo], Iterable[ArchiveFinding]], ...] = (
    check_wheel_info,
    check_metadata,
    check_binaries,
    check_library,
    check_effects,
)


def check_wheel(path: Path) -> tuple[ArchiveFinding, ...]:
    """Return everything that is wrong or odd in the wheel at ``path``, errors first.

    An archive that cannot be read safely has one finding alone. Raises
    ``UnreadableFileError`` if there is no such file.
    """
    try:
        contents = survey_wheel(path)
    except UnreadableFileError:
        raise
    except InvalidFilenameError as error:
        return (finding("wheel-filename", error.message),)
    except IntegrityError as error:
        return (finding("unreadable-archive", error.message),)
    return _ordered((*check_record(contents), *_check(contents)))


def check_tree(root: Path) -> tuple[ArchiveFinding, ...]:
    """Return what is wrong or odd in a folder in wheel layout, errors first.

    As ``check_wheel``, but for what only an archive has: a name, and RECORD. Raises
    ``UnreadableFileError``.
    """
    return _ordered(_check(survey_tree(root)))


def _check(contents: WheelContents) -> Iterable[ArchiveFinding]:
    yield from check_names(contents)
    if len(contents.dist_infos) != 1:
        return
    for name in _NEEDED:
        if f"{contents.dist_info}/{name}" not in contents.files:
            yield finding("required-file", f"it has no {name}", contents.dist_info)
    info = _info(contents)
    if isinstance(info, ArchiveFinding):
        yield info
        return
    for check in _CHECKS:
        yield from check(contents, info)


def _info(contents: WheelContents) -> WheelInfo | ArchiveFinding:
    """Return what WHEEL says; where it says nothing, what is likeliest, to go on."""
    content = contents.info_file("WHEEL")
    if content is None:
        return WheelInfo("1.0", "", root_is_purelib=True, tags=())
    try:
        return WheelInfo.parse(content, source="WHEEL")
    except UsageError as error:
        return finding("wheel-info", error.message, f"{contents.dist_info}/WHEEL")


def _ordered(found: Iterable[ArchiveFinding]) -> tuple[ArchiveFinding, ...]:
    return tuple(sorted(found, key=lambda one: not one.is_error))
