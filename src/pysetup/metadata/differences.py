"""What distinguishes two documents, key by key: changes of meaning, and of spelling."""

from collections import Counter
from collections.abc import Iterator, Mapping

from pysetup.metadata.document import OWN_SECTIONS, Metadata
from pysetup.metadata.fields import BY_KEY, is_present
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import meaning_of
from pysetup.metadata.pointers import pointer_of
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
# Which form of the file it is, not what it says of the project.
_OF_THE_FORM = ("metadata_version", "document_version")
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two documents are not the same.

    ``pointer`` is a JSON pointer: into the first document for what is ``removed`` or
    ``changed``, into the second for what is ``added``. ``spelling`` says that both
    mean the same: another order, another way to write a version, folding.
    """

    pointer: str
    kind: str
    before: JSON = None
    after: JSON = None
    spelling: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "pointer": self.pointer,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "spelling": self.spelling,
        }


def find_changes(
    one: Metadata, other: Metadata, *, passed_over: frozenset[str] = frozenset()
) -> tuple[Difference, ...]:
    """Return every difference from ``one`` to ``other``, sorted by pointer.

    ``passed_over`` are top-level keys, and names of extensions after ``extensions/``,
    that are not looked at.
    """
    before, after = one.to_dict(), other.to_dict()
    found: list[Difference] = []
    for key in {*before, *after} - {"extensions"} - passed_over:
        found += _top(key, before.get(key), after.get(key))
    first, second = one.extensions, other.extensions
    for name in {*first, *second}:
        if f"extensions/{name}" not in passed_over:
            found += (
                Difference(
                    change.pointer,
                    change.kind,
                    change.before,
                    change.after,
                    name == LEGACY_EXTENSION,
                )
                for change in _walk(
                    ("extensions", name), first.get(name), second.get(name)
                )
            )
    return tuple(sorted(found, key=_place))


def _place(change: Difference) -> tuple[list[tuple[int, str]], int]:
    """Order by place, list positions as numbers, and what is gone before what came."""
    parts = change.pointer.split("/")
    numbered = [(int(part) if part.isdecimal() else -1, part) for part in parts]
    return numbered, (REMOVED, CHANGED, ADDED).index(change.kind)


def _top(key: str, before: JSON, after: JSON) -> Iterator[Difference]:
    if before == after:
        return
    if key in _OF_THE_FORM:
        yield _one((key,), before, after, spelling=True)
    elif key in OWN_SECTIONS or key not in BY_KEY:
        yield from _walk((key,), before, after)
    elif meaning_of(key, before) == meaning_of(key, after):
        yield _one((key,), before, after, spelling=True)
    elif not is_present(key, before) or not is_present(key, after):
        yield from _walk((key,), before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(key, before, after)
    else:
        yield from _walk((key,), before, after)


def _items(key: str, before: list[JSON], after: list[JSON]) -> Iterator[Difference]:
    """Yield the items of a list of one core field that only one side has."""
    kept = Counter(_item(key, value) for value in before) & Counter(
        _item(key, value) for value in after
    )
    for kind, values in ((REMOVED, before), (ADDED, after)):
        left = Counter(kept)
        for index, value in enumerate(values):
            meaning = _item(key, value)
            if left[meaning]:
                left[meaning] -= 1
            elif kind == REMOVED:
                yield Difference(pointer_of((key, index)), kind, before=value)
            else:
                yield Difference(pointer_of((key, index)), kind, after=value)


def _item(key: str, value: JSON) -> str:
    return repr(meaning_of(key, [value]))


def _walk(keys: Keys, before: JSON, after: JSON) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {*before, *after}:
            yield from _walk((*keys, key), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            first = before[index] if index < len(before) else None
            second = after[index] if index < len(after) else None
            yield from _walk((*keys, index), first, second)
    else:
        yield _one(keys, before, after, spelling=False)


def _one(keys: Keys, before: JSON, after: JSON, *, spelling: bool) -> Difference:
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    return Difference(pointer_of(keys), kind, before, after, spelling)
