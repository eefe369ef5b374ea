"""What of a document is lost on the way through a format and back."""

from collections.abc import Callable

from pysetup.metadata.document import Metadata
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import escape_pointer

# The versions of the forms themselves.
NOT_COMPARED = ("metadata_version", "document_version")


def find_losses(
    before: Metadata, after: Metadata, reason: Callable[[str], str]
) -> tuple[Loss, ...]:
    """Return where ``after`` does not mean what ``before`` does, by JSON pointer.

    ``reason`` gives the reason for a key, and for ``extensions``.
    """
    found, came = before.to_dict(), after.to_dict()
    losses = [
        Loss(f"/{escape_pointer(key)}", reason(key))
        for key in sorted({*found, *came} - {*NOT_COMPARED, "extensions"})
        if not same_meaning(key, found.get(key), came.get(key))
    ]
    own, back = before.extensions, after.extensions
    losses += [
        Loss(f"/extensions/{escape_pointer(name)}", reason("extensions"))
        for name in sorted({*own, *back})
        if own.get(name) != back.get(name)
    ]
    return tuple(sorted(losses, key=lambda loss: loss.pointer))
