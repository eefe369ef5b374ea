"""A small JSON Schema 2020-12 validator: the keywords that schemas of documents use.

Validating thus needs no other library; tests hold it to the verdicts of one.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from pysetup.metadata.problems import Problem, did_you_mean
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.values import dataclass

Schema = Mapping[str, JSON]
# Keywords that say something to people and nothing about validity.
ANNOTATIONS = frozenset(
    {
        *("$schema", "$id", "$defs", "$comment", "title", "description", "examples"),
        *("default", "deprecated"),
    }
)
# How a schema refers to one in its own $defs.
LOCAL = "#/$defs/"


class TooMuchWorkError(ValueError):
    """A schema wants more steps than it was given: it goes in circles, or explodes."""


def find_violations(
    value: JSON, schema: Schema, *, steps: int | None = None
) -> Iterator[Problem]:
    """Yield what in ``value`` violates ``schema``, which is well formed.

    A schema in ``$defs`` that has an ``$id`` is a schema of its own, and may be
    referred to by that. ``steps`` bounds the work; beyond it ``TooMuchWorkError`` is
    raised.
    """
    yield from _Place("", schema, schema, _Steps(steps)).check(value, schema)


@dataclass(slots=True)
class _Steps:
    left: int | None

    def take(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise TooMuchWorkError


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are: a JSON pointer, the schema of the whole, and the one we are in."""

    pointer: str
    bundle: Schema
    root: Schema
    steps: _Steps

    def below(self, key: str | int) -> "_Place":
        pointer = f"{self.pointer}/{escape_pointer(str(key))}"
        return _Place(pointer, self.bundle, self.root, self.steps)

    def inside(self, root: Schema) -> "_Place":
        return _Place(self.pointer, self.bundle, root, self.steps)

    def check(self, value: JSON, schema: Schema) -> Iterator[Problem]:
        self.steps.take()
        for keyword, argument in schema.items():
            if keyword in _PLAIN:
                message = _PLAIN[keyword](value, argument)
                if message:
                    yield self._problem(keyword, message, schema)
            elif keyword in _NESTED:
                yield from _NESTED[keyword](self, value, argument, schema)

    def _problem(self, keyword: str, message: str, schema: Schema) -> Problem:
        title, examples = schema.get("title"), schema.get("examples")
        if keyword in ("type", "pattern") and isinstance(title, str):
            message = f"must be {title}"
        hint = ""
        if isinstance(examples, list):
            hint = f"for example {json.dumps(examples[0], ensure_ascii=False)}"
        return Problem(self.pointer, keyword, message, hint)

    def is_valid(self, value: JSON, schema: JSON) -> bool:
        assert isinstance(schema, Mapping)
        return next(self.check(value, schema), None) is None


# Keywords that look at one value alone: they return what is wrong, or nothing.


