"""The start-up hook: while a journal stands, a plain start of Python finishes it.

It is the one ``import`` line that pysetup ever writes into an environment; decision 14
says why. It stands only while a change is being committed.
"""

import os
import sys
from collections.abc import Collection
from typing import Protocol, cast

from pysetup.interchange.environment import Environment

# Python runs these files in the order of their names, and no other may run before
# the change is whole: so it begins with a sign that sorts before letters and digits.
HOOK = "+pysetup-recover.pth"
SCRIPT = "recover.py"
_PROGRAM = "recover_at_start.py"


class _Reader(Protocol):
    """The part of a module's loader that reads files beside the module."""

    def get_data(self, path: str) -> bytes:
        """Return the content of the file."""


def hooked_sites(environment: Environment, changed: Collection[str]) -> tuple[str, ...]:
    """Return the site folders whose Python would see a change half-way.

    ``changed`` are absolute paths. A plain folder (``--target``) has no start-up files.
    """
    scheme = environment.scheme
    if scheme.purelib == scheme.data:
        return ()
    sites = dict.fromkeys(map(os.path.realpath, (scheme.purelib, scheme.platlib)))
    return tuple(
        site
        for site in sites
        if site in environment.paths
        and any(path.startswith(site + os.sep) for path in changed)
    )


def script() -> bytes:
    """Return the program that the hook runs."""
    assert __spec__ is not None, "it is imported"
    loader = cast("_Reader", __spec__.loader)
    return loader.get_data(os.path.join(os.path.dirname(__file__), _PROGRAM))


def hook_line(*, state: str, script: str, hook: str) -> bytes:
    """Return the content of the hook at ``hook``: one line, which never fails.

    It runs the program at ``script`` for the state folder ``state``. Python may read
    it in any encoding, so it is ASCII.
    """
    given = (os.fsencode(state), os.fsencode(hook), sys.getfilesystemencoding())
    program = (
        "try:\n"
        f" with open({os.fsencode(script)!r}, 'rb') as stream:\n"
        f"  program = compile(stream.read(), {SCRIPT!r}, 'exec')\n"
        f" exec(program, {{'__name__': 'recover', 'PYSETUP_HOOK': {given!r}}})\n"
        "except Exception:\n"
        " pass\n"
    )
    return f"import sys; exec({program!r}, {{}})\n".encode("ascii")
