"""The files of an RPM package: what the stager gives, as the family has them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from pysetup.errors import BuildError
from pysetup.platforms.cached_modules import without_cached_modules
from pysetup.platforms.packed_pages import with_packed_pages
from pysetup.platforms.plan import (
    DATA,
    DOCUMENT,
    EXTENSION,
    HEADER,
    LIBRARY,
    MODULE,
    PackageFile,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.hashes import Hash
from pysetup.values import replace

GHOST, SHIP, NONE = "ghost", "ship", "none"
_MOST_NAME, _MOST_PATH = 255, 4095
_LANGUAGE = re.compile(
    r"/share/(?:locale|man)/(?P<language>[a-z]{2,3}(?:[_@.][\w@.]+)?)/"
)
# What the package "filesystem" owns on every system of the family, or the system's
# shells, desktops and init own in common: nobody removes these with one project.
_COMMON = re.compile(
    r"usr(/(bin|sbin|lib|lib64|libexec|include|share|src|games|local(/.*)?"
    r"|share/(applications|doc|icons|info|licenses|locale|man|metainfo|pixmaps)"
    r"|share/icons/hicolor(/[^/]+(/[^/]+)?)?"
    r"|share/locale/[^/]+(/LC_MESSAGES)?"
    r"|share/man/([^/]+/)?man[^/]+"
    r"|share/man/[^/]+"
    r"|lib/systemd(/system|/user)?|share/systemd(/user)?"
    r"))?"
    r"|etc(/(opt|profile\.d|skel|sysconfig|xdg|xdg/autostart))?"
    r"|var(/(cache|lib|log|spool|tmp))?|opt|srv|run"
)


# What rpm itself takes for documents, by their folders (%__docdir_path).
_DOCUMENTS = re.compile(
    r"usr/(?:(?:share/)?(?:doc|man|info)|share/gtk-doc/html|share/gnome/help)/.+"
)
# What may be one file on the disk; code that is loaded from two places is two.
_LINKED = (MODULE, DATA, HEADER)


class HostileFileNameError(BuildError):
    """A file has a name that no RPM package can hold.

    Names are UTF-8 without control characters, at most 255 bytes long, and paths have
    at most 4095 bytes. Nothing was written.
    """

    code = "PS6563"

    def __init__(self, path: str, reason: str) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode()
        super().__init__(
            f"the file {shown!r} cannot be in an RPM package: {reason}",
            facts={"file": shown},
            hints=("rename the file in the project, or leave it out",),
        )


def laid_out(files: Iterable[PackageFile]) -> tuple[PackageFile, ...]:
    """Return the files with the modes and names of the family, sorted by path.

    Libraries can be executed, as rpm's own tools take them for such only then; pages
    of the manual are compressed. Bytecode of modules is Python's own here. Raises
    ``HostileFileNameError``.
    """
    found: list[PackageFile] = []
    for file in without_cached_modules(files):
        _check(file.path)
        mode = 0o755 if file.role in (EXTENSION, LIBRARY) else file.mode
        is_document = file.role == DATA and _DOCUMENTS.fullmatch(file.path)
        role = DOCUMENT if is_document else file.role
        found.append(replace(file, mode=mode, role=role))
    return tuple(sorted(with_packed_pages(found), key=_by_bytes))


def same_files(files: Iterable[PackageFile], tree: Tree) -> dict[str, str]:
    """Return the files that can be one with another: path -> path of the first one.

    They have one content, and stand in one folder of the system, which may be a file
    system of its own: ``usr/lib64``, ``usr/share``.
    """
    by_path = tree.by_path()
    first: dict[tuple[Hash, int, str], str] = {}
    found: dict[str, str] = {}
    for file in files:
        source = by_path.get(file.source)
        is_changed = file.interpreter or file.left_out_folders
        if source is None or not source.size or is_changed:
            continue
        if file.role not in _LINKED or language_of(file.path):
            continue
        system = "/".join(file.path.split("/")[:2])
        path = first.setdefault((source.hash, file.mode, system), file.path)
        if path != file.path:
            found[file.path] = path
    return found


def directories_of(files: Iterable[PackageFile], target: PlatformTarget) -> list[str]:
    """Return the folders that the package has to own, so that it leaves none behind.

    Several packages may own a folder, so those of namespaces are owned, too.
    """
    common = {path for path in target.paths.values() if path}
    common |= {parent for path in common for parent in _parents(path)}
    found = {
        parent
        for file in files
        for parent in _parents(file.path)
        if parent not in common and not _COMMON.fullmatch(parent)
    }
    return sorted(found, key=str.encode)


def bytecode_of(
    files: Sequence[PackageFile], target: PlatformTarget
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders and the files of bytecode that Python may write.

    For every module these are the plain one and those of ``-O`` and ``-OO`` (PEP 488).
    What a project brings itself is not among them.
    """
    brought = {file.path for file in files}
    brought |= {parent for file in files for parent in _parents(file.path)}
    site = tuple(
        f"{target.paths[key]}/" for key in ("purelib", "platlib") if target.paths[key]
    )
    tag = f"cpython-{target.python.replace('.', '')}"
    folders: set[str] = set()
    found: list[str] = []
    for file in files:
        name = file.path.rpartition("/")[2]
        if file.role != MODULE or not name.endswith(".py"):
            continue
        if not file.path.startswith(site):
            continue
        folder = f"{file.path.rpartition('/')[0]}/__pycache__"
        folders.add(folder)
        stem = f"{folder}/{name.removesuffix('.py')}.{tag}"
        found += (f"{stem}{level}.pyc" for level in ("", ".opt-1", ".opt-2"))
    return (
        tuple(sorted(folders - brought, key=str.encode)),
        tuple(sorted(set(found) - brought, key=str.encode)),
    )


def language_of(path: str) -> str:
    """Return the language of a catalogue of messages or a page of the manual."""
    match = _LANGUAGE.search(f"/{path}")
    found = match["language"] if match else ""
    return "" if re.fullmatch(r"man\d?\w?", found) else found


def _check(path: str) -> None:
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        raise HostileFileNameError(path, "its name is not UTF-8") from None
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", path):
        reason = "its name has a control character or an end of a line"
        raise HostileFileNameError(path, reason)
    longest = max(len(part.encode()) for part in path.split("/"))
    if longest > _MOST_NAME or len(raw) > _MOST_PATH:
        raise HostileFileNameError(path, "its name is too long")


def _by_bytes(file: PackageFile) -> bytes:
    return file.path.encode()


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
