"""A wheel in the store: its files by themselves, its facts from a sealed manifest."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from pysetup.interchange.wheel_file import WheelFile, WheelMember
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.filenames import WheelFilename
from pysetup.standards.hashes import Hash
from pysetup.standards.record import InvalidRecordError
from pysetup.store.kept_files import KeptFile
from pysetup.store.sealed import sealed, unsealed
from pysetup.values import as_mapping, dataclass

FILES = "files"
# Raised whenever the same wheel would be kept in another way.
_FORMAT = 2
_CHUNK = 1 << 20
# Nothing that installing asks of the document, and most of its bytes.
_LONG = "description"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of an unpacked wheel without looking into its files."""

    dist_info: str
    data_dir: str
    info: WheelInfo
    warnings: tuple[str, ...]
    metadata: Metadata
    files: tuple[KeptFile, ...]

    @classmethod
    def of(cls, wheel: WheelFile, files: Sequence[KeptFile]) -> Self:
        """Say what is to be known of ``wheel``, unpacked as ``files``."""
        document = wheel.metadata
        if document.text(_LONG):
            document = document.replaced(**{_LONG: None})
        return cls(
            wheel.dist_info,
            wheel.data_dir,
            wheel.info,
            wheel.warnings,
            document,
            tuple(files),
        )

    def to_bytes(self, key: str) -> bytes:
        """Write it, sealed under ``key``."""
        value = {
            "format": _FORMAT,
            "dist_info": self.dist_info,
            "data_dir": self.data_dir,
            "info": as_mapping(self.info),
            "warnings": self.warnings,
            "document": self.metadata.to_dict(),
            "files": [file.to_row() for file in self.files],
        }
        return _written(value, key)

    @classmethod
    def parse(cls, content: bytes, key: str) -> Self | None:
        """Read it; None for what was not sealed under ``key``, or by another form."""
        value = _read(content, key)
        if value is None:
            return None
        info = dict(value["info"])
        return cls(
            value["dist_info"],
            value["data_dir"],
            WheelInfo(**{**info, "tags": tuple(info["tags"])}),
            tuple(value["warnings"]),
            Metadata.from_dict(value["document"], source=value["dist_info"]),
            tuple(map(KeptFile.from_row, value["files"])),
        )


@dataclass(frozen=True, slots=True)
class BytecodeManifest:
    """The bytecode of an unpacked wheel for one kind of interpreter.

    ``modules`` maps modules, by their path in the wheel, to their file here.
    """

    files: tuple[KeptFile, ...]
    modules: Mapping[str, str]

    def to_bytes(self, key: str) -> bytes:
        """Write it, sealed under ``key``."""
        rows = [file.to_row() for file in self.files]
        value = {"format": _FORMAT, "files": rows, "modules": self.modules}
        return _written(value, key)

    @classmethod
    def parse(cls, content: bytes, key: str) -> Self | None:
        """Read it; None for what was not sealed under ``key``, or by another form."""
        value = _read(content, key)
        if value is None:
            return None
        return cls(tuple(map(KeptFile.from_row, value["files"])), value["modules"])


def _written(value: Mapping[str, object], key: str) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return sealed(key, text.encode("utf-8", "surrogatepass"))


def _read(content: bytes, key: str) -> dict[str, Any] | None:
    text = unsealed(key, content)
    value = None if text is None else json.loads(text.decode("utf-8", "surrogatepass"))
    return value if value and value.get("format") == _FORMAT else None


class StoredWheel:
    """An unpacked wheel, a ``WheelSource``: nothing of it is opened or parsed.

    ``folder`` is its own in the store; ``bytecode`` is what stands ready for one
    kind of interpreter, None when none was made; ``compiled`` are its files, below
    ``compiled_in``.
    """

    def __init__(
        self,
        folder: str,
        manifest: Manifest,
        filename: WheelFilename,
        *,
        bytecode: Mapping[str, str] | None = None,
        compiled: Sequence[KeptFile] = (),
        compiled_in: str = "",
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.filename = filename
        self.bytecode = bytecode
        self.compiled, self.compiled_in = compiled, compiled_in
        self.dist_info, self.data_dir = manifest.dist_info, manifest.data_dir
        self.info, self.metadata = manifest.info, manifest.metadata
        self.warnings = manifest.warnings

    @cached_property
    def members(self) -> tuple[WheelMember, ...]:
        """Its files but RECORD, which nothing proves."""
        made = []
        for file in self.manifest.files:
            algorithm, _, hexdigest = file.digest.partition(":")
            digest = Hash(algorithm, hexdigest)
            made.append(WheelMember(file.path, file.size, file.executable, digest))
        return tuple(made)

    def place(self, path: str) -> str:
        """Return the absolute path of the file ``path``."""
        return f"{self.folder}/{FILES}/{path}"

    def stored(self, path: str, *, executable: bool) -> str:
        """Return the file below ``folder`` if it has that permission, else nothing."""
        if executable != (path in self._executables):
            return ""
        return f"{FILES}/{path}"

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the content of the file ``path`` in pieces.

        Raises ``InvalidRecordError`` at the end if it is not the promised content, and
        ``KeyError`` for a path that it does not have.
        """
        expected = self._digests[path]
        with open(self.place(path), "rb") as stream:
            pieces = []
            while piece := stream.read(_CHUNK):
                pieces.append(piece)
                yield piece
        if Hash.of_chunks(pieces, expected.algorithm) != expected:
            raise InvalidRecordError(
                self.filename.filename, f"promises other content for {path!r}"
            )

    def read(self, path: str) -> bytes:
        """Return the content of the file ``path``; raises as ``chunks``."""
        return b"".join(self.chunks(path))

    def modules(self) -> tuple[str, ...]:
        """Return the paths of the Python files that get bytecode.

        They are those that go where modules are found. Of tests, which make up half
        of some packages, hardly any is ever imported: Python compiles those by itself.
        """
        places = ("purelib", "platlib")
        return tuple(
            file.path
            for file in self.manifest.files
            if file.path.endswith(".py")
            and "/tests/" not in file.path
            and (
                not file.path.startswith(f"{self.data_dir}/")
                or file.path.split("/", 2)[1] in places
            )
        )

    def with_bytecode(self, folder: str, manifest: BytecodeManifest) -> "StoredWheel":
        """Return it with the bytecode in ``folder``, which is below its own."""
        top = f"{os.path.relpath(folder, self.folder)}/{FILES}"
        ready = {module: f"{top}/{path}" for module, path in manifest.modules.items()}
        return StoredWheel(
            self.folder,
            self.manifest,
            self.filename,
            bytecode=ready,
            compiled=manifest.files,
            compiled_in=top,
        )

    @cached_property
    def _executables(self) -> frozenset[str]:
        return frozenset(f.path for f in self.manifest.files if f.executable)

    @cached_property
    def _digests(self) -> Mapping[str, Hash]:
        return {m.path: m.hash for m in self.members if m.hash is not None}
