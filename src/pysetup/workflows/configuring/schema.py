"""The JSON Schema of configuration files, made from the table of keys."""

from collections.abc import Mapping

from pysetup.standards.jsontext import JSON
from pysetup.workflows.configuring.keys import INDEX_AUTH, KEYS, Key

_KINDS: Mapping[str, JSON] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": 0},
    "duration": {
        "description": "seconds, or a text such as 30s or 5 minutes",
        "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
    },
}
_TEXT: dict[str, JSON] = {"type": "string"}
_TEXTS: dict[str, JSON] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
}


def configuration_schema() -> dict[str, JSON]:
    """Return the schema (2020-12) of ``pysetup.toml`` and its like."""
    properties: dict[str, JSON] = {}
    sections: dict[str, dict[str, JSON]] = {}
    for key in KEYS:
        section, _, last = key.name.rpartition(".")
        place = sections.setdefault(section, {}) if section else properties
        place[last] = _described(key)
        if key.is_list:
            place[f"extend-{last}"] = {
                **_TEXTS,
                "description": f"added to {key.name} of weaker files",
            }
    for section, keys in sections.items():
        properties[section] = {"type": "object", "properties": dict(keys)}
    properties["index"] = {"type": "array", "items": _index()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of pysetup",
        "type": "object",
        "properties": properties,
    }


def _described(key: Key) -> dict[str, JSON]:
    if key.choices:
        found: dict[str, JSON] = {"enum": list(key.choices)}
    elif key.is_list:
        found = dict(_TEXTS)
    else:
        kind = _KINDS.get(key.kind, _TEXT)
        assert isinstance(kind, Mapping), "a kind is a schema"
        found = dict(kind)
    told = key.summary + ("" if key.in_project else " (not in the file of a project)")
    before = found.get("description")
    return {**found, "description": f"{told}: {before}" if before else told}


def _index() -> dict[str, JSON]:
    return {
        "type": "object",
        "required": ["name", "url"],
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$"},
            "url": {"type": "string"},
            "default": {"type": "boolean"},
            "packages": {"type": "array", "items": {"type": "string"}},
            "auth": {"enum": list(INDEX_AUTH)},
        },
    }
