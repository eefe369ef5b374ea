"""What the spellings of all platforms share: numbers, local parts, and limits."""

from typing import Final, Protocol

from pysetup.errors import UsageError
from pysetup.platforms.versions.ranges import Cut, trimmed_release
from pysetup.standards.versions import Version
from pysetup.values import dataclass

# How many numbers a release has at least where its text must be the only one: as most
# projects write theirs, and so distributions. There 7.0.0 is what packages ask for that
# need at least that, and 7 would be a downgrade from it.
LEAST_NUMBERS: Final = 3
_DIGITS: Final = "0123456789"


class UnencodableVersionError(UsageError):
    """A version of a project, or of a requirement, is too large for a platform.

    Platforms bound the epoch, the number before ``!``: dpkg by 2147483647, rpm by
    4294967295. conda bounds every number by 18446744073709551615. No real project comes
    near, so look for a slip of the pen.
    """

    code = "PS2730"

    def __init__(self, version: str, platform: str, limit: int) -> None:
        super().__init__(
            f"the version {version[:80]} has no equal in packages for {platform}:"
            f" no number there may be above {limit}",
            facts={"version": version, "platform": platform, "limit": limit},
            hints=("look for a slip of the pen: an epoch stands before  !",),
        )
        self.version, self.platform, self.limit = version, platform, limit


class Spell(Protocol):
    """The text of a cut in one dialect."""

    def __call__(self, cut: Cut, /) -> str:
        """Return the version, such that what is above the cut is at or above it."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands before the parts of a version that follow its release: ``~rc1``.

    ``only_dev`` is for development releases of releases, which are the lowest of all.
    """

    pre: str
    post: str
    dev: str
    only_dev: str

    def suffix(self, version: Version) -> str:
        """Return the parts between release and local version; empty if none."""
        text = ""
        if version.pre is not None:
            phase, number = version.pre
            text += f"{self.pre}{phase}{number}"
        if version.post is not None:
            text += f"{self.post}{version.post}"
        if version.dev is not None:
            only = version.pre is None and version.post is None
            text += f"{self.only_dev if only else self.dev}{version.dev}"
        return text


def epoch_prefix(version: Version, *, platform: str, limit: int) -> str:
    """Return the epoch as ``1:``, and nothing for none.

    Raises ``UnencodableVersionError`` beyond ``limit``.
    """
    if version.epoch > limit:
        raise UnencodableVersionError(str(version), platform, limit)
    return f"{version.epoch}:" if version.epoch else ""


def release_text(version: Version, *, least: int = 1) -> str:
    """Return the release numbers joined by dots, at ``least`` so many of them.

    There are no more zeros at the end than that takes, so each release has one text.
    """
    release = trimmed_release(version)
    return ".".join(map(str, (*release, *[0] * (least - len(release)))))


def as_letters(text: str, *, zero: str) -> str:
    """Return ``text`` with its digits as ten capital letters, from ``zero`` on.

    PEP 440 compares a local part such as ``cu118`` letter by letter, platforms compare
    the number in it. Capital letters stand between digits and small letters, so the
    order is the one of PEP 440.
    """
    letters = [chr(ord(zero) + number) for number in range(len(_DIGITS))]
    return text.translate(str.maketrans(_DIGITS, "".join(letters)))
