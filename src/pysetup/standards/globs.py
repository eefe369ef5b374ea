"""Glob patterns over relative paths with ``/``: one grammar for all of pysetup."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """Return what ``pattern`` matches, to be used with ``fullmatch`` on a path.

    ``*`` and ``?`` stay within one folder, ``**`` as a whole part spans any number
    of folders, ``[ab]``, ``[a-z]`` and ``[!a]`` name characters (PEP 639).
    """
    parts = pattern.split("/")
    out: list[str] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            out.append(".+" if last else "(?:[^/]+/)*")
        else:
            out.append(_part_regex(part) + ("" if last else "/"))
    return re.compile("".join(out), re.DOTALL)


def _part_regex(part: str) -> str:
    out: list[str] = []
    position = 0
    while position < len(part):
        char = part[position]
        position += 1
        if char == "*":
            # Runs of stars mean the same as one, and would match slowly.
            if out[-1:] != ["[^/]*"]:
                out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (end := part.find("]", position + 1)) != -1:
            out.append(_set_regex(part[position:end]))
            position = end + 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _set_regex(inside: str) -> str:
    negated = inside.startswith("!")
    chars = inside.removeprefix("!")
    # A range the wrong way round matches nothing, as in fnmatch.
    ranges = re.compile(r"(.)-(.)", re.DOTALL)
    kept = ranges.sub(lambda found: "" if found[1] > found[2] else found[0], chars)
    if not kept:
        return "[^/]" if negated else "(?!)"
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", kept)
    return f"(?!/)[{'^' if negated else ''}{escaped}]"


def fixed_folder(pattern: str) -> str:
    """Return the leading folders of ``pattern`` that hold no wildcard, with ``/``."""
    head = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return head[: head.rfind("/") + 1]
