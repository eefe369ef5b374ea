"""The words of a setup.py command line, and the words of ours that they come to."""

import getopt
from collections.abc import Sequence

from pysetup.cli.parser import BadArgumentsError
from pysetup.cli.setup_rows import (
    CLEAN,
    COMMANDS,
    IN_PLACE,
    MADE,
    NAME,
    STEM,
    Done,
    Ignored,
    Meaning,
    OfFormat,
    Only,
    Pass,
    Refused,
    Row,
    Turn,
)
from pysetup.errors import UsageError
from pysetup.metadata.problems import did_you_mean
from pysetup.values import dataclass, field
from pysetup.workflows.describing.setup_queries import QUERIES

_COMMAND = "setup.py"
_GLOBAL = {
    "verbose": "v",
    "quiet": "q",
    "dry-run": "n",
    "help": "h",
    "no-user-cfg": "",
    "command-packages=": "",
    "help-commands": "",
}


class UnknownSetupCommandError(UsageError):
    """No setup.py of distutils or setuptools has a command of that name.

    ``pysetup setup.py --help-commands`` lists all that are known, with what does
    their work. A command that the setup.py of a project defines for itself is run by
    its own tool; pysetup never runs a setup.py for it.
    """

    code = "PS2780"

    def __init__(self, word: str) -> None:
        near = did_you_mean(word, COMMANDS)
        super().__init__(
            f"{word[:60]!r} is no command of setup.py",
            hints=(near or "see  pysetup setup.py --help-commands",),
        )


