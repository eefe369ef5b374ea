"""Deciding what an uninstall removes, and what it leaves; nothing is touched here."""

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Sequence

from pysetup.errors import AnswerError, EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import (
    EGG_SUFFIX,
    LINK_SUFFIX,
    InstalledDistribution,
)
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.easy_install import PathLine, own_scripts, path_lines
from pysetup.phases.install.file_lists import (
    InstalledFile,
    everything_in,
    proof_path,
)
from pysetup.phases.install.reading import egg_scripts
from pysetup.phases.install.real_folders import RealFolders
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.record import InvalidRecordError
from pysetup.standards.script_names import is_protected_name
from pysetup.values import dataclass

# Package managers whose own database would be wrong afterwards.
_FOREIGN_INSTALLERS = frozenset(
    ("apk", "apt", "brew", "conda", "debian", "dnf", "dpkg", "nix", "pacman", "rpm")
)


class NotInstalledError(AnswerError):
    """A distribution that should be removed, shown or checked is not installed.

    Names are compared without regard to case and to ``-``, ``_`` and ``.``.
    """

    code = "PS1301"

    def __init__(self, name: str, prefix: str) -> None:
        super().__init__(
            f"{name} is not installed in {prefix}",
            facts={"distribution": name, "environment": prefix},
            hints=("pysetup list  shows what is installed",),
        )
        self.name = name


class ForeignInstallerError(EnvironmentRefusedError):
    """A distribution was installed by a package manager that keeps its own books.

    If pysetup removed or replaced its files, that package manager would not know, and
    its next upgrade or removal would go wrong.
    """

    code = "PS7301"

    def __init__(self, name: str, installer: str) -> None:
        super().__init__(
            f"{name} was installed by {installer}, which must also remove it",
            facts={"distribution": name, "installer": installer},
            hints=(
                f"remove it with {installer}",
                f"override:  pysetup uninstall --force {name}",
            ),
        )
        self.name, self.installer = name, installer


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What removing one distribution takes away; all paths are absolute.

    ``files`` go; ``kept`` were changed since they were installed and stay;
    ``shared`` belong to other distributions too and stay. ``proof`` is the digest of
    the file list that the plan was made from, at ``proof_path``. ``path_lines`` are
    lines that go from the ``easy-install.pth`` that it shares.
    """

    name: str
    version: str
    info_dir: str
    files: tuple[str, ...]
    kept: tuple[str, ...]
    shared: tuple[str, ...]
    proof_path: str
    proof: Hash
    path_lines: tuple[PathLine, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "info_dir": self.info_dir,
            "files": list(self.files),
            "kept": list(self.kept),
            "shared": list(self.shared),
            "path_lines": [{"path": p.path, "line": p.line} for p in self.path_lines],
        }


def plan_remove(
    distribution: InstalledDistribution,
    *,
    database: InstalledDatabase,
    environment: Environment,
    replaced: Collection[str] = (),
    force: bool = False,
) -> RemovalPlan:
    """Say what removing ``distribution`` takes away.

    ``replaced`` are paths that the new version brings: they are taken even if they
    were changed. ``force`` overrides a foreign installer. Raises
    ``ForeignInstallerError``, ``MissingRecordError`` or ``InvalidRecordError``.
    """
    name = distribution.metadata.name
    if distribution.installer.lower() in _FOREIGN_INSTALLERS and not force:
        raise ForeignInstallerError(name, distribution.installer)
    info_dir = distribution.info_dir
    listed = real_files(
        _without_linked(database.files(distribution)), environment, source=info_dir
    )
    untouched_since = _written_at(proof_path(info_dir))
    files: set[str] = set()
    kept: list[str] = []
    shared: list[str] = []
    caches: dict[str, tuple[str, ...]] = {}
    for path, file in listed.items():
        if not _is_file(path):
            continue
        owners = database.owners(path)
        if file.path != path:  # another list may spell the way there likewise
            owners += database.owners(file.path)
        if any(owner != name for owner in owners):
            shared.append(path)
        elif path not in replaced and _is_changed(
            path, file, info_dir, untouched_since
        ):
            kept.append(path)
        else:
            files.add(path)
            files.update(bytecode_of(path, listed=caches))
    files.update(everything_in(info_dir))
    scripts, path_lines = _easy_installed(distribution, environment)
    files.update(scripts)
    proof = proof_path(info_dir)
    return RemovalPlan(
        name=name,
        version=str(distribution.metadata.version),
        info_dir=info_dir,
        files=tuple(sorted(files)),
        kept=tuple(sorted(kept)),
        shared=tuple(sorted(shared)),
        proof_path=proof,
        proof=Hash.of_file(proof),
        path_lines=path_lines,
    )


def _easy_installed(
    distribution: InstalledDistribution, environment: Environment
) -> tuple[tuple[str, ...], tuple[PathLine, ...]]:
    """Return scripts and path lines of an egg or a develop installation."""
    info_dir = distribution.info_dir
    if not info_dir.endswith((EGG_SUFFIX, LINK_SUFFIX)):
        return (), ()
    metadata = distribution.metadata
    wanted = [
        entry.name
        for entry in metadata.entry_points
        if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)
    ]
    target = info_dir
    if info_dir.endswith(LINK_SUFFIX):
        target = distribution.project
        # The link does not say what scripts the project has; who wrote them does.
        with contextlib.suppress(OSError):
            wanted += os.listdir(environment.scheme.scripts)
    else:
        wanted += egg_scripts(info_dir)
    scripts = own_scripts(metadata.name, wanted, folder=environment.scheme.scripts)
    lines = path_lines(os.path.dirname(info_dir), target) if target else ()
    return tuple(map(_real_place, scripts)), lines


def bytecode_of(path: str, *, listed: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the bytecode files that interpreters made of the module at ``path``.

    ``listed`` remembers what stands in a folder, for the next module of it.
    """
    folder, name = os.path.split(path)
    if not name.endswith(".py"):
        return ()
    cache = os.path.join(folder, "__pycache__")
    if cache not in listed:
        listed[cache] = _bytecode_in(cache)
    stem = name.removesuffix("py")
    return tuple(
        os.path.join(cache, found) for found in listed[cache] if found.startswith(stem)
    )


