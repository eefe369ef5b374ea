"""The bytes of a zip application: a first line, then a zip archive."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.contents import Content
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import PackageFile, PackagePlan
from pysetup.platforms.staging import stored_content
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.zip_writer import write_zip
from pysetup.platforms.zipapp.plan import inside, refuse_compiled

_EXECUTABLE = 0o755
# Files, and the folder in which their sources stand.
Part = tuple[Sequence[PackageFile], Path]


def write_application(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the application of the project alone into ``out``; return its path."""
    return _write(plan, [(plan.files, root)], out, time=time_of(making))


def write_bundle(
    trees: Sequence[tuple[Path, Metadata]],
    target: PlatformTarget,
    out: Path,
    *,
    plan: PackagePlan,
    making: Making,
) -> list[Path]:
    """Write the application with what it needs into ``out``; return its path.

    Raises ``CompiledZipappError`` for a distribution that holds machine code.
    """
    parts: list[Part] = [(plan.files, trees[0][0])]
    for root, document in trees[1:]:
        tree = Tree.read(root)
        refuse_compiled(document.name, tree)
        files, _ = inside(tree, document, target, notes={})
        parts.append((files, root))
    return _write(plan, parts, out, time=time_of(making))


def _write(
    plan: PackagePlan, parts: Sequence[Part], out: Path, *, time: int
) -> list[Path]:
    """Write the parts, executable; of a path that comes twice the first counts."""
    place = out / f"{plan.name}-{plan.version}.pyz"
    interpreter = str(plan.options["interpreter"])
    with written_whole(place, mode=_EXECUTABLE) as stream:
        if interpreter:
            stream.write(f"#!{interpreter}\n".encode())
        write_zip(
            stream,
            _members(parts),
            time=time,
            compressed=plan.options["compressed"] is True,
        )
    return [place]


def _members(parts: Sequence[Part]) -> Iterator[tuple[str, int, Content]]:
    seen: set[str] = set()
    for files, root in parts:
        for file in files:
            if file.path not in seen:
                seen.add(file.path)
                yield file.path, file.mode, stored_content(file, root)
