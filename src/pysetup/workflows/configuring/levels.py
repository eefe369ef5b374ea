"""Levels of configuration: what one place says, and where it says each thing."""

from collections.abc import Mapping

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field
from pysetup.workflows.settings import IndexSetting


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value is set.

    ``level`` is how strong (``command line``, ``variable``, ``project``, ...),
    ``place`` the option, variable or file, ``line`` counts from 1, or is 0.
    """

    level: str
    place: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``level: place:line``."""
        place = f"{self.place}:{self.line}" if self.line else self.place
        return f"{self.level}: {place}" if place else self.level


@dataclass(frozen=True, slots=True)
class Level:
    """What one place says: values by setting, and the origin of each.

    ``name`` tells how strong it is; ``extends`` are lists that are added to those of
    weaker levels.
    """

    name: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    extends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    indexes: tuple[IndexSetting, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigurationWarning:
    """Something that a file says and nobody understands."""

    message: str
    place: str

    code = "PS2654"

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, as envelopes tell warnings."""
        return {"code": self.code, "message": f"{self.place}: {self.message}"}
