"""Locks answered from memory: what one is made from, and how it is put in place."""

import os
import stat

from pysetup.replay.memory import read_bytes, read_named
from pysetup.replay.world import World

LOCK = "pylock.toml"
PROJECT = "pyproject.toml"
# Marks the plan of an answer whose lock has to be written.
WRITE = "lock"
_LIMIT = 16 * 1024 * 1024
_SCRIPT = b"#!"
# What a project may leave to be found out, and a lock depends on.
_REQUIRING = (b"dependencies", b"requires-python")


class LockFacts:
    """What a lock is made from, beside words, files and settings.

    ``path`` is where it stands or will stand; ``before`` what is there, None for
    nothing.
    """

    __slots__ = ("before", "path", "project")

    def __init__(
        self, path: str, before: bytes | None, project: tuple[object, ...]
    ) -> None:
        self.path = path
        self.before = before
        self.project = project


def read_facts(output: str, cwd: str, *, root: str, is_plain: bool) -> LockFacts | None:
    """Return what there is, None for what takes the long way; raises ``OSError``.

    ``output`` is what ``--output`` names; with ``is_plain`` requirements are locked,
    otherwise the project in ``root``.
    """
    place = os.path.join(cwd, output) if output else f"{root}/{LOCK}"
    path = os.path.normpath(place)
    before: bytes | None = None
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LIMIT:
            return None
        before = read_bytes(path)
    if is_plain:
        return LockFacts(path, before, ())
    document = read_named(f"{root}/{PROJECT}")
    if document is None or not _tells_all(document):
        return None
    others = tuple(os.path.lexists(f"{root}/{name}") for name in ("setup.py",))
    return LockFacts(path, before, (document, others))


def _tells_all(document: bytes) -> bool:
    """Tell whether a project says itself, and in this file, what it requires."""
    _, dynamic, rest = document.partition(b"dynamic")
    listed = rest.partition(b"]")[0]
    return not dynamic or not (
        b"dynamic" in rest or any(word in listed for word in _REQUIRING)
    )


def find_interpreter(
    named: str | None, environ: dict[str, str], cwd: str
) -> World | None:
    """Return the interpreter for which is locked, as the long way finds it.

    None where that is not plain; raises ``OSError``.
    """
    python = _python(named or environ.get("PYSETUP_PYTHON"), environ, cwd)
    if python is None:
        return None
    python = os.path.abspath(python)
    real = os.path.realpath(python)
    descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.read(descriptor, len(_SCRIPT)) == _SCRIPT:
            return None  # it may start another one at any time
        facts = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    prefix = os.path.dirname(os.path.dirname(python))
    world = World(prefix, python, ())
    system = os.uname()
    world.facts = (
        python,
        (real, facts.st_size, facts.st_mtime_ns),
        (system.sysname, system.release, system.version, system.machine),
        _content(f"{prefix}/pyvenv.cfg"),
        _content(f"{os.path.dirname(python)}/pyvenv.cfg"),
    )
    return world


def _python(named: str | None, environ: dict[str, str], cwd: str) -> str | None:
    if named:
        path = os.path.join(cwd, named)
        if os.path.isdir(path):
            return _inside(path)
        return path if "/" in named and named[0] != "~" else None
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        found = _inside(environ[variable]) if environ.get(variable) else None
        if found:
            return os.path.join(cwd, found)
    place = cwd
    while True:
        folder = f"{place.rstrip('/')}/.venv"
        if os.path.isfile(f"{folder}/pyvenv.cfg") and (found := _inside(folder)):
            return found
        above = os.path.dirname(place)
        if above == place:
            return _on_path(environ.get("PATH"), cwd)
        place = above


def _inside(folder: str) -> str | None:
    for name in ("bin/python", "bin/python3"):
        if os.path.exists(f"{folder}/{name}"):
            return f"{folder}/{name}"
    return None


def _on_path(search: str | None, cwd: str) -> str | None:
    for name in ("python3", "python"):
        for folder in (search or "").split(":"):
            path = os.path.join(cwd, folder, name)
            if folder and os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def _content(path: str) -> bytes | None:
    try:
        return read_bytes(path)
    except OSError:
        return None


def write_lock(facts: LockFacts, content: bytes) -> bool:
    """Write the lock whole or not at all; tell whether it stands there now."""
    temporary = f"{facts.path}.new-{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        mode = 0o644
        if facts.before is not None:
            mode = stat.S_IMODE(os.lstat(facts.path).st_mode)
        descriptor = os.open(temporary, flags, 0o600)
    except OSError:
        return False
    try:
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
        os.rename(temporary, facts.path)
    except OSError:
        os.unlink(temporary)
        return False
    return True
