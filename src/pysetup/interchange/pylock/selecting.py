"""Choosing from a lock file what an environment gets: PEP 751's own algorithm.

Nothing is resolved and nobody is asked: the same lock, environment, extras and groups
always give the same files.
"""

from collections.abc import Callable, Collection, Sequence

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
    LockFile,
)
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    lock_marker_holds,
    marker_holds,
    parse_marker,
)
from pysetup.standards.tags import best_rank, tag_ranks
from pysetup.standards.versions import parse_specifiers, parse_version
from pysetup.values import dataclass


class NotLockedForError(EnvironmentRefusedError):
    """A lock file is for other environments than the one it should be installed into.

    Its ``requires-python`` or ``environments``, or a package that is needed, exclude
    this Python or this platform. Nothing was changed. Choose another environment, or
    make a lock that holds here too.
    """

    code = "PS7790"

    def __init__(self, source: str, reason: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"{source} is not for this environment: {reason}",
            facts={"file": source, "it allows": list(allowed)},
            hints=(
                "choose another Python:  --python PY",
                "or lock for all of them:  pysetup lock --universal",
            ),
        )


class NoLockedFileError(EnvironmentRefusedError):
    """A lock file has no file of a package that this environment can use.

    None of its wheels fits the Python and the platform, and there is no sdist, or
    building is not allowed. Nothing was changed.
    """

    code = "PS7791"

    def __init__(self, source: str, package: LockedPackage, reason: str) -> None:
        super().__init__(
            f"{source} has no file of {package.name} {package.version} that fits: "
            f"{reason}",
            facts={
                "file": source,
                "package": package.name,
                "files": [file.filename for file in package.files],
            },
            hints=("make the lock anew for this environment:  pysetup lock",),
        )


class AmbiguousLockError(UsageError):
    """A lock file has two rows of one package that both hold here.

    Only one can be installed, and PEP 751 forbids to guess. The markers of the two
    rows must exclude each other. Nothing was changed.
    """

    code = "PS2794"

    def __init__(self, source: str, first: LockedPackage, other: LockedPackage) -> None:
        rows = [
            f"{row.version or '?'} ({row.marker or 'always'})" for row in (first, other)
        ]
        super().__init__(
            f"{source} has two rows of {first.name} that both hold here",
            facts={"file": source, "package": first.name, "rows": rows},
            hints=("make the lock anew with the tool that wrote it:  pysetup lock",),
        )


