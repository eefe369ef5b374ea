"""The table [tool.flit.metadata] and its companions: Flit before PEP 621."""

from collections.abc import Sequence

from pysetup.metadata.formats.tool_tables.python_source import (
    ModuleText,
    NotStatedError,
    find_module,
)
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Path,
    Statement,
    Table,
    content_type,
    read_project_file,
    read_reference_groups,
    read_references,
    stated_texts,
)
from pysetup.standards.entry_points import (
    CONSOLE_SCRIPTS,
    EntryPoint,
    InvalidEntryPointError,
    parse_entry_points,
)
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import for_extra, parse_requirement
from pysetup.standards.versions import (
    InvalidVersionError,
    parse_specifiers,
    parse_version,
)

_LINES = (
    ("author", "author"),
    ("author-email", "author_email"),
    ("maintainer", "maintainer"),
    ("maintainer-email", "maintainer_email"),
    ("home-page", "home_page"),
    ("license", "license"),
)


def read_flit(flit: Table, files: Files) -> Statement:
    """Return what [tool.flit] states, in the terms of the document.

    Version and summary stand in the module itself; they are read from its text, as
    Flit does, and left to Flit when they are computed there. Faults are noted.
    """
    made = Statement()
    table = flit.table("metadata")
    if table is None:
        return made
    module = table.text("module") or ""
    name = table.text("dist-name") or module
    if not module:
        table.fault("lacks the key module")
    elif table.checked(parse_name, name, "module") is not None:
        made.put("name", name)
    if module:
        put_from_module(made, module, files, place=(*table.path, "module"))
    for key, field in _LINES:
        made.put(field, (table.text(key) or "").strip())
    words = table.values.get("keywords")
    if isinstance(words, str):
        made.put("keywords", [w.strip() for w in words.split(",") if w.strip()])
    else:
        made.put("keywords", list(table.texts("keywords") or []))
    made.put("classifier", list(table.texts("classifiers") or []))
    python = table.text("requires-python")
    if (
        python
        and table.checked(parse_specifiers, python, "requires-python") is not None
    ):
        made.put("requires_python", python)
    urls = table.table("urls")
    if urls is not None:
        found = {label: urls.text(label) for label in urls.values}
        made.put("project_url", {label: url for label, url in found.items() if url})
    readme = table.text("description-file")
    if readme:
        made.put(
            "description", read_project_file(table, readme, files, "description-file")
        )
        made.put("description_content_type", content_type(readme))
    _put_requirements(made, table)
    _put_entry_points(made, flit, table, files)
    _put_sources(made, flit, module, files)
    return made


def put_from_module(
    made: Statement,
    module: str,
    files: Files,
    *,
    place: Path,
    keys: Sequence[str] = ("version", "summary"),
) -> None:
    """Take version and summary from the text of ``module``, or say why not."""
    path = find_module(module, files)
    if path is None:
        for key in keys:
            made.leave(key, place, f"there is no module {module} to read it from")
        return
    try:
        text = ModuleText.parse(files.read_file(path) or b"")
    except NotStatedError as error:
        for key in keys:
            made.leave(key, place, f"{path} {error}")
        return
    if "summary" in keys and text.summary:
        made.put("summary", text.summary)
    elif "summary" in keys:
        made.leave("summary", place, f"{path} has no docstring")
    if "version" not in keys:
        return
    try:
        made.put("version", str(parse_version(text.constant("__version__"))))
    except NotStatedError as error:
        made.leave("version", place, f"{path} {error}")
    except InvalidVersionError as error:
        made.leave("version", place, f"{path}: {error.message}")


def _put_requirements(made: Statement, table: Table) -> None:
    requires = _requirements(table, "requires")
    extras: dict[str, list[str]] = {}
    by_extra = table.table("requires-extra")
    for extra in by_extra.values if by_extra is not None else ():
        assert by_extra is not None  # there is an extra in it
        if by_extra.checked(parse_name, extra, extra) is not None:
            extras[normalize_name(extra)] = _requirements(by_extra, extra)
    if "dev-requires" in table.values:
        # Flit has called it an extra ever since it deprecated the key.
        extras.setdefault("dev", _requirements(table, "dev-requires"))
    for extra, texts in extras.items():
        requires += [for_extra(parse_requirement(text), extra) for text in texts]
    made.put("requires_dist", list(requires))
    made.put("provides_extra", list(extras))


def _requirements(table: Table, key: str) -> list[str]:
    return [
        text.strip()
        for index, text in enumerate(table.texts(key) or [])
        if table.checked(parse_requirement, text, key, index) is not None
    ]


def _put_entry_points(made: Statement, flit: Table, table: Table, files: Files) -> None:
    entries: list[EntryPoint] = []
    scripts = flit.table("scripts")
    if scripts is not None:
        entries += read_references(scripts, CONSOLE_SCRIPTS, stated_texts(scripts))
    entries += read_reference_groups(flit.table("entrypoints"))
    path = table.text("entry-points-file")
    if path:
        text = read_project_file(table, path, files, "entry-points-file")
        try:
            entries += parse_entry_points(text)
        except InvalidEntryPointError as error:
            table.fault(f"names {path!r}: {error.message}", "entry-points-file")
    made.put_entry_points(tuple(entries))


def _put_sources(made: Statement, flit: Table, module: str, files: Files) -> None:
    sources: dict[str, JSON] = {}
    path = find_module(module, files)
    if path is not None:
        root = "src" if path.startswith("src/") else "."
        sources = {"root": root, "modules": [module.partition(".")[0]]}
    sdist = flit.table("sdist")
    if sdist is not None:
        for key in ("include", "exclude"):
            globs = sdist.texts(key)
            if globs:
                sources[key] = list(globs)
    made.put("sources", sources)
