"""What the packages that are installed on this machine hold: dpkg, rpm, pacman."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pysetup.edges.process import CommandNotFoundError
from pysetup.platforms.names.catalogue import (
    CATALOGUE_VERSION,
    CatalogueMaker,
)
from pysetup.platforms.names.file_lists import VersionReader, read_dpkg_list
from pysetup.platforms.target import PlatformTarget
from pysetup.workflows.context import Context
from pysetup.workflows.platform.compiled import (
    Compiled,
    fingerprint,
    import_folders,
    keep,
    kept,
)

DPKG = Path("/var/lib/dpkg")
PACMAN = Path("/var/lib/pacman/local")
_TIMEOUT = 60.0
_MOST_AT_ONCE = 500
_RPM_FORMAT = "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n"


def is_this_system(target: PlatformTarget, os_release: dict[str, str]) -> bool:
    """Tell whether ``target`` is the distribution and release that we run on."""
    same = target.distribution and target.distribution == os_release.get("ID")
    here = os_release.get("VERSION_ID", "")
    return bool(same) and (not target.release or target.release == here)


def installed_packages(target: PlatformTarget, *, context: Context) -> Compiled | None:
    """Return what the installed packages hold; None where no database is known."""
    if target.family == "deb":
        return _of_dpkg(DPKG, target, context)
    if target.family == "pacman":
        return _of_pacman(PACMAN, target, context)
    return _of_rpm(target, context) if target.family == "rpm" else None


def owners_here(paths: Sequence[str], *, database: Path = DPKG) -> dict[str, set[str]]:
    """Return the installed packages of Debian that have any of ``paths``."""
    wanted = {f"/{path}" for path in paths}
    found: dict[str, set[str]] = {}
    for package, content in _dpkg_lists(database):
        lines = content.decode("utf-8", "surrogateescape").splitlines()
        for path in wanted.intersection(lines):
            found.setdefault(path[1:], set()).add(package)
    return found


def _of_dpkg(
    database: Path, target: PlatformTarget, context: Context
) -> Compiled | None:
    """Read dpkg's own files, which is a hundred times as fast as to ask it."""
    status = database / "status"
    if not status.is_file():
        return None
    folders = import_folders(target)
    told = fingerprint((status, database / "info"))
    key = "\n".join(("dpkg", CATALOGUE_VERSION, *folders, told))
    known = kept(key, context)
    if known is not None:
        return known
    maker = CatalogueMaker(folders)
    for package, content in _dpkg_lists(database):
        read_dpkg_list(content, package, maker)
    versions = VersionReader(maker.packages)
    versions.feed(status.read_bytes())
    versions.close()
    made = maker.made("installed:dpkg", versions=versions.versions)
    keep(key, made, maker.commands, context)
    return Compiled(made, maker.commands)


def _dpkg_lists(database: Path) -> Iterable[tuple[str, bytes]]:
    try:
        names = sorted(os.listdir(database / "info"))
    except OSError:
        return
    for name in names:
        if name.endswith(".list"):
            try:
                content = (database / "info" / name).read_bytes()
            except OSError:
                continue
            # libdemo:amd64.list is of a package that several machines may share.
            yield name.removesuffix(".list").partition(":")[0], content


def _of_pacman(
    database: Path, target: PlatformTarget, context: Context
) -> Compiled | None:
    """Read the folder of each package, which pacman keeps as plain text."""
    if not database.is_dir():
        return None
    folders = import_folders(target)
    # A package that is installed, removed or changed makes a folder or removes one.
    key = "\n".join(("pacman", CATALOGUE_VERSION, *folders, fingerprint((database,))))
    known = kept(key, context)
    if known is not None:
        return known
    maker = CatalogueMaker(folders)
    versions: dict[str, str] = {}
    for place in sorted(database.glob("*/files")):
        # demo-lib-1.0-1: the version and the release stand behind the name.
        package, *label = place.parent.name.rsplit("-", 2)
        versions[package] = "-".join(label)
        try:
            content = place.read_text("utf-8", "surrogateescape")
        except OSError:
            continue
        listed = content.partition("%FILES%\n")[2].partition("\n\n")[0]
        for path in listed.splitlines():
            maker.add(path, (package,))
    made = maker.made("installed:pacman", versions=versions)
    keep(key, made, maker.commands, context)
    return Compiled(made, maker.commands)


def _of_rpm(target: PlatformTarget, context: Context) -> Compiled | None:
    """Ask rpm whose the metadata in the import folders is."""
    tool = shutil.which("rpm", path=context.environ.get("PATH", os.defpath))
    places = [
        place
        for folder in import_folders(target)
        for place in sorted(Path("/", folder).glob("*-info"))
    ]
    if tool is None or not places:
        return None
    maker = CatalogueMaker(import_folders(target))
    versions: dict[str, str] = {}
    for start in range(0, len(places), _MOST_AT_ONCE):
        part = [_file_of(place) for place in places[start : start + _MOST_AT_ONCE]]
        answers = _owners(tool, part, context)
        if len(answers) != len(part):
            return None  # nobody knows then which answer is of which path
        for path, (package, version) in zip(part, answers, strict=True):
            if package:
                maker.add(path.lstrip("/"), (package,))
                versions[package] = version
    return Compiled(maker.made("installed:rpm", versions=versions), {})


def _owners(tool: str, paths: Sequence[str], context: Context) -> list[tuple[str, str]]:
    """Return package and version of each path, both empty if nobody owns it."""
    words = [tool, "-qf", "--queryformat", _RPM_FORMAT, *paths]
    try:
        done = context.run_process(words, timeout=_TIMEOUT)
    except (CommandNotFoundError, OSError):
        return []
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    rows = [line.partition("\t")[::2] for line in lines]
    return [(name if version else "", version) for name, version in rows]


def _file_of(place: Path) -> str:
    for name in ("METADATA", "PKG-INFO"):
        if (place / name).is_file():
            return str(place / name)
    return str(place)
