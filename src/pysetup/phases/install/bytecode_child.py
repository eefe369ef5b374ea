"""Sources become bytecode; run by other interpreters, too: imports nothing of pysetup.

``python bytecode_child.py LISTING``: LISTING is a JSON file of rows: a source file,
the path that its bytecode shows, and the folder for the bytecode. Runs on the oldest
Python that an environment can have, so: no new syntax. When LISTING is removed,
nobody waits for the bytecode any more, and the program ends.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import sys
import warnings
from collections.abc import Callable, Iterable

# How many modules are compiled between two looks at whether anybody still waits.
_STEP = 50


def compile_modules(
    rows: Iterable[tuple[str, str, str]], is_wanted: Callable[[], bool] | None = None
) -> None:
    """Compile ``rows`` of (source, shown path, folder); raises ``OSError``.

    A module that cannot be compiled is left without bytecode: packages carry templates
    and code for other versions. Every few modules ``is_wanted`` is asked whether to go
    on.
    """
    made = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (source, shown, folder) in enumerate(rows):
            if is_wanted is not None and number % _STEP == 0 and not is_wanted():
                return
            pyc = bytecode_of(source, shown)
            if pyc is None:
                continue
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            # As this interpreter looks for it, however it optimises itself.
            name = importlib.util.cache_from_source(shown, optimization="")
            write_new(os.path.join(folder, os.path.basename(name)), pyc)


def bytecode_of(source: str, shown: str) -> bytes | None:
    """Return the file that importing ``source`` would write, or None.

    It is valid as long as the source keeps time and size (PEP 552, flags 0).
    """
    with open(source, "rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        text = stream.read()
    try:
        code = compile(text, shown, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None
    stamp = (int(status.st_mtime), status.st_size)
    words = [(number & 0xFFFFFFFF).to_bytes(4, "little") for number in (0, *stamp)]
    return importlib.util.MAGIC_NUMBER + b"".join(words) + marshal.dumps(code)


def write_new(path: str, content: bytes) -> None:
    """Write a new file; one that is there may be linked elsewhere and is replaced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileExistsError:
        os.unlink(path)
        descriptor = os.open(path, flags, 0o644)
    with open(descriptor, "wb") as stream:
        stream.write(content)


def main(listing: str) -> None:
    """Compile what ``listing`` says, while it is there."""
    with open(listing, encoding="utf-8", errors="surrogateescape") as stream:
        rows = json.load(stream)
    compile_modules(rows, is_wanted=lambda: os.path.exists(listing))


if __name__ == "__main__":
    main(sys.argv[1])
