"""RECORD: what it promises, and what it does not."""

import hashlib
from collections.abc import Callable
from typing import Any

SECTION = "RECORD"
ROW = b"demo/__init__.py,sha256="
CONTENT = b"value = 1\n"


def changed(old: bytes, new: bytes) -> Callable[[Any], bytes]:
    return lambda w: w.wheel(record=lambda text: text.replace(old, new, 1))


def added(row: bytes) -> Callable[[Any], bytes]:
    return lambda w: w.wheel(record=lambda text: row + text)


def only(text: bytes) -> Callable[[Any], bytes]:
    return lambda w: w.wheel(record=lambda _: text)


def without(start: bytes) -> Callable[[Any], bytes]:
    def drop(text: bytes) -> bytes:
        rows = text.splitlines(keepends=True)
        return b"".join(row for row in rows if not row.startswith(start))

    return lambda w: w.wheel(record=drop)


def digest(name: str, text: str) -> Callable[[Any], bytes]:
    """Give the module's row this digest."""

    def write(record: bytes) -> bytes:
        rows = record.splitlines(keepends=True)
        rows[0] = f"demo/__init__.py,{name}={text},10\n".encode()
        return b"".join(rows)

    return lambda w: w.wheel(record=write)


def by(algorithm: str) -> Callable[[Any], bytes]:
    def make(w: Any) -> bytes:
        def write(record: bytes) -> bytes:
            rows = record.splitlines(keepends=True)
            return b"".join([encode(algorithm), *rows[1:]])

        return bytes(w.wheel(record=write))

    return make


def encode(algorithm: str) -> bytes:
    import base64

    raw = hashlib.new(algorithm, CONTENT).digest()
    text = base64.urlsafe_b64encode(raw).rstrip(b"=")
    return b"demo/__init__.py," + algorithm.encode() + b"=" + text + b",10\n"


def no_size(record: bytes) -> bytes:
    return record.replace(b",10\n", b",\n", 1)


def quoted(record: bytes) -> bytes:
    return record.replace(b"demo/__init__.py", b'"demo/__init__.py"')


GOOD_HEX = hashlib.sha256(CONTENT).hexdigest()
WRONG = "A" * 43
CASES: dict[str, Callable[[Any], bytes]] = {
    "no RECORD": lambda w: w.wheel(record=None),
    "an empty RECORD": only(b""),
    "a RECORD of garbage": only(b'\0\1,"\n'),
    "a RECORD that is not UTF-8": added(b"\xff\xfe,,\n"),
    "a RECORD in UTF-16": lambda w: w.wheel(record=lambda text: text.decode().encode("utf-16")),
    "a RECORD of 65 MiB": lambda w: w.wheel(record=lambda text: text + b"\n" * (65 << 20)),
    "a wrong digest": digest("sha256", WRONG),
    "a wrong size": changed(b",10\n", b",11\n"),
    "a size that is no number": changed(b",10\n", b",ten\n"),
    "a negative size": changed(b",10\n", b",-1\n"),
    "a size of 5000 digits": changed(b",10\n", b"," + b"9" * 5000 + b"\n"),
    "a digest that is no base64": digest("sha256", "!" * 43),
    "a digest with foreign characters": digest("sha256", "A" * 20 + "!!!!" + "A" * 23),
    "a digest that is too short": digest("sha256", "AAAA"),
    "a file that is not listed": without(b"demo/__init__.py"),
    "METADATA that is not listed": without(b"demo-1.0.dist-info/METADATA"),
    "a listed file that is missing": added(b"demo/absent.py,sha256=" + WRONG.encode() + b",1\n"),
    "a row without a digest": changed(ROW + encode("sha256").split(b"=")[1].split(b",")[0] + b",10", b"demo/__init__.py,,"),
    "MD5": by("md5"),
    "SHA-1": by("sha1"),
    "SHA-224": by("sha224"),
    "an unknown algorithm": digest("crc32", "AAAA"),
    "an algorithm of no fixed length": digest("shake_128", "AAAA"),
    "a row twice": lambda w: w.wheel(record=lambda text: text.splitlines(keepends=True)[0] + text),
    "a row twice with two digests": added(b"demo/__init__.py,sha256=" + WRONG.encode() + b",10\n"),
    "a path that climbs": added(b"../../../etc/passwd,sha256=" + WRONG.encode() + b",1\n"),
    "a path that climbs, without a digest": added(b"../../../etc/passwd,,\n"),
    "an absolute path": added(b"/etc/passwd,,\n"),
    "a path with a backslash": changed(b"demo/__init__.py", b"demo\\__init__.py"),
    "a path with a dot": changed(b"demo/__init__.py", b"./demo/__init__.py"),
    "a path in other case": changed(b"demo/__init__.py", b"Demo/__init__.py"),
    "a path with a NUL": changed(b"demo/__init__.py", b"demo/__init__.py\0"),
    "a folder as a row": added(b"demo/,,\n"),
    "four columns": changed(b",10\n", b",10,more\n"),
    "two columns": changed(b",10\n", b"\n"),
    "an open quote": added(b'"demo,,\n'),
    "a byte order mark": added(b"\xef\xbb\xbf"),
    "a digest of RECORD itself": changed(b"/RECORD,,", b"/RECORD,sha256=" + WRONG.encode() + b",3"),
    "RECORD does not list itself": without(b"demo-1.0.dist-info/RECORD"),
    "quoted fields": lambda w: w.wheel(record=quoted),
    "lines that end in CRLF": lambda w: w.wheel(record=lambda text: text.replace(b"\n", b"\r\n")),
    "no line end at the end": lambda w: w.wheel(record=lambda text: text.rstrip(b"\n")),
    "empty lines": lambda w: w.wheel(record=lambda text: text.replace(b"\n", b"\n\n")),
    "rows without sizes": lambda w: w.wheel(record=no_size),
    "SHA-384": by("sha384"),
    "SHA-512": by("sha512"),
    "BLAKE2b": by("blake2b"),
    "a digest in hexadecimal digits": digest("sha256", GOOD_HEX),
    "a digest with padding": lambda w: w.wheel(record=lambda text: text.replace(b",10\n", b"=,10\n", 1)),
    "signatures of RECORD": lambda w: w.zip.zipped([*w.members(), w.zip.Member(b"demo-1.0.dist-info/RECORD.jws", b"{}"), w.zip.Member(b"demo-1.0.dist-info/RECORD.p7s", b"x")]),
    "a signature that RECORD lists": lambda w: w.wheel({f"{w.info}/RECORD.jws": "{}"}),
}  # fmt: skip
