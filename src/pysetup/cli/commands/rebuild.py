"""Rebuild a wheel or an sdist from its source, as it was built, and compare the two.

A wheel comes from the sdist beside it, else from that of the index; an sdist comes from
the folder that --from names. Two files with --compare are compared as they are.
"""

import argparse
from pathlib import Path

from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import shown
from pysetup.interchange.comparison import (
    DIFFERENT,
    IDENTICAL,
    ArchiveComparison,
    FileDifference,
)
from pysetup.late import tempfile
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.rebuild import Means, Rebuilt, compare_files, rebuild


def options(parser: Parser) -> None:
    """Add the options of ``rebuild``."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="name every difference and its cause; exit code 1 if a file differs",
    )
    parser.add_argument(
        "--from", dest="source", metavar="SDIST|DIR", help="what it is rebuilt from"
    )
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where the rebuilt archive goes (default: rebuilt; with --compare it is "
        "not kept)",
    )
    group = parser.add_argument_group("interpreter")
    group.add_argument(
        "--python", metavar="PY", help="rebuild with this Python (default: as its tags)"
    )
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Rebuild and compare, do one of both, or compare two files."""
    paths = [context.path(name) for name in arguments.files]
    if len(paths) > 1:
        return _compare_two(arguments, paths)
    if arguments.outdir or not arguments.compare:
        into = context.path(arguments.outdir or "rebuilt")
        return _rebuilt(arguments, paths[0], into, context)
    with tempfile.TemporaryDirectory(prefix="pysetup-rebuilt-") as folder:
        return _rebuilt(arguments, paths[0], Path(folder), context)


def _compare_two(arguments: argparse.Namespace, paths: list[Path]) -> Outcome:
    if len(paths) > 2 or not arguments.compare:  # noqa: PLR2004 - one and the other
        raise BadArgumentsError("rebuild", "give one FILE, or two with --compare")
    if arguments.source or arguments.outdir or arguments.python:
        reason = "two files are compared as they are, without a build"
        raise BadArgumentsError("rebuild", reason)
    return _compared({}, compare_files(*paths), "")


def _rebuilt(
    arguments: argparse.Namespace, original: Path, into: Path, context: Context
) -> Outcome:
    report = rebuild(
        original,
        into=into,
        context=context,
        source=context.path(arguments.source) if arguments.source else None,
        means=Means(
            python=arguments.python,
            isolation=arguments.isolation,
            settings=config_settings(arguments.config_settings),
        ),
    )
    if not arguments.compare:
        return Outcome(report.to_json(), f"{shown(report.made, context)}\n")
    told = _how(report)
    return _compared(report.to_json(), compare_files(original, report.made), told)


def _compared(result: dict[str, JSON], found: ArchiveComparison, told: str) -> Outcome:
    return Outcome(
        {**result, "comparison": found.to_json()},
        told + comparison_text(found),
        exit_code=1 if found.verdict == DIFFERENT else 0,
    )


def _how(report: Rebuilt) -> str:
    means = "what is current" if report.isolated else "what is installed"
    if report.locked:
        means = f"its build lock for {report.locked}"
    elif report.pins:
        means = ", ".join(report.pins)
    return (
        f"rebuilt {report.original.name}\n"
        f"  from   {Path(report.source).name}\n"
        f"  with   {means}\n"
        f"  Python {report.python}\n"
    )


def comparison_text(found: ArchiveComparison) -> str:
    """Return the verdict, then every file that differs with the class of it."""
    if found.verdict == IDENTICAL:
        return f"bit-identical: {found.one.hash}\n"
    around = ", ".join(found.envelope_keys)
    if found.verdict != DIFFERENT:
        return f"same content; the envelope differs: {around}\n"
    count = len(found.differing)
    lines = [f"differs: {count} file{'s' if count > 1 else ''}"]
    for one in found.differing:
        lines += _file_lines(one)
    if around:
        lines.append(f"the envelope differs, too: {around}")
    return "".join(f"{line}\n" for line in lines)


def _file_lines(one: FileDifference) -> list[str]:
    return [
        f"  {one.kind:<9} {one.path}",
        *(
            f"            {change.kind} {change.pointer}"
            for change in one.metadata
            if not change.spelling
        ),
    ]
