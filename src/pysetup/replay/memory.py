"""Answers on disk: each under what it depends on, sealed; damage is no answer."""

import _imp
import marshal
import os
import stat

_SEAL = 8
_BLOCK = 1 << 16
_KEYS = (0x70797365, 0x74757021)
FOLDER = "replay/v2"
# Stands for the environment in what was said.
PREFIX_MARK = "@environment@"


class Answer:
    """What a command decided.

    ``expires`` is in seconds since 1970; ``out`` and ``err`` is what it said;
    ``plan`` is how to carry it out (``pysetup.replay.changes``), None where there is
    nothing to do.
    """

    __slots__ = ("err", "expires", "out", "plan")

    def __init__(
        self, expires: float, out: str, err: str, plan: tuple[object, ...] | None
    ) -> None:
        self.expires = expires
        self.out = out
        self.err = err
        self.plan = plan


def read_answer(cache: str, question: bytes) -> Answer | None:
    """Return the answer to ``question``, or None; raises ``OSError``."""
    inside = unsealed(read_bytes(answer_path(cache, question)))
    if inside is None:
        return None
    asked, expires, out, err, plan = marshal.loads(inside)  # noqa: S302 - sealed, and our own
    return Answer(expires, out, err, plan) if asked == question else None


def read_bytes(path: str) -> bytes:
    """Return the content of a file, at less than ``open`` asks of the system.

    Raises ``OSError``.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = [os.read(descriptor, _BLOCK)]
        while len(parts[-1]) == _BLOCK:
            parts.append(os.read(descriptor, _BLOCK))
    finally:
        os.close(descriptor)
    return b"".join(parts)


def read_named(path: str) -> bytes | None:
    """Return the content of a file that a user named, None for anything but a file.

    A pipe can be read once, and that is for the long way to do; a device has no end.
    Raises ``OSError``.
    """
    return read_bytes(path) if stat.S_ISREG(os.stat(path).st_mode) else None


def written_answer(question: bytes, answer: Answer) -> bytes:
    """Return the file of an answer."""
    told = (question, answer.expires, answer.out, answer.err, answer.plan)
    return sealed(marshal.dumps(told))  # type: ignore[arg-type] # numbers and texts


def answer_path(cache: str, question: bytes) -> str:
    """Return where the answer to ``question`` is kept."""
    name = b"".join(_imp.source_hash(key, question) for key in _KEYS)
    return os.path.join(cache, FOLDER, name.hex())


def sealed(content: bytes) -> bytes:
    """Return ``content`` with a seal before it, by which damage is seen."""
    return _digest(content) + content


def unsealed(content: bytes) -> bytes | None:
    """Return what was sealed, or None if it is damaged."""
    inside = content[_SEAL:]
    return inside if content[:_SEAL] == _digest(inside) else None


def _digest(content: bytes) -> bytes:
    """Return 64 bits of SipHash, which Python has without any import.

    It is proof against accidents; who may write into the cache owns what is installed
    from it in any case, and the question itself stands in the file.
    """
    return _imp.source_hash(_KEYS[0], content)
