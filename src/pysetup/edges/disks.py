"""What is known of the disk that a folder is on."""

import os

_MOUNTS = "/proc/self/mountinfo"
# How blanks are written there; the sign of that first.
_ESCAPES = ((b"\\", b"\\134"), (b" ", b"\\040"), (b"\t", b"\\011"), (b"\n", b"\\012"))
# One log for all names, written in order (xfs); or nothing that outlives the power.
_FORGETFUL = ("tmpfs", "ramfs")
_ORDERED = ("xfs", *_FORGETFUL)
_ORDERED_WITH_JOURNAL = ("ext3", "ext4")


def keeps_order(folder: str) -> bool:
    """Tell whether names on this disk survive a loss of power in their order.

    True only where it is certain: Linux, and a file system that writes all changes of
    names to one log. ``False`` costs a wait, a wrong ``True`` may cost an environment.
    """
    device = _device(folder)
    kind = _kind_of(device)
    if kind in _ORDERED_WITH_JOURNAL:
        # Either can be made without a journal.
        block = os.path.basename(os.path.realpath(f"/sys/dev/block/{device}"))
        return os.path.exists(f"/sys/fs/ext4/{block}/journal_task")
    return kind in _ORDERED


def is_forgetful(folder: str) -> bool:
    """Tell whether nothing on this disk survives a loss of power."""
    return _kind_of(_device(folder)) in _FORGETFUL


def mounts_below(folder: str) -> list[str]:
    """Return what is mounted below the real path ``folder``, as far as Linux tells.

    What is mounted there cannot be moved or removed, and what it hides is not ours.
    """
    above = os.fsencode(folder.rstrip("/") + "/")
    for plain, escape in _ESCAPES:
        above = above.replace(plain, escape)
    try:
        with open(_MOUNTS, "rb", buffering=0) as stream:
            content = stream.read()
    except OSError:
        return []
    if b" " + above not in content:
        return []
    places = [line.split(b" ", 5)[4] for line in content.splitlines()]
    return [_plain(place) for place in places if place.startswith(above)]


def _plain(place: bytes) -> str:
    for plain, escape in reversed(_ESCAPES):
        place = place.replace(escape, plain)
    return os.fsdecode(place)


def _device(folder: str) -> str:
    number = os.stat(folder).st_dev
    return f"{os.major(number)}:{os.minor(number)}"


def _kind_of(device: str) -> str:
    """Return the kind of the file system with this number; "" if none is listed."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as stream:
            for line in stream:
                words = line.split()
                if words[2] == device:
                    return words[words.index("-", 6) + 1]
    except (OSError, ValueError, IndexError):
        return ""
    return ""
