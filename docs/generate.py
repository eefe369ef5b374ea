"""Write the pages of the reference that the code itself knows: commands and errors.

``make docs`` writes them; a test compares them with what is committed.
"""

import os
import sys
from argparse import _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

from pysetup.cli.commands.explain import catalogue, explanation
from pysetup.cli.parser import Parser, make_parser
from pysetup.cli.table import COMMANDS
from pysetup.errors import CATEGORIES
from pysetup.workflows.configuring.keys import KEYS

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- made by docs/generate.py (make docs); change the code, not this page -->\n"


def commands_page() -> str:
    """Return ``commands.md``: the help of every command, by phase."""
    # argparse wraps lines by this variable; the page must not depend on a window.
    os.environ["COLUMNS"] = "88"
    parts = ["# Commands\n", NOTE]
    for group, rows in COMMANDS:
        parts.append(f"## {group}\n")
        for name, _, summary in rows:
            parts.append(f"### pysetup {name}\n\n{summary.capitalize()}.\n")
            parts += [
                f"```text\n{parser.format_help().strip()}\n```\n"
                for parser in _with_children(make_parser(name))
            ]
    return "\n".join(parts)


def _with_children(parser: Parser) -> Iterator[Parser]:
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to it
        if isinstance(action, _SubParsersAction):
            for child in dict.fromkeys(action.choices.values()):  # aliases once
                yield from _with_children(child)


def errors_page() -> str:
    """Return ``errors.md``: every code with its explanation."""
    parts = ["# Errors\n", NOTE]
    previous = None
    for code, error in catalogue().items():
        exit_code = int(code[2]) or 70
        if exit_code != previous:
            parts.append(f"## Exit code {exit_code}: {CATEGORIES[exit_code]}\n")
            previous = exit_code
        parts.append(f"### {code}\n\n{explanation(error)}\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Return ``settings.md``: every key, with its variable, option and pip's name."""
    options = {
        action.dest: [text for text in action.option_strings if text[:2] == "--"]
        for name in ("install", "lock")
        for action in make_parser(name)._actions  # noqa: SLF001 - argparse has no public way to it
    }
    lines = [
        "# Settings",
        "",
        NOTE,
        "See [configuration](configuration.md) for the files and who wins. Keys are",
        "`section.key`, or `key` at the top of a file. Those marked * cannot stand in",
        "the file of a project.",
        "",
        "| key | what | variable | option | pip's name |",
        "|---|---|---|---|---|",
    ]
    for key in KEYS:
        told = key.summary
        if key.choices:
            told += f" ({', '.join(key.choices)})"
        cells = (
            f"`{key.name}`{'' if key.in_project else ' *'}",
            told,
            ", ".join(f"`{name}`" for name in key.variables),
            ", ".join(f"`{text}`" for text in options.get(key.setting, [])[:2]),
            f"`{key.pip}`" if key.pip else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


PAGES = {
    "commands.md": commands_page,
    "errors.md": errors_page,
    "settings.md": settings_page,
}


def main() -> int:
    """Write the pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
