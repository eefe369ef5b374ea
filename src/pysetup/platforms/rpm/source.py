"""From an sdist and a plan to a spec file and a source package."""

import re
import stat
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import projections
from pysetup.platforms.interface import Making, NoNames
from pysetup.platforms.needs import needs_among
from pysetup.platforms.packed_pages import is_packed_here
from pysetup.platforms.plan import BUILD, MappedRequirement, PackagePlan
from pysetup.platforms.rpm import tags
from pysetup.platforms.rpm.archive import write_package
from pysetup.platforms.rpm.fedora_spec import fedora_spec
from pysetup.platforms.rpm.layout import SHIP
from pysetup.platforms.rpm.options import FEDORA
from pysetup.platforms.rpm.package import Change, RpmFile, RpmPackage, clamped_time
from pysetup.platforms.rpm.plain_spec import plain_spec
from pysetup.platforms.rpm.planned import (
    changes_of,
    dist_info_of,
    packager_of,
    table_of,
    texts_of,
)
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.rpm.relations import mapped, unique
from pysetup.platforms.sdist_build import SdistBuild, read_sdist_build
from pysetup.platforms.staging import LEFT_OUT, LICENCE_NAMES
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON, to_json_text
from pysetup.standards.requirements import parse_requirement

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")
_SCRIPT = "recipe_script.py"
# Language of a source -> the package of its compiler, besides that of C.
_COMPILERS = {"c++": "gcc-c++", "fortran": "gcc-gfortran", "rust": "cargo"}
# Files of the .dist-info that pysetup derives: the back end may not know of them.
_DERIVED = ("METADATA.json", "pydist.json")


class UnusualSdistError(UsageError):
    """The name of an sdist, or of the folder in it, cannot stand in a recipe.

    Names have letters, digits and ``. _ + ~ -``, as those of standard sdists. Build
    the sdist anew with ``pysetup sdist``.
    """

    code = "PS2767"

    def __init__(self, sdist: Path, name: str) -> None:
        super().__init__(
            f"{sdist.name}: {name!r} is no name that a spec file can have",
            facts={"file": sdist.name, "name": name},
            hints=("build it anew with  pysetup sdist",),
        )


def write_sources(
    plan: PackagePlan,
    sdist: Path,
    metadata: Metadata,
    target: PlatformTarget,
    out: Path,
    *,
    making: Making | None,
) -> list[Path]:
    """Write the spec file and the source package into ``out``; return their paths.

    Both appear, or none. Raises ``UnusualSdistError``, ``UnbuildableSdistError``.
    """
    build = read_sdist_build(sdist)
    for name in (sdist.name, build.top):
        if not _PLAIN_NAME.fullmatch(name):
            raise UnusualSdistError(sdist, name)
    time = clamped_time(time_of(making))
    changes = changes_of(plan, time)
    if plan.options["flavour"] == FEDORA:
        name = f"python-{plan.project}"
        sources: dict[str, bytes | Path] = {sdist.name: sdist}
        requires = unique(
            ("python3-devel", *_compilers(build, plan), *_stated_requires(plan))
        )
        spec = fedora_spec(
            plan,
            metadata,
            sdist=sdist.name,
            top=build.top,
            build_requires=requires,
            changes=changes,
        )
    else:
        name = plan.name
        sources = _plain_sources(plan, sdist, metadata, build, time=time)
        requires = build_requires_of(build, plan, target)
        spec = plain_spec(
            plan,
            sources=tuple(sources),
            top=build.top,
            interpreter=target.interpreter,
            build_requires=requires,
            changes=changes,
        )
    package = source_package(
        plan, {f"{name}.spec": spec.encode(), **sources}, requires, changes, time=time
    )
    places = [out / f"{name}.spec", out / package.filename]
    with ExitStack() as stack:
        stack.enter_context(written_whole(places[0])).write(spec.encode())
        write_package(package, stack.enter_context(written_whole(places[1])))
    return places


def _plain_sources(
    plan: PackagePlan,
    sdist: Path,
    metadata: Metadata,
    build: SdistBuild,
    *,
    time: int,
) -> dict[str, bytes | Path]:
    """Return what stands beside the spec: name -> content; their order is told on."""
    described = to_json_text(recipe_plan(plan, metadata, build, time=time))
    script = files("pysetup.platforms.rpm").joinpath(_SCRIPT).read_bytes()
    return {
        sdist.name: sdist,
        f"{plan.name}.plan.json": described.encode(),
        f"{plan.name}.install.py": script,
    }