def _type(value: JSON, argument: JSON) -> str:
    kinds = argument if isinstance(argument, list) else [argument]
    if any(_IS[str(kind)](value) for kind in kinds):
        return ""
    return "must be " + " or ".join(_KINDS[str(kind)] for kind in kinds)


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS: Mapping[str, Callable[[JSON], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value % 1 == 0,  # type: ignore[operator]
}
_KINDS: Mapping[str, str] = {
    "string": "a string",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "number": "a number",
    "integer": "a whole number",
}


def _same(one: JSON, other: JSON) -> bool:
    """Tell whether two values are equal in JSON: 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _same(item, other[key]) for key, item in one.items()
        )
    return one == other


def _const(value: JSON, argument: JSON) -> str:
    return "" if _same(value, argument) else f"must be {json.dumps(argument)}"


def _enum(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, list)
    if any(_same(value, one) for one in argument):
        return ""
    return "must be one of " + ", ".join(json.dumps(one) for one in argument)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _pattern(value: JSON, argument: JSON) -> str:
    if not isinstance(value, str) or _compiled(str(argument)).search(value):
        return ""
    return "does not have the right form"


def _min_length(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    if not isinstance(value, str) or len(value) >= argument:
        return ""
    return "is empty" if not value else f"is shorter than {argument} characters"


def _max_length(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    too_long = isinstance(value, str) and len(value) > argument
    return f"is longer than {argument} characters" if too_long else ""


def _minimum(value: JSON, argument: JSON) -> str:
    return _compared(value, argument, operator.ge, "at least")


def _maximum(value: JSON, argument: JSON) -> str:
    return _compared(value, argument, operator.le, "at most")


def _compared(
    value: JSON, argument: JSON, holds: Callable[[float, float], bool], words: str
) -> str:
    assert isinstance(argument, int | float)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "" if holds(value, argument) else f"must be {words} {argument}"


def _min_items(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    too_few = isinstance(value, list) and len(value) < argument
    return f"has less than {argument} items" if too_few else ""


def _max_items(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    too_many = isinstance(value, list) and len(value) > argument
    return f"has more than {argument} items" if too_many else ""


def _unique_items(value: JSON, argument: JSON) -> str:
    if not argument or not isinstance(value, list):
        return ""
    texts = [json.dumps(_plain(item), sort_keys=True) for item in value]
    return "" if len(set(texts)) == len(texts) else "holds the same value twice"


def _plain(value: JSON) -> JSON:
    """Return ``value`` with 1.0 as 1, as JSON Schema compares numbers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


_PLAIN: Mapping[str, Callable[[JSON, JSON], str]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "minimum": _minimum,
    "maximum": _maximum,
    "minItems": _min_items,
    "maxItems": _max_items,
    "uniqueItems": _unique_items,
}


# Keywords that hold schemas, or look at several keys.


def _ref(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    name = str(argument)
    if name.startswith(LOCAL):
        target = _definitions(place.root)[name.removeprefix(LOCAL)]
    else:
        known = {one.get("$id"): one for one in _definitions(place.bundle).values()}
        target = known[name]
        place = place.inside(target)
    yield from place.check(value, target)


def _definitions(schema: Schema) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", schema["$defs"])


def _any_of(
    place: _Place, value: JSON, argument: JSON, schema: Schema
) -> Iterator[Problem]:
    assert isinstance(argument, list)
    if not any(place.is_valid(value, branch) for branch in argument):
        title = schema.get("title", "one of the forms that the schema lists")
        yield Problem(place.pointer, "anyOf", f"must be {title}")


def _all_of(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    assert isinstance(argument, list)
    for branch in argument:
        assert isinstance(branch, Mapping)
        yield from place.check(value, branch)


def _not(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    assert isinstance(argument, Mapping)
    if place.is_valid(value, argument):
        title = argument.get("title", "is what the schema excludes")
        yield Problem(place.pointer, "not", str(title))


def _items(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    assert isinstance(argument, Mapping)
    for index, item in enumerate(value if isinstance(value, list) else []):
        yield from place.below(index).check(item, argument)


def _required(
    place: _Place, value: JSON, argument: JSON, _: Schema
) -> Iterator[Problem]:
    assert isinstance(argument, list)
    for key in map(str, argument):
        if isinstance(value, dict) and key not in value:
            yield Problem(place.below(key).pointer, "required", "is missing")


def _properties(
    place: _Place, value: JSON, argument: JSON, _: Schema
) -> Iterator[Problem]:
    assert isinstance(argument, Mapping)
    for key, schema in argument.items():
        if isinstance(value, dict) and key in value:
            assert isinstance(schema, Mapping)
            yield from place.below(key).check(value[key], schema)


def _additional(
    place: _Place, value: JSON, argument: JSON, schema: Schema
) -> Iterator[Problem]:
    known = schema.get("properties", {})
    assert isinstance(known, Mapping)
    if argument is True:
        return
    for key in [key for key in _keys(value) if key not in known]:
        below = place.below(key)
        if isinstance(argument, Mapping):
            assert isinstance(value, dict)
            yield from below.check(value[key], argument)
        else:
            hint = did_you_mean(key, known)
            yield Problem(below.pointer, "additionalProperties", "is unknown", hint)


def _property_names(
    place: _Place, value: JSON, argument: JSON, _: Schema
) -> Iterator[Problem]:
    assert isinstance(argument, Mapping)
    for key in _keys(value):
        yield from place.below(key).check(key, argument)


def _keys(value: JSON) -> list[str]:
    return list(value) if isinstance(value, dict) else []


_NESTED: Mapping[str, Callable[[_Place, JSON, JSON, Schema], Iterator[Problem]]] = {
    "$ref": _ref,
    "anyOf": _any_of,
    "allOf": _all_of,
    "not": _not,
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
}
KEYWORDS = frozenset(_PLAIN) | frozenset(_NESTED)
