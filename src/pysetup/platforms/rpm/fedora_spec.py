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
    UNIT,
    PackageFile,
    PackagePlan,
)
from pysetup.platforms.quoting import shell_word
from pysetup.platforms.rpm.package import Change
from pysetup.platforms.rpm.planned import dist_info_of, texts_of
from pysetup.platforms.rpm.scriptlets import macro_scriptlets_of
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

# What the generators say: of a Python with its version, and of machine code.
_GENERATED = re.compile(
    r"\(*python[0-9]+\.[0-9]+dist\(|python\(abi\)|.*\.so[.(]|rtld\("
)
_SITE = re.compile(r"usr/lib(?:64)?/python[0-9.]+/site-packages/(?P<rest>.+)")
_DIST_INFO = re.compile(r"[^/]+\.dist-info/.+")
# What %pyproject_save_files takes for modules, below the folder of modules.
_MODULE = re.compile(r"(?P<name>[^/]+?)(?:/.+|\.pyi?|\.[^/]*\.so|\.so)")
_NOT_IN_GLOB = re.compile(r"[^A-Za-z0-9_-]|^-")
# pip puts the configuration below the prefix.
_MOVE_CONFIGURATION = "mv %{buildroot}%{_prefix}/etc %{buildroot}%{_sysconfdir}\n"
_PLACES = (
    (re.compile(r'^"/usr/bin/'), '"%{_bindir}/'),
    # Some commands are also there under a name with the version of Python.
    (re.compile(r'(?<=[a-z-])3\.[0-9]+"$'), '%{python3_version}"'),
    (
        re.compile(r'^"/usr/include/python[0-9.]+'),
        '"%{_includedir}/python%{python3_version}',
    ),
)
_CHECK = """\
# Modules further down may ask for an extra, or for another system.
%pyproject_check_import -t
"""


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
    extras = _extras(plan, document)
    modules = _modules(plan)
    units = macro_scriptlets_of(file.path for file in plan.files if file.role == UNIT)
    return "".join(
        (
            "# Written by pysetup; bdist_rpm --source writes it anew.\n",
            _without_debug_package(plan),
            tag("Name", f"python-{plan.project}"),
            tag("Epoch", epoch),
            tag("Version", version),
            f"{'Release:':<16}{escaped(plan.release)}%{{?dist}}\n",
            tag("Summary", plan.summary),
            tag("License", plan.licence),
            tag("URL", plan.homepage or _index_page(document)),
            tag("Source0", sdist),
            tag("BuildArch", "noarch") if plan.architecture == "noarch" else "",
            tags("BuildRequires", build_requires),
            tag("BuildRequires", "systemd-rpm-macros") if units else "",
            section("%description", f"{escaped(plan.description)}\n"),
            section(
                f"%package -n {plan.name}",
                tag("Summary", plan.summary) + relation_tags(_stated(plan)),
            ),
            section(f"%description -n {plan.name}", f"{escaped(plan.description)}\n"),
            _extra_packages(plan, extras),
            section("%prep", f"%autosetup -p1 -n {escaped(top)}\n"),
            section("%generate_buildrequires", _build_requirements(extras)),
            section("%build", "%pyproject_wheel\n"),
            section("%install", _install(plan, document, modules)),
            section("%check", _CHECK) if _can_be_imported(plan) else "",
            *(
                section(f"%{name} -n {plan.name}", script)
                for name, script in units.items()
            ),
            section(
                f"%files -n {plan.name} -f %{{pyproject_files}}",
                "".join(_files(plan)),
            ),
            section("%changelog", changelog(changes)) if changes else "",
        )
    )


def _without_debug_package(plan: PackagePlan) -> str:
    """Return the line that a package for one machine needs if it has no code for it."""
    if plan.architecture == "noarch" or plan.details["colours"]:
        return ""
    return "%global debug_package %{nil}\n"


def _extras(plan: PackagePlan, document: Metadata) -> str:
    """Return the extras that are packaged, as the metadata spells them.

    Not every generator compares normalised names.
    """
    return ",".join(document.texts("provides_extra")) if plan.packages else ""


def _extra_packages(plan: PackagePlan, extras: str) -> str:
    if not extras:
        return ""
    noarch = plan.details["extras_architecture"] == "noarch" != plan.architecture
    option = "-a " if noarch else ""
    return f"\n%pyproject_extras_subpkg {option}-n {plan.name} {extras}\n"


