"""A small JSON Schema 2020-12 validator: just the keywords that our schema uses.

Validating thus needs no other library; tests hold it to the verdicts of one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pysetup.metadata.problems import Problem, did_you_mean
from pysetup.standards.jsontext import JSON, escape_pointer

Schema = Mapping[str, JSON]
# Keywords that say something to people and nothing about validity.
ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples"}
)


def find_violations(value: JSON, schema: Schema) -> Iterator[Problem]:
    """Yield what in ``value`` violates ``schema``, which is trusted and complete."""
    yield from _Place("", schema).check(value, schema)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are in a document (a JSON pointer), and the schema of the whole."""

    pointer: str
    root: Schema

    def below(self, key: str | int) -> "_Place":
        return _Place(f"{self.pointer}/{escape_pointer(str(key))}", self.root)

    def check(self, value: JSON, schema: Schema) -> Iterator[Problem]:
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
    kind, name = {
        "string": (str, "a string"),
        "boolean": (bool, "true or false"),
        "array": (list, "a list"),
        "object": (dict, "an object"),
    }[str(argument)]
    return "" if isinstance(value, kind) else f"must be {name}"


def _const(value: JSON, argument: JSON) -> str:
    # Only strings stand in our schema: 1 and true are not told apart by Python.
    return "" if value == argument else f"must be {json.dumps(argument)}"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _pattern(value: JSON, argument: JSON) -> str:
    if not isinstance(value, str) or _compiled(str(argument)).search(value):
        return ""
    return "does not have the right form"


def _min_length(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    return "is empty" if isinstance(value, str) and len(value) < argument else ""


def _max_length(value: JSON, argument: JSON) -> str:
    assert isinstance(argument, int)
    too_long = isinstance(value, str) and len(value) > argument
    return f"is longer than {argument} characters" if too_long else ""


def _unique_items(value: JSON, argument: JSON) -> str:
    if not argument or not isinstance(value, list):
        return ""
    texts = [json.dumps(item, sort_keys=True) for item in value]
    return "" if len(set(texts)) == len(texts) else "holds the same value twice"


_PLAIN: Mapping[str, Callable[[JSON, JSON], str]] = {
    "type": _type,
    "const": _const,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "uniqueItems": _unique_items,
}


# Keywords that hold schemas, or look at several keys.


def _ref(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    definitions = place.root["$defs"]
    assert isinstance(definitions, Mapping)
    target = definitions[str(argument).removeprefix("#/$defs/")]
    assert isinstance(target, Mapping)
    yield from place.check(value, target)


def _any_of(
    place: _Place, value: JSON, argument: JSON, schema: Schema
) -> Iterator[Problem]:
    assert isinstance(argument, list)
    if not any(place.is_valid(value, branch) for branch in argument):
        yield Problem(place.pointer, "anyOf", f"must be {schema['title']}")


def _not(place: _Place, value: JSON, argument: JSON, _: Schema) -> Iterator[Problem]:
    assert isinstance(argument, Mapping)
    if place.is_valid(value, argument):
        yield Problem(place.pointer, "not", str(argument["title"]))


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
    "not": _not,
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
}
KEYWORDS = frozenset(_PLAIN) | frozenset(_NESTED)
