"""Unpacked wheels by their SHA-256: whole or not there, damage is never handed out.

A wheel is one folder, ``wheels/ab/cdef...``: ``manifest``, ``files/`` and, for each
kind of interpreter that compiled it, ``bytecode/KIND/``. Folders are made in ``new/``
and get their place by one rename, so that nobody ever finds half of one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pysetup.interchange.wheel_file import WheelFile, WheelMember
from pysetup.late import tempfile
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.store.kept_files import (
    KeptFile,
    has_content,
    keep_file,
    mended,
    remove_tree,
    suspects,
    take_file,
)
from pysetup.store.sealed import write_whole
from pysetup.store.stored_wheel import (
    FILES,
    BytecodeManifest,
    Manifest,
    StoredWheel,
)
from pysetup.store.two_threads import in_two_threads
from pysetup.values import replace

MANIFEST, BYTECODE = "manifest", "bytecode"
# Bytes of all files, and of one on average, from which on a second thread saves time:
# with small files the two only wait for each other.
_WORTH_A_THREAD, _LARGE_FILES = 4 << 20, 32 << 10


class WheelStore:
    """The unpacked wheels below ``root``.

    What cannot be read is not there, what cannot be written is not kept: no failure
    of the disk is an error here. Safe to share between threads and processes.
    """

    def __init__(self, root: Path) -> None:
        self.wheels = str(root / "wheels")
        self._new = str(root / "new")

    def get(self, hash_: Hash, filename: str) -> StoredWheel | None:
        """Return the wheel with this SHA-256 and file name, or None.

        Files that are not as they were written are read again; a wheel with a wrong
        one is thrown away.
        """
        folder = self.place(hash_)
        content = _content(f"{folder}/{MANIFEST}")
        if content is None and not os.path.lexists(folder):
            return None
        manifest = Manifest.parse(content or b"", hash_.hexdigest)
        manifest = _sound(manifest, folder, hash_)
        if manifest is None:
            self.discard(folder)
            return None
        name = parse_wheel_filename(filename)
        known = (manifest.metadata.normalized_name, manifest.metadata.version)
        if (name.name, name.version) != known:
            return None  # the same bytes under a name that they do not bear out
        self._mark_used(folder)
        return StoredWheel(folder, manifest, name)

    def put(self, wheel: WheelFile, hash_: Hash) -> StoredWheel | None:
        """Unpack ``wheel``, which must have this SHA-256.

        None if the disk does not allow it. Raises ``HashMismatchError`` or what is
        wrong with the wheel; then nothing of it is kept.
        """
        found = wheel.digest()
        if found != hash_:
            source = wheel.filename.filename
            raise HashMismatchError(source, expected=str(hash_), found=str(found))
        with self._arrival() as arrival:
            if arrival is None:
                return None
            try:
                files = _unpack(wheel, f"{arrival}/{FILES}")
                manifest = Manifest.of(wheel, files)
                text = manifest.to_bytes(hash_.hexdigest)
                write_whole(Path(arrival, MANIFEST), text)
                place = self.place(hash_)
                if not _settle(arrival, place):
                    return self.get(hash_, wheel.filename.filename)
            except OSError:
                return None
        return StoredWheel(place, manifest, wheel.filename)

    def bytecode(self, wheel: StoredWheel, kind: str) -> StoredWheel | None:
        """Return ``wheel`` with its bytecode for ``kind``, or None if it has none."""
        folder = f"{wheel.folder}/{BYTECODE}/{kind}"
        content = _content(f"{folder}/{MANIFEST}")
        if content is None:
            return None
        manifest = BytecodeManifest.parse(content, _bytecode_key(wheel, kind))
        if manifest is None or suspects(f"{folder}/{FILES}", manifest.files):
            self.discard(folder)  # cheaper to make again than to doubt
            return None
        return wheel.with_bytecode(folder, manifest)

    @contextmanager
    def bytecode_arrival(self) -> Iterator[str | None]:
        """Give a folder for bytecode on its way in; None if there can be none.

        It holds, for each module ``a/b.py``, ``a/__pycache__/b.TAG.pyc``.
        """
        with self._arrival() as arrival:
            yield None if arrival is None else f"{arrival}/{FILES}"

    def keep_bytecode(
        self, wheel: StoredWheel, kind: str, arrival: str
    ) -> StoredWheel | None:
        """Keep what was compiled into ``arrival``, if the disk allows it."""
        folder = f"{wheel.folder}/{BYTECODE}/{kind}"
        try:
            modules = _modules(wheel, arrival)
            files = [take_file(arrival, path) for path in modules.values()]
            manifest = BytecodeManifest(tuple(files), modules)
            text = manifest.to_bytes(_bytecode_key(wheel, kind))
            above = os.path.dirname(arrival)
            write_whole(Path(above, MANIFEST), text)
            if not _settle(above, folder):
                return self.bytecode(wheel, kind)
        except OSError:
            return None
        return wheel.with_bytecode(folder, manifest)

    def discard(self, folder: str) -> bool:
        """Remove ``folder`` of the store in one step; tell whether it is gone."""
        try:
            os.makedirs(self._new, mode=0o700, exist_ok=True)
            away = tempfile.mkdtemp(prefix="old-", dir=self._new)
            os.rename(folder, away)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        remove_tree(away)
        return True

    def place(self, hash_: Hash) -> str:
        """Return the folder of the wheel with this SHA-256."""
        return f"{self.wheels}/{hash_.hexdigest[:2]}/{hash_.hexdigest[2:]}"

    @contextmanager
    def _arrival(self) -> Iterator[str | None]:
        """Give a new folder with ``files/`` in it, gone afterwards unless renamed."""
        try:
            os.makedirs(self._new, mode=0o700, exist_ok=True)
            folder = tempfile.mkdtemp(prefix="in-", dir=self._new)
        except OSError:
            yield None
            return
        try:
            os.mkdir(f"{folder}/{FILES}", 0o755)
            yield folder
        finally:
            remove_tree(folder)

    def _mark_used(self, folder: str) -> None:
        """Let the folder's time say when the wheel was last wanted."""
        with suppress(OSError):
            os.utime(folder)


