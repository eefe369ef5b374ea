"""A script that tells whether the distributions a package needs are installed.

Neither Windows nor macOS has a package system that brings what a Python project needs.
Their installers run this script by the Python that they install for; it knows what is
there, and needs nothing but its standard library.
"""

from collections.abc import Iterable
from importlib.resources import files

SCRIPT_NAME = "check_needs.py"
_MARK = "NEEDS = ()"
#: What the script returns where something is missing.
MISSING = 1


def check_script(needs: Iterable[tuple[str, str]]) -> str:
    """Return the script for ``needs``: normalised names, and specifiers or nothing."""
    text = files("pysetup.platforms").joinpath("needs_script.txt").read_text("utf-8")
    lines = "".join(f"    ({name!a}, {specifiers!a}),\n" for name, specifiers in needs)
    assert text.count(_MARK) == 1
    return text.replace(_MARK, f"NEEDS = (\n{lines})")
