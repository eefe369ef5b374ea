"""The chain of one document: source, sdist, wheel, index, environment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pysetup.errors import AnswerError
from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import DOCUMENT_NAME, OWN_SECTIONS, Metadata
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.filenames import is_sdist_of
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context
from pysetup.workflows.describing.documents import metadata_files, read_file
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.installing.inspect import find_installed

SOURCE, SDIST, WHEEL, ENVIRONMENT = "source", "sdist", "wheel", "environment"


class NothingToTraceError(AnswerError):
    """Only one end of a chain is known, so there is nothing to compare.

    Name what you have: a project folder with ``--source``, an sdist with ``--sdist``,
    an index with ``--index-url``, an environment with ``--env``.
    """

    code = "PS1671"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"nothing but one stop of {name} can be found",
            facts={"distribution": name},
            hints=("pysetup trace  with --source DIR, --sdist FILE, --index-url URL",),
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """One place where the document stands.

    ``digest`` is that of the document, ``file`` that of the archive around it (empty
    for folders). ``derived`` says that there is no ``pydist.json``: the document was
    read from older files, so its own sections are not compared. ``changed`` are keys
    that differ from the stop before, ``filled`` those among them that the stop before
    declares dynamic.
    """

    phase: str
    place: str
    digest: str
    file: str = ""
    derived: bool = False
    changed: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing changed that was not declared dynamic."""
        return set(self.changed) == set(self.filled)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "phase": self.phase,
            "place": self.place,
            "digest": self.digest,
            "file": self.file or None,
            "derived": self.derived,
            "changed": list(self.changed),
            "filled": list(self.filled),
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """The chain of one distribution, in the order of the phases."""

    name: str
    version: str
    stops: tuple[Stop, ...]

    @property
    def holds(self) -> bool:
        """Whether one document passed through all stops."""
        return all(stop.holds for stop in self.stops)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "holds": self.holds,
            "stops": [stop.to_json() for stop in self.stops],
        }


@dataclass(frozen=True, slots=True)
class _Found:
    phase: str
    place: str
    metadata: Metadata
    file: str = ""
    derived: bool = False


def trace(
    subject: str,
    *,
    context: Context,
    building: Building,
    environment: Environment | None,
    source: Path | None = None,
    sdist: Path | None = None,
) -> Trace:
    """Follow the document of ``subject``, an installed name or an archive.

    ``source`` is its project folder and ``sdist`` its source archive, where they are
    known; an sdist is also looked for beside the archive, and on the configured
    indexes. Raises ``NotInstalledError``, ``NothingToTraceError``, and what is wrong
    with a stop.
    """
    found: list[_Found] = []
    if source is not None:
        tree = read_project(source, context=context, building=building)
        found.append(_Found(SOURCE, str(source), tree.metadata))
    path = context.path(subject)
    if path.is_file():
        last = [_archive(path)]
    else:
        assert environment is not None, "a name is looked up in an environment"
        (installed,) = find_installed(
            [subject], environment=environment, context=context
        )
        last = [
            *_origin(installed, context=context),
            _Found(
                ENVIRONMENT,
                installed.info_dir,
                installed.metadata,
                derived=DOCUMENT_NAME not in metadata_files(Path(installed.info_dir)),
            ),
        ]
    if sdist is None and last[0].phase == WHEEL:
        sdist = _sdist_beside(path, last[0].metadata)
    if sdist is not None:
        found.append(_archive(sdist))
    elif last[0].phase != SDIST:
        found += _published_sdist(last[-1].metadata, context=context)
    found += last
    if len(found) == 1:
        raise NothingToTraceError(subject)
    metadata = found[-1].metadata
    return Trace(metadata.name, str(metadata.version), tuple(_stops(found)))


def _archive(path: Path, *, place: str = "") -> _Found:
    phase = WHEEL if path.name.endswith(".whl") else SDIST
    digest = str(Hash.of_file(str(path)))
    derived = DOCUMENT_NAME not in metadata_files(path)
    return _Found(phase, place or str(path), read_file(path), digest, derived)


def _origin(installed: InstalledDistribution, *, context: Context) -> Iterator[_Found]:
    """Give the wheel that an installation recorded as its origin (PEP 610, 710)."""
    record = installed.provenance or installed.direct_url or {}
    url = str(record.get("url", ""))
    if not url.endswith(".whl"):
        return
    archive = record.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, dict) else None
    file = File(url.rpartition("/")[2], url, _hashes(hashes))
    (acquired,) = acquire([file], context=context)
    yield _archive(acquired.path, place=url)


def _hashes(value: JSON) -> tuple[Hash, ...]:
    found = []
    for algorithm, digest in value.items() if isinstance(value, dict) else ():
        try:
            found.append(Hash.parse(f"{algorithm}:{digest}"))
        except UnknownHashAlgorithmError:
            continue  # another tool wrote it; a weak digest proves nothing
    return tuple(found)


def _sdist_beside(path: Path, metadata: Metadata) -> Path | None:
    if not path.is_file():
        return None
    beside = (one for one in sorted(path.parent.iterdir()) if one.is_file())
    return next((one for one in beside if _is_sdist(one.name, metadata)), None)


def _is_sdist(filename: str, metadata: Metadata) -> bool:
    return is_sdist_of(filename, name=metadata.name, version=metadata.version)


def _published_sdist(metadata: Metadata, *, context: Context) -> Iterator[_Found]:
    """Give the sdist of the same version on the configured indexes, if there is one."""
    with IndexClient(context) as index:
        page = index.page(metadata.name)
    files = () if page is None else page.files
    file = next((one for one in files if _is_sdist(one.filename, metadata)), None)
    if file is not None:
        (acquired,) = acquire([file], context=context)
        yield _archive(acquired.path, place=file.url)


def _stops(found: Sequence[_Found]) -> Iterator[Stop]:
    before: _Found | None = None
    for one in found:
        changed, filled = _changes(before, one)
        digest = str(one.metadata.digest())
        yield Stop(one.phase, one.place, digest, one.file, one.derived, changed, filled)
        before = one


def _changes(
    earlier: _Found | None, later: _Found
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that differ, and those of them that were declared dynamic."""
    if earlier is None or earlier.metadata == later.metadata:
        return (), ()
    before, after = earlier.metadata, later.metadata
    keys = {*before.to_dict(), *after.to_dict()} - {"extensions", "metadata_version"}
    # How a tool spelt its own file is told there; it says nothing of the project.
    names = {*before.extensions, *after.extensions} - {LEGACY_EXTENSION}
    if earlier.derived or later.derived:
        keys, names = keys - set(OWN_SECTIONS), set()
    changed = [key for key in sorted(keys) if before.get(key) != after.get(key)]
    changed += [
        f"extensions/{name}"
        for name in sorted(names)
        if before.extension(name) != after.extension(name)
    ]
    late = before.section("build").get("dynamic")
    dynamic = {*before.dynamic}
    for name in map(str, late if isinstance(late, list) else ()):
        dynamic |= {name, f"extensions/{name}"}
    return tuple(changed), tuple(key for key in changed if key in dynamic)
