"""INT, TERM and HUP while something must be whole: told before it, held during it."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

from pysetup.endings import Terminated

__all__ = ["SignalGate", "Terminated"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = 2


class SignalGate:
    """Lets INT, TERM and HUP through as exceptions until it is closed, then holds them.

    Used in ``with``. What was held, and TERM or HUP, takes effect at the end of the
    block, with the handlers that were there before. The second of those that are let
    through is passed over, for what was begun is being tidied up then: a terminal and
    who watches the command may both send one. Who insists is heard. Outside the main
    thread, where Python delivers no signals, it does nothing.
    """

    def __init__(self) -> None:
        self._closed = False
        self._held: int | None = None
        self._before: dict[int, object] = {}
        self._received = 0

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """From now on a signal waits for the end of the block."""
        self._closed = True

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before = signal.getsignal(number)
                if before is not signal.SIG_IGN:
                    self._before[number] = before
                    signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]
        if self._held is not None:
            signal.raise_signal(self._held)
        elif isinstance(error, Terminated):
            signal.raise_signal(error.number)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._closed:
            self._held = number
            return
        self._received += 1
        if self._received == _AGAIN:
            return  # what was changed is just being taken back
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Terminated(number)
