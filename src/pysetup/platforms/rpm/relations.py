"""What a package requires and provides, in the words of rpm.

Distributions of rpm name a project of Python by what it is: ``python3dist(demo)``, and
``python3.13dist(demo)`` for one version of Python, in the manner of Fedora's dependency
generator. Nothing has to be mapped, unless somebody says otherwise.
"""

import re
from collections.abc import Iterable, Iterator

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Names, NoNames
from pysetup.platforms.needs import Need, added_needs, needs_of
from pysetup.platforms.plan import MappedRequirement, SubPackage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.versions.rpm import (
    encode_rpm,
    rpm_distribution_requirement,
    rpm_package_version,
    rpm_requirement,
)
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement

_VIRTUAL = "python3dist("
# A version in parentheses without an operator (PEP 345).
_BARE = re.compile(r"\s*\(\s*(\d[^()<>=~!,]*?)\s*\)")
_EXACT, _DISTRIBUTION = "exact", "distribution"
# Architecture as rpm spells it -> the mark of packages for it (isa).
_MARKS = {
    "aarch64": "aarch-64",
    "armv7hl": "arm-32",
    "i686": "x86-32",
    "loongarch64": "loongarch-64",
    "ppc64le": "ppc-64",
    "riscv64": "riscv-64",
    "s390x": "s390-64",
    "x86_64": "x86-64",
}


def own_name(project: str, target: PlatformTarget, names: Names) -> str:
    """Return the name of our package of ``project``.

    openSUSE has packages for several Pythons, and says for which: ``python313-demo``.
    """
    usual, name = f"python3-{project}", names.own_name(project)
    if name == usual and target.distribution.startswith("opensuse"):
        return f"python{target.python.replace('.', '')}-{project}"
    return name


def capabilities(project: str, target: PlatformTarget, *, extra: str = "") -> list[str]:
    """Return what a package of ``project`` is known as to other packages."""
    inner = f"{project}[{extra}]" if extra else project
    return [f"python3dist({inner})", f"python{target.python}dist({inner})"]


def provides_of(
    document: Metadata,
    target: PlatformTarget,
    *,
    name: str,
    evr: str,
    architecture: str,
) -> tuple[str, ...]:
    """Return what the main package provides.

    That are its own name, ``python3-`` names by which others may ask for it, the
    project and what it says to contain (Provides-Dist).
    """
    version = encode_rpm(document.version)
    found = [f"{name} = {evr}"]
    if architecture in _MARKS:
        found.append(f"{name}({_MARKS[architecture]}) = {evr}")
    usual = f"python3-{document.normalized_name}"
    if name != usual:
        found.append(f"{usual} = {evr}")
    names = capabilities(document.normalized_name, target)
    found += (f"{capability} = {version}" for capability in names)
    for text in document.texts("provides_dist"):
        project, versions = _named(text)
        for capability in capabilities(project, target) if project else ():
            found += (f"{capability} = {one}" for one in versions or [version])
    return tuple(dict.fromkeys(found))


def _named(text: str) -> tuple[str, list[str]]:
    """Return project and encoded versions of a Provides-Dist; "" if it is no name."""
    head = text.partition(";")[0].strip()
    if not head:
        return "", []
    requirement = parse_requirement(_BARE.sub(r" ==\1", head))
    exact = [one.version for one in requirement.specifier if one.operator == "=="]
    return normalize_name(requirement.name), [encode_rpm(one) for one in exact]


