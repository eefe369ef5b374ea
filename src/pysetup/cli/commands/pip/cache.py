"""``pysetup pip cache``: the cache of pysetup, in pip's words."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.standards.jsontext import JSON
from pysetup.workflows.cache import (
    Removal,
    cache_parts,
    cached_wheels,
    clear_cache,
    remove_from_cache,
)
from pysetup.workflows.context import Context

_THOUSAND = 1000


def options(parser: Parser) -> None:
    """Add the commands of ``pip cache``."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("dir", "info", "list", "remove", "purge"),
        metavar="dir|info|list|remove|purge",
    )
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument(
        "--format",
        choices=("human", "abspath"),
        default="human",
        help="of list: default human",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Do what ``pip cache`` does, with the cache of pysetup."""
    action, patterns = arguments.action, arguments.patterns
    if action is None:
        raise BadArgumentsError("pip cache", "need an action")
    allowed = {"remove": (1, 1), "list": (0, 1)}.get(action, (0, 0))
    if not allowed[0] <= len(patterns) <= allowed[1]:
        word = "Too many arguments" if patterns else "Please provide a pattern"
        raise BadArgumentsError(f"pip cache {action}", word)
    match action:
        case "dir":
            folder = str(context.settings.cache_dir)
            return Outcome({"dir": folder}, f"{folder}\n")
        case "info":
            return _cache_info(context)
        case "list":
            return _cache_list(arguments, context)
        case "remove":
            if not cached_wheels(context, patterns[0]):
                context.tell(
                    f'WARNING: No matching packages for pattern "{patterns[0]}"'
                )
                return _removed(Removal(0, 0, (), dry_run=False))
            return _removed(remove_from_cache(patterns, context, dry_run=False))
        case _:
            return _removed(clear_cache(context))


def _removed(done: Removal) -> Outcome:
    text = f"Files removed: {done.entries} ({human_size(done.size)})\n"
    return Outcome(done.to_json(), text)


def _cache_info(context: Context) -> Outcome:
    parts = cache_parts(context)
    folder = context.settings.cache_dir
    total = sum(part.size for part in parts)
    rows = [f"Package index page cache location: {folder}"]
    rows += [f"Package index page cache size: {human_size(total)}"]
    rows += [f"Number of HTTP files: {sum(part.entries for part in parts)}"]
    kept = cached_wheels(context)
    rows += [
        f"Locally built wheels location: {folder / 'store'}",
        f"Locally built wheels size: {human_size(sum(one.size for _, one in kept))}",
        f"Number of locally built wheels: {len(kept)}",
    ]
    result: dict[str, JSON] = {
        "dir": str(folder),
        "size": total,
        "parts": [part.to_json() for part in parts],
    }
    return Outcome(result, "".join(f"{row}\n" for row in rows))


def _cache_list(arguments: argparse.Namespace, context: Context) -> Outcome:
    kept = cached_wheels(context, "".join(arguments.patterns))
    result: list[JSON] = [
        {"name": one.name, "version": one.version, "size": one.size, "path": one.path}
        for _, one in kept
    ]
    if arguments.format == "abspath":
        return Outcome(result, "".join(f"{one.path}\n" for _, one in kept))
    if not kept:
        return Outcome(result, "No locally built wheels cached.\n")
    lines = [
        f" - {one.name}-{one.version} ({human_size(one.size)})".replace("-)", ")")
        for _, one in kept
    ]
    return Outcome(result, "Cache contents:\n\n" + "\n".join(sorted(lines)) + "\n")


def human_size(size: float) -> str:
    """Return a size as pip writes it."""
    if size > _THOUSAND * _THOUSAND:
        return f"{size / 1000.0 / 1000:.1f} MB"
    if size > 10 * _THOUSAND:
        return f"{int(size / 1000)} kB"
    if size > _THOUSAND:
        return f"{size / 1000.0:.1f} kB"
    return f"{int(size)} bytes"