def _build_requirements(extras: str) -> str:
    if not extras:
        return "%pyproject_buildrequires\n"
    return (
        "# What extras need has to be there, so that their packages can be installed.\n"
        f"%pyproject_buildrequires -x {extras}\n"
    )


def _install(plan: PackagePlan, document: Metadata, modules: Sequence[str]) -> str:
    words = ["%pyproject_save_files"]
    if document.texts("license_file"):
        words.append("-l")
    words += (f"'{module}'" for module in modules) if modules else ("-M",)
    site = _site_macro(dist_info_of(plan))
    strays = "".join(
        f"rm -rf %{{buildroot}}{site}/{shell_word(escaped(name))}\n"
        for name in texts_of(plan, "stray")
    )
    configured = any(file.role == CONFIG for file in plan.files)
    move = _MOVE_CONFIGURATION if configured else ""
    return f"%pyproject_install\n{strays}{move}{' '.join(words)}\n"


def _stated(plan: PackagePlan) -> dict[str, list[str]]:
    """Return the relations that no generator of Fedora's finds by itself."""
    own = (f"{plan.name} =", f"{plan.name}(", f"python3-{plan.project} =")
    interpreters = {
        file.interpreter or file.content.partition("\n")[0].removeprefix("#!")
        for file in plan.files
        if file.role in (SCRIPT, LAUNCHER)
    }
    found: dict[str, list[str]] = {}
    for kind, texts in plan.relations.items():
        found[kind] = [
            text
            for text in texts
            if not text.startswith(own)
            and not _GENERATED.match(text)
            and text not in interpreters
            and f"dist({plan.project})" not in text
        ]
    return found


def _index_page(document: Metadata) -> str:
    return f"https://pypi.org/project/{document.normalized_name}/"


def _modules(plan: PackagePlan) -> list[str]:
    """Return the globs of top-level modules, as %pyproject_save_files asks."""
    found = {
        _NOT_IN_GLOB.sub("?", match["name"])
        for file in plan.files
        if (match := _MODULE.fullmatch(_below_site(file)))
    }
    return sorted(found)


def _can_be_imported(plan: PackagePlan) -> bool:
    """Tell whether %pyproject_check_import finds a module that it would try.

    There is none in stubs of types, and where all names are private.
    """
    return any(
        match["name"].isidentifier() and not match["name"].startswith("_")
        for file in plan.files
        if file.path.endswith((".py", ".so"))
        and (match := _MODULE.fullmatch(_below_site(file)))
    )


def _below_site(file: PackageFile) -> str:
    """Return the path below the folder of modules; "" for other files and metadata."""
    match = _SITE.fullmatch(file.path)
    rest = match["rest"] if match else ""
    return "" if _DIST_INFO.fullmatch(rest) else rest


def _files(plan: PackagePlan) -> Iterator[str]:
    """Yield the lines for files that %pyproject_save_files does not list."""
    dist_info = dist_info_of(plan)
    for file in plan.files:
        if file.path.startswith(f"{dist_info}/"):
            yield from _lone_licence(file, dist_info)
            continue
        if _MODULE.fullmatch(_below_site(file)):
            continue
        mark = mark_of(file) if file.role in (CONFIG, DATA) else ""
        yield f"{mark}{_macro_path(file.path)}\n"
    for directory in plan.directories:
        if not _SITE.match(f"{directory}/."):
            yield f"%dir {_macro_path(directory)}\n"


def _lone_licence(file: PackageFile, dist_info: str) -> Iterator[str]:
    """Yield the line of a licence that the wheel has beside its modules."""
    if file.role == LICENCE and "/" not in file.source:
        yield (
            f"%license {quoted_path(file.source)}".replace(
                '"/', f'"{_site_macro(dist_info)}/', 1
            )
            + "\n"
        )


def _site_macro(path: str) -> str:
    return (
        "%{python3_sitearch}" if path.startswith("usr/lib64/") else "%{python3_sitelib}"
    )


def _macro_path(path: str) -> str:
    """Return a path with macros for the folders that the build root decides on."""
    if match := _SITE.fullmatch(path):
        return quoted_path(match["rest"]).replace('"', f'"{_site_macro(path)}', 1)
    quoted = quoted_path(path)
    for place, macro in _PLACES:
        quoted = place.sub(macro, quoted)
    # Pages of the manual are compressed there, by whatever is the custom.
    if quoted.endswith('.gz"') and "/share/man/" in quoted:
        return quoted.removesuffix('.gz"') + '*"'
    return quoted
