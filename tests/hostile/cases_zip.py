"""Archives that two readers would read in two ways, or that are damaged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

SECTION = "Structure of the archive"
END = b"PK\5\6" + bytes(18)


def twice(w: Any) -> bytes:
    members = w.members()
    return bytes(w.zip.zipped([*members, replace(members[0], content=b"value = 2\n")]))


def hidden_member(w: Any, place: int) -> bytes:
    members = w.members()
    members.insert(place, w.zip.Member(b"demo/hidden.py", b"evil = 1\n"))
    return bytes(w.zip.zipped(members, unlisted=frozenset([place])))


def overlapping(w: Any) -> bytes:
    """Let a second name point to the first member's bytes."""
    members = w.members({"demo/again.py": "value = 1\n"})
    first = members[0]
    again = next(n for n, one in enumerate(members) if one.name == b"demo/again.py")
    members[again] = replace(members[again], central={"offset": 0, "name": first.name})
    return bytes(w.zip.zipped(members))


def quoted(w: Any) -> bytes:
    """Let the content of one member hold the whole next member (as bombs do)."""
    members = w.members()
    inner = members[0].local_header() + members[0].packed
    outer = replace(members[0], name=b"demo/outer", content=inner, method=0)
    raw = bytes(w.zip.zipped([outer, *members[1:]]))
    return raw.replace(b"demo/outer", b"demo/inner")


def two_ends(w: Any) -> bytes:
    return bytes(w.wheel() + w.zip.zipped([w.zip.Member(b"evil.py", b"evil = 1\n")]))


def end_in_comment(w: Any) -> bytes:
    inner = w.zip.zipped([w.zip.Member(b"evil.py", b"evil = 1\n")])
    return bytes(w.ended(comment=inner))


def cut(part: float) -> Callable[[Any], bytes]:
    def make(w: Any) -> bytes:
        whole = w.wheel()
        return bytes(whole[: int(len(whole) * part)])

    return make


def late(w: Any, *, after: bytes = b"", **how: int) -> bytes:
    return bytes(w.changed(lambda one: replace(w.zip.late(one, **how), after=after)))


def wrong_both(w: Any, **fields: int) -> bytes:
    return bytes(w.lying(local=fields, central=fields))


def a_folder(w: Any, **how: Any) -> bytes:
    folder = w.zip.Member(b"folder/", mode=0o040755, **how)
    return bytes(w.zip.zipped([*w.members(), folder]))


def kind(mode: int, **how: Any) -> Callable[[Any], bytes]:
    def make(w: Any) -> bytes:
        made = w.members({"demo/x": "/etc/passwd"}, mode={"demo/x": mode})
        return bytes(
            w.zip.zipped(
                [replace(m, **how) if m.name == b"demo/x" else m for m in made]
            )
        )

    return make


def zip64(**other: int) -> Callable[[Any], bytes]:
    def make(w: Any) -> bytes:
        narrow = {
            "count": 0xFFFF,
            "here": 0xFFFF,
            "size": 0xFFFFFFFF,
            "offset": 0xFFFFFFFF,
        }
        return bytes(w.ended(zip64=other, **narrow))

    return make


def narrow_and_wide(w: Any) -> bytes:
    """Let the narrow record name an empty directory, the wide one the real one."""
    return bytes(w.ended(zip64={}, count=0, here=0, size=0))


def extras(w: Any, local: bytes, central: bytes) -> bytes:
    return bytes(w.lying(local={"extra": local}, central={"extra": central}))


