"""Show the configuration and where it is from; change the files it stands in.

Keys are called section.key (install.link-mode), or key at the top of a file
(index-url); those of a table [[index]] are index.NAME.key. Files, strongest first:
--config FILE, the project's, the environment's, the user's, the system's; pip's are
only read.
"""

import argparse
import os
import shlex
from collections.abc import Mapping

from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.errors import EnvironmentRefusedError, redact
from pysetup.standards.jsontext import JSON, to_json_text
from pysetup.workflows.configured_files import editable_file, run_editor
from pysetup.workflows.configuring.keys import KEYS
from pysetup.workflows.configuring.levels import Origin
from pysetup.workflows.configuring.load import Configuration, described_value
from pysetup.workflows.context import Context
from pysetup.workflows.settings import IndexSetting


class EditorFailedError(EnvironmentRefusedError):
    """The editor that VISUAL or EDITOR names did not end well, or there is none.

    What it wrote is as it left it.
    """

    code = "PS7321"

    def __init__(self, editor: str, reason: str) -> None:
        super().__init__(
            f"the editor {editor!r} did not work: {reason}",
            facts={"editor": editor},
            hints=("set VISUAL or EDITOR, or give  --editor PROGRAM",),
        )


def options(parser: Parser) -> None:
    """Add the sub-commands of ``config``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is set, and to what")
    listing.add_argument(
        "--origin", action="store_true", help="also where each is set, and who won"
    )
    listing.add_argument("--all", action="store_true", help="also what nobody has set")
    get = actions.add_parser("get", help="the value of one key")
    get.add_argument("key", metavar="KEY")
    change = actions.add_parser("set", help="set a key; several values for a list")
    change.add_argument("key", metavar="KEY")
    change.add_argument("values", nargs="+", metavar="VALUE")
    remove = actions.add_parser("unset", help="take a key out")
    remove.add_argument("key", metavar="KEY")
    path = actions.add_parser("path", help="the files, strongest first")
    edit = actions.add_parser("edit", help="open the file in an editor")
    edit.add_argument("--editor", metavar="PROGRAM", help="default: VISUAL or EDITOR")
    actions.add_parser("schema", help="the JSON Schema of the files")
    for action in (change, remove, path, edit):
        _add_levels(action)


def _add_levels(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    for level, whose in (
        ("project", "the project's"),
        ("env", "the environment's"),
        ("user", "the user's (default)"),
        ("system", "the system's"),
    ):
        which.add_argument(
            f"--{level}",
            dest="level",
            action="store_const",
            const=level,
            help=f"{whose} file",
        )
    which.add_argument("--file", metavar="FILE", help="this file")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Do what the sub-command says."""
    configuration = context.configuration
    assert configuration is not None, "a command line has read its configuration"
    match arguments.action:
        case "list":
            return _list(configuration, arguments)
        case "get":
            return _get(configuration, arguments.key)
        case "path":
            return _path(configuration, arguments, context)
        case "schema":
            # Loaded here: few want it.
            from pysetup.workflows.configuring.schema import configuration_schema

            schema = configuration_schema()
            return Outcome(schema, to_json_text(schema))
        case "edit":
            return _edit(arguments, context)
        case _:
            return _change(arguments, context)


def _list(configuration: Configuration, arguments: argparse.Namespace) -> Outcome:
    found: list[JSON] = []
    rows: list[tuple[str, ...]] = []
    for key in KEYS:
        origin = configuration.origins.get(key.setting)
        if origin is None and not arguments.all:
            continue
        value = shown_value(described_value(key.setting, configuration))
        found.append({"key": key.name, "value": value, **_origin_json(origin)})
        row = (key.name, _text(value))
        rows.append((*row, _origin_text(origin)) if arguments.origin else row)
    result: dict[str, JSON] = {
        "keys": found,
        "indexes": [_index_json(one.to_json()) for one in _indexes(configuration)],
        "files": _files(configuration),
    }
    for one in _indexes(configuration):
        row = (f"index.{one.name}", redact(one.url) + _pins(one.packages))
        rows.append((*row, one.origin) if arguments.origin else row)
    if arguments.origin:
        return Outcome(result, columns(rows))
    return Outcome(result, "".join(f"{key} = {value}\n" for key, value in rows))


def _indexes(configuration: Configuration) -> tuple[IndexSetting, ...]:
    return configuration.settings.indexes


