"""JSON text: strict reading with limits, one written form, the canonical form."""

import json
from collections.abc import Callable, Mapping, Sequence

from pysetup.errors import UsageError

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
# Beyond it a number is not the same in every reader (RFC 8785, I-JSON RFC 7493).
MAX_INTEGER = 2**53 - 1


class InvalidJsonError(UsageError):
    """A JSON text cannot be read, or holds what not every reader reads alike.

    Refused are: broken syntax, text that is not UTF-8, duplicate keys, NaN and
    infinity, integers beyond 2**53, lone surrogates, and excessive size or depth.
    """

    code = "PS2107"

    def __init__(self, source: str, reason: str, *, pointer: str = "") -> None:
        place = f" at {pointer}" if pointer else ""
        super().__init__(
            f"{source} is not acceptable JSON{place}: {reason}",
            facts={"file": source, "pointer": pointer},
            hints=("mend the file; pysetup reads strict UTF-8 JSON (RFC 8259)",),
        )
        self.source, self.reason, self.pointer = source, reason, pointer


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key[:80]!r} stands twice")
            seen.add(key)
    return made


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:  # noqa: PLR2004
        raise ValueError(f"the number {digits[:20]} is beyond 2**53")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


# Made once: making it takes as long as reading a small document does. Numbers are
# rare in documents, and an object costs one call, so the hooks cost next to nothing.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_no_constant,
    parse_int=_integer,
    parse_float=_float,
)
_SCAN: Callable[[str, int], tuple[JSON, int]] = vars(_DECODER)["scan_once"]
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH}"


def parse_json(content: bytes | str, *, source: str, limit: int = MAX_BYTES) -> JSON:
    """Read JSON strictly; raises ``InvalidJsonError`` naming ``source``."""
    if len(content) > limit:
        raise InvalidJsonError(source, f"it is larger than {limit} bytes")
    try:
        text = content if isinstance(content, str) else content.decode()
        value = _scan(text)
        if text is not content and "\\u" not in text:
            _check_depth(value)  # UTF-8 holds no surrogate, and none is written out
        elif type(value) is dict:
            _check_object(value, MAX_DEPTH)
        else:
            _check(value, MAX_DEPTH)
    except json.JSONDecodeError as error:
        raise InvalidJsonError(
            source, f"{error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidJsonError(source, f"not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise InvalidJsonError(source, "a text has a lone surrogate") from None
    except RecursionError:
        raise InvalidJsonError(source, "it is nested too deeply") from None
    except ValueError as error:
        raise InvalidJsonError(source, str(error)) from None
    return value


def _scan(text: str) -> JSON:
    """Return the value in ``text``; what is no bare value goes the longer way."""
    try:
        value, end = _SCAN(text, 0)
        if text[end:] in ("\n", ""):
            return value
    except StopIteration:
        pass  # space or a byte order mark stands before it, or it is no JSON
    slow: JSON = _DECODER.decode(text.removeprefix("\ufeff"))
    return slow


# Every document is walked over for what remains: lone surrogates and depth. So the
# walk looks at as little as it can. To join a list tells that only texts are in it,
# to ask for ASCII looks at no character, to encode is the fastest way to a surrogate.
_FIXED = "utf-32-le"
_CONTAINERS = (dict, list)


def _check(value: JSON, depth: int) -> None:
    """Refuse lone surrogates, and more than ``depth`` objects and lists in another."""
    if type(value) is dict:
        _check_object(value, depth)
    elif type(value) is list:
        if depth < 1:
            raise ValueError(_TOO_DEEP)
        for item in value:
            _check(item, depth - 1)
    elif type(value) is str:
        value.encode(_FIXED)


def _check_depth(value: JSON) -> None:
    """Refuse more objects and lists in another than ``_check`` does, level by level."""
    level, depth = [value] if type(value) in _CONTAINERS else [], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(_TOO_DEEP)
        level = [
            inner
            for item in level
            for inner in (item.values() if type(item) is dict else item)  # type: ignore[union-attr] # a list
            if type(inner) in _CONTAINERS
        ]


def _check_object(value: dict[str, JSON], depth: int) -> None:
    if depth < 1:
        raise ValueError(_TOO_DEEP)
    if not (keys := "".join(value)).isascii():
        keys.encode(_FIXED)
    for item in value.values():
        if type(item) is str:
            if not item.isascii():
                item.encode(_FIXED)
        elif type(item) is list and depth > 1:
            try:
                if not (text := "".join(item)).isascii():
                    text.encode(_FIXED)
            except TypeError:
                _check(item, depth - 1)
        elif type(item) is dict:
            _check_object(item, depth - 1)
        else:
            _check(item, depth - 1)


def parse_json_object(
    content: bytes | str, *, source: str, limit: int = MAX_BYTES
) -> dict[str, JSON]:
    """Read JSON whose top is an object; raises ``InvalidJsonError``."""
    value = parse_json(content, source=source, limit=limit)
    if not isinstance(value, dict):
        raise InvalidJsonError(source, "the top of the document must be an object")
    return value


def copied_json(value: JSON) -> JSON:
    """Return a deep copy made of dicts and lists, fast."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Mapping):
        return {key: copied_json(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [copied_json(item) for item in value]
    return value


def escape_pointer(key: str) -> str:
    """Return ``key`` as one reference token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def to_json_text(value: JSON) -> str:
    """Write ``value`` for people and for git: keys sorted, two spaces, one newline."""
    return (
        json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
        + "\n"
    )


def to_canonical_json(value: JSON) -> bytes:
    """Write the one canonical form (RFC 8785), over which digests are taken.

    Raises ``InvalidJsonError`` for numbers that have none.
    """
    out: list[str] = []
    _canonical(value, out)
    return "".join(out).encode()


def _canonical(value: JSON, out: list[str]) -> None:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        out.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise InvalidJsonError("the document", f"{value} is beyond 2**53")
        out.append(str(value))
    elif isinstance(value, float):
        out.append(_canonical_float(value))
    elif isinstance(value, Mapping):
        out.append("{")
        # RFC 8785 orders keys by UTF-16 code units, not by code points.
        for index, key in enumerate(sorted(value, key=_utf16)):
            out.append("," if index else "")
            out.append(json.dumps(key, ensure_ascii=False) + ":")
            _canonical(value[key], out)
        out.append("}")
    else:
        out.append("[")
        for index, item in enumerate(value):
            out.append("," if index else "")
            _canonical(item, out)
        out.append("]")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _canonical_float(value: float) -> str:
    """Write a float as ECMAScript does (RFC 8785, section 3.2.2.3)."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
        raise InvalidJsonError("the document", "NaN and infinity have no JSON form")
    if value == 0:
        return "0"
    # Python and ECMAScript agree on the shortest digits, and differ in how they are
    # laid out: 0.ddd * 10**point is what repr() says in either of its forms.
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    stripped = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(stripped)
    digits = stripped.rstrip("0")
    return ("-" if value < 0 else "") + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """Write ``0.digits * 10**point`` as ECMAScript's Number::toString does."""
    if len(digits) <= point <= 21:  # noqa: PLR2004
        return digits.ljust(point, "0")
    if 0 < point <= 21:  # noqa: PLR2004
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:  # noqa: PLR2004
        return f"0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{point - 1:+d}"
