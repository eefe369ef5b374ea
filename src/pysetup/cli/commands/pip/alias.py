"""``pysetup pip``: pip's words for our commands, and pip's shapes for their answers."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

from pysetup.cli.commands.pip import cache, configuration, shapes
from pysetup.cli.options import add_network_options
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser, make_parser
from pysetup.cli.pip_options import add_pip_options
from pysetup.cli.table import COMMANDS as TABLE
from pysetup.errors import AnswerError
from pysetup.values import dataclass
from pysetup.workflows.context import Context

SUMMARIES = {name: told for _, rows in TABLE for name, _, told in rows}
Call = Callable[[argparse.Namespace, Context], Outcome]

# pip's options before the command that take a value.
_VALUED = (
    *("--python", "--log", "--log-file", "--keyring-provider", "--proxy"),
    *("--retries", "--timeout", "--default-timeout", "--exists-action"),
    *("--trusted-host", "--cert", "--client-cert", "--cache-dir"),
    *("--use-feature", "--use-deprecated", "--resume-retries", "--progress"),
)


class UnknownPipCommandError(AnswerError):
    """``pysetup pip`` does not know a command of that name.

    ``pysetup pip --help`` lists those that it has.
    """

    code = "PS1304"

    def __init__(self, word: str) -> None:
        super().__init__(
            f'unknown command "{word[:60]}"', hints=("see  pysetup pip --help",)
        )


@dataclass(frozen=True, slots=True)
class PipCommand:
    """One command of pip: what it is here, and how it answers.

    ``name`` is the command of ours whose options it has, unless ``add`` adds others;
    ``call`` does it, by default what does ours; ``is_bare`` says that it has no options
    of the network yet.
    """

    name: str
    call: Call | None = None
    add: Callable[[Parser], None] | None = None
    is_bare: bool = True
    has_pip_options: bool = True


COMMANDS = {
    "install": PipCommand("install", shapes.install, is_bare=False),
    "lock": PipCommand("lock", is_bare=False, has_pip_options=False),
    "download": PipCommand("download", is_bare=False, has_pip_options=False),
    "uninstall": PipCommand("uninstall", shapes.uninstall),
    "freeze": PipCommand("freeze", shapes.freeze, shapes.add_freeze),
    "inspect": PipCommand("inspect"),
    "list": PipCommand("list", shapes.list_, is_bare=False),
    "show": PipCommand("show", shapes.show, shapes.add_show),
    "check": PipCommand("check", shapes.check, shapes.add_environment),
    "config": PipCommand("config", configuration.run, configuration.options),
    "cache": PipCommand("cache", cache.run, cache.options),
    "index": PipCommand(
        "index", shapes.index_versions, shapes.add_index, is_bare=False
    ),
    "wheel": PipCommand("wheel", is_bare=False),
    "hash": PipCommand("hash"),
    "completion": PipCommand("completion", shapes.completion, shapes.add_completion),
}


def parser_for(words: Sequence[str]) -> tuple[Parser, list[str]]:
    """Return the parser of the pip command in ``words``, and the words for it.

    Options may stand before the command. Raises ``UnknownPipCommandError``.
    """
    leading: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-"):
        leading.append(rest.pop(0))
        if leading[-1] in _VALUED and rest:
            leading.append(rest.pop(0))
    if rest[:1] == ["help"] and len(rest) > 1:
        rest = [rest[1], "--help"]
    if not rest or rest == ["help"]:
        return _no_command(leading)
    name = rest.pop(0)
    if name not in COMMANDS:
        raise UnknownPipCommandError(name)
    command = COMMANDS[name]
    parser = make_parser(
        command.name,
        prog=f"pysetup pip {name}",
        add=partial(_add, command) if command.add else None,
        call=command.call,
    )
    if command.is_bare:
        add_network_options(parser)
    _add_general(parser)
    words = [*leading, *rest]
    if name == "index":
        words = [shapes.PIP_JSON if word == "--json" else word for word in words]
    return parser, words


def _add(command: PipCommand, parser: Parser) -> None:
    assert command.add is not None, "only then is it called"
    command.add(parser)
    if command.name != "index":
        add_pip_options(parser)


def _add_general(parser: Parser) -> None:
    """Add pip's options that our commands do not have, where they are not there."""
    known = {text for action in parser._actions for text in action.option_strings}  # noqa: SLF001 - argparse has no public way
    group = parser.add_argument_group("as pip has them everywhere")
    for option, metavar, told in (
        ("--python", "PY", "no effect on this command"),
        ("--exists-action", "ACTION", "no effect: nothing asks what to do"),
        ("--disable-pip-version-check", "", "no effect: no newer one is looked for"),
        ("--no-input", "", "no effect: nothing asks"),
        ("--isolated", "", "no variables that configure, no files of the user's"),
        ("--no-color", "", "no effect on this command"),
    ):
        if option in known:
            continue
        if metavar:
            group.add_argument(option, metavar=metavar, help=told)
        else:
            group.add_argument(option, action="store_true", help=told)


def _no_command(leading: list[str]) -> tuple[Parser, list[str]]:
    """Answer ``--version``, ``--help`` and nothing at all."""
    wants_version = "--version" in leading or "-V" in leading
    call = shapes.version if wants_version else _help
    parser = make_parser("pip", call=call, add=_add_nothing)
    left_out = ("--version", "-V", "-h", "--help")
    return parser, [word for word in leading if word not in left_out]


def _add_nothing(parser: Parser) -> None:
    del parser


def _help(arguments: argparse.Namespace, context: Context) -> Outcome:
    del arguments, context
    return Outcome({"help": help_text()}, help_text())


def help_text() -> str:
    """Return the commands of pip that there are."""
    width = max(map(len, COMMANDS)) + 2
    told = {"index": "ask the configured indexes"}
    lines = ["usage: pysetup pip COMMAND [OPTIONS] [ARGUMENTS]", "", "Commands"]
    lines += [
        f"  {name:<{width}}{told.get(name) or SUMMARIES[command.name]}"
        for name, command in COMMANDS.items()
    ]
    return "\n".join([*lines, ""])


def options(parser: Parser) -> None:
    """Add what stands for the words, which ``parser_for`` reads."""
    parser.add_argument("words", nargs="*", metavar="COMMAND ...")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Tell which commands there are."""
    return _help(arguments, context)
