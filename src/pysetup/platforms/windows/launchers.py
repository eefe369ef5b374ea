"""Launchers on Windows: the programs in Scripts that start a Python project.

A launcher is a small program of the distlib project with a ``#!`` line and a zip
archive appended. It finds Python by its own place, so one launcher fits every folder.
"""

import io
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.platforms.contents import Content
from pysetup.platforms.plan import LAUNCHER, SCRIPT, PackageFile
from pysetup.platforms.staging import content_of, launcher_text
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.zip_writer import write_zip
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.script_names import check_command
from pysetup.values import replace

PROGRAMS, BATCH_FILES = "exe", "cmd"
KINDS = (PROGRAMS, BATCH_FILES)
_CONSOLE, _WINDOWED = "python.exe", "pythonw.exe"
#: The program of distlib for each machine, without the letter of its kind.
_STUBS = {"x86_64": "64", "amd64": "64", "i686": "32", "x86": "32"}
_STUBS |= {"arm64": "64-arm", "aarch64": "64-arm"}
_HERE = "<launcher_dir>\\..\\"
_SUFFIX = ".exe"
_SOURCE_SUFFIXES = (".py", ".pyw")


class MissingLauncherError(BuildError):
    """The programs that become launchers on Windows are not on this machine.

    They come with the distribution ``distlib``, which the extra ``windows`` of pysetup
    asks for. Without it, ``--option launchers=cmd`` makes batch files instead.
    """

    code = "PS6580"

    def __init__(self, stub: str) -> None:
        super().__init__(
            f"the launcher program {stub} is not on this machine",
            facts={"program": stub, "distribution": "distlib"},
            hints=(
                'pysetup install "pysetup[windows]"',
                "or make batch files:  --option launchers=cmd",
            ),
        )


def launchers(
    entries: Iterable[EntryPoint],
    staged: Iterable[PackageFile],
    target: PlatformTarget,
    *,
    kind: str,
    source: str,
) -> Iterator[PackageFile]:
    """Yield the staged files with launchers for entry points and Python scripts.

    ``kind`` is ``exe`` or ``cmd``. The ``interpreter`` of a file that becomes a program
    is the one it starts; its content is still the script. Errors name ``source``.
    """
    folder = target.paths["scripts"]
    for file in staged:
        if file.role == SCRIPT and file.interpreter:
            yield from _launchers_of_script(file, kind=kind)
        else:
            yield file
    for entry in entries:
        if entry.group not in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
            continue
        check_command(entry, source=source)
        python = _CONSOLE if entry.group == CONSOLE_SCRIPTS else _WINDOWED
        text = launcher_text(entry, interpreter=_CONSOLE).partition("\n")[2]
        script = PackageFile(
            path=f"{folder}/{entry.name}", role=LAUNCHER, mode=0o755, content=text
        )
        yield from _started(script, python, kind=kind)


def is_program(file: PackageFile) -> bool:
    """Tell whether the writer has to make a program of ``file``."""
    return bool(file.interpreter) and file.path.endswith(_SUFFIX)


def built_content(
    file: PackageFile, root: Path, *, architecture: str, epoch: int
) -> bytes:
    """Return the bytes of ``file`` in the package; launchers become programs.

    ``root`` is the built tree, ``epoch`` the time in the archive of a launcher. Raises
    ``MissingLauncherError``.
    """
    if not is_program(file):
        return content_of(replace(file, interpreter=""), root)
    script = content_of(replace(file, interpreter=""), root)
    if script.startswith(b"#!"):
        script = script.partition(b"\n")[2]
    archive = io.BytesIO()
    write_zip(archive, [("__main__.py", 0o644, Content.of(script))], time=epoch)
    first = f"#!{_HERE}{file.interpreter}\r\n".encode()
    return launcher_stub(file.interpreter, architecture) + first + archive.getvalue()


def launcher_stub(
    interpreter: str, architecture: str, *, package: str = "distlib"
) -> bytes:
    """Return what starts ``interpreter``, out of the files of ``package``.

    Raises ``MissingLauncherError``.
    """
    letter = "w" if interpreter == _WINDOWED else "t"
    name = f"{letter}{_STUBS[architecture]}{_SUFFIX}"
    try:
        return files(package).joinpath(name).read_bytes()
    except (ImportError, OSError):
        raise MissingLauncherError(name) from None


def _launchers_of_script(file: PackageFile, *, kind: str) -> Iterator[PackageFile]:
    """Make a Python script of a wheel something that Windows starts by its name."""
    windowed = file.path.endswith(".pyw")
    stem = file.path
    for suffix in _SOURCE_SUFFIXES:
        stem = stem.removesuffix(suffix)
    script = replace(file, path=stem, interpreter="")
    yield from _started(script, _WINDOWED if windowed else _CONSOLE, kind=kind)


def _started(script: PackageFile, python: str, *, kind: str) -> Iterator[PackageFile]:
    stem = script.path
    if kind == PROGRAMS:
        yield replace(script, path=stem + _SUFFIX, interpreter=python)
        return
    suffix = ".pyw" if python == _WINDOWED else ".py"
    name = f"{stem.rpartition('/')[2]}-script{suffix}"
    yield replace(script, path=f"{stem}-script{suffix}")
    yield PackageFile(
        path=f"{stem}.cmd",
        role=LAUNCHER,
        mode=0o755,
        content=_batch(name, python),
    )


def _batch(script: str, python: str) -> str:
    """Return a batch file; a name of a script has no character that it would expand."""
    words = f'"%~dp0..\\{python}" "%~dp0{script}" %*'
    if python == _WINDOWED:
        return f'@start "" {words}\r\n'
    return f"@{words}\r\n@exit /b %ERRORLEVEL%\r\n"
