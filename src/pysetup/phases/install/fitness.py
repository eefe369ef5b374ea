"""Whether a wheel can run in an environment at all, told before anything is touched."""

from collections.abc import Collection

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import Metadata
from pysetup.standards.filenames import WheelFilename
from pysetup.standards.tags import best_rank, tag_ranks
from pysetup.standards.versions import parse_version

# Extensions whose meaning is carried out by installing: PEP 459's commands become
# launchers, its exports become entry_points.txt.
_HANDLED_EXTENSIONS = frozenset(("python.commands", "python.exports"))


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


class UnhandledExtensionError(EnvironmentRefusedError):
    """A package says that its installer must carry out something pysetup cannot.

    An extension of the document with ``installer_must_handle`` is more than data: to
    ignore it would install the package wrongly.
    """

    code = "PS7308"

    def __init__(self, name: str, extensions: tuple[str, ...]) -> None:
        listed = ", ".join(extensions)
        super().__init__(
            f"{name} needs an installer that handles {listed}",
            facts={"distribution": name, "extensions": list(extensions)},
            hints=("install it with the tool that its documentation names",),
        )
        self.name, self.extensions = name, extensions


def check_fitness(
    filename: WheelFilename, metadata: Metadata, environment: Environment
) -> None:
    """Raise ``UnfitWheelError`` or ``UnhandledExtensionError`` if it cannot run."""
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
    if not wanted.contains(parse_version(python), prereleases=True):
        raise UnfitWheelError(
            filename.filename, f"it requires Python {wanted}", python=python
        )
    unhandled = unhandled_extensions(metadata)
    if unhandled:
        raise UnhandledExtensionError(metadata.name, unhandled)


def unhandled_extensions(
    metadata: Metadata, *, handled: Collection[str] = _HANDLED_EXTENSIONS
) -> tuple[str, ...]:
    """Return the names of must-handle extensions (PEP 426) that are not handled."""
    return tuple(
        sorted(
            name
            for name, value in metadata.extensions.items()
            if isinstance(value, dict)
            and value.get("installer_must_handle") is True
            and name not in handled
        )
    )
