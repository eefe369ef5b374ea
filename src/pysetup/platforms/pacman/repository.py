"""The database of a folder of pacman packages, as ``repo-add`` makes it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pysetup.platforms.contents import Content
from pysetup.platforms.interface import Making
from pysetup.platforms.pacman.verify import PacmanPackage, read_package
from pysetup.platforms.tar_writer import FOLDER, GZIP, TarMember, write_tar
from pysetup.platforms.versions.order import compare_pacman
from pysetup.platforms.whole_files import written_whole

_FOLDER_MODE = 0o755
# Keys of .PKGINFO and what they are called in a database, in its order.
_MANY = (
    ("license", "LICENSE"),
    ("arch", "ARCH"),
    ("builddate", "BUILDDATE"),
    ("packager", "PACKAGER"),
    ("replaces", "REPLACES"),
    ("conflict", "CONFLICTS"),
    ("provides", "PROVIDES"),
    ("depend", "DEPENDS"),
    ("optdepend", "OPTDEPENDS"),
    ("makedepend", "MAKEDEPENDS"),
    ("checkdepend", "CHECKDEPENDS"),
)
_ENDINGS = tuple(f".pkg.tar.{each}" for each in ("zst", "xz", "gz", "bz2"))


def write_repository(
    folder: Path,
    *,
    before: Path | None = None,
    making: Making | None = None,
    name: str = "pysetup",
) -> list[Path]:
    """Write ``NAME.db`` and ``NAME.files`` for the packages in ``folder``.

    ``pacman -Sy`` can use the folder at once. Both stand there under the names with
    ``.tar.gz``, too, as ``repo-add`` leaves them. Packages of the folder ``before`` are
    listed as well, unless ``folder`` has one of the same name; of several versions the
    newest is. Returns the paths. Raises ``UnreadablePackageError`` for a package that
    is none.
    """
    del making  # databases have no date
    newest: dict[str, tuple[Path, PacmanPackage]] = {}
    if before is not None and before.is_dir():
        newest = _newest(before)
    newest |= _newest(folder)
    packages = [newest[each] for each in sorted(newest)]
    written: list[Path] = []
    for kind in ("db", "files"):
        members = list(_members(packages, with_files=kind == "files"))
        for ending in (f"{kind}.tar.gz", kind):
            place = folder / f"{name}.{ending}"
            with written_whole(place) as stream:
                write_tar(stream, members, time=0, compression=GZIP)
            written.append(place)
    return written


def _newest(folder: Path) -> dict[str, tuple[Path, PacmanPackage]]:
    found: dict[str, tuple[Path, PacmanPackage]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.endswith(_ENDINGS):
            package = read_package(path)
            name, version = package.one("pkgname"), package.one("pkgver")
            known = found.get(name)
            if known is None or compare_pacman(version, known[1].one("pkgver")) > 0:
                found[name] = (path, package)
    return found


def _members(
    packages: Sequence[tuple[Path, PacmanPackage]], *, with_files: bool
) -> Iterator[TarMember]:
    for path, package in packages:
        top = f"{package.one('pkgname')}-{package.one('pkgver')}"
        yield TarMember(top, mode=_FOLDER_MODE, kind=FOLDER)
        yield TarMember(f"{top}/desc", _text(_description(path, package)))
        if with_files:
            yield TarMember(f"{top}/files", _text(_file_list(package)))


def _text(text: str) -> Content:
    return Content.of(text.encode())


def _description(path: Path, package: PacmanPackage) -> str:
    md5, sha256 = Content.in_file(path).digests("md5", "sha256")
    first = [
        ("FILENAME", [path.name]),
        ("NAME", [package.one("pkgname")]),
        ("BASE", [package.one("pkgbase")]),
        ("VERSION", [package.one("pkgver")]),
        ("DESC", [package.one("pkgdesc")]),
        ("CSIZE", [str(os.path.getsize(path))]),
        ("ISIZE", [package.one("size")]),
        ("MD5SUM", [md5]),
        ("SHA256SUM", [sha256]),
        ("URL", [package.one("url")]),
    ]
    rest = [(key, list(package.fields.get(field, ()))) for field, key in _MANY]
    return "".join(
        "\n".join([f"%{key}%", *values]) + "\n\n"
        for key, values in [*first, *rest]
        if any(values)
    )


def _file_list(package: PacmanPackage) -> str:
    paths = (
        f"{each.path}/" if each.kind == FOLDER else each.path for each in package.owned
    )
    return "\n".join(["%FILES%", *paths]) + "\n"
