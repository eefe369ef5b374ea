"""What is known of the disk that a folder is on."""

import os

_MOUNTS = "/proc/self/mountinfo"
# One log for all names, written in order (xfs); or nothing that outlives the power.
_ORDERED = ("xfs", "tmpfs", "ramfs")
_ORDERED_WITH_JOURNAL = ("ext3", "ext4")


def keeps_order(folder: str) -> bool:
    """Tell whether names on this disk survive a loss of power in their order.

    True only where it is certain: Linux, and a file system that writes all changes of
    names to one log. ``False`` costs a wait, a wrong ``True`` may cost an environment.
    """
    number = os.stat(folder).st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    kind = _kind_of(device)
    if kind in _ORDERED_WITH_JOURNAL:
        # Either can be made without a journal.
        block = os.path.basename(os.path.realpath(f"/sys/dev/block/{device}"))
        return os.path.exists(f"/sys/fs/ext4/{block}/journal_task")
    return kind in _ORDERED


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
