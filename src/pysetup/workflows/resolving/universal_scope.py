"""For which environments to resolve, as a project declares it."""

from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class ExtraOrGroup:
    """An extra or a dependency group of the project; exactly one is set."""

    extra: str = ""
    group: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        return f"extra {self.extra}" if self.extra else f"group {self.group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalScope:
    """The environments that count, as markers, and what is never chosen together.

    One of ``environments`` must hold, if there are any; in each of
    ``required_environments`` everything needed must have a file. Of each of the sets
    in ``conflicts`` at most one is ever chosen.
    """

    environments: tuple[str, ...] = ()
    required_environments: tuple[str, ...] = ()
    conflicts: tuple[tuple[ExtraOrGroup, ...], ...] = ()
