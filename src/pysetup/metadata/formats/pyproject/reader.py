"""From the bytes of a pyproject.toml to the draft of a document."""

from collections.abc import Mapping

from pysetup.metadata.build_section import runs_code
from pysetup.metadata.document import DOCUMENT_VERSION
from pysetup.metadata.fields import FIELDS, REQUIRED_KEYS
from pysetup.metadata.formats.pyproject.build_system import read_build_system
from pysetup.metadata.formats.pyproject.draft import ProjectDraft
from pysetup.metadata.formats.pyproject.faults import Faults, dotted
from pysetup.metadata.formats.pyproject.groups import GROUPS_EXTENSION
from pysetup.metadata.formats.pyproject.groups import (
    read_groups as read_standard_groups,
)
from pysetup.metadata.formats.pyproject.project_files import (
    ProjectFiles,
    default_license_files,
)
from pysetup.metadata.formats.pyproject.project_table import (
    KEYS,
    read_dynamic,
    read_project_table,
    refuse_license_classifiers,
)
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.pyproject.tool_table import read_tool_table
from pysetup.metadata.formats.tool_tables import (
    Statement,
    read_groups,
    read_whole,
)
from pysetup.metadata.formats.tool_tables import read_dynamic as read_tool_dynamic
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.jsontext import JSON

Values = dict[str, JSON]

_TABLES = ("build-system", "project", "dependency-groups", "external", "tool")
_EXTERNAL_EXTENSION = "python.external"
_EXTERNAL_KEYS = (
    "build-requires",
    "host-requires",
    "dependencies",
    "optional-build-requires",
    "optional-host-requires",
    "optional-dependencies",
    "dependency-groups",
)
# What a back end decides when there is no [project] table: everything.
_ALL_KEYS = tuple(
    field.key for field in FIELDS if field.key not in (*REQUIRED_KEYS, "dynamic")
)


def read(
    content: bytes, *, files: ProjectFiles, source: str = "pyproject.toml"
) -> ProjectDraft:
    """Read ``pyproject.toml``: PEP 518, 621, 639, 725, 735, 794, 808 and our tables.

    ``files`` is the project's folder, where README and licences are looked up. No code
    of the project runs. A table of the project's own back end counts where [project]
    leaves a key to it or is absent: [tool.poetry], [tool.flit], and the dynamic values
    of Hatch, PDM and setuptools. What even that leaves to code is ``missing``, and
    ``reasons`` say why.

    Raises ``InvalidTomlError``, or when the values are wrong ``UnknownFieldError``,
    ``InvalidFieldError`` or, for more than one fault, ``SeveralFaultsError``.
    """
    toml = TomlText.parse(content, source=source)
    faults = Faults(toml)
    top = Table(toml.values, (), faults)
    top.refuse_unknown(_TABLES)
    build = (
        {} if _states_all(top, files) else read_build_system(top.table("build-system"))
    )
    is_native = "backend" not in build
    tool = top.table("tool")
    ours = tool.table("pysetup") if tool else None
    own = read_tool_table(ours, is_native=is_native) if ours else {}
    build = _joined_build(build, own.pop("build", None))
    project = top.table("project")
    core = read_project_table(project, files) if project else {}
    _add_fields(core, own.pop("metadata", None), faults)
    names = read_dynamic(project) if project else tuple(KEYS)
    others = tool or Table({}, ("tool",), faults)
    stated = None if is_native else _stated(others, names, files, core, build)
    open_names, dynamic = _left_open(names, stated, has_project=project is not None)
    if is_native and project is not None:
        _refuse_uncomputed(project, names, has_code=runs_code(build))
        _settle_licence(project, names, files, core)
    extensions = _joined_extensions(
        core.pop("extensions", None), own.pop("extensions", None), _further(top)
    )
    if stated is not None:
        core, extensions, own = _with_stated(stated, names, core, extensions, own)
    if tool is not None and not is_native:
        extensions = _with_groups(extensions, *read_groups(tool))
    filled = sorted({KEYS[name].extension for name in open_names} - {""})
    if filled:
        told = build.get("dynamic")
        given = told if isinstance(told, list) else []
        build["dynamic"] = list(dict.fromkeys([*given, *filled]))
    faults.raise_any()
    sections: Values = {
        "dynamic": dynamic,
        "build": build,
        "extensions": extensions,
        **own,
    }
    mapping = {
        "document_version": DOCUMENT_VERSION,
        **core,
        **{key: value for key, value in sections.items() if value},
    }
    needed = [key for key in REQUIRED_KEYS[1:] if key not in core]
    respelt = stated.respelt if stated is not None and project is None else ()
    asked = [k for k in dynamic if k not in needed and k not in respelt]
    missing = (*needed, *([] if is_native else asked))
    reasons = {key: _reason(key, toml, names, stated) for key in missing}
    return ProjectDraft(source, mapping, missing, build, reasons)


