"""The requirements of a requirements file as a part of the document, both ways."""

from collections.abc import Iterable

from pysetup.metadata.document import DOCUMENT_VERSION, Metadata
from pysetup.metadata.formats.legacy_draft import (
    LegacyDraft,
    Unread,
    decoded,
    find_losses,
)
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.requirements_file import (
    check_requirement_line,
    logical_lines,
    split_hashes,
)

REQUIREMENTS_TXT = "requirements.txt"
MAX_BYTES = 8 * 1024 * 1024
_REQUIREMENTS = "requirements"


def read(content: bytes, *, source: str = REQUIREMENTS_TXT) -> LegacyDraft:
    """Read a requirements file; name and version are for someone else to say.

    The requirements become the document's. When the file has other lines too (options,
    paths, URLs without a name, hashes, variables), all lines are kept in
    ``pysetup.legacy``; files that it includes are unread.

    Raises ``InvalidSettingError`` or ``RequirementsFileError``.
    """
    text = decoded(content, source=source, limit=MAX_BYTES)
    unread: list[Unread] = []
    lines: list[str] = []
    for number, line in logical_lines(text):
        lines.append(line)
        if line.startswith("-"):
            if line.startswith(("-r", "--requirement")):
                reason = "it includes another file"
                unread.append(Unread("requires_dist", line, number, reason))
        else:
            requirement, _ = split_hashes(line, place=f"{source}:{number}")
            if "${" not in requirement:
                check_requirement_line(requirement, place=f"{source}:{number}")
    requires = _requirements(lines)
    mapping: dict[str, JSON] = {"document_version": DOCUMENT_VERSION}
    if requires:
        mapping["requires_dist"] = list(requires)
    if requires != lines:
        legacy = {_REQUIREMENTS: {"lines": list(lines)}}
        mapping["extensions"] = {LEGACY_EXTENSION: legacy}
    return LegacyDraft(source, mapping, tuple(unread))


def _requirements(lines: Iterable[str]) -> list[str]:
    """Return the requirements among ``lines``, which are known to be valid."""
    found = []
    for line in lines:
        if line.startswith("-"):
            continue
        text, _ = split_hashes(line, place=REQUIREMENTS_TXT)
        try:
            parse_requirement(text)
        except InvalidRequirementError:
            continue
        found.append(text)
    return found


def write(metadata: Metadata) -> bytes:
    """Write the requirements, one a line, in the order of the document.

    The lines of the file from which they were read are used while they still say the
    same requirements. Raises ``InvalidRequirementError``.
    """
    requires = [text.replace("\n", " ") for text in metadata.texts("requires_dist")]
    for text in requires:
        parse_requirement(text)
    kept = metadata.extension(LEGACY_EXTENSION).get(_REQUIREMENTS)
    told = kept.get("lines") if isinstance(kept, dict) else None
    lines = told if isinstance(told, list) else []
    texts = [line for line in lines if isinstance(line, str) and "\n" not in line]
    if texts and _requirements(texts) == requires:
        requires = texts
    return "".join(f"{line}\n" for line in requires).encode()


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return all but the requirements; raises ``InvalidRequirementError``."""
    draft = read(write(metadata))
    return find_losses(
        metadata, draft, lambda _: "a requirements file holds only requirements"
    )
