"""Which development installations say something else than their trees."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import Metadata
from pysetup.phases.develop.freshness import RECORD_NAME, EditableRecord, find_changes
from pysetup.phases.install.database import read_distribution
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context


@dataclass(frozen=True, slots=True)
class StaleEditable:
    """An editable installation whose tree now says something else.

    ``changes`` name what: ``version 1.1``, ``entry points``, ...
    """

    name: str
    version: str
    root: str
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "root": self.root,
            "changes": list(self.changes),
        }

    def __str__(self) -> str:
        return (
            f"warning: {self.name} {self.version} is installed for development, but "
            f"its tree now says otherwise ({', '.join(self.changes)}):  "
            f"pysetup develop --refresh {shlex.quote(self.root)}"
        )


def tell_stale(environment: Environment, context: Context) -> None:
    """Warn of each editable installation that is out of date; nothing is run.

    Where nothing changed this costs one look at each of its files.
    """
    for stale in stale_editables(environment.paths):
        context.tell(str(stale))


def stale_editables(paths: Sequence[str]) -> tuple[StaleEditable, ...]:
    """Return the editable installations in the folders ``paths`` that are stale."""
    found = []
    for info_dir in _editable_folders(paths):
        record = read_editable_record(info_dir)
        if record is None or record.is_unchanged():
            continue
        try:
            metadata = read_distribution(info_dir).metadata
        except PysetupError:
            continue  # the command that reads it says what is wrong
        changes = _changes(record, metadata)
        if changes:
            version = str(metadata.version)
            found.append(StaleEditable(metadata.name, version, record.root, changes))
    return tuple(found)


def _changes(record: EditableRecord, metadata: Metadata) -> tuple[str, ...]:
    # Rarely needed, and much of the house: the formats of all projects.
    from pysetup.phases.develop.project import ProjectFolder
    from pysetup.phases.develop.stated import read_stated

    root = Path(record.root)
    if not root.is_dir():
        return (f"{root} is gone",)
    try:
        return find_changes(metadata, read_stated(ProjectFolder(root)))
    except PysetupError as error:
        return (error.message,)


def _editable_folders(paths: Sequence[str]) -> Iterator[str]:
    for path in dict.fromkeys(paths):
        try:
            names = sorted(os.listdir(path))
        except OSError:
            continue
        for name in names:
            info_dir = os.path.join(path, name)
            record = os.path.join(info_dir, RECORD_NAME)
            if name.endswith(SUFFIX) and os.path.lexists(record):
                yield info_dir


def read_editable_record(info_dir: str) -> EditableRecord | None:
    """Return what the installation in ``info_dir`` was made from, if it says so."""
    path = os.path.join(info_dir, RECORD_NAME)
    try:
        with open(path, "rb") as stream:
            return EditableRecord.parse(stream.read(), source=path)
    except (OSError, PysetupError):
        return None
