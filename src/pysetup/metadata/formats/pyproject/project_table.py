"""The table [project]: one small reader for each of its keys (PEP 621 and later)."""

from collections.abc import Callable, Mapping

from pysetup.late import late_pattern
from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    EXPORTS_EXTENSION,
    with_entry_points,
)
from pysetup.metadata.formats.pyproject.entry_tables import read_entry_points
from pysetup.metadata.formats.pyproject.people import read_people
from pysetup.metadata.formats.pyproject.project_files import (
    ProjectFiles,
    read_license_files,
    read_readme,
    read_text,
)
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.problems import did_you_mean
from pysetup.standards.jsontext import JSON
from pysetup.standards.licenses import canonical_license
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import for_extra, parse_requirement
from pysetup.standards.versions import parse_specifiers, parse_version
from pysetup.values import dataclass

Values = dict[str, JSON]
Reader = Callable[[Table, ProjectFiles], Values]

_IMPORT = late_pattern(r"(?P<name>[^\s;]+)(?:\s*;\s*private)?")


@dataclass(frozen=True, slots=True)
class ProjectKey:
    """A key of [project]: its reader, and what it means when it is dynamic.

    ``fills`` are keys of the document, ``extension`` is the extension it fills;
    ``extendable`` says that it may be static and dynamic at once (PEP 808).
    """

    reader: Reader
    fills: tuple[str, ...] = ()
    extension: str = ""
    extendable: bool = False


def _name(project: Table, _: ProjectFiles) -> Values:
    text = project.text("name")
    name = None if text is None else project.checked(parse_name, text, "name")
    return {} if name is None else {"name": name}


def _version(project: Table, _: ProjectFiles) -> Values:
    text = project.text("version")
    version = None if text is None else project.checked(parse_version, text, "version")
    return {} if version is None else {"version": str(version)}


def _description(project: Table, _: ProjectFiles) -> Values:
    text = project.text("description")
    if text and len(text.splitlines()) > 1:
        hint = "the long description is the readme"
        project.fault("must be one line", "description", hint=hint)
    return {"summary": text.strip()} if text and text.strip() else {}


def _requires_python(project: Table, _: ProjectFiles) -> Values:
    text = project.text("requires-python")
    if text is None:
        return {}
    project.checked(parse_specifiers, text, "requires-python")
    return {"requires_python": text} if text.strip() else {}


def _license(project: Table, files: ProjectFiles) -> Values:
    if not isinstance(project.values["license"], dict):
        text = project.text("license")
        if text is None:
            return {}
        expression = project.checked(canonical_license, text, "license")
        return {} if expression is None else {"license_expression": expression}
    table = project.table("license")
    assert table is not None  # it is a dict
    table.refuse_unknown(("file", "text"))
    path, text = table.text("file"), table.text("text")
    if (path is None) == (text is None):
        table.fault("needs one of file and text, and not both")
    elif path is not None:
        text = read_text(table, "file", path, files)
    return {"license": text.strip()} if text and text.strip() else {}


def refuse_license_classifiers(project: Table) -> None:
    """Add a fault for each licence classifier beside an expression (PEP 639).

    Whoever builds the project must refuse them; other back ends do not all.
    """
    if not isinstance(project.values.get("license"), str):
        return
    classifiers = project.values.get("classifiers")
    for index, item in enumerate(classifiers if isinstance(classifiers, list) else []):
        if isinstance(item, str) and item.startswith("License ::"):
            project.fault(
                "must not stand beside a licence expression (PEP 639)",
                "classifiers",
                index,
                hint="remove the classifier",
            )


def _license_files(project: Table, files: ProjectFiles) -> Values:
    return {"license_file": list(read_license_files(project, files))}


def _lines(project: Table, key: str) -> list[str]:
    texts = project.texts(key) or []
    for index, text in enumerate(texts):
        if len(text.splitlines()) != 1:
            project.fault("must be one line", key, index)
    return texts


def _keywords(project: Table, _: ProjectFiles) -> Values:
    words = _lines(project, "keywords")
    return {"keywords": list(words)} if words else {}


def _classifiers(project: Table, _: ProjectFiles) -> Values:
    classifiers = _lines(project, "classifiers")
    return {"classifier": list(classifiers)} if classifiers else {}


def _urls(project: Table, _: ProjectFiles) -> Values:
    table = project.table("urls")
    urls: Values = {}
    for label in table.values if table else ():
        assert table is not None  # there is a label in it
        url = table.text(label)
        if "," in label or not label.strip() or not label.isprintable():
            table.fault("must have a label without comma or line break", label)
        elif url and not url.isprintable():
            table.fault("must be one line", label)
        elif url:
            urls[label.strip()] = url.strip()
    return {"project_url": urls} if urls else {}


def _dependencies(project: Table, _: ProjectFiles) -> Values:
    texts = project.texts("dependencies") or []
    for index, text in enumerate(texts):
        project.checked(parse_requirement, text, "dependencies", index)
    return {"requires_dist": [text.strip() for text in texts]} if texts else {}


