"""Finding a version in a text by a pattern, with an end to the time it may take."""

import re

from pysetup.late import late_pattern
from pysetup.standards.versions import InvalidVersionError, parse_version

# What Hatch and PDM look for when no pattern is given.
_USUAL = late_pattern(
    r"\s*(?:__version__|version)\s*(?::\s*str\s*)?="
    r"""\s*(['"])v?(?P<version>[^'"]+)\1""",
    re.IGNORECASE,
)
_MAX_PATTERN = 200
_MAX_LINE = 200
_MAX_LINES = 5000
_MAX_REPEATS = 3
_REPEAT = late_pattern(r"(?<!\\)(?:[*+]|\{\d*,\d*\})")
# A repeated group can take a time without end; nobody needs one to find a version.
_REPEATED_GROUP = late_pattern(r"(?<!\\)\)(?:[*+]|\{)")


def find_version(text: str, pattern: str = "") -> tuple[str, str]:
    """Return the version that ``pattern`` finds in ``text``, or else the reason.

    Without a pattern, an assignment to ``__version__`` or ``VERSION`` is looked for.
    Lines are looked at one by one.
    """
    regex = _USUAL
    if pattern:
        if (
            len(pattern) > _MAX_PATTERN
            or len(_REPEAT.findall(pattern)) > _MAX_REPEATS
            or _REPEATED_GROUP.search(pattern)
        ):
            return "", "is searched with a pattern that is not tried here"
        try:
            regex = re.compile(pattern)
        except re.error:
            return "", "is searched with something that is no pattern"
        if "version" not in regex.groupindex:
            return "", "is searched with a pattern that names no group version"
    for line in text.splitlines()[:_MAX_LINES]:
        if len(line) > _MAX_LINE:
            continue
        match = regex.search(line) if pattern else regex.match(line)
        if match is None:
            continue
        try:
            return str(parse_version(match["version"] or "")), ""
        except InvalidVersionError as error:
            return "", f"has another thing in its place: {error.message}"
    return "", "assigns no version as a literal"
