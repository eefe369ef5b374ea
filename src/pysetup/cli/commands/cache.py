"""Look at the cache and tidy it: downloads, unpacked wheels, index answers, logs.

Everything in it can be fetched or made again. Environments keep the files that they
share with it.
"""

import argparse
from datetime import timedelta

from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import Parser
from pysetup.standards.jsontext import JSON
from pysetup.workflows.cache import (
    Removal,
    cache_parts,
    cached_wheels,
    clear_cache,
    prune_cache,
    remove_from_cache,
    verify_cache,
)
from pysetup.workflows.context import Context

_DAYS = 30


def options(parser: Parser) -> None:
    """Add the sub-commands of ``cache``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("dir", help="print the folder of the cache")
    actions.add_parser("info", aliases=["size"], help="what it holds, and how much")
    listing = actions.add_parser("list", help="downloads and unpacked wheels")
    listing.add_argument("pattern", nargs="?", default="", metavar="PATTERN")
    remove = actions.add_parser("remove", help="remove downloads and unpacked wheels")
    remove.add_argument("patterns", nargs="+", metavar="PATTERN")
    prune = actions.add_parser(
        "prune", help="remove what no environment shares and nobody wanted for long"
    )
    prune.add_argument(
        "--days",
        type=_days,
        default=_DAYS,
        metavar="N",
        help=f"what was not wanted for N days (default {_DAYS})",
    )
    clear = actions.add_parser(
        "clear", aliases=["purge", "clean"], help="remove everything"
    )
    for action in (remove, prune, clear):
        action.add_argument(
            "--dry-run", action="store_true", help="only say what would be removed"
        )
    actions.add_parser(
        "verify", help="read every byte; remove what is damaged, and exit with 1"
    )


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 36500:  # noqa: PLR2004 - a century
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return days


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Do what the sub-command says."""
    match arguments.action:
        case "dir":
            folder = str(context.settings.cache_dir)
            return Outcome({"dir": folder}, f"{folder}\n")
        case "info" | "size":
            return _info(context)
        case "list":
            return _list(context, arguments.pattern)
        case "verify":
            return _verify(context)
        case "remove":
            done = remove_from_cache(
                arguments.patterns, context, dry_run=arguments.dry_run
            )
        case "prune":
            age = timedelta(days=arguments.days)
            done = prune_cache(context, older_than=age, dry_run=arguments.dry_run)
        case _:
            done = clear_cache(context, dry_run=arguments.dry_run)
    return Outcome(done.to_json(), _told(done))


def _info(context: Context) -> Outcome:
    parts = cache_parts(context)
    total = sum(part.size for part in parts)
    folder = str(context.settings.cache_dir)
    rows = [(part.name, str(part.entries), _bytes(part.size)) for part in parts]
    result: dict[str, JSON] = {
        "dir": folder,
        "size": total,
        "parts": [part.to_json() for part in parts],
    }
    table = columns([*rows, ("in all", "", _bytes(total))])
    return Outcome(result, f"{folder}\n{table}")


def _list(context: Context, pattern: str) -> Outcome:
    found = cached_wheels(context, pattern)
    result: list[JSON] = [
        {
            "kind": kind,
            "name": kept.name,
            "version": kept.version or None,
            "sha256": kept.key,
            "size": kept.size,
            "linked": kept.linked,
        }
        for kind, kept in found
    ]
    rows = [
        (
            f"{kept.name} {kept.version}".strip() or "(damaged)",
            _bytes(kept.size),
            kind + (", in use" if kept.linked else ""),
        )
        for kind, kept in found
    ]
    return Outcome({"cached": result}, columns(rows))


def _verify(context: Context) -> Outcome:
    damaged = verify_cache(context, lambda path: context.tell(f"damaged: {path}"))
    names = [f"{kept.name} {kept.version}".strip() or kept.path for kept in damaged]
    text = "".join(f"removed {name}\n" for name in names)
    if any(kept.linked for kept in damaged):
        text += "Environments share some of these files: pysetup verify  finds them.\n"
    return Outcome(
        {"damaged": list[JSON](names)},
        text or "Every file is whole.\n",
        exit_code=1 if damaged else 0,
    )


def _told(done: Removal) -> str:
    verb = "would remove" if done.dry_run else "removed"
    lines = [f"{verb} {name}" for name in done.names]
    lines.append(f"{verb} {done.entries} entries, {_bytes(done.size)}")
    return "\n".join(lines) + "\n"


def _bytes(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit begins there
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
