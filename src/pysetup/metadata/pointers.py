"""JSON pointers (RFC 6901), and the shorter paths that people type, into a document."""

from collections.abc import Mapping, Sequence

from pysetup.errors import AnswerError, UsageError
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.problems import did_you_mean
from pysetup.standards.jsontext import JSON, copied_json, escape_pointer

Keys = tuple[str, ...]


class NothingThereError(AnswerError):
    """The document has no value at this place.

    A place is a JSON pointer (``/requires_dist/0``), or the same without its first
    slash, or a key alone (``summary``). ``pysetup metadata show`` prints all there is.
    """

    code = "PS1680"

    def __init__(self, source: str, pointer: str, hint: str = "") -> None:
        super().__init__(
            f"{source} has nothing at {pointer}",
            facts={"source": source, "pointer": pointer},
            hints=(hint or "pysetup metadata show  prints the whole document",),
        )
        self.source, self.pointer = source, pointer


class InvalidPointerError(UsageError):
    """A path into the document cannot be followed, or nothing can be put there.

    A path is a JSON pointer (RFC 6901): keys and list positions, each after a slash,
    as ``/project_url/Source`` or ``/requires_dist/0``; ``-`` is the place after the
    last item of a list. ``~`` and ``/`` inside a key are ``~0`` and ``~1``.
    """

    code = "PS2680"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path!r} cannot be used as a path: {reason}",
            facts={"path": path},
            hints=(
                "write it like  summary,  /requires_dist/0  or  project_url/Source",
            ),
        )


def pointer_of(keys: Sequence[str | int]) -> str:
    """Return ``keys`` as a JSON pointer."""
    return "".join(f"/{escape_pointer(str(key))}" for key in keys)


def parse_pointer(path: str, document: Mapping[str, JSON]) -> Keys:
    """Return the keys that ``path`` means in ``document``.

    Besides JSON pointers: pointers without their first slash, dotted paths
    (``build.requires``), and field names as METADATA spells them (``Requires-Dist``).
    In a dotted path the longest key that the document has is taken, since names of
    extensions have dots. Raises ``InvalidPointerError``.
    """
    if path in ("", "/"):
        return ()
    if path.startswith("/") or "/" in path:
        keys = tuple(
            part.replace("~1", "/").replace("~0", "~")
            for part in path.removeprefix("/").split("/")
        )
    else:
        keys = _dotted(path, document)
    if any(key == "" for key in keys):
        raise InvalidPointerError(path, "a key in it is empty")
    return (_key(keys[0], document), *keys[1:])


def _key(text: str, document: Mapping[str, JSON]) -> str:
    if text in document or text in BY_KEY:
        return text
    key = text.lower().replace("-", "_")
    return key if key in BY_KEY else text


def _dotted(path: str, document: Mapping[str, JSON]) -> Keys:
    keys: list[str] = []
    here: JSON = document
    parts = path.split(".")
    while parts:
        length = 1
        if isinstance(here, Mapping):
            length = next(
                (n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in here), 1
            )
        key = ".".join(parts[:length])
        key = _key(key, document) if not keys else key
        here, parts = _below(here, key), parts[length:]
        keys.append(key)
    return tuple(keys)


def _below(value: JSON, key: str) -> JSON:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isascii() and key.isdigit():
        return value[int(key)] if int(key) < len(value) else None
    return None


def find_value(document: Mapping[str, JSON], path: str, *, source: str) -> JSON:
    """Return what stands at ``path``, a copy.

    Raises ``NothingThereError``, with the nearest key that is there, and
    ``InvalidPointerError``.
    """
    here: JSON = document
    keys = parse_pointer(path, document)
    for index, key in enumerate(keys):
        above, here = here, _below(here, key)
        if here is None:
            near = did_you_mean(key, above) if isinstance(above, Mapping) else ""
            raise NothingThereError(source, pointer_of(keys[: index + 1]), near)
    return copied_json(here)


def with_value(
    document: Mapping[str, JSON], keys: Sequence[str], value: JSON
) -> dict[str, JSON]:
    """Return ``document`` with ``value`` at ``keys``; objects on the way are made.

    A value of None takes the place away. Raises ``InvalidPointerError``.
    """
    if not keys:
        raise InvalidPointerError("/", "the whole document is not one value")
    made = {key: copied_json(item) for key, item in document.items()}
    here: JSON = made
    for index, key in enumerate(keys[:-1]):
        if isinstance(here, dict):
            here = here.setdefault(key, {})
        elif isinstance(here, list):
            here = here[_position(here, key, keys)]
        if not isinstance(here, (dict, list)):
            pointer = pointer_of(keys[: index + 1])
            raise InvalidPointerError(pointer_of(keys), f"{pointer} has no parts")
    _put(here, keys, value)
    return made


def _put(here: JSON, keys: Sequence[str], value: JSON) -> None:
    last = keys[-1]
    if isinstance(here, dict):
        if value is None:
            here.pop(last, None)
        else:
            here[last] = value
    elif isinstance(here, list):
        if last == "-" and value is not None:
            here.append(value)
        elif value is None:
            del here[_position(here, last, keys)]
        else:
            here[_position(here, last, keys)] = value


def _position(items: list[JSON], key: str, keys: Sequence[str]) -> int:
    if not (key.isascii() and key.isdigit() and int(key) < len(items)):
        reason = f"the list has {len(items)} items, and no number {key}"
        raise InvalidPointerError(pointer_of(keys), reason)
    return int(key)
