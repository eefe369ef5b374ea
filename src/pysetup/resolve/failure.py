"""The errors of a resolution: no such project, no version that fits, no solution."""

from collections.abc import Mapping, Sequence

from pysetup.errors import ResolutionError
from pysetup.resolve.explain import (
    Cause,
    causes_of,
    requirement_alone,
    requirement_text,
    runs_text,
    sentences,
)
from pysetup.resolve.solver import Conflict
from pysetup.resolve.terms import Asked, Rejection
from pysetup.resolve.universe import Table
from pysetup.resolve.versionset import bits, mask_of

MAX_LINES = 9
MAX_END = 4
MAX_KNOWN = 6
MAX_REASONS = 4

# What helps against a rejection, by its kind.
HINTS = {
    "requires-python": "choose another interpreter with  --python PY",
    "no-file": "ask for another version, or for another platform",
    "only-binary": "allow it to be built from source: leave out --only-binary",
    "no-binary": "allow its wheels: leave out --no-binary",
    "too-new": "choose a later date with  --exclude-newer",
    "yanked": "a yanked version is only used when you pin it with  ==",
    "pre-release": "admit pre-releases with  --pre",
    "hash": "update the hashes in your requirements",
}


class NoSolutionError(ResolutionError):
    """No set of versions satisfies all requirements together.

    The lines under "because" are the facts that cannot all hold; nothing else had a
    part in it. Loosen one of your own requirements (they are named first), or wait
    for a release that agrees with the others.
    """

    code = "PS3001"

    def __init__(self, causes: tuple[Cause, ...], *, hints: Sequence[str] = ()) -> None:
        lines = sentences(causes)
        if len(lines) > MAX_LINES:
            # Both ends of the chains: who asks, and what cannot be had together.
            left = len(lines) - 2 * MAX_END
            more = f"and {left} more facts in between"
            lines = [*lines[:MAX_END], more, *lines[-MAX_END:]]
        super().__init__(
            "no set of versions satisfies your requirements",
            facts={"because": lines},
            hints=tuple(hints) or ("loosen one of your requirements named above",),
        )
        self.causes = tuple(dict(cause.data) for cause in causes)


class ProjectNotFoundError(ResolutionError):
    """A project that is required is on none of the indexes.

    The name may be misspelt, the project may be on an index that is not configured
    (``--index-url``, ``--extra-index-url``, ``--find-links``), or it was removed.
    """

    code = "PS3002"

    def __init__(self, asked: Asked, *, places: Sequence[str]) -> None:
        name = asked.requirement.name
        looked = list(places) or ["no index: --no-index is set"]
        super().__init__(
            f"there is no project {name}",
            facts={"asked by": asked.source, "looked at": looked},
            hints=(
                "check the spelling",
                "name the index that has it with  --extra-index-url URL",
            ),
        )
        self.name = name


class NoMatchingVersionError(ResolutionError):
    """A project exists, but none of its versions fits one requirement here.

    Versions can be unusable here although they exist: they need another Python,
    have files for other platforms only, were yanked, or are pre-releases. The
    message names the versions and the reasons.
    """

    code = "PS3003"

    def __init__(
        self, asked: Asked, table: Table, *, rejections: Mapping[int, Rejection]
    ) -> None:
        requirement = asked.requirement
        admitted = table.versions.mask(requirement.specifier)
        rejected = {
            bit: rejections[bit]
            for bit in sorted(bits(admitted), reverse=True)
            if bit in rejections
        }
        super().__init__(
            f"no version of {requirement.name} fits {requirement_text(requirement)}",
            facts={
                "asked by": asked.source,
                "known": _known_text(table),
                "rejected": _rejected_lines(table, rejected),
            },
            hints=_hints(rejected, table),
        )
        self.name = requirement.name


def failure_of(
    conflict: Conflict, *, places: Sequence[str] = (), hints: Sequence[str] = ()
) -> ResolutionError:
    """Return the error that tells ``conflict`` best.

    ``places`` are the indexes that were looked at; ``hints`` are edits that help.
    """
    alone = requirement_alone(conflict)
    if alone is not None and alone.asked.requirement.url is None:
        if not alone.table.found:
            return ProjectNotFoundError(alone.asked, places=places)
        return NoMatchingVersionError(
            alone.asked, alone.table, rejections=alone.rejections
        )
    return NoSolutionError(causes_of(conflict), hints=hints)


def _rejected_lines(table: Table, rejected: Mapping[int, Rejection]) -> list[str]:
    groups: dict[str, list[int]] = {}
    for bit, rejection in rejected.items():
        groups.setdefault(rejection.text, []).append(bit)
    lines = [
        f"{runs_text(table, mask_of(indexes), within=table.versions.all)}: {text}"
        for text, indexes in groups.items()
    ]
    if len(lines) > MAX_REASONS:
        lines[MAX_REASONS:] = [f"and {len(lines) - MAX_REASONS} reasons more"]
    return lines


def _known_text(table: Table) -> str:
    texts = [str(version) for version in table.versions.versions]
    if not texts:
        return "no version at all"
    if len(texts) <= MAX_KNOWN:
        return ", ".join(texts)
    return f"{texts[0]}, ... {', '.join(texts[-4:])} ({len(texts)} versions)"


def _hints(rejected: Mapping[int, Rejection], table: Table) -> tuple[str, ...]:
    if not table.versions.versions:
        return (
            "its index has no file of it: it may be new, or quarantined",
            "name another index that has it with  --extra-index-url URL",
        )
    kinds = dict.fromkeys(rejection.kind for rejection in rejected.values())
    hints = tuple(HINTS[kind] for kind in kinds if kind in HINTS)
    return hints or ("ask for one of the known versions",)
