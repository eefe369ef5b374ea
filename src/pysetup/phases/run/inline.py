"""Inline script metadata: what a single Python file says that it needs (PEP 723)."""

from collections.abc import Mapping
from typing import Self

from pysetup.errors import PysetupError, UsageError
from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.toml_text import InvalidTomlError, TomlText
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import SpecifierSet, parse_specifiers
from pysetup.values import dataclass

MAX_BYTES = 8 * 1024 * 1024
# The regular expression of the standard ("inline script metadata", specification).
_BLOCK = late_pattern(
    r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"
)
_START = late_pattern(r"(?m)^# /// script[ \t]*$")


class InvalidScriptError(UsageError):
    """The ``# /// script`` block of a Python file cannot be used.

    It is a block of comments that holds TOML with ``dependencies``, a list of
    requirements, and ``requires-python``, a version specifier (PEP 723):

        # /// script
        # requires-python = ">=3.11"
        # dependencies = ["rich>=13"]
        # ///

    It begins and ends with its own lines, and stands at most once in a file.
    """

    code = "PS2860"

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(
            f"{source}:{line}: the script's own metadata cannot be used: {reason}",
            facts={"file": source, "line": line},
            hints=("correct the block between  # /// script  and  # ///",),
        )
        self.source, self.line, self.reason = source, line, reason


@dataclass(frozen=True, slots=True)
class ScriptBlock:
    """What a script needs: requirements, and the Pythons that it runs on.

    ``line`` is where its block begins, counted from 1, and ``lines`` where each of
    the dependencies stands; ``tool`` are the tables of tools, unchanged.
    """

    requires_python: SpecifierSet
    dependencies: tuple[Requirement, ...]
    tool: Mapping[str, object]
    line: int
    lines: tuple[int, ...]

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> Self | None:
        """Read the block of the Python file ``content``; None if it has none.

        Raises ``InvalidScriptError``.
        """
        text = _text(content, source)
        found = [match for match in _BLOCK.finditer(text) if match["type"] == "script"]
        starts = list(_START.finditer(text))
        if not found and not starts:
            return None
        if not found:
            line = _line(text, starts[0].start())
            raise InvalidScriptError(source, line, "it does not end with  # ///")
        line = _line(text, found[0].start())
        if len(found) > 1:
            second = _line(text, found[1].start())
            reason = f"there is another one in line {line}"
            raise InvalidScriptError(source, second, reason)
        return cls._of(_document(found[0]["content"], source, line), source, line)

    @classmethod
    def _of(cls, document: TomlText, source: str, line: int) -> Self:
        values = document.values

        def line_of(*path: str | int) -> int:
            return line + (document.place(path).line if path[0] in values else 0)

        def refused(reason: str, *path: str | int) -> InvalidScriptError:
            return InvalidScriptError(source, line_of(*path), reason)

        tool = values.get("tool", {})
        if not isinstance(tool, dict):
            raise refused("tool is not a table", "tool")
        python = values.get("requires-python", "")
        if not isinstance(python, str):
            raise refused("requires-python is not a text", "requires-python")
        listed = values.get("dependencies", [])
        if not (isinstance(listed, list) and all(isinstance(x, str) for x in listed)):
            raise refused("dependencies is not a list of requirements", "dependencies")
        try:
            specifiers = parse_specifiers(python)
        except PysetupError as error:
            raise refused(error.message, "requires-python") from None
        dependencies = []
        for index, text in enumerate(listed):
            try:
                dependencies.append(parse_requirement(text))
            except PysetupError as error:
                raise refused(error.message, "dependencies", index) from None
        lines = tuple(line_of("dependencies", i) for i in range(len(listed)))
        return cls(specifiers, tuple(dependencies), tool, line, lines)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the tables of tools are left out."""
        return {
            "requires_python": str(self.requires_python),
            "dependencies": [str(one) for one in self.dependencies],
            "line": self.line,
        }


def _text(content: bytes, source: str) -> str:
    if len(content) > MAX_BYTES:
        raise InvalidScriptError(source, 1, f"it is larger than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidScriptError(source, line, "the file is not UTF-8") from None
    return text.replace("\r\n", "\n") + "\n"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _document(block: str, source: str, line: int) -> TomlText:
    # Two characters of each line are the comment's; a bare "#" is an empty line.
    plain = "".join(
        one[2:] if one.startswith("# ") else one[1:]
        for one in block.splitlines(keepends=True)
    )
    try:
        return TomlText.parse(plain.encode(), source=source)
    except InvalidTomlError as error:
        raise InvalidScriptError(
            source, line + error.place.line, error.reason
        ) from None
