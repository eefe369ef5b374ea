"""Bad wheels, and folders in wheel layout, given to every command that takes one."""

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

WHEEL = "demo-1.0-py3-none-any.whl"
INFO = "demo-1.0.dist-info"
CORE = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
TOLD = "Wheel-Version: 1.0\nGenerator: bad\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILES = {"demo.py": "x = 1\n", f"{INFO}/METADATA": CORE, f"{INFO}/WHEEL": TOLD}


def line(name: str, content: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
    return f"{name},sha256={digest.decode().rstrip('=')},{len(content.encode())}\n"


def record_of(files: Mapping[str, str]) -> str:
    return "".join(line(*one) for one in files.items()) + f"{INFO}/RECORD,,\n"


def wheel(
    more: Mapping[str, str] | None = None,
    *,
    without: str = "",
    record: str | None = None,
    mode: Mapping[str, int] | None = None,
) -> bytes:
    """Return a wheel that is good but for what is asked for."""
    files = {k: v for k, v in {**FILES, **(more or {})}.items() if k != without}
    told = record_of(files) if record is None else record
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, f"{INFO}/RECORD": told}.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode or {}).get(name, 0o100644) << 16
            archive.writestr(info, content)
    return stream.getvalue()


def without_record() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO(wheel())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(200 << 20))
    return stream.getvalue()


WHOLE = wheel()
BAD = {
    "an empty file": b"",
    "garbage": bytes(range(256)) * 20,
    "cut in the middle": WHOLE[: len(WHOLE) // 2],
    "cut at the end": WHOLE[:-10],
    "something before it": b"#!/bin/sh\n" + WHOLE,
    "something after it": WHOLE + b"more",
    "a member that is damaged": WHOLE.replace(b"\x00\x00demo.py", b"\x00\x00demo.pz", 1),
    "no RECORD": without_record(),
    "an empty RECORD": wheel(record=""),
    "a RECORD of garbage": wheel(record='\0\1,"\n'),
    "a RECORD with a wrong digest": wheel(record=record_of({**FILES, "demo.py": "y = 1\n"})),
    "a RECORD that lists too little": wheel(record=record_of({k: v for k, v in FILES.items() if k != "demo.py"})),
    "a RECORD that lists too much": wheel(record=record_of({**FILES, "more.py": ""})),
    "a RECORD with MD5": wheel(record=record_of(FILES).replace("sha256=", "md5=")),
    "a path that climbs": wheel({"../evil.py": ""}),
    "a path that climbs out of data": wheel({"demo-1.0.data/scripts/../../../evil": ""}),
    "an absolute path": wheel({"/tmp/evil.py": ""}),
    "a drive letter": wheel({"C:/evil.py": ""}),
    "a backslash": wheel({"a\\..\\evil.py": ""}),
    "a member twice": wheel({"demo.pz": "x = 2\n"}).replace(b"demo.pz", b"demo.py"),
    "a file and a folder": wheel({"demo.py/x.py": ""}),
    "a link": wheel({"x": "/etc/passwd"}, mode={"x": stat.S_IFLNK | 0o777}),
    "a pipe": wheel({"x": ""}, mode={"x": stat.S_IFIFO | 0o644}),
    "a bomb": bomb(),
    "two dist-infos": wheel({"other-1.0.dist-info/METADATA": CORE}),
    "no METADATA": wheel(without=f"{INFO}/METADATA"),
    "no WHEEL": wheel(without=f"{INFO}/WHEEL"),
    "binary METADATA": wheel({f"{INFO}/METADATA": "\0\1\2"}),
    "METADATA of another project": wheel({f"{INFO}/METADATA": CORE.replace("demo", "other")}),
    "METADATA of another version": wheel({f"{INFO}/METADATA": CORE.replace("1.0", "2.0")}),
    "a WHEEL of the future": wheel({f"{INFO}/WHEEL": TOLD.replace("1.0", "9.0")}),
    "a WHEEL of garbage": wheel({f"{INFO}/WHEEL": "\0\1"}),
    "a name with an escape": wheel({"a\x1b[31m.py": ""}),
    "a name with a newline": wheel({"a\nb.py": ""}),
    "deep folders": wheel({"d/" * 3000 + "x.py": ""}),
    "a huge name": wheel({"n" * 5000 + ".py": ""}),
    "entry points of garbage": wheel({f"{INFO}/entry_points.txt": "[console_scripts\n\0"}),
    "a script that climbs": wheel({f"{INFO}/entry_points.txt": "[console_scripts]\n../../evil = demo:x\n"}),
}  # fmt: skip


@pytest.mark.parametrize(
    "command", ["unpack", "check", "bdist_wheel", "install", "compare"]
)
@pytest.mark.parametrize("fault", BAD)
def test_a_bad_wheel_has_an_answer(lab: Any, fault: str, command: str) -> None:
    path = lab.place / WHEEL
    path.write_bytes(BAD[fault])
    words = lab.words(command, path)
    if command in ("check", "compare") or "script" in fault:
        lab.answers(*words, classes="0125")
    else:
        lab.refuses(*words, classes="25")


@pytest.mark.parametrize("command", ["unpack", "check", "bdist_wheel", "install"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("other-1.0-py3-none-any.whl", id="another project"),
        pytest.param("demo-2.0-py3-none-any.whl", id="another version"),
        pytest.param("demo.whl", id="no version"),
        pytest.param("demo-1.0-py3-none-any.zip", id="another ending"),
        pytest.param("demo-1.0-py3\x1b[31m-none-any.whl", id="control characters"),
        pytest.param("demo-new-py3-none-any.whl", id="a version that is none"),
        pytest.param("-1.0-py3-none-any.whl", id="no project"),
    ],
)
def test_a_bad_name_of_a_wheel_is_refused(lab: Any, name: str, command: str) -> None:
    path = lab.place / name
    path.write_bytes(WHOLE)
    lab.answers(*lab.words(command, path), classes="125")


def a_pipe(root: Path) -> None:
    os.mkfifo(root / "pipe.py")


def a_link_out(root: Path) -> None:
    (root / "passwd.py").symlink_to("/etc/passwd")


def a_link_to_a_device(root: Path) -> None:
    (root / "zeros.py").symlink_to("/dev/zero")


def a_link_to_nothing(root: Path) -> None:
    (root / "nothing.py").symlink_to("/absent/x")


def a_link_to_its_folder(root: Path) -> None:
    (root / "loop").symlink_to(".")


def a_locked_file(root: Path) -> None:
    (root / "demo.py").chmod(0)


def a_locked_folder(root: Path) -> None:
    (root / "locked").mkdir()
    (root / "locked" / "x.py").touch()
    (root / "locked").chmod(0)


def bad_names(root: Path) -> None:
    for name in (b"\xff\xfe.py", b"a\nb.py", b"a\x1b[31m.py"):
        with open(os.path.join(os.fsencode(root), name), "wb"):
            pass


def two_dist_infos(root: Path) -> None:
    (root / "other-1.0.dist-info").mkdir()
    (root / "other-1.0.dist-info" / "METADATA").write_text(CORE)


def of_the_info(name: str, content: str | None) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / INFO / name).unlink(missing_ok=True)
        if content is not None:
            (root / INFO / name).write_text(content)

    return change


