"""The tables of PDM: development dependencies from before PEP 735, and the version."""

from pysetup.metadata.formats.tool_tables.patterns import find_version
from pysetup.metadata.formats.tool_tables.statement import (
    Files,
    Statement,
    Table,
    Values,
    read_project_file,
)
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement


def read_pdm_groups(pdm: Table) -> tuple[dict[str, list[str]], Values]:
    """Return [tool.pdm.dev-dependencies], and by group what PEP 508 cannot name there.

    That are editable folders.
    """
    table = pdm.table("dev-dependencies")
    found: dict[str, list[str]] = {}
    unsaid: Values = {}
    for name in table.values if table is not None else ():
        assert table is not None  # there is a group in it
        texts = [text.strip() for text in table.texts(name) or []]
        key = normalize_name(name)
        found[key] = [text for text in texts if _is_requirement(text)]
        others: list[JSON] = [text for text in texts if not _is_requirement(text)]
        if others:
            unsaid[key] = others
    return found, unsaid


def _is_requirement(text: str) -> bool:
    try:
        parse_requirement(text)
    except InvalidRequirementError:
        return False
    return True


def put_pdm_version(made: Statement, pdm: Table, files: Files) -> None:
    """Take the version from the file that [tool.pdm.version] names, or say why not."""
    if not isinstance(pdm.values.get("version"), dict):
        return
    table = pdm.table("version")
    assert table is not None  # it is a dict
    # "from" is what the first releases called it.
    path = table.text("path") or table.text("from")
    source = table.text("source") or ("file" if path else "")
    if source != "file" or not path:
        reason = f"source = {source!r} computes it"
        made.leave("version", (*table.path, "source"), reason)
        return
    text = read_project_file(table, path, files, "path")
    version, reason = find_version(text)
    if version:
        made.put("version", version)
    else:
        made.leave("version", (*table.path, "path"), f"{path} {reason}")
