"""Check an environment, or with PATH everything that can be wrong before publishing.

Without PATH it names the requirements of what is installed that do not hold. A PATH is
an sdist, a wheel, a folder of these, a folder in wheel layout, or a project, whose
document is checked and whose sdist and wheel are built and checked.
"""

import argparse
from collections.abc import Iterable, Iterator

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described, shown
from pysetup.interchange.findings import ArchiveFinding
from pysetup.workflows.building.check import CheckReport
from pysetup.workflows.check import check_path
from pysetup.workflows.context import Context
from pysetup.workflows.describing.sources import Reading
from pysetup.workflows.installing.inspect import check_requirements, read_environment
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.stale import tell_stale

# How many places of one rule are listed for people; JSON has them all.
_SHOWN = 5


def options(parser: Parser) -> None:
    """Add the options of ``check``."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="sdist, wheel, folder or project"
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit 1 for warnings, too"
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULE",
        help="leave a rule out, by its name or check-wheel-contents' code",
    )
    add_environment_options(parser)
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Check what was named; exit code 1 if something is wrong."""
    if arguments.paths:
        return _check_paths(arguments, context)
    return _check_environment(arguments, context)


def _check_environment(arguments: argparse.Namespace, context: Context) -> Outcome:
    environment = chosen_environment(arguments, context)
    tell_stale(environment, context)
    database = read_environment(environment, context)
    broken = check_requirements(database, environment)
    text = "".join(f"{one}\n" for one in broken) or "No broken requirements.\n"
    return Outcome(
        {"broken": [one.to_json() for one in broken]},
        text,
        exit_code=1 if broken else 0,
        environment=described(environment),
    )


def _check_paths(arguments: argparse.Namespace, context: Context) -> Outcome:
    ignored = [name for text in arguments.ignore for name in text.split(",")]
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=arguments.python,
    ) as how:
        reports = [
            report.without(ignored)
            for path in arguments.paths
            for report in check_path(
                context.path(path).resolve(), Reading(context=context, building=how)
            )
        ]
    bad = sum(
        len(report.findings) if arguments.strict else report.errors
        for report in reports
    )
    lines = [line for one in reports for line in _report_lines(one, context)]
    return Outcome(
        {"checked": [one.to_json() for one in reports], "ok": not bad},
        "".join(f"{line}\n" for line in lines),
        exit_code=1 if bad else 0,
    )


def _report_lines(report: CheckReport, context: Context) -> Iterator[str]:
    errors, warnings = report.errors, len(report.findings) - report.errors
    counts = [
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    place = shown(report.path, context)
    yield f"{place} ({report.kind}): {', '.join(counts) or 'nothing found'}"
    groups: dict[tuple[str, str], list[ArchiveFinding]] = {}
    for one in report.findings:
        groups.setdefault((one.severity, one.rule), []).append(one)
    for found in groups.values():
        yield from _group_lines(found)


def _group_lines(found: list[ArchiveFinding]) -> Iterable[str]:
    first = found[0]
    clause = f" ({first.clause})" if first.clause else ""
    yield f"  {first.severity}: {first.rule}{clause}"
    for one in found[:_SHOWN]:
        yield f"    {one.member}: {one.message}" if one.member else f"    {one.message}"
    if len(found) > _SHOWN:
        yield f"    and {len(found) - _SHOWN} more"
    if first.hint:
        yield f"    help: {first.hint}"
