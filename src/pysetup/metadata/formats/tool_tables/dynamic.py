"""Values that [project] calls dynamic and the tool's own table states after all."""

from collections.abc import Collection

from pysetup.metadata.formats.tool_tables.flit import put_from_module
from pysetup.metadata.formats.tool_tables.patterns import find_version
from pysetup.metadata.formats.tool_tables.pdm import put_pdm_version
from pysetup.metadata.formats.tool_tables.poetry import VERSION_PLUGIN, read_poetry
from pysetup.metadata.formats.tool_tables.setuptools_dynamic import put_setuptools
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Statement,
    Table,
    read_project_file,
)


def read_dynamic(
    tool: Table,
    names: Collection[str],
    files: Files,
    *,
    backend: str,
    project: str,
) -> Statement:
    """Return what is found out about the dynamic keys ``names`` of [project].

    ``backend`` is that of the build, whose table alone counts; ``project`` is the
    name of the project. Values of other keys are not in the result.
    """
    top = backend.partition(":")[0].partition(".")[0]
    made = Statement()
    if top == "poetry":
        poetry = tool.table("poetry")
        if poetry is not None:
            made = read_poetry(poetry, files, plugin=tool.table(VERSION_PLUGIN))
            made.leave("classifier", poetry.path, "Poetry adds classifiers of its own")
        return made
    if top == "setuptools":
        table = tool.table("setuptools")
        stated = table.table("dynamic") if table is not None else None
        if stated is not None:
            put_setuptools(made, stated, names, files)
    elif top == "hatchling":
        hatch = tool.table("hatch")
        if hatch is not None and "version" in names:
            _put_hatch_version(made, hatch, files)
    elif top == "pdm":
        pdm = tool.table("pdm")
        if pdm is not None and "version" in names:
            put_pdm_version(made, pdm, files)
    elif top == "flit_core":
        _put_flit(made, tool, names, files, project)
    return made


def _put_hatch_version(made: Statement, hatch: Table, files: Files) -> None:
    table = hatch.table("version")
    if table is None:
        return
    source = table.text("source") or "regex"
    if source != "regex":
        made.leave(
            "version", (*table.path, "source"), f"source = {source!r} computes it"
        )
        return
    path = table.text("path")
    if not path:
        made.leave("version", table.path, "the table names no path")
        return
    stated = table.values.get("pattern")
    pattern = stated if isinstance(stated, str) else ""
    text = read_project_file(table, path, files, "path")
    version, reason = find_version(text, pattern)
    if version:
        made.put("version", version)
    else:
        made.leave("version", (*table.path, "path"), f"{path} {reason}")


def _put_flit(
    made: Statement, tool: Table, names: Collection[str], files: Files, project: str
) -> None:
    """Read version and summary from the module, where Flit has them."""
    flit = tool.table("flit")
    module = flit.table("module") if flit is not None else None
    name = (module.text("name") if module is not None else None) or project
    keys = [
        key
        for key, dynamic in (("version", "version"), ("summary", "description"))
        if dynamic in names
    ]
    if name and keys:
        path = name.replace("-", "_")
        place = module.path if module is not None else ("project", "dynamic")
        put_from_module(made, path, files, place=place, keys=keys)