class ReplacedError(UsageError):
    """A command or an option of setup.py is not followed, and something else is.

    The hint says what to do instead. Nothing has been run.
    """

    code = "PS2781"

    def __init__(self, words: str, instead: str) -> None:
        super().__init__(f"setup.py {words} is not followed", hints=(instead,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of ours: its words, and what is said before it runs."""

    words: tuple[str, ...]
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupLine:
    """What a command line comes to.

    ``queries`` are answered, then ``steps`` are run; with ``dry_run`` they are shown.
    """

    queries: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    dry_run: bool = False
    quiet: bool = False
    help: bool = False


@dataclass(slots=True)
class _Making:
    """The words of one step while its options are read."""

    words: list[str]
    told: list[str] = field(default_factory=list)


def parse_setup_line(words: Sequence[str]) -> SetupLine:
    """Read what stood after ``setup.py``.

    Raises ``BadArgumentsError``, ``UnknownSetupCommandError`` and ``ReplacedError``:
    nothing is run of a line that cannot be followed to its end.
    """
    shorts = "".join(_GLOBAL.values())
    found, rest = _getopt(words, shorts, [*_GLOBAL, *QUERIES], "")
    names = [name.lstrip("-") for name, _ in found]
    line = SetupLine(
        queries=tuple(name for name in names if name in QUERIES),
        dry_run=bool({"n", "dry-run"} & {*names}),
        quiet=bool({"q", "quiet"} & {*names}),
        help=bool({"h", "help", "help-commands"} & {*names}),
    )
    if "command-packages" in names:
        raise ReplacedError("--command-packages", "run such commands by their own tool")
    if line.help or line.queries:
        # As ever: what else stands there is not run.
        return line
    steps: list[Step] = []
    while rest:
        step, rest, asks_help = _parse_command(rest)
        if asks_help:
            return SetupLine(help=True)
        if MADE in step.words and not steps:
            raise ReplacedError(
                step.words[0].replace("publish", "upload") + " alone",
                "make and upload in one line, or:  pysetup publish dist/*",
            )
        steps.append(step)
    if not steps:
        raise BadArgumentsError(_COMMAND, "no command was given")
    return SetupLine(steps=tuple(steps), dry_run=line.dry_run, quiet=line.quiet)


def _parse_command(words: list[str]) -> tuple[Step, list[str], bool]:
    """Return the step of the first command, the words after it, and a cry for help."""
    name, rest = words[0], words[1:]
    row = _row(name)
    if isinstance(row, Refused):
        raise ReplacedError(name, row.instead)
    shorts, longs, meanings = _options(row)
    found, rest = _getopt(rest, shorts, longs, name)
    making = _Making([*row.words], [row.told] if row.told else [])
    for option, value in found:
        if option in ("-h", "--help"):
            return Step(words=()), [], True
        _apply(meanings[option.lstrip("-")], value, f"{name} {option}", making)
    if row.takes_rest:
        making.words += rest
        rest = []
    return Step(words=tuple(making.words), told=tuple(making.told)), rest, False


def _row(name: str) -> Row:
    """Return what has become of a command; raises ``UnknownSetupCommandError``."""
    row = COMMANDS.get(name)
    if row is None and name.startswith("bdist_"):
        # One of a plug-in: it tells itself if there is none of that name.
        return Done((name,), {"dist-dir=/d": Pass("--outdir")})
    if row is None:
        raise UnknownSetupCommandError(name)
    return row


def _options(row: Done) -> tuple[str, list[str], dict[str, Meaning]]:
    """Return short and long options for ``getopt``, and what each of them means."""
    shorts, longs = "h", ["help"]
    meanings: dict[str, Meaning] = {}
    for spelled, meaning in row.options.items():
        long, _, short = spelled.partition("/")
        longs.append(long)
        meanings[long.rstrip("=")] = meaning
        if short:
            shorts += short + (":" if long.endswith("=") else "")
            meanings[short] = meaning
    return shorts, longs, meanings


def _apply(meaning: Meaning, value: str, words: str, making: _Making) -> None:
    match meaning:
        case Refused(instead):
            raise ReplacedError(words, instead)
        case Only(values, instead):
            others = [one for one in value.split(",") if one.strip() not in values]
            if isinstance(COMMANDS.get(f"bdist_{value}"), Done):
                making.words[0] = f"bdist_{value}"
            elif others:
                raise ReplacedError(f"{words}={others[0]}", instead)
        case Ignored(why):
            making.told.append(f"{words} changes nothing: {why}")
        case Turn(turned):
            making.words[:] = turned
        case Pass(option):
            _pass(option, value, making)
        case OfFormat(name, fixed):
            making.words[1:1] = ["--option", f"{name}={value or fixed}"]


def _pass(option: str, value: str, making: _Making) -> None:
    if option == "--output":
        value = f"{value.rstrip('/')}/{STEM}.egg-info"
    if option in making.words:
        place = making.words.index(option)
        making.words[place + 1 : place + 2] = [value]
    else:
        making.words[1:1] = [option, value] if value else [option]


def _getopt(
    words: Sequence[str], shorts: str, longs: Sequence[str], command: str
) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        return getopt.getopt(list(words), shorts, list(longs))
    except getopt.GetoptError as error:
        title = f"{_COMMAND} {command}".strip()
        raise BadArgumentsError(_COMMAND, f"{title}: {error.msg}") from None


def map_text() -> str:
    """Return the whole map, one line a command."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{_summary(_row(name))}" for name in COMMANDS]
    return "\n".join(
        [
            "usage: pysetup setup.py [-n] [-q] COMMAND [OPTIONS] [COMMAND ...]",
            "       pysetup setup.py --name --version ...",
            "",
            "What the commands of a setup.py have become; setup.py itself is not run.",
            "",
            *lines,
            "",
            "Queries, answered from the document:",
            "  " + "  ".join(f"--{name}" for name in QUERIES),
            "",
            "-n shows the commands of pysetup that would be run.",
            "",
        ]
    )


def _summary(row: Done | Refused) -> str:
    if isinstance(row, Refused):
        return f"({row.instead})"
    words = {IN_PLACE: "builds compiled modules beside their packages"}
    if row.words == (CLEAN,):
        return "removes what builds have left (--all: build/ and .egg-info, too)"
    shown = " ".join(row.words).replace(STEM, "NAME").replace(NAME, "NAME")
    return f"pysetup {shown.replace('{made}', 'FILE...')}" if shown else words[IN_PLACE]
