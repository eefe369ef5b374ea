"""What strict reading costs: wheels into the store, and the same files unzipped.

Ways to unpack the wheels of a folder, each into a fresh folder of one file system:

* plain: the bare minimum of unzip, written for this comparison: the directory by
  zipfile, then one read, one zlib call, one CRC and one write for each file;
* extractall: zipfile.ZipFile.extractall;
* unzip: the program of Info-ZIP, where it is installed;
* strict: WheelFile and WheelStore.put, that is all rules of the archive, RECORD proved,
  METADATA read, permissions set, and the manifest written; with --digest also the
  SHA-256 of the archive, which a download has had for nothing.

The ways take turns; shown are medians of the rounds and of the ratios within a round.

Usage: strict_reading.py [-n ROUNDS] [--work DIR] [--digest] FOLDER [WHEEL-PART ...]
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from pysetup.interchange.wheel_file import WheelFile, open_wheel
from pysetup.standards.hashes import Hash
from pysetup.store.wheels import WheelStore

Way = Callable[[Path, Path], None]


def plain(wheel: Path, into: Path) -> None:
    made = set()
    with zipfile.ZipFile(wheel) as archive, wheel.open("rb") as stream:
        for info in archive.infolist():
            if info.is_dir():
                continue
            stream.seek(info.header_offset + 26)
            name, extra = (int.from_bytes(stream.read(2), "little") for _ in "ab")
            stream.seek(name + extra, os.SEEK_CUR)
            content = stream.read(info.compress_size)
            if info.compress_type:
                content = zlib.decompress(content, -15, info.file_size or 1)
            if zlib.crc32(content) != info.CRC:
                raise ValueError(info.filename)
            place = f"{into}/{info.filename}"
            folder = os.path.dirname(place)
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(target, content)
            os.close(target)


def extractall(wheel: Path, into: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into)


def program(wheel: Path, into: Path) -> None:
    subprocess.run(["unzip", "-q", wheel, "-d", into], check=True)


class Known(WheelFile):
    """A wheel whose digest is known: nothing of it is read for that."""

    known: Hash

    def digest(self) -> Hash:
        return self.known


def strict(digests: dict[Path, Hash], *, read_again: bool) -> Way:
    def unpack(wheel: Path, into: Path) -> None:
        with open_wheel(wheel) if read_again else Known(wheel) as opened:
            if isinstance(opened, Known):
                opened.known = digests[wheel]
            if WheelStore(into).put(opened, digests[wheel]) is None:
                raise OSError(wheel)

    return unpack


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the programs that it waited for."""
    return sum(os.times()[:4])


def measure(way: Way, wheels: list[Path], work: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of unpacking ``wheels``."""
    into = Path(tempfile.mkdtemp(dir=work))
    targets = [into / str(number) for number in range(len(wheels))]
    for target in targets:
        target.mkdir()
    wall, processor = time.perf_counter(), cpu_seconds()
    for wheel, target in zip(wheels, targets, strict=True):
        way(wheel, target)
    taken = time.perf_counter() - wall, cpu_seconds() - processor
    shutil.rmtree(into)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=7)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*")
    given = parser.parse_args()
    wheels = [
        path
        for path in sorted(given.folder.glob("*.whl"))
        if not given.parts or any(part in path.name for part in given.parts)
    ]
    digests = {path: Hash.of_file(str(path)) for path in wheels}
    ways: dict[str, Way] = {
        "plain": plain,
        "extractall": extractall,
        **({"unzip": program} if shutil.which("unzip") else {}),
        "strict": strict(digests, read_again=given.digest),
    }
    rounds: list[dict[str, tuple[float, float]]] = []
    for _ in range(given.n + 1):
        with tempfile.TemporaryDirectory(dir=given.work) as work:
            rounds.append(
                {name: measure(way, wheels, Path(work)) for name, way in ways.items()}
            )
    del rounds[0]  # it warms the caches
    print(f"{len(wheels)} wheels, {given.n} rounds, seconds (median)")
    for name in ways:
        wall, processor = (
            statistics.median(r[name][i] for r in rounds) for i in (0, 1)
        )
        line = f"{name:<12} wall {wall:7.3f}  CPU {processor:7.3f}"
        for base in (base for base in ways if base != "strict"):
            ratios = [
                statistics.median(r[name][i] / r[base][i] for r in rounds)
                for i in (0, 1)
            ]
            line += f"   to {base}: wall {ratios[0]:.2f} CPU {ratios[1]:.2f}"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
