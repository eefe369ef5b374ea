"""Compatibility tags: which wheels an interpreter can run, best first.

The packaging library says which these are; it is loaded when that is asked. What a
tag is and what a set of them means (PEP 425) is here: every command reads those.
"""

from collections.abc import Iterable, Mapping
from itertools import product

from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, in lower case: ``py3-none-any``."""

    interpreter: str
    abi: str
    platform: str

    def __str__(self) -> str:
        """Write it as file names do."""
        return f"{self.interpreter}-{self.abi}-{self.platform}"


def parse_tag(text: str) -> frozenset[Tag]:
    """Read a compressed set of tags, as ``py2.py3-none-any``; raises ``ValueError``."""
    parts = [part.split(".") for part in text.lower().split("-")]
    if len(parts) != 3:  # noqa: PLR2004 - interpreter, ABI, platform
        raise ValueError(f"{text!r} does not have three parts")
    if any("" in part for part in parts):
        raise ValueError(f"{text!r} has an empty part")
    if not all(one.isidentifier() for one in parts[0]):
        raise ValueError(f"{text!r} names no interpreter")
    return frozenset(Tag(*one) for one in product(*parts))


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
    # Loaded here: what is known of an interpreter need not be worked out again.
    from packaging import tags

    where = list(platforms) or list(tags.platform_tags())
    interpreter = f"{implementation}{version[0]}{version[1]}"
    own: Iterable[tags.Tag]
    if implementation == "cp":
        own = tags.cpython_tags(version, list(abis) or None, where)
    else:
        own = tags.generic_tags(interpreter, list(abis), where)
    pure = tags.compatible_tags(version, interpreter, where)
    return tuple(dict.fromkeys(str(tag) for tag in (*own, *pure)))


def tag_ranks(supported: tuple[str, ...]) -> dict[str, int]:
    """Return the rank of every supported tag; 0 is the best."""
    return {tag: rank for rank, tag in enumerate(supported)}


def best_rank(tags: Iterable[Tag], ranks: Mapping[str, int]) -> int | None:
    """Return the best rank among a wheel's ``tags``, or None if none is supported."""
    return min((ranks[str(tag)] for tag in tags if str(tag) in ranks), default=None)
