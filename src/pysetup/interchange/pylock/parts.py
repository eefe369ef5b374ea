"""The parts of a row of a lock file: where a package is from, and its files."""

from pysetup.errors import PysetupError
from pysetup.interchange.pylock.fields import Fields
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedVcs,
    Table,
)
from pysetup.late import late_pattern
from pysetup.standards.hashes import STRONG_ALGORITHMS, WEAK_ALGORITHMS, Hash
from pysetup.standards.names import is_name
from pysetup.standards.paths import path_fault

_HEXADECIMAL = late_pattern(r"[0-9a-fA-F]+")


def read_dependency(row: Fields) -> Table:
    """Return a row of ``dependencies``: it must name a package."""
    name = row.values.get("name")
    if not isinstance(name, str) or not is_name(name):
        row.refuse("name", "is missing" if name is None else "is no project name")
    return row.values


def read_identity(row: Fields) -> Table:
    """Return a row of ``attestation-identities``: it must have a kind."""
    row.text("kind", required=True)
    return row.values


def read_vcs(table: Fields) -> LockedVcs:
    """Return the table ``vcs``."""
    url, path = _place(table)
    return LockedVcs(
        type=table.text("type", required=True),
        url=url,
        path=path,
        requested_revision=table.text("requested-revision"),
        commit_id=table.text("commit-id", required=True),
        subdirectory=_subdirectory(table),
    )


def read_directory(table: Fields) -> LockedDirectory:
    """Return the table ``directory``."""
    editable = table.values.get("editable", False)
    if not isinstance(editable, bool):
        table.refuse("editable", "must be true or false")
    return LockedDirectory(
        path=table.text("path", required=True),
        editable=editable is True,
        subdirectory=_subdirectory(table),
    )


def read_archive(table: Fields) -> LockedArchive:
    """Return the table ``archive``."""
    return _located(table, subdirectory=_subdirectory(table))


def read_file(table: Fields) -> LockedArchive:
    """Return ``sdist``, or a row of ``wheels``."""
    return _located(table, name=table.text("name"))


def _located(table: Fields, **more: str) -> LockedArchive:
    url, path = _place(table)
    return LockedArchive(
        url=url,
        path=path,
        size=table.number("size"),
        upload_time=table.time("upload-time"),
        hashes=_hashes(table),
        **more,
    )


def _place(table: Fields) -> tuple[str, str]:
    url, path = table.text("url"), table.text("path")
    if not (url or path):
        table.refuse("", "has neither url nor path")
    return url, path


def _subdirectory(table: Fields) -> str:
    text = table.text("subdirectory")
    if text and (fault := path_fault(text)):
        table.refuse("subdirectory", f"cannot be used: {fault}")
    return text


def _hashes(table: Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for algorithm, digest in table.table("hashes").items():
        name = algorithm.lower()
        if not isinstance(digest, str) or not _HEXADECIMAL.fullmatch(digest):
            table.refuse("hashes", f"has a {algorithm} that is no hexadecimal digest")
        elif name in STRONG_ALGORITHMS:
            try:
                found[name] = Hash.parse(f"{name}:{digest}").hexdigest
            except PysetupError:
                table.refuse("hashes", f"has a {algorithm} of the wrong length")
        else:
            found[name] = digest.lower()
    if not table.values.get("hashes"):
        table.refuse("hashes", "is missing: nothing would prove the file")
    elif found and not set(found) & {*STRONG_ALGORITHMS, *WEAK_ALGORITHMS}:
        table.refuse("hashes", f"has only unknown algorithms: {', '.join(found)}")
    return found
