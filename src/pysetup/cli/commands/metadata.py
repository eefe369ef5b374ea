"""The one document: show it, validate it, verify that its projections agree.

A source is a project folder, an sdist, a wheel, a built tree, a file of metadata, or
the name of something that is installed.
"""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.options import (
    add_build_options,
    add_environment_options,
    add_index_options,
    chosen_environment,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.projections import find_differences
from pysetup.metadata.schema import find_problems, schema_text
from pysetup.standards.jsontext import parse_json_object
from pysetup.workflows.context import Context
from pysetup.workflows.documents import (
    NoDocumentError,
    metadata_files,
    read_any,
)
from pysetup.workflows.inspect import find_installed
from pysetup.workflows.isolation import building


def options(parser: Parser) -> None:
    """Add the sub-commands of ``metadata``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary in (
        ("show", "print the document as JSON"),
        ("validate", "name every fault of the document; exit 1 if there is one"),
        ("verify", "compare METADATA and the others in an artifact with the document"),
    ):
        action = actions.add_parser(name, help=summary, description=summary)
        action.add_argument("source", nargs="?", default=".", metavar="SOURCE")
        add_environment_options(action)
        if name != "verify":
            add_build_options(action)
            add_index_options(action)
    schema = actions.add_parser("schema", help="print the JSON Schema of the document")
    schema.add_argument("-o", "--output", metavar="FILE", help="write it to this file")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Run the chosen action."""
    if arguments.action == "schema":
        return _schema(arguments, context)
    if arguments.action == "verify":
        return _verify(arguments, context)
    metadata = _read(arguments, context)
    if arguments.action == "show":
        return Outcome(metadata.to_dict(), metadata.to_json().decode())
    problems = find_problems(metadata.to_dict())
    lines = [
        f"{problem.severity}: {problem.pointer or '/'} {problem.message}\n"
        + (f"  help: {problem.hint}\n" if problem.hint else "")
        for problem in problems
    ]
    faulty = any(problem.severity == "error" for problem in problems)
    return Outcome(
        {"problems": [problem.to_json() for problem in problems]},
        "".join(lines) or "The document is valid.\n",
        exit_code=1 if faulty else 0,
    )


def _read(arguments: argparse.Namespace, context: Context) -> Metadata:
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        return read_any(
            arguments.source,
            context=context,
            building=how,
            environment=_environment(arguments, context),
        )


def _environment(arguments: argparse.Namespace, context: Context) -> Environment | None:
    """Return where an installed name is looked up; a path needs no environment."""
    if context.path(arguments.source).exists():
        return None
    return chosen_environment(arguments, context)


def _verify(arguments: argparse.Namespace, context: Context) -> Outcome:
    place = context.path(arguments.source)
    if not place.exists():
        environment = chosen_environment(arguments, context)
        (found,) = find_installed(
            [arguments.source], environment=environment, context=context
        )
        place = context.path(found.info_dir)
    files = metadata_files(place)
    if DOCUMENT_NAME not in files:
        raise NoDocumentError(arguments.source, f"it holds no {DOCUMENT_NAME}")
    metadata = Metadata.from_json(files[DOCUMENT_NAME], source=place.name)
    problems = find_differences(metadata, files)
    lines = [f"{one.rule}: {one.pointer} {one.message}\n" for one in problems]
    agreeing = ", ".join(sorted(set(files) - {DOCUMENT_NAME})) or "nothing else there"
    return Outcome(
        {
            "digest": str(metadata.digest()),
            "files": sorted(files),
            "differences": [problem.to_json() for problem in problems],
        },
        "".join(lines) or f"{DOCUMENT_NAME} ({metadata.digest()}) = {agreeing}\n",
        exit_code=5 if problems else 0,
    )


def _schema(arguments: argparse.Namespace, context: Context) -> Outcome:
    text = schema_text()
    if not arguments.output:
        return Outcome(parse_json_object(text, source="schema"), text)
    path = context.path(arguments.output)
    path.write_text(text, encoding="utf-8")
    return Outcome({"output": str(path)}, f"{path}\n")
