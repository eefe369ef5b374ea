"""Every format that metadata is read from and written to, by name; loaded when used."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.metadata.problems import Loss, did_you_mean
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_PACKAGE = "pysetup.metadata.formats"
# What people call them, too.
_ALIASES = {
    "pydist": "json",
    "pydist.json": "json",
    "pkg-info": "metadata",
    "metadata.json": "pep819",
    "pyproject.toml": "pyproject",
    "setup_cfg": "setup.cfg",
    "setup_py": "setup.py",
    "egg_info": "egg-info",
    "entry-points": "entry_points",
    "entry_points.txt": "entry_points",
    "requirements.txt": "requirements",
    "pylock.toml": "pylock",
}


class UnknownFormatError(UsageError):
    """There is no metadata format of that name, or it cannot be used in this way.

    Some formats are only read: a static ``setup.py`` is a program that pysetup reads
    and never writes. ``docs/reference/conversion.md`` lists all of them.
    """

    code = "PS2681"

    def __init__(self, name: str, reason: str, hint: str = "") -> None:
        super().__init__(
            f"the format {name[:60]!r} {reason}",
            facts={"format": name[:60]},
            hints=(hint or "pysetup metadata convert --help  lists the formats",),
        )


class Draft(Protocol):
    """What a file says that does not say everything, or not at once.

    ``mapping`` is the document as far as it is known, ``missing`` are keys that
    someone else must give.
    """

    @property
    def mapping(self) -> Mapping[str, JSON]:
        """What is known."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not."""

    def document(self, core: Metadata | None = None) -> Metadata:
        """Return the whole document, completed from ``core``."""


Said = Metadata | Draft


class Files(Protocol):
    """The folder around a file, for formats that name other files."""

    def read_file(self, path: str) -> bytes | None:
        """Return the content of a file by its path below the folder, or None."""

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the files that match, sorted."""


class NoFiles:
    """The surroundings of a file that has none: what it names is not there."""

    def read_file(self, path: str) -> bytes | None:
        """Return None."""
        del path
        return None

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return nothing."""
        del pattern
        return ()


NO_FILES = NoFiles()


class Read(Protocol):
    """Reads one file; a draft is what does not say everything."""

    def __call__(self, content: bytes, source: str, files: Files = ...) -> Said:
        """Return the document; raises ``PysetupError``."""


