"""The stager: where each file of a built tree goes on a target, and in what role.

All formats use it, so scripts, ``.data`` folders, first lines, licences and the
database entry of a distribution are the same in every package. It reads nothing: the
content stays in the tree until a format writes it.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pysetup.errors import IntegrityError
from pysetup.interchange.dist_info import RECORD, RECORD_SIGNATURES
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.system_files import FOLDERS, category_folder
from pysetup.platforms.contents import Content
from pysetup.platforms.plan import (
    COMPLETION,
    CONFIG,
    DATA,
    DESKTOP,
    DOCUMENT,
    EXTENSION,
    HEADER,
    LAUNCHER,
    LIBRARY,
    LICENCE,
    MAN,
    METADATA,
    MODULE,
    SCRIPT,
    UNIT,
    PackageFile,
)
from pysetup.platforms.search_folders import searching_less, without_foreign_folders
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.jsontext import JSON, to_json_text
from pysetup.standards.script_names import check_command, check_script_name

PACKAGE_JSON = "pysetup-package.json"
_INSTALLER = "INSTALLER"
# What belongs to one installation by an installer, and is wrong in a package.
LEFT_OUT = (
    RECORD,
    *RECORD_SIGNATURES,
    _INSTALLER,
    "REQUESTED",
    "direct_url.json",
    "provenance_url.json",
    PACKAGE_JSON,
)
# A first line that names a Python 3 anywhere, env(1) before it or not.
_PYTHON_LINE = re.compile(
    r"#![ \t]*(?P<env>(?:\S*/)?env[ \t]+(?:-S[ \t]*)?)?"
    r"(?:\S*/)?python(?:w|3(?:\.\d+)?)?(?=\s|$)"
)
# The families whose policy wants their own Python in whatever can be run.
_DISTRIBUTIONS = ("deb", "rpm", "pacman")
_EXECUTABLE, _PLAIN = 0o755, 0o644
# Machine code that is loaded; any other may be a program of the project's own.
_SHARED = re.compile(r"\.(?:so|dylib|dll|pyd)(?:\.[^/]*)?$", re.IGNORECASE)
_NEVER_RUN = (DOCUMENT, MAN, DESKTOP, COMPLETION, LICENCE, METADATA)
LICENCE_NAMES = re.compile(
    r"(?:licen[cs]es?/.+|(?:licen[cs]e|copying|notice|authors)(?:[.-][^/]*)?)",
    re.IGNORECASE,
)
# The beginning of a place below the data folder -> what stands there.
_DATA_ROLES = (
    ("share/man/", MAN),
    ("share/info/", DOCUMENT),
    ("share/doc/", DOCUMENT),
    ("share/applications/", DESKTOP),
    ("share/icons/", DESKTOP),
    ("share/metainfo/", DESKTOP),
    ("lib/systemd/", UNIT),
    ("share/systemd/", UNIT),
    ("share/bash-completion/", COMPLETION),
    ("share/zsh/", COMPLETION),
    ("share/fish/", COMPLETION),
    ("share/nushell/", COMPLETION),
    ("share/pwsh/", COMPLETION),
)


class StagingClashError(IntegrityError):
    """Two files of a built tree would have the same place on the target.

    A wheel may bring a script and an entry point of one name, or the same path in two
    of its ``.data`` folders. Rename one of them; nothing was written.
    """

    code = "PS5941"

    def __init__(self, project: str, path: str) -> None:
        super().__init__(
            f"two files of {project} go to {path!r}",
            facts={"project": project, "path": path},
            hints=("rename one of the two in the project",),
        )


def stage(
    tree: Tree,
    metadata: Metadata,
    target: PlatformTarget,
    *,
    installer: str,
    notes: Mapping[str, JSON] | None = None,
) -> tuple[PackageFile, ...]:
    """Return the files of a package for ``target``, sorted by path.

    ``installer`` is written to INSTALLER, so that pip and pysetup leave the files to
    it. ``notes`` become ``pysetup-package.json`` in the ``.dist-info``: what the
    package was made with. The document stands beside it as ``pydist.json``, also of
    projects that others have built. Configuration below ``etc/`` goes to the target's
    folder of configuration. Raises ``StagingClashError`` and ``UnsafeScriptError``.
    """
    code = {file.path: file.binary for file in tree.files if file.binary is not None}
    staged = [
        *_files(tree, metadata, target),
        *_launchers(metadata.entry_points, target, source=metadata.name),
        *_database(tree, metadata, target, installer=installer, notes=notes or {}),
    ]
    seen: set[str] = set()
    for file in staged:
        if file.path in seen:
            raise StagingClashError(metadata.name, file.path)
        seen.add(file.path)
    if target.family != "any":
        staged = list(without_foreign_folders(staged, code))
    return tuple(sorted(staged))


def owned_directories(
    files: Iterable[PackageFile], target: PlatformTarget
) -> tuple[str, ...]:
    """Return the folders that a package brings and no other one has, sorted.

    Below the folders of modules these are all; elsewhere only those that bear the
    name of nothing common are its own, and a format may add to them. Namespace folders
    are shared: a folder with modules below it only in sub-folders is left to the
    format that can share it.
    """
    site = {target.paths["purelib"], target.paths["platlib"]}
    common = {path for path in target.paths.values() if path}
    common |= {parent for path in common for parent in _parents(path)}
    found: set[str] = set()
    for file in files:
        for parent in _parents(file.path):
            inside = any(parent.startswith(f"{folder}/") for folder in site)
            if parent not in common and (inside or _is_own(parent)):
                found.add(parent)
    return tuple(sorted(found))


def content_of(file: PackageFile, root: Path) -> bytes:
    """Return the bytes of ``file``, whose sources stand below ``root``."""
    if not file.source:
        return file.content.encode()
    content = (root / file.source).read_bytes()
    if file.left_out_folders:
        return searching_less(content, file)
    if file.interpreter and content.startswith(b"#!"):
        line, _, rest = content.partition(b"\n")
        first = _first_line(os.fsdecode(line.rstrip(b"\r")), file.interpreter)
        return os.fsencode(first) + b"\n" + rest
    return content


def stored_content(file: PackageFile, root: Path) -> Content:
    """Return what ``file`` holds; what is not changed on the way is not read yet."""
    if file.source and not file.left_out_folders and not file.interpreter:
        return Content.in_file(root / file.source)
    return Content.of(content_of(file, root))


def _first_line(line: str, interpreter: str) -> str:
    """Return ``line`` with ``interpreter`` for its Python.

    The system hands all that follows to a program as one word; only ``env -S`` takes
    several (execve(2)).
    """
    match = _PYTHON_LINE.match(line)
    if match is None:
        return line
    arguments = line[match.end() :].strip()
    splits = " " in interpreter and arguments
    if splits or (match["env"] and len(arguments.split()) > 1):
        before, _, name = interpreter.rpartition(" ")
        return f"#!{before or '/usr/bin/env'} -S {name} {arguments}"
    return f"#!{interpreter} {arguments}".rstrip()


def _files(
    tree: Tree, metadata: Metadata, target: PlatformTarget
) -> Iterator[PackageFile]:
    site = target.paths["purelib" if tree.pure else "platlib"]
    for file in tree.files:
        top, _, rest = file.path.partition("/")
        if top == tree.dist_info and rest in LEFT_OUT:
            continue
        if top == tree.data_dir:
            kind, _, place = rest.partition("/")
            yield _moved(file, kind, place, metadata, target)
        elif _is_lone_licence(file, tree, target):
            place = _licence_place(file, tree)
            yield _at(site, place, LICENCE, file, target)
        else:
            role = _site_role(file, in_info=top == tree.dist_info)
            yield _at(site, file.path, role, file, target)


def _is_lone_licence(file: TreeFile, tree: Tree, target: PlatformTarget) -> bool:
    """Tell whether a licence stands beside the modules, where all projects share."""
    if target.family not in _DISTRIBUTIONS or not LICENCE_NAMES.fullmatch(file.path):
        return False
    place = _licence_place(file, tree)
    return "/" not in file.path and all(other.path != place for other in tree.files)


def _licence_place(file: TreeFile, tree: Tree) -> str:
    return f"{tree.dist_info}/licenses/{file.path}"


def _moved(
    file: TreeFile,
    kind: str,
    place: str,
    metadata: Metadata,
    target: PlatformTarget,
) -> PackageFile:
    """Place a file of the ``.data`` folder (PEP 427, and the categories of PEP 491)."""
    project = metadata.normalized_name
    if kind in ("purelib", "platlib"):
        role = _site_role(file, in_info=False)
        return _at(target.paths[kind], place, role, file, target)
    if kind in ("scripts", "bindir"):
        check_script_name(place, source=metadata.name)
        return _script(file, place, target)
    if kind == "headers":
        folder = f"{target.paths['headers']}/{project}"
        return _at(folder, place, HEADER, file, target)
    if kind in FOLDERS:
        place = f"{category_folder(kind, project=project)}/{place}"
    if place.startswith("etc/"):
        name = place.removeprefix("etc/")
        return _at(target.paths["config"], name, CONFIG, file, target)
    folder, _, name = place.partition("/")
    if folder == "bin" and name:
        return _script(file, name, target)
    library = file.binary is not None and file.binary.soname
    role = LIBRARY if library else _data_role(place)
    return _at(target.paths["data"], place, role, file, target)


def _script(file: TreeFile, name: str, target: PlatformTarget) -> PackageFile:
    return PackageFile(
        path=_joined(target.paths["scripts"], name),
        role=SCRIPT,
        mode=_EXECUTABLE,
        source=file.path,
        interpreter=_interpreter(file, target),
    )


def _at(
    folder: str, place: str, role: str, file: TreeFile, target: PlatformTarget
) -> PackageFile:
    # A module is imported, not run; what is run has a first line or is machine code.
    runs = file.executable and bool(file.first_line or file.binary)
    # A template that can be run becomes a script elsewhere, of somebody else's.
    named = (
        runs
        and target.family in _DISTRIBUTIONS
        and place.rpartition("/")[2].partition(".")[2] in ("", "py")
    )
    return PackageFile(
        path=_joined(folder, place),
        role=role,
        mode=_EXECUTABLE if runs and not _is_only_read(role, place) else _PLAIN,
        source=file.path,
        interpreter=_interpreter(file, target) if named else "",
    )


def _is_only_read(role: str, place: str) -> bool:
    """Tell whether nobody runs what stands there, whatever bits it came with."""
    if role in (EXTENSION, LIBRARY):
        return _SHARED.search(place) is not None
    return role in _NEVER_RUN


def _interpreter(file: TreeFile, target: PlatformTarget) -> str:
    return target.interpreter if _PYTHON_LINE.match(file.first_line) else ""


def _site_role(file: TreeFile, *, in_info: bool) -> str:
    path = file.path
    if in_info:
        name = path.partition("/")[2]
        return LICENCE if LICENCE_NAMES.fullmatch(name) else METADATA
    if file.binary is not None:
        folder = path.rpartition("/")[0]
        private = folder.endswith((".libs", ".dylibs"))
        return LIBRARY if private else EXTENSION
    return MODULE if path.endswith((".py", ".pyi", ".pth")) else DATA


def _data_role(place: str) -> str:
    return next((role for head, role in _DATA_ROLES if place.startswith(head)), DATA)


def _launchers(
    entries: Iterable[EntryPoint], target: PlatformTarget, *, source: str
) -> Iterator[PackageFile]:
    if target.family == "windows":
        return  # its launchers are programs, and made by the formats
    for entry in entries:
        if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
            check_command(entry, source=source)
            yield PackageFile(
                path=_joined(target.paths["scripts"], entry.name),
                role=LAUNCHER,
                mode=_EXECUTABLE,
                content=launcher_text(entry, interpreter=target.interpreter),
            )


def launcher_text(entry: EntryPoint, *, interpreter: str) -> str:
    """Return the script that calls ``entry``, started by ``interpreter``."""
    head = entry.attribute.partition(".")[0]
    return (
        f"#!{interpreter}\n"
        "import sys\n"
        f"from {entry.module} import {head}\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({entry.attribute}())\n"
    )


def _database(
    tree: Tree,
    metadata: Metadata,
    target: PlatformTarget,
    *,
    installer: str,
    notes: Mapping[str, JSON],
) -> Iterator[PackageFile]:
    site = target.paths["purelib" if tree.pure else "platlib"]
    folder = _joined(site, tree.dist_info)
    yield PackageFile(f"{folder}/{_INSTALLER}", METADATA, content=f"{installer}\n")
    own = f"{tree.dist_info}/{DOCUMENT_NAME}"
    if all(file.path != own for file in tree.files):
        text = metadata.to_json().decode()
        yield PackageFile(f"{folder}/{DOCUMENT_NAME}", METADATA, content=text)
    if notes:
        text = to_json_text(dict(notes))
        yield PackageFile(f"{folder}/{PACKAGE_JSON}", METADATA, content=text)


def _joined(folder: str, place: str) -> str:
    return f"{folder}/{place}" if folder else place


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _is_own(folder: str) -> bool:
    """Tell whether a folder outside the site folder is a project's own."""
    return re.search(r"(?:^|/)share/(?:doc|licenses)/[^/]+$", folder) is not None
