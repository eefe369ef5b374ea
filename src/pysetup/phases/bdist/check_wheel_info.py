"""Rules for WHEEL and WHEEL.json: they agree with the file name and each other."""

from collections.abc import Iterator

from pysetup.errors import PysetupError
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import WheelContents
from pysetup.metadata.formats.wheel_info import WheelInfo, find_wheel_deviations
from pysetup.phases.bdist.rules import finding
from pysetup.standards.filenames import WheelFilename
from pysetup.standards.tags import parse_tag
from pysetup.standards.variants import VARIANT_JSON, Variants

_JSON_VERSION = "1.1"


def check_wheel_info(
    contents: WheelContents, info: WheelInfo
) -> Iterator[ArchiveFinding]:
    """Yield where WHEEL, WHEEL.json, ``variant.json`` and file name differ."""
    place = f"{contents.dist_info}/WHEEL"
    if info.warning:
        yield finding("wheel-version", info.warning, place)
    if contents.filename is not None:
        yield from _check_filename(contents.filename, info, place)
    yield from _check_json(contents, info)
    yield from _check_variant(contents)


def _check_filename(
    filename: WheelFilename, info: WheelInfo, place: str
) -> Iterator[ArchiveFinding]:
    try:
        stated = {tag for text in info.tags for tag in parse_tag(text)}
    except ValueError as error:
        yield finding("wheel-tags", f"a Tag is malformed: {error}", place)
        return
    if not stated:
        yield finding("wheel-tags", "WHEEL names no Tag", place)
    elif stated != filename.tags:
        only = sorted(map(str, stated - filename.tags))
        lacks = sorted(map(str, filename.tags - stated))
        told = [
            f"{text} {', '.join(tags[:4])}"
            for text, tags in (
                ("WHEEL alone has", only),
                ("the file name alone has", lacks),
            )
            if tags
        ]
        yield finding("wheel-tags", "; ".join(told), place)
    build = "".join(map(str, filename.build))
    if info.build != build:
        message = f"WHEEL has build {info.build!r}, the file name {build!r}"
        yield finding("wheel-build", message, place)


def _check_json(contents: WheelContents, info: WheelInfo) -> Iterator[ArchiveFinding]:
    content = contents.info_file("WHEEL.json")
    if content is None:
        return
    place = f"{contents.dist_info}/WHEEL.json"
    try:
        modern = WheelInfo.parse_json(content)
        deviations = find_wheel_deviations(content)
    except PysetupError as error:
        yield finding("wheel-json", error.message, place)
        return
    for one in deviations:
        yield finding("wheel-json", f"{one.pointer} {one.message}", place)
    if modern != info:
        yield finding("wheel-json", "WHEEL and WHEEL.json contradict each other", place)
    elif info.wheel_version != _JSON_VERSION:
        message = f"with it Wheel-Version is {_JSON_VERSION}, not {info.wheel_version}"
        yield finding("wheel-json", message, place)


def _check_variant(contents: WheelContents) -> Iterator[ArchiveFinding]:
    content = contents.info_file(VARIANT_JSON)
    label = contents.filename.variant if contents.filename else ""
    place = f"{contents.dist_info}/{VARIANT_JSON}"
    if content is None:
        if label:
            yield finding("variant", f"it is the variant {label!r} without {place}")
        return
    try:
        found = Variants.parse(content, source=VARIANT_JSON)
    except PysetupError as error:
        yield finding("variant", error.message, place)
        return
    if len(found.properties) != 1:
        yield finding("variant", "it must have one variant, that of the wheel", place)
    elif contents.filename is not None and {label} != set(found.properties):
        stated = next(iter(found.properties))
        message = f"it is of {stated!r}, but the file name has {label!r}"
        yield finding("variant", message, place)
