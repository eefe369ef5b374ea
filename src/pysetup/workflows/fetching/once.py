"""Values that are worked out once, in a few threads, whoever asks first."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """Calls ``work`` at most once a key, on ``pool``; an error is remembered too.

    ``work`` must not wait for another value of the same pool. ``at_hand`` returns what
    takes no time, as from a cache, in a tuple of one, and None where there is work to
    do: to ask another thread for it would take longer.
    """

    def __init__(
        self,
        work: Callable[[K], V],
        *,
        pool: ThreadPoolExecutor,
        at_hand: Callable[[K], tuple[V] | None] = lambda _: None,
    ) -> None:
        self._work = work
        self._at_hand = at_hand
        self._pool = pool
        self._lock = threading.Lock()
        self._futures: dict[K, Future[V]] = {}
        self._values: dict[K, tuple[V]] = {}

    def start(self, key: K) -> None:
        """See to it that the value is being worked out."""
        self._begun(key)

    def get(self, key: K) -> V:
        """Return the value, waiting for it; raises what ``work`` raised."""
        future = self._begun(key)
        return self._values[key][0] if future is None else future.result()

    def _begun(self, key: K) -> Future[V] | None:
        """Return what is under way, None where the value is here."""
        if key in self._values:
            return None
        future = self._futures.get(key)
        if future is not None:
            return future
        found = self._at_hand(key)
        with self._lock:
            if key in self._futures:
                return self._futures[key]
            if found is not None:
                self._values.setdefault(key, found)
                return None
            self._futures[key] = self._pool.submit(self._work, key)
            return self._futures[key]
