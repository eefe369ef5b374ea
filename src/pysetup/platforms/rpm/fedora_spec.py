"""The recipe in Fedora's own manner: its macros build, its generators relate."""

import re
from collections.abc import Iterator, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.plan import (
    CONFIG,
    DATA,
    LAUNCHER,
    LICENCE,
    SCRIPT,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.rpm.package import Change
from pysetup.platforms.rpm.plain_spec import mark_of
from pysetup.platforms.rpm.spec_text import (
    changelog,
    escaped,
    quoted_path,
    relation_tags,
    section,
    tag,
    tags,
)

# What the generators say: of a Python with its version, of scripts, of machine code.
_GENERATED = re.compile(
    r"\(*python[0-9]+\.[0-9]+dist\(|python\(abi\)|/usr/bin/python|.*\.so[.(]|rtld\("
)
_NAME = re.compile(r"[A-Za-z0-9._+-]+")


def fedora_spec(
    plan: PackagePlan,
    document: Metadata,
    *,
    sdist: str,
    top: str,
    build_requires: Sequence[str],
    changes: Sequence[Change],
) -> str:
    """Return the spec file; version and folders of Python are the build root's."""
    epoch, _, version = plan.version.rpartition(":")
    compiled = bool(plan.details["colours"])
    # As the metadata spells them: not every generator compares normalised names.
    extras = ",".join(document.texts("provides_extra")) if plan.packages else ""
    licensed = any(file.role == LICENCE for file in plan.files)
    modules = " ".join(f"'{name}'" for name in _modules(plan))
    return "".join(
        (
            "# Written by pysetup; bdist_rpm --source writes it anew.\n",
            tag("Name", f"python-{plan.project}"),
            tag("Epoch", epoch),
            tag("Version", version),
            f"{'Release:':<16}{escaped(plan.release)}%{{?dist}}\n",
            tag("Summary", plan.summary),
            tag("License", plan.licence),
            tag("URL", plan.homepage or _index_page(document)),
            tag("Source0", sdist),
            "" if compiled else tag("BuildArch", "noarch"),
            tags("BuildRequires", build_requires),
            section("%description", f"{escaped(plan.description)}\n"),
            section(
                f"%package -n {plan.name}",
                tag("Summary", plan.summary) + relation_tags(_stated(plan)),
            ),
            section(f"%description -n {plan.name}", f"{escaped(plan.description)}\n"),
            f"\n%pyproject_extras_subpkg -n {plan.name} {extras}\n" if extras else "",
            section("%prep", f"%autosetup -p1 -n {escaped(top)}\n"),
            section("%generate_buildrequires", "%pyproject_buildrequires\n"),
            section("%build", "%pyproject_wheel\n"),
            section(
                "%install",
                "%pyproject_install\n"
                f"%pyproject_save_files {'-l ' if licensed else ''}{modules}\n",
            ),
            section("%check", "%pyproject_check_import -t\n"),
            *(
                section(f"%{name} -n {plan.name}", escaped(script))
                for name, script in plan.scripts.items()
            ),
            section(
                f"%files -n {plan.name} -f %{{pyproject_files}}",
                "".join(_files(plan)),
            ),
            section("%changelog", changelog(changes)) if changes else "",
        )
    )


def _stated(plan: PackagePlan) -> dict[str, list[str]]:
    """Return the relations that no generator of Fedora's finds by itself."""
    own = (f"{plan.name} =", f"{plan.name}(", f"python3-{plan.project} =")
    found: dict[str, list[str]] = {}
    for kind, texts in plan.relations.items():
        found[kind] = [
            text
            for text in texts
            if not text.startswith(own)
            and not _GENERATED.match(text)
            and f"dist({plan.project})" not in text
        ]
    return found


def _index_page(document: Metadata) -> str:
    return f"https://pypi.org/project/{document.normalized_name}/"


def _modules(plan: PackagePlan) -> list[str]:
    """Return the top-level modules and packages, as %pyproject_save_files asks."""
    found = {
        name
        for file in plan.files
        if (name := _top_module(file)) and _NAME.fullmatch(name)
    }
    return sorted(found)


def _top_module(file: PackageFile) -> str:
    match = re.search(r"/site-packages/([^/]+?)(/|\.py$|\.[^/]*\.so$)", f"/{file.path}")
    name = match[1] if match else ""
    return "" if name.endswith((".dist-info", ".libs")) else name


def _files(plan: PackagePlan) -> Iterator[str]:
    site = re.compile(r"usr/lib(64)?/python[0-9.]+/site-packages/")
    for file in plan.files:
        if site.match(file.path):
            continue
        path = quoted_path(file.path)
        if file.role in (SCRIPT, LAUNCHER):
            path = path.replace('"/usr/bin/', '"%{_bindir}/', 1)
        # Pages of the manual are compressed there, by whatever is the custom.
        if path.endswith('.gz"') and "/share/man/" in path:
            path = path.removesuffix('.gz"') + '*"'
        yield f"{mark_of(file) if file.role in (CONFIG, DATA) else ''}{path}\n"
    for directory in plan.directories:
        if not site.match(f"{directory}/"):
            yield f"%dir {quoted_path(directory)}\n"
