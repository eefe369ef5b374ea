"""Legacy tables of other tools in pyproject.toml, read as data: no code runs.

``pyproject`` hands in the tables; what they state statically becomes keys of the
document, and for what they leave to code they say why.
"""

from pysetup.metadata.formats.tool_tables.dynamic import read_dynamic
from pysetup.metadata.formats.tool_tables.flit import read_flit
from pysetup.metadata.formats.tool_tables.pdm import read_pdm_groups
from pysetup.metadata.formats.tool_tables.poetry import (
    VERSION_PLUGIN,
    read_poetry,
    read_poetry_groups,
)
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Statement,
    Table,
    Values,
)

__all__ = [
    "Files",
    "Statement",
    "Table",
    "read_dynamic",
    "read_flit",
    "read_groups",
    "read_poetry",
    "read_whole",
]


def read_whole(tool: Table, files: Files) -> Statement | None:
    """Return what a project without [project] states in its tool's own table.

    That is [tool.poetry] or [tool.flit.metadata]; None if there is neither.
    """
    poetry, flit = tool.table("poetry"), tool.table("flit")
    if poetry is not None and "name" in poetry.values:
        return read_poetry(poetry, files, plugin=tool.table(VERSION_PLUGIN))
    if flit is not None and "metadata" in flit.values:
        return read_flit(flit, files)
    return None


def read_groups(tool: Table) -> tuple[dict[str, list[str]], Values]:
    """Return the dependency groups that [tool.poetry] and [tool.pdm] have.

    What PEP 508 cannot name in them comes second: by the tool, ``groups``, and group.
    """
    groups: dict[str, list[str]] = {}
    unsaid: Values = {}
    for name, read in (("poetry", read_poetry_groups), ("pdm", read_pdm_groups)):
        table = tool.table(name)
        if table is None:
            continue
        found, others = read(table)
        groups |= found
        if others:
            unsaid[name] = {"groups": others}
    return groups, unsaid
