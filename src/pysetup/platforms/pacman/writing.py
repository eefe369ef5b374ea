"""Writing the packages of a plan: the fields of each, its files, its name."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pysetup import __version__
from pysetup.platforms.contents import Content
from pysetup.platforms.interface import Making
from pysetup.platforms.packed_pages import packed_content_of
from pysetup.platforms.pacman.archive import INSTALL, write_package
from pysetup.platforms.plan import (
    CONFLICTS,
    PROVIDES,
    REPLACES,
    REQUIRES,
    SUGGESTS,
    PackagePlan,
    Relations,
)
from pysetup.platforms.tar_writer import XZ, ZSTD, TarMember
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.zstandard import has_zstd
from pysetup.standards.jsontext import JSON, to_json_text

_KINDS = (
    (REPLACES, "replaces"),
    (CONFLICTS, "conflict"),
    (PROVIDES, "provides"),
    (REQUIRES, "depend"),
    (SUGGESTS, "optdepend"),
)
_NOBODY = "Unknown Packager"


def write_packages(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the package of ``plan`` and those of its extras into ``out``.

    ``root`` has the sources of the files. Raises ``MissingZstandardError``.
    """
    time = time_of(making)
    members = [
        TarMember(file.path, packed_content_of(file, root), file.mode)
        for file in plan.files
    ]
    members += [
        TarMember(name, Content.of(text.encode()))
        for name, text in plan.scripts.items()
    ]
    made = [_write(plan, plan.name, plan.summary, plan.relations, members, out, time)]
    made += [
        _write(plan, each.name, each.summary, each.relations, [], out, time)
        for each in plan.packages
    ]
    return made


def _write(  # noqa: PLR0913, PLR0917 - a package is that much
    plan: PackagePlan,
    name: str,
    summary: str,
    relations: Relations,
    members: list[TarMember],
    out: Path,
    time: int,
) -> Path:
    compression = str(plan.options["compression"])
    if compression == "auto":
        compression = ZSTD if has_zstd() else XZ
    version = f"{plan.version}-{plan.release}"
    architecture = plan.architecture if members else "any"
    place = out / f"{name}-{version}-{architecture}.pkg.tar.{compression}"
    size = sum(each.content.size for each in members if each.path != INSTALL)
    packager = str(plan.options["packager"]) or _NOBODY
    common = [("pkgname", name), ("pkgbase", plan.name), ("pkgver", version)]
    pkginfo = [
        *common,
        ("xdata", "pkgtype=split" if plan.packages else "pkgtype=pkg"),
        ("pkgdesc", summary),
        ("url", plan.homepage),
        ("builddate", str(time)),
        ("packager", packager),
        ("size", str(size)),
        ("arch", architecture),
        ("license", plan.licence),
        *_relations(relations),
        *(("backup", path) for path in _texts(plan.details.get("backup"), members)),
    ]
    buildinfo = [
        ("format", "2"),
        *common,
        ("pkgarch", architecture),
        ("pkgbuild_sha256sum", _plan_digest(plan)),
        ("packager", packager),
        ("builddate", str(time)),
        ("builddir", "/build"),
        ("startdir", "/build"),
        ("buildtool", "pysetup"),
        ("buildtoolver", __version__),
    ]
    with written_whole(place) as stream:
        write_package(
            stream,
            # Each key that comes once has to be there (PKGINFO, version 2).
            pkginfo=[(key, value) for key, value in pkginfo if value or key == "url"],
            buildinfo=buildinfo,
            members=members,
            time=time,
            compression=compression,
        )
    return place


def _plan_digest(plan: PackagePlan) -> str:
    """Return the digest of what says how the package is made: there is no PKGBUILD."""
    return hashlib.sha256(to_json_text(plan.to_json()).encode()).hexdigest()


def _relations(relations: Relations) -> Iterator[tuple[str, str]]:
    for kind, key in _KINDS:
        for text in relations.get(kind, ()):
            yield key, text


def _texts(value: JSON, members: list[TarMember]) -> list[str]:
    listed = value if isinstance(value, list) else []
    paths = {each.path for each in members}
    return [str(each) for each in listed if str(each) in paths]
