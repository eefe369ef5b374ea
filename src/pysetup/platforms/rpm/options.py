"""The options of bdist_rpm, and the check of those that become words of a package."""

import re
from collections.abc import Mapping

from pysetup.errors import UsageError
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.rpm.compression import GZIP, LEVELS
from pysetup.platforms.rpm.layout import GHOST, NONE, SHIP
from pysetup.platforms.stray_files import STRAY, STRAY_SUMMARY
from pysetup.standards.jsontext import JSON

PLAIN, FEDORA = "plain", "fedora"
NO_BUILD, BUILD, WITHOUT_DEPENDENCIES = "no", "yes", "without-dependencies"

OPTIONS: Mapping[str, FormatOption] = {
    "build": FormatOption(
        "with --source: call rpmbuild, too (no, yes, without-dependencies)",
        NO_BUILD,
        (NO_BUILD, BUILD, WITHOUT_DEPENDENCIES),
    ),
    "bytecode": FormatOption(
        "owned (ghost), in the package (ship), or not its business (none)",
        GHOST,
        (GHOST, SHIP, NONE),
    ),
    "compression": FormatOption(
        "that of the payload: gzip, xz, zstd, none", GZIP, tuple(LEVELS)
    ),
    "epoch": FormatOption("the epoch, a whole number", ""),
    "extras": FormatOption("make a package for each extra", True),
    "flavour": FormatOption(
        "with --source: a recipe of its own (plain) or with Fedora's macros (fedora)",
        PLAIN,
        (PLAIN, FEDORA),
    ),
    "group": FormatOption(
        "the group that older tools ask for", "Development/Languages/Python"
    ),
    "licence": FormatOption("the licence as an SPDX expression", ""),
    "packager": FormatOption(
        "who packages it: Name <address>; else who maintains the project", ""
    ),
    "release": FormatOption("the release of the package", "1"),
    "stray": FormatOption(STRAY_SUMMARY, STRAY[0], STRAY),
    "vendor": FormatOption("who distributes the package", ""),
}
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~^]*")
_MOST_EPOCH = 0x7FFFFFFF


class InvalidRpmOptionError(UsageError):
    """An option of bdist_rpm cannot stand in a package.

    A release has letters, digits and ``. _ + ~ ^``; an epoch is a whole number below
    2147483648; texts have one line.
    """

    code = "PS2769"

    def __init__(self, name: str, value: str, reason: str) -> None:
        super().__init__(
            f"bdist_rpm: the option {name} cannot be {value[:80]!r}: {reason}",
            facts={"option": name, "value": value[:200]},
            hints=("give another value, or leave the option out",),
        )


def checked(options: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return the options, every one of which is there; defaults fill the gaps.

    Raises ``InvalidRpmOptionError``.
    """
    chosen = {name: option.default for name, option in OPTIONS.items()} | dict(options)
    release, epoch = str(chosen["release"]), str(chosen["epoch"])
    if not _RELEASE.fullmatch(release):
        reason = "it has letters, digits and . _ + ~ ^ only"
        raise InvalidRpmOptionError("release", release, reason)
    if epoch and not (epoch.isdecimal() and int(epoch) <= _MOST_EPOCH):
        raise InvalidRpmOptionError("epoch", epoch, "it is a whole number")
    for name in ("group", "licence", "packager", "vendor"):
        text = str(chosen[name])
        if not text.isprintable() or text.endswith("\\"):
            raise InvalidRpmOptionError(name, text, "it is one line of plain text")
    return chosen
