"""Options that several commands share, with pip's spellings where pip has them."""

import argparse
from collections.abc import Sequence
from typing import Any

from pysetup.cli.parser import Parser
from pysetup.standards.names import normalize_name
from pysetup.workflows.settings import (
    ATOMIC_MODES,
    DURABILITIES,
    KEYRING_PROVIDERS,
    PRERELEASES,
    STARTUP_HOOKS,
)


def add_index_options(parser: Parser) -> None:
    """Add the options that say where distributions come from."""
    group = parser.add_argument_group("index")
    group.add_argument(
        "-i", "--index-url", metavar="URL", help="the index (PYSETUP_INDEX_URL)"
    )
    group.add_argument(
        "--extra-index-url",
        dest="extra_index_urls",
        action="append",
        metavar="URL",
        help="another index; it owns the names it has",
    )
    group.add_argument(
        "-f",
        "--find-links",
        dest="find_links",
        action="append",
        metavar="DIR",
        help="folder, file or page of archives",
    )
    group.add_argument(
        "--no-index",
        action="store_const",
        const=True,
        help="use --find-links alone",
    )
    _add_network(group)


def add_network_options(parser: Parser) -> None:
    """Add the options of the way to servers alone."""
    _add_network(parser.add_argument_group("network"))


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--trusted-host",
        dest="trusted_hosts",
        action="append",
        metavar="HOST",
        help="allow plain http to this host, and files of it with weak digests alone",
    )
    group.add_argument("--cert", metavar="FILE", help="certificates to trust")
    group.add_argument("--proxy", metavar="URL", help="proxy to go through")
    group.add_argument(
        "--client-cert",
        metavar="FILE",
        help="this client's certificate and key, in one file",
    )
    group.add_argument(
        "--keyring-provider",
        choices=KEYRING_PROVIDERS,
        help="where else to look for passwords (PYSETUP_KEYRING_PROVIDER; "
        "default disabled)",
    )
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="per answer")
    group.add_argument("--retries", type=int, metavar="N", help="tries after a failure")


def add_refresh_options(parser: Parser) -> None:
    """Add the options that ask indexes again, however fresh their pages are."""
    parser.add_argument(
        "--refresh",
        dest="refresh_packages",
        action="append_const",
        const=":all:",
        help="ask for every page again",
    )
    parser.add_argument(
        "--refresh-package",
        dest="refresh_packages",
        action="append",
        metavar="NAME",
        help="ask for the page of this project again",
    )


def add_resolver_options(parser: Parser) -> None:
    """Add the options that steer which versions are chosen."""
    group = parser.add_argument_group("resolver")
    group.add_argument(
        "--pre",
        action="store_const",
        const=True,
        help="accept pre-releases everywhere",
    )
    group.add_argument(
        "--prerelease",
        choices=PRERELEASES,
        help="the rule for pre-releases (PYSETUP_PRERELEASE; default if-necessary:"
        " where a requirement names one, or nothing else fits)",
    )
    group.add_argument(
        "--all-releases",
        action=ProjectNames,
        rival="only_final",
        metavar="NAMES",
        help="accept pre-releases of these; :all: and :none: as pip has them",
    )
    group.add_argument(
        "--only-final",
        action=ProjectNames,
        rival="all_releases",
        metavar="NAMES",
        help="never use pre-releases of these",
    )
    group.add_argument(
        "-c",
        "--constraint",
        dest="constraint_files",
        action="append",
        default=[],
        metavar="FILE",
        help="limit versions without asking for them",
    )
    group.add_argument(
        "--override",
        dest="override_files",
        action="append",
        default=[],
        metavar="FILE",
        help="replace what anybody requires of the projects in this file",
    )
    group.add_argument(
        "--only-binary",
        action=ProjectNames,
        rival="no_binary",
        metavar="NAMES",
        help="never build these",
    )
    group.add_argument(
        "--no-binary",
        action=ProjectNames,
        rival="only_binary",
        metavar="NAMES",
        help="always build these",
    )
    group.add_argument(
        "--prefer-binary",
        action="store_const",
        const=True,
        help="prefer an older version with a wheel to a newer one without",
    )
    group.add_argument(
        "--resolution",
        choices=("highest", "lowest", "lowest-direct"),
        default="highest",
        help="which of the fitting versions to prefer",
    )
    group.add_argument(
        "--exclude-newer",
        "--uploaded-prior-to",
        metavar="DATE",
        help="ignore files uploaded after this: 2026-01-31, a time, or 7 days"
        " (PYSETUP_EXCLUDE_NEWER)",
    )


def add_system_option(parser: Parser) -> None:
    """Add the option that prefers what the system's package manager installed."""
    parser.add_argument(
        "--prefer-system",
        action="store_const",
        const=True,
        help="keep what the system's package manager or conda installed wherever it"
        " fits, also with --upgrade (PYSETUP_PREFER_SYSTEM)",
    )


