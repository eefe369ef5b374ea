"""pip's options that do not belong to one command, with pip's spelling and meaning."""

import argparse

from pysetup.cli.parser import Parser

# What pip switches on by these names is how things are here.
_FEATURES = (
    "build-constraint",
    "fast-deps",
    "inprocess-build-deps",
    "no-binary-enable-wheel-cache",
    "resume-downloads",
    "truststore",
)
_BARS = {
    "auto": "auto",
    "on": "auto",
    "ascii": "auto",
    "emoji": "auto",
    "pretty": "auto",
    "off": "never",
    "raw": "plain",
}


def add_pip_options(parser: Parser) -> None:
    """Add the options that every command of pip has."""
    group = parser.add_argument_group("as pip has them")
    group.add_argument(
        "--isolated",
        action="store_true",
        help="no variables that configure, no files of the user's",
    )
    group.add_argument(
        "--require-virtualenv",
        "--require-venv",
        action="store_true",
        help="refuse an environment that is not virtual",
    )
    group.add_argument(
        "--no-input", action="store_true", help="ask nothing; what is asked is refused"
    )
    group.add_argument(
        "--no-cache-dir",
        "--no-cache",
        dest="no_cache",
        action="store_true",
        help="use a cache that is gone afterwards",
    )
    group.add_argument(
        "--no-color",
        dest="color",
        action="store_const",
        const="never",
        help="no colour",
    )
    group.add_argument(
        "--use-feature",
        dest="features",
        action="append",
        choices=_FEATURES,
        metavar="NAME",
        help=f"no effect, it is so here: {', '.join(_FEATURES)}",
    )
    group.add_argument(
        "--disable-pip-version-check",
        action="store_true",
        help="no effect: newer versions of pysetup are never looked for",
    )


def add_pip_install_options(parser: Parser) -> None:
    """Add pip's options of commands that install or fetch, some without an effect."""
    group = parser.add_argument_group("as pip has them for this command")
    group.add_argument(
        "--progress-bar",
        dest="progress",
        type=_bar,
        metavar="WHEN",
        help="auto, on, off or raw; as --progress",
    )
    group.add_argument(
        "--ignore-requires-python",
        dest="any_python",
        action="store_true",
        help="take what says that it does not run on this Python",
    )
    for option, reason in (
        ("--check-build-dependencies", "they are always looked at"),
        ("--use-pep517", "every project is built so"),
    ):
        group.add_argument(option, action="store_true", help=f"no effect: {reason}")


def add_break_option(parser: Parser) -> None:
    """Add the option that overrides PEP 668."""
    parser.add_argument(
        "--break-system-packages",
        action="store_true",
        help="change a Python that the operating system manages",
    )


def add_root_user_option(parser: Parser) -> None:
    """Add the option that says what to tell root; nothing is told in any case."""
    parser.add_argument(
        "--root-user-action",
        choices=("warn", "ignore"),
        help="no effect: root is not warned",
    )


def _bar(text: str) -> str:
    if text not in _BARS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(_BARS)}")
    return _BARS[text]
