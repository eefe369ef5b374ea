"""Compatibility tags: which wheels an interpreter can run, best first."""

from collections.abc import Iterable, Mapping

from packaging.tags import (
    Tag,
    compatible_tags,
    cpython_tags,
    generic_tags,
    parse_tag,
    platform_tags,
)

__all__ = ["Tag", "best_rank", "parse_tag", "supported_tags", "tag_ranks"]


def supported_tags(
    *,
    implementation: str,
    version: tuple[int, int],
    abis: tuple[str, ...],
    platforms: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return the tags that an interpreter supports, most specific first.

    ``implementation`` is the short name (``cp``, ``pp``); ``abis`` are the ABI
    tags of the interpreter; ``platforms`` default to those of this machine.
    """
    where = list(platforms) or list(platform_tags())
    interpreter = f"{implementation}{version[0]}{version[1]}"
    own: Iterable[Tag]
    if implementation == "cp":
        own = cpython_tags(version, list(abis) or None, where)
    else:
        own = generic_tags(interpreter, list(abis), where)
    pure = compatible_tags(version, interpreter, where)
    return tuple(dict.fromkeys(str(tag) for tag in (*own, *pure)))


def tag_ranks(supported: tuple[str, ...]) -> dict[str, int]:
    """Return the rank of every supported tag; 0 is the best."""
    return {tag: rank for rank, tag in enumerate(supported)}


def best_rank(tags: Iterable[Tag], ranks: Mapping[str, int]) -> int | None:
    """Return the best rank among a wheel's ``tags``, or None if none is supported."""
    return min((ranks[str(tag)] for tag in tags if str(tag) in ranks), default=None)