def _index_json(value: Mapping[str, JSON]) -> dict[str, JSON]:
    return {**value, "url": redact(str(value["url"]))}


def _pins(packages: tuple[str, ...]) -> str:
    return f" (alone gives {', '.join(packages)})" if packages else ""


def _get(configuration: Configuration, name: str) -> Outcome:
    if name.startswith("index."):
        return _get_index(configuration, name)
    from pysetup.workflows.configuring.edit import find_key

    key = find_key(name)
    value = shown_value(described_value(key.setting, configuration))
    origin = configuration.origins.get(key.setting)
    result: dict[str, JSON] = {"key": name, "value": value, **_origin_json(origin)}
    if value is None:
        return Outcome(result, "", exit_code=1)
    return Outcome(result, f"{_text(value)}\n")


def _get_index(configuration: Configuration, name: str) -> Outcome:
    wanted = name.removeprefix("index.")
    for one in _indexes(configuration):
        found: dict[str, JSON] = _index_json(one.to_json())
        index, _, last = wanted.rpartition(".")
        if wanted == one.name:
            return Outcome({"key": name, "value": found}, to_json_text(found))
        if index == one.name and last in found:
            value = found[last]
            return Outcome({"key": name, "value": value}, f"{_text(value)}\n")
    return Outcome({"key": name, "value": None}, "", exit_code=1)


def shown_value(value: object) -> JSON:
    """Return a value as it may be shown: no secrets in it."""
    if isinstance(value, tuple):
        return [redact(str(one)) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def _text(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _origin_json(origin: Origin | None) -> dict[str, JSON]:
    if origin is None:
        return {"level": "built-in", "place": None, "line": None}
    return {
        "level": origin.level,
        "place": origin.place or None,
        "line": origin.line or None,
    }


def _origin_text(origin: Origin | None) -> str:
    return "built-in" if origin is None else str(origin)


def _files(configuration: Configuration) -> list[JSON]:
    found: list[JSON] = [
        {"level": level, "path": path, "exists": os.path.isfile(path)}
        for level, path in configuration.files
    ]
    found += [
        {"level": "pip", "path": path, "exists": os.path.isfile(path)}
        for path in configuration.pip_files
    ]
    return found


def _path(
    configuration: Configuration, arguments: argparse.Namespace, context: Context
) -> Outcome:
    if arguments.level or arguments.file:
        path = editable_file(context, arguments.level or "", named=arguments.file)
        return Outcome({"path": path}, f"{path}\n")
    files = _files(configuration)
    rows = [
        (str(one["level"]), str(one["path"]), "" if one["exists"] else "(not there)")
        for one in files
        if isinstance(one, dict)
    ]
    return Outcome({"files": files}, columns(rows))


def _change(arguments: argparse.Namespace, context: Context) -> Outcome:
    # Loaded here: most commands only read the configuration.
    from pysetup.workflows.configuring.edit import set_key, unset_key

    level = arguments.level or ("" if arguments.file else "user")
    path = editable_file(context, level, named=arguments.file)
    if arguments.action == "set":
        done = set_key(path, level, arguments.key, arguments.values)
        return Outcome(done.to_json(), f"{path}: {arguments.key} is set\n")
    gone = unset_key(path, level, arguments.key)
    if gone is None:
        return Outcome(
            {"path": path, "key": arguments.key, "before": None, "after": None},
            f"{path} does not set {arguments.key}\n",
            exit_code=1,
        )
    return Outcome(gone.to_json(), f"{path}: {arguments.key} is not set any more\n")


def _edit(arguments: argparse.Namespace, context: Context) -> Outcome:
    from pysetup.workflows.configuring.files import read_file

    path = editable_file(context, arguments.level or "user", named=arguments.file)
    environ = context.environ
    editor = arguments.editor or environ.get("VISUAL") or environ.get("EDITOR") or ""
    words = shlex.split(editor)
    if not words:
        raise BadArgumentsError("config edit", "neither VISUAL nor EDITOR is set")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    reason = run_editor([*words, path], context)
    if reason:
        raise EditorFailedError(editor, reason)
    warnings = []
    if os.path.isfile(path):
        level = "project" if arguments.level == "project" else "user"
        _, found = read_file(path, level)
        warnings = [one.to_json() for one in found]
    return Outcome({"path": path}, f"{path}\n", warnings=tuple(warnings))
