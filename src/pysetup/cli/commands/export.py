"""Write a lock in another form: requirements, constraints, or a bill of materials.

--extra and --group choose parts, as sync does. A requirements file has the digests of
all files; the bills are CycloneDX 1.6 and SPDX 2.3, in JSON.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from pysetup.cli.lock_parts import add_part_options, chosen_parts
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.result_file import result_file
from pysetup.cli.shown import shown
from pysetup.interchange.pylock.model import PYLOCK, is_lock_name
from pysetup.workflows.context import Context
from pysetup.workflows.locking.export import FORMATS, export
from pysetup.workflows.locking.sync import open_lock

STDOUT = "-"
_ENDINGS = {
    ".cdx.json": "cyclonedx",
    ".spdx.json": "spdx",
    ".txt": "requirements.txt",
}


def options(parser: Parser) -> None:
    """Add the options of ``export``."""
    parser.add_argument("lock", nargs="?", metavar="pylock.toml")
    parser.add_argument("--project", metavar="DIR", help="the lock of this project")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="default: what the name of the output says, else requirements.txt",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="default: standard output"
    )
    parser.add_argument(
        "--no-hashes",
        dest="hashes",
        action="store_false",
        help="requirements without digests: nothing proves what is installed",
    )
    add_part_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Read the lock, choose its parts, and write them."""
    name = _format(arguments)
    if not arguments.hashes and name != "requirements.txt":
        raise BadArgumentsError("export", "--no-hashes is for requirements.txt")
    root = context.path(arguments.project or ".")
    path = context.path(arguments.lock) if arguments.lock else root / PYLOCK
    with ExitStack() as stack:
        to_file = arguments.output not in (None, STDOUT)
        file = (
            stack.enter_context(result_file("--output", context.path(arguments.output)))
            if to_file
            else None
        )
        made = export(
            open_lock(path, context),
            name,
            context=context,
            parts=chosen_parts(arguments),
            hashes=arguments.hashes,
        )
        for loss in made.losses:
            context.tell(f"note: {name} cannot say {loss}")
        result = {**made.to_json(), "output": arguments.output if to_file else None}
        if file is None:
            return Outcome(result, made.text, content=made.text.encode())
        file.write(made.text)
        file.show()
    where = shown(context.path(arguments.output), context)
    count = len(made.lock.packages)
    told = f"wrote {where}: {count} package{'' if count == 1 else 's'}.\n"
    return Outcome(result, told)


def _format(arguments: argparse.Namespace) -> str:
    if arguments.format:
        return str(arguments.format)
    output = arguments.output or ""
    if is_lock_name(Path(output).name):
        return "pylock"
    for ending, name in _ENDINGS.items():
        if output.endswith(ending):
            return name
    return "requirements.txt"
