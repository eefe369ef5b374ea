"""The one document: show it, change it, check it, convert it to and from any format.

A SOURCE is a project folder, an sdist, a wheel, a built tree, a .dist-info or .egg-info
folder, a file of metadata in any format, the URL of one of these files, NAME==VERSION
of a package index, or the name of something that is installed (for diff, else of its
newest release on the index). Without one it is the current folder.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from functools import partial

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.findings import finding_text, one_line
from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.fields import WRITTEN_VERSIONS
from pysetup.metadata.formats.registry import FORMATS
from pysetup.metadata.purposes import by_purpose, extra_to_group, group_to_extra
from pysetup.metadata.schema import schema_text
from pysetup.standards.jsontext import JSON, parse_json_object, to_json_text
from pysetup.workflows.context import Context
from pysetup.workflows.describing.compare import compare, verify
from pysetup.workflows.describing.convert import (
    convert,
    read_old,
    refuse_losses,
    write_converted,
    write_file,
)
from pysetup.workflows.describing.edit import get_value, set_value
from pysetup.workflows.describing.sources import STDIN, Reading, places_of, read_source
from pysetup.workflows.describing.validate import fix, validate
from pysetup.workflows.isolating.how_to_build import building

_ACTIONS = (
    ("show", "print the document as JSON"),
    ("get", "print one value of the document"),
    ("set", "change one value in pyproject.toml or in a document"),
    ("validate", "name the faults of the document; exit 1 if there is one"),
    ("convert", "write the document in another format"),
    ("diff", "compare two documents; exit 1 if they mean different things"),
    ("verify", "compare METADATA and the others in an artifact with the document"),
    ("schema", "print the JSON Schema of the document"),
)
_MAX_STDIN = 16 * 1024 * 1024 + 1


def options(parser: Parser) -> None:
    """Add the sub-commands of ``metadata``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = {
        name: actions.add_parser(name, help=summary, description=summary)
        for name, summary in _ACTIONS
    }
    made["get"].add_argument("path", metavar="PATH", help="summary, /requires_dist/0")
    made["set"].add_argument("path", metavar="PATH", help="summary, /requires_dist/0")
    made["set"].add_argument(
        "value", metavar="VALUE", help="JSON, or a text; null takes the value away"
    )
    for name in ("show", "get", "set", "validate", "verify"):
        made[name].add_argument("source", nargs="?", default=".", metavar="SOURCE")
    shown = made["show"].add_mutually_exclusive_group()
    shown.add_argument(
        "--origins",
        action="store_true",
        help="print in which file and line each value stands",
    )
    shown.add_argument(
        "--requirements",
        action="store_true",
        help="print what it requires, by purpose: run, build, test, doc, dev",
    )
    _convert_options(made["convert"])
    made["diff"].add_argument("source", metavar="A")
    made["diff"].add_argument("other", metavar="B")
    made["diff"].add_argument(
        "--all", action="store_true", help="tell differences of mere spelling, too"
    )
    made["validate"].add_argument(
        "--all", action="store_true", help="list every fault, not only the first"
    )
    made["validate"].add_argument(
        "--fix", action="store_true", help="repair what is safe (PEP 639, 753, 794)"
    )
    made["schema"].add_argument(
        "-o", "--output", metavar="FILE", help="write it to this file"
    )
    for name in ("show", "get", "validate", "convert", "diff", "verify"):
        add_environment_options(made[name])
    for name in ("show", "get", "convert", "diff"):
        add_build_options(made[name])
        add_index_options(made[name])


