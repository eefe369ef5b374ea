"""A link tree: the files of a wheel, each a link to the file it was made from."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.source_files import file_paths, list_tree
from pysetup.phases.develop.editable import link_name, path_line
from pysetup.standards.hashes import Hash
from pysetup.standards.names import filename_name
from pysetup.values import dataclass

# They count in the site folder alone.
_START_UP = (".pth", ".start")


@dataclass(frozen=True, slots=True)
class LinkTree:
    """What makes a built tree a link tree; places are relative to the site folder.

    ``links`` are place -> absolute target; ``copies`` are files that only the build
    made, which stand there as they are.
    """

    links: Mapping[str, str]
    copies: tuple[str, ...]


def link_tree(built: BuiltTree, root: Path) -> LinkTree:
    """Turn ``built``, made from the project in ``root``, into a link tree, in place.

    Its modules leave it, or move to a folder that one line of a ``.pth`` file names.
    ``.dist-info``, ``.data`` and start-up files stay. Raises ``PathFileError``.
    """
    # A name of its own: what stands there from before may be a link to the checkout.
    folder = link_name(built) + ".links"
    members = [path for path in _members(built.root) if _is_module_file(path)]
    sources = match_sources(
        members,
        file_paths(list_tree(root)),
        content_of_member=lambda path: _digest(built.root / path),
        content_of_source=lambda path: _digest(root / path),
    )
    real = root.resolve()
    for path in members:
        place = built.root / path
        if path in sources:
            path_line(real / sources[path])
            place.unlink()
        else:
            target = built.root / folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(place, target)
    pth = built.root / f"{filename_name(built.metadata.name)}.pth"
    pth.write_text(folder + "\n", "utf-8")
    return LinkTree(
        links={f"{folder}/{path}": str(real / sources[path]) for path in sources},
        copies=tuple(f"{folder}/{path}" for path in members if path not in sources),
    )


def match_sources(
    members: Iterable[str],
    paths: Iterable[str],
    *,
    content_of_member: Callable[[str], Hash | None],
    content_of_source: Callable[[str], Hash | None],
) -> dict[str, str]:
    """Return for each member of a wheel the source that it is a copy of, if any.

    Names must be equal and contents too. One whose folder has the same name goes
    before; another counts only if there is no third: an empty ``__init__.py`` is like
    every other.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_name[path.rpartition("/")[2]].append(path)
    found: dict[str, str] = {}
    for member in members:
        candidates = sorted(
            by_name.get(member.rpartition("/")[2], ()),
            key=lambda path: (-_common_end(path, member), path.count("/"), path),
        )
        content = content_of_member(member) if candidates else None
        same = [p for p in candidates if content and content_of_source(p) == content]
        own = min(2, member.count("/") + 1)
        if same and (_common_end(same[0], member) >= own or len(same) == 1):
            found[member] = same[0]
    return found


def _common_end(one: str, other: str) -> int:
    """Return how many parts at the end of two paths are equal."""
    count = 0
    for first, second in zip(
        reversed(one.split("/")), reversed(other.split("/")), strict=False
    ):
        if first != second:
            break
        count += 1
    return count


def _members(root: Path) -> list[str]:
    return sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()
    )


def _is_module_file(path: str) -> bool:
    top, below, _ = path.partition("/")
    if not below:
        return not top.endswith(_START_UP)
    return not top.endswith((SUFFIX, ".data"))


def _digest(path: Path) -> Hash | None:
    try:
        return Hash.of_file(str(path))
    except OSError:
        return None
