"""Requirements in setup.cfg: install_requires, and the extras beside it."""

import re
from typing import Self

from pysetup.late import late_pattern
from pysetup.metadata.formats.requirement_lists.lists import (
    DEPENDENCIES,
    Listed,
    NoListHereError,
    Section,
    position,
)
from pysetup.metadata.formats.setup_cfg import SETUP_CFG, read_keywords
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace

_EXTRAS = "options.extras_require"
_HEADER = late_pattern(r"\[(?P<section>.+)\]")
_KEY = late_pattern(r"(?P<key>[^=:\s#;\[][^=:]*?)\s*[=:](?P<value>.*)")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class _Block:
    """A key with its value: the lines ``start`` to ``stop``, and its items by line."""

    start: int
    stop: int
    items: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SetupCfgLists:
    """The lists of one ``setup.cfg``, one requirement a line."""

    content: bytes
    filename: str = SETUP_CFG

    def sections(self) -> tuple[Section, ...]:
        """Return the lists that are there."""
        keywords, _ = read_keywords(self.content, source=self.filename)
        extras = keywords.values.get("extras_require")
        names = extras if isinstance(extras, dict) else {}
        found = [Section("extra", normalize_name(name)) for name in names if name]
        return (DEPENDENCIES, *found)

    def listed(self, section: Section) -> tuple[Listed, ...]:
        """Return what a list holds."""
        block = self.block(section)
        items = block.items if block else ()
        return tuple(
            Listed(text, line + 1, index) for index, (line, text) in enumerate(items)
        )

    def with_added(self, section: Section, text: str) -> Self:
        """Return the file with one requirement more."""
        made = self.on_lines(section)
        block = made.block(section)
        lines = made.lines
        if block is None:
            return made.changed(made.with_key(section, text))
        index = position(made.listed(section), text)
        at = block.items[index][0] if index < len(block.items) else block.stop
        indent = _INDENT
        if block.items:
            first = lines[block.items[0][0]]
            indent = first[: len(first) - len(first.lstrip())]
            at = at if index < len(block.items) else block.items[-1][0] + 1
        return made.changed([*lines[:at], f"{indent}{text}", *lines[at:]])

    def with_replaced(self, section: Section, index: int, text: str) -> Self:
        """Return the file with another requirement in that position."""
        made = self.on_lines(section)
        line, old = made.item_at(section, index)
        lines = made.lines
        lines[line] = lines[line].replace(old, text, 1)
        return made.changed(lines)

    def without(self, section: Section, index: int) -> Self:
        """Return the file without the requirement in that position."""
        made = self.on_lines(section)
        line, _ = made.item_at(section, index)
        lines = made.lines
        return made.changed([*lines[:line], *lines[line + 1 :]])

    @property
    def lines(self) -> list[str]:
        """The lines of the file, without their ends."""
        return self.content.decode().replace("\r\n", "\n").split("\n")

    def changed(self, lines: list[str]) -> Self:
        """Return a file of these lines."""
        newline = "\r\n" if b"\r\n" in self.content else "\n"
        return replace(self, content=newline.join(lines).encode())

    def item_at(self, section: Section, index: int) -> tuple[int, str]:
        """Return the line, counted from 0, and the text of a requirement."""
        block = self.block(section)
        assert block is not None, "what is listed stands in a block"
        return block.items[index]

    def _place(self, section: Section) -> tuple[str, str]:
        if section.kind == "group":
            raise NoListHereError(
                self.filename,
                "setup.cfg has no dependency groups",
                hint="they stand in [dependency-groups] of a pyproject.toml (PEP 735)",
            )
        if section.kind == "extra":
            return _EXTRAS, section.name
        return "options", "install_requires"

    def block(self, section: Section) -> _Block | None:
        """Return the lines of a list; raises what is wrong with the file."""
        read_keywords(self.content, source=self.filename)
        wanted, key = self._place(section)
        lines, here = self.lines, ""
        for number, line in enumerate(lines):
            header = _HEADER.match(line)
            if header:
                here = header["section"]
            match = _KEY.fullmatch(line)
            if header or here != wanted or match is None:
                continue
            found = match["key"].strip()
            if wanted == "options":
                found = found.lower().replace("-", "_")
            else:
                found = normalize_name(found)
            if found == key:
                return self._block_at(number, match["value"].strip(), lines)
        return None

    def _block_at(self, start: int, value: str, lines: list[str]) -> _Block:
        if value.startswith("file:"):
            path = value.removeprefix("file:").strip()
            raise NoListHereError(
                self.filename,
                f"they are read from {path}",
                hint=f"change {path} by hand, or move them into {self.filename}",
            )
        stop = start + 1
        while stop < len(lines) and (
            not lines[stop].strip() or lines[stop][:1] in (" ", "\t", "#", ";")
        ):
            stop += 1
        while not lines[stop - 1].strip() and stop > start + 1:
            stop -= 1
        items = [(start, text.strip()) for text in value.split(";")] if value else []
        items += [
            (number, lines[number].strip())
            for number in range(start + 1, stop)
            if lines[number].strip() and lines[number].strip()[0] not in "#;"
        ]
        return _Block(start, stop, tuple(items))

    def on_lines(self, section: Section) -> Self:
        """Return the file with each requirement of the list on a line of its own."""
        block = self.block(section)
        if block is None or not any(line == block.start for line, _ in block.items):
            return self
        lines = self.lines
        head = re.sub(r"([=:]).*", r"\1", lines[block.start])
        own = [f"{_INDENT}{text}" for line, text in block.items if line == block.start]
        rest = lines[block.start + 1 :]
        return self.changed([*lines[: block.start], head, *own, *rest])

    def with_key(self, section: Section, text: str) -> list[str]:
        """Return the lines with a new key at the end of its section."""
        wanted, key = self._place(section)
        lines = self.lines
        new = [f"{key} =", f"{_INDENT}{text}"]
        headers = [
            (number, match["section"])
            for number, line in enumerate(lines)
            if (match := _HEADER.match(line))
        ]
        starts = [number for number, name in headers if name == wanted]
        if not starts:
            body = "\n".join(lines).rstrip("\n")
            return [*body.split("\n"), "", f"[{wanted}]", *new, ""]
        later = [number for number, _ in headers if number > starts[0]]
        end = later[0] if later else len(lines)
        while not lines[end - 1].strip():
            end -= 1
        return [*lines[:end], *new, *lines[end:]]