def _bytecode_in(cache: str) -> tuple[str, ...]:
    try:
        return tuple(name for name in os.listdir(cache) if name.endswith(".pyc"))
    except OSError:
        return ()


def own_folders(environment: Environment) -> tuple[str, ...]:
    """Return the real folders below which an environment's files may stand."""
    scheme = environment.scheme
    folders = (
        environment.prefix,
        scheme.purelib,
        scheme.platlib,
        scheme.scripts,
        scheme.data,
        scheme.headers,
    )
    return tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders))


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    """Tell whether ``path`` is one of ``folders`` or stands below one."""
    return any(path == top or path.startswith(top.rstrip("/") + "/") for top in folders)


def _without_linked(listed: Sequence[InstalledFile]) -> list[InstalledFile]:
    """Leave out what is behind a link that is listed itself.

    Of a folder that is a link to the store, the link goes; its files are the store's.
    """
    links = {file.path for file in listed if _is_folder_link(file.path)}
    if not links:
        return list(listed)
    inside = tuple(link + os.sep for link in links)
    return [file for file in listed if not file.path.startswith(inside)]


def _is_folder_link(path: str) -> bool:
    return os.path.islink(path) and os.path.isdir(path)


def real_files(
    listed: Iterable[InstalledFile], environment: Environment, *, source: str
) -> dict[str, InstalledFile]:
    """Return files by their real places; the last part of a path is not followed.

    Refuses a list that leads outside, also by way of a link on the path, and one that
    names a part of the environment itself.
    """
    roots = own_folders(environment)
    scripts = os.path.realpath(environment.scheme.scripts)
    own = {_real_place(os.path.join(environment.prefix, "pyvenv.cfg"))}
    own.add(_real_place(environment.executable))
    real = RealFolders()
    below: dict[str, bool] = {}
    found: dict[str, InstalledFile] = {}
    for file in listed:
        folder, _, name = file.path.rpartition(os.sep)
        place = real(folder or os.sep)
        inside = below.get(place)
        if inside is None:
            inside = below[place] = is_below(place, roots)
        if not inside or not name:
            raise InvalidRecordError(source, f"leads outside: {file.path!r}")
        path = os.path.join(place, name)
        if path in own or (place == scripts and is_protected_name(name)):
            reason = f"lists a part of the environment itself: {file.path!r}"
            raise InvalidRecordError(source, reason)
        found[path] = file
    return found


def _real_place(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def _is_file(path: str) -> bool:
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _written_at(path: str) -> int:
    """Return when a list of files was written, in nanoseconds; 0 if unknown."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _is_changed(
    path: str, file: InstalledFile, info_dir: str, untouched_since: int
) -> bool:
    """Tell whether the user edited a file; what has no digest counts as unchanged.

    Every installer writes RECORD last, so a file whose time is before RECORD's has not
    been written since, and need not be read: a hundred megabytes are soon read for
    nothing. A file that was written in the very tick of RECORD is read. What this
    misses is an edit that keeps the size and then sets the time back (``cp -p`` of an
    older file, ``touch -d``), or an environment copied without its times after an edit
    of that kind; what it can never miss is a file that was written and left with the
    time of its writing.
    """
    if file.hash is None or path.startswith(info_dir + os.sep):
        return False
    try:
        status = os.stat(path)
        if file.size is not None and status.st_size != file.size:
            return True
        if status.st_mtime_ns < untouched_since and file.size is not None:
            return False
        return Hash.of_file(path, file.hash.algorithm) != file.hash
    except OSError:  # a dangling link, or not ours to read: nothing worth keeping
        return False
