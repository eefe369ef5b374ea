"""Small changes to a TOML text that people wrote: comments, order and spacing stay."""

import copy
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from pysetup.errors import UsageError
from pysetup.late import tomllib
from pysetup.metadata.formats.pyproject.toml_text import Path, TomlText
from pysetup.metadata.formats.toml_writer import Inline, to_value
from pysetup.values import dataclass

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class UneditableTomlError(UsageError):
    """A change to a TOML file could not be made without touching the rest of it.

    After each change pysetup reads the new text again, and refuses it unless exactly
    the wanted value changed. Tables that are split, or keys written with dots, can
    stand in the way. Make this change by hand.
    """

    code = "PS2688"

    def __init__(self, source: str, path: Path) -> None:
        field = ".".join(map(str, path))
        super().__init__(
            f"{source}: {field} cannot be changed without touching other lines",
            facts={"file": source, "field": field},
            hints=(f"change {field} by hand",),
        )
        self.source, self.path = source, path


@dataclass(frozen=True, slots=True)
class Put:
    """Set the value at ``path``; tables on the way are made."""

    path: Path
    value: object


@dataclass(frozen=True, slots=True)
class Take:
    """Take away what stands at ``path``: a key, or an item of an array."""

    path: Path


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the key at ``path`` another name, in its place."""

    path: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Insert:
    """Put a new item into an array, at the position that ends ``path``."""

    path: Path
    value: object


Edit = Put | Take | Rename | Insert


def edited(content: bytes, edits: Sequence[Edit], *, source: str) -> bytes:
    """Return ``content`` with ``edits`` made one after the other.

    Raises ``InvalidTomlError``, or ``UneditableTomlError`` when the result would not
    say exactly what was wanted.
    """
    newline = b"\r\n" if b"\r\n" in content else b"\n"
    for edit in edits:
        toml = TomlText.parse(content, source=source)
        wanted: Any = copy.deepcopy(toml.values)
        _change(wanted, edit)
        text = content.decode().replace("\r\n", "\n")
        if isinstance(edit, Rename):
            text = _renamed(text, toml, edit)
        else:
            text = _rewritten(text, edit)
        content = text.replace("\n", newline.decode()).encode()
        if _values(text) not in (wanted, _without_empty(wanted, edit.path)):
            raise UneditableTomlError(source, edit.path)
    return content


def _values(text: str) -> object:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return None


def _change(values: Any, edit: Edit) -> None:  # noqa: ANN401 - a tree of any values
    """Make ``edit`` in plain values: what the new text must say."""
    here = values
    for part in edit.path[:-1]:
        makes = isinstance(edit, Put) and isinstance(here, dict)
        here = here.setdefault(part, {}) if makes else here[part]
    last = edit.path[-1]
    if isinstance(edit, Put):
        here[last] = edit.value
    elif isinstance(edit, Insert):
        here.insert(last, edit.value)
    elif isinstance(edit, Take):
        del here[last]
    else:
        here[edit.name] = here.pop(last)


def _without_empty(wanted: Any, path: Path) -> object:  # noqa: ANN401 - as above
    """Return ``wanted`` without tables on ``path`` that nothing is left in.

    A table that only stood in the headers of others goes with the last of them.
    """
    if not isinstance(wanted, dict) or not path or path[0] not in wanted:
        return wanted
    below = _without_empty(wanted[path[0]], path[1:])
    kept = {key: value for key, value in wanted.items() if key != path[0]}
    return kept if below == {} else {**wanted, path[0]: below}


def _renamed(text: str, toml: TomlText, edit: Rename) -> str:
    place = toml.place(edit.path)
    lines = text.split("\n")
    line = lines[place.line - 1]
    start = place.column - 1
    key = edit.name if set(edit.name) <= _BARE else f'"{edit.name}"'
    lines[place.line - 1] = line[:start] + key + line[start + place.length :]
    return "\n".join(lines)


def _rewritten(text: str, edit: Put | Take | Insert) -> str:
    import tomlkit  # heavy, and only for those who change a file
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
        here: Any = document
        for part in edit.path[:-1]:
            if isinstance(here, MutableMapping) and part not in here:
                here[part] = tomlkit.table(is_super_table=False)
            here = here[part]
        last = edit.path[-1]
        if isinstance(edit, Take):
            del here[last]
        elif isinstance(edit, Insert):
            here.insert(last, _shaped(edit.value))
        else:
            here[last] = _shaped(edit.value)
        made = str(tomlkit.dumps(document))
        return made if text.endswith("\n\n") else made.rstrip("\n") + "\n"
    except (TOMLKitError, ValueError, TypeError, KeyError):
        return ""


def _shaped(value: object) -> Any:  # noqa: ANN401 - an item of tomlkit
    """Return ``value`` for the file: a long array has one item on each line."""
    import tomlkit

    if isinstance(value, Mapping) and not isinstance(value, Inline):
        table = tomlkit.item(dict(value))
        table.add(tomlkit.nl())  # an empty line before what follows
        return table
    return tomlkit.value(to_value(value))
