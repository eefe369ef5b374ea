"""What a project needs from outside Python (PEP 725), in the words of rpm.

The document says the names itself (``pysetup.platform``), or they follow from what
packages of the family provide: the command that they bring, their pkg-config module.
"""

from collections.abc import Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.external import ExternalNeed, needs_in
from pysetup.platforms.names.mapping import NameMapping, document_mappings
from pysetup.platforms.names.system_packages import library_names, package_of
from pysetup.platforms.plan import MappedRequirement
from pysetup.platforms.target import PlatformTarget

_RUN = "run"


def external_requires(
    document: Metadata, target: PlatformTarget, *, roles: Sequence[str] = (_RUN,)
) -> tuple[tuple[MappedRequirement, ...], tuple[str, ...]]:
    """Return what is needed for ``roles`` (build, host, run), and notes on the rest.

    Raises ``InvalidDepUrlError``, ``InvalidRequirementError``, ``InvalidMappingError``.
    """
    mappings = document_mappings(document, target)
    found: list[MappedRequirement] = []
    notes: list[str] = []
    for need in needs_in(document, target.markers, roles=roles):
        packages, evidence = _packages(need, target, mappings)
        if packages is None:
            notes.append(f"nobody knows what {target.name} calls {need.dep}")
            continue
        mapped = MappedRequirement(
            requirement=str(need.dep),
            packages=packages,
            relations=packages,
            evidence=evidence,
            dialect="distribution",
        )
        found.append(mapped)
    return tuple(found), tuple(notes)


def _packages(
    need: ExternalNeed, target: PlatformTarget, mappings: Sequence[NameMapping]
) -> tuple[tuple[str, ...] | None, str]:
    for mapping in mappings:
        stated = mapping.find_external(need.dep.url, role=need.role)
        if stated is not None:
            return stated.packages, stated.evidence
    family = "suse" if "suse" in target.distribution else "fedora"
    package = package_of(need.need, family) if need.is_generic else None
    # Of a library the table knows what it is built with, not what it runs with: that
    # is read from the machine code.
    if package is None or (need.role == _RUN and library_names(need.need)):
        return None, ""
    return (package,), f"table:{family}"
