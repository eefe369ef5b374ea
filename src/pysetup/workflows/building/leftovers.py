"""What builds leave in a project folder: compiled in place, or to be cleaned away."""

from pathlib import Path

from pysetup.interchange.dist_info import SUFFIX
from pysetup.late import shutil, tempfile
from pysetup.workflows.building.archives import is_built_tree
from pysetup.workflows.building.build import DiskFaultError, build
from pysetup.workflows.building.native import place_in_place
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context

# What distutils and setuptools leave below build/.
_TEMPORARY = ("temp.*",)
_OUTPUT = (*_TEMPORARY, "lib", "lib.*", "scripts-*", "bdist.*")


def build_in_place(
    root: Path, *, context: Context, building: Building
) -> tuple[Path, ...]:
    """Build the project in ``root``, and put its compiled modules where they belong.

    That is beside the packages in the source tree. Returns where. Works for any
    build back end, since the built tree is looked at. Raises as ``build``, and
    ``DiskFaultError``.
    """
    tree = read_project(root, context=context, building=building)
    with tempfile.TemporaryDirectory(prefix="pysetup-build-") as folder:
        built = build(root, into=Path(folder), context=context, building=building)
        try:
            return place_in_place(tree, built)
        except OSError as error:
            raise _fault(error, root) from None


def find_temporary(root: Path) -> tuple[Path, ...]:
    """Return the temporary folders that builds have left in ``root``."""
    return tuple(sorted(_folders(root / "build", _TEMPORARY)))


def find_leftovers(root: Path) -> tuple[Path, ...]:
    """Return all that builds have left in ``root`` but archives, sorted.

    Only what is known to be generated: other files in ``build/`` stay, and so does
    an ``.egg-info`` without PKG-INFO. Links are passed over.
    """
    below = root / "build"
    found = {
        *_folders(below, _OUTPUT),
        *(path for path in _folders(below, ("*",)) if is_built_tree(path)),
        *_folders(root, (".eggs",)),
        *(
            path
            for parent in (root, root / "src")
            for path in _folders(parent, ("*.egg-info", f"*{SUFFIX}"))
            if any((path / name).is_file() for name in ("PKG-INFO", "METADATA"))
        ),
    }
    return tuple(sorted(found))


def remove_folders(folders: tuple[Path, ...], *, root: Path) -> None:
    """Remove ``folders``, and ``build/`` in ``root`` if nothing else is in it.

    Raises ``DiskFaultError``.
    """
    below = root / "build"
    try:
        for folder in folders:
            shutil.rmtree(folder)
        if folders and below.is_dir() and not any(below.iterdir()):
            below.rmdir()
    except OSError as error:
        raise _fault(error, root) from None


def _fault(error: OSError, root: Path) -> DiskFaultError:
    return DiskFaultError(str(error.filename or root), error.strerror or str(error))


def _folders(parent: Path, patterns: tuple[str, ...]) -> list[Path]:
    if parent.is_symlink():
        return []
    return [
        path
        for pattern in patterns
        for path in parent.glob(pattern)
        if path.is_dir() and not path.is_symlink()
    ]
