"""The ``__main__.py`` of a zip application: checks its Python, calls its function."""

from pysetup.metadata.document import Metadata
from pysetup.standards.entry_points import EntryPoint
from pysetup.standards.python_ranges import specifier_ranges

# Any Python back to 2.6 can read this far, and so can say what is wrong.
_CHECK = """\
import sys

NAME = {name}
WANTED = {wanted}
# Of each row the version must lie in one range: from, and up to but without.
RANGES = {ranges}

here = tuple(sys.version_info[:3])
if not all(
    any(low <= here and (end is None or here < end) for low, end in row)
    for row in RANGES
):
    sys.exit(
        "%s needs Python %s, and this is %d.%d.%d (%s)"
        % ((NAME, WANTED) + here + (sys.executable,))
    )
"""
_CALL = """\

if __name__ == "__main__":
    from {module} import {head}

    sys.exit({attribute}())
"""


def main_text(metadata: Metadata, entry: EntryPoint) -> str:
    """Return the text of ``__main__.py``; raises ``InvalidSpecifiersError``."""
    wanted = metadata.requires_python
    check = _CHECK.format(
        name=ascii(f"{metadata.name} {metadata.version}"),
        wanted=ascii(str(wanted)),
        ranges=repr(specifier_ranges(wanted)),
    )
    call = _CALL.format(
        module=entry.module,
        head=entry.attribute.partition(".")[0],
        attribute=entry.attribute,
    )
    return check + call
