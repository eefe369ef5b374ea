"""The rows of a database that installs a package: everything but the bytes of files."""

from collections.abc import Iterator, Mapping, Sequence

from pysetup.platforms.msi.checks import (
    CONDITION,
    UNLESS,
    check_actions,
    check_properties,
    check_rows,
    check_tables,
)
from pysetup.platforms.msi.database import Row
from pysetup.platforms.msi.formatted import escaped, product_name
from pysetup.platforms.msi.names import file_name, guid, identifier, short_names
from pysetup.platforms.msi.search import (
    FOUND,
    PROPERTIES,
    PYTHON_DIR,
    ROOT,
    memory,
    memory_row,
    search,
    setting_actions,
    settings,
)
from pysetup.platforms.msi.sequences import sequences
from pysetup.platforms.msi.tables import validation
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.windows.plan import MACHINE, cache_folder, folders_above

CABINET = "product.cab"
FEATURE = "Everything"
#: How many components one feature may have (ICE47).
_MOST_COMPONENTS = 800
_FOLLOW_PARENT, _HIDDEN, _FIRST_LEVEL = 2, 0, 1
_TARGET = "TARGETDIR"
_NEWER, _OLDER = "NEWERVERSION", "OLDERVERSION"
_KEY_IN_REGISTRY, _WIDE_COMPONENT, _VITAL = 0x4, 0x100, 0x200
_ON_REMOVAL, _ALWAYS = 2, 3
_MIGRATE, _ONLY_DETECT, _MAX_INCLUSIVE = 0x001, 0x002, 0x200
_LONGEST_TITLE = 64


def product_code(plan: PackagePlan) -> str:
    """Return the GUID of the product: one for each version, release and Python."""
    return guid(
        "product", plan.project, plan.project_version, plan.release, _there(plan)
    )


def upgrade_code(plan: PackagePlan) -> str:
    """Return the GUID that all versions of the project for one Python share."""
    return guid("upgrade", plan.project, _there(plan))


def file_key(path: str) -> str:
    """Return the key of a file, which is its name in the cabinet as well."""
    return identifier("f", path)


def rows(plan: PackagePlan, sizes: Mapping[str, int]) -> dict[str, list[Row]]:
    """Return the tables; ``sizes`` are the bytes of each file by its path."""
    tables: dict[str, list[Row]] = {
        **_contents(plan, sizes),
        **search(plan),
        **check_tables(plan),
        "CustomAction": [*setting_actions(), *check_rows(plan)],
        **sequences(
            {action: condition for action, _, _, condition in settings()},
            dict.fromkeys(check_actions(plan), CONDITION),
        ),
        "Property": sorted(_properties(plan).items()),
        "LaunchCondition": _launch_conditions(plan),
        "Upgrade": _upgrades(plan),
        "Media": [(1, len(plan.files), None, f"#{CABINET}", None, None)],
    }
    return {**tables, "_Validation": validation([*tables, "_Validation"])}


def _contents(plan: PackagePlan, sizes: Mapping[str, int]) -> dict[str, list[Row]]:
    """Return the tables of folders, components and files."""
    caches = plan.details["caches"]
    assert isinstance(caches, Mapping)
    paths = [file.path for file in plan.files]
    kept = {cache_folder(module) for module in caches}
    folders = sorted({each for path in paths for each in folders_above(path)} | kept)
    named = _short_forms([*paths, *folders])
    wide = _WIDE_COMPONENT if plan.details["registry_bits"] != 32 else 0  # noqa: PLR2004
    components: list[Row] = []
    files: list[Row] = []
    for sequence, path in enumerate(paths, start=1):
        folder, _, name = path.rpartition("/")
        component, key = identifier("c", path), file_key(path)
        # Windows sees no capitals, and a component is what stands at its place.
        code = guid("component", _there(plan), path.upper())
        components.append((component, code, _folder(folder), wide, None, key))
        shown = file_name(name, named[path])
        size = sizes[path]
        files.append((key, component, shown, size, None, None, _VITAL, sequence))
    # What is remembered is in no component of a file, which other packages may share.
    remembered = identifier("m", "memory")
    code = guid("memory", plan.project, _there(plan))
    kind = wide | _KEY_IN_REGISTRY
    components.append((remembered, code, ROOT, kind, None, memory_row(plan)))
    directories: list[Row] = [
        (_TARGET, None, "SourceDir"),
        (ROOT, _TARGET, "PYTHON"),
    ]
    for path in folders:
        parent, _, name = path.rpartition("/")
        shown = file_name(name, named[path])
        directories.append((_folder(path), _folder(parent), shown))
    return {
        # First, so that its rows are stored in this order: see ``write_database``.
        "CreateFolder": _owned(plan, paths),
        "Directory": directories,
        "Component": components,
        "File": files,
        "RemoveFile": list(_byte_code(caches)),
        **_features(plan, [str(row[0]) for row in components]),
        "Registry": [memory(plan, remembered)],
    }


