"""Compilers told to write down paths inside the source, never where it was unpacked.

A source is unpacked into a folder of chance; its name in the debug information would
make each build of a C extension another one.
"""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.edges.process import CommandNotFoundError, RunProcess

_VARIABLES = ("CFLAGS", "CXXFLAGS")
_LANGUAGES = (".c", ".cc", ".cpp", ".cxx", ".pyx")
_GENERATORS = (b"mypyc", b"cythonize", b"cffi")
# What says how to compile. One that speaks of CFLAGS may well take them instead of
# its own (autoconf leaves out -O2), so it is not given any.
_BUILD_FILES = ("setup.py", "configure", "CMakeLists.txt", "pyproject.toml")
_BUILD_ENDS = (".mk", ".cmake", ".ac", ".am")
_MAX_READ = 1 << 20
_SECONDS = 20


def with_source_paths(
    environ: Mapping[str, str], root: Path, *, run: RunProcess
) -> dict[str, str]:
    """Return the variables for a build of ``root`` that leaves no trace of its place.

    ``-ffile-prefix-map`` is added to CFLAGS, for a project that compiles C and says
    nothing of CFLAGS itself, where the compiler knows it and the user's flags have
    none. Meson compiles by relative paths anyway. CXXFLAGS stay as they are: setuptools
    takes them in place of its own, and C++ would be compiled without optimisation.
    """
    made, folder = dict(environ), os.path.realpath(root)
    flag = f"-ffile-prefix-map={folder}=."
    # Few who read these variables know more quoting than that of spaces.
    if sys.platform not in ("linux", "darwin") or set("'\"\\=$\n") & set(folder):
        return made
    if any("prefix-map" in environ.get(name, "") for name in _VARIABLES):
        return made
    if not _compiles(root) or not _is_known(flag, environ, run):
        return made
    made["CFLAGS"] = f"{environ.get('CFLAGS', '')} {shlex.quote(flag)}".strip()
    return made


def _compiles(root: Path) -> bool:
    """Tell whether C is compiled here, by rules that do not ask for CFLAGS."""
    if (root / "meson.build").is_file():
        return False
    found = False
    for path in _files(root):
        name = os.path.basename(path)
        found = found or name.endswith(_LANGUAGES)
        if name in _BUILD_FILES or name.endswith(_BUILD_ENDS) or "akefile" in name:
            content = _head(path)
            if b"CFLAGS" in content:
                return False
            found = found or any(word in content for word in _GENERATORS)
    return found


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield os.path.join(folder, name)


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MAX_READ)
    except OSError:  # a link to nothing: the build will say what it thinks of it
        return b""


def _is_known(flag: str, environ: Mapping[str, str], run: RunProcess) -> bool:
    try:
        compiler = shlex.split(environ.get("CC") or "cc")
        words = (*compiler, flag, "-E", "-x", "c", os.devnull)
        return run(words, env=environ, timeout=_SECONDS).returncode == 0
    except (CommandNotFoundError, ValueError):  # no compiler, or no command line
        return False
