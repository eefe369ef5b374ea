"""What no permission bits tell: who may change and remove what, all the same."""

import fcntl
import os
import sys

# FS_IOC_GETFLAGS, and the immutable and append-only flags: linux/fs.h.
_GET_FLAGS = 0x80086601
_UNTOUCHABLE = 0x10 | 0x20
# CAP_FOWNER: linux/capability.h.
_FILE_OWNER = 3


def may_change(folder: str) -> bool:
    """Tell whether this process may create and remove entries in ``folder``."""
    # In an append-only folder files can be made, but not renamed or removed.
    return os.access(folder, os.W_OK | os.X_OK) and not is_untouchable(folder)


def owns_all() -> bool:
    """Tell whether the sticky bit of a folder means nothing to this process.

    Usually that is root; but root may have given that up (in a container on Linux).
    """
    if os.geteuid() != 0:
        return False
    try:
        with open("/proc/self/status", encoding="utf-8", errors="replace") as stream:
            found = [line.split()[1] for line in stream if line.startswith("CapEff:")]
    except OSError:
        return True
    return not found or bool(int(found[0], 16) >> _FILE_OWNER & 1)


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
