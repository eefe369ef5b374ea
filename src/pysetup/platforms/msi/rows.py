"""The rows of a database that installs a package: everything but the bytes of files."""

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence

from pysetup.platforms.installed_check import SCRIPT_NAME
from pysetup.platforms.msi.database import Row
from pysetup.platforms.msi.names import file_name, guid, identifier, short_names
from pysetup.platforms.msi.sequences import sequences
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.windows.plan import MACHINE, cache_folder, folders_above

CABINET = "product.cab"
#: The property that names the folder of Python, on the command line too.
PYTHON_DIR = "PYDIR"
FEATURE = "Everything"
_ROOT, _TARGET = "PYTHONROOT", "TARGETDIR"
_FOUND, _PROGRAM = "PYTHONFOUND", "PYTHONEXE"
_NEWER, _OLDER = "NEWERVERSION", "OLDERVERSION"
_WIDE_COMPONENT, _VITAL = 0x100, 0x200
_CURRENT_USER, _LOCAL_MACHINE, _EITHER = 1, 2, -1
_FOLDER_OF_VALUE, _WIDE_KEY = 0, 16
_ON_REMOVAL = 2
_MIGRATE, _ONLY_DETECT, _MAX_INCLUSIVE = 0x001, 0x002, 0x200
_SET_PROPERTY, _RUN_PROGRAM = 51, 50
_HIVES = {"USER": _CURRENT_USER, "MACHINE": _LOCAL_MACHINE}
_KEY = r"Software\pysetup\Packages"
_VALUE = "PythonRoot"


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
    return {
        **_contents(plan, sizes),
        **_search(plan),
        **_actions(plan),
        **sequences(
            [action for action, *_ in _settings()],
            conditions=dict(_conditions(plan)),
        ),
        "Property": sorted(_properties(plan).items()),
        "LaunchCondition": _launch_conditions(plan),
        "Upgrade": _upgrades(plan),
        "Media": [(1, len(plan.files), None, f"#{CABINET}", None, None)],
        "Feature": [(FEATURE, None, plan.name[:64], None, 1, 1, None, 0)],
    }


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
        code = guid("component", _there(plan), path)
        components.append((component, code, _folder(folder), wide, None, key))
        shown = file_name(name, named[path])
        size = sizes[path]
        files.append((key, component, shown, size, None, None, _VITAL, sequence))
    directories: list[Row] = [
        (_TARGET, None, "SourceDir"),
        (_ROOT, _TARGET, "PYTHON"),
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
        "FeatureComponents": [(FEATURE, row[0]) for row in components],
        "File": files,
        "RemoveFile": list(_byte_code(caches)),
        "Registry": [_memory(plan, components[0])],
    }


def _memory(plan: PackagePlan, component: Row) -> Row:
    """Remember the folder of Python: repair and removal look for no other one."""
    value = f"[{_ROOT}]"
    key = f"{_KEY}\\{_memory_name(plan)}"
    return (identifier("g", key), _EITHER, key, _VALUE, value, component[0])


def _byte_code(caches: Mapping[str, object]) -> Iterator[Row]:
    """Yield what Python made of modules, and goes with them; the folders last."""
    folders: dict[str, str] = {}
    for module, names in caches.items():
        assert isinstance(names, list)
        folder, component = cache_folder(module), identifier("c", module)
        folders.setdefault(folder, component)
        for name in map(str, names):
            key = identifier("r", folder, name)
            yield (key, component, name, _folder(folder), _ON_REMOVAL)
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


def _search(plan: PackagePlan) -> dict[str, list[Row]]:
    """Return the tables by which Python is looked for (PEP 514)."""
    key = rf"Software\Python\PythonCore\{plan.details['python_key']}\InstallPath"
    memory = f"{_KEY}\\{_memory_name(plan)}"
    kind = _FOLDER_OF_VALUE
    if plan.details["registry_bits"] != 32:  # noqa: PLR2004 - bits
        kind |= _WIDE_KEY
    found: dict[str, list[Row]] = {
        "AppSearch": [("PYEXE_GIVEN", "PyGivenExe")],
        "Signature": [_python_file("PyGivenExe")],
        "DrLocator": [("PyGivenExe", None, f"[{PYTHON_DIR}]", 0)],
        "RegLocator": [],
    }
    for name, hive in _HIVES.items():
        folder, program = f"Py{name.title()}Dir", f"Py{name.title()}Exe"
        kept = f"Py{name.title()}Kept"
        found["AppSearch"] += [
            (f"PYDIR_{name}", folder),
            (f"PYEXE_{name}", program),
            (f"PYKEPT_{name}", kept),
        ]
        found["Signature"].append(_python_file(program))
        found["DrLocator"].append((program, folder, None, 0))
        found["RegLocator"] += [
            (folder, hive, key, None, kind),
            (kept, hive, memory, _VALUE, kind),
        ]
    return found


def _python_file(signature: str) -> Row:
    return (signature, "python.exe", None, None, None, None, None, None, None)


