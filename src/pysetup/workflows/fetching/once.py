"""Values that are worked out once, in a few threads, whoever asks first."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """Calls ``work`` at most once a key, on ``pool``; an error is remembered too.

    ``work`` must not wait for another value of the same pool.
    """

    def __init__(self, work: Callable[[K], V], *, pool: ThreadPoolExecutor) -> None:
        self._work = work
        self._pool = pool
        self._lock = threading.Lock()
        self._futures: dict[K, Future[V]] = {}

    def start(self, key: K) -> Future[V]:
        """See to it that the value is being worked out."""
        with self._lock:
            if key not in self._futures:
                self._futures[key] = self._pool.submit(self._work, key)
            return self._futures[key]

    def get(self, key: K) -> V:
        """Return the value, waiting for it; raises what ``work`` raised."""
        return self.start(key).result()
