"""Reading one entry of the database, of whatever age."""

import os
from collections.abc import Callable, Mapping
from typing import IO

from pysetup.errors import IntegrityError, PysetupError
from pysetup.interchange.dist_info import (
    METADATA,
    SUFFIX,
    MissingMetadataError,
    read_document,
    split_dist_info,
)
from pysetup.interchange.installed import (
    EGG_INFO_SUFFIX,
    EGG_SUFFIX,
    LINK_SUFFIX,
    InstalledDistribution,
)
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats.egg_names import (
    ENTRY_POINTS_TXT,
    PKG_INFO,
    REQUIRES_TXT,
)
from pysetup.phases.install.easy_install import linked_project
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.standards.names import normalize_name

INSTALLER, REQUESTED, DIRECT_URL = "INSTALLER", "REQUESTED", "direct_url.json"
PROVENANCE = "provenance_url.json"
INSTALLED_FILES = "installed-files.txt"
EGG_FOLDER = "EGG-INFO"
_EGG_MEMBERS = (PKG_INFO, REQUIRES_TXT, ENTRY_POINTS_TXT)
_EGG_LIMIT = 8 * 1024 * 1024

Read = Callable[[str], bytes | None]


class UnreadableEggError(IntegrityError):
    """A zipped egg in a site folder cannot be read.

    It is not a zip file, is damaged, or holds metadata beyond all measure. Python
    cannot import from it either.
    """

    code = "PS5390"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the egg {path} cannot be read: {reason}",
            facts={"file": path},
            hints=("remove it, and install the distribution anew, from a wheel",),
        )
        self.path, self.reason = path, reason


def read_distribution(path: str) -> InstalledDistribution:
    """Read the entry at ``path``; raises what is wrong with it.

    It is a ``.dist-info``, ``.egg-info``, ``.egg`` or ``.egg-link``.
    """
    if path.endswith(SUFFIX):
        return _read_dist_info(path)
    if path.endswith(LINK_SUFFIX):
        return _read_link(path)
    if path.endswith(EGG_SUFFIX):
        read = egg_reader(path)
        return InstalledDistribution(_egg_metadata(read, source=path), path)
    read = _folder_reader(path)
    if os.path.isfile(path):
        # distutils wrote one file, setuptools a folder with PKG-INFO in it.
        whole = read_file(path)
        read = {PKG_INFO: whole}.get
    metadata = _egg_metadata(read, source=path)
    installer, requested = _installer(read), read(REQUESTED) is not None
    return InstalledDistribution(metadata, path, installer, requested)


def _read_dist_info(info_dir: str) -> InstalledDistribution:
    read = _folder_reader(info_dir)
    direct_url = read(DIRECT_URL)
    return InstalledDistribution(
        metadata=_document(read, info_dir),
        info_dir=info_dir,
        installer=_installer(read),
        requested=os.path.lexists(os.path.join(info_dir, REQUESTED)),
        direct_url=_read_object(direct_url, f"{info_dir}/{DIRECT_URL}"),
        provenance=_read_object(read(PROVENANCE), f"{info_dir}/{PROVENANCE}"),
    )


def _document(read: Read, info_dir: str) -> Metadata:
    """Return the master's document; METADATA's where the master is another's.

    The master alone does as well: it says more than METADATA does.
    """
    try:
        metadata = read_document(read, source=info_dir, compare=False)
    except MissingMetadataError:
        master = read(DOCUMENT_NAME)
        if master is None or read(METADATA) is not None:
            raise
        return Metadata.from_json(master, source=f"{info_dir}/{DOCUMENT_NAME}")
    split = split_dist_info(os.path.basename(info_dir))
    if split is None or split == (metadata.normalized_name, metadata.version):
        return metadata
    # A file of this name that speaks of something else is not about this one.
    return read_document(
        lambda name: None if name == DOCUMENT_NAME else read(name),
        source=info_dir,
        compare=False,
    )


def _read_link(path: str) -> InstalledDistribution:
    """Read what ``setup.py develop`` made: a link to a project with an egg-info."""
    project = linked_project(path)
    wanted = normalize_name(os.path.basename(path).removesuffix(LINK_SUFFIX))
    try:
        names = sorted(os.listdir(project)) if project else []
    except OSError:
        names = []
    for name in names:
        stem = name.removesuffix(EGG_INFO_SUFFIX)
        if stem != name and normalize_name(stem.partition("-")[0]) == wanted:
            folder = os.path.join(project, name)
            metadata = _egg_metadata(_folder_reader(folder), source=folder)
            return InstalledDistribution(metadata, path, project=project)
    place = project or "no folder"
    raise MissingMetadataError(path, f"leads to {place}, where no egg-info of it is")


def _egg_metadata(read: Read, *, source: str) -> Metadata:
    files = {name: found for name in _EGG_MEMBERS if (found := read(name)) is not None}
    if PKG_INFO not in files:
        raise MissingMetadataError(source, f"has no {PKG_INFO}")
    # Loaded here: few environments have installations of this old kind.
    from pysetup.metadata.formats import egg_info

    return egg_info.read(files, source=source)


def egg_reader(path: str) -> Read:
    """Return what reads a file of the EGG-INFO of an egg, a folder or a zip file.

    Raises ``UnreadableEggError``.
    """
    if os.path.isdir(path):
        return _folder_reader(os.path.join(path, EGG_FOLDER))
    return _zipped_files(path).get


def egg_scripts(path: str) -> tuple[str, ...]:
    """Return the names of the scripts that the egg at ``path`` brought."""
    prefix = "scripts/"
    if os.path.isdir(path):
        try:
            return tuple(os.listdir(os.path.join(path, EGG_FOLDER, "scripts")))
        except OSError:
            return ()
    try:
        names = _zipped_files(path)
    except PysetupError:
        return ()
    return tuple(n.removeprefix(prefix) for n in names if n.startswith(prefix))


def _zipped_files(path: str) -> dict[str, bytes]:
    """Return the files of EGG-INFO in a zipped egg; of the scripts only the names."""
    import zipfile  # eggs are rare
    import zlib

    files: dict[str, bytes] = {}
    left = _EGG_LIMIT
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                folder, _, name = member.filename.partition("/")
                if folder != EGG_FOLDER or not name or member.is_dir():
                    continue
                files[name] = b""
                if name in _EGG_MEMBERS:
                    with archive.open(member) as stream:
                        files[name] = _limited(stream, left, path)
                    left -= len(files[name])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise UnreadableEggError(path, str(error)) from None
    except (NotImplementedError, RuntimeError) as error:
        # A compression that Python lacks, or a password.
        raise UnreadableEggError(path, str(error)) from None
    return files


def _limited(stream: IO[bytes], limit: int, path: str) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise UnreadableEggError(path, "its metadata is too large")
    return content


def _folder_reader(folder: str) -> Read:
    return lambda name: read_file(os.path.join(folder, name))


def _installer(read: Read) -> str:
    text = (read(INSTALLER) or b"").decode("utf-8", "replace").strip()
    return text.splitlines()[0] if text else ""


def _read_object(content: bytes | None, source: str) -> Mapping[str, JSON] | None:
    return None if content is None else parse_json_object(content, source=source)


def read_file(path: str) -> bytes | None:
    """Return the content of a file; None if there is none.

    Raises ``MissingMetadataError`` for one that cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise MissingMetadataError(path, f"cannot be read: {reason}") from None