def damaged_files(folder: str, key: str) -> tuple[str, ...] | None:
    """Return the files of an unpacked wheel whose content is wrong.

    Every byte is read, that of bytecode too. ``key`` is the wheel's SHA-256 in
    hexadecimal digits. None if the manifest is of no use.
    """
    manifest = Manifest.parse(_content(f"{folder}/{MANIFEST}") or b"", key)
    if manifest is None:
        return None
    trees: list[tuple[str, Sequence[KeptFile]]] = [
        (f"{folder}/{FILES}", manifest.files)
    ]
    with suppress(OSError):
        for kind in sorted(os.listdir(f"{folder}/{BYTECODE}")):
            inner = f"{folder}/{BYTECODE}/{kind}"
            content = _content(f"{inner}/{MANIFEST}") or b""
            compiled = BytecodeManifest.parse(content, f"{key} {kind}")
            if compiled is None:
                return None
            trees.append((f"{inner}/{FILES}", compiled.files))
    return tuple(
        f"{top}/{file.path}"
        for top, files in trees
        for file in files
        if not _is_right(top, file)
    )


def _is_right(folder: str, file: KeptFile) -> bool:
    try:
        return has_content(folder, file)
    except OSError:
        return False


def _bytecode_key(wheel: StoredWheel, kind: str) -> str:
    above, rest = os.path.split(wheel.folder)
    return f"{os.path.basename(above)}{rest} {kind}"


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _sound(manifest: Manifest | None, folder: str, hash_: Hash) -> Manifest | None:
    """Return a manifest that is true of its files, or None if one is damaged."""
    if manifest is None:
        return None
    doubted = suspects(f"{folder}/{FILES}", manifest.files)
    if not doubted:
        return manifest
    fresh = {file.path: mended(f"{folder}/{FILES}", file) for file in doubted}
    if None in fresh.values():
        return None
    files = tuple(fresh.get(file.path) or file for file in manifest.files)
    manifest = replace(manifest, files=files)
    with suppress(OSError):
        write_whole(Path(folder, MANIFEST), manifest.to_bytes(hash_.hexdigest))
    return manifest


def _unpack(wheel: WheelFile, folder: str) -> list[KeptFile]:
    """Write what ``wheel`` holds, all but the files that its RECORD cannot prove."""
    members = [member for member in wheel.members if member.hash is not None]
    for above in {os.path.dirname(member.path) for member in members}:
        os.makedirs(f"{folder}/{above}", 0o755, exist_ok=True)

    def keep(member: WheelMember) -> KeptFile:
        return keep_file(
            folder,
            member.path,
            wheel.chunks(member.path),
            digest=str(member.hash),
            executable=member.executable,
        )

    total = sum(member.size for member in members)
    if total < max(_WORTH_A_THREAD, _LARGE_FILES * len(members)):
        return list(map(keep, members))
    return in_two_threads(keep, members)


def _settle(arrival: str, place: str) -> bool:
    """Give a folder its place; False if another process was first."""
    os.makedirs(os.path.dirname(place), 0o755, exist_ok=True)
    try:
        os.rename(arrival, place)
    except OSError:
        if os.path.isdir(place):
            return False
        raise
    return True


def _modules(wheel: StoredWheel, folder: str) -> dict[str, str]:
    """Return the bytecode in ``folder`` by the module that it was made of."""
    found: dict[str, str] = {}
    listed: dict[str, dict[str, str]] = {}
    for module in wheel.modules():
        above, name = os.path.split(module)
        cache = os.path.join(above, "__pycache__")
        if cache not in listed:
            listed[cache] = _bytecode_by_stem(f"{folder}/{cache}")
        made = listed[cache].get(name.removesuffix(".py"))
        if made is not None:
            found[module] = os.path.join(cache, made)
    return found


def _bytecode_by_stem(folder: str) -> dict[str, str]:
    """Return ``a.cpython-311.pyc`` by ``a``; that of ``a.b`` is not its."""
    try:
        names = os.listdir(folder)
    except OSError:
        return {}
    made = [name for name in names if name.endswith(".pyc")]
    return {name.removesuffix(".pyc").rpartition(".")[0]: name for name in made}
