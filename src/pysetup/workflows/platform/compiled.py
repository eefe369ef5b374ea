"""Lists of packages, compiled into a catalogue once, and kept while they stay so."""

import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import ParseError

from pysetup.platforms.names.catalogue import (
    CATALOGUE_VERSION,
    Catalogue,
    CatalogueMaker,
)
from pysetup.platforms.names.file_lists import (
    ContentsReader,
    Owners,
    OwnersReader,
    VersionReader,
    read_pacman_files,
)
from pysetup.platforms.names.rpm_lists import PrimaryReader, RpmFilesReader
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.store.sealed import SealedFolder
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.platform.plain_streams import (
    UnreadableListError,
    open_plain,
    pour,
)
from pysetup.workflows.platform.repository_lists import (
    CATALOGUE,
    CONTENTS,
    PACMAN,
    PRIMARY,
    Lists,
)

FOLDER = "names/v1"
_MOST = 1 << 28


@dataclass(frozen=True, slots=True)
class Compiled:
    """A catalogue, the packages of each command, and the lists that they are from."""

    catalogue: Catalogue
    commands: Mapping[str, tuple[str, ...]]
    lists: Lists | None = None


def compiled(lists: Lists, target: PlatformTarget, *, context: Context) -> Compiled:
    """Return the catalogue of ``lists``: as it is kept, or made now.

    Raises ``UnreadableListError``, ``NoReaderError``.
    """
    if lists.kind == CATALOGUE:
        return Compiled(_read_catalogue(lists.files[0]), {}, lists)
    folders = import_folders(target)
    key = _key(lists, folders, target)
    kept = _kept(key, context)
    if kept is not None:
        return Compiled(*kept, lists)
    context.show(f"compiling {lists.label}, which takes some seconds")
    with stage(context.observer, "compile names"):
        maker = CatalogueMaker(folders)
        with _reading(lists.files[0]):
            versions = _read(lists, maker, target, context)
        whole = lists.whole and maker.is_of_system
        made = maker.made(lists.label, versions=versions, whole=whole)
    keep(key, made, maker.commands, context)
    return Compiled(made, maker.commands, lists)


def import_folders(target: PlatformTarget) -> tuple[str, ...]:
    """Return the folders from which the target's Python imports packages of it."""
    own = [target.paths[key] for key in ("purelib", "platlib") if key in target.paths]
    if target.family == "deb":
        own.append(f"usr/lib/python{target.python}/dist-packages")
        own.append(f"usr/lib/python{target.python}/site-packages")
    return tuple(dict.fromkeys(own))


def owners_of(
    paths: Sequence[str], lists: Lists, *, context: Context
) -> dict[str, set[str]]:
    """Return the packages of each of ``paths`` that a system has already.

    Raises ``UnreadableListError``.
    """
    owners = Owners(paths)
    if lists.kind == CONTENTS:
        reader = OwnersReader(paths)
        for path in lists.files:
            pour(path, reader.feed, context=context)
            reader.close()
        return reader.found
    if lists.kind == PACMAN:
        for path in lists.files:
            with _reading(path), open_plain(path) as stream:
                read_pacman_files(stream, owners)
    if lists.kind == PRIMARY:
        # The list of all files has what the other one has, too.
        for path in lists.beside or lists.files:
            files = RpmFilesReader(owners)
            with _reading(path):
                pour(path, files.feed, context=context)
                files.close()
    return owners.found


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tell which list is damaged."""
    try:
        yield
    except (ParseError, tarfile.TarError, EOFError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise UnreadableListError(path, reason) from None


def keep(
    key: str,
    catalogue: Catalogue,
    commands: Mapping[str, tuple[str, ...]],
    context: Context,
) -> None:
    """Keep a catalogue under ``key``; a disk that refuses is no fault."""
    folder = SealedFolder(context.settings.cache_dir / FOLDER)
    folder.put(f"{key} catalogue", _bytes(catalogue.to_json()))
    told: dict[str, JSON] = {name: list(held) for name, held in commands.items()}
    folder.put(f"{key} commands", _bytes(told))


def kept(key: str, context: Context) -> Compiled | None:
    """Return what was kept under ``key``; None if there is nothing, or damage."""
    found = _kept(key, context)
    return None if found is None else Compiled(*found)


def _kept(
    key: str, context: Context
) -> tuple[Catalogue, Mapping[str, tuple[str, ...]]] | None:
    folder = SealedFolder(context.settings.cache_dir / FOLDER)
    content = folder.get(f"{key} catalogue")
    commands = folder.get(f"{key} commands")
    if content is None or commands is None:
        return None
    try:
        # What is sealed was written by us: no need to read it strictly.
        told = {name: tuple(held) for name, held in json.loads(commands).items()}
        return Catalogue.from_json(json.loads(content)), told
    except (KeyError, TypeError, ValueError):
        return None


def fingerprint(paths: Sequence[Path]) -> str:
    """Return what changes when one of ``paths`` does."""
    facts = []
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            continue
        facts.append(f"{path}|{found.st_size}|{found.st_mtime_ns}")
    return "\n".join(facts)


def _key(lists: Lists, folders: Sequence[str], target: PlatformTarget) -> str:
    told = (CATALOGUE_VERSION, lists.kind, lists.label, str(lists.whole))
    files = fingerprint((*lists.files, *lists.beside))
    return "\n".join((*told, *folders, target.python, files))


def _read(
    lists: Lists, maker: CatalogueMaker, target: PlatformTarget, context: Context
) -> dict[str, str]:
    """Read all files of ``lists`` into ``maker``; return the versions of packages."""
    if lists.kind == PACMAN:
        told: dict[str, str] = {}
        for path in lists.files:
            with open_plain(path) as stream:
                told |= read_pacman_files(stream, maker)
        return told
    if lists.kind == CONTENTS:
        contents = ContentsReader(maker)
        for path in lists.files:
            pour(path, contents.feed, context=context)
            contents.close()
        versions = VersionReader(maker.packages)
        for path in lists.beside:
            pour(path, versions.feed, context=context)
            versions.close()
        return versions.versions
    primary = PrimaryReader(maker, python=target.python)
    for path in lists.files:
        pour(path, primary.feed, context=context)
    primary.close()
    return primary.versions


def _read_catalogue(path: Path) -> Catalogue:
    try:
        content = path.read_bytes()
        value = parse_json_object(content, source=str(path), limit=_MOST)
        return Catalogue.from_json(value)
    except KeyError as error:
        raise UnreadableListError(path, f"it has no {error}") from None
    except (InvalidJsonError, OSError, ValueError) as error:
        raise UnreadableListError(path, str(error)) from None


def _bytes(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
