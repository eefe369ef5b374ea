"""The relation to NumPy's C interface, which extensions were compiled for.

One for NumPy 1 is no good for NumPy 2, whatever the versions in the metadata allow; one
for NumPy 2 runs with both. Debian's NumPy provides a virtual package for its interface.
"""

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import Names
from pysetup.platforms.needs import needs_of
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.numpy_interface import FIRST, SECOND
from pysetup.standards.versions import parse_version

_NUMPY = "numpy"
# Releases whose packages nobody lists here, and that have NumPy 1.
_WITH_FIRST = ("bullseye", "bookworm", "focal", "jammy", "noble")
_VIRTUAL = {FIRST: "python3-numpy-abi9", SECOND: "python3-numpy2-abi0"}


class NumpyInterfaceError(UsageError):
    """An extension was compiled for NumPy 1, and the target has NumPy 2.

    It would be installed, and could not be imported. Take a later release of the
    project, or build it where that NumPy is. Nothing was written.
    """

    code = "PS2955"

    def __init__(self, path: str, project: str, target: str) -> None:
        super().__init__(
            f"{path} was compiled for NumPy 1, and {target} has NumPy 2",
            facts={"file": path, "project": project, "target": target},
            hints=(
                f"take a release of {project} that was built for NumPy 2",
                "--source  makes a source package, which is compiled on the target",
            ),
        )


def numpy_relations(
    document: Metadata,
    tree: Tree,
    target: PlatformTarget,
    names: Names,
) -> tuple[str, ...]:
    """Return the relations to the interface that extensions in ``tree`` were made for.

    None where the project does not require NumPy: its extensions do without it. Raises
    ``NumpyInterfaceError``.
    """
    made_for = {
        file.numpy: file.path
        for file in tree.files
        if file.numpy
        and file.binary is not None
        and target.architecture in file.binary.machines
    }
    if not made_for or not _is_required(document, target):
        return ()
    there = _interface_there(target, names)
    if not there:
        kinds = (FIRST,) if FIRST in made_for else (SECOND, FIRST)
        return (" | ".join(_VIRTUAL[kind] for kind in kinds),)
    if there == SECOND and FIRST in made_for:
        raise NumpyInterfaceError(made_for[FIRST], document.name, target.name)
    return (_VIRTUAL[there],)


def _interface_there(target: PlatformTarget, names: Names) -> str:
    """Return the interface of the NumPy that the system has, "" if nobody knows."""
    found = names.find(_NUMPY)
    if found is not None and found.own:
        return ""  # it is one of ours, of whatever version
    if found is not None and found.version:
        return interface_of(found.version)
    return FIRST if target.codename in _WITH_FIRST else ""


def numpy_provides(document: Metadata) -> tuple[str, ...]:
    """Return what a package of NumPy itself provides to those that were compiled."""
    if document.normalized_name != _NUMPY:
        return ()
    return (_VIRTUAL[interface_of(str(document.version))],)


def _is_required(document: Metadata, target: PlatformTarget) -> bool:
    return any(need.project == _NUMPY for need in needs_of(document, target))


def interface_of(version: str) -> str:
    """Return which interface ``version`` of NumPy has."""
    return FIRST if parse_version(version).major < 2 else SECOND  # noqa: PLR2004