def _settle_licence(
    project: Table, names: tuple[str, ...], files: ProjectFiles, core: Values
) -> None:
    """Do what PEP 639 asks of whoever builds the project: refuse, and find files."""
    refuse_license_classifiers(project)
    stated = {*project.values, *names}
    if "license-files" not in stated and "license_file" not in core:
        core["license_file"] = list(default_license_files(project, files))


def _add_fields(core: Values, further: JSON, faults: Faults) -> None:
    """Add the core fields that [tool.pysetup.metadata] states."""
    for key, value in further.items() if isinstance(further, dict) else ():
        if key in core:
            faults.add(("tool", "pysetup", "metadata", key), "is in [project] too")
        core[key] = value


def _stated(
    tool: Table,
    names: tuple[str, ...],
    files: ProjectFiles,
    core: Values,
    build: Values,
) -> Statement | None:
    """Return what the back end's own table states beside, or instead of, [project]."""
    if not core:
        return read_whole(tool, files)
    return read_tool_dynamic(
        tool,
        names,
        files,
        backend=str(build.get("backend")),
        project=str(core.get("name", "")),
    )


def _left_open(
    names: tuple[str, ...], stated: Statement | None, *, has_project: bool
) -> tuple[tuple[str, ...], list[str]]:
    """Return the keys of [project] for which code counts, and those of the document."""
    if not has_project and stated is None:
        return names, list(_ALL_KEYS)
    if stated is None:
        left = names
    elif not has_project:
        return (), [key for key in _ALL_KEYS if key in {*stated.respelt, *stated.why}]
    else:
        left = tuple(
            name
            for name in names
            if KEYS[name].extension
            or not stated.known.keys() & {*KEYS[name].fills}
            or stated.why.keys() & {*KEYS[name].fills}
        )
    fills = dict.fromkeys(key for name in left for key in KEYS[name].fills)
    return left, [key for key in fills if key not in REQUIRED_KEYS]


def _with_stated(
    stated: Statement,
    names: tuple[str, ...],
    core: Values,
    extensions: Values,
    own: Values,
) -> tuple[Values, Values, Values]:
    """Add what another tool's table states to core keys, extensions and sections."""
    wanted = {key for name in names for key in KEYS[name].fills} | {"name"}
    made = dict(core)
    for key, value in stated.known.items():
        before = made.get(key)
        if key in ("extensions", "sources") or (core and key not in wanted):
            continue
        if isinstance(before, list) and isinstance(value, list):
            made[key] = [*before, *(item for item in value if item not in before)]
        elif isinstance(before, dict) and isinstance(value, dict):
            made[key] = {**value, **before}
        elif before is None:
            made[key] = value
    further = stated.mapping.get("extensions")
    if core and isinstance(further, dict):
        open_extensions = {KEYS[name].extension for name in names}
        further = {k: v for k, v in further.items() if k in open_extensions}
    sources = stated.mapping.get("sources")
    if sources and not core:
        own = {"sources": sources, **own}
    return made, _joined_extensions(further, extensions), own


