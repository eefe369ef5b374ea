"""From the bytes of a pyproject.toml to the draft of a document."""

from pysetup.metadata.document import DOCUMENT_VERSION
from pysetup.metadata.fields import FIELDS, REQUIRED_KEYS
from pysetup.metadata.formats.pyproject.build_system import read_build_system
from pysetup.metadata.formats.pyproject.draft import ProjectDraft
from pysetup.metadata.formats.pyproject.faults import Faults
from pysetup.metadata.formats.pyproject.groups import GROUPS_EXTENSION, read_groups
from pysetup.metadata.formats.pyproject.project_files import (
    ProjectFiles,
    default_license_files,
)
from pysetup.metadata.formats.pyproject.project_table import (
    KEYS,
    read_dynamic,
    read_project_table,
)
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.pyproject.tool_table import read_tool_table
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
    of the project runs, and tables of other tools are not looked at.

    Raises ``InvalidTomlError``, or when the values are wrong ``UnknownFieldError``,
    ``InvalidFieldError`` or, for more than one fault, ``SeveralFaultsError``.
    """
    toml = TomlText.parse(content, source=source)
    faults = Faults(toml)
    top = Table(toml.values, (), faults)
    top.refuse_unknown(_TABLES)
    build = read_build_system(top.table("build-system"))
    is_native = "backend" not in build
    tool = top.table("tool")
    ours = tool.table("pysetup") if tool else None
    own = read_tool_table(ours, is_native=is_native) if ours else {}
    build = _joined_build(build, own.pop("build", None))
    project = top.table("project")
    core = read_project_table(project, files) if project else {}
    names = read_dynamic(project) if project else tuple(KEYS)
    fills = dict.fromkeys(key for name in names for key in KEYS[name].fills)
    dynamic = [key for key in fills if key not in REQUIRED_KEYS]
    if project is None:
        dynamic = list(_ALL_KEYS)
    if is_native and project is not None:
        _refuse_uncomputed(project, names, has_hook="hook" in build)
        if "license-files" not in {*project.values, *names}:
            core["license_file"] = list(default_license_files(project, files))
    extensions = _joined_extensions(
        core.pop("extensions", None), own.pop("extensions", None), _further(top)
    )
    filled = sorted({KEYS[name].extension for name in names} - {""})
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
    asked = [] if is_native else [key for key in dynamic if key not in needed]
    return ProjectDraft(source, mapping, (*needed, *asked), build)


def _refuse_uncomputed(
    project: Table, names: tuple[str, ...], *, has_hook: bool
) -> None:
    """Note dynamic keys for which nobody would give a value (PEP 621)."""
    if "version" in names:
        reason = "cannot hold version: pysetup.backend computes none"
        project.fault(reason, "dynamic", hint='write  version = "..."')
    elif names and not has_hook:
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
        made[GROUPS_EXTENSION] = read_groups(groups)
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
