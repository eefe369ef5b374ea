"""Limits on build requirements: versions, and the digests that are allowed."""

from collections.abc import Mapping, Sequence

from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.values import dataclass, field, replace
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.requested import Asked, Wanted, read_wanted

_SOURCE = "build-system.requires"


@dataclass(frozen=True, slots=True)
class BuildConstraints:
    """What the files of ``--build-constraint`` say, digests by normalised name."""

    requirements: tuple[Requirement, ...] = ()
    hashes: Mapping[str, tuple[Hash, ...]] = field(default_factory=dict)

    def wanted(self, texts: Sequence[str]) -> Wanted:
        """Return build requirements as what is asked for, limited."""
        asked = tuple(map(asked_for_build, texts))
        return Wanted(asked, self.requirements, pinned=self.hashes)

    def to_json(self) -> list[JSON]:
        """Return the JSON form."""
        return [
            sorted(map(str, self.requirements)),
            {name: sorted(map(str, found)) for name, found in self.hashes.items()},
        ]


def asked_for_build(text: str) -> Asked:
    """Return a build requirement as something that is asked for."""
    return Asked(_SOURCE, parse_requirement(text))


def read_build_constraints(context: Context) -> BuildConstraints:
    """Read the files that the setting ``build_constraints`` names.

    Raises ``RequirementsFileError`` and ``InvalidRequirementError``.
    """
    files = context.settings.build_constraints
    if not files:
        return BuildConstraints()
    settings = replace(context.settings, constraints=())
    alone = replace(context, settings=settings)
    read = read_wanted((), context=alone, constraint_files=files)
    return BuildConstraints(read.constraints, read.pinned)