def _with_groups(
    extensions: Values, groups: dict[str, list[str]], unsaid: Values
) -> Values:
    """Add dependency groups that only a tool's own table has, and what is no group."""
    standing = extensions.get(GROUPS_EXTENSION)
    made: Values = {name: list(texts) for name, texts in groups.items()}
    made |= standing if isinstance(standing, dict) else {}
    extensions = {**extensions, GROUPS_EXTENSION: made} if made else extensions
    if not unsaid:
        return extensions
    kept = extensions.get(LEGACY_EXTENSION)
    legacy: Values = dict(kept) if isinstance(kept, dict) else {}
    for tool, values in unsaid.items():
        before = legacy.get(tool)
        assert isinstance(values, dict)  # read_groups makes it one
        legacy[tool] = {**(before if isinstance(before, dict) else {}), **values}
    return {**extensions, LEGACY_EXTENSION: legacy}


def _reason(
    key: str, toml: TomlText, names: tuple[str, ...], stated: Statement | None
) -> str:
    """Return where and why ``key`` is left to code: ``file:line: reason``."""
    if stated is not None and key in stated.why:
        path, why = stated.why[key]
        place = toml.place(path)
        return f"{place.source}:{place.line}: {dotted(path)}: {why}"
    listed = toml.values.get("project")
    dynamic = listed.get("dynamic") if isinstance(listed, dict) else None
    if not isinstance(dynamic, list):
        return f"{toml.source}:1: there is no [project] table"
    name = next((n for n in names if key in KEYS[n].fills), key)
    index = dynamic.index(name) if name in dynamic else 0
    place = toml.place(("project", "dynamic", index))
    return f"{place.source}:{place.line}: project.dynamic names {name}"


def _states_all(top: Table, files: ProjectFiles) -> bool:
    """Tell whether there is nothing to ask a back end, and none is named.

    PEP 517 takes setuptools where [build-system] is absent, for the sake of projects
    with a setup.py. A project without one that states all runs no code of others.
    """
    project, tool = top.values.get("project"), top.values.get("tool")
    return (
        "build-system" not in top.values
        and isinstance(project, Mapping)
        and {"name", "version"} <= project.keys()
        and not project.get("dynamic")
        and not (isinstance(tool, Mapping) and "setuptools" in tool)
        and all(files.read_file(name) is None for name in ("setup.py", "setup.cfg"))
    )


def _refuse_uncomputed(
    project: Table, names: tuple[str, ...], *, has_code: bool
) -> None:
    """Note dynamic keys for which nobody would give a value (PEP 621)."""
    if "version" in names:
        reason = "cannot hold version: pysetup.backend computes none"
        project.fault(reason, "dynamic", hint='write  version = "..."')
    elif names and not has_code:
        hint = "name a hook in [tool.pysetup.build], or write the values"
        project.fault("needs a build hook that gives the values", "dynamic", hint=hint)


def _joined_build(system: Values, own: JSON) -> Values:
    """Return the build section of [build-system] and of [tool.pysetup.build]."""
    if not isinstance(own, dict):
        return system
    first, second = system.get("requires"), own.get("requires")
    requires = [
        *(first if isinstance(first, list) else []),
        *(second if isinstance(second, list) else []),
    ]
    return {**system, **own, **({"requires": requires} if requires else {})}


def _further(top: Table) -> Values:
    """Return the extensions made from [dependency-groups] and [external]."""
    made: Values = {}
    groups = top.table("dependency-groups")
    if groups:
        made[GROUPS_EXTENSION] = read_standard_groups(groups)
    external = top.table("external")
    if external:
        external.refuse_unknown(_EXTERNAL_KEYS)
        made[_EXTERNAL_EXTENSION] = top.json("external")
    return {name: value for name, value in made.items() if value}


def _joined_extensions(*parts: JSON) -> Values:
    """Return the extensions of all parts, objects of equal name put together."""
    made: dict[str, Values] = {}
    for part in parts:
        for name, value in part.items() if isinstance(part, dict) else ():
            made.setdefault(name, {}).update(value if isinstance(value, dict) else {})
    return dict(made)
