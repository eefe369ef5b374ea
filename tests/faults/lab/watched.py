"""Runs a command, counts what it does to file systems, and strikes at a chosen event.

Started as ``watched.py [OPTION=VALUE ...] -- COMMAND ...``; writes one JSON
object to a descriptor.  All threads and children count together, in the order of the
kernel (ptrace and a seccomp filter, so that other calls cost nothing).  Options:

``at=N``           strike right before the Nth event takes effect
``every=N``        with ``fail``: also at all later events
``signal=NAME``    what strikes: KILL, INT, TERM ...
``to=process``     whom: the command alone, or ``tree``: all its children as well
``fail=NAME``      instead: the call fails with this errno (ENOSPC, EIO; x86-64 alone)
``flush=N,N,...``   before these events the disk of the working directory is flushed,
                   as the kernel does it now and then by itself
``answer=N``       the descriptor for the answer; 3 if not given
``list=yes``       print the events: [number, call, path]
"""

import ctypes
import errno
import json
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_CALLS = {
    "x86_64": {
        "write": 1,
        "ioctl": 16,
        "pwrite64": 18,
        "writev": 20,
        "sendfile": 40,
        "fsync": 74,
        "fdatasync": 75,
        "truncate": 76,
        "ftruncate": 77,
        "rename": 82,
        "mkdir": 83,
        "rmdir": 84,
        "creat": 85,
        "link": 86,
        "unlink": 87,
        "symlink": 88,
        "chmod": 90,
        "fchmod": 91,
        "sync": 162,
        "openat": 257,
        "mkdirat": 258,
        "unlinkat": 263,
        "renameat": 264,
        "linkat": 265,
        "symlinkat": 266,
        "fchmodat": 268,
        "utimensat": 280,
        "fallocate": 285,
        "syncfs": 306,
        "renameat2": 316,
        "copy_file_range": 326,
        "openat2": 437,
    },
    "aarch64": {
        "ioctl": 29,
        "mkdirat": 34,
        "unlinkat": 35,
        "symlinkat": 36,
        "linkat": 37,
        "renameat": 38,
        "truncate": 45,
        "ftruncate": 46,
        "fallocate": 47,
        "fchmod": 52,
        "fchmodat": 53,
        "openat": 56,
        "write": 64,
        "writev": 66,
        "pwrite64": 68,
        "sendfile": 71,
        "sync": 81,
        "fsync": 82,
        "fdatasync": 83,
        "utimensat": 88,
        "syncfs": 267,
        "renameat2": 276,
        "copy_file_range": 285,
        "openat2": 437,
    },
}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Where the last path of a call is among its arguments, and the folder before it.
_PATHS = {
    "truncate": (-1, 0),
    "rename": (-1, 1),
    "mkdir": (-1, 0),
    "rmdir": (-1, 0),
    "creat": (-1, 0),
    "link": (-1, 1),
    "unlink": (-1, 0),
    "symlink": (-1, 1),
    "chmod": (-1, 0),
    "openat": (0, 1),
    "openat2": (0, 1),
    "mkdirat": (0, 1),
    "unlinkat": (0, 1),
    "renameat": (2, 3),
    "renameat2": (2, 3),
    "linkat": (2, 3),
    "symlinkat": (1, 2),
    "fchmodat": (0, 1),
    "utimensat": (0, 1),
}
# Calls that need room on the disk.
GROWING = {
    *("write", "pwrite64", "writev", "sendfile", "fallocate", "copy_file_range"),
    *("mkdir", "mkdirat", "creat", "openat", "openat2", "symlink", "symlinkat"),
    *("link", "linkat"),
}
_O_CREAT = 0o100
_FICLONE = 0x40049409
_AT_FDCWD = -100

_SEIZE, _CONT, _LISTEN, _PEEKUSER, _POKEUSER = 0x4206, 7, 0x4208, 3, 6
_GETREGSET, _NT_PRSTATUS = 0x4204, 1
_EVENT_STOP, _EVENT_SECCOMP = 128, 7
# Follow fork, vfork and clone; stop at seccomp events; die with the tracer.
_OPTIONS = 0x2 | 0x4 | 0x8 | 0x80 | 0x100000
_WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    ctypes.set_errno(0)
    result = int(_libc.ptrace(request, pid, address, data))
    if result == -1 and (number := ctypes.get_errno()):
        raise OSError(number, os.strerror(number))
    return result