def wide_central(w: Any) -> bytes:
    """Let the directory keep its sizes in a zip64 field, without need, and lie."""
    field = w.zip.wide(11, 22)
    return bytes(
        w.lying(central={"extra": field, "size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF})
    )


def other_wide_local(w: Any) -> bytes:
    field = w.zip.wide(1, 1)
    return bytes(
        w.lying(local={"extra": field, "size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF})
    )


def unlisted_after(w: Any) -> bytes:
    return hidden_member(w, len(w.members()))


def many_names(w: Any) -> bytes:
    more = [w.zip.Member(f"demo/{n}".encode(), method=0) for n in range(200_000)]
    members = [*more, *w.members()]
    count = {"count": 0xFFFF, "here": 0xFFFF}
    return bytes(w.zip.zipped(members, zip64={}, **count))


def descriptor_lost(w: Any) -> bytes:
    return bytes(w.changed(lambda one: replace(one, flags=w.zip.LATE)))


CASES: dict[str, Callable[[Any], bytes]] = {
    "an empty file": lambda _: b"",
    "no zip file": lambda _: bytes(range(256)) * 20,
    "an end record alone": lambda _: END,
    "cut after a tenth": cut(0.1),
    "cut in the middle": cut(0.5),
    "cut in the directory": cut(0.9),
    "cut by one byte": lambda w: w.wheel()[:-1],
    "a program in front": lambda w: w.ended(prefix=b"#!/bin/sh\nexit\n"),
    "a program in front, counted in the offsets": lambda w: b"#!/bin/sh\n" + w.ended(shift=10),
    "bytes behind the end": lambda w: w.ended(suffix=b"more"),
    "a newline behind the end": lambda w: w.ended(suffix=b"\n"),
    "zeros behind the end": lambda w: w.ended(suffix=bytes(100)),
    "a comment": lambda w: w.ended(comment=b"made by hand"),
    "a comment that is a zip file": end_in_comment,
    "a comment shorter than it says": lambda w: w.ended(suffix=b"co", comment=b"")[:-4] + b"\x04\0co",
    "two zip files in one": two_ends,
    "two end records": lambda w: w.ended(before_end=END),
    "bytes before the directory": lambda w: w.ended(gap=b"hidden"),
    "bytes before the end record": lambda w: w.ended(before_end=b"hidden"),
    "bytes between two members": lambda w: w.changed(lambda one: replace(one, after=b"hidden")),
    "bytes before the first member": lambda w: w.changed(lambda one: replace(one, before=b"hidden")),
    "a member that no directory lists": lambda w: hidden_member(w, 1),
    "a first member that no directory lists": lambda w: hidden_member(w, 0),
    "a last member that no directory lists": unlisted_after,
    "a member twice": twice,
    "two entries with the same bytes": overlapping,
    "a member inside a member": quoted,
    "too large a count": lambda w: w.ended(count=9, here=9),
    "too small a count": lambda w: w.ended(count=1, here=1),
    "a count of 65535": lambda w: w.ended(count=0xFFFF, here=0xFFFF),
    "two counts": lambda w: w.ended(here=1),
    "a directory that begins elsewhere": lambda w: w.ended(offset=7),
    "a directory beyond the file": lambda w: w.ended(offset=0x7FFFFFFF),
    "a directory of 2 GiB": lambda w: w.ended(size=0x7FFFFFFF),
    "a part of a split archive": lambda w: w.ended(disk=1),
    "a directory on another disk": lambda w: w.ended(first_disk=1),
    "a member on another disk": lambda w: w.lying(central={"disk": 1}),
    "a zip64 end record without need": lambda w: w.ended(zip64={}),
    "two directories, by zip64": narrow_and_wide,
    "zip64: another count": zip64(count=1, here=1),
    "zip64: a count of 2^40": zip64(count=1 << 40, here=1 << 40),
    "zip64: a directory of 2^62 bytes": zip64(size=1 << 62),
    "zip64: a directory at 2^63": zip64(offset=1 << 63),
    "zip64: the locator points elsewhere": zip64(place=4),
    "zip64: two disks": zip64(disks=2),
    "zip64: a longer end record": zip64(rest=100),
    "zip64: a locator alone": lambda w: w.ended(before_end=w.zip.LOCATOR.pack(b"PK\6\7", 0, 0, 1)),
    "zip64: a field that is not needed": lambda w: extras(w, b"", w.zip.wide(10)),
    "zip64: a field too short": lambda w: w.lying(central={"size": 0xFFFFFFFF}),
    "zip64: other sizes in the directory": wide_central,
    "zip64: other sizes in the local header": other_wide_local,
    "zip64: two fields": lambda w: extras(w, w.zip.wide(10, 12) * 2, b""),
    "two names, by the Unicode field": lambda w: extras(w, b"", w.zip.unicode_path(b"demo/evil.py", b"demo/__init__.py")),
    "two names, by the local Unicode field": lambda w: extras(w, w.zip.unicode_path(b"demo/evil.py", b"demo/__init__.py"), b""),
    "a Unicode field without a name": lambda w: extras(w, b"", w.zip.extra_field(0x7075, b"\1")),
    "an extra field that is cut off": lambda w: extras(w, b"", b"\x55\x54\x09\x00\x01"),
    "an extra field of three bytes": lambda w: extras(w, b"abc", b""),
    "a local name that differs": lambda w: w.lying(local={"name": b"demo/__evil__.py"}),
    "local flags that differ": lambda w: w.lying(local={"flags": 0x0800}),
    "a local method that differs": lambda w: w.lying(local={"method": 0}),
    "a local checksum that differs": lambda w: w.lying(local={"crc": 1}),
    "a local size that differs": lambda w: w.lying(local={"size": 3}),
    "a local compressed size that differs": lambda w: w.lying(local={"compressed": 3}),
    "a local size of nothing": lambda w: w.lying(local={"size": 0, "compressed": 0, "crc": 0}),
    "no local header at the place": lambda w: w.lying(central={"offset": 3}),
    "a local header beyond the file": lambda w: w.lying(central={"offset": 0x7FFFFFFF}),
    "a wrong checksum": lambda w: wrong_both(w, crc=1),
    "a size that is too small": lambda w: wrong_both(w, size=3),
    "a size that is too large": lambda w: wrong_both(w, size=30),
    "a compressed size that is too small": lambda w: wrong_both(w, compressed=3),
    "a compressed size that is too large": lambda w: wrong_both(w, compressed=3000),
    "a compressed size of 4 GiB": lambda w: wrong_both(w, compressed=0xFFFFFFFE),
    "a size of 4 GiB": lambda w: wrong_both(w, size=0xFFFFFFFE),
    "a stored member with two sizes": lambda w: wrong_both(w, method=0, size=5),
    "a stream that does not inflate": lambda w: w.changed(lambda one: replace(one, data=b"\xff" * 12)),
    "a stream that is cut off": lambda w: w.changed(lambda one: replace(one, data=one.packed[:-3])),
    "bytes behind the stream": lambda w: w.changed(lambda one: replace(one, data=one.packed + b"hidden")),
    "a second stream behind the stream": lambda w: w.changed(lambda one: replace(one, data=one.packed * 2)),
    "a descriptor with another checksum": lambda w: late(w, crc=1),
    "a descriptor with another size": lambda w: late(w, size=3),
    "a descriptor with another compressed size": lambda w: late(w, compressed=3),
    "a descriptor that is missing": descriptor_lost,
    "bytes behind a descriptor": lambda w: late(w, after=b"hidden"),
    "a descriptor, and sizes in the local header": lambda w: w.changed(lambda one: replace(w.zip.late(one), local={"size": 3})),
    "encrypted": lambda w: w.changed(lambda one: replace(one, flags=1)),
    "strongly encrypted": lambda w: w.changed(lambda one: replace(one, flags=0x41)),
    "an encrypted directory": lambda w: w.changed(lambda one: replace(one, flags=0x2000)),
    "a patch": lambda w: w.changed(lambda one: replace(one, flags=0x20)),
    "bzip2": lambda w: w.lying(local={"method": 12}, central={"method": 12}),
    "LZMA": lambda w: w.lying(local={"method": 14}, central={"method": 14}),
    "Zstandard": lambda w: w.lying(local={"method": 93}, central={"method": 93}),
    "Deflate64": lambda w: w.lying(local={"method": 9}, central={"method": 9}),
    "an unknown method": lambda w: w.lying(local={"method": 77}, central={"method": 77}),
    "a comment of a member": lambda w: w.lying(central={"comment": b"hidden"}),
    "a symbolic link": kind(0o120777),
    "a symbolic link that is stored": kind(0o120777, method=0),
    "a symbolic link that says it is of DOS": kind(0o120777, central={"made_by": 0, "external": 0o120777 << 16}),
    "a pipe": kind(0o010644),
    "a device": kind(0o020644),
    "a block device": kind(0o060644),
    "a socket": kind(0o140644),
    "a file with the mode of a folder": kind(0o040755),
    "a folder with content": lambda w: a_folder(w, content=b"content"),
    "a folder with bytes that are nothing": lambda w: a_folder(w, content=b"", data=b"\3\0hidden"),
    "a folder that is a link": lambda w: w.zip.zipped([*w.members(), w.zip.Member(b"folder/", mode=0o120777)]),
    "a file that is also a folder": lambda w: w.wheel({"demo/__init__.py/x.py": ""}),
    "a file and a folder of one name": lambda w: w.zip.zipped([*w.members(), w.zip.Member(b"demo/__init__.py/", mode=0o040755)]),
    "200000 members that no RECORD lists": many_names,
}  # fmt: skip
SLOW = {"200000 members that no RECORD lists"}
