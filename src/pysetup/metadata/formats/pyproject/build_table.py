"""The keys of [tool.pysetup.build] that the schema rules: commands and adapters."""

from collections.abc import Mapping, Sequence

from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.schema import find_build_problems
from pysetup.standards.jsontext import JSON

Values = dict[str, JSON]

READ_BY_SCHEMA = ("commands", "environment", "adapter", "ext-modules")


def read_ways_to_build(table: Table) -> Values:
    """Return the keys of the document's ``build`` for ``READ_BY_SCHEMA``.

    Faults are noted at the place in the file.
    """
    made: Values = {
        key.replace("-", "_"): table.json(key)
        for key in READ_BY_SCHEMA
        if key in table.values
    }
    modules = made.get("ext_modules")
    if isinstance(modules, list):
        _refuse_underscores(table, modules)
        made["ext_modules"] = [_underscored(module) for module in modules]
    whole = made if "hook" not in table.values else {"hook": "any:thing", **made}
    for problem in find_build_problems(whole):
        below = [_step(part) for part in problem.pointer.split("/")[2:]]
        table.fault(problem.message, *below, hint=problem.hint)
    return made


def write_ways_to_build(build: Mapping[str, JSON]) -> Values:
    """Return the keys of [tool.pysetup.build] for a document's ``build``."""
    made: Values = {
        key: build[key.replace("-", "_")]
        for key in READ_BY_SCHEMA
        if key.replace("-", "_") in build
    }
    modules = made.get("ext-modules")
    if isinstance(modules, list):
        made["ext-modules"] = [_hyphenated(module) for module in modules]
    return made


def _refuse_underscores(table: Table, modules: Sequence[JSON]) -> None:
    for index, module in enumerate(modules):
        for key in module if isinstance(module, Mapping) else ():
            if "_" in key:
                reason = f"is spelled {_toml_key(key)}"
                table.fault(reason, "ext-modules", index, key)


def _underscored(module: JSON) -> JSON:
    if not isinstance(module, Mapping):
        return module
    return {key.replace("-", "_"): value for key, value in module.items()}


def _hyphenated(module: JSON) -> JSON:
    if not isinstance(module, Mapping):
        return module
    return {_toml_key(key): value for key, value in module.items()}


def _step(part: str) -> str | int:
    """Return a step of a JSON pointer as a step into the table."""
    return int(part) if part.isdigit() else _toml_key(part)


def _toml_key(key: str) -> str:
    return key.replace("_", "-")