def add_group_options(parser: Parser) -> None:
    """Add the option that asks for what a dependency group holds."""
    parser.add_argument(
        "--group",
        dest="groups",
        action="append",
        default=[],
        metavar="[PATH:]GROUP",
        help="what a dependency group of pyproject.toml holds",
    )


def add_script_option(parser: Parser) -> None:
    """Add the option that asks for what a script says that it needs."""
    parser.add_argument(
        "--requirements-from-script",
        dest="scripts",
        action="append",
        default=[],
        metavar="FILE",
        help="what this script says that it needs (PEP 723)",
    )


class ProjectNames(argparse.Action):
    """Collects names of projects as pip does: the last word on each name counts.

    ``rival`` is the option of the opposite meaning: who is named here is taken out
    there. ``:all:`` empties both lists first, ``:none:`` this one.
    """

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:  # noqa: ANN401 - argparse's own
        self._rival: str = more.pop("rival")
        super().__init__(option_strings, dest, **more)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Take up one value."""
        del parser, option_string
        mine: list[str] = list(getattr(namespace, self.dest, None) or ())
        other: list[str] | None = getattr(namespace, self._rival, None)
        for word in (each.strip() for each in str(values).split(",")):
            if word == ":all:":
                mine, other = [word], None if other is None else []
            elif word == ":none:":
                mine = []
            elif word:
                mine.append(word)
                same = normalize_name(word)
                if other is not None:
                    other = [each for each in other if normalize_name(each) != same]
        setattr(namespace, self.dest, mine)
        setattr(namespace, self._rival, other)


def add_build_options(parser: Parser) -> None:
    """Add the options of building from source."""
    group = parser.add_argument_group("build")
    group.add_argument(
        "--no-isolation",
        "--no-build-isolation",
        dest="isolation",
        action="store_false",
        help="build with what the environment has",
    )
    group.add_argument(
        "-C",
        "--config-setting",
        "--config-settings",
        dest="config_settings",
        action="append",
        default=[],
        type=_setting,
        metavar="KEY=VALUE",
        help="pass to the build back end",
    )
    group.add_argument(
        "--build-constraint",
        dest="build_constraints",
        action="append",
        metavar="FILE",
        help="limit versions of build requirements (PYSETUP_BUILD_CONSTRAINT)",
    )
    group.add_argument(
        "--build-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="for one call of the back end; 0: no limit (default 7200)",
    )
    group.add_argument(
        "--refresh-build",
        dest="refresh",
        action="store_const",
        const=True,
        help="look for build requirements again, whatever is remembered",
    )
    group.add_argument(
        "--skip-dependency-check",
        action="store_const",
        const=True,
        help="with --no-isolation: do not look whether build requirements are there",
    )


def add_start_up_options(parser: Parser) -> None:
    """Add the option that says whether code may come that runs at every start."""
    parser.add_argument(
        "--startup-hooks",
        choices=STARTUP_HOOKS,
        help="code that runs at every start of Python (PYSETUP_STARTUP_HOOKS; "
        "default allow)",
    )


def add_change_options(parser: Parser) -> None:
    """Add the options of commands that change an environment."""
    group = parser.add_argument_group("change")
    group.add_argument(
        "--atomic",
        choices=ATOMIC_MODES,
        help="exchange what changed, or show a new generation of everything; "
        "stays as chosen (PYSETUP_ATOMIC)",
    )
    group.add_argument(
        "--durability",
        choices=DURABILITIES,
        help="fast: do not wait for the disk (PYSETUP_DURABILITY; default durable)",
    )
    group.add_argument(
        "--lock-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="wait for another command here (PYSETUP_LOCK_TIMEOUT; default 60)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def add_lock_options(parser: Parser) -> None:
    """Add the options that say what becomes of a project's build lock."""
    group = parser.add_argument_group("build lock").add_mutually_exclusive_group()
    group.add_argument(
        "--locked",
        dest="build_lock",
        action="store_const",
        const="require",
        default="use",
        help="refuse a project without a build lock for this Python",
    )
    group.add_argument(
        "--no-build-lock",
        dest="build_lock",
        action="store_const",
        const="ignore",
        help="resolve the build requirements anew",
    )


def add_front_end_options(parser: Parser) -> None:
    """Add the options of commands that build for one Python: all about how."""
    group = parser.add_argument_group("interpreter")
    group.add_argument("--python", metavar="PY", help="build with this Python")
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def add_timings_option(parser: Parser) -> None:
    """Add the option that keeps where the time went."""
    parser.add_argument(
        "--timings",
        nargs="?",
        metavar="FILE.html",
        help="write where the time went, as a page or as FILE.json"
        " (default pysetup-timings.html)",
    )


def _setting(text: str) -> tuple[str, str]:
    key, sep, value = text.partition("=")
    if not sep or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def config_settings(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Join repeated keys into lists, as PEP 517 front ends do."""
    settings: dict[str, str | list[str]] = {}
    for key, value in pairs:
        before = settings.get(key)
        if before is None:
            settings[key] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            settings[key] = [before, value]
    return settings