def _optional_dependencies(project: Table, _: ProjectFiles) -> Values:
    table = project.table("optional-dependencies")
    extras: list[str] = []
    requires: list[str] = []
    for extra in table.values if table else ():
        assert table is not None  # there is an extra in it
        if table.checked(parse_name, extra, extra) is None:
            continue
        normalized = normalize_name(extra)
        if normalized in extras:
            table.fault(f"is the extra {normalized!r} a second time (PEP 685)", extra)
        extras.append(normalized)
        for index, text in enumerate(table.texts(extra) or []):
            requirement = table.checked(parse_requirement, text, extra, index)
            if requirement is not None:
                requires.append(for_extra(requirement, normalized))
    return {
        **({"provides_extra": list(extras)} if extras else {}),
        **({"requires_dist": list(requires)} if requires else {}),
    }


def _import_names(project: Table, _: ProjectFiles) -> Values:
    return {"import_name": list(_imports(project, "import-names"))}


def _import_namespaces(project: Table, _: ProjectFiles) -> Values:
    spaces = _imports(project, "import-namespaces")
    if project.values["import-namespaces"] == []:
        project.fault("must not be empty (PEP 794)", "import-namespaces")
    names = {_bare(name) for name in _imports_quietly(project)}
    for index, space in enumerate(spaces):
        if _bare(space) in names:
            reason = "must not stand in import-names too (PEP 794)"
            project.fault(reason, "import-namespaces", index)
    return {"import_namespace": list(spaces)} if spaces else {}


def _imports(project: Table, key: str) -> list[str]:
    texts = project.texts(key) or []
    for index, text in enumerate(texts):
        match = _IMPORT.fullmatch(text.strip())
        if not match or not all(
            part.isidentifier() for part in match["name"].split(".")
        ):
            project.fault(f"{text!r} is no import name", key, index)
    return texts


def _imports_quietly(project: Table) -> list[str]:
    names = project.values.get("import-names")
    listed = names if isinstance(names, list) else []
    return [name for name in listed if isinstance(name, str)]


def _bare(import_name: str) -> str:
    return import_name.partition(";")[0].strip()


def _authors(project: Table, _: ProjectFiles) -> Values:
    return read_people(project, "authors")


def _maintainers(project: Table, _: ProjectFiles) -> Values:
    return read_people(project, "maintainers")


def _nothing(_project: Table, _files: ProjectFiles) -> Values:
    # Read elsewhere: entry points together, dynamic by read_dynamic.
    return {}


# In the order in which they are read: requirements before those of extras.
KEYS: Mapping[str, ProjectKey] = {
    "name": ProjectKey(_name),
    "version": ProjectKey(_version, ("version",)),
    "description": ProjectKey(_description, ("summary",)),
    "readme": ProjectKey(read_readme, ("description", "description_content_type")),
    "requires-python": ProjectKey(_requires_python, ("requires_python",)),
    "license": ProjectKey(_license, ("license", "license_expression")),
    "license-files": ProjectKey(_license_files, ("license_file",), extendable=True),
    "authors": ProjectKey(_authors, ("author", "author_email"), extendable=True),
    "maintainers": ProjectKey(
        _maintainers, ("maintainer", "maintainer_email"), extendable=True
    ),
    "keywords": ProjectKey(_keywords, ("keywords",), extendable=True),
    "classifiers": ProjectKey(_classifiers, ("classifier",), extendable=True),
    "urls": ProjectKey(_urls, ("project_url",), extendable=True),
    "dependencies": ProjectKey(_dependencies, ("requires_dist",), extendable=True),
    "optional-dependencies": ProjectKey(
        _optional_dependencies, ("requires_dist", "provides_extra"), extendable=True
    ),
    "import-names": ProjectKey(_import_names, ("import_name",), extendable=True),
    "import-namespaces": ProjectKey(
        _import_namespaces, ("import_namespace",), extendable=True
    ),
    "scripts": ProjectKey(_nothing, extension=COMMANDS_EXTENSION, extendable=True),
    "gui-scripts": ProjectKey(_nothing, extension=COMMANDS_EXTENSION, extendable=True),
    "entry-points": ProjectKey(_nothing, extension=EXPORTS_EXTENSION, extendable=True),
    "dynamic": ProjectKey(_nothing),
}


def read_project_table(project: Table, files: ProjectFiles) -> Values:
    """Return the document's keys for [project], the static ones."""
    project.refuse_unknown(KEYS)
    if "name" not in project.values:
        project.fault("lacks the key name", hint='add  name = "..."')
    made: Values = {}
    for key, known in KEYS.items():
        if key not in project.values:
            continue
        for name, value in known.reader(project, files).items():
            before = made.get(name)
            if isinstance(before, list) and isinstance(value, list):
                made[name] = [*before, *value]
            else:
                made[name] = value
    extensions = with_entry_points({}, read_entry_points(project))
    return {**made, **({"extensions": extensions} if extensions else {})}


def read_dynamic(project: Table) -> tuple[str, ...]:
    """Return the keys of [project] that are rightly dynamic; faults are noted."""
    found: dict[str, None] = {}
    stated = project.texts("dynamic") or []
    for index, name in enumerate(stated):
        if name not in KEYS or name in ("name", "dynamic"):
            hint = "" if name == "name" else did_you_mean(name, KEYS)
            project.fault(f"{name!r} cannot be dynamic", "dynamic", index, hint=hint)
        elif name in project.values and not KEYS[name].extendable:
            reason = f"{name!r} is dynamic, and has a value too"
            hint = f"remove {name}, or take it out of dynamic"
            project.fault(reason, "dynamic", index, hint=hint)
        else:
            found[name] = None
    if "version" not in project.values and "version" not in stated:
        project.fault("lacks the key version", hint='add  version = "..."')
    return tuple(found)