def obsoletes_of(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the package replaces (Obsoletes-Dist), and notes on the rest.

    rpm compares Obsoletes with names of packages only, and with one version at most.
    """
    found: list[str] = []
    notes: list[str] = []
    for text in document.texts("obsoletes_dist"):
        head = text.partition(";")[0].strip()
        requirement = parse_requirement(head)
        package = own_name(normalize_name(requirement.name), target, names)
        relation = _replaced(package, str(requirement.specifier))
        if relation.startswith("("):
            notes.append(f"rpm cannot say Obsoletes-Dist: {head}; it is left out")
        else:
            found.append(relation)
    return tuple(found), tuple(notes)


def _replaced(package: str, specifiers: str) -> str:
    if re.fullmatch(r"==[^*,]+", specifiers):
        return f"{package} = {rpm_package_version(specifiers[2:])}"
    return rpm_distribution_requirement(package, specifiers)


def requires_of(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[MappedRequirement, ...]:
    """Return the requirements of a document as relations."""
    return tuple(mapped(need, target, names) for need in needs_of(document, target))


def mapped(need: Need, target: PlatformTarget, names: Names) -> MappedRequirement:
    """Return what one need is on ``target``."""
    found = names.find(need.project)
    if found is None and not isinstance(names, NoNames):
        return MappedRequirement(need.requirement, (), (), "", "")
    packages = (
        tuple(capabilities(need.project, target)[1:])
        if found is None or found.own
        else tuple(_versioned(package, target) for package in found.packages)
    )
    # An address is not known to rpm: then any version of the project will do.
    specifiers = "" if need.url else str(need.specifiers)
    epoch = found.epoch if found is not None else ""
    relations = [_relation(package, specifiers, epoch) for package in packages]
    relations += _extras(need, target, names, specifiers)
    virtual = all(map(_is_virtual, packages))
    return MappedRequirement(
        requirement=need.requirement,
        packages=packages,
        relations=tuple(dict.fromkeys(relations)),
        evidence=found.evidence if found is not None else "python3dist",
        dialect=_EXACT if virtual else _DISTRIBUTION,
    )


def _is_virtual(package: str) -> bool:
    """Tell whether a name carries an encoded version in all distributions."""
    return re.fullmatch(r"python[0-9.]+dist\(.+\)", package) is not None


def _relation(package: str, specifiers: str, epoch: str) -> str:
    if _is_virtual(package):
        return rpm_requirement(package, specifiers)
    return rpm_distribution_requirement(package, specifiers, epoch=epoch)


def _versioned(package: str, target: PlatformTarget) -> str:
    """Return a virtual name for the target's Python alone; others stay as they are."""
    if package.startswith(_VIRTUAL):
        return f"python{target.python}dist({package.removeprefix(_VIRTUAL)}"
    return package


def _extras(
    need: Need, target: PlatformTarget, names: Names, specifiers: str
) -> Iterator[str]:
    for extra in need.extras:
        stated = names.find(need.project, extra=extra)
        if stated is not None:
            yield from stated.packages
            continue
        capability = capabilities(need.project, target, extra=extra)[1]
        yield rpm_requirement(capability, specifiers)


def extra_packages(
    document: Metadata, target: PlatformTarget, names: Names, *, name: str, evr: str
) -> tuple[tuple[SubPackage, ...], tuple[MappedRequirement, ...]]:
    """Return a package without files for each extra, and how its needs were mapped.

    It brings in the main package of the very same version, and what the extra adds.
    """
    packages: list[SubPackage] = []
    mapping: dict[MappedRequirement, None] = {}
    version = encode_rpm(document.version)
    extras = dict.fromkeys(map(normalize_name, document.texts("provides_extra")))
    for extra in extras:
        own = [
            mapped(need, target, names) for need in added_needs(document, target, extra)
        ]
        added = [relation for one in own for relation in one.relations]
        provided = capabilities(document.normalized_name, target, extra=extra)
        packages.append(
            SubPackage(
                name=f"{name}+{extra}",
                extra=extra,
                summary=f"Extra {extra} of {document.name}",
                relations={
                    "requires": (f"{name} = {evr}", *unique(added)),
                    "provides": (
                        f"{name}+{extra} = {evr}",
                        *(f"{capability} = {version}" for capability in provided),
                    ),
                },
            )
        )
        mapping |= dict.fromkeys(own)
    return tuple(packages), tuple(mapping)


def unique(relations: Iterable[str]) -> tuple[str, ...]:
    """Return relations sorted, each once."""
    return tuple(sorted(set(relations)))
