"""Run a command or a script; the exit code is its own.

A command is a console script of the environment, a Python file, python itself, or a
program on PATH. Without an environment, one is created as .venv here. A script with a
block of metadata (PEP 723) has an environment of its own, kept in the cache, whatever
is installed here; - reads one from standard input.
"""

import argparse
import io
import shlex
import sys
from functools import partial

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_index_options
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import find_environment
from pysetup.workflows.running.planned import Planned, Task, planned_run
from pysetup.workflows.running.run import end_as, run_and_stay, start


def options(parser: Parser) -> None:
    """Add the options of ``run``; what follows the command is its own."""
    add_environment_options(parser)
    group = parser.add_argument_group("what it needs")
    group.add_argument(
        "--with",
        dest="extras",
        action="append",
        default=[],
        metavar="REQ",
        help="have this, too, for this run alone",
    )
    group.add_argument(
        "--refresh",
        action="store_const",
        const=True,
        help="resolve again, whatever is remembered",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="show what would be started; only the cache may change",
    )
    add_index_options(parser)
    parser.add_argument("words", nargs="*", metavar="COMMAND|SCRIPT [ARGS]")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Become the command; returns when something is left to tidy up, or to show."""
    if not arguments.words:
        raise BadArgumentsError("run", "name a command or a script")
    task = Task(
        words=arguments.words,
        extras=arguments.extras,
        python=_named(arguments, context),
        environment=partial(_environment, arguments, context),
        read_input=_read_input,
    )
    with planned_run(task, context) as planned:
        if arguments.dry_run:
            return Outcome(planned.to_json(context), _text(planned, context))
        if not planned.leaves_something:
            start(planned.launch, context)
        code = run_and_stay(planned.launch, context)
    return Outcome(None, exit_code=end_as(code))


def _read_input(limit: int) -> bytes:
    # Python has no such stream where the descriptor is closed, whatever its type says.
    return getattr(sys.stdin, "buffer", io.BytesIO()).read(limit)


def _named(arguments: argparse.Namespace, context: Context) -> str | None:
    named: str | None = arguments.env or arguments.python
    return named or context.environ.get("PYSETUP_PYTHON") or None


def _environment(arguments: argparse.Namespace, context: Context) -> Environment:
    if arguments.dry_run and not _named(arguments, context):
        return find_environment(context)  # a dry run creates none
    # Much of the house, and no script with a block needs it.
    from pysetup.workflows.stale import tell_stale

    environment = chosen_environment(arguments, context, create=True)
    tell_stale(environment, context)
    return environment


def _text(planned: Planned, context: Context) -> str:
    lines = [shlex.join(planned.launch.words)]
    lines += [f"with {' '.join(row)}" for row in planned.resolved(context)]
    return "".join(f"{line}\n" for line in lines)
