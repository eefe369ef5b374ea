"""What no permission tells: files and folders that nobody may change (chattr)."""

import fcntl
import os
import sys

# FS_IOC_GETFLAGS, and the immutable and append-only flags: linux/fs.h.
_GET_FLAGS = 0x80086601
_UNTOUCHABLE = 0x10 | 0x20


def may_change(folder: str) -> bool:
    """Tell whether this process may create and remove entries in ``folder``."""
    # In an append-only folder files can be made, but not renamed or removed.
    return os.access(folder, os.W_OK | os.X_OK) and not is_untouchable(folder)


def is_untouchable(path: str | bytes) -> bool:
    """Tell whether ``path`` is marked as immutable or append-only (Linux)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        answer = fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return bool(int.from_bytes(answer[:4], sys.byteorder) & _UNTOUCHABLE)
