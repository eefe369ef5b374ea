"""Work on many files by two threads: what zlib, hashlib and the system do overlaps."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_two_threads(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result]:
    """Return ``work(item)`` for all ``items``, in their order.

    What it raises first is raised here, when neither thread works any more; the rest
    of ``items`` is then left.
    """
    done: list[Result | None] = [None] * len(items)
    waiting = list(enumerate(items))[::-1]
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while True:
                try:
                    number, item = waiting.pop()  # one step, whatever the others do
                except IndexError:
                    return
                done[number] = work(item)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            errors.append(error)
            waiting.clear()

    other = threading.Thread(target=run, name="second")
    other.start()
    try:
        run()
    finally:
        waiting.clear()
        other.join()
    if errors:
        raise errors[0]
    return done  # type: ignore[return-value] # every place was filled
