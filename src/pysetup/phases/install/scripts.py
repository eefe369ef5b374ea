"""Scripts on POSIX: launchers of entry points, and scripts that name ``#!python``."""

import os
from collections.abc import Iterable

from pysetup.errors import EnvironmentRefusedError
from pysetup.late import late_pattern
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS, EntryPoint
from pysetup.standards.script_names import UnsafeScriptError, check_command

# Linux refuses longer first lines, macOS breaks them; 127 is what every system takes.
_MAX_SHEBANG = 127
_PYTHON_LINE = late_pattern(rb"#!pythonw?(?P<arguments>[ \t][^\r\n]*)?(?P<end>\r?\n|$)")


class InterpreterPathError(EnvironmentRefusedError):
    """The path of an interpreter is such that no script can name it.

    The first line of a script has room for 127 bytes and no space. A longer path goes
    through ``/bin/sh``, which in turn cannot take quotes and backslashes.
    """

    code = "PS7303"

    def __init__(self, executable: str) -> None:
        super().__init__(
            f"no script can be started with the interpreter {executable!r}",
            facts={"python": executable},
            hints=("create the environment in a folder with a plain name",),
        )
        self.executable = executable


def shebang(executable: str) -> bytes:
    """Return the first lines of a script that ``executable`` runs.

    Raises ``InterpreterPathError``.
    """
    line = b"#!" + os.fsencode(executable)
    if len(line) <= _MAX_SHEBANG and not any(char.isspace() for char in executable):
        return line + b"\n"
    if any(char in executable for char in "'\"`$\\\r\n"):
        raise InterpreterPathError(executable)
    # For sh these are two commands, of which the first never returns; for Python
    # they are one string.
    return (
        b"#!/bin/sh\n'''exec' \""
        + os.fsencode(executable)
        + b'" "$0" "$@"\n'
        + b"' '''\n"
    )


def launcher(entry: EntryPoint, *, executable: str, source: str) -> bytes:
    """Return the script that calls ``entry``.

    Raises ``UnsafeScriptError`` naming ``source``, or ``InterpreterPathError``.
    """
    check_command(entry, source=source)
    head = entry.attribute.partition(".")[0]
    body = (
        "# Written by pysetup when the package was installed.\n"
        "import sys\n"
        f"from {entry.module} import {head}\n"
        "\n"
        'if __name__ == "__main__":\n'
        f"    sys.exit({entry.attribute}())\n"
    )
    return shebang(executable) + body.encode()


def launchers(
    entries: Iterable[EntryPoint], *, executable: str, source: str
) -> dict[str, bytes]:
    """Return the launchers of console and window scripts by name.

    Raises as ``launcher``, and for one name with two functions.
    """
    made: dict[str, bytes] = {}
    for entry in entries:
        if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS):
            content = launcher(entry, executable=executable, source=source)
            if made.setdefault(entry.name, content) != content:
                raise UnsafeScriptError(source, entry.name, "is named twice")
    return made


def names_python(head: bytes) -> bool:
    """Tell whether a script that begins with ``head`` asks for the interpreter."""
    return head.startswith(b"#!python")


def rewrite_script(content: bytes, *, executable: str) -> bytes:
    """Let a ``#!python`` script (PEP 427) name its interpreter.

    Raises ``InterpreterPathError``. Other scripts are returned as they are.
    """
    match = _PYTHON_LINE.match(content)
    if match is None:
        return content
    arguments = (match["arguments"] or b"").rstrip()
    first = shebang(executable)
    if arguments and first.count(b"\n") == 1:
        first = first.rstrip(b"\n") + arguments + b"\n"
    return first + content[match.end() :]