def _settings() -> list[tuple[str, str, str, str]]:
    """Return what is decided once Python has been looked for: four columns a row.

    They are the action, the property, its value, and when; later ones come first.
    What is installed stays with the Python that it was installed for.
    """
    free = f"(NOT {PYTHON_DIR} OR Installed)"
    user, machine = f"{free} AND NOT ALLUSERS", f"{free} AND ALLUSERS"
    given = f"{PYTHON_DIR} AND NOT Installed AND PYEXE_GIVEN"
    return [
        ("FoundMachine", _FOUND, "[PYDIR_MACHINE]", f"{free} AND PYEXE_MACHINE"),
        ("ProgramMachine", _PROGRAM, "[PYEXE_MACHINE]", f"{free} AND PYEXE_MACHINE"),
        ("FoundUser", _FOUND, "[PYDIR_USER]", f"{user} AND PYEXE_USER"),
        ("ProgramUser", _PROGRAM, "[PYEXE_USER]", f"{user} AND PYEXE_USER"),
        ("KeptMachine", _FOUND, "[PYKEPT_MACHINE]", f"{machine} AND PYKEPT_MACHINE"),
        ("KeptUser", _FOUND, "[PYKEPT_USER]", f"{user} AND PYKEPT_USER"),
        (
            "ProgramKept",
            _PROGRAM,
            f"[{_FOUND}]python.exe",
            f"{machine} AND PYKEPT_MACHINE OR {user} AND PYKEPT_USER",
        ),
        ("FoundGiven", _FOUND, f"[{PYTHON_DIR}]", given),
        ("ProgramGiven", _PROGRAM, "[PYEXE_GIVEN]", given),
        ("SetRoot", _ROOT, f"[{_FOUND}]", _FOUND),
    ]


def _actions(plan: PackagePlan) -> dict[str, list[Row]]:
    actions: list[Row] = [
        (name, _SET_PROPERTY, property_, value, None)
        for name, property_, value, _ in _settings()
    ]
    if SCRIPT_NAME in plan.scripts:
        words = '-I -c "[CHECKNEEDS]" [UILevel]'
        actions.append(("CheckNeeds", _RUN_PROGRAM, _PROGRAM, words, None))
    return {"CustomAction": actions}


def _conditions(plan: PackagePlan) -> Iterator[tuple[str, str]]:
    for name, _, _, condition in _settings():
        yield name, condition
    if SCRIPT_NAME in plan.scripts:
        yield "CheckNeeds", "NOT Installed AND NOT IGNORENEEDS"


def _properties(plan: PackagePlan) -> dict[str, str]:
    searched = [
        f"PY{what}_{hive}" for hive in _HIVES for what in ("DIR", "EXE", "KEPT")
    ]
    public = [PYTHON_DIR, "PYEXE_GIVEN", *searched, _FOUND, _PROGRAM, _ROOT]
    found = {
        "ProductCode": product_code(plan),
        "ProductLanguage": "1033",
        "ProductName": str(plan.details["display_name"]),
        "ProductVersion": plan.version,
        "Manufacturer": plan.maintainer,
        "UpgradeCode": upgrade_code(plan),
        "SecureCustomProperties": ";".join([*public, "IGNORENEEDS", _NEWER, _OLDER]),
        "ARPCOMMENTS": plan.summary,
        "ARPURLINFOABOUT": plan.homepage,
        "ARPNOMODIFY": "1",
        # A file is taken for what it is in the package, not by dates on the disk.
        "REINSTALLMODE": "amus",
    }
    if plan.options["scope"] == MACHINE:
        found["ALLUSERS"] = "1"
    if SCRIPT_NAME in plan.scripts:
        found["CHECKNEEDS"] = _one_line_program(plan.scripts[SCRIPT_NAME])
    return {key: value for key, value in found.items() if value}


def _one_line_program(script: str) -> str:
    """Return a program for ``python -c`` that has no quotation mark and no bracket."""
    packed = base64.b64encode(zlib.compress(script.encode(), 9)).decode()
    return f"import base64,zlib;exec(zlib.decompress(base64.b64decode('{packed}')))"


def _launch_conditions(plan: PackagePlan) -> list[Row]:
    name = escaped(str(plan.details["display_name"]))
    python = escaped(str(plan.details["python_key"]))
    missing = (
        f"Python {python} was not found. Install it first, or name its folder: "
        f"msiexec /i PACKAGE {PYTHON_DIR}=FOLDER"
    )
    newer = f"A newer version of {name} is installed. Remove it first."
    return [(f"Installed OR {_FOUND}", missing), (f"NOT {_NEWER}", newer)]


def _upgrades(plan: PackagePlan) -> list[Row]:
    code = upgrade_code(plan)
    same_too = _MIGRATE | _MAX_INCLUSIVE
    return [
        (code, None, plan.version, None, same_too, None, _OLDER),
        (code, plan.version, None, None, _ONLY_DETECT, None, _NEWER),
    ]


def escaped(text: str) -> str:
    """Return ``text`` for a column that is formatted: brackets stand for themselves."""
    return "".join(
        f"[\\{character}]" if character in "[]{}" else character for character in text
    )


def _there(plan: PackagePlan) -> str:
    return f"{plan.details['python_key']}/{plan.architecture}"


def _memory_name(plan: PackagePlan) -> str:
    return f"{plan.project}-{plan.details['python_key']}"


def _folder(path: str) -> str:
    return identifier("d", path) if path else _ROOT


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
