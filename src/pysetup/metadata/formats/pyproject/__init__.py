"""pyproject.toml: read into the draft of a document, with every fault in its place."""

from pysetup.metadata.formats.pyproject.draft import (
    IncompleteProjectError,
    ProjectDraft,
)
from pysetup.metadata.formats.pyproject.faults import (
    InvalidFieldError,
    SeveralFaultsError,
    UnknownFieldError,
)
from pysetup.metadata.formats.pyproject.project_files import ProjectFiles
from pysetup.metadata.formats.pyproject.reader import read
from pysetup.metadata.formats.pyproject.toml_text import InvalidTomlError

__all__ = [
    "IncompleteProjectError",
    "InvalidFieldError",
    "InvalidTomlError",
    "ProjectDraft",
    "ProjectFiles",
    "SeveralFaultsError",
    "UnknownFieldError",
    "read",
]
