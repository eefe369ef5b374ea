"""Wheels that look odd and are right: each must install, and leave again."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

SECTION = "Sound wheels"
BIG = 66 << 20


def every(change: Callable[[Any, Any], Any]) -> Callable[[Any], bytes]:
    """Return the maker of a wheel whose members are all written by ``change``."""

    def make(w: Any) -> bytes:
        return bytes(w.zip.zipped([change(w, one) for one in w.members()]))

    return make


def by_zipfile(w: Any, method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for member in w.members():
            archive.writestr(member.name.decode(), member.content)
    return stream.getvalue()


def to_a_pipe(w: Any) -> bytes:
    """Write as zipfile does when it cannot seek."""

    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in w.members():
            archive.writestr(member.name.decode(), member.content)
    return pipe.written


def with_folders(w: Any, **folder: Any) -> bytes:
    members = w.members()
    folders = [
        w.zip.Member(name, b"", mode=0o040755, **{"method": 0, **folder})
        for name in (b"demo/", b"demo-1.0.dist-info/")
    ]
    return bytes(w.zip.zipped([*folders, *members]))


def empty_deflated_folder(w: Any) -> bytes:
    return with_folders(w, method=8, data=b"\3\0")


def nested(w: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../inner", "x" * 100_000)
    return bytes(w.wheel({"demo/inner.zip": stream.getvalue()}))


def stored_large(w: Any) -> bytes:
    members = w.members({"demo/large.bin": os.urandom(1 << 20) * (BIG >> 20)})
    changed = [replace(m, method=0) if len(m.content) >= BIG else m for m in members]
    return bytes(w.zip.zipped(changed))


def wide_everywhere(w: Any, one: Any) -> Any:
    """Write both headers as Bazel does: the local one always has the field."""
    wide = w.zip.wide(len(one.content), len(one.packed))
    return replace(one, local={"extra": wide})


def by_info_zip(w: Any, one: Any) -> Any:
    """Write the time fields of the command zip: longer in the local header."""
    times = w.zip.extra_field(0x5455, b"\3" + bytes(8))
    owner = w.zip.extra_field(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(4))
    short = w.zip.extra_field(0x5455, b"\3" + bytes(4))
    return replace(
        one, local={"extra": times + owner}, central={"extra": short + owner}
    )


def same_name_twice(w: Any, one: Any) -> Any:
    second = w.zip.unicode_path(one.name, one.name)
    return replace(one, local={"extra": second}, central={"extra": second})


def many(w: Any) -> bytes:
    return bytes(w.wheel({f"demo/d{n % 50}/f{n}.txt": str(n) for n in range(300)}))


SCRIPT = "#!python\nprint('it runs')\n"
CASES: dict[str, Callable[[Any], bytes]] = {
    "the plainest": lambda w: w.wheel(),
    "written by zipfile": lambda w: by_zipfile(w, zipfile.ZIP_DEFLATED),
    "written by zipfile, stored": lambda w: by_zipfile(w, zipfile.ZIP_STORED),
    "written by zipfile to a pipe": to_a_pipe,
    "stored": every(lambda _, one: replace(one, method=0)),
    "deflated with level 0": every(lambda w, one: replace(one, data=w.zip.deflated(one.content, 0))),
    "data descriptors": every(lambda w, one: w.zip.late(one)),
    "data descriptors without a signature": every(lambda w, one: w.zip.late(one, signature=b"")),
    "data descriptors of zip64": every(lambda w, one: w.zip.late(one, form="<LQQ")),
    "stored with data descriptors": every(lambda w, one: w.zip.late(replace(one, method=0))),
    "a zip64 field in every local header": every(wide_everywhere),
    "a zip64 end record that is needed": lambda w: w.ended(zip64={}, count=0xFFFF, here=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF),
    "time and owner fields of Info-ZIP": every(by_info_zip),
    "the same name again in a Unicode field": every(same_name_twice),
    "dates that no calendar has": every(lambda _, one: replace(one, local={"date": 0xFFFF, "time": 0xFFFF}, central={"date": 0xFFFF, "time": 0xFFFF})),
    "a date that differs in both headers": every(lambda _, one: replace(one, local={"date": 34})),
    "no permissions, made on DOS": every(lambda _, one: replace(one, central={"external": 0, "made_by": 0})),
    "a directory in another order": lambda w: w.ended(reverse=True),
    "entries of folders": with_folders,
    "entries of folders, deflated to nothing": empty_deflated_folder,
    "empty files": lambda w: w.wheel({"demo/empty.py": "", "demo/py.typed": b""}),
    "names in UTF-8": lambda w: w.wheel({"demo/größe/数据.txt": "x"}),
    "names with spaces and commas": lambda w: w.wheel({'demo/a b, c "d".txt': "x"}),
    "a part of 255 bytes": lambda w: w.wheel({"demo/" + "n" * 251 + ".txt": "x"}),
    "forty folders deep": lambda w: w.wheel({"d/" * 40 + "x.txt": "x"}),
    "names that differ in case alone": lambda w: w.wheel({"demo/A.txt": "1", "demo/a.txt": "2"}),
    "names that differ in Unicode form alone": lambda w: w.wheel({"demo/\xe9.txt": "1", "demo/e\u0301.txt": "2"}),
    "names of devices, and dots at the end": lambda w: w.wheel({"demo/con.py": "", "demo/aux": "", "demo/dot.": "", "demo/space ": ""}),
    "dots in front": lambda w: w.wheel({"demo/.hidden": "", "demo/...": "", "demo/..x": ""}),
    "a file that may be run": lambda w: w.wheel({"demo/tool": "#!/bin/sh\n"}, mode={"demo/tool": 0o100755}),
    "set-user-ID and sticky bits": lambda w: w.wheel({"demo/tool": "#!/bin/sh\n"}, mode={"demo/tool": 0o107777}),
    "a file that nobody may read": lambda w: w.wheel(mode={"demo/__init__.py": 0o100000}),
    "300 files": many,
    "a zip file in it": nested,
    "60 MiB of nothing": lambda w: w.wheel({"demo/zeros": bytes(60 << 20)}),
    "66 MiB that are worth it": stored_large,
    "bytecode of its own": lambda w: w.wheel({"demo/__pycache__/__init__.cpython-311.pyc": b"\0" * 16}),
    "nothing but bytecode": lambda w: w.wheel({"__pycache__/demo.cpython-311.pyc": b"\0" * 16}, without=["demo/__init__.py"]),
    "nothing but metadata": lambda w: w.wheel(without=["demo/__init__.py"]),
    "all kinds of files": lambda w: w.wheel({f"{w.data}/scripts/demo-run": SCRIPT, f"{w.data}/headers/demo.h": "/**/", f"{w.data}/data/share/demo.txt": "x", f"{w.data}/purelib/demo_pure.py": "", f"{w.data}/platlib/demo_plat.py": ""}),
    "a package and a module of other names": lambda w: w.wheel({"other/__init__.py": "", "another.py": ""}),
    "a .pth file with paths alone": lambda w: w.wheel({"demo.pth": "demo/more\n"}),
}  # fmt: skip


def is_plain(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) & 0o7022 == 0


def check_tool(site: Path) -> None:
    mode = stat.S_IMODE((site / "demo/tool").stat().st_mode)
    assert mode & 0o111 == 0o111
    assert is_plain(site / "demo/tool")


CHECKS: dict[str, Callable[[Path], None]] = {
    "a file that may be run": check_tool,
    "set-user-ID and sticky bits": check_tool,
}
SLOW = {"60 MiB of nothing", "66 MiB that are worth it"}
