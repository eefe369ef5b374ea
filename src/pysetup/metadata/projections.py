"""The files that are derived from the document, and whether given ones still agree."""

from collections.abc import Callable, Mapping

from pysetup.errors import IntegrityError, PysetupError
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.fields import FIELDS, NOTHING
from pysetup.metadata.formats import core_metadata, pep819
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import meaning_of
from pysetup.metadata.problems import Problem
from pysetup.standards.entry_points import read_entry_points, to_entry_points_text

METADATA = "METADATA"
PKG_INFO = "PKG-INFO"
ENTRY_POINTS = "entry_points.txt"


class MetadataDisagreementError(IntegrityError):
    """Two files that must say the same about a distribution do not.

    ``pydist.json`` is the master; METADATA, METADATA.json and entry_points.txt are
    derived from it. A distribution in which they differ was changed after it was
    made, and different tools would install different things from it.
    """

    code = "PS5120"

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(
            f"{source} contradicts its own document: {first.pointer} {first.message}",
            facts={
                "file": source,
                "differences": [f"{p.pointer} {p.message}" for p in problems],
            },
            hints=("get the file anew from its author or index; do not install it",),
        )
        self.source, self.problems = source, problems


def projections(metadata: Metadata) -> dict[str, bytes]:
    """Return the content of every derived file by its name, and ``pydist.json``.

    ``entry_points.txt`` is there only when there are entry points. ``PKG-INFO`` of an
    sdist has the content of ``METADATA``. Raises ``UnwritableMetadataError``,
    ``InvalidDocumentError`` or ``InvalidEntryPointError``.
    """
    made = {
        DOCUMENT_NAME: metadata.to_json(),
        METADATA: core_metadata.write(metadata),
        pep819.METADATA_JSON: pep819.write(metadata),
    }
    entries = to_entry_points_text(metadata.entry_points, metadata.malformed_entries)
    return {**made, ENTRY_POINTS: entries.encode()} if entries else made


def find_differences(
    metadata: Metadata, files: Mapping[str, bytes]
) -> tuple[Problem, ...]:
    """Return where ``files`` (by their names) contradict the document.

    Compared is what the files mean: order of lists, spelling of names, versions and
    requirements, folding and white space at the ends do not count, and neither does
    the metadata version. Other names than those of ``projections`` and ``PKG-INFO``
    are passed over. ``rule`` is the file's name, ``pointer`` the first key that
    differs in it. A file that cannot be read is a difference too.
    """
    found = []
    for name in sorted(files):
        difference = _DIFFERENCE.get(name)
        if difference is None:
            continue
        try:
            told = difference(metadata, files[name])
        except PysetupError as error:
            told = ("", f"cannot be read: {error.message}")
        if told is not None:
            pointer, message = told
            hint = f"derive {name} again from {DOCUMENT_NAME}"
            found.append(Problem(pointer, name, message, hint))
    return tuple(found)


def check_agreement(
    metadata: Metadata, files: Mapping[str, bytes], *, source: str
) -> None:
    """Raise ``MetadataDisagreementError`` if ``find_differences`` finds any."""
    problems = find_differences(metadata, files)
    if problems:
        raise MetadataDisagreementError(source, problems)


Difference = tuple[str, str]


def _document_difference(metadata: Metadata, content: bytes) -> Difference | None:
    found = Metadata.from_json(content)
    keys = sorted({*metadata.to_dict(), *found.to_dict()})
    return next(
        (
            (f"/{key}", f"differs in {DOCUMENT_NAME}")
            for key in keys
            if metadata.get(key) != found.get(key)
        ),
        None,
    )


def _core_difference(metadata: Metadata, content: bytes) -> Difference | None:
    found = core_metadata.read(content)
    expected = core_metadata.read(core_metadata.write(metadata))
    difference = _first_field(expected, found)
    if difference is None and _unknown(expected) != _unknown(found):
        pointer = f"/extensions/{LEGACY_EXTENSION}/headers"
        return pointer, "are not the same: a header is missing, or one too many"
    return difference


def _json_difference(metadata: Metadata, content: bytes) -> Difference | None:
    return _first_field(pep819.read(pep819.write(metadata)), pep819.read(content))


def _entry_points_difference(metadata: Metadata, content: bytes) -> Difference | None:
    entries, malformed = read_entry_points(content.decode(errors="replace"))
    found = {(entry.group, entry.name): entry.reference for entry in entries}
    expected = {
        (entry.group, entry.name): entry.reference for entry in metadata.entry_points
    }
    for group, name in sorted({*found, *expected}):
        if found.get((group, name)) != expected.get((group, name)):
            return "/extensions", f"do not agree about {name!r} in [{group}]"
    lines = {(one.group, one.line) for one in metadata.malformed_entries}
    for group, line in sorted(lines ^ {(one.group, one.line) for one in malformed}):
        return "/extensions", f"do not agree about {line[:60]!r} in [{group}]"
    return None


_DIFFERENCE: Mapping[str, Callable[[Metadata, bytes], Difference | None]] = {
    DOCUMENT_NAME: _document_difference,
    METADATA: _core_difference,
    PKG_INFO: _core_difference,
    pep819.METADATA_JSON: _json_difference,
    ENTRY_POINTS: _entry_points_difference,
}


def _first_field(expected: Metadata, found: Metadata) -> Difference | None:
    for field in FIELDS:
        if field.key == "metadata_version":
            continue
        key = field.key
        here, there = (meaning_of(key, m.get(key)) for m in (expected, found))
        if here != there:
            return (
                f"/{field.key}",
                f"is {_short(here)}, and {_short(there)} in the file",
            )
    return None


def _short(value: object) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a line


def _unknown(metadata: Metadata) -> list[tuple[str, str]]:
    """Return the headers that no field has, but for those that say nothing."""
    rows = metadata.extension(LEGACY_EXTENSION).get("headers")
    pairs = [
        (str(row[0]).lower(), str(row[1]))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, list)
    ]
    return sorted((name, value) for name, value in pairs if value not in NOTHING)
