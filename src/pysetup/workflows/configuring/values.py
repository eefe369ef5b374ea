"""Values of keys: from the text of a variable, or as TOML has them."""

import os
from collections.abc import Callable
from pathlib import Path

from pysetup.late import late_pattern
from pysetup.workflows.configuring.keys import Key
from pysetup.workflows.settings import LATEST_DATE, InvalidSettingError

_TRUE = ("1", "true", "yes", "on", "y", "t")
_FALSE = ("0", "false", "no", "off", "n", "f", "")
_DURATION = late_pattern(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_UNITS = {
    "": 1.0,
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_YES = "a yes or no (1 or 0)"


def boolean(text: str, *, origin: str) -> bool:
    """Read a yes or no; raises ``InvalidSettingError``."""
    if text.strip().lower() in _TRUE:
        return True
    if text.strip().lower() in _FALSE:
        return False
    raise InvalidSettingError(origin, text, _YES)


def convert_text(key: Key, text: str, *, origin: str) -> object:
    """Read what a variable, or a file of pip's, says for ``key``.

    Raises ``InvalidSettingError``, which names ``origin``.
    """
    convert = _CONVERTERS.get(key.kind)
    if convert is not None:
        return convert(text.strip(), origin)
    if key.kind == "choice":
        return _choice(key, text.strip(), origin)
    if key.is_list:
        words = text.replace(",", " ") if key.kind == "names" else text
        return tuple(words.split())
    chosen = text.strip()
    return Path(chosen) if key.setting == "cache_dir" else chosen


def convert_toml(key: Key, value: object, *, origin: str, base: str) -> object:
    """Read what a TOML file says for ``key``; paths start from the folder ``base``.

    Raises ``InvalidSettingError``, which names ``origin``.
    """
    if key.is_list:
        if not isinstance(value, list):
            value = [value]
        return tuple(_placed(key, _item(one, origin), base) for one in value)
    if isinstance(value, bool):
        if key.kind == "boolean":
            return value
        raise InvalidSettingError(origin, str(value).lower(), _expected(key))
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidSettingError(origin, str(value), _expected(key))
    if key.kind == "boolean":
        raise InvalidSettingError(origin, value, "true or false")
    return convert_text(key, _placed(key, value, base), origin=origin)


def _item(value: object, origin: str) -> str:
    if not isinstance(value, str):
        raise InvalidSettingError(origin, str(value), "a list of texts")
    return value


def _placed(key: Key, text: str, base: str) -> str:
    """Return ``text``, a path made absolute: it is meant from its own file."""
    if key.kind in ("path", "paths") or (
        key.kind in ("place", "places")
        and "://" not in text
        and not text.startswith("file:")
    ):
        return os.path.normpath(os.path.join(base, os.path.expanduser(text)))
    return text


def _expected(key: Key) -> str:
    words = {
        "boolean": "true or false",
        "integer": "a number",
        "duration": "a number of seconds",
    }
    if key.choices:
        return f"one of {', '.join(key.choices)}"
    return words.get(key.kind, "a text")


def _choice(key: Key, text: str, origin: str) -> str:
    if text not in key.choices:
        raise InvalidSettingError(origin, text, f"one of {', '.join(key.choices)}")
    return text


def _integer(text: str, origin: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise InvalidSettingError(origin, text, "a number") from None
    if number < 0:
        raise InvalidSettingError(origin, text, "a number of at least 0")
    return number


def _date(text: str, origin: str) -> int:
    seconds = _integer(text, origin)
    if seconds > LATEST_DATE:
        raise InvalidSettingError(origin, text, f"a number of at most {LATEST_DATE}")
    return seconds


def _duration(text: str, origin: str) -> float:
    """Return seconds; they may be written as ``30s``, ``5 minutes``, ``2h``."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise InvalidSettingError(origin, text, "a number of at least 0, of seconds")
    return float(match[1]) * _UNITS[match[2]]


_CONVERTERS: dict[str, Callable[[str, str], object]] = {
    "boolean": lambda text, origin: boolean(text, origin=origin),
    "date": _date,
    "duration": _duration,
    "integer": _integer,
}
