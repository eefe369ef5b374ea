"""Metadata from wherever it stands, by any of its names, as one document."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from pysetup.edges.urls import is_file_url
from pysetup.errors import UsageError, redact
from pysetup.index.model import File
from pysetup.interchange.dist_info import SUFFIX, read_document
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.formats.registry import (
    NO_FILES,
    Draft,
    Files,
    Format,
    Said,
    UnknownFormatError,
    find_format,
)
from pysetup.metadata.formats.setup_project import SetupProject, dynamic_keys
from pysetup.metadata.formats.setup_project import read as read_setup_project
from pysetup.metadata.pointers import pointer_of
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder, read_draft
from pysetup.phases.develop.record import read_record
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.filenames import ARCHIVE_ENDINGS
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field
from pysetup.workflows.building.archives import is_built_tree, read_built_tree
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context
from pysetup.workflows.describing.documents import (
    NoDocumentError,
    metadata_files,
    read_file,
)
from pysetup.workflows.describing.releases import (
    is_project_name,
    parse_release,
    read_release,
)
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.installing.inspect import find_installed

STDIN = "-"
EGG_INFO = ".egg-info"
# What a source is; of a file it is the name of its format.
TREE, SDIST, WHEEL, BUILT, INSTALLED, INFO_FOLDER, RELEASE = (
    *("tree", "sdist", "wheel", "built", "installed", "info-folder", "release"),
)
_URLS = ("http://", "https://")
_MAX_FILES = 1000
# They follow from the others.
_DERIVED_KEYS = ("document_version", "metadata_version", "extensions", "build")
_MAX_BYTES = 16 * 1024 * 1024


class UnknownSourceError(UsageError):
    """It cannot be told in which format a file of metadata is.

    The format is known by the name of the file, or by what stands in it. Say which one
    it is with ``--from``; ``docs/reference/conversion.md`` lists the formats.
    """

    code = "PS2682"

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source} is in no metadata format that pysetup recognises",
            facts={"file": source},
            hints=("name its format:  pysetup metadata convert --from FORMAT ...",),
        )


class NotCompleteError(UsageError):
    """A file does not state the name or the version of the project.

    Some formats hold only a part of the metadata (``requirements.txt`` has the
    requirements alone), and some projects compute their version when they are built.
    Give what is missing with ``--name`` and ``--version``, or let the project's
    back end compute it: give the project folder instead of the file.
    """

    code = "PS2683"

    def __init__(
        self, source: str, missing: tuple[str, ...], reasons: tuple[str, ...] = ()
    ) -> None:
        options = " ".join(f"--{key} {key.upper()}" for key in missing)
        super().__init__(
            f"{source} does not state the {' and the '.join(missing)} of the project",
            facts={"file": source, "missing": list(missing), "reasons": list(reasons)},
            hints=(f"say it:  pysetup metadata convert {options} ...",),
        )
        self.source, self.missing = source, missing


class FileTooLargeError(UsageError):
    """A file of metadata is larger than any such file can be.

    Nothing beyond 16 MiB is read. It is probably not the file that was meant.
    """

    code = "PS2684"

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source} is larger than {_MAX_BYTES} bytes",
            facts={"file": source},
            hints=("give a file of metadata, an archive, or a project folder",),
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and where it came from.

    ``kind`` is one of this module's kinds, or the name of the file's format.
    ``derived`` says that there was no ``pydist.json``: the document was made from
    older files, so that its own sections may be missing. ``computed`` are keys that
    the source leaves to a build. ``origins`` are the places of single values by their
    pointers, ``setup.py:12``, where the source is several files.
    """

    metadata: Metadata
    kind: str
    place: str
    derived: bool = False
    computed: tuple[str, ...] = ()
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a source may use.

    ``environment`` gives the one where installed names are looked up; ``stdin`` gives
    what stands for ``-``; ``given`` are a name and a version for files that state none.
    ``change`` makes of a document the one that is to be converted.
    """

    context: Context
    building: Building
    environment: Callable[[], Environment] | None = None
    stdin: Callable[[], bytes] | None = None
    given: Mapping[str, JSON] = field(default_factory=dict)
    change: Callable[[Metadata], Metadata] = lambda metadata: metadata


def read_source(source: str, reading: Reading, *, format_: str = "") -> Source:
    """Return the document of ``source``.

    It is a project folder, an archive, a built tree, a ``.dist-info`` or ``.egg-info``
    folder, a file of any format, the URL of an archive or a file, ``-`` for standard
    input, ``NAME==VERSION`` of an index, or a name that is installed. ``format_`` says
    what a file is, where its name and content do not.

    Raises ``NoDocumentError``, ``UnknownSourceError``, ``NotCompleteError``,
    ``FileTooLargeError``, ``NotInstalledError``, ``ReleaseNotFoundError``, and what is
    wrong with the source.
    """
    wanted = find_format(format_) if format_ else None
    context, given = reading.context, reading.given
    if source == STDIN and reading.stdin is not None:
        content = _limited(reading.stdin(), source="standard input")
        return _of_file("standard input", content, NO_FILES, wanted, given)
    path = local_path(source, context=context)
    if path.is_dir():
        return _of_folder(path, wanted, reading)
    if path.is_file():
        shown = redact(source)
        if path.name.endswith(ARCHIVE_ENDINGS) and wanted is None:
            return _of_archive(path, place=shown)
        if path.name == PYPROJECT and wanted is None and not given:
            return _of_tree(path.parent, reading)
        content = read_limited(path)
        return _of_file(shown, content, ProjectFolder(path.parent), wanted, given)
    if path.exists():
        raise NoDocumentError(source, "it is neither a file nor a folder")
    if reading.environment is None:
        raise NoDocumentError(source, "there is no such file or folder")
    return _of_name(source, reading.environment, context=context)


def _of_name(
    name: str, find_environment: Callable[[], Environment], *, context: Context
) -> Source:
    """Return ``NAME==VERSION`` of an index, or what is installed."""
    release = parse_release(name)
    if release is not None:
        return _of_release(*release, context=context)
    environment = find_environment()
    (found,) = find_installed([name], environment=environment, context=context)
    derived = DOCUMENT_NAME not in metadata_files(Path(found.info_dir))
    return Source(found.metadata, INSTALLED, found.info_dir, derived)


def read_installed_or_newest(source: str, reading: Reading) -> Source:
    """Return what ``read_source`` does; a name that is not installed asks the index.

    Its newest final release is taken, and that is told. Raises as ``read_source``.
    """
    try:
        return read_source(source, reading)
    except NotInstalledError:
        if not is_project_name(source):
            raise
        text = f"{source} is not installed: asking the index for its newest release"
        reading.context.tell(text)
        return _of_release(source, "", context=reading.context)


def _of_release(name: str, version: str, *, context: Context) -> Source:
    metadata, place, derived = read_release(name, version, context=context)
    return Source(metadata, RELEASE, place, derived)


def places_of(source: Source) -> dict[str, tuple[str, ...]]:
    """Return the places of each value by its pointer; of one file it is the file."""
    found = dict(source.origins)
    for key in source.metadata.to_dict():
        pointer = pointer_of([key])
        inside = any(f"{one}/".startswith(f"{pointer}/") for one in source.origins)
        if not inside and not (source.origins and key in _DERIVED_KEYS):
            found[pointer] = (source.place,)
    return dict(sorted(found.items()))


def local_path(source: str, *, context: Context) -> Path:
    """Return the path of ``source``; what a URL names is fetched first."""
    if source.startswith(_URLS) or is_file_url(source):
        return _fetched(source, context=context)
    return context.path(source)


def _fetched(url: str, *, context: Context) -> Path:
    filename = PurePosixPath(url.partition("#")[0].partition("?")[0]).name
    (acquired,) = acquire([File(filename, url)], context=context)
    return acquired.path


def _of_archive(path: Path, *, place: str) -> Source:
    kind = WHEEL if path.name.endswith(".whl") else SDIST
    derived = DOCUMENT_NAME not in metadata_files(path)
    return Source(read_file(path), kind, place, derived)


def _of_folder(path: Path, wanted: Format | None, reading: Reading) -> Source:
    given = reading.given
    if wanted is not None and wanted.name != "egg-info":
        for filename in wanted.filenames:
            if not filename.startswith(".") and (path / filename).is_file():
                content = read_limited(path / filename)
                files = ProjectFolder(path)
                place = str(path / filename)
                return _of_file(place, content, files, wanted, given)
        raise NoDocumentError(str(path), f"it has no file in the format {wanted.name}")
    if wanted is not None or path.name.endswith(EGG_INFO):
        return _of_egg_info(path, given)
    if path.name.endswith(SUFFIX) or path.name == "EGG-INFO":
        metadata = read_document(_reader(path), source=path.name, compare=True)
        derived = not (path / DOCUMENT_NAME).is_file()
        return Source(metadata, INFO_FOLDER, str(path), derived)
    if is_built_tree(path):
        built = read_built_tree(path)
        return Source(built.metadata, BUILT, str(path), not _has_document(path))
    return _of_tree(path, reading)


def _of_tree(path: Path, reading: Reading) -> Source:
    stated = _of_setup_files(path)
    if stated is not None:
        document = stated.draft.document()
        return Source(document, TREE, str(path), origins=stated.origins)
    tree = read_project(
        path.resolve(), context=reading.context, building=reading.building
    )
    return Source(tree.metadata, TREE, str(path))


def _of_setup_files(path: Path) -> SetupProject | None:
    """Return what setup.py, setup.cfg and pyproject.toml say together, if all."""
    draft, folder = read_draft(path), ProjectFolder(path)
    if not draft.missing or read_record(path) is not None:
        return None
    dynamic = dynamic_keys(folder.read_file(PYPROJECT) or b"")
    return read_setup_project(draft, dynamic, folder)


def _has_document(tree: Path) -> bool:
    return any(tree.glob(f"*{SUFFIX}/{DOCUMENT_NAME}"))


def _reader(folder: Path) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        path = folder / name
        return read_limited(path) if path.is_file() else None

    return read


def _of_egg_info(path: Path, given: Mapping[str, JSON]) -> Source:
    known = find_format("egg-info")
    assert known.read_folder is not None, "the registry reads egg-info"
    listed = sorted(one for one in path.iterdir() if one.is_file())
    files = {one.name: read_limited(one) for one in listed[:_MAX_FILES]}
    said = known.read_folder(files, path.name)
    metadata, computed = _completed(said, path.name, given)
    return Source(metadata, known.name, str(path), derived=True, computed=computed)


def _of_file(
    source: str,
    content: bytes,
    files: Files,
    wanted: Format | None,
    given: Mapping[str, JSON],
) -> Source:
    known = wanted or _detected(source, content)
    if known.read is None:
        reason = "is a folder" if known.read_folder else "describes no project"
        raise UnknownFormatError(known.name, reason, "give the folder")
    name = PurePosixPath(source).name
    if known.read_named is not None and given.get("name"):
        said = known.read_named(content, name, str(given["name"]))
    else:
        said = known.read(content, name, files)
    metadata, computed = _completed(said, source, given)
    return Source(metadata, known.name, source, known.name != "json", computed)


def _detected(source: str, content: bytes) -> Format:
    name = detect(Path(source).name, content)
    if not name:
        raise UnknownSourceError(source)
    return find_format(name)


def _completed(
    said: Said, source: str, given: Mapping[str, JSON]
) -> tuple[Metadata, tuple[str, ...]]:
    """Return a document even of a draft, and the keys that only a build can say."""
    if isinstance(said, Metadata):
        stated = {key: value for key, value in given.items() if value is not None}
        return (said.replaced(**stated) if stated else said), ()
    return _completed_draft(said, source, given)


def _completed_draft(
    draft: Draft, source: str, given: Mapping[str, JSON]
) -> tuple[Metadata, tuple[str, ...]]:
    told = {
        key: given.get(key) or draft.mapping.get(key) for key in ("name", "version")
    }
    missing = tuple(key for key, value in told.items() if not value)
    if missing:
        reasons = tuple(map(str, getattr(draft, "unread", ())))
        raise NotCompleteError(source, missing, reasons)
    core = Metadata.from_dict(told, source=source)
    computed = tuple(key for key in draft.missing if key not in told)
    return draft.document(core).replaced(**told), computed


def read_limited(path: Path) -> bytes:
    """Return the content of a file of metadata.

    Raises ``FileTooLargeError``, and ``NoDocumentError`` if it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return _limited(stream.read(_MAX_BYTES + 1), source=path.name)
    except OSError as error:
        raise NoDocumentError(str(path), f"{error.strerror}") from None


def _limited(content: bytes, *, source: str) -> bytes:
    if len(content) > _MAX_BYTES:
        raise FileTooLargeError(source)
    return content