def build_requires_of(
    build: SdistBuild, plan: PackagePlan, target: PlatformTarget
) -> tuple[str, ...]:
    """Return what the build needs, in the words of rpm.

    That are Python, the back end and what it is built with, what the document says to
    need from outside Python, and a compiler where machine code comes of it.
    """
    stated = [parse_requirement(text) for text in build.requires]
    found = [
        relation
        for need in needs_among(stated, target)
        for relation in mapped(need, target, NoNames()).relations
    ]
    found += _stated_requires(plan)
    found += [target.interpreter, f"python(abi) = {target.python}"]
    if compilers := _compilers(build, plan):
        found += [*compilers, f"pkgconfig(python-{target.python})"]
    return unique(found)


def _compilers(build: SdistBuild, plan: PackagePlan) -> list[str]:
    """Return the packages of the compilers, where machine code comes of the source."""
    if not plan.details["colours"]:
        return []
    return ["gcc", *(_COMPILERS[one] for one in build.languages if one in _COMPILERS)]


def _stated_requires(plan: PackagePlan) -> list[str]:
    """Return what the build needs besides projects of Python, as the document says."""
    rows = plan.details.get(BUILD)
    stated = [
        MappedRequirement.from_json(row)
        for row in (rows if isinstance(rows, Sequence) else ())
        if isinstance(row, Mapping)
    ]
    return [text for one in stated for text in one.relations]


def recipe_plan(
    plan: PackagePlan, metadata: Metadata, build: SdistBuild, *, time: int
) -> dict[str, JSON]:
    """Return what the script in the source package has to know."""
    site, _, dist_info = dist_info_of(plan).rpartition("/")
    derived = {
        f"{dist_info}/{name}": content.decode()
        for name, content in projections(metadata).items()
        if name in _DERIVED
    }
    described: list[JSON] = []
    for file in plan.files:
        own = file.source.partition("/")[0] == dist_info
        if own and file.source not in derived:
            continue  # the wheel that is built then has them
        described.append(
            {
                "path": file.path,
                "mode": f"{file.mode:04o}",
                "source": "" if own else file.source,
                "content": derived[file.source] if own else file.content,
                "interpreter": file.interpreter,
                "packed": is_packed_here(file),
            }
        )
    return {
        "build": build.to_json(),
        "time": time,
        "ship": plan.options["bytecode"] == SHIP,
        "site": site,
        "dist_info": dist_info,
        "licences": LICENCE_NAMES.pattern,
        "left_out": list(texts_of(plan, "left_out")),
        "left_out_metadata": [*LEFT_OUT, *_DERIVED],
        "directories": list(plan.directories),
        "files": described,
        "same_files": dict(table_of(plan, "same_files")),
        "bytecode_folders": list(texts_of(plan, "bytecode_folders")),
        "bytecode": list(texts_of(plan, "bytecode")),
    }


def source_package(
    plan: PackagePlan,
    contents: Mapping[str, bytes | Path],
    requires: Sequence[str],
    changes: tuple[Change, ...],
    *,
    time: int,
) -> RpmPackage:
    """Return the source package of ``contents``, the spec file among them."""
    epoch, _, version = plan.version.rpartition(":")
    spec = next(name for name in contents if name.endswith(".spec"))
    return RpmPackage(
        name=spec.removesuffix(".spec"),
        version=version,
        release=plan.release,
        epoch=epoch,
        architecture=plan.architecture,
        summary=plan.summary,
        description=plan.description,
        licence=plan.licence,
        url=plan.homepage,
        group=str(plan.options["group"]),
        vendor=str(plan.options["vendor"]),
        packager=packager_of(plan),
        is_source=True,
        relations={"requires": tuple(map(Relation.parse, requires))},
        files=tuple(
            RpmFile(
                path=name,
                mode=stat.S_IFREG | 0o644,
                content=contents[name],
                flags=tags.SPEC_FILE if name == spec else 0,
            )
            for name in sorted(contents, key=str.encode)
        ),
        changelog=changes,
        compression=str(plan.options["compression"]),
        time=time,
    )
