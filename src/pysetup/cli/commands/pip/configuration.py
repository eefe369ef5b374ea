"""``pysetup pip config``: pip's own configuration, read and written as pip does."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.errors import AnswerError, redact
from pysetup.standards.jsontext import JSON
from pysetup.workflows.configured_files import run_editor
from pysetup.workflows.context import Context
from pysetup.workflows.pip_configuration import (
    PipConfiguration,
    change_pip_file,
    read_pip_configuration,
)

_COUNTS = {"list": 0, "edit": 0, "debug": 0, "get": 1, "unset": 1, "set": 2}


class NoSuchPipKeyError(AnswerError):
    """pip's configuration does not set a key of that name.

    Keys are ``section.key``, such as ``global.index-url``; those of variables begin
    with ``:env:``.
    """

    code = "PS1305"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No such key - {name}",
            facts={"key": name},
            hints=("pysetup pip config list  shows what is set",),
        )


def options(parser: Parser) -> None:
    """Add the options of ``pip config``."""
    parser.add_argument(
        "action", nargs="?", choices=tuple(_COUNTS), metavar="|".join(_COUNTS)
    )
    parser.add_argument("words", nargs="*", metavar="NAME [VALUE]")
    parser.add_argument("--editor", metavar="PROGRAM", help="default: VISUAL or EDITOR")
    for name, whose in (
        ("global", "the system's"),
        ("user", "the user's"),
        ("site", "the environment's"),
    ):
        parser.add_argument(
            f"--{name}",
            dest="kind",
            action="store_const",
            const=name,
            help=f"{whose} file alone",
        )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Do what the action says."""
    action, words = arguments.action, arguments.words
    if action is None:
        raise BadArgumentsError("pip config", "need an action")
    if len(words) != _COUNTS[action]:
        count = _COUNTS[action]
        raise BadArgumentsError(
            f"pip config {action}", f"it takes {count} argument{'s' * (count != 1)}"
        )
    found = read_pip_configuration(context)
    match action:
        case "list":
            return _list(found, arguments.kind)
        case "get":
            return _get(found, words[0], arguments.kind)
        case "debug":
            return _debug(found)
        case "edit":
            return _edit(found, arguments, context)
        case _:
            return _change(found, arguments)


def _list(found: PipConfiguration, kind: str | None) -> Outcome:
    values = found.merged(kind)
    shown: dict[str, JSON] = {key: redact(text) for key, text in values.items()}
    text = "".join(f"{key}={shown[key]!r}\n" for key in sorted(shown))
    return Outcome(shown, text)


def _get(found: PipConfiguration, name: str, kind: str | None) -> Outcome:
    values = found.merged(kind)
    if name not in values:
        raise NoSuchPipKeyError(name)
    shown = redact(values[name])
    return Outcome({"key": name, "value": shown}, f"{shown}\n")


def _debug(found: PipConfiguration) -> Outcome:
    lines = ["env_var:"]
    lines += [f"  {name}={redact(text)!r}" for name, text in found.variables.items()]
    lines.append("env:")
    for kind, files in found.files.items():
        lines.append(f"{kind}:")
        for file in files:
            lines.append(f"  {file.path}, exists: {file.exists}")
            lines += [f"    {key}: {redact(text)}" for key, text in file.values.items()]
    result: dict[str, JSON] = {
        kind: [file.path for file in files] for kind, files in found.files.items()
    }
    return Outcome(result, "".join(f"{line}\n" for line in lines))


def _edit(
    found: PipConfiguration, arguments: argparse.Namespace, context: Context
) -> Outcome:
    environ = context.environ
    editor = arguments.editor or environ.get("VISUAL") or environ.get("EDITOR")
    if not editor:
        raise BadArgumentsError("pip config edit", "could not determine the editor")
    path = found.writable(arguments.kind)
    reason = run_editor([editor, path], context)
    if reason:
        raise BadArgumentsError("pip config edit", f"the editor {editor!r}: {reason}")
    return Outcome({"path": path})


def _change(found: PipConfiguration, arguments: argparse.Namespace) -> Outcome:
    path = found.writable(arguments.kind)
    name, *values = arguments.words
    section, dot, key = name.partition(".")
    if not dot or not key:
        raise BadArgumentsError(
            "pip config", f"key {name!r} has no section: global.{name}"
        )
    value = values[0] if values else None
    if not change_pip_file(path, section, key, value):
        raise NoSuchPipKeyError(name)
    return Outcome({"path": path, "key": name}, f"Writing to {path}\n")
