"""Versions for packages of macOS: numbers, and letters for what is not released yet.

Apple's version numbers (CFBundleVersion) end in ``d``, ``a``, ``b`` or ``fc`` and a
number for development, alpha, beta and final candidate, in this order below the version
without letters. Installer.app only records them; management tools compare them.
"""

from typing import Final

from pysetup.platforms.versions.numbers import NumberedVersion
from pysetup.standards.versions import Version, parse_version

_LETTERS: Final = {"a": "a", "b": "b", "rc": "fc"}
_NUMBERS: Final = 3
# What may follow the letters.
_LARGEST: Final = 255


def encode_macos(version: Version | str) -> NumberedVersion:
    """Return the version of a flat package.

    A post-release is a fourth number: 1.2.post1 is 1.2.0.2, and 1.2.0.1 is 1.2.post0.
    Raises ``InvalidVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    losses: list[str] = []
    numbers = list(version.release)
    if version.epoch:
        losses.append("the epoch is not said: an older version may seem newer")
    if version.post is not None and version.pre is None:
        if len(numbers) <= _NUMBERS:
            numbers += [0] * (_NUMBERS - len(numbers))
            numbers.append(version.post + 1)
            losses.append("a post-release is a fourth number")
        else:
            losses.append("a post-release has the version of its release")
    letters = ""
    if version.pre is not None:
        phase, number = version.pre
        letters = f"{_LETTERS[phase]}{min(number, _LARGEST)}"
        if number > _LARGEST or version.post is not None or version.dev is not None:
            losses.append("of a pre-release only letter and number are said")
    elif version.dev is not None:
        letters = f"d{min(version.dev, _LARGEST)}"
        if version.dev > _LARGEST:
            losses.append("development releases beyond 255 are the same")
    if version.local:
        losses.append("the local part is not said")
    return NumberedVersion(".".join(map(str, numbers)) + letters, tuple(losses))