def _features(plan: PackagePlan, components: Sequence[str]) -> dict[str, list[Row]]:
    """Return the one feature that there is, in as many parts as it needs."""
    title = plan.name[:_LONGEST_TITLE]
    features: list[Row] = [(FEATURE, None, title, None, 1, _FIRST_LEVEL, None, 0)]
    inside: list[Row] = []
    for start in range(0, len(components), _MOST_COMPONENTS):
        name = FEATURE
        if start:
            name = f"{FEATURE}{start // _MOST_COMPONENTS + 1}"
            part = (title, None, _HIDDEN, _FIRST_LEVEL, None, _FOLLOW_PARENT)
            features.append((name, FEATURE, *part))
        some = components[start : start + _MOST_COMPONENTS]
        inside += [(name, component) for component in some]
    return {"Feature": features, "FeatureComponents": inside}


def _byte_code(caches: Mapping[str, object]) -> Iterator[Row]:
    """Yield what Python made of modules, and goes with them; the folders last."""
    folders: dict[str, str] = {}
    number = 0
    for module, names in caches.items():
        assert isinstance(names, list)
        folder, component = cache_folder(module), identifier("c", module)
        folders.setdefault(folder, component)
        for name in map(str, names):
            number += 1
            # The short form is for the rules only: no file has it.
            shown = file_name(name, f"{number:08}.PYC")
            key = identifier("r", folder, name)
            # Also before a module is replaced: byte code of one that has the same size
            # would look valid, since all files have the same date.
            yield (key, component, shown, _folder(folder), _ALWAYS)
    for folder, component in folders.items():
        key = identifier("r", folder)
        yield (key, component, None, _folder(folder), _ON_REMOVAL)


def _owned(plan: PackagePlan, paths: Sequence[str]) -> list[Row]:
    """Return the folders that go when they are empty, those inside others first."""
    owner: dict[str, str] = {}
    for path in paths:
        for folder in folders_above(path):
            owner.setdefault(folder, identifier("c", path))
    folders = sorted(plan.directories, reverse=True)
    return [(_folder(folder), owner[folder]) for folder in folders]


def _properties(plan: PackagePlan) -> dict[str, str]:
    secure = (*PROPERTIES, UNLESS, _NEWER, _OLDER)
    found = {
        "ProductCode": product_code(plan),
        "ProductLanguage": "1033",
        "ProductName": product_name(plan),
        "ProductVersion": plan.version,
        "Manufacturer": plan.maintainer,
        "UpgradeCode": upgrade_code(plan),
        "SecureCustomProperties": ";".join(secure),
        "ARPCOMMENTS": plan.summary,
        "ARPURLINFOABOUT": plan.homepage,
        "ARPNOMODIFY": "1",
        # A file is taken for what it is in the package, not by dates on the disk.
        "REINSTALLMODE": "amus",
        **check_properties(plan),
    }
    if plan.options["scope"] == MACHINE:
        found["ALLUSERS"] = "1"
    return {key: value for key, value in found.items() if value}


def _launch_conditions(plan: PackagePlan) -> list[Row]:
    name = escaped(product_name(plan))
    python = escaped(str(plan.details["python_key"]))
    missing = (
        f"Python {python} was not found. Install it first, or name its folder: "
        f"msiexec /i PACKAGE {PYTHON_DIR}=FOLDER"
    )
    newer = f"A newer version of {name} is installed. Remove it first."
    return [(f"Installed OR {FOUND}", missing), (f"NOT {_NEWER}", newer)]


def _upgrades(plan: PackagePlan) -> list[Row]:
    code = upgrade_code(plan)
    same_too = _MIGRATE | _MAX_INCLUSIVE
    return [
        (code, None, plan.version, None, same_too, None, _OLDER),
        (code, plan.version, None, None, _ONLY_DETECT, None, _NEWER),
    ]


def _there(plan: PackagePlan) -> str:
    return f"{plan.details['python_key']}/{plan.architecture}"


def _folder(path: str) -> str:
    return identifier("d", path) if path else ROOT


def _short_forms(paths: Sequence[str]) -> dict[str, str]:
    """Return the 8.3 name of each path among its siblings."""
    siblings: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        siblings.setdefault(folder, []).append(name)
    return {
        f"{folder}/{name}" if folder else name: short
        for folder, names in siblings.items()
        for name, short in short_names(names).items()
    }
