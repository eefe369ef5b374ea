"""The self-contained recipe: any rpmbuild builds from it, without macros for Python.

The project's back end builds a wheel, and a script beside the recipe lays out its files
as the plan says, so the package has the files and relations of the binary level.
"""

from collections.abc import Iterator, Sequence

from pysetup.platforms.plan import (
    CONFIG,
    PROVIDES,
    REQUIRES,
    PackagePlan,
    SubPackage,
)
from pysetup.platforms.rpm.package import Change
from pysetup.platforms.rpm.planned import dist_info_of, packager_of
from pysetup.platforms.rpm.spec_text import (
    changelog,
    escaped,
    mark_of,
    quoted_path,
    relation_tags,
    section,
    tag,
    tags,
)

# The files are the plan's, to the letter: nothing is compiled, stripped or moved.
_SETTINGS = """\
%global debug_package %{nil}
%global _build_id_links none
%global __os_install_post %{nil}
"""
_DATED = """\
%global _changelog_trimage 0
%global _changelog_trimtime 0
%global source_date_epoch_from_changelog 1
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost reproducible
"""
# Machine code may be another one here: what it asks for, rpm finds out by itself. Its
# generators for all else are told that no file is theirs.
_GENERATORS = {
    **dict.fromkeys(("font", "perl", "script"), "magic"),
    **dict.fromkeys(("desktop", "metainfo", "perllib", "pkgconfig"), "path"),
    **dict.fromkeys(("python", "pythondist", "pythonname"), "path"),
}
_ELF_ONLY = "".join(
    f"%global __{name}_{by} ^$\n" for name, by in sorted(_GENERATORS.items())
)
_LIST = "pysetup-files.list"
_WHEELS = "pysetup-wheels"


def plain_spec(
    plan: PackagePlan,
    *,
    sources: Sequence[str],
    top: str,
    interpreter: str,
    build_requires: Sequence[str],
    changes: Sequence[Change],
) -> str:
    """Return the spec file.

    ``sources`` are the names of the sdist, the plan and the script; ``top`` is the
    folder that the sdist unpacks to.
    """
    compiled = bool(plan.details["colours"])
    epoch, _, version = plan.version.rpartition(":")
    python = escaped(interpreter)
    return "".join(
        (
            "# Written by pysetup; bdist_rpm --source writes it anew.\n",
            _SETTINGS,
            _DATED if changes else "",
            _ELF_ONLY if compiled else "",
            "\n",
            tag("Name", plan.name),
            tag("Epoch", epoch),
            tag("Version", version),
            tag("Release", plan.release),
            tag("Summary", plan.summary),
            tag("License", plan.licence),
            tag("Group", str(plan.options["group"])),
            tag("Vendor", str(plan.options["vendor"])),
            tag("Packager", packager_of(plan)),
            tag("URL", plan.homepage),
            tag("BuildArch", "noarch") if plan.architecture == "noarch" else "",
            *(tag(f"Source{number}", name) for number, name in enumerate(sources)),
            tags("BuildRequires", build_requires),
            _relations(plan, compiled=compiled),
            section("%description", f"{escaped(plan.description)}\n"),
            *(_extra(plan, extra) for extra in plan.packages),
            section("%prep", f"%setup -q -n {escaped(top)}\n"),
            section("%build", f"{python} %{{SOURCE2}} build %{{SOURCE1}} {_WHEELS}\n"),
            section(
                "%install",
                "rm -rf %{buildroot}\n"
                f"{python} %{{SOURCE2}} install %{{SOURCE1}} {_WHEELS} "
                f'"%{{buildroot}}" {_LIST}\n',
            ),
            *(
                section(f"%{name}", escaped(script))
                for name, script in plan.scripts.items()
            ),
            section(f"%files -f {_LIST}", "".join(_files(plan))),
            *(section(f"%files -n {extra.name}", "") for extra in plan.packages),
            section("%changelog", changelog(changes)) if changes else "",
        )
    )


def _relations(plan: PackagePlan, *, compiled: bool) -> str:
    """Return the relations that rpmbuild does not find out by itself."""
    own = (f"{plan.name} =", f"{plan.name}(")
    kept: dict[str, list[str]] = {}
    for kind, texts in plan.relations.items():
        kept[kind] = [
            text
            for text in texts
            if not (kind == PROVIDES and text.startswith(own))
            and not (compiled and _is_of_machine_code(text))
        ]
    if compiled:
        return relation_tags(kept)
    if any(file.role == CONFIG for file in plan.files):
        # What rpmbuild would find out by itself, were it asked to.
        own_files = f"config({plan.name}) = {plan.version}-{plan.release}"
        for kind in (REQUIRES, PROVIDES):
            kept.setdefault(kind, []).append(own_files)
    return tag("AutoReqProv", "no") + relation_tags(kept)


def _is_of_machine_code(text: str) -> bool:
    return ".so" in text or text.startswith("rtld(")


def _extra(plan: PackagePlan, extra: SubPackage) -> str:
    own = f"{extra.name} ="
    relations = {
        kind: [text for text in texts if not text.startswith(own)]
        for kind, texts in extra.relations.items()
    }
    noarch = plan.details["extras_architecture"] == "noarch" != plan.architecture
    return section(
        f"%package -n {extra.name}",
        tag("Summary", extra.summary)
        + (tag("BuildArch", "noarch") if noarch else "")
        + tag("AutoReqProv", "no")
        + relation_tags(relations),
    ) + section(f"%description -n {extra.name}", f"{escaped(extra.summary)}.\n")


def _files(plan: PackagePlan) -> Iterator[str]:
    yield "%defattr(-,root,root,-)\n"
    # What is in the .dist-info, the script tells: versions of back ends differ there.
    info = f"{dist_info_of(plan)}/"
    for directory in plan.directories:
        if not f"{directory}/".startswith(info):
            yield f"%dir {quoted_path(directory)}\n"
    for file in plan.files:
        if not file.path.startswith(info):
            yield f"{mark_of(file)}{quoted_path(file.path)}\n"
