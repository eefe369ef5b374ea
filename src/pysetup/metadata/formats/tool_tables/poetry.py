"""The table [tool.poetry]: a whole project, as Poetry stated it before PEP 621."""

from pysetup.late import late_pattern
from pysetup.metadata.formats.tool_tables.poetry_dependencies import read_dependencies
from pysetup.metadata.formats.tool_tables.poetry_versions import (
    ConstraintError,
    to_requires_python,
)
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Statement,
    Table,
    Values,
    content_type,
    read_project_file,
    read_reference_groups,
    read_references,
)
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.people import format_people, is_person_name
from pysetup.standards.versions import parse_version

VERSION_PLUGIN = "poetry-dynamic-versioning"
_PERSON = late_pattern(r"(?P<name>[^<>]+?)(?:\s*<(?P<email>[^<>\s]+)>)?\s*")
_MODULE = late_pattern(r"[^\W\d]\w*")
_URLS = (
    ("homepage", "Homepage"),
    ("repository", "Repository"),
    ("documentation", "Documentation"),
)
# Poetry names the first author alone, and adds classifiers of its own.
_RESPELT = ("author", "author_email", "maintainer", "maintainer_email", "classifier")


def read_poetry(
    poetry: Table, files: Files, *, plugin: Table | None = None
) -> Statement:
    """Return what [tool.poetry] states, in the terms of the document.

    A dependency that PEP 508 cannot name (a folder beside the project, a choice with
    a gap) leaves ``requires_dist`` to Poetry. ``plugin`` is the table of the plugin
    that sets the version. Faults are noted.
    """
    made = Statement(respelt=_RESPELT)
    _put_identity(made, poetry)
    if plugin is not None and plugin.values.get("enable") is True:
        made.leave("version", plugin.path, "this plugin computes it")
    for key in ("authors", "maintainers"):
        _put_people(made, poetry, key)
    made.put("license", (poetry.text("license") or "").strip())
    for key, name in (("keywords", "keywords"), ("classifiers", "classifier")):
        made.put(name, list(poetry.texts(key) or []))
    _put_readme(made, poetry, files)
    _put_urls(made, poetry)
    _put_dependencies(made, poetry)
    _put_entry_points(made, poetry)
    _put_sources(made, poetry)
    return made


def _put_identity(made: Statement, poetry: Table) -> None:
    name, version = poetry.text("name"), poetry.text("version")
    if name is not None and poetry.checked(parse_name, name, "name") is not None:
        made.put("name", name)
    if version is not None:
        parsed = poetry.checked(parse_version, version, "version")
        made.put("version", str(parsed) if parsed is not None else None)
    summary = (poetry.text("description") or "").strip()
    made.put("summary", " ".join(summary.split("\n")))


def _put_people(made: Statement, poetry: Table, key: str) -> None:
    people = []
    for index, text in enumerate(poetry.texts(key) or []):
        match = _PERSON.fullmatch(text.strip())
        if match is None or not is_person_name(match["name"]):
            hint = 'write it as  "Name <name@example.org>"'
            poetry.fault(f"{text!r} is no name with an address", key, index, hint=hint)
        else:
            people.append((match["name"].strip(), match["email"] or ""))
    names, addresses = format_people(people)
    made.put(key.removesuffix("s"), names)
    made.put(f"{key.removesuffix('s')}_email", addresses)


def _put_readme(made: Statement, poetry: Table, files: Files) -> None:
    stated = poetry.values.get("readme")
    paths = [stated] if isinstance(stated, str) else poetry.texts("readme") or []
    texts = [read_project_file(poetry, path, files, "readme") for path in paths]
    if any(texts):
        made.put("description", "\n".join(texts))
        made.put("description_content_type", content_type(paths[0]))


def _put_urls(made: Statement, poetry: Table) -> None:
    urls: dict[str, JSON] = {}
    for key, label in _URLS:
        url = poetry.text(key)
        if url:
            urls[label] = url
    table = poetry.table("urls")
    for label in table.values if table is not None else ():
        assert table is not None  # there is a label in it
        url = table.text(label)
        if "," in label or not label.strip() or not label.isprintable():
            table.fault("must have a label without comma or line break", label)
        elif url:
            urls[label.strip()] = url
    made.put("project_url", urls)


def _put_dependencies(made: Statement, poetry: Table) -> None:
    extras, by_dependency = _read_extras(poetry)
    made.put("provides_extra", list(extras))
    table = poetry.table("dependencies")
    if table is not None:
        python = table.values.get("python")
        if isinstance(python, str):
            _put_python(made, table, python)
        found = read_dependencies(table, extras=by_dependency)
        made.put("requires_dist", list(found.requirements))
        for path, reason in found.unsaid:
            made.leave("requires_dist", path, reason)
        made.put_legacy("poetry", {"local_dependencies": found.local})


