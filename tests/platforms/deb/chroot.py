"""A root of Debian 12 to install into: made once a day, and copied for each session."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DAY = 86400
_SUITE = "bookworm"
_INCLUDED = "python3,ca-certificates"
# What dpkg and apt write about themselves.
_CHANGING = ("proc/", "sys/", "dev/", "run/", "tmp/", "var/log/", "var/cache/")
_BOOKS = ("var/lib/dpkg/", "var/lib/apt/")
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
}


def cached_root() -> Path:
    """Return a root with Python and apt's lists; made if it is older than a day.

    It is kept in ``PYSETUP_TEST_CACHE``, by default the user's cache folder.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("PYSETUP_TEST_CACHE") or home / "pysetup-tests")
    folder.mkdir(parents=True, exist_ok=True)
    root = folder / "debian-12"
    with (folder / "debian-12.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = root / "var/lib/apt/lists/lock"
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > _DAY:
            fresh = folder / "debian-12.new"
            shutil.rmtree(fresh, ignore_errors=True)
            words = ["mmdebstrap", "--quiet", "--variant=minbase"]
            words += [f"--include={_INCLUDED}", _SUITE, str(fresh)]
            subprocess.run(words, check=True)
            inside(fresh, "apt-get", "-qq", "update")
            shutil.rmtree(root, ignore_errors=True)
            fresh.rename(root)
    return root


def inside(
    root: Path, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program inside ``root``; its output is text."""
    done = subprocess.run(
        ["chroot", str(root), *words],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done


@dataclass(frozen=True)
class DebianRoot:
    """A copy of the root, in which a test installs, runs and removes packages."""

    path: Path

    def run(self, *words: str, check: bool = True) -> str:
        """Run a program inside; return what it prints, to both of its streams."""
        done = inside(self.path, *words, check=check)
        return done.stdout + done.stderr

    def apt(self, action: str, *packages: Path | str, check: bool = True) -> str:
        """Let apt install or remove packages: files of ours, or names."""
        names = []
        for package in packages:
            if isinstance(package, Path):
                shutil.copy(package, self.path / "tmp" / package.name)
                names.append(f"/tmp/{package.name}")
            else:
                names.append(package)
        # Its own user may not read a test's folders.
        options = ["-o", "APT::Sandbox::User=root", "--no-install-recommends"]
        options += ["-o", "Dpkg::Options::=--force-unsafe-io"]
        return self.run("apt-get", "-qy", *options, action, *names, check=check)

    def files(self) -> frozenset[str]:
        """Return every path that a package may have left."""
        return frozenset(self._walk())

    def _walk(self) -> Iterator[str]:
        start = str(self.path)
        for folder, folders, names in os.walk(start):
            below = os.path.relpath(folder, start)
            prefix = "" if below == "." else f"{below}/"
            folders[:] = [n for n in folders if f"{prefix}{n}/" not in _CHANGING]
            for name in (*folders, *names):
                path = f"{prefix}{name}"
                if not path.startswith(_BOOKS):
                    yield path
