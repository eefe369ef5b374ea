"""The plan that both formats for Windows share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from pysetup.metadata.document import Metadata
from pysetup.platforms.installed_check import check_scripts, looked_for
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.needs import needs_of
from pysetup.platforms.plan import (
    MODULE,
    REQUIRES,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.project_facts import (
    homepage_of,
    licence_words,
    maintainer_of,
    one_line,
    summary_of,
)
from pysetup.platforms.staging import stage
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.numbers import NumberedVersion
from pysetup.platforms.windows.filenames import check_windows_paths, long_paths
from pysetup.platforms.windows.launchers import KINDS, launchers
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import parse_version
from pysetup.values import replace

USER, MACHINE = "user", "machine"
_MOST_SHOWN = 3
# As the import system names what it keeps: without, and with, the two -O options.
_BYTE_CODE = (".pyc", ".opt-1.pyc", ".opt-2.pyc")
_ADDRESS = re.compile(r"\s*<[^<>]*>\s*$")
_32_BIT = ("i686", "x86")
_ARM = ("arm64", "aarch64")
# The folders that Python itself brings, with those above them: they always stay.
_COMMON = ("purelib", "platlib", "scripts", "headers")

OPTIONS: dict[str, FormatOption] = {
    "scope": FormatOption(
        "whose Python it is for when nothing is said at the installation: that of "
        "the user who installs, or that of the machine",
        USER,
        (USER, MACHINE),
    ),
    "launchers": FormatOption(
        "what starts the entry points: programs, or batch files", KINDS[0], KINDS
    ),
    "publisher": FormatOption(
        "the publisher; by default who maintains the project", ""
    ),
}


def windows_plan(
    format_: str,
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan of ``bdist_<format>``: all that does not depend on the format.

    Raises ``WindowsFileNameError`` and what the stager raises.
    """
    needs = needs_of(document, target)
    mapping = [looked_for(each) for each in needs]
    notes: dict[str, JSON] = {
        "format": format_,
        "target": target.name,
        "options": dict(options),
        "mapping": [each.to_json() for each in mapping],
    }
    staged = stage(tree, document, target, installer=format_, notes=notes)
    files = sorted(
        launchers(
            document.entry_points,
            staged,
            target,
            kind=str(options["launchers"]),
            source=document.name,
        )
    )
    check_windows_paths((file.path for file in files), project=document.name)
    version = parse_version(document.text("version"))
    dist_info = (
        f"{target.paths['purelib' if tree.pure else 'platlib']}/{tree.dist_info}"
    )
    return PackagePlan(
        format=format_,
        target=target.name,
        project=document.normalized_name,
        project_version=str(version),
        name=f"{document.name}-{version}.{_machine(target)}-py{target.python}",
        version=str(version),
        release=str(options.get("release", "1")),
        architecture=target.architecture,
        summary=summary_of(document),
        licence=licence_words(document),
        homepage=homepage_of(document),
        maintainer=one_line(str(options["publisher"]))
        or publisher_of(maintainer_of(document))
        or document.name,
        files=tuple(files),
        directories=owned_folders(files, target),
        relations={REQUIRES: tuple(one for each in mapping for one in each.relations)},
        mapping=tuple(mapping),
        scripts=check_scripts(needs),
        options=dict(options),
        details={
            "python": target.python,
            "python_key": python_key(target),
            "registry_bits": 32 if target.architecture in _32_BIT else 64,
            "display_name": f"{document.name} {version} (Python {target.python})",
            "dist_info": dist_info,
            "caches": dict(caches(files, target)),
            "needs": {each.project: each.specifiers for each in needs},
        },
        notes=_warnings(files),
    )


def numbered(plan: PackagePlan, version: NumberedVersion) -> PackagePlan:
    """Return ``plan`` with the numbers that Windows compares, and what is left out."""
    if not version.losses:
        return replace(plan, version=version.text)
    note = (
        f"Windows sees version {plan.project_version} as {version.text}: "
        f"{'; '.join(version.losses)}"
    )
    return replace(plan, version=version.text, notes=(*plan.notes, note))


def python_key(target: PlatformTarget) -> str:
    """Return the tag of the target's Python in the registry (PEP 514)."""
    if target.architecture in _32_BIT:
        return f"{target.python}-32"
    return f"{target.python}-arm64" if target.architecture in _ARM else target.python


def owned_folders(
    files: Sequence[PackageFile], target: PlatformTarget
) -> tuple[str, ...]:
    """Return the folders to be taken away when they are empty, the deepest last."""
    common: set[str] = set()
    for key in _COMMON:
        common |= {target.paths[key], *folders_above(target.paths[key])}
    found = {folder for file in files for folder in folders_above(file.path)}
    return tuple(sorted(found - common))


def folders_above(path: str) -> Iterator[str]:
    """Yield the folder of ``path``, the folder of that, and so on."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def caches(
    files: Sequence[PackageFile], target: PlatformTarget
) -> dict[str, list[JSON]]:
    """Return the files of byte code that Python makes of each module, by its path."""
    tag = f"cpython-{target.python.replace('.', '')}"
    return {
        file.path: [f"{PurePath(file.path).stem}.{tag}{end}" for end in _BYTE_CODE]
        for file in files
        if file.role == MODULE and file.path.endswith(".py")
    }


def cache_folder(module: str) -> str:
    """Return the folder of the byte code of the module at the path ``module``."""
    return f"{module.rpartition('/')[0]}/__pycache__"


def publisher_of(text: str) -> str:
    """Return a name to be shown, without an address behind it."""
    return _ADDRESS.sub("", text).strip() or text


def _machine(target: PlatformTarget) -> str:
    if target.architecture in _32_BIT:
        return "win32"
    return "win-arm64" if target.architecture in _ARM else "win-amd64"


def _warnings(files: Sequence[PackageFile]) -> tuple[str, ...]:
    long = long_paths(file.path for file in files)
    if not long:
        return ()
    shown = ", ".join(long[:_MOST_SHOWN])
    note = (
        f"{len(long)} paths may be longer than 259 characters on a disk of Windows, "
        f"which many programs cannot open: {shown}"
    )
    return (note,)
