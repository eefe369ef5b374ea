"""Whether a built tree can run on a target at all: its tags, and its Python."""

import re

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.tags import best_rank, parse_tag, tag_ranks

_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)(?=_|$)")
_OLD_GLIBC = "manylinux_2_17"


class UnfitForTargetError(UsageError):
    """What should be packaged does not run on the target.

    A compiled wheel is for one kind of Python on one kind of machine, and a project
    may ask for certain versions of Python. Take another target, or a wheel that was
    built for this one. Nothing was written.
    """

    code = "PS2942"

    def __init__(
        self, metadata: Metadata, target: PlatformTarget, reason: str, hint: str
    ) -> None:
        super().__init__(
            f"{metadata.name} {metadata.version} does not run on {target.name}: "
            f"{reason}",
            facts={
                "project": metadata.name,
                "target": target.name,
                "python": target.full_python,
                "architecture": target.architecture,
            },
            hints=(hint,),
        )


def check_fitness(
    metadata: Metadata, tags: tuple[str, ...], target: PlatformTarget
) -> None:
    """Refuse what was built for another Python or another machine than the target's.

    A newer C library than the target's is no reason where the target is many systems:
    ``newer_glibc`` tells it. Raises ``UnfitForTargetError``.
    """
    wanted = metadata.requires_python
    if not wanted.contains(target.full_python, prereleases=True):
        raise UnfitForTargetError(
            metadata,
            target,
            f"it needs Python {wanted}, and there is {target.full_python}",
            "take another version of the project, or another target",
        )
    ranks = tag_ranks(target.tags)
    texts = [
        *tags,
        *(_GLIBC.sub(_OLD_GLIBC, text) for text in tags if _is_open(target)),
    ]
    found = [tag for text in texts for tag in parse_tag(text)]
    if best_rank(found, ranks) is None:
        raise UnfitForTargetError(
            metadata,
            target,
            f"it was built for {', '.join(tags[:3])}",
            f"take a wheel for Python {target.python} on {target.architecture}, or "
            "name the system it is for with --target",
        )


def newer_glibc(tags: tuple[str, ...], target: PlatformTarget) -> str:
    """Return the C library that ``tags`` ask for, if it is newer than the target's.

    Empty when it is not, or when they ask for none.
    """
    wanted = [_glibc_in(text) for text in tags]
    there = _glibc_in(target.platform)
    if not wanted or min(wanted) <= there:
        return ""
    return "{}.{}".format(*min(wanted))


def _is_open(target: PlatformTarget) -> bool:
    """Tell whether the target is many systems, of which some have a newer C library."""
    return target.family in ("any", "conda")


def _glibc_in(text: str) -> tuple[int, int]:
    """Return the oldest C library of the tags in ``text``; (0, 0) if there is none."""
    found = [(int(match[1]), int(match[2])) for match in _GLIBC.finditer(text)]
    return min(found, default=(0, 0))
