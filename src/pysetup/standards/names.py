"""Project names: the grammar, and the forms for comparison and for file names."""

from pysetup.errors import UsageError
from pysetup.late import late_pattern

# Name format, packaging.python.org: ASCII letters and digits, with . _ - inside.
_NAME = late_pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SEPARATORS = late_pattern(r"[-_.]+")
MAX_NAME_LENGTH = 214


class InvalidNameError(UsageError):
    """A project name does not follow the grammar of the name specification.

    A name begins and ends with an ASCII letter or digit and holds only ASCII
    letters, digits, full stops, hyphens and underscores between them.
    """

    code = "PS2101"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name[:80]!r} is not a project name",
            hints=("use ASCII letters, digits, and . - _ between them",),
        )
        self.name = name


def parse_name(text: str) -> str:
    """Return ``text`` unchanged if it is a project name.

    Raises ``InvalidNameError`` otherwise (names and normalization specification).
    """
    if not is_name(text):
        raise InvalidNameError(text)
    return text


def is_name(text: str) -> bool:
    """Tell whether ``text`` follows the name grammar."""
    if len(text) > MAX_NAME_LENGTH:
        return False
    # Most names are of letters and digits alone, and then this is much faster.
    return (text.isalnum() and text.isascii()) or _NAME.fullmatch(text) is not None


def normalize_name(text: str) -> str:
    """Return the form in which names are compared: ``Foo_Bar`` -> ``foo-bar``."""
    return _SEPARATORS.sub("-", text).lower()


def filename_name(text: str) -> str:
    """Return the form that file names use: ``Foo.Bar`` -> ``foo_bar``."""
    return _SEPARATORS.sub("_", text).lower()
