"""Editable distributions of projects whose build makes files: where these go."""

from collections.abc import Iterable
from pathlib import Path

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import write_files
from pysetup.interchange.source import SourceTree
from pysetup.late import shutil
from pysetup.metadata.document import Metadata
from pysetup.phases.develop.editable import editable_tree
from pysetup.standards.filenames import dist_info_name
from pysetup.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFiles:
    """What a build has made beyond the project's own files.

    ``beside`` are paths below the folder of the sources, in packages that stand
    there: an interpreter looks for them nowhere else. ``carried`` go into the
    editable distribution itself.
    """

    beside: tuple[str, ...]
    carried: tuple[str, ...]


def import_root(metadata: Metadata, listed: Iterable[str]) -> str:
    """Return the folder from which a project's modules are imported.

    What ``sources.root`` says; else ``src`` if there is Python in it.
    """
    stated = metadata.section("sources").get("root")
    if stated:
        return str(stated)
    has_src = any(p.startswith("src/") and p.endswith((".py", ".pyi")) for p in listed)
    return "src" if has_src else "."


def plan_made_files(
    built: Iterable[str], metadata: Metadata, *, listed: Iterable[str]
) -> MadeFiles:
    """Sort the files of a built tree that are not the project's own.

    ``listed`` are the project's files, as its sdist holds them.
    """
    own = frozenset(listed)
    root = import_root(metadata, own)
    prefix = "" if root == "." else root.strip("/") + "/"
    folders = {path.rpartition("/")[0] for path in own}
    info = dist_info_name(metadata.name, metadata.version)
    beside: list[str] = []
    carried: list[str] = []
    for path in sorted(built):
        top, folder = path.partition("/")[0], path.rpartition("/")[0]
        if top == info or prefix + path in own:
            continue
        in_package = bool(folder) and not top.endswith(".data")
        near = in_package and any(
            known == prefix + folder or known.startswith(f"{prefix}{folder}/")
            for known in folders
        )
        (beside if near else carried).append(path)
    return MadeFiles(beside=tuple(beside), carried=tuple(carried))


def editable_of_built(
    source: SourceTree, built: BuiltTree, made: MadeFiles, *, into: Path, root: str
) -> tuple[BuiltTree, tuple[Path, ...]]:
    """Write the editable distribution of ``source`` into the empty folder ``into``.

    ``built`` was built from it; ``root`` is that of ``import_root``. What was made
    for packages of the source is written beside them, and returned: their import
    finds it there and nowhere else. Raises ``PathFileError``.
    """
    place = replace(source, metadata=built.metadata)
    if "root" not in built.metadata.section("sources"):
        place = replace(place, root=source.root / root)
    editable_tree(place, into=into, licenses={})
    info = dist_info_name(built.metadata.name, built.metadata.version)
    shutil.copytree(built.root / info, into / info, dirs_exist_ok=True)
    for path in made.carried:
        write_files(into, {path: (built.root / path).read_bytes()})
    targets = tuple(source.root / root / path for path in made.beside)
    for path, target in zip(made.beside, targets, strict=True):
        _replace(target, (built.root / path).read_bytes())
    return replace(built, root=into), targets


def _replace(target: Path, content: bytes) -> None:
    """Write a file anew: a running program may still use the old one."""
    target.unlink(missing_ok=True)
    write_files(target.parent, {target.name: content})
