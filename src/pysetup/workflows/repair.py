"""Putting back what is missing or changed, from the archive that was installed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import AnswerError, PysetupError, redact
from pysetup.index.model import File
from pysetup.index.urls import last_segment
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.cache_folders import cache_in_use, open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.installing.inspect import (
    DamagedFile,
    find_disagreements,
    find_installed,
    read_environment,
    verify_files,
)
from pysetup.workflows.installing.install import (
    InstallReport,
    WheelToInstall,
    install_wheels,
)


class UnrepairableError(AnswerError):
    """A damaged distribution cannot be put right from the archive it came from.

    pysetup writes down where a distribution is from, and the digest of the archive, in
    ``provenance_url.json`` or ``direct_url.json``. Other tools do so only for what was
    named by its URL; what was built from source has no archive to be taken from; and an
    archive may not be there any more, or may be another one.
    """

    code = "PS1391"

    def __init__(self, name: str, version: str, reason: str) -> None:
        super().__init__(
            f"{name} {version} cannot be repaired: {reason}",
            facts={"distribution": name, "version": version, "reason": reason},
            hints=(f"pysetup install --force-reinstall '{name}=={version}'",),
        )
        self.name, self.reason = name, reason


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was put back, or with ``dry_run`` would be, and what could not be.

    ``restored`` are the files that differed; ``report`` is the transaction's own, None
    if there was none.
    """

    restored: tuple[DamagedFile, ...]
    failed: tuple[PysetupError, ...]
    report: InstallReport | None
    dry_run: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "dry_run": self.dry_run,
            "restored": [one.to_json() for one in self.restored],
            "transaction": None if self.report is None else self.report.to_json(),
        }


def repair(
    names: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    dry_run: bool = False,
) -> RepairReport:
    """Reinstall what differs from its RECORD or its document, in one transaction.

    The same archive is taken, from the store, the cache, or where it was recorded to
    be from, and its digest is proved. Files that the user edited are replaced, which is
    told. ``names`` are distributions to look at, all if there are none. Raises what the
    transaction raises; the environment is then as it was.
    """
    find_installed(names, environment=environment, context=context)
    database = read_environment(environment, context)
    damaged, unknown = verify_files(database, names)
    broken = {one.name for one in damaged}
    broken |= {one.name for one in find_disagreements(database, names)}
    failed = list(unknown)
    wheels: list[WheelToInstall] = []
    restored: list[DamagedFile] = []
    with cache_in_use(context):
        for distribution in database.distributions():
            name = distribution.metadata.name
            if name not in broken:
                continue
            try:
                wheels.append(_same_wheel(distribution, context))
            except PysetupError as error:
                failed.append(error)
                continue
            restored += [one for one in damaged if one.name == name]
        report = None
        if wheels:
            for one in restored:
                if one.state == "changed":
                    context.tell(f"replacing {one.path}: it was changed")
            report = install_wheels(
                wheels, environment=environment, context=context, dry_run=dry_run
            )
    return RepairReport(tuple(restored), tuple(failed), report, dry_run)


def _same_wheel(
    distribution: InstalledDistribution, context: Context
) -> WheelToInstall:
    """Return the wheel that ``distribution`` came from, unpacked or as a file.

    Raises ``UnrepairableError``.
    """
    metadata = distribution.metadata
    file = _origin(distribution)
    path, digest = Path(file.filename), _stored(file, context)
    if digest is None:
        try:
            (acquired,) = acquire([file], context=context)
        except PysetupError as error:
            version = str(metadata.version)
            raise UnrepairableError(metadata.name, version, error.message) from error
        path, digest = acquired.path, acquired.hash
    return WheelToInstall(
        path,
        requested=distribution.requested,
        direct_url=distribution.direct_url,
        provenance=distribution.provenance,
        hash=digest,
    )


def _stored(file: File, context: Context) -> Hash | None:
    """Return the digest under which the store has the wheel, whole; else None."""
    store = open_wheel_store(context)
    for digest in file.hashes:
        if store and digest.algorithm == "sha256" and store.get(digest, file.filename):
            return digest
    return None


def _origin(distribution: InstalledDistribution) -> File:
    """Return the recorded archive; raises ``UnrepairableError`` if it will not do."""
    metadata = distribution.metadata
    record = distribution.provenance or distribution.direct_url
    url = str((record or {}).get("url", ""))
    filename = last_segment(url)
    hashes = _hashes(record or {})
    reason = ""
    if distribution.kind != "dist-info":
        reason = f"an {distribution.kind} says nothing of its origin"
    elif distribution.editable:
        reason = f"it is installed for development from {distribution.location}"
    elif record is None:
        tool = distribution.installer or "its installer"
        reason = f"{tool} did not write down where it is from"
    elif not filename.endswith(".whl"):
        reason = f"it was built here, from {redact(url)}"
    elif not hashes:
        reason = f"no digest of {filename} was written down"
    elif parse_wheel_filename(filename).name != metadata.normalized_name:
        reason = f"it is said to be from {filename}"
    if reason:
        raise UnrepairableError(metadata.name, str(metadata.version), reason)
    return File(filename, url, hashes)


def _hashes(record: Mapping[str, JSON]) -> tuple[Hash, ...]:
    archive = record.get("archive_info")
    if not isinstance(archive, Mapping):
        return ()
    hashes = archive.get("hashes")
    rows: dict[str, JSON] = dict(hashes) if isinstance(hashes, Mapping) else {}
    old = archive.get("hash")
    if not rows and isinstance(old, str):  # before there were several (PEP 610)
        algorithm, _, digest = old.partition("=")
        rows[algorithm] = digest
    found = []
    for name, value in rows.items():
        try:
            found.append(Hash.parse(f"{name}:{value}"))
        except UnknownHashAlgorithmError:
            continue  # a weak digest proves nothing
    return tuple(found)
