"""What another back end packs, told file by file: pure, over two listings."""

from collections.abc import Iterable, Mapping

from pysetup.interchange.source_files import PRUNED, TreeEntry
from pysetup.phases.sdist.selection import SelectedFile

# What we add to the sdist of another back end.
_OURS = frozenset({"pydist.json", "METADATA.json"})

SAME, CHANGED = "same", "changed"


def explain_packed(
    entries: Iterable[TreeEntry], packed: Mapping[str, str], *, backend: str
) -> tuple[SelectedFile, ...]:
    """Return every file of a project and of the sdist that ``backend`` made, sorted.

    ``entries`` is the listing of the project; ``packed`` says for each file of the
    sdist whether the project has the ``SAME``, has it ``CHANGED``, or (empty) has
    none of that name. The rules of another back end are its own: that it packs a
    file is all that can be said.
    """
    told = {path: _in(path, state, backend) for path, state in packed.items()}
    for entry in entries:
        if entry.path in told:
            continue
        if entry.kind == PRUNED:
            if not any(path.startswith(entry.path) for path in packed):
                told[entry.path] = SelectedFile(entry.path, False, entry.reason)
            continue
        told[entry.path] = SelectedFile(entry.path, False, f"not packed by {backend}")
    return tuple(sorted(told.values()))


def _in(path: str, state: str, backend: str) -> SelectedFile:
    if path in _OURS:
        return SelectedFile(path, True, "generated from the document")
    made = path == "PKG-INFO" or ".egg-info/" in path or not state
    verb = "generated" if made else "packed" if state == SAME else "changed"
    return SelectedFile(path, True, f"{verb} by {backend}")
