"""The schema of ``pydist.json``, and every problem of a document against it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pysetup.metadata.extensions import extension_schemas, find_extension_problems
from pysetup.metadata.json_schema import Schema, find_violations
from pysetup.metadata.problems import Problem
from pysetup.metadata.rules import find_faults, find_oddities
from pysetup.standards.jsontext import JSON, copied_json

_FILE = Path(__file__).with_name("schema") / "pydist-1.0.schema.json"


def schema_text() -> str:
    """Return the JSON Schema (2020-12) of the document, as it is published.

    One file that needs no other: the schemas of the standard extensions stand in
    ``$defs``, each under its own ``$id``.
    """
    return json.dumps(_schema(), indent=2, ensure_ascii=True) + "\n"


@lru_cache(maxsize=1)
def _schema() -> Schema:
    schema: dict[str, JSON] = json.loads(_FILE.read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    schema["$defs"] = {**definitions, **extension_schemas()}
    return schema


def find_problems(mapping: Mapping[str, JSON]) -> tuple[Problem, ...]:
    """Return everything that is wrong with a document, and what is only odd.

    First comes what the JSON Schema refuses, under the name of its keyword; then what
    the standards refuse and a schema cannot say (markers, licences, ...); then
    warnings. A document without a problem of severity ``error`` is valid. Pointer and
    message together make a sentence.
    """
    document = {key: copied_json(value) for key, value in mapping.items()}
    violations = tuple(find_violations(document, _schema()))
    told = {problem.pointer for problem in violations}
    beyond = (
        *find_faults(document),
        *find_oddities(document),
        *find_extension_problems(document),
    )
    return violations + tuple(
        problem for problem in beyond if problem.pointer not in told
    )


def find_build_problems(build: Mapping[str, JSON]) -> tuple[Problem, ...]:
    """Return what the JSON Schema refuses of a document's ``build`` section."""
    schema = _schema()
    part: Schema = {
        "properties": {"build": {"$ref": "#/$defs/build"}},
        "$defs": schema["$defs"],
    }
    value = {key: copied_json(item) for key, item in build.items()}
    return tuple(find_violations({"build": value}, part))
