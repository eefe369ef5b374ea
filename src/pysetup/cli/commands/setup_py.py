"""Do what the commands and queries of a setup.py did, without running it.

The words are those of distutils and setuptools; what is not followed says what to do
instead. Options of pysetup itself come first.
"""

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser, arrange, make_parser
from pysetup.cli.setup_rows import CLEAN, IN_PLACE, MADE, NAME, STEM
from pysetup.cli.setup_words import Step, map_text, parse_setup_line
from pysetup.cli.shown import shown
from pysetup.errors import PysetupError
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import filename_name
from pysetup.workflows.building.leftovers import (
    build_in_place,
    find_leftovers,
    find_temporary,
    remove_folders,
)
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.describing.setup_queries import answer_queries, document_for
from pysetup.workflows.isolating.how_to_build import building

_BUILDING = ("sdist", "build", "bdist_wheel", "install", "develop")


def options(parser: Parser) -> None:
    """Add the options of ``setup.py``."""
    parser.add_argument(
        "--no-isolation",
        dest="isolation",
        action="store_false",
        help="build with what the environment has",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="COMMAND|QUERY",
        help="see  pysetup setup.py --help-commands",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Answer the queries, or do the commands in their order, to the first failure."""
    line = parse_setup_line(arguments.words)
    if line.help:
        return Outcome({"help": map_text()}, map_text())
    root = context.path(".").resolve()
    if line.queries:
        with building(context, isolation=arguments.isolation) as how:
            told = answer_queries(
                line.queries, root, context=context, building=lambda: how
            )
        answers: dict[str, JSON] = dict(zip(line.queries, told, strict=True))
        return Outcome(answers, "".join(f"{text}\n" for text in told))
    steps = _filled(line.steps, root, arguments, context)
    if line.dry_run:
        shown_words = [_as_typed(step) for step in steps]
        return Outcome(list(shown_words), "".join(f"{one}\n" for one in shown_words))
    arguments.quiet = arguments.quiet or int(line.quiet)
    return _run_all(steps, arguments, context)


def _as_typed(step: Step) -> str:
    if step.words[0] in (IN_PLACE, CLEAN):
        return f"pysetup setup.py {' '.join(step.words)}"
    return shlex.join(("pysetup", *step.words)).replace(f"'{MADE}'", "FILE...")


def _run_all(
    steps: tuple[Step, ...], arguments: argparse.Namespace, context: Context
) -> Outcome:
    results: list[JSON] = []
    made: list[str] = []
    text = ""
    for step in steps:
        if not arguments.quiet:
            for remark in step.told:
                context.tell(remark)
        try:
            outcome = _run_step(step, made, arguments, context)
        except PysetupError as error:
            told = error.errors or (error,)
            return Outcome(results, text, told[0].exit_code, errors=told)
        results.append({"command": list(step.words), "result": outcome.result})
        made += _locations(outcome.result)
        text += outcome.text
        if outcome.exit_code:
            return Outcome(results, text, outcome.exit_code, errors=outcome.errors)
    return Outcome(results, text)


def _run_step(
    step: Step, made: list[str], arguments: argparse.Namespace, context: Context
) -> Outcome:
    if step.words[0] == IN_PLACE:
        return _build_in_place(arguments, context)
    if step.words[0] == CLEAN:
        return _clean(context, everything="--all" in step.words)
    name, *rest = step.words
    if MADE in rest:
        place = rest.index(MADE)
        rest[place : place + 1] = made
    parser = make_parser(name)
    words = [*_forwarded(name, arguments), *rest]
    own = parser.parse_args(arrange(parser, words))
    surroundings = make_context(
        options=vars(own),
        tell=context.tell,
        observer=context.observer,
        command=context.command,
    )
    outcome: Outcome = own.call(own, surroundings)
    return outcome


def _forwarded(name: str, arguments: argparse.Namespace) -> list[str]:
    """Return the options for every command that were given before the words."""
    words = ["--offline"] if arguments.offline else []
    for option, value in (
        ("--cache-dir", arguments.cache_dir),
        ("--directory", arguments.directory),
    ):
        words += [option, value] if value else []
    words += ["-q"] * arguments.quiet + ["-v"] * arguments.verbose
    if name in _BUILDING and not arguments.isolation:
        words.append("--no-isolation")
    return words


def _filled(
    steps: tuple[Step, ...],
    root: Path,
    arguments: argparse.Namespace,
    context: Context,
) -> tuple[Step, ...]:
    """Put the project's name where a step needs it."""
    if not any(NAME in word or STEM in word for step in steps for word in step.words):
        return steps
    with building(context, isolation=arguments.isolation) as how:
        document = document_for(("name",), root, context=context, building=lambda: how)
    name = str(document["name"])
    values: Mapping[str, str] = {NAME: name, STEM: filename_name(name)}

    def fill(word: str) -> str:
        for placeholder, value in values.items():
            word = word.replace(placeholder, value)
        return word

    return tuple(
        Step(words=tuple(map(fill, step.words)), told=step.told) for step in steps
    )


def _build_in_place(arguments: argparse.Namespace, context: Context) -> Outcome:
    root = context.path(".").resolve()
    with building(context, isolation=arguments.isolation) as how:
        placed = build_in_place(root, context=context, building=how)
    names = [shown(path, context) for path in placed]
    return Outcome(list(names), "".join(f"{name}\n" for name in names))


def _clean(context: Context, *, everything: bool) -> Outcome:
    root = context.path(".").resolve()
    found = find_leftovers(root) if everything else find_temporary(root)
    remove_folders(found, root=root)
    names = [shown(path, context) for path in found]
    return Outcome(list(names), "".join(f"removed {name}\n" for name in names))


def _locations(result: JSON) -> list[str]:
    """Return the archives that a command has made."""
    if isinstance(result, Mapping) and "location" in result and "hash" in result:
        return [str(result["location"])]
    if isinstance(result, list):
        return [path for one in result for path in _locations(one)]
    return []
