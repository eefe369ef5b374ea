"""What pip prints, word for word where programs read it."""

import argparse
import json
import os
import sys
from collections.abc import Collection, Sequence

import pysetup
from pysetup import __version__
from pysetup.cli.commands import completion as completion_command
from pysetup.cli.commands import freeze as freeze_command
from pysetup.cli.commands import index as index_command
from pysetup.cli.commands import install as install_command
from pysetup.cli.commands import list as list_command
from pysetup.cli.commands import uninstall as uninstall_command
from pysetup.cli.commands.completion import SHELLS
from pysetup.cli.environments import (
    add_environment_options,
    chosen_environment,
    chosen_place,
)
from pysetup.cli.filters import add_filter_options, chosen_filters
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import marker_holds
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import (
    check_requirements,
    read_environment,
    required_by,
)
from pysetup.workflows.installing.repositories import editable_requirement
from pysetup.workflows.installing.selection import selected

# What pip's freeze leaves out without --all; on Python 3.12 and later itself alone.
_TOOLS = frozenset(("pip", "setuptools", "wheel", "distribute"))
_WITHOUT_SETUPTOOLS = (3, 12)
# What pip's own --json becomes, which is no envelope.
PIP_JSON = "--pip-json"


def version(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Print what ``pip --version`` does, of ourselves."""
    del arguments, context
    place = os.path.dirname(pysetup.__file__)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    text = f"pysetup {__version__} from {place} (python {python})\n"
    return Outcome({"version": __version__}, text)


def install(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Install; say what was, as pip does."""
    outcome = install_command.run(arguments, context)
    result = outcome.result
    if arguments.report == "-" or not isinstance(result, dict):
        return outcome
    named = [
        f"{one['name']}-{one['version']}"
        for key in ("installed", "upgraded")
        for one in _rows(result.get(key))
    ]
    named.sort(key=str.lower)
    verb = "Would install" if arguments.dry_run else "Successfully installed"
    text = f"{verb} {' '.join(named)}\n" if named and not arguments.quiet else ""
    return replace(outcome, text=text, changes=None)


def uninstall(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Uninstall what is there; what is not is told, and no failure."""
    names = uninstall_command.asked_names(arguments, context)
    database = read_environment(chosen_place(arguments, context), context)
    there = [name for name in names if database.find(name) is not None]
    for name in names:
        if name not in there:
            context.tell(f"WARNING: Skipping {name} as it is not installed.")
    if not there:
        return Outcome({"removed": []})
    arguments.names, arguments.files = there, []
    outcome = uninstall_command.run(arguments, context)
    result = outcome.result if isinstance(outcome.result, dict) else {}
    text = ""
    removed = [] if arguments.quiet else _rows(result.get("removed"))
    for one in removed:
        named = f"{one['name']}-{one['version']}"
        text += f"Found existing installation: {one['name']} {one['version']}\n"
        text += f"Uninstalling {named}:\n"
        if not arguments.dry_run:
            text += f"  Successfully uninstalled {named}\n"
    return replace(outcome, text=text, changes=None)


def _rows(value: JSON) -> list[dict[str, JSON]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [dict(one) for one in value if isinstance(one, dict)]


def list_(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List as columns with a head, as requirements, or as JSON."""
    result, warnings, environment = list_command.listed(arguments, context)
    lines: list[dict[str, JSON]] = [
        {key: value for key, value in row.items() if key in _LIST_KEYS}
        for row in sorted(result, key=lambda row: str(row["name"]).lower())
    ]
    if arguments.format == "json":
        text = json.dumps(lines) + "\n"
    elif arguments.format == "freeze":
        text = list_command.freeze_text(lines)
    else:
        text = _table(lines, outdated=arguments.outdated)
    return Outcome(
        list(lines),
        text,
        warnings=tuple(warnings),
        environment=described(environment),
    )


_LIST_KEYS = (
    "name",
    "version",
    "latest_version",
    "latest_filetype",
    "editable_project_location",
)


def _table(lines: Sequence[dict[str, JSON]], *, outdated: bool) -> str:
    if not lines:
        return ""
    heads = ["Package", "Version"]
    heads += ["Latest", "Type"] if outdated else []
    keys = list(_LIST_KEYS[: len(heads)])
    if any("editable_project_location" in line for line in lines):
        heads.append("Editable project location")
        keys.append("editable_project_location")
    rows = [[str(line.get(key, "")) for key in keys] for line in lines]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    table = [heads, ["-" * width for width in widths], *rows]
    return "".join(
        " ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        + "\n"
        for row in table
    )


def add_freeze(parser: Parser) -> None:
    """Add the options of ``pip freeze``."""
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
        help="also pip, setuptools, wheel and distribute",
    )
    add_filter_options(parser)


def freeze(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List requirements, without the tools that pip leaves out."""
    environment = chosen_environment(arguments, context)
    _, found = selected(environment, chosen_filters(arguments), context)
    python = tuple(
        int(part) for part in environment.markers["python_version"].split(".")
    )
    tools = _TOOLS if python < _WITHOUT_SETUPTOOLS else frozenset(("pip",))
    shown = [
        one
        for one in found
        if arguments.all or one.metadata.normalized_name not in tools
    ]
    lines: list[str] = []
    for one in sorted(shown, key=lambda one: one.metadata.normalized_name):
        if one.editable and "vcs_info" not in (one.direct_url or {}):
            lines += _frozen_editable(one, context)
        else:
            lines.append(freeze_command.requirement_line(one))
    if arguments.files:
        lines = list(freeze_command.ordered(lines, arguments.files, context))
    text = "".join(f"{line}\n" for line in lines)
    return Outcome(list(lines), text, environment=described(environment))


def _frozen_editable(one: InstalledDistribution, context: Context) -> list[str]:
    """Return the lines of an editable project: by its repository, or its folder."""
    name = one.metadata.name
    found = editable_requirement(name, one.location, context)
    if found is not None:
        return [f"-e {found}"]
    told = (
        f"# Editable install with no version control ({name}=={one.metadata.version})"
    )
    return [told, freeze_command.requirement_line(one)]


def add_environment(parser: Parser) -> None:
    """Add the options that name an environment."""
    add_environment_options(parser)


def check(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Tell what does not fit, in pip's sentences."""
    environment = chosen_environment(arguments, context)
    database = read_environment(environment, context)
    broken = check_requirements(database, environment)
    lines = []
    for one in broken:
        told = f"{one.name} {one.version}"
        needed = normalize_name(one.requirement.split(";")[0].split("[")[0].split()[0])
        if one.found:
            lines.append(
                f"{told} has requirement {one.requirement}, but you have {one.found}."
            )
        else:
            lines.append(f"{told} requires {_bare(needed)}, which is not installed.")
    text = "".join(f"{line}\n" for line in lines) or "No broken requirements found.\n"
    return Outcome(
        {"broken": [one.to_json() for one in broken]},
        text,
        exit_code=1 if broken else 0,
        environment=described(environment),
    )


def _bare(requirement: str) -> str:
    end = 0
    while end < len(requirement) and (
        requirement[end].isalnum() or requirement[end] in "._-"
    ):
        end += 1
    return requirement[:end]


def add_show(parser: Parser) -> None:
    """Add the options of ``pip show``."""
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-f", "--files", action="store_true", help="list its files too")
    add_environment_options(parser)


def show(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Show what is installed of the names; exit code 1 if nothing is."""
    if not arguments.names:
        raise BadArgumentsError("pip show", "please name one or more packages")
    environment = chosen_environment(arguments, context)
    database = read_environment(environment, context)
    users = required_by(database, environment)
    texts, results, missing = [], [], []
    for name in arguments.names:
        found = database.find(name)
        if found is None:
            missing.append(normalize_name(name))
            continue
        results.append(found.to_json())
        # What holds here, without extras, in the author's spelling.
        needs = {
            one.name
            for one in found.metadata.requires_dist
            if marker_holds(one.marker, environment.markers)
        }
        lines = _shown(
            found,
            needs,
            users.get(found.metadata.normalized_name, ()),
            verbose=bool(arguments.verbose),
        )
        if arguments.files:
            site = os.path.dirname(found.info_dir)
            paths = [file.path for file in database.files(found)]
            names = sorted(os.path.relpath(path, site) for path in paths)
            lines += ["Files:", *(f"  {path}" for path in names)]
        texts.append("".join(f"{line}\n" for line in lines))
    if missing:
        context.tell(f"WARNING: Package(s) not found: {', '.join(sorted(missing))}")
    return Outcome(
        list(results),
        "---\n".join(texts),
        exit_code=0 if results else 1,
        environment=described(environment),
    )


def _shown(
    found: InstalledDistribution,
    needs: Collection[str],
    users: Sequence[str],
    *,
    verbose: bool,
) -> list[str]:
    """Return pip's lines, in pip's order."""
    metadata = found.metadata
    requires = sorted(needs, key=str.lower)
    expression = metadata.text("license_expression")
    rows = [
        ("Name", metadata.name),
        ("Version", str(metadata.version)),
        ("Summary", metadata.text("summary")),
        ("Home-page", metadata.text("home_page")),
        ("Author", metadata.text("author")),
        ("Author-email", metadata.text("author_email")),
        ("License-Expression", expression)
        if expression
        else ("License", metadata.text("license")),
        ("Location", found.info_dir.rpartition("/")[0]),
    ]
    if found.editable:
        rows.append(("Editable project location", found.location))
    rows += [("Requires", ", ".join(requires)), ("Required-by", ", ".join(users))]
    lines = [f"{key}: {value}" for key, value in rows]
    if verbose:
        lines += [f"Installer: {found.installer}", "Classifiers:"]
        lines += [f"  {one}" for one in metadata.to_dict().get("classifier", ()) or ()]  # type: ignore[union-attr] # a list of texts
    return lines


def add_index(parser: Parser) -> None:
    """Add ``versions`` and its options."""
    parser.add_argument("action", nargs="?", choices=("versions",), metavar="versions")
    parser.add_argument(
        PIP_JSON, dest="pip_json", action="store_true", help=argparse.SUPPRESS
    )
    index_command.add_versions_options(parser)


def index_versions(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Tell the versions; with ``--json`` as pip's object, not in an envelope."""
    if arguments.action is None:
        raise BadArgumentsError("pip index", "need an action (versions)")
    found = index_command.found_versions(arguments, context)
    if arguments.pip_json:
        return Outcome(found.to_json(), json.dumps(found.to_json()) + "\n")
    return Outcome(found.to_json(), index_command.versions_text(found))


def add_completion(parser: Parser) -> None:
    """Add the options that name a shell."""
    which = parser.add_mutually_exclusive_group(required=True)
    for shell in SHELLS:
        which.add_argument(
            f"-{shell[0]}",
            f"--{shell}",
            dest="shell",
            action="store_const",
            const=shell,
            help=f"for {shell}",
        )


def completion(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Print the script for a shell; it completes the words of pysetup."""
    return completion_command.run(arguments, context)
