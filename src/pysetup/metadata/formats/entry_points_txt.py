"""entry_points.txt as a part of the document, both ways."""

from pysetup.errors import PysetupError
from pysetup.metadata.document import DOCUMENT_VERSION, Metadata, with_entry_points
from pysetup.metadata.formats.legacy_draft import (
    InvalidSettingError,
    LegacyDraft,
    decoded,
    find_losses,
)
from pysetup.metadata.problems import Loss
from pysetup.standards.entry_points import read_entry_points, to_entry_points_text
from pysetup.standards.jsontext import JSON

ENTRY_POINTS_TXT = "entry_points.txt"


def read(content: bytes, *, source: str = ENTRY_POINTS_TXT) -> LegacyDraft:
    """Read ``entry_points.txt``; name and version are for someone else to say.

    Lines that are no entry points, in groups that are not scripts, are kept. Raises
    ``InvalidSettingError``.
    """
    text = decoded(content, source=source)
    try:
        entries, malformed = read_entry_points(text)
    except PysetupError as error:
        hint = error.hints[0] if error.hints else ""
        raise InvalidSettingError(
            source, 0, "an entry point", f"is wrong: {error.message}", hint=hint
        ) from None
    extensions = with_entry_points({}, entries, malformed)
    mapping: dict[str, JSON] = {"document_version": DOCUMENT_VERSION}
    return LegacyDraft(
        source, mapping | ({"extensions": extensions} if extensions else {})
    )


def write(metadata: Metadata) -> bytes:
    """Write ``entry_points.txt``, empty for none; raises ``InvalidEntryPointError``."""
    text = to_entry_points_text(metadata.entry_points, metadata.malformed_entries)
    return text.encode()


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return all but the entry points."""
    draft = read(write(metadata))
    return find_losses(
        metadata, draft, lambda _: "entry_points.txt holds only entry points"
    )
