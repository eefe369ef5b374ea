"""Writes zip files by the byte: each field of each header can be made to lie."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s2B5H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
LATE, UTF8 = 0x0008, 0x0800


@dataclass(frozen=True)
class Member:
    """One member; ``local`` and ``central`` are fields that say something else.

    Fields: flags, method, time, date, crc, compressed, size, name, extra; in the
    directory also made_by, disk, external, offset, comment. ``data`` are the bytes that
    stand for the content; ``descriptor`` stands behind them, then ``after``.
    """

    name: bytes
    content: bytes = b""
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    data: bytes | None = None
    descriptor: bytes = b""
    before: bytes = b""
    after: bytes = b""
    local: Mapping[str, Any] = field(default_factory=dict)
    central: Mapping[str, Any] = field(default_factory=dict)

    @property
    def packed(self) -> bytes:
        """The bytes of the content in the archive."""
        if self.data is not None:
            return self.data
        return deflated(self.content) if self.method == 8 else self.content

    def facts(self) -> dict[str, Any]:
        """Return what is true of it."""
        return {
            "flags": self.flags,
            "method": self.method,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(self.content),
            "compressed": len(self.packed),
            "size": len(self.content),
            "name": self.name,
            "extra": b"",
        }

    def local_header(self) -> bytes:
        facts = self.facts()
        if self.flags & LATE:
            facts |= {"crc": 0, "compressed": 0, "size": 0}
        facts |= self.local
        order = ("flags", "method", "time", "date", "crc", "compressed", "size")
        values = [facts[key] for key in order]
        lengths = len(facts["name"]), len(facts["extra"])
        head = LOCAL.pack(b"PK\3\4", 20, *values, *lengths)
        return bytes(head + facts["name"] + facts["extra"])

    def central_header(self, offset: int) -> bytes:
        facts = {
            **self.facts(),
            "made_by": 3,
            "disk": 0,
            "external": self.mode << 16,
            "offset": offset,
            "comment": b"",
            **self.central,
        }
        order = ("flags", "method", "time", "date", "crc", "compressed", "size")
        values = [facts[key] for key in order]
        texts = facts["name"], facts["extra"], facts["comment"]
        head = CENTRAL.pack(
            *(b"PK\1\2", 20, facts["made_by"], 20, *values),
            *(*map(len, texts), facts["disk"], 0, facts["external"], facts["offset"]),
        )
        return bytes(head + b"".join(texts))


def deflated(content: bytes, level: int = 9) -> bytes:
    """Return ``content`` as deflate has it."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def descriptor(
    member: Member, *, signature: bytes = b"PK\7\x08", form: str = "<LLL", **other: int
) -> bytes:
    """Return the data descriptor of ``member``, with ``other`` values if given."""
    facts = {**member.facts(), **other}
    values = (facts["crc"], facts["compressed"], facts["size"])
    return signature + struct.pack(form, *values)


def late(member: Member, **how: Any) -> Member:
    """Return ``member`` written to a pipe: sizes and checksum stand behind it."""
    member = replace(member, flags=member.flags | LATE)
    return replace(member, descriptor=descriptor(member, **how))


def wide(*values: int) -> bytes:
    """Return a zip64 extra field."""
    return struct.pack("<HH", 1, 8 * len(values)) + struct.pack(
        f"<{len(values)}Q", *values
    )


def extra_field(kind: int, value: bytes) -> bytes:
    """Return an extra field."""
    return struct.pack("<HH", kind, len(value)) + value


def unicode_path(name: bytes, crc_of: bytes) -> bytes:
    """Return Info-ZIP's second name of a member."""
    return extra_field(0x7075, b"\1" + struct.pack("<L", zlib.crc32(crc_of)) + name)


def zipped(
    members: Sequence[Member],
    *,
    prefix: bytes = b"",
    shift: int = 0,
    gap: bytes = b"",
    before_end: bytes = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    zip64: Mapping[str, int] | None = None,
    reverse: bool = False,
    unlisted: frozenset[int] = frozenset(),
    **end: int,
) -> bytes:
    """Return the archive; ``end`` are fields of the end record that say another thing.

    ``shift`` is added to all offsets; ``unlisted`` members are not in the directory;
    ``zip64`` writes a zip64 end record, with these fields.
    """
    body, central = bytearray(prefix), []
    for number, member in enumerate(members):
        body += member.before
        if number not in unlisted:
            central.append(member.central_header(len(body) + shift))
        body += member.local_header() + member.packed
        body += member.descriptor + member.after
    body += gap
    table = b"".join(central[::-1] if reverse else central)
    facts = {
        "disk": 0,
        "first_disk": 0,
        "here": len(central),
        "count": len(central),
        "size": len(table),
        "offset": len(body) + shift,
        "comment": len(comment),
    }
    body += table
    if zip64 is not None:
        body += _zip64(facts, len(body) + shift, zip64)
    body += before_end
    body += END.pack(b"PK\5\6", *{**facts, **end}.values())
    return bytes(body + comment + suffix)


def _zip64(facts: Mapping[str, int], place: int, other: Mapping[str, int]) -> bytes:
    wide_facts = {
        "rest": 44,
        "made_by": 45,
        "needs": 45,
        "disk": 0,
        "first_disk": 0,
        "here": facts["here"],
        "count": facts["count"],
        "size": facts["size"],
        "offset": facts["offset"],
    }
    where = {"locator_disk": 0, "place": place, "disks": 1}
    for known in (wide_facts, where):
        known.update({key: other[key] for key in known if key in other})
    record = END64.pack(b"PK\6\6", *wide_facts.values())
    return record + LOCATOR.pack(b"PK\6\7", *where.values())
