"""The wrong Python, found before a build starts."""

import os

from pysetup.errors import EnvironmentRefusedError
from pysetup.late import shutil
from pysetup.metadata.document import Metadata
from pysetup.standards.versions import InvalidSpecifiersError, parse_specifiers
from pysetup.workflows.building.project import Building
from pysetup.workflows.context import Context

_MINORS = range(30, 5, -1)


class WrongPythonError(EnvironmentRefusedError):
    """The project does not support the Python that was to build it.

    Its ``Requires-Python`` says which versions it supports. Nothing was run. Name
    another interpreter with ``--python``, or build an older release of the project.
    """

    code = "PS7740"

    def __init__(
        self, metadata: Metadata, *, version: str, others: tuple[str, ...]
    ) -> None:
        wanted = metadata.text("requires_python")
        fitting = tuple(f"--python {other}" for other in others)
        super().__init__(
            f"{metadata.name} {metadata.version} requires Python {wanted}, but this is "
            f"{version}",
            facts={
                "requires python": wanted,
                "python": version,
                "here that fit": list(others),
            },
            hints=(
                *(f"build with another one:  {option}" for option in fitting[:1]),
                *(() if fitting else ("install such a Python; then  --python 3.X",)),
            ),
        )
        self.version, self.others = version, others


def check_python(metadata: Metadata, *, context: Context, building: Building) -> None:
    """Raise ``WrongPythonError`` if the interpreter that builds is not supported."""
    wanted = metadata.text("requires_python")
    if not wanted:
        return
    version = building.python_version()
    try:
        supported = parse_specifiers(wanted)
    except InvalidSpecifiersError:
        return  # old metadata; whether it fits cannot be said
    if not supported.contains(version, prereleases=True):
        search = context.environ.get("PATH", os.defpath)
        others = tuple(
            f"3.{minor}"
            for minor in _MINORS
            if supported.contains(f"3.{minor}.99")
            and shutil.which(f"python3.{minor}", path=search)
        )
        raise WrongPythonError(metadata, version=version, others=others)
