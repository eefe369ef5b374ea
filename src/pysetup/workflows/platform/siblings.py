"""Packages of one project beside each other: a module here, its command there.

Debian often puts a project's command into a package of its own: gunicorn beside
python3-gunicorn. Both are built from the same source, and ours takes the place of both.
"""

from collections.abc import Iterable, Sequence

from pysetup.platforms.names.file_lists import SourceReader
from pysetup.platforms.plan import CONFLICTS, PROVIDES, REPLACES, PackagePlan
from pysetup.values import replace
from pysetup.workflows.platform.installed_packages import DPKG
from pysetup.workflows.platform.names import Clash, TargetNames
from pysetup.workflows.platform.plain_streams import pour


def split_clashes(
    project: str, clashes: Sequence[Clash], names: TargetNames
) -> tuple[tuple[str, ...], tuple[Clash, ...]]:
    """Return the siblings of the system's package of ``project``, and other clashes.

    Siblings are those that have any of the files and are of the same source.
    """
    found = names.theirs(project)
    if found is None or not found.replaceable or not clashes:
        return (), tuple(clashes)
    if names.target.family != "deb":
        return (), tuple(clashes)
    theirs = found.replaceable[0]
    owners = {package for clash in clashes for package in clash.packages}
    sources = _sources({theirs, *owners}, names)
    same = sources.get(theirs)
    siblings = {name for name in owners if same and sources.get(name) == same}
    others = tuple(
        clash for clash in clashes if not siblings.issuperset(clash.packages)
    )
    return tuple(sorted(siblings)), others


def with_siblings(
    plan: PackagePlan, siblings: Sequence[str], names: TargetNames
) -> PackagePlan:
    """Return ``plan`` as one that takes the place of ``siblings``, too."""
    if not siblings:
        return plan
    found = names.theirs(plan.project)
    epoch = f"{found.epoch}:" if found is not None and found.epoch else ""
    version = plan.version if ":" in plan.version else f"{epoch}{plan.version}"
    added = {
        PROVIDES: [f"{name} (= {version})" for name in siblings],
        CONFLICTS: siblings,
        REPLACES: siblings,
    }
    relations = {
        kind: _once(plan.relations.get(kind, ()), texts)
        for kind, texts in added.items()
    }
    note = f"takes the place of {', '.join(siblings)}, too: the same project"
    return replace(
        plan,
        relations={**plan.relations, **relations},
        notes=(*plan.notes, note),
    )


def _sources(packages: set[str], names: TargetNames) -> dict[str, str]:
    """Return the source of each of ``packages``, as lists and dpkg tell it."""
    reader = SourceReader(packages)
    if names.here and (DPKG / "status").is_file():
        reader.feed((DPKG / "status").read_bytes())
        reader.close()
    for one in names.lists:
        for path in one.lists.beside if one.lists is not None else ():
            pour(path, reader.feed, context=names.context)
            reader.close()
    return reader.sources


def _once(before: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))