class UnknownLockPartError(UsageError):
    """A lock file was not made for an extra or a group that was asked for.

    Its ``extras`` and ``dependency-groups`` say what it can install.
    """

    code = "PS2795"

    def __init__(self, source: str, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{source} has no {kind} {name[:60]!r}",
            facts={"file": source, "it has": list(known)},
            hints=("name one that it has, or lock that one, too:  pysetup lock",),
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """One package to install, and the one source of it that is used."""

    package: LockedPackage
    source: LockedVcs | LockedDirectory | LockedArchive

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        source = self.source
        if isinstance(source, LockedVcs):
            told = source.commit_id
        elif isinstance(source, LockedDirectory):
            told = source.path
        else:
            told = source.filename
        version = self.package.version or None
        return {"name": self.package.name, "version": version, "source": told}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What of a lock is wanted beside what always is.

    ``groups`` are added to the default groups, unless ``default_groups`` is false;
    ``all_extras`` and ``all_groups`` take whatever the lock has.
    """

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    default_groups: bool = True
    all_extras: bool = False
    all_groups: bool = False


Prefer = Callable[[str], bool]


def _never(_: str) -> bool:
    return False


def choose(
    lock: LockFile,
    environment: Environment,
    *,
    source: str,
    parts: Parts | None = None,
    must_build: Prefer = _never,
    must_not_build: Prefer = _never,
) -> tuple[Chosen, ...]:
    """Return what ``lock`` installs into ``environment``, by name.

    ``must_build`` tells the names of which the sdist is taken though a wheel fits,
    ``must_not_build`` those whose sdist is never taken. ``source`` is the name of the
    file, for errors. Raises ``NotLockedForError``, ``NoLockedFileError``,
    ``AmbiguousLockError`` and ``UnknownLockPartError``.
    """
    extras, groups = wanted_parts(lock, parts or Parts(), source=source)
    _check_environment(lock, environment, source=source)
    rows: dict[str, LockedPackage] = {}
    for package in lock.packages:
        if not _is_wanted(package, environment, extras, groups):
            continue
        _check_python(package, environment, source=source)
        other = rows.setdefault(package.name, package)
        if other is not package:
            raise AmbiguousLockError(source, other, package)
    ranks = tag_ranks(environment.tags)
    return tuple(
        Chosen(
            package,
            package.direct or _file(package, ranks, source, must_build, must_not_build),
        )
        for _, package in sorted(rows.items())
    )


def wanted_parts(
    lock: LockFile, parts: Parts, *, source: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the extras and the groups that markers are evaluated with.

    Raises ``UnknownLockPartError``.
    """
    extras = {normalize_name(name) for name in parts.extras}
    _check_known(source, "extra", extras, lock.extras)
    known = (*lock.dependency_groups, *lock.default_groups)
    groups = {normalize_name(name) for name in parts.groups}
    _check_known(source, "dependency group", groups, known)
    if parts.default_groups:
        groups |= set(lock.default_groups)
    extras |= set(lock.extras if parts.all_extras else ())
    groups |= set(lock.dependency_groups if parts.all_groups else ())
    return frozenset(extras), frozenset(groups)


def _check_known(
    source: str, kind: str, wanted: Collection[str], known: Sequence[str]
) -> None:
    names = {normalize_name(name) for name in known}
    for name in sorted(set(wanted) - names):
        raise UnknownLockPartError(source, kind, name, known)


def _check_environment(
    lock: LockFile, environment: Environment, *, source: str
) -> None:
    python = lock.requires_python
    if python and not _python_fits(python, environment):
        reason = f"it needs Python {python}, and this is {environment.version}"
        raise NotLockedForError(source, reason, (python,))
    if not lock.environments:
        return
    if not any(
        marker_holds(parse_marker(text), environment.markers)
        for text in lock.environments
    ):
        reason = "none of its environments is this one"
        raise NotLockedForError(source, reason, lock.environments)


def _is_wanted(
    package: LockedPackage,
    environment: Environment,
    extras: frozenset[str],
    groups: frozenset[str],
) -> bool:
    return not package.marker or lock_marker_holds(
        parse_marker(package.marker), environment.markers, extras=extras, groups=groups
    )


def _check_python(
    package: LockedPackage, environment: Environment, *, source: str
) -> None:
    python = package.requires_python
    if python and not _python_fits(python, environment):
        reason = f"{package.name} {package.version} needs Python {python}"
        raise NotLockedForError(source, reason, (python,))


def _python_fits(specifiers: str, environment: Environment) -> bool:
    """Tell whether a Python fits; its pre-releases count as the release to come."""
    release = parse_version(environment.version).release
    version = parse_version(".".join(map(str, release)))
    return parse_specifiers(specifiers).contains(version, prereleases=True)


def _file(
    package: LockedPackage,
    ranks: dict[str, int],
    source: str,
    must_build: Prefer,
    must_not_build: Prefer,
) -> LockedArchive:
    sdist = None if must_not_build(package.name) else package.sdist
    if must_build(package.name):
        if package.sdist is None:
            raise NoLockedFileError(source, package, "wheels are refused (--no-binary)")
        return package.sdist
    wheel = best_wheel(package, ranks)
    if wheel is not None:
        return wheel
    if sdist is None:
        refused = package.sdist is not None
        reason = "building is refused (--only-binary)" if refused else "no wheel does"
        raise NoLockedFileError(source, package, reason)
    return sdist


def best_wheel(package: LockedPackage, ranks: dict[str, int]) -> LockedArchive | None:
    """Return the wheel that fits best: by its tags, then the highest build number.

    Variants (PEP 825) are passed over, as in every other choice.
    """
    best: tuple[tuple[int, tuple[int, str]], LockedArchive] | None = None
    for file in package.wheels:
        wheel = parse_wheel_filename(file.filename)
        rank = None if wheel.variant else best_rank(wheel.tags, ranks)
        if rank is None:
            continue
        key = (-rank, wheel.build or (0, ""))
        if best is None or key > best[0]:
            best = key, file
    return best[1] if best else None
