"""The table [tool.pysetup]: the sections that core metadata does not have."""

from pysetup.late import late_pattern
from pysetup.metadata.fields import BY_KEY, REQUIRED_KEYS
from pysetup.metadata.formats.pyproject.build_system import read_requirements
from pysetup.metadata.formats.pyproject.build_table import (
    READ_BY_SCHEMA,
    read_ways_to_build,
)
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.problems import did_you_mean
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import parse_name
from pysetup.standards.paths import path_fault

Values = dict[str, JSON]

_SECTIONS = ("build", "sources", "commands", "extensions", "metadata")
_FURTHER = [key for key in BY_KEY if key not in (*REQUIRED_KEYS, "dynamic")]
_CALLABLE = late_pattern(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MODULE = late_pattern(r"[^\W\d]\w*(?:-stubs)?(?:\.[^\W\d]\w*)*")
_COMMAND = late_pattern(r"bdist_[a-z0-9_]+")


def read_tool_table(tool: Table, *, is_native: bool) -> Values:
    """Return the sections of the document that [tool.pysetup] holds.

    Other keys of the table are settings and read elsewhere, unless one looks like a
    section that was misspelt. ``metadata`` are core fields, by their keys in the
    document, that [project] has no key for or cannot state exactly.
    """
    for key in tool.values:
        if key not in _SECTIONS and did_you_mean(key, _SECTIONS):
            tool.faults.add_unknown((*tool.path, key), _SECTIONS)
    build, sources = tool.table("build"), tool.table("sources")
    commands, extensions = tool.table("commands"), tool.table("extensions")
    further = tool.table("metadata")
    made: Values = {
        "build": _build(build, is_native=is_native) if build else {},
        "sources": _sources(sources) if sources else {},
        "commands": _commands(commands) if commands else {},
        "extensions": _extensions(extensions) if extensions else {},
        "metadata": _metadata(further, is_native=is_native) if further else {},
    }
    return {key: value for key, value in made.items() if value}


def _build(table: Table, *, is_native: bool) -> Values:
    table.refuse_unknown(
        ("hook", *READ_BY_SCHEMA, "requires", "options", "dynamic"),
    )
    hook = _callable(table, "hook")
    for key in ("hook", *READ_BY_SCHEMA):
        if key in table.values and not is_native:
            hint = 'set  build-backend = "pysetup.backend"'
            table.fault("needs our own back end in [build-system]", key, hint=hint)
    requires = read_requirements(table, "requires")
    dynamic = table.texts("dynamic")
    for index, name in enumerate(dynamic or []):
        table.checked(parse_name, name, "dynamic", index)
    return {
        **({"hook": hook} if hook else {}),
        **read_ways_to_build(table),
        **({"requires": list(requires)} if requires else {}),
        **_options(table),
        **({"dynamic": list(dict.fromkeys(dynamic))} if dynamic else {}),
    }


def _options(table: Table) -> Values:
    options = table.table("options")
    return {"options": table.json("options")} if options else {}


def _callable(table: Table, key: str) -> str | None:
    text = table.text(key)
    if text is not None and not _CALLABLE.fullmatch(text):
        hint = "write it as  package.module:function"
        table.fault(f"{text!r} is no callable", key, hint=hint)
        return None
    return text


def _sources(table: Table) -> Values:
    table.refuse_unknown(
        ("root", "modules", "include", "exclude", "package-data", "data-files")
    )
    made: Values = {}
    root = table.text("root")
    if root is not None:
        fault = None if root == "." else path_fault(root)
        if fault is not None:
            table.fault(f"{root!r} cannot be used: {fault}", "root")
        made["root"] = root
    modules = table.texts("modules")
    for index, name in enumerate(modules or []):
        if not _MODULE.fullmatch(name):
            hint = "name a package or module as it is imported"
            table.fault(f"{name!r} is no module", "modules", index, hint=hint)
    if modules is not None:
        made["modules"] = list(dict.fromkeys(modules))
    for key in ("include", "exclude"):
        globs = _globs(table, key)
        if globs:
            made[key] = list(globs)
    for key in ("package-data", "data-files"):
        by_name = table.table(key)
        if by_name is not None:
            made[key.replace("-", "_")] = {
                name: list(_globs(by_name, name)) for name in by_name.values
            }
    return made


def _globs(table: Table, key: str) -> list[str]:
    globs = table.texts(key) or []
    for index, glob in enumerate(globs):
        if not glob.strip() or not glob.isprintable():
            table.fault("must be a glob pattern", key, index)
    return globs


def _commands(table: Table) -> Values:
    made: Values = {}
    for name in table.values:
        if not _COMMAND.fullmatch(name):
            table.fault("must be called bdist_ and the name of a format", name)
        command = table.table(name)
        if command is None:
            continue
        command.refuse_unknown(("callable", "options"))
        own: Values = {}
        if "callable" in command.values:
            function = _callable(command, "callable")
            own = {} if function is None else {"callable": function}
        made[name] = {**own, **_options(command)}
    return made


def _extensions(table: Table) -> Values:
    made: Values = {}
    for name in table.values:
        valid = table.checked(parse_name, name, name)
        if table.table(name) is not None and valid is not None:
            made[name] = table.json(name)
    return made


def _metadata(table: Table, *, is_native: bool) -> Values:
    if not is_native:
        hint = 'set  build-backend = "pysetup.backend"'
        table.fault("needs our own back end in [build-system]", hint=hint)
    made: Values = {}
    for key in table.values:
        field = BY_KEY.get(key)
        if field is None or key in (*REQUIRED_KEYS, "dynamic"):
            table.faults.add_unknown((*table.path, key), _FURTHER)
        elif field.kind == "urls":
            urls = table.table(key)
            if urls is not None:
                made[key] = {label: urls.text(label) or "" for label in urls.values}
        elif field.kind in ("list", "keywords"):
            made[key] = list(table.texts(key) or [])
        else:
            made[key] = table.text(key)
    return {key: value for key, value in made.items() if value is not None}
