"""Wheels unpacked into the store while others are still on their way.

The network leaves a processor idle that the next step needs: on a slow line all wheels
but the last are unpacked when that one has come.
"""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self

from pysetup.errors import PysetupError
from pysetup.interchange.wheel_file import open_wheel
from pysetup.standards.hashes import Hash
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.wheels import WheelStore
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.fetching.acquire import AcquiredFile


class Unpacking:
    """Unpacks what it is given, one wheel after the other, in a thread of its own.

    Used in ``with``, the cache being held; at the end it has done all of it, or gives
    up what an error has made needless. ``stored`` are then the wheels by their
    SHA-256. What is wrong with a wheel, or with the disk, is passed over: whoever
    installs it will meet it again, and say it. Without a ``store`` nothing is done.
    """

    def __init__(self, context: Context, *, store: WheelStore | None) -> None:
        self._context = context
        self._store = store
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="unpacking")
        self._begun: list[Future[None]] = []
        self.stored: dict[Hash, StoredWheel] = {}

    def begin(self, file: AcquiredFile) -> None:
        """Take note that ``file`` is here; safe to call from several threads."""
        if self._store is not None and file.path.name.endswith(".whl"):
            self._begun.append(self._pool.submit(self._unpack, file, self._store))

    def _unpack(self, file: AcquiredFile, store: WheelStore) -> None:
        if os.path.lexists(store.place(file.hash)):
            return
        with suppress(PysetupError, OSError), open_wheel(file.path) as wheel:
            with stage(self._context.observer, "unpack", file.path.name):
                stored = store.put(wheel, file.hash)
            if stored is not None:
                self.stored[file.hash] = stored

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        if kind is None:
            for future in self._begun:
                future.result()