def _put_python(made: Statement, table: Table, text: str) -> None:
    try:
        made.put("requires_python", to_requires_python(text))
    except ConstraintError as error:
        table.fault(f"{text!r} {error}", "python")


def _read_extras(poetry: Table) -> tuple[list[str], dict[str, list[str]]]:
    """Return the extras, and by each dependency those that it belongs to."""
    table = poetry.table("extras")
    names: list[str] = []
    by_dependency: dict[str, list[str]] = {}
    for extra in table.values if table is not None else ():
        assert table is not None  # there is an extra in it
        if table.checked(parse_name, extra, extra) is None:
            continue
        normalized = normalize_name(extra)
        names.append(normalized)
        for dependency in table.texts(extra) or []:
            by_dependency.setdefault(normalize_name(dependency), []).append(normalized)
    return names, by_dependency


def read_poetry_groups(poetry: Table) -> tuple[dict[str, list[str]], Values]:
    """Return the dependency groups, and by group what PEP 508 cannot name in them.

    "dev-dependencies" is the group ``dev``. Includes of groups are put in.
    """
    tables: list[tuple[str, Table]] = []
    includes: dict[str, list[str]] = {}
    group = poetry.table("group")
    for name in group.values if group is not None else ():
        assert group is not None  # there is a name in it
        one = group.table(name)
        if one is None:
            continue
        key = normalize_name(name)
        includes[key] = [normalize_name(i) for i in one.texts("include-groups") or []]
        table = one.table("dependencies")
        if table is not None:
            tables.append((key, table))
    old = poetry.table("dev-dependencies")
    if old is not None:
        tables.append(("dev", old))
    own: dict[str, list[str]] = {}
    unsaid: dict[str, Values] = {}
    for key, table in tables:
        found = read_dependencies(table)
        own.setdefault(key, []).extend(found.requirements)
        for path, _ in found.unsaid:
            dependency = str(path[-1])
            unsaid.setdefault(key, {})[dependency] = table.json(dependency)
    groups = {name: _with_included(name, own, includes) for name in {**own, **includes}}
    return groups, dict(unsaid)


def _with_included(
    name: str, own: dict[str, list[str]], includes: dict[str, list[str]]
) -> list[str]:
    """Return the requirements of a group and of those that it includes, each once."""
    seen: dict[str, None] = {}
    waiting = [name]
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen[group] = None
            waiting += reversed(includes.get(group, []))
    return list(dict.fromkeys(text for group in seen for text in own.get(group, [])))


def _put_entry_points(made: Statement, poetry: Table) -> None:
    entries: list[EntryPoint] = []
    scripts = poetry.table("scripts")
    files: list[str] = []
    for name in scripts.values if scripts is not None else ():
        assert scripts is not None  # there is a name in it
        reference, group = _script(scripts, name)
        if reference is None:
            files.append(name)
        else:
            entries += read_references(scripts, group, {name: reference})
    entries += read_reference_groups(poetry.table("plugins"))
    made.put_entry_points(tuple(entries))
    made.put_legacy("poetry", {"script_files": list(files)})


def _script(scripts: Table, name: str) -> tuple[str | None, str]:
    """Return the reference and the group of a script; no reference: it is a file."""
    if not isinstance(scripts.values[name], dict):
        return scripts.text(name), CONSOLE_SCRIPTS
    table = scripts.table(name)
    assert table is not None  # it is a dict
    kind = table.text("type") or "console"
    if kind == "file":
        return None, CONSOLE_SCRIPTS
    reference = table.text("reference") or table.text("callable")
    extras = table.texts("extras") or []
    if reference and extras:
        reference = f"{reference} [{','.join(extras)}]"
    return reference, GUI_SCRIPTS if kind == "gui" else CONSOLE_SCRIPTS


def _put_sources(made: Statement, poetry: Table) -> None:
    sources: dict[str, JSON] = {}
    stated = poetry.values.get("packages")
    packages = [row for row in stated if isinstance(row, dict)] if isinstance(
        stated, list
    ) else []  # fmt: skip
    roots = {str(row.get("from", ".")) for row in packages}
    modules = [str(row.get("include", "")) for row in packages]
    if len(roots) == 1 and all(_MODULE.fullmatch(module) for module in modules):
        sources = {"root": roots.pop(), "modules": list(dict.fromkeys(modules))}
    elif packages:
        made.put_legacy("poetry", {"packages": poetry.json("packages")})
    for key in ("include", "exclude"):
        value = poetry.values.get(key)
        rows = value if isinstance(value, list) else [] if value is None else [value]
        globs = [row.get("path") if isinstance(row, dict) else row for row in rows]
        texts = [glob for glob in globs if isinstance(glob, str) and glob.strip()]
        if texts:
            sources[key] = list(texts)
    made.put("sources", sources)