def _filter() -> bytes:
    """Return the program that stops at the calls above, and at no others."""
    calls = _CALLS[platform.machine()]
    stop, allow = _line(0x06, 0x7FF00000), _line(0x06, 0x7FFF0000)
    foreign = _line(0x15, _ARCHITECTURES[platform.machine()], equal=1)
    code = [_line(0x20, 4), foreign, allow, _line(0x20, 0)]
    for name, number in calls.items():
        if name == "openat":
            body = [_argument(2), _line(0x45, _O_CREAT, other=1), stop, allow]
        elif name == "ioctl":
            body = [_argument(1), _line(0x15, _FICLONE, other=1), stop, allow]
        elif name in {"write", "writev"}:
            body = [_argument(0), _line(0x25, 2, other=1), stop, allow]
        else:
            body = [stop]
        code += [_line(0x15, number, other=len(body)), *body]
    return b"".join([*code, allow])


def _line(operation: int, value: int, *, equal: int = 0, other: int = 0) -> bytes:
    return struct.pack("HBBI", operation, equal, other, value)


def _argument(number: int) -> bytes:
    return _line(0x20, 16 + 8 * number)


def _install_filter() -> None:
    content = _filter()
    buffer = ctypes.create_string_buffer(content, len(content))
    program = struct.pack("HP", len(content) // 8, ctypes.addressof(buffer))
    # PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP in SECCOMP_MODE_FILTER.
    if _libc.prctl(38, 1, 0, 0, 0) or _libc.prctl(22, 2, program, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@dataclass
class Watch:
    """What to do at which event, and what was seen."""

    at: int = 0
    every: int = 0
    number: int = signal.SIGKILL
    tree: bool = False
    fail: int = 0
    flushes: frozenset[int] = frozenset()
    answer: int = 3
    listing: bool = False
    main: int = 0
    count: int = 0
    struck: str = ""
    code: int | None = None
    events: list[list[Any]] = field(default_factory=list)
    alive: set[int] = field(default_factory=set)

    def run(self, command: list[str]) -> None:
        """Run ``command`` to the end of its last child."""
        reader, writer = os.pipe()
        self.main = os.fork()
        if not self.main:
            _become(command, reader, self.answer)
        os.close(reader)
        _ptrace(_SEIZE, self.main, 0, _OPTIONS)
        os.write(writer, b"!")
        os.close(writer)
        self.alive.add(self.main)
        while True:
            try:
                pid, status = os.waitpid(-1, _WALL)
            except ChildProcessError:
                return
            if os.WIFSTOPPED(status):
                self.alive.add(pid)
                try:
                    self._stopped(pid, status)
                except ProcessLookupError:
                    continue
            else:
                self.alive.discard(pid)
                if pid == self.main:
                    self.code = os.waitstatus_to_exitcode(status)

    def _stopped(self, pid: int, status: int) -> None:
        event, number = status >> 16, os.WSTOPSIG(status)
        if event == _EVENT_SECCOMP:
            self._event(pid)
            _ptrace(_CONT, pid)
        elif event == _EVENT_STOP:
            stopping = number in (signal.SIGSTOP, signal.SIGTSTP)
            _ptrace(_LISTEN if stopping else _CONT, pid)
        else:
            _ptrace(_CONT, pid, 0, 0 if event else number)

    def _event(self, pid: int) -> None:
        self.count += 1
        if self.listing:
            name, path, _ = _described(pid)
            self.events.append([self.count, name, path])
        if self.count in self.flushes:
            folder = os.open(".", os.O_RDONLY)
            _libc.syncfs(folder)
            os.close(folder)
        if not self.at or self.count < self.at:
            return
        if self.fail:
            self._refuse(pid)
        elif self.count == self.at:
            name, path, _ = _described(pid)
            self.struck = f"{name} {path}"
            self._strike()

    def _strike(self) -> None:
        for pid in sorted(self.alive) if self.tree else [self.main]:
            try:
                os.kill(pid, self.number)
            except ProcessLookupError:
                continue

    def _refuse(self, pid: int) -> None:
        if self.count > self.at and not self.every:
            return
        name, path, _ = _described(pid)
        if self.fail == errno.ENOSPC and name not in GROWING:
            return
        self.struck = self.struck or f"{name} {path}"
        _ptrace(_POKEUSER, pid, 15 * 8, 0xFFFFFFFFFFFFFFFF)
        _ptrace(_POKEUSER, pid, 10 * 8, (1 << 64) - self.fail)


def _become(command: list[str], reader: int, answer: int) -> None:
    try:
        os.read(reader, 1)
        os.close(reader)
        os.close(answer)
        # Python ignores some signals, and a shell in the background others.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _install_filter()
        os.execvp(command[0], command)
    except BaseException as error:  # noqa: BLE001 - the child must end here
        os.write(2, f"{error}\n".encode())
    os._exit(125)


def _described(pid: int) -> tuple[str, str, list[int]]:
    """Return the call in which ``pid`` stands, its path, and its arguments."""
    number, arguments = _registers(pid)
    names = {value: name for name, value in _CALLS[platform.machine()].items()}
    name = names.get(number, str(number))
    folder, place = _PATHS.get(name, (-1, -1))
    if place < 0:
        path = "" if name == "sync" else _opened(pid, arguments[0])
        return name, path, arguments
    path = _text(pid, arguments[place])
    if not path.startswith("/"):
        above = ctypes.c_int(arguments[folder]).value if folder >= 0 else _AT_FDCWD
        parent = _working(pid) if above == _AT_FDCWD else _opened(pid, above)
        path = os.path.join(parent, path) if path else parent
    return name, path, arguments


def _registers(pid: int) -> tuple[int, list[int]]:
    buffer = ctypes.create_string_buffer(1024)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 1024)
    _ptrace(_GETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(vector))
    words = struct.unpack("128Q", buffer.raw)
    if platform.machine() == "x86_64":  # struct user_regs_struct
        return words[15], [words[i] for i in (14, 13, 12, 7, 9, 8)]
    return words[8], list(words[:6])


def _text(pid: int, address: int) -> str:
    if not address:
        return ""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return os.fsdecode(memory.read(4096).split(b"\0")[0])


def _opened(pid: int, descriptor: int) -> str:
    return _link(f"/proc/{pid}/fd/{ctypes.c_int(descriptor).value}")


def _working(pid: int) -> str:
    return _link(f"/proc/{pid}/cwd")


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


_OPTIONS_OF: dict[str, Callable[[Watch, str], None]] = {
    "at": lambda watch, value: setattr(watch, "at", int(value)),
    "every": lambda watch, value: setattr(watch, "every", int(value)),
    "signal": lambda watch, value: setattr(
        watch, "number", signal.Signals[f"SIG{value}"]
    ),
    "to": lambda watch, value: setattr(watch, "tree", value == "tree"),
    "fail": lambda watch, value: setattr(watch, "fail", getattr(errno, value)),
    "flush": lambda watch, value: setattr(
        watch, "flushes", frozenset(map(int, value.split(",")))
    ),
    "answer": lambda watch, value: setattr(watch, "answer", int(value)),
    "list": lambda watch, value: setattr(watch, "listing", value == "yes"),
}


def main() -> None:
    """Do what the module's first lines say."""
    split = sys.argv.index("--")
    watch = Watch()
    for word in sys.argv[1:split]:
        name, _, value = word.partition("=")
        _OPTIONS_OF[name](watch, value)
    watch.run(sys.argv[split + 1 :])
    answer = {
        "code": watch.code,
        "count": watch.count,
        "struck": watch.struck,
        "events": watch.events,
    }
    os.write(watch.answer, json.dumps(answer).encode())


if __name__ == "__main__":
    main()
