"""Where files stand in a conda package, and which ones the installer makes itself."""

from collections.abc import Iterable

from pysetup.platforms.plan import LAUNCHER, SCRIPT, PackageFile
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.values import replace

# What installers replace by the folders of the environment's Python (noarch: python).
_SITE, _SCRIPTS = "site-packages", "python-scripts"
# What installers replace by the prefix, as in all packages that conda ever made.
PLACEHOLDER = "/opt/anaconda1anaconda2anaconda3"


def commands(entries: Iterable[EntryPoint]) -> tuple[EntryPoint, ...]:
    """Return the entry points of which commands are made."""
    return tuple(e for e in entries if e.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS))


def noarch_files(
    files: Iterable[PackageFile], target: PlatformTarget
) -> tuple[PackageFile, ...]:
    """Return ``files`` at places that do not depend on the version of Python.

    Launchers are left out: the installer makes them from ``link.json``.
    """
    moves = (
        (target.paths["purelib"], _SITE),
        (target.paths["platlib"], _SITE),
        (target.paths["scripts"], _SCRIPTS),
        (target.paths["headers"], "include"),
    )
    found = [
        replace(file, path=_place(file.path, moves))
        for file in files
        if file.role != LAUNCHER
    ]
    return tuple(sorted(found))


def windows_files(
    files: Iterable[PackageFile],
    entries: Iterable[EntryPoint],
    target: PlatformTarget,
) -> tuple[PackageFile, ...]:
    """Return ``files`` with commands as Windows starts them: a script and a .bat."""
    folder = target.paths["scripts"]
    found = [file for file in files if file.role != LAUNCHER]
    for entry in entries:
        head = entry.attribute.partition(".")[0]
        script = (
            f"import sys\nfrom {entry.module} import {head}\n\n"
            f'if __name__ == "__main__":\n    sys.exit({entry.attribute}())\n'
        )
        python = "pythonw.exe" if entry.group == GUI_SCRIPTS else "python.exe"
        batch = f'@"%~dp0..\\{python}" "%~dp0{entry.name}-script.py" %*\r\n'
        found += [
            PackageFile(f"{folder}/{entry.name}-script.py", LAUNCHER, content=script),
            PackageFile(f"{folder}/{entry.name}.bat", LAUNCHER, content=batch),
        ]
    return tuple(sorted(found))


def placeholders(files: Iterable[PackageFile]) -> dict[str, str]:
    """Return the prefix that stands in the text of files, by their paths."""
    return {
        file.path: PLACEHOLDER
        for file in files
        if (file.role == LAUNCHER and file.content.startswith(f"#!{PLACEHOLDER}"))
        or (file.role == SCRIPT and file.interpreter.startswith(PLACEHOLDER))
    }


def _place(path: str, moves: Iterable[tuple[str, str]]) -> str:
    for before, after in moves:
        if path.startswith(f"{before}/"):
            return f"{after}/{path.removeprefix(f'{before}/')}"
    return path
