"""The header syntax of METADATA, PKG-INFO and WHEEL: one pass, and folding.

The specification says that this is what ``email.parser`` reads with its compat32
policy; the same files are read alike here, many times faster.
"""

from collections.abc import Iterable

from pysetup.errors import UsageError
from pysetup.late import late_pattern

# Name, colon, value, and the lines that continue it.  Possessive: never tried twice.
# Without a name it is passed over, as email.parser does.
_FIELD = r"([!-9;-~]*+):(.*+(?:\n[ \t].*+)*+)(?:\n|\Z)"
_FIELDS = late_pattern(_FIELD)
_HEAD = late_pattern(f"(?:{_FIELD})*+")
_BREAK = late_pattern(r"\r\n|\r|\n")
_END_OF_HEAD = late_pattern(r"(?:\r\n|\r(?!\n)|\n){2}|\Z")
_NAME = late_pattern(r"[!-9;-~]+")

# Distutils folds with eight spaces; the specification (PEP 314) with seven and a pipe,
# though its example shows eight.
_PIPE = late_pattern(r" {7,8}\|")
_SPACES = " " * 8
_BLANK = " \t\n"


class UnwritableMetadataError(UsageError):
    """A value of a document cannot stand in a METADATA or WHEEL file.

    A field of one line must not hold a line break: what follows it would be read as
    another field. Names and types of values must be those of the document's schema.
    """

    code = "PS2122"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(
            f"{field} cannot be written: its value {reason}",
            facts={"field": field},
            hints=("pysetup metadata validate --all  lists every fault",),
        )
        self.field, self.reason = field, reason


def parse_headers(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the fields, names as written and values unfolded, and the body.

    The body begins after the first empty line, or with the first line that is no
    header.  Never fails: text that is no message at all is a body.
    """
    if "\r" in text:
        end = _END_OF_HEAD.search(text)
        assert end is not None  # it matches at the end of every text
        head = _BREAK.sub("\n", text[: end.start()])
        text = f"{head}\n\n{text[end.end() :]}"
    match = _HEAD.match(text)
    stop = match.end() if match else 0
    found = [
        (name, _unfold(value) if "\n" in value else value.strip(_BLANK))
        for name, value in _FIELDS.findall(text, 0, stop)
        if name
    ]
    return found, text[stop + 1 :] if text[stop : stop + 1] == "\n" else text[stop:]


def _unfold(value: str) -> str:
    first, *rest = value.split("\n")
    if all(_PIPE.match(line) for line in rest):
        lines = [line.partition("|")[2] for line in rest]
    else:
        lines = [
            line[8:] if line.startswith(_SPACES) else line.lstrip(_BLANK)
            for line in rest
        ]
    return "\n".join([first, *lines]).strip(_BLANK)


def write_headers(fields: Iterable[tuple[str, str]]) -> str:
    """Write fields, one or more lines each; values of several lines are folded.

    Raises ``UnwritableMetadataError`` for a name that is no header name.
    """
    out = []
    for name, value in fields:
        if not _NAME.fullmatch(name):
            raise UnwritableMetadataError(name, "has a name that no header can have")
        out.append(f"{name}: {_fold(value)}\n")
    return "".join(out)


def _fold(value: str) -> str:
    if "\n" not in value and "\r" not in value:
        return value
    first, *rest = _BREAK.split(value)
    # A line that begins with a pipe would be taken for the other way of folding.
    indent = "       |" if any(line.startswith("|") for line in rest) else _SPACES
    return "\n".join([first, *(indent + line for line in rest)])
