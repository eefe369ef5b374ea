"""The source level: debian/ for debhelper and pybuild, around the sdist as it is.

What is built from it has the same files and the same relations as the package that is
made of the wheel: the names come from the same plan, the files from the wheel that the
build makes, and debhelper's own changes to them are undone.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pysetup.errors import BuildError, UsageError
from pysetup.interchange.layout import metadata_files
from pysetup.interchange.members import FILE
from pysetup.interchange.sdist_file import walk_sdist
from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.architectures import ALL
from pysetup.platforms.deb.binary import (
    RELATION_FIELDS,
    changelog_text,
    copyright_text,
    date_of,
    decoded,
    source_name,
)
from pysetup.platforms.deb.control import (
    folded,
    one_line,
    paragraph,
    relation_field,
)
from pysetup.platforms.deb.dsc import copy_whole, write_debian_tar, write_dsc
from pysetup.platforms.deb.mapping import relations_of
from pysetup.platforms.deb.rules import rules_text
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import (
    LICENCE,
    METADATA,
    REQUIRES,
    MappedRequirement,
    PackageFile,
    PackagePlan,
    Relations,
)
from pysetup.platforms.requirement_mapping import unmapped
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON

_STANDARDS = "4.6.2"
_COMPAT = "debhelper-compat (= 13)"
_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz")
_LIBRARIES = "${shlibs:Depends}"
_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?(?:/.*)?")
_OPTIONS = 'extend-diff-ignore = "^[^/]*[.](egg-info|dist-info)/"\n'
_MOST_LICENCE = 1 << 20


class UnmappedBuildRequirementsError(UsageError):
    """It is not known which packages of Debian the build of a project needs.

    A source package names them all, the build back end among them. The mapping can
    stand in the document or in a file (``--map-deps``).
    """

    code = "PS2751"

    def __init__(self, plan: PackagePlan, missing: Sequence[str]) -> None:
        super().__init__(
            f"no package of {plan.target} is known for what the build of "
            f"{plan.project} needs: {', '.join(missing)}",
            facts={"target": plan.target, "requirements": list(missing)},
            hints=(
                "--map-deps FILE  or the document's pysetup.platform says the names",
            ),
        )


class NoOrigError(BuildError):
    """Debian's source packages cannot hold an sdist of this kind.

    They take tar archives compressed with gzip, bzip2 or xz. Make the sdist anew:
    every build tool makes ``.tar.gz`` today.
    """

    code = "PS6545"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} cannot be the source of a Debian package: it is no .tar.gz",
            facts={"file": name},
            hints=("pysetup sdist --normalize ARCHIVE  makes a .tar.gz of it",),
        )


def write_source(
    plan: PackagePlan,
    sdist: Path,
    metadata: Metadata,
    target: PlatformTarget,
    out: Path,
    *,
    making: Making | None,
) -> list[Path]:
    """Write the .dsc, the sdist under Debian's name, and the archive of debian/.

    Raises ``NoOrigError``, ``UnmappedBuildRequirementsError``, and as reading the
    sdist does.
    """
    del target  # the plan knows it
    ending = next((each for each in _ENDINGS if sdist.name.endswith(each)), None)
    if ending is None:
        raise NoOrigError(sdist.name)
    ending = ".tar.gz" if ending == ".tgz" else ending
    date = date_of(making)
    source = source_name(plan)
    without_epoch = plan.version.rpartition(":")[2]
    upstream = without_epoch.rpartition("-")[0]
    stem = f"{source}_{without_epoch}"
    texts = debian_files(plan, metadata, licence_texts(plan, sdist), date=date)
    orig = out / f"{source}_{upstream}.orig{ending}"
    debian, dsc = out / f"{stem}.debian.tar.xz", out / f"{stem}.dsc"
    copy_whole(sdist, orig)
    write_debian_tar(debian, texts, date=date)
    write_dsc(dsc, dsc_fields(plan), (orig, debian))
    return [dsc, orig, debian]


def debian_files(
    plan: PackagePlan, metadata: Metadata, texts: Mapping[str, str], *, date: int
) -> dict[str, bytes]:
    """Return the files of debian/ by their paths; ``texts`` are those of licences."""
    source = source_name(plan)
    found = {
        "changelog": changelog_text(plan, source, date),
        "control": control_text(plan),
        "copyright": copyright_text(plan, texts),
        "rules": rules_text(plan, built=_built_entry(plan, metadata, texts)),
        "source/format": "3.0 (quilt)\n",
        "source/options": _OPTIONS,
    }
    for file in plan.files:
        if file.path.startswith("usr/share/lintian/overrides/"):
            found[f"{plan.name}.lintian-overrides"] = file.content
    if watch := watch_text(metadata):
        found["watch"] = watch
    encoded = {name: text.encode() for name, text in found.items()}
    entry = dist_info_files(plan, metadata, texts)
    return encoded | {f"dist-info/{name}": text for name, text in entry.items()}


def dist_info_files(
    plan: PackagePlan, metadata: Metadata, texts: Mapping[str, str]
) -> dict[str, bytes]:
    """Return what the document says of the database entry, whoever builds the wheel.

    Of what the plan has there the rest, WHEEL for one, is for the build to write.
    """
    planned = planned_entry(plan)
    made = metadata_files(metadata)
    licences = {f"licenses/{name}": text for name, text in texts.items()} | {**texts}
    found: dict[str, bytes] = {}
    for name, file in planned.items():
        if not file.source:
            found[name] = file.content.encode()
        elif name in made:
            found[name] = made[name]
        elif name in licences:
            found[name] = licences[name].encode()
    return found


def _built_entry(
    plan: PackagePlan, metadata: Metadata, texts: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the files of the database entry that the build has to write."""
    ours = dist_info_files(plan, metadata, texts)
    return tuple(sorted(planned_entry(plan).keys() - ours.keys()))


