"""A JSON object in sections, each with its digest: read alone, and damage is a miss.

The file is JSON for everybody; its first line says where the sections stand in it.
"""

import json
from collections.abc import Mapping

from pysetup.late import hashlib
from pysetup.standards.jsontext import JSON

_HEAD_LIMIT = 4096


def to_sealed_json(sections: Mapping[str, JSON], *, kind: str) -> bytes:
    """Write ``sections`` as one JSON object; ``kind`` says what it is, and its version.

    Raises ``ValueError`` for what is no JSON, lone surrogates among it.
    """
    body = bytearray()
    rows: dict[str, list[int | str]] = {}
    for name, value in sections.items():
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        body += f",\n{json.dumps(name)}:".encode()
        rows[name] = [len(body), len(content), _digest(content)]
        body += content
    head = json.dumps({"kind": kind, "sections": rows}, separators=(",", ":"))
    return head[:-1].encode() + bytes(body) + b"\n}\n"


class SealedJson:
    """The sections of the file ``path`` that ``to_sealed_json`` wrote.

    Anything else, and a file that is not there, has none. Only what is asked for is
    read.
    """

    def __init__(self, path: str, *, kind: str) -> None:
        self._path = path
        self._rows: Mapping[str, JSON] = {}
        head = self._read(0, _HEAD_LIMIT)
        line = head[: head.find(b"\n")]
        self._start = len(line) - 1
        if line.endswith(b","):
            try:
                told = json.loads(line[:-1] + b"}")
            except ValueError:
                return
            if isinstance(told, dict) and told.get("kind") == kind:
                rows = told.get("sections")
                self._rows = rows if isinstance(rows, dict) else {}

    def section(self, name: str) -> JSON:
        """Return one section; None if it is not there or damaged."""
        match self._rows.get(name):
            case [int(offset), int(length), str(digest)]:
                content = self._read(self._start + offset, length)
                if _digest(content) != digest:
                    return None
                found: JSON = json.loads(content)
                return found
            case _:
                return None

    def _read(self, start: int, length: int) -> bytes:
        try:
            with open(self._path, "rb", buffering=0) as stream:
                stream.seek(start)
                return stream.read(length)
        except (OSError, ValueError, OverflowError):
            return b""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
