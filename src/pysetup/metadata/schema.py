"""The schema of ``pydist.json``, and every problem of a document against it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pysetup.metadata.json_schema import Schema, find_violations
from pysetup.metadata.problems import Problem
from pysetup.metadata.rules import find_faults, find_oddities
from pysetup.standards.jsontext import JSON, copied_json

_FILE = Path(__file__).with_name("schema") / "pydist-1.0.schema.json"


def schema_text() -> str:
    """Return the JSON Schema (2020-12) of the document, as it is published."""
    return _FILE.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _schema() -> Schema:
    schema: Schema = json.loads(schema_text())
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
    beyond = (*find_faults(document), *find_oddities(document))
    return violations + tuple(
        problem for problem in beyond if problem.pointer not in told
    )
