"""How a project's own code may be run: a value that loads nothing of building.

Most commands carry it along, and few build anything.
"""

import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field, replace

EditableMode = Literal["path", "links"]
Route = Literal["sdist", "tree"]

# A build lock that is there is used; it may be required, or left aside.
LockUse = Literal["use", "require", "ignore"]

# From build requirements to the interpreter of an environment that has them.
Isolate = Callable[[Sequence[str]], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """How a project's own code may be run.

    ``isolate`` returns the interpreter of an environment that has the given
    requirements; ``settings`` are PEP 517's config settings; ``timeout`` is in
    seconds for one call of a back end, None for no limit. ``editable`` says what
    editables are made of: one ``path``, or ``links`` to each file. ``locks`` returns
    what takes the place of ``isolate`` for a source with a build lock, else None.
    ``route`` is the way from a folder to its wheel: by its sdist, or as it stands.
    ``python_version`` returns the full version of the interpreter that builds.
    """

    isolate: Isolate
    settings: Mapping[str, JSON] = field(default_factory=dict)
    timeout: float | None = None
    editable: EditableMode = "path"
    locks: Callable[[Path], Isolate | None] | None = None
    route: Route = "sdist"
    python_version: Callable[[], str] = platform.python_version

    def for_source(self, source: Path) -> Self:
        """Return how ``source``, which the user named, is built: by its build lock.

        Raises what is wrong with the lock.
        """
        isolate = None if self.locks is None else self.locks(source)
        return self if isolate is None else replace(self, isolate=isolate)


def no_isolation(requirements: Sequence[str]) -> Path:
    """Return this very interpreter; it is up to the user what it has."""
    del requirements
    return Path(sys.executable)