def _convert_options(parser: Parser) -> None:
    written = [one.name for one in FORMATS.values() if one.is_written or one.translate]
    parser.add_argument(
        "--to", required=True, metavar="FORMAT", help=f"one of {', '.join(written)}"
    )
    others = [name for name in FORMATS if name not in written]
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="FORMAT",
        help=f"the format of SOURCE, where it is not seen; also {', '.join(others)}",
    )
    parser.add_argument(
        "source",
        nargs="?",
        default=".",
        metavar="SOURCE",
        help="what to convert; - is standard input",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to this file")
    parser.add_argument(
        "--lossy",
        choices=("report", "refuse"),
        default="report",
        help="what to do if the format cannot carry everything",
    )
    parser.add_argument(
        "--metadata-version",
        choices=WRITTEN_VERSIONS,
        help="for --to metadata; 2.1 or later if not given",
    )
    for option, kind, other in (
        ("--extra-to-group", "extra", "dependency group"),
        ("--group-to-extra", "dependency group", "extra"),
    ):
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAME",
            help=f"write this {kind} as the {other} of its name",
        )
    parser.add_argument("--name", help="for a SOURCE that states none")
    parser.add_argument("--version", help="for a SOURCE that states none")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Run the chosen action."""
    if arguments.action == "schema":
        return _schema(arguments, context)
    with _reading(arguments, context) as reading:
        outcome: Outcome = _RUN[arguments.action](arguments, reading)
    return outcome


@contextlib.contextmanager
def _reading(arguments: argparse.Namespace, context: Context) -> Iterator[Reading]:
    """Give what reading a source may use: it builds only where these options stand."""
    has_environment = hasattr(arguments, "env")
    given: dict[str, JSON] = {
        key: value
        for key in ("name", "version")
        if (value := getattr(arguments, key, None)) is not None
    }
    with building(
        context,
        isolation=getattr(arguments, "isolation", True),
        settings=config_settings(getattr(arguments, "config_settings", [])),
    ) as how:
        yield Reading(
            context=context,
            building=how,
            environment=partial(chosen_environment, arguments, context)
            if has_environment
            else None,
            stdin=lambda: sys.stdin.buffer.read(_MAX_STDIN),
            given=given,
            change=partial(_regrouped, arguments),
        )


def _show(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    found = read_source(arguments.source, reading)
    metadata = found.metadata
    if arguments.origins:
        origins = places_of(found)
        lines = [f"{one}  {', '.join(where)}\n" for one, where in origins.items()]
        result: dict[str, JSON] = {one: list(where) for one, where in origins.items()}
        return Outcome(result, "".join(lines))
    if arguments.requirements:
        wanted = by_purpose(metadata)
        lines = [f"{one}: {text}\n" for one, texts in wanted.items() for text in texts]
        return Outcome(
            {one: list(texts) for one, texts in wanted.items()}, "".join(lines)
        )
    return Outcome(metadata.to_dict(), metadata.to_json().decode())


def _get(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    value = get_value(arguments.path, arguments.source, reading)
    text = to_json_text(value)
    if isinstance(value, str):
        text = value if value.endswith("\n") else f"{value}\n"
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = "".join(f"{item}\n" for item in value)
    return Outcome(value, text)


def _set(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    change = set_value(arguments.path, arguments.value, arguments.source, reading)
    before, after = one_line(change.before), one_line(change.after)
    return Outcome(
        change.to_json(), f"{change.file}: {change.pointer}: {before} -> {after}\n"
    )


def _validate(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    check = fix if arguments.fix else validate
    findings = check(arguments.source, reading)
    told = findings.found if arguments.all else findings.found[:1]
    more = len(findings.found) - len(told)
    lines = [f"fixed: {step.pointer} {step.message}\n" for step in findings.fixed]
    lines += [finding_text(one) for one in told]
    if more:
        lines.append(f"and {more} more:  pysetup metadata validate --all\n")
    if findings.computed:
        names = ", ".join(findings.computed)
        reading.context.tell(f"not looked at, since a build gives it: {names}")
    if not findings.found:
        lines.append("The document is valid.\n")
    return Outcome(
        {
            "valid": findings.valid,
            "problems": [one.to_json() for one in told],
            "more": more,
            "fixed": [step.to_json() for step in findings.fixed],
            "computed": list(findings.computed),
        },
        "".join(lines),
        exit_code=0 if findings.valid else 1,
    )


def _convert(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    context = reading.context
    stdout = arguments.output in (None, STDIN)
    path = None if stdout else context.path(arguments.output)
    converted = convert(
        arguments.source,
        reading,
        to=arguments.to,
        from_=arguments.from_,
        metadata_version=arguments.metadata_version,
        update=read_old(path, to=arguments.to) if path else None,
    )
    if arguments.lossy == "refuse":
        refuse_losses(converted)
    for loss in converted.losses:
        context.tell(f"lost: {loss.pointer} ({loss.reason})")
    if converted.computed:
        names = ", ".join(converted.computed)
        context.tell(f"left out, since a build gives it: {names}")
    if path is None:
        return Outcome(converted.to_json(), content=converted.printed())
    write_converted(converted, path)
    result = {**converted.to_json(), "content": None, "files": {}, "output": str(path)}
    return Outcome(result, f"{arguments.output}\n")


def _regrouped(arguments: argparse.Namespace, metadata: Metadata) -> Metadata:
    for name in getattr(arguments, "extra_to_group", ()):
        metadata = extra_to_group(metadata, name)
    for name in getattr(arguments, "group_to_extra", ()):
        metadata = group_to_extra(metadata, name)
    return metadata


def _diff(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    found = compare(arguments.source, arguments.other, reading)
    signs = {"added": "+", "removed": "-", "changed": "~"}
    lines = []
    for one in found.differences:
        if one.spelling and not arguments.all:
            continue
        before, after = one_line(one.before), one_line(one.after)
        told = {"added": after, "removed": before}.get(one.kind, f"{before} -> {after}")
        sign = "=" if one.spelling else signs[one.kind]
        lines.append(f"{sign} {one.pointer}  {told}\n")
    if found.not_compared:
        names = ", ".join(found.not_compared)
        reading.context.tell(f"not compared, since one side has no document: {names}")
    result = found.to_json()
    if not arguments.all:
        result["differences"] = [
            one.to_json() for one in found.differences if not one.spelling
        ]
    return Outcome(
        result,
        "".join(lines) or "Both documents mean the same.\n",
        exit_code=0 if found.equal else 1,
    )


def _verify(arguments: argparse.Namespace, reading: Reading) -> Outcome:
    found = verify(arguments.source, reading)
    problems, digest = found.differences, str(found.metadata.digest())
    lines = [f"{one.rule}: {one.pointer} {one.message}\n" for one in problems]
    agreeing = [name for name in found.files if name != DOCUMENT_NAME]
    same = ", ".join(agreeing) or "nothing else there"
    return Outcome(
        {
            "digest": digest,
            "files": list(found.files),
            "differences": [problem.to_json() for problem in problems],
        },
        "".join(lines) or f"{DOCUMENT_NAME} ({digest}) = {same}\n",
        exit_code=5 if problems else 0,
    )


def _schema(arguments: argparse.Namespace, context: Context) -> Outcome:
    text = schema_text()
    if arguments.output in (None, STDIN):
        return Outcome(parse_json_object(text, source="schema"), text)
    path = context.path(arguments.output)
    write_file(path, text.encode())
    return Outcome({"output": str(path)}, f"{path}\n")


_RUN = {
    "show": _show,
    "get": _get,
    "set": _set,
    "validate": _validate,
    "convert": _convert,
    "diff": _diff,
    "verify": _verify,
}
