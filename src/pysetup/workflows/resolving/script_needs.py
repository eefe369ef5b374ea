"""What scripts say that they need, as it is asked for by name (PEP 723)."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.phases.run.inline import ScriptBlock
from pysetup.standards.requirements import Requirement
from pysetup.standards.versions import SpecifierSet, parse_version
from pysetup.values import dataclass
from pysetup.workflows.context import Context


class NoScriptError(UsageError):
    """A script whose requirements are asked for cannot be read, or states none.

    They stand in a block of comments, between ``# /// script`` and ``# ///``.
    """

    code = "PS2117"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the requirements of the script {path} cannot be read: {reason}",
            facts={"file": str(path)},
            hints=("check the path, and its block  # /// script",),
        )


class UnfitScriptError(EnvironmentRefusedError):
    """A script needs another Python than the one that is installed for.

    Its block ``# /// script`` says which ones do (``requires-python``).
    """

    code = "PS7322"

    def __init__(self, place: str, wanted: SpecifierSet, python: str) -> None:
        super().__init__(
            f"{place}: the script needs Python {wanted}, and this is {python}",
            facts={"place": place, "python": python},
            hints=("choose another environment:  --python PY",),
        )


@dataclass(frozen=True, slots=True)
class ScriptNeeds:
    """What one script needs: requirements with their places, and a Python."""

    place: str
    requirements: tuple[tuple[Requirement, str], ...]
    python: SpecifierSet

    def check(self, version: str) -> None:
        """Raise ``UnfitScriptError`` if Python ``version`` does not do."""
        if not self.python.contains(parse_version(version), prereleases=True):
            raise UnfitScriptError(self.place, self.python, version)


def read_scripts(names: Sequence[str], context: Context) -> tuple[ScriptNeeds, ...]:
    """Return what the scripts ``names`` need.

    Raises ``NoScriptError`` or ``InvalidScriptError``.
    """
    return tuple(_read(name, context) for name in names)


def _read(name: str, context: Context) -> ScriptNeeds:
    path = context.path(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoScriptError(path, (error.strerror or str(error)).lower()) from None
    block = ScriptBlock.parse(content, source=name)
    if block is None:
        raise NoScriptError(path, "it has no block  # /// script")
    places = [f"{name}:{line}" for line in block.lines]
    return ScriptNeeds(
        f"{name}:{block.line}",
        tuple(zip(block.dependencies, places, strict=True)),
        block.requires_python,
    )
