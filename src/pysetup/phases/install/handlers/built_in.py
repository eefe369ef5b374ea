"""The handlers that pysetup brings: pure functions, as every plug-in's handler is.

Each gets the extension's object, the document, and the environment as data, and returns
actions in their JSON form.
"""

from collections.abc import Mapping

from pysetup.metadata.document import COMMANDS_EXTENSION, EXPORTS_EXTENSION
from pysetup.metadata.system_files import COMMANDS, FILES_EXTENSION, system_files
from pysetup.phases.install.handlers.handler import Handler
from pysetup.phases.install.scripts import launchers
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.jsontext import JSON

_GROUPS = {"wrap_console": CONSOLE_SCRIPTS, "wrap_gui": GUI_SCRIPTS}


def handle_commands(
    extension: Mapping[str, JSON],
    document: Mapping[str, JSON],
    environment: Mapping[str, JSON],
) -> list[JSON]:
    """Write a launcher for each command of ``python.commands`` (PEP 459)."""
    groups = {group: extension.get(key) for key, group in _GROUPS.items()}
    return _launchers(groups, document, environment)


def handle_exports(
    extension: Mapping[str, JSON],
    document: Mapping[str, JSON],
    environment: Mapping[str, JSON],
) -> list[JSON]:
    """Write a launcher for commands that stand among the exports (PEP 459).

    For all else nothing is needed: ``entry_points.txt`` is in the wheel.
    """
    exports = extension.get("exports")
    found = exports if isinstance(exports, dict) else {}
    groups = {group: found.get(group) for group in _GROUPS.values()}
    return _launchers(groups, document, environment)


def handle_files(
    extension: Mapping[str, JSON],
    document: Mapping[str, JSON],
    environment: Mapping[str, JSON],
) -> list[JSON]:
    """Place the files of ``python.files`` where the system looks for them."""
    del document, environment
    return [
        {
            "action": "place",
            "category": file.category,
            "path": file.path,
            "file": file.source,
        }
        for file in system_files(extension)
    ]


def _launchers(
    groups: Mapping[str, JSON],
    document: Mapping[str, JSON],
    environment: Mapping[str, JSON],
) -> list[JSON]:
    entries = [
        EntryPoint.parse(group, name, str(reference))
        for group, commands in groups.items()
        if isinstance(commands, dict)
        for name, reference in sorted(commands.items())
    ]
    made = launchers(
        entries,
        executable=str(environment["python"]),
        source=f"{document['name']} {document['version']}",
    )
    return [
        {
            "action": "write",
            "category": COMMANDS,
            "path": name,
            "text": content.decode("utf-8", "surrogateescape"),
        }
        for name, content in made.items()
    ]


BUILT_IN: Mapping[str, Handler] = {
    COMMANDS_EXTENSION: handle_commands,
    EXPORTS_EXTENSION: handle_exports,
    FILES_EXTENSION: handle_files,
}
