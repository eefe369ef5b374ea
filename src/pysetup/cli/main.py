"""The front door: find the command, run it, turn errors into text and exit codes.

``--version`` and ``--help`` import nothing but the table (the start-up budget).
"""

import sys

from pysetup import __version__
from pysetup.cli.table import help_text

_SIGNALLED, _CTRL_C = 128, 2
_STDOUT_CLOSED = 120
_BUG = 70


def main(arguments: list[str], *, question: object = None) -> int:
    """Run one command line and return its exit code.

    ``question`` is what may be remembered of it (``pysetup.replay``); its type is not
    named here, for that would have to be loaded.
    """
    try:
        code = _main(arguments, question)
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        sys.stderr.write("interrupted\n")
        # As a shell shows a program that a signal has ended.
        return _SIGNALLED + getattr(error, "number", _CTRL_C)
    except BrokenPipeError:
        _close_stdout()
        return _STDOUT_CLOSED
    return code


def _main(arguments: list[str], question: object) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    if not words and not any(word.startswith("--json") for word in arguments):
        if arguments in (["--version"], ["-V"]):
            sys.stdout.write(f"pysetup {__version__}\n")
            return 0
        if not arguments or arguments in (["--help"], ["-h"]):
            sys.stdout.write(help_text())
            return 0
    from pysetup.cli.command import run_command
    from pysetup.endings import Endings

    try:
        with Endings():
            return run_command(arguments, question=question)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception:  # noqa: BLE001 - the one place where a bug of ours ends
        return _report_bug(arguments)


def _report_bug(arguments: list[str]) -> int:
    """Save the traceback to a file and name it: a user cannot read it, we can."""
    import tempfile
    import traceback

    text = traceback.format_exc()
    reason = text.strip().splitlines()[-1]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="pysetup-bug-", suffix=".txt", delete=False, encoding="utf-8"
        ) as stream:
            stream.write(f"pysetup {__version__}, Python {sys.version}\n{text}")
            name = stream.name
    except OSError:
        name = "(no folder for it could be written)"
    from pysetup.cli.output import bug_envelope, json_form

    if form := json_form(arguments):
        sys.stdout.write(
            bug_envelope(arguments, reason=reason, traceback_file=name, form=form)
        )
    sys.stderr.write(
        "error[PS0000]: this is a bug in pysetup, not a fault of yours\n"
        f"  because   {reason}\n"
        f"  log:  {name}\n"
        "  help: report it with that file"
        f"                             [exit {_BUG}]\n"
    )
    return _BUG


def _close_stdout() -> None:
    """Keep the interpreter's own flush at exit from failing once more."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
