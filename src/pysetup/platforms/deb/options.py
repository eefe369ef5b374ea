"""The options of ``bdist_deb``."""

import re
from collections.abc import Mapping
from typing import Self

from pysetup.errors import UsageError
from pysetup.platforms.deb.archive import COMPRESSIONS
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.stray_files import STRAY, STRAY_SUMMARY
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

EXTRAS = ("suggests", "packages", "none")
_REVISION = re.compile(r"[A-Za-z0-9+.~]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9/-]*")
OPTIONS: Mapping[str, FormatOption] = {
    "name": FormatOption("another name for the package", ""),
    "release": FormatOption("the revision of the package, behind the version", "1"),
    "maintainer": FormatOption(
        "who is responsible for the package: Name <address>; by default the document's "
        "maintainer or author",
        "",
    ),
    "section": FormatOption("the section of the archive", "python"),
    "priority": FormatOption("how important the package is for a system", "optional"),
    "extras": FormatOption(
        "what becomes of extras: suggested packages, packages of their own, or nothing",
        EXTRAS[0],
        EXTRAS,
    ),
    "libraries": FormatOption(
        "packages of shared libraries: SONAME=RELATION, separated by commas", ""
    ),
    "shlibs": FormatOption(
        "folder with the target's shlibs files; auto: this machine's, if it is the "
        "target; none",
        "auto",
    ),
    "stray": FormatOption(STRAY_SUMMARY, STRAY[0], STRAY),
    "suite": FormatOption("the suite that the changelog names", "unstable"),
    "changes": FormatOption("what the changelog says; by default that it was made", ""),
    "compression": FormatOption("how the package is compressed", "xz", COMPRESSIONS),
}


class InvalidDebOptionError(UsageError):
    """An option of ``bdist_deb`` has a value that it cannot have.

    The message says which, and what it may be.
    """

    code = "PS2750"

    def __init__(self, name: str, value: str, reason: str) -> None:
        super().__init__(
            f"the option {name} of bdist_deb cannot be {value[:80]!r}: {reason}",
            facts={"option": name, "value": value[:200]},
            hints=("pysetup bdist_deb --help  tells the options",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DebOptions:
    """The options, checked; ``libraries`` are relations by soname."""

    name: str
    release: str
    maintainer: str
    section: str
    priority: str
    extras: str
    libraries: Mapping[str, str]
    shlibs: str
    stray: str
    suite: str
    changes: str
    compression: str

    @classmethod
    def read(cls, options: Mapping[str, JSON]) -> Self:
        """Check what only this format can; raises ``InvalidDebOptionError``."""
        texts = {key: str(options[key]).strip() for key in OPTIONS}
        if not _REVISION.fullmatch(texts["release"]):
            reason = "a revision has letters, digits, and + . ~"
            raise InvalidDebOptionError("release", texts["release"], reason)
        for key in ("section", "priority", "suite"):
            if not _WORD.fullmatch(texts[key]):
                reason = "it is one word of lower-case letters"
                raise InvalidDebOptionError(key, texts[key], reason)
        if texts["maintainer"] and not re.fullmatch(
            r"[^<>\n]*<?[^<>@\s]+@[^<>@\s]+>?", texts["maintainer"]
        ):
            reason = "write it as  Name <address>"
            raise InvalidDebOptionError("maintainer", texts["maintainer"], reason)
        libraries = dict(_libraries(texts.pop("libraries")))
        return cls(libraries=libraries, **texts)

    def to_json(self) -> dict[str, JSON]:
        """Return the values as they are recorded in the package."""
        return {
            key: ",".join(f"{s}={to}" for s, to in sorted(self.libraries.items()))
            if key == "libraries"
            else getattr(self, key)
            for key in OPTIONS
        }


def _libraries(text: str) -> list[tuple[str, str]]:
    found = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        soname, equals, relation = (part.strip() for part in item.partition("="))
        if not (soname and equals and relation) or "\n" in item:
            reason = "write each as  SONAME=PACKAGE  or  SONAME=PACKAGE (>= VERSION)"
            raise InvalidDebOptionError("libraries", item, reason)
        found.append((soname, relation))
    return found
