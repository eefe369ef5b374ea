"""What stands around a build is bad: requirements, output, time, signals, places."""

import base64
import hashlib
import os
import select
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

BUILDERS = ("build", "bdist_wheel", "install", "develop", "sdist")
OURS = """[project]
name = "demo"
version = "1.0"
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
"""
THEIRS = """[project]
name = "demo"
version = "1.0"
[build-system]
requires = []
build-backend = "back_end"
backend-path = ["."]
"""
# Every hook does the fault before anything is made.
BACK_END = """
import os, subprocess, sys, time
def fault(folder="", *_, **__):
{fault}
build_wheel = build_sdist = build_editable = fault
"""


def project(lab: Any, table: str, *, fault: str = "", root: Path | None = None) -> Path:
    root = root or lab.place / "demo"
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(table)
    (root / "demo.py").write_text("x = 1\n")
    if fault:
        lines = "\n".join("    " + line for line in fault.splitlines())
        (root / "back_end.py").write_text(BACK_END.format(fault=lines))
    return root


def recorded(name: str, content: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
    return f"{name},sha256={digest.decode().rstrip('=')},{len(content)}\n"


def wheel(folder: Path, name: str, version: str, *fields: str) -> None:
    """Write a wheel that an index in a folder can offer."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    core = "\n".join(
        ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *fields, ""]
    )
    told = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", core)
        archive.writestr(f"{info}/WHEEL", told)
        archive.writestr(
            f"{info}/RECORD",
            "".join(
                [
                    *map(recorded, [f"{info}/METADATA", f"{info}/WHEEL"], [core, told]),
                    f"{info}/RECORD,,\n",
                ]
            ),
        )


def requiring(*texts: str) -> str:
    listed = ", ".join(f"'{text}'" for text in texts)
    return THEIRS.replace("requires = []", f"requires = [{listed}]")


REQUIREMENTS = {
    "one that is not there": (requiring("absent-thing"), "6"),
    "a version that is not there": (requiring("plain>=9"), "6"),
    "two that conflict": (requiring("plain==1.0", "plain==2.0"), "6"),
    "two whose requirements conflict": (requiring("wants-one", "wants-two"), "6"),
    "one of another Python": (requiring("ancient"), "6"),
    "one that is none": (requiring("a b c"), "26"),
    "one with control characters": (THEIRS.replace("requires = []", r'requires = ["a\u001b[31m"]'), "26"),
    "a number": (THEIRS.replace("requires = []", "requires = [1]"), "26"),
    "a text": (THEIRS.replace("requires = []", "requires = 'x'"), "26"),
    "a file that is not there": (requiring("gone @ file:///absent/gone-1.0-py3-none-any.whl"), "6"),
    "itself": (requiring("demo"), "6"),
    "a circle without a back end": (requiring("round-a"), "6"),
    "a back end that is not there": (THEIRS.replace('"back_end"', '"absent.back_end"'), "6"),
    "a Python that is not this one": (OURS.replace("[build-system]", 'requires-python = "<3"\n[build-system]').replace('"pysetup"', ""), "37"),
    "a Python that is none": (OURS.replace("[build-system]", 'requires-python = "new"\n[build-system]'), "2"),
}  # fmt: skip


@pytest.mark.parametrize("command", BUILDERS)
@pytest.mark.parametrize("asked", ["--no-index", "--offline"])
@pytest.mark.parametrize("fault", REQUIREMENTS)
def test_bad_build_requirements_are_refused(
    lab: Any, fault: str, asked: str, command: str
) -> None:
    links = lab.root / "links"
    wheel(links, "plain", "1.0")
    wheel(links, "plain", "2.0")
    wheel(links, "wants_one", "1.0", "Requires-Dist: plain==1.0")
    wheel(links, "wants_two", "1.0", "Requires-Dist: plain==2.0")
    wheel(links, "ancient", "1.0", "Requires-Python: <3")
    wheel(links, "round_a", "1.0", "Requires-Dist: round-b")
    wheel(links, "round_b", "1.0", "Requires-Dist: round-a")
    table, classes = REQUIREMENTS[fault]
    root = project(lab, table)
    words = [one for one in lab.words(command, root) if one != "--no-isolation"]
    words[words.index("--no-index")] = asked
    words += ["--find-links", links]
    if command == "sdist" and fault == "a Python that is not this one":
        # What runs no code is made with any Python.
        lab.answers(*words, classes="0")
    else:
        lab.refuses(*words, classes=classes)


HANGS = {
    "an endless loop": "while True: pass",
    "a sleep": "time.sleep(600)",
    "a grandchild that holds the pipes": "subprocess.run(['sleep', '600'])",
    "it ignores TERM": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
    "output without end": "while True: os.write(1, b'x' * 65536)",
}  # fmt: skip


@pytest.mark.parametrize("command", BUILDERS)
@pytest.mark.parametrize("fault", HANGS)
def test_a_back_end_without_end_is_ended(lab: Any, fault: str, command: str) -> None:
    root = project(lab, THEIRS, fault=HANGS[fault])
    words = lab.words(command, root)
    words[words.index("--build-timeout") + 1] = "0.3"
    ran = lab.refuses(*words, classes="6")
    assert ran.seconds < 6
    assert ran.megabytes < 200


OUTPUT = {
    "200 MiB in lines": "for _ in range(3200): os.write(1, b'x' * 65535 + b'\\n')",
    "200 MiB in one line": "for _ in range(3200): os.write(1, b'x' * 65536)",
    "200 MiB of garbage on standard error": "for _ in range(800): os.write(2, bytes(range(256)) * 1024)",
    "escapes": "for n in (1, 2): os.write(n, b'\\x1b]0;evil\\x07\\x1b[2J\\x9b31m\\xff\\xfe\\r\\n\\x00' * 9)",
}  # fmt: skip


@pytest.mark.parametrize("command", BUILDERS)
@pytest.mark.parametrize("fault", OUTPUT)
def test_what_a_back_end_prints_is_bounded(lab: Any, fault: str, command: str) -> None:
    root = project(lab, THEIRS, fault=OUTPUT[fault] + "\nsys.exit(1)")
    ran = lab.refuses(*lab.words(command, root), classes="6")
    assert ran.megabytes < 200
    assert "\x9b" not in ran.err
    logs = [path for path in lab.root.glob("cache/log/**/*") if path.is_file()]
    assert logs
    assert max(path.stat().st_size for path in logs) <= 64 << 20


WAITING = {
    "a back end that sleeps": "time.sleep(600)",
    "a back end with a child": "subprocess.run(['sleep', '600'], pass_fds=[held])",
    "a back end that ignores both": "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(600)",
}  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("fault", WAITING)
def test_a_signal_ends_a_build_and_all_it_started(
    lab: Any, fault: str, number: signal.Signals
) -> None:
    # What was started holds the pipe open for as long as it lives.
    pipe = lab.root / "pipe"
    os.mkfifo(pipe)
    held = f"held = os.open({str(pipe)!r}, os.O_WRONLY)\nos.write(held, b'x')\n"
    root = project(lab, THEIRS, fault=held + WAITING[fault])
    before = lab.state()
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    building = subprocess.Popen(
        [sys.executable, "-m", "pysetup", *map(str, lab.words("build", root)[:-2])],
        env=lab.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert read_in_time(end) == b"x"
        building.send_signal(number)
        _, told = building.communicate(timeout=15)
        assert building.returncode in (128 + number, -number), told
        assert "Traceback" not in told
        assert read_in_time(end) == b""
    finally:
        building.kill()
        building.communicate()
        os.close(end)
    assert lab.state() == before


def read_in_time(descriptor: int) -> bytes | None:
    """Return what comes next, empty at the end, None if nothing does."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return os.read(descriptor, 1) if poller.poll(15_000) else None


WRITERS = ("build", "sdist", "build the tree", "bdist_wheel", "normalize", "pack", "unpack", "rebuild")  # fmt: skip


def given_to(lab: Any, command: str) -> Path:
    """Return something good for ``command``."""
    made: Path = lab.good / "demo-1.0-py3-none-any.whl"
    if command == "unpack":
        return made
    if command == "normalize":
        found: Path = lab.good / "demo-1.0.tar.gz"
        return found
    if command == "pack":
        with zipfile.ZipFile(made) as archive:
            archive.extractall(lab.place / "tree")
        tree: Path = lab.place / "tree"
        return tree
    return project(lab, OURS.replace('"pysetup"', ""))


def locked(folder: Path) -> Path:
    folder.chmod(0o555)
    return folder


def a_file(folder: Path) -> Path:
    path = folder / "taken"
    path.touch()
    return path


PLACES: dict[str, Callable[[Path], Path]] = {
    "read-only": locked,
    "below what is read-only": lambda folder: locked(folder) / "new",
    "a file": a_file,
    "below a file": lambda folder: a_file(folder) / "new",
    "a device": lambda _: Path("/dev/null"),
    "a link to nothing in no folder": lambda folder: linked(folder / "l", "/absent/x"),
    "a name that is too long": lambda folder: folder / ("n" * 300),
    "a path that is too long": lambda folder: folder / ("n/" * 3000),
    "no file system for files": lambda _: Path("/proc/self/new"),
}


def linked(path: Path, target: str) -> Path:
    path.symlink_to(target)
    return path


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("fault", PLACES)
def test_an_output_folder_that_cannot_be_is_refused(
    lab: Any, fault: str, command: str
) -> None:
    words = lab.words(command, given_to(lab, command))
    words[words.index("--outdir") + 1] = PLACES[fault](lab.out)
    try:
        lab.refuses(*words, classes="267")
    finally:
        lab.out.chmod(0o755)


@contextmanager
def full_folder(folder: Path) -> Iterator[None]:
    """Mount a file system of 4 KiB, all of it taken but its names."""
    words = ["mount", "-t", "tmpfs", "-o", "size=4k,mode=777", "full", str(folder)]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("this user may not mount")
    try:
        (folder / "filler").write_bytes(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("place", ["out", "tmp", "cache"])
def test_a_full_disk_is_refused(lab: Any, place: str, command: str) -> None:
    words = lab.words(command, given_to(lab, command))
    (lab.root / place).mkdir(exist_ok=True)
    with full_folder(lab.root / place):
        if place == "out":
            lab.refuses(*words, classes="67")
        else:
            lab.answers(*words, classes="067")


@pytest.mark.parametrize(
    "command", ["build", "sdist", "bdist_wheel", "install", "develop", "check"]
)
def test_a_read_only_project_is_built(lab: Any, command: str) -> None:
    root = project(lab, OURS.replace('"pysetup"', ""))
    (root / "demo.py").chmod(0o444)
    root.chmod(0o555)
    try:
        lab.answers(*lab.words(command, root), classes="01")
    finally:
        root.chmod(0o755)


NAMES = {
    "spaces": "a place of mine",
    "a newline": "a\nb",
    "an emoji": "\N{SNAKE}",
    "no UTF-8": b"\xff\xfe".decode("utf-8", "surrogateescape"),
    "quotes and a dollar": "'\"$HOME`x`",
    "a percent sign and a hash": "100%#?x",
    "a dash": "-rf",
    "a long path": "/".join(["n" * 150] * 18),
    "a very long path": "/".join(["n" * 99] * 36),
}


@pytest.mark.parametrize(
    "command",
    ["build", "sdist", "bdist_wheel", "install", "develop", "check", "metadata show"],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_project_in_an_odd_place_has_an_answer(
    lab: Any, name: str, command: str
) -> None:
    root = project(
        lab, OURS.replace('"pysetup"', ""), root=lab.place / NAMES[name] / "demo"
    )
    odd = "27" if "long" in name or "newline" in name or "UTF-8" in name else ""
    lab.answers(*lab.words(command, root), classes="01" + odd)
