"""What a project needs from outside Python: compilers, tools, libraries (PEP 725).

A SOURCE is a project folder, an archive, a file of metadata, NAME==VERSION of an index,
or the name of something that is installed; without one it is the current folder.
"""

import argparse
from collections.abc import Sequence

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import Parser
from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.describing.sources import (
    Reading,
    read_installed_or_newest,
)
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.platform.external import (
    MappedExternal,
    UnmappedExternalError,
    Wanted,
    check_chosen,
    mapped_needs,
    open_knowing,
)
from pysetup.workflows.platform.external_check import (
    MISSING,
    TOO_OLD,
    Checked,
    MissingExternalError,
    check_needs,
)
from pysetup.workflows.platform.install_commands import Installer, installer_of
from pysetup.workflows.platform.names import NameOptions
from pysetup.workflows.platform.system_target import system_target

_ACTIONS = (
    ("show", "print what is needed, and the packages that are it"),
    ("check", "look for what is needed on this machine; exit 1 if it is not here"),
    ("install-command", "print the command that installs what is needed"),
)
_ROLES = ("build", "host", "run")


def options(parser: Parser) -> None:
    """Add the sub-commands of ``external``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary in _ACTIONS:
        made = actions.add_parser(name, help=summary, description=summary)
        made.add_argument("source", nargs="?", default="", metavar="SOURCE")
        made.add_argument(
            "--installed",
            action="store_true",
            help="all that is installed in the environment, in place of a SOURCE",
        )
        if name != "check":
            made.add_argument(
                "--target",
                metavar="SYSTEM",
                default="",
                help="debian-12, fedora-43, arch, alpine, homebrew, conda, a file ...; "
                "this system if not given",
            )
        if name == "install-command":
            made.add_argument(
                "--missing",
                action="store_true",
                help="leave out what is on this machine",
            )
        _add_choice(made)
        add_environment_options(made)
        add_build_options(made)
        add_index_options(made)


def _add_choice(parser: Parser) -> None:
    group = parser.add_argument_group("what is meant")
    group.add_argument(
        "--role",
        action="append",
        choices=_ROLES,
        default=[],
        help="only what is needed then: build, host or run (default: all; of what is "
        "installed: run)",
    )
    group.add_argument("--extra", action="append", default=[], metavar="NAME")
    group.add_argument(
        "--all-extras", action="store_true", help="what any extra needs, too"
    )
    group.add_argument("--group", action="append", default=[], metavar="NAME")
    _add_name_options(parser)


def _add_name_options(parser: Parser) -> None:
    """Add the options that say where names of packages are known from."""
    group = parser.add_argument_group("names of packages")
    group.add_argument(
        "--map-deps",
        action="append",
        default=[],
        metavar="FILE",
        help="a file that says what packages are called (JSON or TOML)",
    )
    group.add_argument(
        "--registry",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of mappings in the format of PEP 804",
    )
    group.add_argument(
        "--package-lists",
        action="append",
        default=[],
        metavar="PLACE",
        help="file lists of the target: Contents file, mirror, RPM repository, URL",
    )


def _name_options(arguments: argparse.Namespace) -> NameOptions:
    """Return what ``_add_name_options`` took."""
    return NameOptions(
        map_files=tuple(arguments.map_deps),
        registries=tuple(arguments.registry),
        places=tuple(arguments.package_lists),
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Map the needs, and do with them what the sub-command says."""
    target = system_target(getattr(arguments, "target", ""), context=context)
    rows = _rows(arguments, target, context)
    options = _name_options(arguments)
    installer = installer_of(target, context=context, options=options)
    if arguments.action == "show":
        return _show(rows, installer)
    if arguments.action == "check":
        return _check(check_needs(rows, target, context=context), installer)
    if arguments.missing:
        rows = [
            one.mapped
            for one in check_needs(rows, target, context=context)
            if one.status in (MISSING, TOO_OLD)
        ]
    return _install_command(rows, installer)


def _rows(
    arguments: argparse.Namespace, target: PlatformTarget, context: Context
) -> list[MappedExternal]:
    """Return the needs of each document that is meant, each once."""
    found: dict[MappedExternal, None] = {}
    knowing = open_knowing(target, context=context, options=_name_options(arguments))
    wanted = Wanted(
        extras=tuple(arguments.extra),
        groups=tuple(arguments.group),
        all_extras=arguments.all_extras,
    )
    documents = _documents(arguments, context)
    if not arguments.installed:  # there, each has extras of its own
        check_chosen((document for document, _ in documents), wanted)
    for document, installed in documents:
        roles = tuple(arguments.role) or (("run",) if installed else _ROLES)
        meant = replace(wanted, roles=roles)
        found.update(dict.fromkeys(mapped_needs(document, target, knowing, meant)))
    return list(found)


def _documents(
    arguments: argparse.Namespace, context: Context
) -> list[tuple[Metadata, bool]]:
    """Return the documents that are meant, and which are of what is installed."""
    if arguments.installed:
        database = read_environment(chosen_environment(arguments, context), context)
        found = [(one.metadata, True) for one in database.distributions()]
        database.index.keep()
        return found
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        reading = Reading(
            context=context,
            building=how,
            environment=lambda: chosen_environment(arguments, context),
        )
        source = read_installed_or_newest(arguments.source or ".", reading)
    return [(source.metadata, source.kind == "installed")]


def _show(rows: Sequence[MappedExternal], installer: Installer) -> Outcome:
    table = [
        (
            str(row.need.dep),
            _when(row),
            "?" if row.packages is None else " ".join(row.packages) or "(none)",
            " ".join(filter(None, (row.evidence, row.note and f"({row.note})"))),
        )
        for row in rows
    ]
    text = columns(table) or "Nothing is needed from outside Python.\n"
    return Outcome(_result(rows, installer), text)


def _check(checked: Sequence[Checked], installer: Installer) -> Outcome:
    table = [
        (one.status, str(one.mapped.need.dep), _when(one.mapped), one.how)
        for one in checked
    ]
    wrong = [one for one in checked if one.status in (MISSING, TOO_OLD)]
    errors: list[PysetupError] = [
        MissingExternalError(one, installer.line([one.mapped])) for one in wrong
    ]
    missing = [one.mapped for one in wrong]
    result: dict[str, JSON] = {
        "target": installer.target.name,
        "needs": [one.to_json() for one in checked],
        **installer.to_json(missing),
    }
    line = installer.line(missing)
    text = columns(table) or "Nothing is needed from outside Python.\n"
    return Outcome(
        result,
        text + (f"\nto install what is missing:  {line}\n" if line else ""),
        exit_code=1 if wrong else 0,
        errors=tuple(errors),
    )


def _install_command(rows: Sequence[MappedExternal], installer: Installer) -> Outcome:
    line = installer.line(rows)
    unmapped = dict.fromkeys(row.need.dep.url for row in rows if row.packages is None)
    name = installer.target.name
    errors = tuple(UnmappedExternalError(url, name) for url in unmapped)
    return Outcome(
        _result(rows, installer),
        f"{line}\n" if line else "",
        exit_code=1 if errors else 0,
        errors=errors,
    )


def _result(rows: Sequence[MappedExternal], installer: Installer) -> dict[str, JSON]:
    return {
        "target": installer.target.name,
        "needs": [row.to_json() for row in rows],
        **installer.to_json(rows),
    }


def _when(row: MappedExternal) -> str:
    need = row.need
    if need.group:
        return f"group {need.group}"
    return f"{need.role}, extra {need.extra}" if need.extra else need.role
