"""What a package needs from outside Python, added to its plan (PEP 725)."""

from collections.abc import Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.package_names import check_packages
from pysetup.platforms.names.system_packages import library_names
from pysetup.platforms.plan import REQUIRES, MappedRequirement, PackagePlan
from pysetup.platforms.stated import with_building
from pysetup.platforms.target import PlatformTarget
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.platform.external import (
    MappedExternal,
    Wanted,
    mapped_needs,
    open_knowing,
)
from pysetup.workflows.platform.names import NameOptions, TargetNames

# Families whose packages can name packages of the system.
_WITH_RELATIONS = ("deb", "rpm", "pacman", "conda")


def with_outside(
    plan: PackagePlan,
    document: Metadata,
    target: PlatformTarget,
    names: TargetNames,
    *,
    options: NameOptions,
    context: Context,
) -> PackagePlan:
    """Return ``plan`` with what ``document`` needs from outside Python on ``target``.

    What nobody knows the name of has no evidence in the plan. Libraries that are
    linked are left to what reads machine code. Raises ``InvalidDepUrlError``,
    ``InvalidRequirementError``, ``InvalidMappingError``.
    """
    known = {row.requirement for row in plan.mapping}
    knowing = open_knowing(target, context=context, options=replace(options, places=()))
    knowing = replace(knowing, names=lambda: names)
    rows = [
        row
        for row in mapped_needs(document, target, knowing, Wanted())
        if str(row.need.dep) not in known
    ]
    running = [_mapped(row) for row in rows if _is_asked_for(row)]
    if target.family not in _WITH_RELATIONS:
        told = [f"needed from outside Python: {row.requirement}" for row in running]
        return replace(plan, notes=(*plan.notes, *told))
    requires = [text for row in running for text in row.relations]
    building = [_mapped(row) for row in rows if row.need.role != "run" and row.packages]
    # Those that run stand in the mapping, which is checked whole.
    check_packages(building, target.family)
    return replace(
        plan,
        mapping=(*plan.mapping, *running),
        relations={
            **plan.relations,
            REQUIRES: _once(plan.relations.get(REQUIRES, ()), requires),
        },
        details=with_building(plan, [row.to_json() for row in building]),
    )


def _is_asked_for(row: MappedExternal) -> bool:
    if row.need.role != "run":
        return False
    stated = not row.evidence.startswith("table:")
    return (stated and row.packages is not None) or not library_names(row.need.need)


def _mapped(row: MappedExternal) -> MappedRequirement:
    packages = row.packages or ()
    return MappedRequirement(
        requirement=str(row.need.dep),
        packages=packages,
        relations=packages,
        evidence=row.evidence if row.packages is not None else "",
        dialect="distribution",
    )


def _once(before: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))
