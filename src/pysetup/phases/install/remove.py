"""Deciding what an uninstall removes, and what it leaves; nothing is touched here."""

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pysetup.errors import AnswerError, EnvironmentRefusedError
from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.database import InstalledDatabase, InstalledFile
from pysetup.phases.install.real_folders import RealFolders
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.record import InvalidRecordError

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
    the file list that the plan was made from, at ``proof_path``.
    """

    name: str
    version: str
    info_dir: str
    files: tuple[str, ...]
    kept: tuple[str, ...]
    shared: tuple[str, ...]
    proof_path: str
    proof: Hash

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "info_dir": self.info_dir,
            "files": list(self.files),
            "kept": list(self.kept),
            "shared": list(self.shared),
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
    listed = _without_linked(database.files(distribution))
    _refuse_outside(listed, environment, source=info_dir)
    files: set[str] = set()
    kept: list[str] = []
    shared: list[str] = []
    caches: dict[str, tuple[str, ...]] = {}
    for file in listed:
        if not _is_file(file.path):
            continue
        others = [owner for owner in database.owners(file.path) if owner != name]
        if others:
            shared.append(file.path)
        elif file.path not in replaced and _is_changed(file, info_dir):
            kept.append(file.path)
        else:
            files.add(file.path)
            files.update(bytecode_of(file.path, listed=caches))
    files.update(_everything_in(info_dir))
    proof_path = _proof_path(info_dir)
    return RemovalPlan(
        name=name,
        version=str(distribution.metadata.version),
        info_dir=info_dir,
        files=tuple(sorted(files)),
        kept=tuple(sorted(kept)),
        shared=tuple(sorted(shared)),
        proof_path=proof_path,
        proof=Hash.of_file(proof_path),
    )


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


def _refuse_outside(
    listed: Iterable[InstalledFile], environment: Environment, *, source: str
) -> None:
    """Refuse a list that leads outside, also by way of a link on the path."""
    roots = own_folders(environment)
    real = RealFolders()
    folders = {os.path.dirname(file.path): file.path for file in listed}
    for folder, path in folders.items():
        if not is_below(real(folder), roots):
            raise InvalidRecordError(source, f"leads outside: {path!r}")


def _is_file(path: str) -> bool:
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_changed(file: InstalledFile, info_dir: str) -> bool:
    """Tell whether the user edited a file; what has no digest counts as unchanged."""
    if file.hash is None or file.path.startswith(info_dir + os.sep):
        return False
    try:
        if file.size is not None and os.stat(file.path).st_size != file.size:
            return True
        return Hash.of_file(file.path, file.hash.algorithm) != file.hash
    except OSError:  # a dangling link, or not ours to read: nothing worth keeping
        return False


def _everything_in(info_dir: str) -> list[str]:
    if not os.path.isdir(info_dir) or os.path.islink(info_dir):
        return [info_dir]
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(info_dir)
        for name in names
    ]


def _proof_path(info_dir: str) -> str:
    if info_dir.endswith(SUFFIX):
        return os.path.join(info_dir, "RECORD")
    return os.path.join(info_dir, "installed-files.txt")
