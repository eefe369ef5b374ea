"""One locking: what from, for which environment, and how versions are chosen."""

from pathlib import Path

from pysetup.interchange.build_lock import target_of
from pysetup.interchange.environment import Environment
from pysetup.resolve.provider import Strategy
from pysetup.values import dataclass, field
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.locking.inputs import LockInputs
from pysetup.workflows.resolving.universal_scope import UniversalScope

UNIVERSAL = "universal"


@dataclass(frozen=True, slots=True)
class Upgrades:
    """What may move although it still fits: everything, or these packages."""

    everything: bool = False
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything may."""
        return self.everything or bool(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockChoice:
    """How versions are chosen; the names are those of the command line's options.

    ``foreign``: the lock is for another machine, so that nothing is built for it here;
    ``universal``: it is for all platforms, and all Pythons of the project, as far as
    ``scope`` does not limit them. ``builds``: what sources are built with is locked,
    too.
    """

    strategy: Strategy = "highest"
    foreign: bool = False
    universal: bool = False
    scope: UniversalScope = field(default_factory=UniversalScope)
    builds: bool = True
    upgrades: Upgrades = field(default_factory=Upgrades)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTask:
    """What is locked, for which environment, and where the lock stands.

    ``path`` is None for a lock that is printed only.
    """

    inputs: LockInputs
    path: Path | None
    environment: Environment
    context: Context
    building: Building
    choice: LockChoice = field(default_factory=LockChoice)

    @property
    def target(self) -> str:
        """What the lock is for, in one word."""
        return UNIVERSAL if self.choice.universal else target_of(self.environment)

    @property
    def requires_python(self) -> str:
        """The Pythons that the lock is for, as a specifier; empty for all.

        For all environments, where the project says nothing: the Python at hand and
        later ones.
        """
        stated = self.inputs.requires_python
        if stated or not self.choice.universal:
            return stated
        return f">={self.environment.markers['python_version']}"
