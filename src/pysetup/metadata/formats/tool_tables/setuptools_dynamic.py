"""The table [tool.setuptools.dynamic]: files and attributes that hold the values."""

from collections.abc import Collection

from pysetup.metadata.formats.tool_tables.python_source import (
    ModuleText,
    NotStatedError,
    find_module,
)
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Statement,
    Table,
    content_type,
    read_project_file,
)
from pysetup.standards.entry_points import InvalidEntryPointError, parse_entry_points
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    for_extra,
    parse_requirement,
)
from pysetup.standards.versions import InvalidVersionError, parse_version


def put_setuptools(
    made: Statement, dynamic: Table, names: Collection[str], files: Files
) -> None:
    """Take what the table states for the dynamic keys ``names`` of [project].

    ``file`` is read; ``attr`` is read from the text of the module where it is a
    literal, as setuptools does first, and left to setuptools where it is not.
    """
    for key in names:
        table = dynamic.table(key) if key in dynamic.values else None
        if table is None:
            continue
        if key == "optional-dependencies":
            _put_optional(made, table, files)
        elif key == "version":
            _put_version(made, table, files)
        else:
            _put_file(made, key, table, files)


def _read(table: Table, files: Files) -> str | None:
    """Return the text of the file or files, None if no ``file`` is stated."""
    stated = table.values.get("file")
    if stated is None:
        return None
    paths = [stated] if isinstance(stated, str) else table.texts("file") or []
    return "\n".join(read_project_file(table, path, files, "file") for path in paths)


def _put_version(made: Statement, table: Table, files: Files) -> None:
    text = _read(table, files)
    if text is not None:
        _put_parsed(made, table, text.strip(), "file")
        return
    attribute = table.text("attr")
    if not attribute:
        return
    module, _, name = attribute.rpartition(".")
    place = (*table.path, "attr")
    path = find_module(module, files)
    if path is None:
        made.leave("version", place, f"it is the attribute {attribute}")
        return
    try:
        stated = ModuleText.parse(files.read_file(path) or b"").constant(name)
    except NotStatedError as error:
        made.leave("version", place, f"it is the attribute {attribute}: {path} {error}")
        return
    _put_parsed(made, table, stated, "attr")


def _put_parsed(made: Statement, table: Table, text: str, key: str) -> None:
    try:
        made.put("version", str(parse_version(text)))
    except InvalidVersionError as error:
        made.leave("version", (*table.path, key), error.message)


def _put_file(made: Statement, key: str, table: Table, files: Files) -> None:
    text = _read(table, files)
    if text is None:
        return
    if key == "readme":
        stated = table.values.get("file")
        first = stated if isinstance(stated, str) else (table.texts("file") or [""])[0]
        made.put("description", text)
        kind = table.text("content-type") or content_type(first)
        made.put("description_content_type", kind)
    elif key == "description":
        made.put("summary", " ".join(text.split("\n")).strip())
    elif key == "classifiers":
        made.put("classifier", [line for line in text.splitlines() if line.strip()])
    elif key == "dependencies":
        found = _requirements(made, table, text)
        if found is not None:
            _add_requirements(made, found)
    elif key == "entry-points":
        try:
            made.put_entry_points(parse_entry_points(text))
        except InvalidEntryPointError as error:
            table.fault(f"names a file that is wrong: {error.message}", "file")


def _put_optional(made: Statement, table: Table, files: Files) -> None:
    extras: list[JSON] = []
    for extra in table.values:
        one = table.table(extra)
        text = _read(one, files) if one is not None else None
        if one is None or text is None:
            continue
        found = _requirements(made, one, text)
        if found is None:
            made.leave("provides_extra", (*one.path, "file"), "its file is not plain")
        else:
            extras.append(normalize_name(extra))
            name = normalize_name(extra)
            _add_requirements(
                made, [for_extra(parse_requirement(line), name) for line in found]
            )
    made.put("provides_extra", extras)


def _requirements(made: Statement, table: Table, text: str) -> list[str] | None:
    """Return the lines that are requirements; None if there is any other thing."""
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    for line in found:
        try:
            parse_requirement(line)
        except InvalidRequirementError as error:
            made.leave("requires_dist", (*table.path, "file"), error.message)
            return None
    return found


def _add_requirements(made: Statement, texts: list[str]) -> None:
    before = made.mapping.get("requires_dist")
    made.put("requires_dist", [*(before if isinstance(before, list) else []), *texts])
