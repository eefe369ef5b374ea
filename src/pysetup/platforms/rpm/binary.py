"""From a plan and a built tree to the packages, written whole or not at all."""

import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from pysetup.platforms.interface import Making, MissingToolError
from pysetup.platforms.packed_pages import packed_content_of
from pysetup.platforms.plan import (
    CONFIG,
    DOCUMENT,
    LICENCE,
    MAN,
    PackageFile,
    PackagePlan,
    Relations,
)
from pysetup.platforms.rpm import tags
from pysetup.platforms.rpm.archive import write_package
from pysetup.platforms.rpm.bytecode import compiled_modules, python_need
from pysetup.platforms.rpm.layout import SHIP, language_of
from pysetup.platforms.rpm.package import RpmFile, RpmPackage, clamped_time
from pysetup.platforms.rpm.planned import (
    changes_of,
    packager_of,
    table_of,
    texts_of,
)
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.values import replace

_FLAGS = {
    CONFIG: tags.CONFIG | tags.NO_REPLACE,
    DOCUMENT: tags.DOC,
    MAN: tags.DOC,
    LICENCE: tags.LICENCE,
}


def write_packages(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the main package and those of the extras into ``out``; return their paths.

    ``root`` is the built tree. All of them appear, or none does.
    """
    time = clamped_time(time_of(making))
    compiled: dict[str, bytes] = {}
    if plan.options["bytecode"] == SHIP and texts_of(plan, "bytecode"):
        if making is None:
            raise MissingToolError(
                plan.format, python_need(str(plan.details["python"]))
            )
        compiled = compiled_modules(plan, root, time=time, making=making)
    packages = list(rpm_packages(plan, root, time=time, compiled=compiled))
    with ExitStack() as stack:
        for package in packages:
            place = out / package.filename
            write_package(package, stack.enter_context(written_whole(place)))
    return [out / package.filename for package in packages]


def rpm_packages(
    plan: PackagePlan,
    root: Path,
    *,
    time: int,
    compiled: Mapping[str, bytes],
) -> Iterator[RpmPackage]:
    """Yield the packages of a plan; ``compiled`` is the bytecode that is shipped."""
    epoch, _, version = plan.version.rpartition(":")
    options = plan.options
    main = RpmPackage(
        name=plan.name,
        version=version,
        release=plan.release,
        epoch=epoch,
        architecture=plan.architecture,
        summary=plan.summary,
        description=plan.description,
        licence=plan.licence,
        url=plan.homepage,
        group=str(options["group"]),
        vendor=str(options["vendor"]),
        packager=packager_of(plan),
        source_rpm=f"{plan.name}-{version}-{plan.release}.src.rpm",
        relations=_parsed(plan.relations),
        files=tuple(sorted(_files(plan, root, compiled), key=_by_bytes)),
        scriptlets=plan.scripts,
        changelog=changes_of(plan, time),
        compression=str(options["compression"]),
        time=time,
    )
    yield main
    for extra in plan.packages:
        yield replace(
            main,
            name=extra.name,
            architecture=str(plan.details["extras_architecture"]),
            summary=extra.summary,
            description=f"{extra.summary}.",
            relations=_parsed(extra.relations),
            files=(),
            scriptlets={},
        )


def _parsed(relations: Relations) -> dict[str, tuple[Relation, ...]]:
    return {
        kind: tuple(map(Relation.parse, texts)) for kind, texts in relations.items()
    }


def _files(
    plan: PackagePlan, root: Path, compiled: Mapping[str, bytes]
) -> Iterator[RpmFile]:
    colours = table_of(plan, "colours")
    same = table_of(plan, "same_files")
    for directory in plan.directories:
        yield RpmFile(path=f"/{directory}", mode=stat.S_IFDIR | 0o755)
    for file in plan.files:
        yield RpmFile(
            path=f"/{file.path}",
            mode=stat.S_IFREG | file.mode,
            content=_content(file, root),
            flags=_FLAGS.get(file.role, 0),
            colour=int(colours.get(file.path, 0)),
            language=language_of(file.path),
            same_as=f"/{same.get(file.path, file.path)}",
        )
    yield from _bytecode_files(plan, compiled)


def _content(file: PackageFile, root: Path) -> bytes | Path:
    """Return the bytes of a file, or where they are if they are taken as they are."""
    content = packed_content_of(file, root)
    return content.data if content.path is None else content.path


def _bytecode_files(
    plan: PackagePlan, compiled: Mapping[str, bytes]
) -> Iterator[RpmFile]:
    """Yield the bytecode: what is shipped, and as ghosts what Python may write."""
    shipped = {path.rpartition("/")[0] for path in compiled}
    for folder in texts_of(plan, "bytecode_folders"):
        flags = 0 if folder in shipped else tags.GHOST
        yield RpmFile(path=f"/{folder}", mode=stat.S_IFDIR | 0o755, flags=flags)
    for path in texts_of(plan, "bytecode"):
        content = compiled.get(path)
        flags = tags.GHOST if content is None else 0
        yield RpmFile(
            path=f"/{path}",
            mode=stat.S_IFREG | 0o644,
            content=content or b"",
            flags=flags,
        )


def _by_bytes(file: RpmFile) -> bytes:
    return file.path.encode()
