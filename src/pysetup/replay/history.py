"""One more entry in the history, as ``phases.install.history`` would write it."""

import os
from time import gmtime, strftime

from pysetup import __version__
from pysetup.replay.memory import read_bytes

_NAME = "history.json"
_START, _END = b'{"format":1,"entries":[', b"]}\n"
_ENTRY = b'{"id":'
# With more, the oldest would have to go.
_MOST = 100


def with_entry(
    state: str, words: list[str], changes: list[bytes], *, now: float
) -> bytes | None:
    """Return the history in the state folder with an entry more; None: the long way.

    ``words`` are those of the command, ``changes`` what became of each distribution,
    in JSON. Raises ``OSError``.
    """
    if os.path.lexists(f"{state}/kept"):
        return None
    try:
        before = read_bytes(f"{state}/{_NAME}")
    except FileNotFoundError:
        before = _START + _END
    head, number = before[: -len(_END)], _next_number(before)
    odd = not before.startswith(_START) or not before.endswith(_END)
    if odd or number is None or not all(map(_is_plain, words)):
        return None
    told = ",".join([f'"{word}"' for word in ("pysetup", *words)])
    time = strftime("%Y-%m-%dT%H:%M:%S+00:00", gmtime(now))
    entry = (
        f'{_ENTRY.decode()}{number},"time":"{time}","command":[{told}],'
        f'"pysetup":"{__version__}","changes":['.encode()
        + b",".join(changes)
        + b'],"undoes":[],"generation":[]}'
    )
    return head + (b"" if head == _START else b",") + entry + _END


def _next_number(before: bytes) -> int | None:
    """Return the number after the last; in a text no quotation mark stands alone."""
    if before.count(_ENTRY) >= _MOST:
        return None
    if _ENTRY not in before:
        return 1
    last = before.rpartition(_ENTRY)[2].partition(b",")[0]
    return int(last) + 1 if last.isdigit() else None


def _is_plain(word: str) -> bool:
    """Tell whether a word needs neither care in JSON nor a look for secrets."""
    secret = "://" in word and ("@" in word or "?" in word)
    if '"' in word or "\\" in word or secret:
        return False
    return word.isascii() and word.isprintable()
