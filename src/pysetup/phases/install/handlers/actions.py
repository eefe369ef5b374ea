"""The closed set of actions that a handler may ask for, read from what it returned."""

from collections.abc import Mapping

from pysetup.metadata.system_files import CATEGORIES, COMMANDS
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault
from pysetup.values import dataclass

# More than any extension needs; beyond it a handler has gone wrong.
_MOST_ACTIONS = 10_000
_MOST_TEXT = 1 << 20
_KEYS = {
    "place": {"action", "category", "path", "file"},
    "write": {"action", "category", "path", "text"},
    "link": {"action", "category", "path", "to"},
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the environment: a path with ``/`` below the folder of a category."""

    category: str
    path: str

    @property
    def is_command(self) -> bool:
        """Whether what stands there can be called by its name."""
        return self.category == COMMANDS

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"category": self.category, "path": self.path}

    def __str__(self) -> str:
        return f"{self.category}/{self.path}"


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """Put a file of the wheel, by its path in it, to a place."""

    place: Place
    file: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, as a handler gives it."""
        return {"action": "place", **self.place.to_json(), "file": self.file}


@dataclass(frozen=True, slots=True)
class WriteText:
    """Write a text to a place, in UTF-8."""

    place: Place
    text: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, as a handler gives it."""
        return {"action": "write", **self.place.to_json(), "text": self.text}


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Make a link at a place, to another place where this distribution has a file."""

    place: Place
    target: Place

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, as a handler gives it."""
        to: dict[str, JSON] = self.target.to_json()
        return {"action": "link", **self.place.to_json(), "to": to}


Action = PlaceFile | WriteText | MakeLink


class ActionError(Exception):
    """What a handler returned is no list of actions; the text says why."""


def read_actions(value: object) -> tuple[Action, ...]:
    """Return the actions that ``value``, the result of a handler, stands for.

    It is a list of objects: ``action`` (``place``, ``write`` or ``link``), ``category``
    and ``path``, and ``file``, ``text`` or ``to``. Raises ``ActionError``.
    """
    if not isinstance(value, list | tuple):
        raise ActionError(f"it returned {type(value).__name__}, not a list of actions")
    if len(value) > _MOST_ACTIONS:
        raise ActionError(f"it returned more than {_MOST_ACTIONS} actions")
    return tuple(map(_read_action, value))


def _read_action(value: object) -> Action:
    if not isinstance(value, Mapping):
        raise ActionError(f"{_short(value)} is not an action")
    kind = value.get("action")
    keys = _KEYS.get(kind) if isinstance(kind, str) else None
    if keys is None:
        raise ActionError(f"{_short(kind)} is none of the actions {', '.join(_KEYS)}")
    if set(value) != keys:
        raise ActionError(f"the action {kind!r} has the keys {', '.join(sorted(keys))}")
    place = _read_place(value)
    if kind == "place":
        return PlaceFile(place, _text(value, "file"))
    if kind == "write":
        return WriteText(place, _text(value, "text"))
    target = value["to"]
    if not isinstance(target, Mapping) or set(target) != {"category", "path"}:
        raise ActionError("'to' of a link has the keys category, path")
    return MakeLink(place, _read_place(target))


def _read_place(value: Mapping[object, object]) -> Place:
    category = value["category"]
    if category not in CATEGORIES or not isinstance(category, str):
        raise ActionError(f"{_short(category)} is no category of files")
    path = _text(value, "path")
    fault = path_fault(path)
    if fault is not None:
        raise ActionError(f"{_short(path)} is no path below {category}: {fault}")
    return Place(category, path)


def _text(value: Mapping[object, object], key: str) -> str:
    text = value[key]
    if not isinstance(text, str):
        raise ActionError(f"{key!r} is {_short(text)}, not a text")
    if len(text) > _MOST_TEXT:
        raise ActionError(f"{key!r} is longer than {_MOST_TEXT} characters")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ActionError(f"{key!r} is not Unicode text") from None
    return text


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - a line
