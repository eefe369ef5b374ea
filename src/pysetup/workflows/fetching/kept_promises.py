"""Whether a wheel needs what the index said that it needs, before it is installed.

What is chosen is chosen by METADATA that an index serves beside a file (PEP 658), and
nobody but the index says that it is that of the file. A requirement that is hidden
there would be missing afterwards; one that is added there brings in another project.
"""

from collections.abc import Sequence

from pysetup.errors import IntegrityError
from pysetup.metadata.document import Metadata
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.versions import InvalidSpecifiersError, parse_specifiers


class BrokenPromiseError(IntegrityError):
    """A wheel needs something else than the index said when it was chosen.

    The metadata that an index serves beside a file must be those in the file
    (PEP 658). Where they are not, what was resolved is not what would be
    installed: the index is damaged, or an attack.
    """

    code = "PS5208"

    def __init__(self, filename: str, field: str, told: str, found: str) -> None:
        super().__init__(
            f"the metadata of {filename} are not those that the index served for it",
            facts={
                "file": filename,
                "field": field,
                "index": told[:300] or "nothing",
                "wheel": found[:300] or "nothing",
            },
            hints=("do not use this index before its operator has explained it",),
        )


def check_promised(filename: str, promised: Metadata, found: Metadata) -> None:
    """Raise ``BrokenPromiseError`` if ``found`` need something else than promised."""
    pairs = (
        ("Name", promised.normalized_name, found.normalized_name),
        ("Version", str(promised.version), str(found.version)),
        ("Requires-Python", *_pythons(promised, found)),
        ("Requires-Dist", *_differing(promised, found, "requires_dist")),
        ("Provides-Extra", *_differing(promised, found, "provides_extra")),
    )
    for field, told, inside in pairs:
        if told != inside:
            raise BrokenPromiseError(filename, field, told, inside)


def _pythons(promised: Metadata, found: Metadata) -> tuple[str, str]:
    told, inside = (one.text("requires_python") for one in (promised, found))
    if told == inside:
        return "", ""
    try:
        return str(parse_specifiers(told)), str(parse_specifiers(inside))
    except InvalidSpecifiersError:
        return told, inside


def _differing(promised: Metadata, found: Metadata, key: str) -> tuple[str, str]:
    """Return what only the one and what only the other says; mostly nothing."""
    told, inside = promised.texts(key), found.texts(key)
    if told == inside:
        return "", ""
    spelt = _requirements if key == "requires_dist" else _names
    one, other = spelt(told), spelt(inside)
    return ", ".join(sorted(one - other)), ", ".join(sorted(other - one))


def _requirements(texts: Sequence[str]) -> set[str]:
    found = set()
    for text in texts:
        try:
            found.add(str(parse_requirement(text)))
        except InvalidRequirementError:
            found.add(text)
    return found


def _names(texts: Sequence[str]) -> set[str]:
    return {text.lower().replace("_", "-").replace(".", "-") for text in texts}
