"""A script that tells whether the distributions a package needs are installed.

Neither Windows nor macOS has a package system that brings what a Python project needs.
Their installers run this script by the Python that they install for; it knows what is
there, and needs nothing but its standard library.
"""

from collections.abc import Iterable, Sequence
from importlib.resources import files

from pysetup.platforms.needs import Need
from pysetup.platforms.plan import MappedRequirement

SCRIPT_NAME = "check_needs.py"
_MARK = "NEEDS = ()"


def check_script(needs: Iterable[tuple[str, str]]) -> str:
    """Return the script for ``needs``: normalised names, and specifiers or nothing."""
    text = files("pysetup.platforms").joinpath("needs_script.txt").read_text("utf-8")
    lines = "".join(f"    ({name!a}, {specifiers!a}),\n" for name, specifiers in needs)
    assert text.count(_MARK) == 1
    return text.replace(_MARK, f"NEEDS = (\n{lines})")


def check_scripts(needs: Sequence[Need]) -> dict[str, str]:
    """Return the script that an installer runs; none where nothing is needed."""
    if not needs:
        return {}
    pairs = ((each.project, each.specifiers) for each in needs)
    return {SCRIPT_NAME: check_script(pairs)}


def looked_for(need: Need) -> MappedRequirement:
    """Return what becomes of a requirement where the script looks for it."""
    return MappedRequirement(
        requirement=need.requirement,
        packages=(),
        relations=(need.project + need.specifiers,),
        evidence="looked for at installation",
        dialect="exact",
    )
