"""Which members of a source archive may be unpacked: judged one after the other."""

from collections.abc import Collection
from typing import Literal

from pysetup.interchange.members import (
    COPY,
    FILE,
    FOLDER,
    LINK,
    ArchiveLimits,
    ArchiveTooLargeError,
    DamagedArchiveError,
    Member,
)
from pysetup.standards.paths import check_path

# As many links one after the other as Linux follows.
MAX_LINK_STEPS = 40
# Making folders in folders takes the longer the deeper they are.
_MAX_DEPTH = 100

# What a member is to those before it: a new one, one that takes the place of the file
# of its name, or one that must be equal to it.
Place = Literal["new", "instead", "again"]


class Admission:
    """Judges members as they come: names, kinds, places, number.

    ``repeated`` are the paths below the top folder that may stand more than once with
    different contents: the last one counts. ``links`` are the links that came, by
    their names; ``repeats`` are the names of files that stand twice otherwise, which
    is harmless only if they are equal.
    """

    def __init__(
        self, source: str, limits: ArchiveLimits, repeated: Collection[str] = ()
    ) -> None:
        self.links: dict[str, str] = {}
        self.repeats: set[str] = set()
        self.limits = limits
        self._source, self._repeated = source, repeated
        self._kinds: dict[str, str] = {}
        self._count = 0

    def check(self, member: Member) -> Place:
        """Refuse ``member`` if it must not be unpacked after those before it.

        Returns what it is to them. Raises ``DamagedArchiveError``,
        ``ArchiveTooLargeError`` or ``UnsafePathError``.
        """
        self._count += 1
        if self._count > self.limits.members:
            raise ArchiveTooLargeError(
                self._source, f"it has more than {self.limits.members} members"
            )
        name = check_path(member.path, source=self._source)
        self._add_parents(name)
        if len(self._kinds) > 2 * self.limits.members or name.count("/") > _MAX_DEPTH:
            raise ArchiveTooLargeError(self._source, "it has too many folders")
        if member.kind != FOLDER and "/" not in name:
            raise self._fault(f"{name!r} is not below one top folder")
        if member.kind == COPY and self._may_change(member.target):
            raise self._fault(f"{name!r} is a hard link to a file that may stand twice")
        place = self._place(member)
        self._kinds[name] = FILE if member.kind == COPY else member.kind
        if member.kind == LINK:
            self.links[name] = member.target
        return place

    def _place(self, member: Member) -> Place:
        before = self._kinds.get(member.path)
        if before is None or before == member.kind == FOLDER:
            return "new"
        if before != FILE or member.kind not in (FILE, COPY):
            raise self._fault(f"{member.path!r} stands twice")
        if member.kind == FILE and self._may_change(member.path):
            return "instead"
        self.repeats.add(member.path)
        return "again"

    def _may_change(self, path: str) -> bool:
        return path.partition("/")[2] in self._repeated

    def _add_parents(self, name: str) -> None:
        position = name.find("/")
        while position != -1:
            if self._kinds.setdefault(name[:position], FOLDER) != FOLDER:
                raise self._fault(f"{name!r} lies below something that is no folder")
            position = name.find("/", position + 1)

    def finish(self) -> str:
        """Check what only the whole archive shows; return the top folder's name."""
        tops = sorted(name for name in self._kinds if "/" not in name)
        if len(tops) != 1:
            listed = ", ".join(map(repr, tops[:5])) or "none"
            raise self._fault(f"it must have one top folder, but has {listed}")
        for name in self.links:
            self._follow(name)
        return tops[0]

    def _follow(self, name: str) -> None:
        """Refuse the link ``name`` if it leads outside, in a circle, or on and on.

        It may lead to nothing, as for the data filter (PEP 721): old sdists leave out
        what their test data link to. Each link climbs over real folders alone and
        then descends, so none can leave the top folder by way of another.
        """
        seen = {name}
        place = resolve_link(name, self.links[name])
        while place is not None and self._kinds.get(place) == LINK:
            if place in seen:
                raise self._fault(f"the link {name!r} leads in a circle")
            if len(seen) > MAX_LINK_STEPS:
                raise self._fault(f"the link {name!r} leads on and on")
            seen.add(place)
            place = resolve_link(place, self.links[place])
        if place is None:
            target = self.links[name]
            raise self._fault(f"the link {name!r} leads outside: {target[:120]!r}")

    def _fault(self, reason: str) -> DamagedArchiveError:
        return DamagedArchiveError(self._source, reason)


def resolve_link(link: str, target: str) -> str | None:
    """Return the path that ``link`` leads to, None if it may lead elsewhere.

    A target climbs first and then descends: ``..`` after a name could step back
    through another link (CVE-2025-4517), so it is refused.
    """
    folder = link.split("/")[:-1]
    parts = target.split("/")
    while parts and parts[0] in ("..", "."):
        if parts.pop(0) == "..":
            if len(folder) < 2:  # noqa: PLR2004 - the top folder is never left
                return None
            folder.pop()
    if any(part in ("", ".", "..") for part in parts) or "\\" in target:
        return None
    return "/".join((*folder, *parts))
