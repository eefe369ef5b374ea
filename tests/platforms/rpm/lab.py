"""A root without Python of its own, in which dnf installs what bdist_rpm has made.

Two packages tie it to rpm's world: ``host-base`` provides the libraries that the root
has, as rpm's own ``elfdeps`` reads them; ``python3`` is this CPython, with the folders
of Fedora. Root, packages and repository are made once a day, outside of the checkout.
"""

import fcntl
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from pysetup.platforms.rpm.archive import write_package
from pysetup.platforms.rpm.package import RpmFile, RpmPackage
from pysetup.platforms.rpm.relation import Relation

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
FULL_VERSION = ".".join(map(str, sys.version_info[:3]))
TARGET = {
    "extends": "fedora-43",
    "name": "lab",
    "python": FULL_VERSION,
    "platform": "{architecture}-manylinux_2_36",
}
ELFDEPS = "/usr/lib/rpm/elfdeps"
_DAY = 24 * 60 * 60
_LIBRARIES = (
    "ca-certificates,libssl3,libffi8,zlib1g,libbz2-1.0,liblzma5,libreadline8,"
    "libsqlite3-0,libuuid1,libexpat1"
)
_LEFT_OUT = ("site-packages", "dist-packages", "__pycache__", "test", "idlelib")
# Whatever the builder of this Python thought: the folders of modules are Fedora's.
_SITE = f"""import site
for folder in ("lib64", "lib"):
    site.addsitedir(f"/usr/{{folder}}/python{VERSION}/site-packages")
"""
_DNF = """[main]
gpgcheck=0
plugins=0
reposdir=/nonexistent
cachedir={cache}
logdir={cache}
install_weak_deps=True
keepcache=0
[lab]
name=lab
baseurl=file://{base}
metadata_expire=0
"""


def run(
    *words: str | Path, told: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with plain messages; ``told`` is its input."""
    return subprocess.run(
        list(map(str, words)),
        text=True,
        input=told,
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def prepared_base() -> Path:
    """Return the folder with ``root.tar`` and ``repo``, made if it is a day old."""
    folder = Path(tempfile.gettempdir()) / f"pysetup-rpm-lab-{os.getuid()}-{VERSION}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else"
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "done"
        if done.exists() and time.time() - done.stat().st_mtime < _DAY:
            return folder
        done.unlink(missing_ok=True)
        _make_root(folder / "root.tar")
        _make_packages(folder / "root.tar", folder / "repo")
        done.touch()
    return folder


def _make_root(place: Path) -> None:
    made = run(
        *("mmdebstrap", "--variant=minbase", f"--include={_LIBRARIES}"),
        *("bookworm", place),
    )
    assert made.returncode == 0, made.stderr


def _make_packages(root: Path, repo: Path) -> None:
    shutil.rmtree(repo, ignore_errors=True)
    repo.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        unpacked = Path(scratch)
        run(
            "tar",
            "-xf",
            root,
            "-C",
            scratch,
            "./usr/lib",
            "./lib",
            "./lib64",
            "./usr/bin",
        )
        libraries = [
            str(path)
            for path in unpacked.joinpath("usr/lib").rglob("*.so*")
            if path.is_file()
        ]
        told = run(ELFDEPS, "--provides", told="\n".join(libraries))
    provides = ["/bin/sh", "/usr/bin/env", "rtld(GNU_HASH)", *told.stdout.split()]
    _write(repo, "host-base", provides, [])
    python = [f"python(abi) = {VERSION}", "/usr/bin/python3"]
    _write(repo, "python3", python, list(_python_files()))


def _write(
    repo: Path, name: str, provides: Iterable[str], files: list[RpmFile]
) -> None:
    package = RpmPackage(
        name=name,
        version=FULL_VERSION,
        release="1",
        architecture="x86_64",
        summary=name,
        description=name,
        licence="PSF-2.0",
        source_rpm=f"{name}.src.rpm",
        relations={
            "provides": tuple(
                map(Relation.parse, [f"{name} = {FULL_VERSION}-1", *provides])
            ),
            "requires": (Relation.parse("host-base"),) if name != "host-base" else (),
        },
        files=tuple(sorted(files, key=lambda file: file.path.encode())),
    )
    with open(repo / package.filename, "wb") as stream:
        write_package(package, stream)


def _python_files() -> Iterable[RpmFile]:
    base = Path(sys.base_prefix)
    program = (base / "bin" / f"python{VERSION}").resolve()
    for name in ("python3", f"python{VERSION}"):
        yield RpmFile(
            path=f"/usr/bin/{name}", mode=stat.S_IFREG | 0o755, content=program
        )
    for library in base.glob(f"lib/libpython{VERSION}*.so.1.0"):
        path = f"/usr/lib/{library.name}"
        yield RpmFile(path=path, mode=stat.S_IFREG | 0o755, content=library)
    standard = base / "lib" / f"python{VERSION}"
    for folder, folders, names in os.walk(standard):
        folders[:] = [
            one
            for one in folders
            if one not in _LEFT_OUT and not one.startswith("config-")
        ]
        below = Path(folder).relative_to(standard).as_posix()
        inside = f"/usr/lib/python{VERSION}" + ("" if below == "." else f"/{below}")
        yield RpmFile(path=inside, mode=stat.S_IFDIR | 0o755)
        for name in names:
            if name != "sitecustomize.py":
                content = Path(folder, name)
                mode = stat.S_IFREG | (0o755 if ".so" in name else 0o644)
                yield RpmFile(path=f"{inside}/{name}", mode=mode, content=content)
    for lib in ("lib", "lib64"):
        for end in (f"python{VERSION}", f"python{VERSION}/site-packages"):
            if (lib, end) != ("lib", f"python{VERSION}"):
                yield RpmFile(path=f"/usr/{lib}/{end}", mode=stat.S_IFDIR | 0o755)
    path = f"/usr/lib/python{VERSION}/sitecustomize.py"
    yield RpmFile(path=path, mode=stat.S_IFREG | 0o644, content=_SITE.encode())


class Root:
    """A root of a system; dnf installs into it from ``repo``."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.root, self.repo = folder / "root", folder / "repo"
        self.root.mkdir()
        unpacked = run("tar", "-xf", base / "root.tar", "-C", self.root)
        assert unpacked.returncode == 0, unpacked.stderr
        shutil.copytree(base / "repo", self.repo)
        self.configuration = folder / "dnf.conf"
        text = _DNF.format(cache=folder / "cache", base=self.repo)
        self.configuration.write_text(text, "utf-8")

    def publish(self, packages: Iterable[Path]) -> None:
        """Put packages into the repository and make its index anew."""
        for package in packages:
            shutil.copy(package, self.repo)
        made = run("createrepo_c", "-q", "--no-database", self.repo)
        assert made.returncode == 0, made.stderr

    def dnf(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run dnf on this root."""
        return run(
            *("dnf", "-y", "-c", self.configuration, f"--installroot={self.root}"),
            *("--releasever=12", "--disableplugin=*", *words),
        )

    def rpm(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run rpm on this root."""
        return run("rpm", "--root", self.root, *words)

    def inside(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the root, in the root."""
        environ = ("/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/root")
        return run("chroot", self.root, *environ, *words)

    def files(self) -> set[str]:
        """Return all that is below the folders where packages put things."""
        return {
            str(path.relative_to(self.root))
            for top in ("usr", "etc", "opt", "var/lib")
            for path in self.root.joinpath(top).rglob("*")
            if not {"rpm", "dnf", "sysimage"} & set(path.parts)
        }
