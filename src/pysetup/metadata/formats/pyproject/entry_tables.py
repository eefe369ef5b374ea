"""The tables of entry points: scripts, gui-scripts and entry-points (PEP 621)."""

from pysetup.metadata.formats.pyproject.table import Table
from pysetup.standards.entry_points import (
    CONSOLE_SCRIPTS,
    GUI_SCRIPTS,
    EntryPoint,
    InvalidEntryPointError,
)


def read_entry_points(project: Table) -> tuple[EntryPoint, ...]:
    """Return the entry points of [project]; faults are noted."""
    found: list[EntryPoint] = []
    for key, group in (("scripts", CONSOLE_SCRIPTS), ("gui-scripts", GUI_SCRIPTS)):
        table = project.table(key)
        if table is not None:
            found += _read_group(table, group, needs_attribute=True)
    groups = project.table("entry-points")
    for group in groups.values if groups else ():
        assert groups is not None  # there is a group in it
        if group in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
            key = "scripts" if group == CONSOLE_SCRIPTS else "gui-scripts"
            groups.fault("cannot stand here", group, hint=f"use [project.{key}]")
            continue
        names = groups.table(group)
        if names is not None:
            found += _read_group(names, group, needs_attribute=False)
    return tuple(found)


def _read_group(table: Table, group: str, *, needs_attribute: bool) -> list[EntryPoint]:
    found = []
    for name in table.values:
        reference = table.text(name)
        if reference is None:
            continue
        try:
            entry = EntryPoint.parse(group, name, reference)
        except InvalidEntryPointError as error:
            table.fault(f"is wrong: {error.message}", name, hint=error.hints[0])
            continue
        if needs_attribute and not entry.attribute:
            table.fault("must name a function, as module:function", name)
        found.append(entry)
    return found