def a_pipe_for_metadata(root: Path) -> None:
    (root / INFO / "METADATA").unlink()
    os.mkfifo(root / INFO / "METADATA")


TREES: dict[str, Callable[[Path], None]] = {
    "a pipe": a_pipe,
    "a link out": a_link_out,
    "a link to a device": a_link_to_a_device,
    "a link to nothing": a_link_to_nothing,
    "a link to its own folder": a_link_to_its_folder,
    "a file that may not be read": a_locked_file,
    "a folder that may not be entered": a_locked_folder,
    "names that no wheel can hold": bad_names,
    "two dist-infos": two_dist_infos,
    "no METADATA": of_the_info("METADATA", None),
    "empty METADATA": of_the_info("METADATA", ""),
    "binary METADATA": of_the_info("METADATA", "\0\1\2"),
    "METADATA of another project": of_the_info("METADATA", CORE.replace("demo", "x")),
    "a pipe for METADATA": a_pipe_for_metadata,
    "no WHEEL": of_the_info("WHEEL", None),
    "binary WHEEL": of_the_info("WHEEL", "\0\1\2"),
    "a WHEEL of the future": of_the_info("WHEEL", TOLD.replace("1.0", "9.0")),
}


@pytest.mark.parametrize("command", ["pack", "check", "bdist_wheel"])
@pytest.mark.parametrize("fault", TREES)
def test_a_bad_tree_has_an_answer(lab: Any, fault: str, command: str) -> None:
    root = lab.place / "tree"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    TREES[fault](root)
    try:
        if command == "check":
            lab.answers(*lab.words(command, root), classes="0125")
        else:
            lab.refuses(*lab.words(command, root), classes="256")
    finally:
        if (root / "locked").exists():
            (root / "locked").chmod(0o755)
