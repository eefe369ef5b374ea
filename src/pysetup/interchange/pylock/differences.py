"""What differs between two locks: packages that came, went, moved, or changed."""

from collections.abc import Mapping

from pysetup.interchange.pylock.model import LockedPackage, LockFile
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class LockChanges:
    """Changes by normalised name; a version may be empty.

    ``added`` and ``removed`` are (name, versions), ``moved`` are (name, old versions,
    new versions), ``altered`` are (name, what else is different).
    """

    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    altered: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.moved or self.altered)

    def lines(self) -> tuple[str, ...]:
        """Return the changes for people, one line each, by name."""
        told = [(name, f"+ {name} {version}") for name, version in self.added]
        told += [(name, f"- {name} {version}") for name, version in self.removed]
        told += [(name, f"~ {name} {old} -> {new}") for name, old, new in self.moved]
        told += [(name, f"~ {name}: {what}") for name, what in self.altered]
        return tuple(line.rstrip() for _, line in sorted(told))

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "added": [{"name": n, "version": v} for n, v in self.added],
            "removed": [{"name": n, "version": v} for n, v in self.removed],
            "moved": [
                {"name": name, "old_version": old, "version": new}
                for name, old, new in self.moved
            ],
            "altered": [{"name": n, "what": what} for n, what in self.altered],
        }


def lock_changes(old: LockFile | None, new: LockFile) -> LockChanges:
    """Return what is different in the packages of ``new``; all is, without ``old``."""
    before, after = _by_name(old), _by_name(new)
    moved, altered = [], []
    for name in sorted(before.keys() & after.keys()):
        one, other = before[name], after[name]
        if _versions(one) != _versions(other):
            moved.append((name, _versions(one), _versions(other)))
        elif one != other:
            altered.append((name, _altered(one, other)))
    return LockChanges(
        tuple((n, _versions(after[n])) for n in sorted(after.keys() - before.keys())),
        tuple((n, _versions(before[n])) for n in sorted(before.keys() - after.keys())),
        tuple(moved),
        tuple(altered),
    )


def _by_name(lock: LockFile | None) -> Mapping[str, tuple[LockedPackage, ...]]:
    found: dict[str, tuple[LockedPackage, ...]] = {}
    for package in () if lock is None else lock.packages:
        found[package.name] = (*found.get(package.name, ()), package)
    return found


def _versions(rows: tuple[LockedPackage, ...]) -> str:
    return ", ".join(row.version for row in rows if row.version)


def _altered(one: tuple[LockedPackage, ...], other: tuple[LockedPackage, ...]) -> str:
    if len(one) != len(other):
        return "rows"
    told: list[str] = []
    for old, new in zip(one, other, strict=True):
        for field in LockedPackage.__dataclass_fields__:
            if getattr(old, field) != getattr(new, field) and field not in told:
                told.append(field)
        if replace(old, sdist=None, wheels=()) == replace(new, sdist=None, wheels=()):
            told = ["files"]
    names = {"requires_python": "requires-python", "sdist": "files", "wheels": "files"}
    return ", ".join(dict.fromkeys(names.get(field, field) for field in told))
