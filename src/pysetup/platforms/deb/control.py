"""Control files (deb822): paragraphs of fields, written so that no value can add one.

A value of several lines is folded: the lines after the first begin with a space, and an
empty one is a single dot. What could be taken for another field is thereby text.
"""

import re
from collections.abc import Iterator, Mapping

from pysetup.errors import BuildError

_FIELD = re.compile(r"[!\"$-,.-9;-~][!-9;-~]*")
# Debian Policy 5.6.7 and 5.6.12, for sources and binaries alike.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"(?:\d+:)?\d[A-Za-z0-9.+~:-]*")
# Whatever some reader takes for the end of a line, and characters that show nothing.
_LINE_ENDS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


class ControlFieldError(BuildError):
    """A field of a Debian package cannot hold the value that the project has for it.

    The message names the field. Names of packages are of lower-case letters, digits
    and ``+ - .``; versions begin with a digit; single-line fields have one line.
    Nothing was written.
    """

    code = "PS6540"

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(
            f"the field {field} of the package cannot be {value[:80]!r}: {reason}",
            facts={"field": field, "value": value[:200]},
            hints=("mend it in the project, or give it with --option",),
        )
        self.field = field


def checked_package(name: str, *, field: str = "Package") -> str:
    """Return ``name`` if a package may have it; raises ``ControlFieldError``."""
    if not _PACKAGE.fullmatch(name):
        reason = "a package has lower-case letters, digits, and + - . in its name"
        raise ControlFieldError(field, name, reason)
    return name


def checked_version(version: str) -> str:
    """Return ``version`` if a package may have it; raises ``ControlFieldError``."""
    if not _VERSION.fullmatch(version):
        raise ControlFieldError("Version", version, "it is no version of Debian's")
    return version


def one_line(text: str) -> str:
    """Return ``text`` without control characters and on one line, single-spaced."""
    return " ".join(clean_text(text).split())


def clean_text(text: str) -> str:
    """Return ``text`` with plain ends of lines and no other control characters."""
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))


def paragraph(fields: Mapping[str, str]) -> str:
    r"""Return the lines of one paragraph, in the order of ``fields``; empty are left.

    Lines after the first of a value are folded, unless they are already, as those of
    ``folded`` are. Raises ``ControlFieldError`` for a name that is none.
    """
    return "".join(f"{line}\n" for line in _lines(fields))


def _lines(fields: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        if not _FIELD.fullmatch(name):
            raise ControlFieldError(name, value, "that is no name of a field")
        first, *rest = clean_text(value).split("\n")
        if not first.strip() and not rest:
            continue
        yield f"{name}: {first.strip()}".rstrip()
        for line in rest:
            yield folded_line(line)


def folded_line(line: str) -> str:
    """Return a line after the first of a value; what is folded already stays."""
    if not line.strip():
        return " ."
    return line.rstrip() if line[0] == " " else f" {line}".rstrip()


def folded(text: str) -> str:
    """Return ``text`` as the lines after a first one, each folded, joined."""
    lines = clean_text(text).strip("\n").split("\n")
    return "\n".join(
        " ." if not line.strip() else f" {line.rstrip()}" for line in lines
    )


def relation_field(relations: tuple[str, ...]) -> str:
    """Return relations as the value of a field, each once, in their order."""
    return ", ".join(dict.fromkeys(one_line(each) for each in relations))


def parse_paragraph(text: str) -> dict[str, str]:
    """Read one paragraph: field -> value, lines joined by newlines, unfolded.

    Raises ``ValueError`` for what is no paragraph.
    """
    found: dict[str, str] = {}
    name = ""
    for line in text.rstrip("\n").split("\n"):
        if line[:1] in (" ", "\t"):
            if not name:
                raise ValueError("it begins with a line that goes on")
            rest = line[1:]
            found[name] += "\n" + ("" if rest.strip() == "." else rest)
            continue
        name, colon, value = line.partition(":")
        if not colon or not _FIELD.fullmatch(name):
            raise ValueError(f"{line[:60]!r} is no field")
        if any(name.lower() == known.lower() for known in found):
            raise ValueError(f"the field {name} stands twice")
        found[name] = value.strip()
    return found
