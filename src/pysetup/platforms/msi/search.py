"""How a package finds the Python that it is for, and remembers it (PEP 514)."""

from pysetup.platforms.msi.database import Row
from pysetup.platforms.msi.names import identifier
from pysetup.platforms.plan import PackagePlan

#: The property that names the folder of Python, on the command line too.
PYTHON_DIR = "PYDIR"
#: The folder of Python, and a program there that opens no window.
ROOT, PROGRAM = "PYTHONROOT", "PYTHONPROGRAM"
#: It has a value once Python has been found.
FOUND = "PYTHONFOUND"
_CURRENT_USER, _LOCAL_MACHINE, _EITHER = 1, 2, -1
_HIVES = {"USER": _CURRENT_USER, "MACHINE": _LOCAL_MACHINE}
_FOLDER_OF_VALUE, _WIDE_KEY = 0, 16
_KEY = r"Software\pysetup\Packages"
_VALUE = "PythonRoot"
_SET_PROPERTY = 51

#: The properties that Python is looked for with; they reach the service that installs.
PROPERTIES = (
    PYTHON_DIR,
    "PYEXE_GIVEN",
    *(f"PY{what}_{hive}" for hive in _HIVES for what in ("DIR", "EXE", "KEPT")),
    FOUND,
    PROGRAM,
    ROOT,
)


def search(plan: PackagePlan) -> dict[str, list[Row]]:
    """Return the tables by which Python is looked for."""
    key = rf"Software\Python\PythonCore\{plan.details['python_key']}\InstallPath"
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
            (kept, hive, _memory_key(plan), _VALUE, kind),
        ]
    return found


def memory(plan: PackagePlan, component: str) -> Row:
    """Remember the folder of Python: repair and removal look for no other one."""
    return (
        memory_row(plan),
        _EITHER,
        _memory_key(plan),
        _VALUE,
        f"[{ROOT}]",
        component,
    )


def memory_row(plan: PackagePlan) -> str:
    """Return the key of the row that remembers the folder."""
    return identifier("g", _memory_key(plan))


def settings() -> list[tuple[str, str, str, str]]:
    """Return what is decided once Python has been looked for: four columns a row.

    They are the action, the property, its value, and when; later ones come first.
    What is installed stays with the Python that it was installed for.
    """
    free = f"(NOT {PYTHON_DIR} OR Installed)"
    user, machine = f"{free} AND NOT ALLUSERS", f"{free} AND ALLUSERS"
    given = f"{PYTHON_DIR} AND NOT Installed AND PYEXE_GIVEN"
    return [
        ("FoundMachine", FOUND, "[PYDIR_MACHINE]", f"{free} AND PYEXE_MACHINE"),
        ("FoundUser", FOUND, "[PYDIR_USER]", f"{user} AND PYEXE_USER"),
        ("KeptMachine", FOUND, "[PYKEPT_MACHINE]", f"{machine} AND PYKEPT_MACHINE"),
        ("KeptUser", FOUND, "[PYKEPT_USER]", f"{user} AND PYKEPT_USER"),
        ("FoundGiven", FOUND, f"[{PYTHON_DIR}]", given),
        ("SetRoot", ROOT, f"[{FOUND}]", FOUND),
        # The folder may end in a backslash or not; two of them are one.
        ("SetProgram", PROGRAM, f"[{FOUND}]\\pythonw.exe", FOUND),
    ]


def setting_actions() -> list[Row]:
    """Return the custom actions that carry out the settings."""
    return [
        (name, _SET_PROPERTY, property_, value, None)
        for name, property_, value, _ in settings()
    ]


def _memory_key(plan: PackagePlan) -> str:
    return f"{_KEY}\\{plan.project}-{plan.details['python_key']}"


def _python_file(signature: str) -> Row:
    return (signature, "python.exe", None, None, None, None, None, None, None)
