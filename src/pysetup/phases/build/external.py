"""What a project needs of the operating system, by its own word (PEP 725)."""

from collections.abc import Mapping, Sequence

from pysetup.late import late_pattern
from pysetup.metadata.document import Metadata
from pysetup.phases.build.system_packages import Need

EXTENSION = "python.external"
_LISTS = ("build-requires", "host-requires")
# dep:virtual/compiler/c, dep:generic/libffi@>=3.4 and their older spellings.
_PURL = late_pattern(
    r"(?:dep:virtual/|virtual:|dep:generic/|pkg:generic/)"
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9.+/_-]*)"
)
_OTHER_NAMES = {"compiler/cxx": "compiler/c++", "compiler/cpp": "compiler/c++"}


def external_needs(metadata: Metadata) -> tuple[Need, ...]:
    """Return the generic compilers, tools and libraries that building asks for.

    Packages of one certain ecosystem, and conditions that we cannot judge, are left
    out: nothing is claimed of them.
    """
    table = metadata.extensions.get(EXTENSION)
    if not isinstance(table, Mapping):
        return ()
    needs = []
    for key in _LISTS:
        listed = table.get(key)
        for text in listed if isinstance(listed, Sequence) else ():
            match = _PURL.match(str(text))
            if match and ";" not in str(text):
                name = match["name"].lower()
                needs.append(Need("name", _OTHER_NAMES.get(name, name)))
    return tuple(dict.fromkeys(needs))
