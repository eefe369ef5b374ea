"""A laboratory: the power goes at every step of a change, on a disk of its own.

Started by root as ``power_lab.py FOLDER SCENARIO`` with an empty folder; prints one
JSON object. The disk is an image, mounted by loop. The power goes when the image is
copied: what was written but had not reached the disk is not in the copy. Then the copy
takes the place of the disk, and the environment's Python is started.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from crash_lab import (  # type: ignore[import-not-found] # it stands beside this file
    Lab,
    SteppedFiles,
    forked,
    kill,
    make_wheel,
)

from pysetup.edges.files import LocalFiles

_SIZE = "16M"


class PoweredFiles(SteppedFiles):  # type: ignore[misc] # the same
    """Steps that really wait for the disk; ``settle`` is one before which all is kept.

    So does a disk that has had time: whatever was changed until then reaches it.
    """

    def __init__(self, at: int, event: Callable[[str], None], *, settle: int) -> None:
        super().__init__(at, event)
        self._settle = settle

    def _step(self, name: str, path: str) -> None:
        if self.steps + 1 == self._settle:
            folder = path if os.path.isdir(path) else os.path.dirname(path)
            LocalFiles().flush(folder if os.path.isdir(folder) else "/proc")
        super()._step(name, path)

    def flush(self, folder: str) -> None:
        super().flush(folder)
        LocalFiles().flush(folder)

    def flush_names(self, folder: str) -> None:
        super().flush_names(folder)
        LocalFiles().flush_names(folder)

    def keeps_order(self, folder: str) -> bool:
        return LocalFiles().keeps_order(folder)


class Disk:
    """An image file and the folder where it is mounted."""

    def __init__(self, folder: Path) -> None:
        self.base, self.image = folder / "base.img", folder / "disk.img"
        self.cut = folder / "cut.img"
        self.folder = folder / "disk"
        self.folder.mkdir()
        run("truncate", "-s", _SIZE, str(self.base))
        run("mkfs.ext4", "-q", "-F", str(self.base))

    @contextmanager
    def mounted(self, image: Path) -> Iterator[None]:
        run("mount", "-o", "loop", str(image), str(self.folder))
        try:
            yield
        finally:
            run("umount", str(self.folder))


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def after_cut(disk: Disk, lab: Lab, change: Callable[[], None]) -> tuple[Any, Any]:
    """Return what Python and a walk find when the power goes after ``change``."""
    shutil.copyfile(disk.base, disk.image)
    with disk.mounted(disk.image):
        code = forked(change)
        assert code in (0, -signal.SIGKILL), code
        shutil.copyfile(disk.image, disk.cut)
    with disk.mounted(disk.cut):
        left = [*lab.site.glob("*recover.pth"), *lab.state.glob("journal.json")]
        seen = lab.start()
        if not left:
            shutil.rmtree(lab.state, ignore_errors=True)
        lab.tidy()
        return seen, lab.picture()


def explore(disk: Disk, lab: Lab) -> dict[str, Any]:
    """Let the power go at each step, with what the disk had time for until then."""
    with disk.mounted(disk.base):
        old = (lab.start(), lab.picture())

    def nothing() -> None:
        pass

    shutil.copyfile(disk.base, disk.image)
    with disk.mounted(disk.image):
        counter = PoweredFiles(0, lambda _: None, settle=0)
        commits: list[int] = []
        lab.change(counter, lambda: commits.append(counter.steps))
        lab.tidy()
        new = (lab.start(), lab.picture())
    faults: list[str] = []
    outcomes = {"OLD": 0, "NEW": 0}
    cuts = [
        (at, settle)
        for at in range(max(1, commits[0] - 6), counter.steps + 1)
        for settle in sorted({0, *range(max(1, at - 3), at)})
    ]
    for at, settle in cuts:
        files = PoweredFiles(at, kill, settle=settle)
        found = after_cut(disk, lab, lambda: lab.change(files, nothing))  # noqa: B023
        name = {0: "OLD", 1: "NEW"}.get((found == new) + 2 * (found not in (old, new)))
        if name is None:
            different = sorted(set(found[1].items()) ^ set(new[1].items()))
            faults.append(f"step {at}, settled {settle}: {found[0]} {different[:4]}")
        else:
            outcomes[name] += 1
    ended = PoweredFiles(0, lambda _: None, settle=0)
    found = after_cut(disk, lab, lambda: lab.change(ended, nothing))
    if found != new:
        faults.append(f"after the end: {found[0]}")
    return {"cuts": len(cuts), "faults": faults, **outcomes}


def main() -> None:
    folder, scenario = Path(sys.argv[1]), sys.argv[2]
    old = {"demo/__init__.py": "version = 1\n", "ns/demo.py": "x = 1\n"}
    new = {"demo/__init__.py": "version = 2\n", "ns/demo.py": "x = 2\n"}
    large = {"demo/data.txt": "some text\n" * 9000}
    wheels = {
        version: make_wheel(folder, "demo", version, {**files, **large})
        for version, files in (("1.0", old), ("2.0", new))
    }
    other = make_wheel(folder, "other", "1.0", {"ns/o.py": "o = 1\n"})
    disk = Disk(folder)
    with disk.mounted(disk.base):
        setup = Lab(disk.folder, [wheels["1.0"], other], [])
        setup.reset()
        setup.change(SteppedFiles(), lambda: None)
        setup.tidy()
    change: dict[str, tuple[list[Path], list[str]]] = {
        "upgrade": ([wheels["2.0"]], []),
        "uninstall": ([], ["demo"]),
    }
    sys.stdout.write(json.dumps(explore(disk, Lab(disk.folder, *change[scenario]))))


if __name__ == "__main__":
    main()
