"""One command line: its words become a workflow call, its outcome is printed."""

import argparse
import errno
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from pysetup import __version__
from pysetup.cli.log_file import LogFile
from pysetup.cli.output import Outcome, envelope, error_text, json_form, printable
from pysetup.cli.parser import (
    GLOBAL_FLAGS,
    GLOBAL_VALUES,
    BadArgumentsError,
    Parser,
    arrange,
    before_separator,
    command_module,
    help_of,
    make_parser,
    split_command,
)
from pysetup.cli.plan_lines import colored
from pysetup.cli.table import help_text
from pysetup.cli.talk import Talk, stderr_look, stdout_color
from pysetup.cli.terminal import RED, painted
from pysetup.errors import EnvironmentRefusedError, PysetupError, redact
from pysetup.replay.question import Question
from pysetup.values import replace
from pysetup.workflows.configuring.levels import ConfigurationWarning
from pysetup.workflows.configuring.load import Configuration
from pysetup.workflows.context import Context, make_context, read_configuration
from pysetup.workflows.memory import Memory

_USAGE = 2
# The disk is full, or the user's part of it; a file is as large as it may be.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What the system says without the name of a file, as writing fails.
_UNNAMED = (*_NO_ROOM, errno.EIO)
_NO_TEMPORARY = "No usable temporary directory"


class SystemRefusedError(EnvironmentRefusedError):
    """The system does not let pysetup read or write a file or a folder.

    The message names it, with the system's own reason: missing permission, a disk
    that is full or fails, a name that is too long. Nothing half done is left.
    """

    code = "PS7910"

    def __init__(self, path: str, reason: str, *, hint: str) -> None:
        super().__init__(
            f"the system refuses {path[:500]}: {reason}",
            facts={"path": path, "reason": reason},
            hints=(hint,),
        )


class OutOfMemoryError(EnvironmentRefusedError):
    """The memory that pysetup may use is not enough for what it was given.

    A limit of the shell (``ulimit -v``) or of a container may be the cause, or a file
    that is far larger than such files are. Nothing half done is left.
    """

    code = "PS7911"

    def __init__(self) -> None:
        super().__init__(
            "there is not enough memory for this",
            hints=("look for a file that is far too large, or allow more memory",),
        )


def run_command(words: Sequence[str], *, question: object = None) -> int:
    """Run one command line; print its outcome; return the exit code.

    ``question`` is what may be remembered of it.
    """
    memory = Memory(question) if isinstance(question, Question) else None
    started, clock = datetime.now().astimezone(), time.monotonic()  # noqa: TID251 - the door reads the clock
    form = json_form(words)
    name: str | None = None
    talk: Talk | None = None
    doubts: tuple[ConfigurationWarning, ...] = ()
    folded = False
    try:
        name, rest = split_command(words)
        if name is None:
            return _no_command(rest)
        folded = name == "pip"
        parser, rest = _parser_for(name, rest)
        rest = arrange(parser, rest)
        form = json_form(rest)
        if {"--help", "-h"} & set(before_separator(rest)):
            sys.stdout.write(help_of(parser, rest))
            return 0
        arguments, configuration = _configured(parser, rest)
        doubts = configuration.warnings
        log = _opened_log(arguments, words, memory)
        talk = Talk(arguments, form, began=clock, memory=memory, log=log)
        outcome = _carried_out(words, arguments, talk, (started, clock), configuration)
    except (PysetupError, MemoryError, OSError) as error:
        outcome = _failed(error, folded=folded, began=talk is not None)
    finally:
        if talk is not None:
            talk.close()
    if doubts:
        found = (*(doubt.to_json() for doubt in doubts), *outcome.warnings)
        outcome = replace(outcome, warnings=found)
    _print_errors(outcome, talk, exit_code=outcome.exit_code if folded else None)
    if form:
        elapsed = round((time.monotonic() - clock) * 1000)
        when = started.isoformat(timespec="milliseconds")
        command = [name] if name else []
        sys.stdout.write(
            envelope(command, outcome, started=when, elapsed_ms=elapsed, form=form)
        )
    else:
        _print(outcome, talk)
    return outcome.exit_code


def _parser_for(name: str, words: list[str]) -> tuple[Parser, list[str]]:
    """Return the parser of a command, and the words for it; pip's have their own."""
    if name != "pip":
        return make_parser(name), words
    found: tuple[Parser, list[str]] = command_module(name).parser_for(words)
    return found


def _failed(
    error: PysetupError | MemoryError | OSError, *, folded: bool, began: bool
) -> Outcome:
    """Return the outcome of a command that ``error`` has ended.

    ``folded``: with pip's exit codes, where 2 is for words that are not known, and 1
    for all that goes wrong once a command ``began``.
    """
    told = _told(error)
    code = told[0].exit_code
    if folded and (code != _USAGE or began):
        code = 1
    return Outcome(None, exit_code=code, errors=told)


def _opened_log(
    arguments: argparse.Namespace, words: Sequence[str], memory: Memory | None
) -> LogFile | None:
    """Return the file that ``--log`` names, if it does."""
    if not arguments.log:
        return None
    if memory is not None:
        memory.spoil()  # an answer from memory would not be logged
    place = os.path.join(arguments.directory or "", os.path.expanduser(arguments.log))
    return LogFile(place, shown_words(words), clock=_now)


def _now() -> datetime:
    return datetime.now().astimezone()  # noqa: TID251 - the door reads the clock


