"""TERM and HUP as exceptions: what was begun is tidied up, and the exit code says it.

Without that these signals end a process on the spot, and its temporary folders stay.
"""

import _signal  # type: ignore[import-not-found] # signal itself imports enum and re

_ENDING = (_signal.SIGTERM, _signal.SIGHUP)
_AGAIN = 2


class Terminated(KeyboardInterrupt):
    """TERM or HUP arrived; like Ctrl-C, it ends the command after tidying up."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Endings:
    """Used in ``with``: lets TERM and HUP through as ``Terminated``.

    Those that are ignored stay so (nohup). The second is passed over, for what was
    begun is being tidied up then; who insists is heard. Outside the main thread, where
    Python delivers no signals, it does nothing.
    """

    __slots__ = ("_before", "_received")

    def __init__(self) -> None:
        self._before: dict[int, object] = {}
        self._received = 0

    def __enter__(self) -> None:
        try:
            for number in _ENDING:
                before = _signal.getsignal(number)
                if before == _signal.SIG_DFL:
                    _signal.signal(number, self._receive)
                    self._before[number] = before
        except ValueError:  # another thread
            return

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            _signal.signal(number, before)

    def _receive(self, number: int, frame: object) -> None:
        del frame
        self._received += 1
        if self._received != _AGAIN:
            raise Terminated(number)
