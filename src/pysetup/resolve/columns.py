"""The releases of a project by what is alike in them: a hundred cost as much as one.

A resolver looks at few of the versions of a project, but has to know of all of them. So
they are told in columns, an integer mask each, and single versions and candidates are
made when somebody looks at them.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

from pysetup.resolve.terms import Rejection
from pysetup.values import dataclass

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Alike:
    """Releases of which the same holds; bit ``n`` of ``mask`` is the ``n``-th oldest.

    ``rejection``, ``yanked`` and ``unbuilt`` are as those of ``Release``.
    """

    mask: int
    rejection: Rejection | None = None
    yanked: str | None = None
    unbuilt: bool = False


class Late(Sequence[Item]):
    """A row of ``length`` things, each made when somebody looks at it."""

    def __init__(self, length: int, make: Callable[[int], Item]) -> None:
        self._length = length
        self._make = make
        self._made: dict[int, Item] = {}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(self._length)))
        if index in self._made:
            return self._made[index]
        place = index + self._length if index < 0 else index
        if not 0 <= place < self._length:
            raise IndexError(index)
        made = self._made[index] = self._make(place)
        return made
