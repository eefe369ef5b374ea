"""Names of members, and places where files would go."""

from collections.abc import Callable
from typing import Any

SECTION = "Names and places"


def named(name: str | bytes, **how: Any) -> Callable[[Any], bytes]:
    """Return the maker of a wheel with one more file of this name."""
    return lambda w: w.wheel({name: "evil = 1\n"}, **how)


def in_data(place: str) -> Callable[[Any], bytes]:
    return lambda w: w.wheel({f"{w.data}/{place}": "evil = 1\n"})


def flagged(name: bytes) -> Callable[[Any], bytes]:
    """Name a file by bytes that are said to be UTF-8."""

    def make(w: Any) -> bytes:
        from dataclasses import replace

        members = w.members({name: "x"})
        return bytes(
            w.zip.zipped(
                [replace(m, flags=w.zip.UTF8) if m.name == name else m for m in members]
            )
        )

    return make


def unflagged(name: bytes) -> Callable[[Any], bytes]:
    def make(w: Any) -> bytes:
        return bytes(w.zip.zipped([*w.members(), w.zip.Member(name, b"x")]))

    return make


def renamed(info: str) -> Callable[[Any], bytes]:
    """Return the maker of a wheel whose .dist-info folder has another name."""
    return lambda w: w.wheel().replace(b"demo-1.0.dist-info", info.encode())


def twice_by_data(w: Any) -> bytes:
    return bytes(w.wheel({f"{w.data}/purelib/demo/__init__.py": "value = 2\n"}))


SITE = "lib/python3.11/site-packages"
CASES: dict[str, Callable[[Any], bytes]] = {
    "a name that climbs": named("../evil.py"),
    "a name that climbs high": named("../" * 40 + "tmp/evil.py"),
    "a name that climbs inside": named("demo/../../evil.py"),
    "a name that climbs and returns": named("demo/../demo/evil.py"),
    "a sibling by its prefix": named("../site-packages-evil/x.py"),
    "an absolute name": named("/tmp/evil.py"),
    "two slashes in front": named("//tmp/evil.py"),
    "a drive letter": named("C:/evil.py"),
    "a drive letter without a slash": named("C:evil.py"),
    "a network share": named("\\\\host\\share\\evil.py"),
    "backslashes": named("demo\\evil.py"),
    "backslashes that climb": named("..\\..\\evil.py"),
    "a device path": named("\\\\?\\C:\\evil.py"),
    "a NUL": named("demo/evil.py\0.txt"),
    "a newline": named("demo/evil\n.py"),
    "an escape sequence": named("demo/\x1b[31mevil.py"),
    "a delete": named("demo/evil\x7f.py"),
    "a C1 control code": named("demo/evil\x9b.py"),
    "two slashes inside": named("demo//evil.py"),
    "a dot as a part": named("demo/./evil.py"),
    "a dot in front": named("./evil.py"),
    "an empty name": named(""),
    "a slash alone": named("/"),
    "a dot alone": named("."),
    "two dots alone": named(".."),
    "a stream of NTFS": named("demo/x.py:evil"),
    "a part of 300 bytes": named("demo/" + "n" * 300),
    "a part of 255 characters and more bytes": named("demo/" + "ü" * 200),
    "a name of 5000 bytes": named("demo/" + "n/" * 2500 + "x"),
    "a name of 65535 bytes": named("n" * 65000),
    "bytes that are no UTF-8": flagged(b"demo/\xff\xfe.py"),
    "a surrogate in UTF-8": flagged(b"demo/\xed\xa0\x80.py"),
    "an overlong slash": flagged(b"demo\xc0\xafevil.py"),
    "a name in no known encoding": unflagged(b"demo/\x81.py"),
    "UTF-8 that is not said to be": unflagged("demo/ü.py".encode()),
    "text that turns around": named("demo/\u202egpj.py"),
    "two .dist-info folders": named("other-1.0.dist-info/METADATA"),
    "a second .dist-info folder of its own": named("Demo-1.0.dist-info/METADATA"),
    "the .dist-info folder of another project": renamed("evil-1.0.dist-info"),
    "the .dist-info folder of another version": renamed("demo-2.0.dist-info"),
    "a .dist-info folder without a version": renamed("demo---.dist-info"),
    "a .dist-info folder written otherwise": renamed("Demo-1.0.dist-info"),
    "no .dist-info folder": renamed("demo-1.0.dist-inf0"),
    "a .dist-info folder further down": renamed("d/mo-1.0.dist-info"),
    "a .data folder of another project": named("evil-1.0.data/scripts/x"),
    "a .data folder of another version": named("demo-2.0.data/scripts/x"),
    "an unknown kind of data": in_data("config/x"),
    "a file directly in .data": in_data("x"),
    "a kind of data that is a file": in_data("scripts"),
    "pure files by .data in a pure wheel": in_data("purelib/demo_more.py"),
    "a place that is taken twice": twice_by_data,
    "pyvenv.cfg": in_data("data/pyvenv.cfg"),
    "the interpreter": in_data("data/bin/python"),
    "the interpreter with its version": in_data("data/bin/python3.11"),
    "the activation script": in_data("data/bin/activate"),
    "the activation script for Windows": in_data("data/Scripts/Activate.ps1"),
    "the state folder, in site-packages": named(".pysetup/journal.json"),
    "the state folder, by data": in_data("data/.pysetup/journal.json"),
    "the state folder, by data in site-packages": in_data(f"data/{SITE}/.pysetup/x"),
    "the state folder, by purelib": in_data("purelib/.pysetup/lock"),
    "files of another distribution, by data": in_data(f"data/{SITE}/pip-24.0.dist-info/RECORD"),
    "files of another distribution, by purelib": in_data("purelib/pip-24.0.dist-info/METADATA"),
    "files of an egg": named("other.egg-info/PKG-INFO"),
    "its own RECORD, by purelib": lambda w: w.wheel({f"{w.data}/purelib/{w.info}/RECORD": "evil,,\n"}),
    "its own INSTALLER, by purelib": lambda w: w.wheel({f"{w.data}/purelib/{w.info}/INSTALLER": "evil"}),
    "its own METADATA, by data": lambda w: w.wheel({f"{w.data}/data/{SITE}/{w.info}/METADATA": "x"}),
    "more of its own .dist-info, by purelib": lambda w: w.wheel({f"{w.data}/purelib/{w.info}/more": "x"}),
    "a folder where RECORD goes": lambda w: w.wheel({f"{w.data}/purelib/{w.info}/RECORD/x": "x"}),
    "headers that climb": in_data("headers/../../../evil.h"),
    "data that climbs": in_data("data/../../evil"),
}  # fmt: skip
