"""Small systems for the labs: a root with a Python of its own, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
# What scripts of packages use.
_PROGRAMS = ("sh", "rm", "rmdir", "cat", "env", "ls", "true")
_LIBRARY_FOLDERS = ("/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64")
_WHEEL_LIBRARIES = (
    *("libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
    *("libgcc_s.so.1", "libstdc++.so.6"),
)
_LIBRARY = re.compile(r"(/\S+)")
_LEFT_OUT = (
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "lib2to3",
    "ensurepip",
    "turtledemo",
    "pydoc_data",
)


def copy_python(prefix: Path) -> Path:
    """Copy the Python that runs the tests below ``prefix``; return its program."""
    version = f"python{PYTHON}"
    source = Path(sys.base_prefix)
    library = prefix / "lib" / version
    shutil.copytree(
        source / "lib" / version,
        library,
        ignore=lambda _, names: {
            name
            for name in names
            if name in (*_LEFT_OUT, "site-packages", "dist-packages", "__pycache__")
            or name.startswith("config-")
        },
        symlinks=False,
        ignore_dangling_symlinks=True,
    )
    (library / "site-packages").mkdir()
    program = prefix / "bin" / version
    program.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(os.path.realpath(source / "bin" / version), program)
    for shared in (source / "lib").glob(f"lib{version}*.so.*"):
        place = prefix / "lib" / shared.name
        shutil.copy2(os.path.realpath(shared), place)
        strip = shutil.which("strip")
        if strip is not None:  # four fifths of it are for debuggers
            subprocess.run([strip, "--strip-unneeded", place], check=True)
    for name in ("python3", "python"):
        (program.parent / name).symlink_to(version)
    return program


def make_root(root: Path, *, python: bool = True) -> Path:
    """Make ``root`` a system in which a shell and perhaps a Python run by chroot."""
    for folder in ("usr/bin", "usr/lib", "tmp", "dev", "etc", "proc", "root"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        place = root / name
        if not place.is_symlink():
            place.symlink_to("usr/lib" if name.startswith("lib") else "usr/bin")
    (root / "dev" / "null").touch()
    for name in _PROGRAMS:
        found = shutil.which(name)
        assert found is not None
        shutil.copy2(os.path.realpath(found), root / "usr" / "bin" / name)
    if python:
        copy_python(root / "usr")
    copy_libraries(root, [root / "usr" / "bin"])
    return root


def copy_libraries(root: Path, folders: Iterable[Path]) -> None:
    """Copy the libraries of the programs and modules in ``folders`` into ``root``."""
    found = [*folders, root / "usr" / "lib" / f"python{PYTHON}"]
    binaries = [
        str(path)
        for folder in found
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and _is_elf(path)
    ]
    listed = subprocess.run(
        ["ldd", *binaries], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        for word in _LIBRARY.findall(line):
            source = Path(word.rstrip(":"))
            name = source.name
            if (
                ".so" in name
                and source.is_file()
                and str(source).startswith(("/lib", "/usr/lib"))
            ):
                place = root / "usr" / "lib" / name
                if not place.exists():
                    shutil.copy2(os.path.realpath(source), place)
    for name in _WHEEL_LIBRARIES:
        # What wheels may ask for (PEP 600): parts of the C library of old among them.
        for folder in _LIBRARY_FOLDERS:
            if (Path(folder) / name).is_file():
                shutil.copy2(
                    os.path.realpath(Path(folder) / name), root / "usr" / "lib" / name
                )
    for shared in (root / "usr" / "lib").glob("libpython*"):
        shared.chmod(0o755)


def _is_elf(path: Path) -> bool:
    with open(path, "rb") as stream:
        return stream.read(4) == b"\x7fELF"


def run_in(
    root: Path, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program inside ``root``."""
    return subprocess.run(
        ["/usr/sbin/chroot", str(root), *words],
        capture_output=True,
        text=True,
        check=check,
        env={"PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": "/usr/lib"},
    )


def tree_of(root: Path) -> set[str]:
    """Return all paths below ``root``."""
    return {
        os.path.relpath(os.path.join(folder, name), root)
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
    }
