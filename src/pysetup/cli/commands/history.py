"""Show what pysetup changed in an environment: the newest first, or one entry whole.

pysetup history          all entries
pysetup history 3        entry 3 with all that is known of it (or: show 3)
"""

import argparse

from pysetup.cli.environments import (
    add_environment_options,
    add_place_options,
    chosen_place,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import described
from pysetup.phases.install.history import (
    DamagedHistoryError,
    History,
    NoSuchEntryError,
    State,
)
from pysetup.workflows.context import Context
from pysetup.workflows.installing.history import (
    HistoryLine,
    history_lines,
    read_history,
)
from pysetup.workflows.installing.install import recover_environment


def options(parser: Parser) -> None:
    """Add the options of ``history``."""
    parser.add_argument("words", nargs="*", metavar="[show] ID")
    parser.add_argument(
        "-n", dest="last", type=_positive, metavar="N", help="only the last N entries"
    )
    add_target_options(parser)


def add_target_options(parser: Parser) -> None:
    """Add the options that choose an environment or another place."""
    add_environment_options(parser)
    add_place_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Read the history and show it."""
    number = _number(arguments.words)
    environment = chosen_place(arguments, context)
    recover_environment(environment, context)
    warnings = []
    try:
        history = read_history(environment)
    except DamagedHistoryError as error:
        history = History()
        warnings = [{"code": error.code, "message": error.message}]
        context.tell(f"{error.message}: {error.path}")
    lines = history_lines(environment, history)
    if number is not None:
        found = [line for line in lines if line.entry.number == number]
        if not found:
            raise NoSuchEntryError(number, environment.prefix)
        text = _whole(found[0])
    else:
        found = lines if arguments.last is None else lines[-arguments.last :]
        text = "".join(map(_short, reversed(found)))
    return Outcome(
        {"entries": [line.to_json() for line in found]},
        text or "pysetup has changed nothing here yet.\n",
        warnings=tuple(warnings),
        environment=described(environment),
    )


def _number(words: list[str]) -> int | None:
    rest = words[1:] if words[:1] == ["show"] else words
    if not words:
        return None
    if len(rest) != 1 or not rest[0].isdecimal():
        raise BadArgumentsError("history", "one number of an entry is expected")
    return int(rest[0])


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of entries")
    return int(text)


def _short(line: HistoryLine) -> str:
    entry = line.entry
    text = f"{entry.number}  {entry.time}  {' '.join(entry.command)}\n"
    text += "".join(f"   {change}\n" for change in entry.changes)
    if entry.undoes:
        text += f"   (takes back {', '.join(map(str, entry.undoes))})\n"
    if line.undone_by is not None:
        text += f"   (taken back by {line.undone_by})\n"
    if line.lost:
        text += f"   (cannot be undone: {', '.join(line.lost)})\n"
    return text


def _whole(line: HistoryLine) -> str:
    text = _short(line)
    text += f"   pysetup {line.entry.pysetup}\n"
    for change in line.entry.changes:
        for sign, state in (("-", change.old), ("+", change.new)):
            if state is not None:
                text += f"   {sign} {change.name} {state.version}\n"
                text += "".join(f"       {row}\n" for row in _facts(state))
    return text


def _facts(state: State) -> list[str]:
    rows = [f"installer  {state.installer or 'unknown'}"]
    rows += ["requested"] if state.requested else []
    if state.archive is not None:
        rows += [
            f"archive    {state.archive.filename}",
            f"sha256     {state.archive.sha256}",
            f"url        {state.archive.url}",
        ]
    elif state.direct_url is not None:
        rows.append(f"from       {state.direct_url.get('url', '')}")
    if state.kept:
        rows.append("files of it were kept")
    rows += [f"left       {place}" for place in state.left]
    return rows
