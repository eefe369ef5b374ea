"""What distinguishes two sources, and whether one artifact agrees with itself."""

from pathlib import Path

from pysetup.metadata.differences import Difference, find_changes
from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    DOCUMENT_NAME,
    EXPORTS_EXTENSION,
    OWN_SECTIONS,
    Metadata,
)
from pysetup.metadata.problems import Problem
from pysetup.metadata.projections import ENTRY_POINTS, find_differences
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.describing.documents import NoDocumentError, metadata_files
from pysetup.workflows.describing.sources import (
    BUILT,
    INFO_FOLDER,
    INSTALLED,
    TREE,
    WHEEL,
    Reading,
    Source,
    local_path,
    read_installed_or_newest,
    read_source,
)

# These tell entry points even where there is no document.
_HAVE_ENTRY_POINTS = (
    TREE,
    WHEEL,
    BUILT,
    INSTALLED,
    INFO_FOLDER,
    "setup.cfg",
    "egg-info",
)
_ENTRY_POINTS = (COMMANDS_EXTENSION, EXPORTS_EXTENSION)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sources and every difference between their documents.

    ``not_compared`` are keys that one of them cannot say, since it has no
    ``pydist.json``; an extension stands there as ``extensions/NAME``.
    """

    one: Source
    other: Source
    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether both mean the same."""
        return all(difference.spelling for difference in self.differences)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "equal": self.equal,
            "sources": [
                {"place": one.place, "kind": one.kind, "derived": one.derived}
                for one in (self.one, self.other)
            ],
            "differences": [one.to_json() for one in self.differences],
            "not_compared": list(self.not_compared),
        }


def compare(one: str, other: str, reading: Reading) -> Comparison:
    """Compare the documents of two sources; raises as ``read_source``.

    A name is what is installed, else the newest release of the index.
    """
    return compare_sources(
        read_installed_or_newest(one, reading), read_installed_or_newest(other, reading)
    )


def compare_sources(one: Source, other: Source) -> Comparison:
    """Compare two documents that were read; what one of them cannot say is left out."""
    silent = _silent(one, other) | _silent(other, one)
    found = find_changes(one.metadata, other.metadata, passed_over=frozenset(silent))
    return Comparison(one, other, found, tuple(sorted(silent)))


def _silent(derived: Source, other: Source) -> set[str]:
    """Return keys of ``other`` that ``derived``, made of older files, cannot have."""
    if not derived.derived:
        return set()
    known, theirs = derived.metadata, other.metadata
    found = {
        key
        for key in OWN_SECTIONS
        if key != "extensions" and key not in known.to_dict() and theirs.get(key)
    }
    names = set(theirs.extensions) - set(known.extensions)
    if derived.kind in _HAVE_ENTRY_POINTS:
        names -= set(_ENTRY_POINTS)
    return found | {f"extensions/{name}" for name in names}


@dataclass(frozen=True, slots=True)
class Verified:
    """An artifact's document, the files beside it, and where they contradict it."""

    metadata: Metadata
    files: tuple[str, ...]
    differences: tuple[Problem, ...]


def verify(source: str, reading: Reading) -> Verified:
    """Compare every projection in an artifact with the document in it.

    ``source`` is an sdist, a wheel, a built tree, a ``.dist-info`` folder, the URL of
    an archive, or an installed name. Raises ``NoDocumentError``, and what is wrong
    with the artifact or its document.
    """
    place = local_path(source, context=reading.context)
    if not place.exists() and reading.environment is not None:
        place = Path(read_source(source, reading).place)
    if not place.exists():
        raise NoDocumentError(source, "there is no such file or folder")
    files = metadata_files(place)
    if DOCUMENT_NAME not in files:
        raise NoDocumentError(source, f"it holds no {DOCUMENT_NAME}")
    metadata = Metadata.from_json(
        files[DOCUMENT_NAME], source=f"{place.name}/{DOCUMENT_NAME}"
    )
    problems = list(find_differences(metadata, files))
    has_entry_points = place.name.endswith(".whl") or place.is_dir()
    if has_entry_points and ENTRY_POINTS not in files and metadata.entry_points:
        message = "name entry points, and there is no such file"
        hint = f"derive {ENTRY_POINTS} again from {DOCUMENT_NAME}"
        problems.append(Problem("/extensions", ENTRY_POINTS, message, hint))
    return Verified(metadata, tuple(sorted(files)), tuple(problems))