ReadFolder = Callable[[Mapping[str, bytes], str], Said]
Write = Callable[[Metadata], bytes]
WriteFolder = Callable[[Metadata], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: what it is called, how it is recognised, and both directions.

    ``filenames`` are names, or suffixes that begin with a dot. A format of several
    files has ``read_folder`` and ``write_folder``, one of several projects has
    ``read_named`` for a name.
    ``losses`` says what of a document the format cannot carry; ``update`` brings a file
    up to date that people wrote. What describes an archive and no project has only
    ``translate``, from either of its forms into this one.
    """

    name: str
    summary: str
    filenames: tuple[str, ...] = ()
    read: Read | None = None
    write: Write | None = None
    losses: Callable[[Metadata], tuple[Loss, ...]] | None = None
    update: Callable[[bytes, Metadata], bytes] | None = None
    read_named: Callable[[bytes, str, str], Said] | None = None
    read_folder: ReadFolder | None = None
    write_folder: WriteFolder | None = None
    translate: Callable[[bytes, str], bytes] | None = None

    @property
    def is_read(self) -> bool:
        """Whether documents are made from it."""
        return self.read is not None or self.read_folder is not None

    @property
    def is_written(self) -> bool:
        """Whether it is made from documents."""
        return self.write is not None or self.write_folder is not None

    @property
    def is_of_wheels(self) -> bool:
        """Whether it describes a wheel, and not a project."""
        return self.translate is not None


def _reader(module: str, *, with_files: bool = False) -> Read:
    """Return the ``read`` of a module below this package, loaded at the first call."""

    def read(content: bytes, source: str, files: Files = NO_FILES) -> Said:
        function = import_module(f"{_PACKAGE}.{module}").read
        options = {"files": files} if with_files else {}
        said: Said = function(content, source=source, **options)
        return said

    return read


def _writer(module: str) -> Write:
    def write(metadata: Metadata) -> bytes:
        content: bytes = import_module(f"{_PACKAGE}.{module}").write(metadata)
        return content

    return write


def _loser(module: str) -> Callable[[Metadata], tuple[Loss, ...]]:
    def losses(metadata: Metadata) -> tuple[Loss, ...]:
        found: tuple[Loss, ...] = import_module(f"{_PACKAGE}.{module}").losses(metadata)
        return found

    return losses


def _both(name: str, summary: str, module: str, *filenames: str) -> Format:
    """Return a format that its module reads and writes."""
    return Format(
        name=name,
        summary=summary,
        filenames=filenames,
        read=_reader(module),
        write=_writer(module),
        losses=_loser(module),
    )


def _read_document(content: bytes, source: str, files: Files = NO_FILES) -> Said:
    del files
    return Metadata.from_json(content, source=source)


def _write_document(metadata: Metadata) -> bytes:
    return metadata.to_json()


def _no_losses(metadata: Metadata) -> tuple[Loss, ...]:
    del metadata
    return ()


def _read_pyproject(content: bytes, source: str, files: Files = NO_FILES) -> Said:
    # Its package gives the function, and loads much that no other format needs.
    function = import_module(f"{_PACKAGE}.pyproject").read
    said: Said = function(content, files=files, source=source)
    return said


def _read_egg_info(files: Mapping[str, bytes], source: str) -> Said:
    said: Said = import_module(f"{_PACKAGE}.egg_info").read(files, source=source)
    return said


def _write_egg_info(metadata: Metadata) -> Mapping[str, bytes]:
    files: Mapping[str, bytes] = import_module(f"{_PACKAGE}.egg_info").write(metadata)
    return files


def _read_pylock_row(content: bytes, source: str, name: str) -> Said:
    function = import_module(f"{_PACKAGE}.pylock_row").read
    said: Said = function(content, source=source, name=name)
    return said


def _update_pyproject(content: bytes, metadata: Metadata) -> bytes:
    function = import_module(f"{_PACKAGE}.pyproject_text").update
    updated: bytes = function(content, metadata)
    return updated


def _wheel_info(content: bytes, source: str) -> WheelInfo:
    is_json = content.lstrip()[:1] == b"{"
    parse = WheelInfo.parse_json if is_json else WheelInfo.parse
    return parse(content, source=source)


_ALL = (
    Format(
        name="json",
        summary="pydist.json, the document itself",
        filenames=("pydist.json",),
        read=_read_document,
        write=_write_document,
        losses=_no_losses,
    ),
    _both("pep819", "METADATA.json (PEP 819)", "pep819", "METADATA.json"),
    _both("pep566", "the JSON form of METADATA (PEP 566)", "pep566"),
    _both(
        "pep426",
        "pydist.json of metadata 2.0 (PEP 426), metadata.json of old wheels",
        "pep426",
        "pysdist.json",
        "metadata.json",
    ),
    _both("metadata", "METADATA and PKG-INFO", "core_metadata", "METADATA", "PKG-INFO"),
    Format(
        name="pyproject",
        summary="pyproject.toml",
        filenames=("pyproject.toml", ".toml"),
        read=_read_pyproject,
        write=_writer("pyproject_text"),
        losses=_loser("pyproject_text"),
        update=_update_pyproject,
    ),
    Format(
        name="setup.cfg",
        summary="setup.cfg of setuptools",
        filenames=("setup.cfg",),
        read=_reader("setup_cfg", with_files=True),
        write=_writer("setup_cfg"),
        losses=_loser("setup_cfg"),
    ),
    Format(
        name="setup.py",
        summary="setup.py, what it states as literals; it is never run",
        filenames=("setup.py",),
        read=_reader("setup_py", with_files=True),
    ),
    Format(
        name="distutils2",
        summary="setup.cfg of distutils2",
        read=_reader("distutils2", with_files=True),
        write=_writer("distutils2"),
        losses=_loser("distutils2"),
    ),
    Format(
        name="egg-info",
        summary="the folder .egg-info of setuptools",
        filenames=(".egg-info",),
        losses=_loser("egg_info"),
        read_folder=_read_egg_info,
        write_folder=_write_egg_info,
    ),
    _both(
        "entry_points",
        "entry_points.txt",
        "entry_points_txt",
        "entry_points.txt",
    ),
    _both(
        "requirements",
        "requirements.txt",
        "requirements_txt",
        "requirements.txt",
        "requirements.in",
        ".txt",
    ),
    Format(
        name="pylock",
        summary="one package of pylock.toml",
        filenames=("pylock.toml",),
        read=_reader("pylock_row"),
        write=_writer("pylock_row"),
        losses=_loser("pylock_row"),
        read_named=_read_pylock_row,
    ),
    Format(
        name="wheel",
        summary="WHEEL, what a wheel says of itself",
        filenames=("WHEEL",),
        translate=lambda content, source: _wheel_info(content, source).to_text(),
    ),
    Format(
        name="wheel-json",
        summary="WHEEL.json (PEP 819)",
        filenames=("WHEEL.json",),
        translate=lambda content, source: _wheel_info(content, source).to_json(),
    ),
)
FORMATS: Mapping[str, Format] = {known.name: known for known in _ALL}


def find_format(name: str) -> Format:
    """Return the format of that name; raises ``UnknownFormatError``."""
    known = FORMATS.get(name) or FORMATS.get(_ALIASES.get(name.lower(), name.lower()))
    if known is None:
        raise UnknownFormatError(name, "is not known", did_you_mean(name, FORMATS))
    return known
