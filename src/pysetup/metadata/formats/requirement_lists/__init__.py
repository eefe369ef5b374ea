"""The lists of requirements that a project states, in whatever file, to be changed."""

from pysetup.metadata.formats.requirement_lists.document import DocumentLists
from pysetup.metadata.formats.requirement_lists.lists import (
    Listed,
    NoListHereError,
    RequirementLists,
    Section,
)
from pysetup.metadata.formats.requirement_lists.poetry import PoetryLists
from pysetup.metadata.formats.requirement_lists.pyproject import (
    ArrayLists,
    arrays_of,
)
from pysetup.metadata.formats.requirement_lists.setup_cfg import SetupCfgLists

__all__ = [
    "ArrayLists",
    "DocumentLists",
    "Listed",
    "NoListHereError",
    "PoetryLists",
    "RequirementLists",
    "Section",
    "SetupCfgLists",
    "arrays_of",
]
