"""Makes small wheels that are right in everything but what a case asks for."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

NAME = "demo-1.0-py3-none-any.whl"
INFO = "demo-1.0.dist-info"
DATA = "demo-1.0.data"
CORE = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
TOLD = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\n"
TOLD += "Tag: py3-none-any\n"
MODULE = "demo/__init__.py"

Text = str | bytes


def encoded(text: Text) -> bytes:
    return text.encode() if isinstance(text, str) else text


def row(path: Text, content: Text, algorithm: str = "sha256") -> bytes:
    """Return the line of RECORD for a file."""
    raw = hashlib.new(algorithm, encoded(content)).digest()
    digest = base64.urlsafe_b64encode(raw).rstrip(b"=")
    name = encoded(path)
    if set(name) & set(b',"\r\n'):
        name = b'"' + name.replace(b'"', b'""') + b'"'
    size = str(len(encoded(content))).encode()
    return name + b"," + algorithm.encode() + b"=" + digest + b"," + size + b"\n"


class Wheels:
    """The maker; ``zip`` is the module that writes the bytes."""

    info, data, module = INFO, DATA, MODULE
    core, told = CORE, TOLD

    def __init__(self, zip_bytes: Any) -> None:
        self.zip = zip_bytes

    def files(
        self,
        more: Mapping[Text, Text] | None = None,
        *,
        without: Sequence[str] = (),
        metadata: str = "",
        entry_points: str = "",
    ) -> dict[bytes, bytes]:
        """Return path -> content, all but RECORD; ``metadata`` are more headers."""
        made: dict[Text, Text] = {
            MODULE: "value = 1\n",
            f"{INFO}/METADATA": CORE + metadata,
            f"{INFO}/WHEEL": TOLD,
        }
        if entry_points:
            made[f"{INFO}/entry_points.txt"] = entry_points
        made |= more or {}
        return {
            encoded(path): encoded(content)
            for path, content in made.items()
            if path not in without
        }

    def record(
        self, files: Mapping[bytes, bytes], change: Callable[[bytes], bytes] = bytes
    ) -> bytes:
        rows = b"".join(row(*one) for one in files.items())
        return change(rows + f"{INFO}/RECORD,,\n".encode())

    def members(
        self,
        more: Mapping[Text, Text] | None = None,
        *,
        record: Callable[[bytes], bytes] | None = bytes,
        mode: Mapping[str, int] | None = None,
        flags: Mapping[str, int] | None = None,
        **how: Any,
    ) -> list[Any]:
        """Return the members; ``record`` changes RECORD, None leaves it out."""
        files = self.files(more, **how)
        if record is not None:
            files[f"{INFO}/RECORD".encode()] = self.record(files, record)
        modes = {encoded(name): value for name, value in (mode or {}).items()}
        bits = {encoded(name): value for name, value in (flags or {}).items()}
        return [
            self.zip.Member(
                name,
                content,
                mode=modes.get(name, 0o100644),
                flags=bits.get(name, 0 if name.isascii() else self.zip.UTF8),
            )
            for name, content in files.items()
        ]

    def wheel(self, more: Mapping[Text, Text] | None = None, **how: Any) -> bytes:
        """Return the bytes of a wheel."""
        return bytes(self.zip.zipped(self.members(more, **how)))

    def changed(self, change: Callable[[Any], Any], **end: Any) -> bytes:
        """Return a wheel whose module is written as ``change`` makes it."""
        members = self.members()
        members[0] = change(members[0])
        return bytes(self.zip.zipped(members, **end))

    def lying(
        self,
        local: Mapping[str, Any] | None = None,
        central: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> bytes:
        """Return a wheel whose module has headers that say something else."""
        return self.changed(
            lambda one: replace(one, local=local or {}, central=central or {}, **other)
        )

    def ended(self, **end: Any) -> bytes:
        """Return a wheel whose end is written in another way."""
        return bytes(self.zip.zipped(self.members(), **end))
