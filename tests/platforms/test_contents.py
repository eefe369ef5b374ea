"""The bytes of a file, read in pieces: never many at once, and all of them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from pysetup.platforms.contents import PIECE, ChangedWhilePackedError, Content

# The size of the file, and what the process may have at its peak: it begins at 35 MiB,
# and lists of packages that the machine has take some more.
SIZE, MOST = 160 << 20, 140 << 10
PEAK = """
import sys
from pysetup.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
with open("/proc/self/status") as status:
    (peak,) = (line for line in status if line.startswith("VmHWM"))
print(peak.split()[1])
sys.exit(code)
"""
BYTES = bytes(range(256)) * (PIECE // 100)


@pytest.fixture
def stored(tmp_path: Path) -> Content:
    (tmp_path / "a file").write_bytes(BYTES)
    return Content.in_file(tmp_path / "a file")


def test_a_file_and_its_bytes_are_the_same(stored: Content) -> None:
    held = Content.of(BYTES)
    assert held.size == stored.size == len(BYTES)
    assert b"".join(stored.pieces()) == b"".join(held.pieces()) == BYTES
    assert stored.digests("md5", "sha256") == held.digests("md5", "sha256")
    assert stored.digests("sha256") == (hashlib.sha256(BYTES).hexdigest(),)


@pytest.mark.parametrize("size", [1000, PIECE - 1, PIECE, 3 * PIECE, -1])
def test_it_is_read_like_any_file(stored: Content, size: int) -> None:
    with stored.opened() as stream:
        found = list(iter(lambda: stream.read(size), b""))
    assert b"".join(found) == BYTES
    assert all(len(piece) == len(found[0]) for piece in found[:-1])


def test_no_piece_is_large(stored: Content) -> None:
    assert max(map(len, stored.pieces())) <= PIECE


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_that_changes_is_refused(stored: Content, change: int) -> None:
    assert stored.path is not None
    stored.path.write_bytes(bytes(len(BYTES) + change))
    with pytest.raises(ChangedWhilePackedError, match="changed its size"):
        list(stored.pieces())
    with stored.opened() as stream, pytest.raises(ChangedWhilePackedError):
        list(iter(lambda: stream.read(PIECE), b""))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ChangedWhilePackedError, match="could not be read"):
        Content.in_file(tmp_path / "none")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(
    ("format_", "more"),
    [
        ("dumb", ["-O", "format=gztar"]),
        ("dumb", ["-O", "format=zip"]),
        ("zipapp", []),
        ("rpm", ["-O", "compression=gzip"]),
        ("deb", ["-O", "compression=gz"]),
        ("pacman", ["-O", "compression=gz"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_memory_does_not_grow_with_the_largest_file(
    tmp_path: Path, format_: str, more: list[str]
) -> None:
    tree = tmp_path / "tree"
    info = tree / "zz_big-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: zz-big\nVersion: 1.0\n", "utf-8"
    )
    (info / "WHEEL").write_text(
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", "utf-8"
    )
    (info / "entry_points.txt").write_text("[console_scripts]\nzz = zz:main\n")
    (tree / "zz.py").write_text("def main(): pass\n")
    with open(tree / "zz_big.bin", "wb") as stream:
        stream.truncate(SIZE)  # no blocks on the disk
    words = ["-q", f"bdist_{format_}", str(tree), "-o", str(tmp_path / "out"), *more]
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, *words], check=True, capture_output=True, text=True
    )
    assert int(ran.stdout.split()[-1]) < MOST
