"""The parser of a command: its options, those of every command, and their order."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol

from pysetup.cli.output import Outcome
from pysetup.cli.table import MODULES, is_command, module_of
from pysetup.errors import UsageError
from pysetup.late import difflib
from pysetup.workflows.context import Context

GLOBAL_FLAGS = (
    *("--json", "--json=lines", "--json=envelope"),
    *("-q", "--quiet", "-v", "--verbose", "--offline", "--no-config"),
)
GLOBAL_VALUES = (
    *("--cache-dir", "--directory", "--progress", "--color", "--config", "--log"),
)
# The value of these may be left out, and stands behind "=" where it is not.
_BARE = {"--json": "--json=envelope", "--timings": "--timings=pysetup-timings.html"}
_BEFORE_SETUP = (*GLOBAL_FLAGS, *GLOBAL_VALUES, "--no-isolation")


class UnknownCommandError(UsageError):
    """There is no command of that name.

    ``pysetup --help`` shows all commands, by the phase they belong to. A command
    with a similar name is told, but never run in its place.
    """

    code = "PS2600"

    def __init__(self, word: str) -> None:
        near = difflib.get_close_matches(word, MODULES, n=1)
        hint = f"did you mean  pysetup {near[0]} ?" if near else "see  pysetup --help"
        super().__init__(f"{word[:60]!r} is not a pysetup command", hints=(hint,))


class BadArgumentsError(UsageError):
    """The options or arguments of a command are not the ones it takes.

    ``pysetup COMMAND --help`` shows them. Long options may not be shortened.
    """

    code = "PS2601"

    def __init__(self, command: str, reason: str) -> None:
        called = f"pysetup {command}".rstrip()
        super().__init__(f"{called}: {reason}", hints=(f"see  {called} --help",))


class Parser(argparse.ArgumentParser):
    """An argument parser that raises our errors and never leaves the process."""

    def __init__(self, *, prog: str, description: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    @property
    def command(self) -> str:
        """The words that led to this parser, without the program's own name."""
        return self.prog.removeprefix("pysetup ")

    def error(self, message: str) -> NoReturn:
        """Raise ``BadArgumentsError``, naming a near option for an unknown one."""
        head, sep, rest = message.partition("unrecognized arguments: ")
        if sep:
            word = rest.split()[0].split("=")[0]
            known = [text for action in self._actions for text in action.option_strings]
            near = difflib.get_close_matches(word, known, n=1)
            did = f" (did you mean {near[0]}?)" if near else ""
            message = f"{head}unknown argument {word}{did}"
        raise BadArgumentsError(self.command, message)


class CommandModule(Protocol):
    """What a module below ``cli/commands`` offers."""

    def options(self, parser: Parser) -> None:
        """Add the command's own options and arguments."""

    def run(self, arguments: argparse.Namespace, context: Context) -> Outcome:
        """Call one workflow and say its outcome."""


def split_command(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the command and the other words; global options may come first.

    Raises ``UnknownCommandError``.
    """
    leading: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        leading.append(word)
        if word in GLOBAL_VALUES and rest:
            leading.append(rest.pop(0))
    if not rest:
        return None, leading
    name = rest.pop(0)
    if not is_command(name):
        raise UnknownCommandError(name)
    return name, leading + rest


def arrange(parser: Parser, words: Sequence[str]) -> list[str]:
    """Put the options for every command first, and a child's own words last.

    Global options may stand anywhere; the words of ``run`` after its command
    belong to that command, whatever they look like.
    """
    own = list(words)
    child: list[str] = []
    if parser.command == "setup.py":
        # It has options of the same names: only what stands before its words is ours.
        while own and own[0] in _BEFORE_SETUP:
            end = 2 if own[0] in GLOBAL_VALUES else 1
            child, own = child + own[:end], own[end:]
        return [*child, "--", *(own[1:] if own[:1] == ["--"] else own)]
    if parser.command == "run":
        valued = {
            text
            for action in parser._actions  # noqa: SLF001 - argparse has no public way
            if action.nargs is None
            for text in action.option_strings
        }
        end = 0
        while end < len(own) and own[end].startswith("-") and own[end] != "--":
            end += 2 if own[end] in valued else 1
        child = own[end:]
        own = own[:end]
        child = ["--", *(child[1:] if child[:1] == ["--"] else child)]
    elif "--" in own:
        cut = own.index("--")
        own, child = own[:cut], own[cut:]
    leading: list[str] = []
    others: list[str] = []
    while own:
        word = own.pop(0)
        if word in GLOBAL_VALUES and own:
            leading += [word, own.pop(0)]
        elif word in GLOBAL_FLAGS or word.split("=")[0] in GLOBAL_VALUES:
            leading.append(_BARE.get(word, word))
        else:
            others.append(_BARE.get(word, word))
    return [*leading, *others, *child]


def command_module(name: str) -> Any:  # noqa: ANN401 - a module, as ``CommandModule`` says
    """Return the module of a command; only this one is loaded."""
    return import_module(f"pysetup.cli.commands.{module_of(name)}")


def before_separator(words: Sequence[str]) -> Sequence[str]:
    """Return the words that are not a child's own."""
    return words[: words.index("--")] if "--" in words else words


def make_parser(
    name: str,
    *,
    prog: str = "",
    description: str | None = None,
    add: Callable[[Parser], None] | None = None,
    call: Callable[[argparse.Namespace, Context], Outcome] | None = None,
) -> Parser:
    """Return the parser of one command; only that command's module is loaded.

    ``prog``, ``description``, ``add`` and ``call`` stand in for what the command has:
    how it is called, its caption, its options, what does it.
    """
    module: CommandModule = command_module(name)
    caption = module.__doc__ if description is None else description
    parser = Parser(prog=prog or f"pysetup {name}", description=caption)
    group = parser.add_argument_group("options for every command")
    group.add_argument(
        "--json",
        nargs="?",
        const="envelope",
        choices=("envelope", "lines"),
        metavar="lines",
        help="print one JSON envelope; with =lines events before it, one a line",
    )
    group.add_argument("-q", "--quiet", action="count", default=0, help="say less")
    group.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    group.add_argument(
        "--offline", action="store_const", const=True, help="use no network"
    )
    group.add_argument("--cache-dir", metavar="DIR", help="where downloads are kept")
    group.add_argument(
        "--config",
        dest="config_file",
        metavar="FILE",
        help="a further configuration file (PYSETUP_CONFIG)",
    )
    group.add_argument(
        "--log",
        metavar="FILE",
        help="add what happens to this file (PYSETUP_LOG)",
    )
    group.add_argument(
        "--no-config",
        action="store_true",
        help="read no configuration file (PYSETUP_NO_CONFIG)",
    )
    group.add_argument(
        "--directory", metavar="DIR", help="act as if started in this folder"
    )
    group.add_argument(
        "--progress",
        choices=("auto", "never", "plain", "json"),
        default="auto",
        help="how to show what goes on (default auto)",
    )
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether to use colour (default auto; NO_COLOR, FORCE_COLOR)",
    )
    parser.set_defaults(call=call or module.run)
    (add or module.options)(parser)
    return parser


def help_of(parser: Parser, words: Sequence[str]) -> str:
    """Return the help of a command or, where one is named, of its sub-command."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to it
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for word in words:
                if word in action.choices:
                    chosen: Parser = action.choices[word]
                    return help_of(chosen, words[words.index(word) + 1 :])
    return parser.format_help()
