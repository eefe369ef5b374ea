"""Whether a wheel can run in an environment at all, told before anything is touched."""

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import Metadata
from pysetup.standards.filenames import WheelFilename
from pysetup.standards.tags import best_rank, tag_ranks
from pysetup.standards.versions import parse_version


class UnfitWheelError(EnvironmentRefusedError):
    """A wheel was made for another Python, another machine, or another version.

    The tags in a wheel's name say where it runs, and Requires-Python says on which
    versions; the environment offers something else.
    """

    code = "PS7307"

    def __init__(self, filename: str, reason: str, *, python: str) -> None:
        super().__init__(
            f"{filename} does not run in this environment: {reason}",
            facts={"file": filename, "python": python},
            hints=("choose another wheel, or an environment with another Python",),
        )
        self.filename, self.reason = filename, reason


def check_fitness(
    filename: WheelFilename, metadata: Metadata, environment: Environment
) -> None:
    """Raise ``UnfitWheelError`` if it cannot run."""
    python = environment.version
    if filename.variant:
        raise UnfitWheelError(
            filename.filename,
            f"it is the variant {filename.variant!r}, and variants are not chosen yet",
            python=python,
        )
    if best_rank(filename.tags, tag_ranks(environment.tags)) is None:
        tags = ", ".join(sorted(map(str, filename.tags))[:4])
        raise UnfitWheelError(
            filename.filename, f"it is made for {tags}", python=python
        )
    wanted = metadata.requires_python
    if environment.any_python:
        return
    if not wanted.contains(parse_version(python), prereleases=True):
        raise UnfitWheelError(
            filename.filename, f"it requires Python {wanted}", python=python
        )