def planned_entry(plan: PackagePlan) -> dict[str, PackageFile]:
    """Return the files of the database entry by their paths in it."""
    return {
        path: file
        for file in plan.files
        if file.role in (METADATA, LICENCE)
        and (path := file.path.partition(".dist-info/")[2])
    }


def control_text(plan: PackagePlan) -> str:
    """Return debian/control: the source, the package, and the packages of extras."""
    source = paragraph(
        {
            "Source": source_name(plan),
            **_section(plan),
            "Build-Depends": _listed(build_depends(plan)),
            "Standards-Version": _STANDARDS,
            "Homepage": one_line(plan.homepage),
            "Rules-Requires-Root": "no",
        }
    )
    compiled = plan.architecture != ALL
    main = paragraph(
        {
            "Package": plan.name,
            "Architecture": "any" if compiled else ALL,
            **_relations(plan.relations, plan, compiled=compiled),
            "Description": f"{plan.summary}\n{folded(plan.description)}",
        }
    )
    extras = [
        paragraph(
            {
                "Package": extra.name,
                "Architecture": ALL,
                **_relations(extra.relations, plan, compiled=False),
                "Description": f"{extra.summary}\n{folded(plan.description)}",
            }
        )
        for extra in plan.packages
    ]
    return "\n".join((source, main, *extras))


def build_depends(plan: PackagePlan) -> tuple[str, ...]:
    """Return what has to be installed to build the package.

    Raises ``UnmappedBuildRequirementsError``.
    """
    rows = plan.details["build"]
    assert isinstance(rows, (list, tuple)), "the plan is ours"
    mapped = [MappedRequirement.from_json(row) for row in rows if isinstance(row, dict)]
    missing = unmapped(mapped)
    if missing:
        raise UnmappedBuildRequirementsError(plan, missing)
    python = "python3" if plan.architecture == ALL else "python3-dev"
    return (
        _COMPAT,
        "dh-sequence-python3",
        "pybuild-plugin-pyproject",
        python,
        *relations_of(mapped),
    )


def watch_text(metadata: Metadata) -> str:
    """Return debian/watch for a project whose releases are tags on GitHub; or nothing.

    Where the others have their releases is not known.
    """
    urls = [*metadata.section("project_url").values(), metadata.text("home_page")]
    for url in urls:
        match = _GITHUB.fullmatch(str(url).strip())
        if match is not None:
            place = f"https://github.com/{match[1]}/{match[2]}/tags"
            return f"version=4\n{place} .*/v?(\\d[\\w.]*)\\.tar\\.gz\n"
    return ""


def licence_texts(plan: PackagePlan, sdist: Path) -> dict[str, str]:
    """Return the texts of licences in the sdist, by the names that the wheel has them.

    A wheel has them by their paths in the project, or all in one folder.
    """
    names = {
        name.partition(".dist-info/")[2].removeprefix("licenses/")
        for name in _texts(plan.details["licences"])
    }
    found: dict[str, str] = {}
    with closing(walk_sdist(sdist)) as members:
        for member in members:
            path = member.path.partition("/")[2]
            if member.kind == FILE and path in names and member.size <= _MOST_LICENCE:
                found[path] = decoded(b"".join(member.read()))
    return found


def dsc_fields(plan: PackagePlan) -> dict[str, str]:
    """Return the fields of the .dsc but for its lists of files."""
    compiled = plan.architecture != ALL
    architecture = "any" if compiled else ALL
    section, priority = plan.options["section"], plan.options["priority"]
    names = [plan.name, *(extra.name for extra in plan.packages)]
    kinds = [architecture, *(ALL for _ in plan.packages)]
    packages = "".join(
        f"\n {name} deb {section} {priority} arch={kind}"
        for name, kind in zip(names, kinds, strict=True)
    )
    return {
        "Format": "3.0 (quilt)",
        "Source": source_name(plan),
        "Binary": ", ".join(names),
        "Architecture": " ".join(dict.fromkeys(kinds)),
        "Version": plan.version,
        "Maintainer": plan.maintainer,
        "Homepage": one_line(plan.homepage),
        "Standards-Version": _STANDARDS,
        "Build-Depends": relation_field(build_depends(plan)),
        "Package-List": packages,
    }


def _section(plan: PackagePlan) -> dict[str, str]:
    return {
        "Section": str(plan.options["section"]),
        "Priority": str(plan.options["priority"]),
        "Maintainer": plan.maintainer,
    }


def _relations(
    relations: Relations, plan: PackagePlan, *, compiled: bool
) -> dict[str, str]:
    """Return the fields of relations; libraries are known when they are linked."""
    libraries = _texts(plan.details["libraries"]) if compiled else ()
    found: dict[str, str] = {}
    for kind, field in RELATION_FIELDS.items():
        texts = [text for text in relations.get(kind, ()) if text not in libraries]
        if kind == REQUIRES:
            texts += ["${misc:Depends}", *([_LIBRARIES] if compiled else ())]
        found[field] = _listed(texts)
    return found


def _listed(texts: Sequence[str]) -> str:
    """Return relations one a line, as people write them."""
    return ",\n".join(dict.fromkeys(map(one_line, texts)))


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()
