"""Commands that a distribution may bring: their names, and what they may call."""

import keyword
import re

from pysetup.errors import IntegrityError
from pysetup.late import late_pattern
from pysetup.standards.entry_points import EntryPoint

# The entry points specification recommends [\w.-]; C++ tools add a plus.
_NAME = late_pattern(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}")
_INTERPRETERS = late_pattern(
    r"(python|pypy|graalpy)w?(\d+(\.\d+)*)?t?(\.exe)?", re.IGNORECASE
)
_ACTIVATION = late_pattern(r"(de)?activate(_this)?(\.[a-z0-9]+)?", re.IGNORECASE)

# Commands that belong to one project: who else brought one would be run in its place.
_OWNED = {"pip": re.compile(r"pip(\d+(\.\d+)*)?(\.exe)?", re.IGNORECASE)}


class UnsafeScriptError(IntegrityError):
    """A wheel wants to install a script that it must not bring.

    The name of a script consists of letters, digits and ``. _ + -``, 255 at most; it
    may not be that of a Python interpreter or of an activation script, nor ``pip``
    unless pip brings it, since it would take their place; and an entry point for a
    script names one function to call.
    """

    code = "PS5304"

    def __init__(self, source: str, name: str, reason: str) -> None:
        super().__init__(
            f"{source} brings the script {name[:80]!r}, which {reason}",
            facts={"file": source, "script": name},
            hints=("do not install it; tell its author",),
        )
        self.source, self.name, self.reason = source, name, reason


def is_protected_name(name: str) -> bool:
    """Tell whether a script of this name would replace interpreter or activation."""
    return bool(_INTERPRETERS.fullmatch(name) or _ACTIVATION.fullmatch(name))


def check_script_name(name: str, *, source: str, project: str = "") -> str:
    """Return ``name`` if a wheel may bring it; raises ``UnsafeScriptError``.

    ``project`` is the normalised name of the wheel's project, where it is known.
    """
    if not _NAME.fullmatch(name):
        raise UnsafeScriptError(source, name, "has no acceptable name")
    if is_protected_name(name):
        raise UnsafeScriptError(source, name, "would replace the environment's own")
    for owner, names in _OWNED.items():
        if project not in ("", owner) and names.fullmatch(name):
            raise UnsafeScriptError(source, name, f"is for {owner} alone to bring")
    return name


def check_command(entry: EntryPoint, *, source: str) -> EntryPoint:
    """Return ``entry`` if a script may be made of it.

    A keyword is an identifier by its letters, but the script could not be parsed.
    Raises ``UnsafeScriptError`` naming ``source``.
    """
    check_script_name(entry.name, source=source)
    if not entry.attribute:
        raise UnsafeScriptError(source, entry.name, "names no function to call")
    parts = (*entry.module.split("."), *entry.attribute.split("."))
    if any(map(keyword.iskeyword, parts)):
        raise UnsafeScriptError(source, entry.name, "calls what cannot be named")
    return entry
