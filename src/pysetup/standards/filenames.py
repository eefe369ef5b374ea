"""File names of wheels and sdists: read, write, and what they promise."""

import re
from functools import lru_cache

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.standards.names import filename_name, is_name, normalize_name
from pysetup.standards.tags import Tag, parse_tag
from pysetup.standards.variants import is_variant_label
from pysetup.standards.versions import InvalidVersionError, Version, parse_version
from pysetup.values import dataclass

_BUILD = late_pattern(r"(\d+)(.*)", re.ASCII)
_TAG = late_pattern(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*", re.ASCII)
# Endings of sdists, the standard one and those of old, and of all archives.
SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
ARCHIVE_ENDINGS = (".whl", *SDIST_ENDINGS)
MAX_TAGS = 1024


class InvalidFilenameError(UsageError):
    """A file name is not that of a wheel (PEP 427) or an sdist (PEP 625).

    Wheels are ``name-version(-build)?-python-abi-platform(-variant)?.whl``; sdists are
    ``name-version.tar.gz``. Wheels of a later format (``.whlx``) are not read.
    """

    code = "PS2109"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"{filename[:160]!r} is not the name of a wheel or an sdist: {reason}",
            facts={"file": filename},
            hints=("rename nothing: rebuild it with a current build tool",),
        )


@dataclass(frozen=True, slots=True)
class WheelFilename:
    """What the name of a wheel says.

    ``name`` is normalised; ``build`` is the build tag (number, rest), empty
    when there is none; ``variant`` is the label of PEP 825, or empty.
    """

    filename: str
    name: str
    version: Version
    build: tuple[int, str] | tuple[()]
    tags: frozenset[Tag]
    variant: str = ""


@dataclass(frozen=True, slots=True)
class SdistFilename:
    """What the name of an sdist says; ``name`` is normalised."""

    filename: str
    name: str
    version: Version


@lru_cache(maxsize=8192)
def _tags(text: str) -> frozenset[Tag]:
    # The thousands of files of a project share a few dozen of these.
    return parse_tag(text)


def _parse_tags(filename: str, parts: list[str]) -> frozenset[Tag]:
    if not all(_TAG.fullmatch(part) for part in parts):
        raise InvalidFilenameError(filename, "a compatibility tag is malformed")
    count = 1
    for part in parts:
        count *= part.count(".") + 1
    if count > MAX_TAGS:
        raise InvalidFilenameError(filename, "it has too many tags")
    try:
        return _tags("-".join(parts))
    except ValueError as error:
        # packaging 26.3 and later look at the parts, too.
        raise InvalidFilenameError(filename, str(error)) from None


def parse_wheel_filename(filename: str) -> WheelFilename:
    """Split the name of a wheel; raises ``InvalidFilenameError``."""
    if filename.endswith(".whlx"):
        raise InvalidFilenameError(
            filename, ".whlx is wheel format 2 (PEP 777, a draft), which is too new"
        )
    if not filename.endswith(".whl"):
        raise InvalidFilenameError(filename, "it does not end in .whl")
    parts = filename.removesuffix(".whl").split("-")
    build: tuple[int, str] | tuple[()] = ()
    variant = ""
    if len(parts) >= 6 and (match := _BUILD.fullmatch(parts[2])):  # noqa: PLR2004
        build = (int(match[1][:18]), match[2])
        del parts[2]
    if len(parts) == 6:  # noqa: PLR2004 - a variant label follows the platform
        variant = parts.pop()
        if not is_variant_label(variant):
            raise InvalidFilenameError(filename, "its variant label is malformed")
    if len(parts) != 5:  # noqa: PLR2004 - name, version, python, abi, platform
        raise InvalidFilenameError(filename, "it has the wrong number of parts")
    name, version, *tag_parts = parts
    if not is_name(name) or "__" in name:
        raise InvalidFilenameError(filename, f"{name!r} is not a project name")
    try:
        parsed = parse_version(version)
    except InvalidVersionError:
        raise InvalidFilenameError(filename, f"{version!r} is no version") from None
    tags = _parse_tags(filename, tag_parts)
    return WheelFilename(filename, normalize_name(name), parsed, build, tags, variant)


def sdist_stem(filename: str) -> str:
    """Return the name of an sdist without its ending, whichever of the known."""
    for ending in SDIST_ENDINGS:
        if filename.endswith(ending):
            return filename.removesuffix(ending)
    return filename


def parse_sdist_filename(filename: str, *, name: str | None = None) -> SdistFilename:
    """Split the name of an sdist; raises ``InvalidFilenameError``.

    Old names may have hyphens in name and version: ``name``, when it is known,
    says where the one ends.
    """
    stem = sdist_stem(filename)
    if stem == filename:
        raise InvalidFilenameError(filename, "it is no source archive")
    for position in [i for i, char in enumerate(stem) if char == "-"][::-1]:
        left, right = stem[:position], stem[position + 1 :]
        if name is not None and normalize_name(left) != normalize_name(name):
            continue
        if not is_name(left):
            continue
        try:
            return SdistFilename(filename, normalize_name(left), parse_version(right))
        except InvalidVersionError:
            continue
    raise InvalidFilenameError(filename, "it has no name and version")


def is_sdist_of(filename: str, *, name: str, version: Version) -> bool:
    """Tell whether ``filename`` is that of the sdist of this very release."""
    try:
        found = parse_sdist_filename(filename, name=name)
    except InvalidFilenameError:
        return False
    return (found.name, found.version) == (normalize_name(name), version)


def wheel_filename(
    name: str,
    version: Version,
    tags: tuple[str, ...],
    *,
    build: str = "",
    variant: str = "",
) -> str:
    """Write the name of a wheel from ``tags`` like ``py3-none-any`` (compressed).

    ``variant`` is the label of PEP 825, mostly none. Raises ``InvalidFilenameError``
    for tags that a compressed name cannot say: it means every combination of its
    parts (PEP 425).
    """
    expanded = {str(tag) for text in tags for tag in _parse_tags(text, text.split("-"))}
    columns = zip(*(tag.split("-") for tag in expanded), strict=True)
    parts = [".".join(sorted(set(column))) for column in columns]
    compressed = "-".join(parts)
    if not tags or {str(t) for t in _parse_tags(compressed, parts)} != expanded:
        raise InvalidFilenameError(compressed, "these tags need two wheels")
    middle = f"-{build}" if build else ""
    end = f"-{variant}" if variant else ""
    return f"{filename_name(name)}-{version}{middle}-{compressed}{end}.whl"


def sdist_filename(name: str, version: Version) -> str:
    """Write the name of an sdist (PEP 625)."""
    return f"{filename_name(name)}-{version}.tar.gz"


def dist_info_name(name: str, version: Version) -> str:
    """Write the name of the ``.dist-info`` folder."""
    return f"{filename_name(name)}-{version}.dist-info"
