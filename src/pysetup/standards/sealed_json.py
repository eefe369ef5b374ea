"""A JSON object in sections, each with its digest: read alone, and damage is a miss.

The file is JSON for everybody; the first line says where the sections stand in it.
"""

import hashlib
import json
from collections.abc import Mapping

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
    """The sections of a file that ``to_sealed_json`` wrote; anything else has none."""

    def __init__(self, content: bytes, *, kind: str) -> None:
        self._content = memoryview(content)
        line = content[: content.find(b"\n", 0, _HEAD_LIMIT)]
        self._start = len(line) - 1
        self._rows: Mapping[str, JSON] = {}
        if line.endswith(b","):
            try:
                head = json.loads(line[:-1] + b"}")
            except ValueError:
                return
            if isinstance(head, dict) and head.get("kind") == kind:
                rows = head.get("sections")
                self._rows = rows if isinstance(rows, dict) else {}

    def section(self, name: str) -> JSON:
        """Return one section; None if it is not there or damaged."""
        match self._rows.get(name):
            case [int(offset), int(length), str(digest)]:
                start = self._start + offset
                content = self._content[start : start + length]
                if _digest(content) != digest:
                    return None
                found: JSON = json.loads(bytes(content))
                return found
            case _:
                return None


def _digest(content: bytes | bytearray | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()
