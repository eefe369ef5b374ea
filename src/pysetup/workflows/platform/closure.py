"""``--with-deps``: what a system lacks of a project's requirements, packaged as well.

What the system has in a version that will do is left to it; all else is packaged, and
so on for what those need. The files come from the index, resolved for the target.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pysetup.errors import ResolutionError
from pysetup.interchange.built import BuiltTree
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import Names
from pysetup.platforms.needs import Need, needs_of
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_specifiers
from pysetup.values import dataclass, field
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.packing import opened_tree
from pysetup.workflows.context import Context
from pysetup.workflows.download import download
from pysetup.workflows.platform.sources import place_of
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.requested import read_wanted


class NoFileForTargetError(ResolutionError):
    """The index has no file of a requirement for the target.

    With ``--with-deps`` what the system lacks is taken from the index; here it is
    neither in the system nor there.
    """

    code = "PS3942"

    def __init__(self, requirement: str, target: str) -> None:
        super().__init__(
            f"{requirement} was not resolved for {target}",
            facts={"requirement": requirement, "target": target},
            hints=("map it to a package of the system with --map-deps FILE",),
        )


@dataclass(slots=True)
class _Closure:
    """What is packaged, by normalised names, in the order in which it was found."""

    target: PlatformTarget
    names: Names
    trees: dict[str, BuiltTree] = field(default_factory=dict)
    extras: dict[str, set[str]] = field(default_factory=dict)

    def wanted(self, metadata: Metadata, extras: set[str]) -> Iterator[Need]:
        """Yield what ``metadata`` needs and neither the system nor we have yet."""
        for need in needs_of(metadata, self.target, extras=sorted(extras)):
            ours = self.trees.get(need.project)
            known = self.extras.get(need.project, set())
            if ours is not None and set(need.extras) <= known:
                continue
            if ours is not None or not _has(self.names, need):
                yield need


def _has(names: Names, need: Need) -> bool:
    """Tell whether the system is known to have what ``need`` asks for.

    A name that follows a custom, and a package of an unknown version, are no proof.
    """
    found = names.find(need.project)
    if found is None or not found.checked:
        return False
    if not found.packages:
        return True  # somebody said that nothing is needed there
    if any(names.find(need.project, extra=extra) is None for extra in need.extras):
        return False
    if not found.version:
        return found.evidence.startswith("document")
    return parse_specifiers(need.specifiers).contains(found.version, prereleases=True)


@contextmanager
def opened_closure(
    root: BuiltTree,
    extras: set[str],
    target: PlatformTarget,
    *,
    names: Names,
    context: Context,
    building: Building,
) -> Iterator[tuple[BuiltTree, ...]]:
    """Give the trees of what ``root`` needs and the target's system lacks.

    ``extras`` are those of ``root`` that are wanted. Raises ``NoFileForTargetError``,
    and as the resolver and builds do.
    """
    closure = _Closure(target, names)
    closure.trees[root.metadata.normalized_name] = root
    closure.extras[root.metadata.normalized_name] = extras
    with ExitStack() as stack:
        first = list(closure.wanted(root.metadata, extras))
        files = _files(first, target, context, building) if first else {}
        queue = first
        while queue:
            need = queue.pop(0)
            tree = closure.trees.get(need.project)
            if tree is None:
                path = files.get(need.project)
                if path is None:
                    raise NoFileForTargetError(need.requirement, target.name)
                tree = stack.enter_context(opened_tree(path, context, building))
                closure.trees[need.project] = tree
            asked = closure.extras.setdefault(need.project, set())
            asked.update(need.extras)
            queue += closure.wanted(tree.metadata, asked)
        yield tuple(list(closure.trees.values())[1:])


def _files(
    needs: list[Need], target: PlatformTarget, context: Context, building: Building
) -> dict[str, Path]:
    """Return the files that all of ``needs`` come down to, by normalised names."""
    found = download(
        read_wanted([need.requirement for need in needs], context=context),
        [place_of(target)],
        context=context,
        building=building,
        choice=Choice(),
    )
    return {normalize_name(file.project): file.acquired.path for file in found}


def extras_of(source: str) -> set[str]:
    """Return the extras that the name of a project asks for (``demo[all]``)."""
    if "[" not in source or "/" in source:
        return set()
    return set(map(normalize_name, parse_requirement(source).extras))
