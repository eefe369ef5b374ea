"""The check of what was built: sdists, wheels, and folders in wheel layout."""

from collections.abc import Collection, Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.tar_stream import is_tar_name
from pysetup.interchange.zip_reader import UnreadableFileError
from pysetup.phases.bdist.check import check_tree, check_wheel
from pysetup.phases.sdist.check import check_sdist
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.archives import is_built_tree

WHEEL, SDIST, TREE = "wheel", "sdist", "tree"


class NothingToCheckError(UsageError):
    """What was given to ``check`` is not something that can be checked.

    It takes sdists, wheels, folders that hold some of these, folders in wheel layout,
    and project folders.
    """

    code = "PS2722"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be checked: {reason}",
            facts={"path": str(path)},
            hints=("give an sdist, a wheel, a folder of them, or a project folder",),
        )


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found in one thing: an sdist, a wheel, a tree or a project.

    ``hidden`` tells how many findings are left out as the user wished.
    """

    path: Path
    kind: str
    findings: tuple[ArchiveFinding, ...]
    hidden: int = 0

    @property
    def errors(self) -> int:
        """How many errors there are; the other findings are warnings."""
        return sum(one.is_error for one in self.findings)

    def without(self, ignored: Collection[str]) -> "CheckReport":
        """Return the report without the rules (or their clauses) in ``ignored``."""
        kept = tuple(
            one
            for one in self.findings
            if not {one.rule, *one.clause.replace(";", " ").split()} & set(ignored)
        )
        hidden = len(self.findings) - len(kept)
        return CheckReport(self.path, self.kind, kept, hidden)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": str(self.path),
            "kind": self.kind,
            "findings": [one.to_json() for one in self.findings],
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "hidden": self.hidden,
        }


def check_built(path: Path) -> tuple[CheckReport, ...]:
    """Return what is wrong or odd in an archive, a tree, or a folder of archives.

    Raises ``NothingToCheckError`` or ``UnreadableFileError``.
    """
    if not path.exists():
        raise NothingToCheckError(path, "there is no such file or folder")
    if is_built_tree(path):
        return (CheckReport(path, TREE, check_tree(path)),)
    if path.is_dir():
        return tuple(check_file(one) for one in _archives(path))
    return (check_file(path),)


def check_file(path: Path) -> CheckReport:
    """Return what is wrong or odd in the sdist or wheel ``path``; raises as above."""
    if path.name.endswith((".whl", ".whlx")):
        return CheckReport(path, WHEEL, check_wheel(path))
    if not _is_archive(path):
        raise NothingToCheckError(path, "it is neither an sdist nor a wheel")
    return CheckReport(path, SDIST, check_sdist(path))


def _archives(folder: Path) -> Sequence[Path]:
    try:
        found = [one for one in sorted(folder.iterdir()) if _is_archive(one)]
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFileError(str(folder), reason) from None
    if not found:
        raise NothingToCheckError(folder, "it holds no project and no archives")
    return found


def _is_archive(path: Path) -> bool:
    return is_tar_name(path.name) or path.name.endswith((".whl", ".zip"))
