"""List what is installed as requirements that would install it again."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.filters import add_filter_options, chosen_filters
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.pip_options import add_pip_options
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.workflows.context import Context
from pysetup.workflows.installing.selection import selected

# What is said before the lines that -r does not order (as pip says it).
_FURTHER = "## The following requirements were added by pip freeze:"


def options(parser: Parser) -> None:
    """Add the options of ``freeze``."""
    add_environment_options(parser)
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="in the order of this file, and with its comments",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="no effect: nothing is left out (pip leaves out itself)",
    )
    add_filter_options(parser)
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List the requirements."""
    environment = chosen_environment(arguments, context)
    _, found = selected(environment, chosen_filters(arguments), context)
    lines = frozen(found)
    if arguments.files:
        lines = list(ordered(lines, arguments.files, context))
    text = "".join(f"{line}\n" for line in lines)
    return Outcome(list(lines), text, environment=described(environment))


def frozen(found: Sequence[InstalledDistribution]) -> list[str]:
    """Return one line for each distribution, sorted by name."""
    lines = [(one.metadata.normalized_name, requirement_line(one)) for one in found]
    return [line for _, line in sorted(lines)]


def requirement_line(distribution: InstalledDistribution) -> str:
    """Return the requirement that would install the distribution again."""
    metadata = distribution.metadata
    if distribution.editable:
        return f"-e {_editable(distribution)}"
    if distribution.direct_url is None:
        return f"{metadata.name}=={metadata.version}"
    return f"{metadata.name} @ {_reference(distribution.direct_url)}"


def _editable(distribution: InstalledDistribution) -> str:
    origin = distribution.direct_url or {}
    if "vcs_info" in origin:
        return f"{_reference(origin)}#egg={distribution.metadata.name}"
    return distribution.location


def ordered(
    lines: Sequence[str], files: Sequence[str], context: Context
) -> Iterator[str]:
    """Yield ``lines`` in the order of requirements files, with what else these say.

    What the files do not name comes last.
    """
    rest = {_name_of(line): line for line in lines}
    for file in files:
        text = context.path(file).read_text(encoding="utf-8")
        for raw in text.splitlines():
            line = raw.strip()
            if not line or (line.startswith(("#", "-")) and not line.startswith("-e")):
                yield line
                continue
            name = _name_of(line.partition(" #")[0])
            if name in rest:
                yield rest.pop(name)
            else:
                context.tell(
                    f"Requirement file [{file}] contains {line}, but package"
                    f" {name!r} is not installed"
                )
    yield _FURTHER
    yield from rest.values()


def _name_of(line: str) -> str:
    try:
        return normalize_name(parse_requirement(line.split(" --", maxsplit=1)[0]).name)
    except InvalidRequirementError:
        return line


def _reference(direct_url: Mapping[str, JSON]) -> str:
    """Return PEP 610's record as a direct reference with its digest."""
    url = str(direct_url.get("url", ""))
    vcs, archive = direct_url.get("vcs_info"), direct_url.get("archive_info")
    fragments = []
    if isinstance(vcs, Mapping):
        url = f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"
    elif isinstance(archive, Mapping):
        hashes = archive.get("hashes")
        for algorithm, digest in hashes.items() if isinstance(hashes, Mapping) else ():
            fragments.append(f"{algorithm}={digest}")
            break
    if direct_url.get("subdirectory"):
        fragments.append(f"subdirectory={direct_url['subdirectory']}")
    return f"{url}#{'&'.join(fragments)}" if fragments else url