def _configured(
    parser: Parser, words: list[str]
) -> tuple[argparse.Namespace, Configuration]:
    """Return what ``words`` say, with the values that options are configured to have.

    Raises ``BadArgumentsError`` and what is wrong with the configuration.
    """
    arguments = parser.parse_args(words)
    options = vars(arguments)
    configuration = read_configuration(options)
    defaults = {
        name: value
        for name, value in configuration.defaults.items()
        if name in options and not isinstance(options[name], list)
    }
    if options.get("env") or options.get("python"):
        # These name one thing; what is said by hand is not mixed with other words.
        defaults = {k: v for k, v in defaults.items() if k not in ("env", "python")}
    if defaults:
        parser.set_defaults(**defaults)
        arguments = parser.parse_args(words)
    return arguments, configuration


def _carried_out(
    words: Sequence[str],
    arguments: argparse.Namespace,
    talk: Talk,
    start: tuple[datetime, float],
    configuration: Configuration,
) -> Outcome:
    """Do what ``arguments`` say; keep the timings, if they are asked for."""
    options = vars(arguments)
    context = make_context(
        options=options,
        tell=talk.tell,
        observer=talk.observer,
        memory=talk.memory,
        command=("pysetup", *words),
        configuration=configuration,
    )

    def act() -> Outcome:
        if options.get("no_cache"):
            # Loaded here: few do without the cache.
            from pysetup.workflows.dry_run import no_cache

            with no_cache(context) as bare:
                return _called(arguments, bare)
        return _called(arguments, context)

    if not options.get("timings"):
        return act()
    # Loaded here: who wants no timings does not pay for them.
    from pysetup.cli.kept_timings import with_timings
    from pysetup.cli.timings import Account

    def account(code: int) -> Account:
        when = start[0].isoformat(timespec="milliseconds")
        elapsed = time.monotonic() - start[1]
        return Account(shown_words(words), when, elapsed, code, talk.spans())

    return with_timings(context.path(arguments.timings), act, account, talk.tell)


def _called(arguments: argparse.Namespace, context: Context) -> Outcome:
    outcome: Outcome = arguments.call(arguments, context)
    return outcome


def shown_words(words: Sequence[str]) -> list[str]:
    """Return a command line as it may be written down: no secrets in it."""
    return [redact(word) if "://" in word else word for word in words]


def _print_errors(
    outcome: Outcome, talk: Talk | None, *, exit_code: int | None = None
) -> None:
    if talk is not None and talk.log is not None:
        talk.log.finish([error_text(one) for one in outcome.errors], outcome.exit_code)
    color = (stderr_look().color if talk is None else talk.color) and outcome.errors
    for fault in outcome.errors:
        text = error_text(fault, exit_code=exit_code)
        head = f"error[{fault.code}]"
        if color and text.startswith(head):
            text = painted(head, RED) + text.removeprefix(head)
        sys.stderr.write(text)


def _print(outcome: Outcome, talk: Talk | None) -> None:
    """Print what people read, but for changes that they have just read as a plan."""
    if outcome.content is None or sys.stdout.isatty():
        told_text = (outcome.content or b"").decode(errors="replace") or outcome.text
        told_text = printable(told_text)
        sys.stdout.write(printable(outcome.lead))
        if talk is not None and not outcome.exit_code:
            _keep(talk.memory, told_text)
        if outcome.changes is not None and talk is not None:
            if talk.has_shown(outcome.changes):
                return
            if stdout_color(talk):
                told_text = colored(told_text)
        sys.stdout.write(told_text)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(outcome.content)
        sys.stdout.buffer.flush()


def _keep(memory: Memory | None, told: str) -> None:
    """Keep what the command decided, and that it printed ``told``, if it may be."""
    if memory is not None and memory.is_worth_keeping:
        # Loaded here: what can be kept of a command its own room knows.
        if memory.question.asked.command == "lock":
            from pysetup.workflows.locking.keeping import keep_lock

            keep_lock(memory, told)
            return
        from pysetup.workflows.installing.keeping import keep

        keep(memory, told)


def _told(error: PysetupError | MemoryError | OSError) -> tuple[PysetupError, ...]:
    """Return what to say of ``error``; what the machine itself refuses is no bug."""
    if isinstance(error, PysetupError):
        return error.errors or (error,)
    if isinstance(error, MemoryError):
        return (OutOfMemoryError(),)
    reason = error.strerror or str(error)
    named = error.filename
    if named is None and reason.startswith(_NO_TEMPORARY):
        named = "a temporary folder"  # tempfile tells its search, and no file
    if named is None and error.errno in _UNNAMED:
        named = "a file that was being written"  # the system tells no name here
    if named is None or isinstance(error, BrokenPipeError):
        raise error
    path = os.fsdecode(str(named))
    return (SystemRefusedError(path, reason, hint=_way_out(error, path)),)


def _way_out(error: OSError, path: str) -> str:
    # Loaded here: who has no such error has no use for it.
    import shlex

    shown = shlex.quote(path) if error.filename is not None else "FOLDER"
    if error.errno in _NO_ROOM:
        return f"see how much room there is:  df -h {shown}  and  ulimit -f"
    return f"see who owns it and who may use it:  ls -ld {shown}"


def _no_command(words: Sequence[str]) -> int:
    """Answer ``--version`` and ``--help`` when other options stand beside them."""
    if "--version" in words or "-V" in words:
        if form := json_form(words):
            outcome = Outcome({"version": __version__})
            sys.stdout.write(envelope([], outcome, started="", elapsed_ms=0, form=form))
        else:
            sys.stdout.write(f"pysetup {__version__}\n")
        return 0
    unknown = [
        word
        for word in words
        if word.startswith("-")
        and word not in (*GLOBAL_FLAGS, *GLOBAL_VALUES, "-h", "--help")
    ]
    if unknown:
        raise BadArgumentsError("", f"unknown option {unknown[0]}")
    sys.stdout.write(help_text())
    return 0
