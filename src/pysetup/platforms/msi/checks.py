"""The actions that ask Python for what a package needs: one for each requirement.

All that a program can tell Windows Installer is whether it failed, and then the log has
the name and the description of the action that ran it. So each of them looks for one
distribution, and says in its description which one.
"""

import base64
import re
import zlib
from collections.abc import Iterator, Mapping

from pysetup.platforms.installed_check import SCRIPT_NAME
from pysetup.platforms.msi.database import Row
from pysetup.platforms.msi.formatted import escaped, product_name
from pysetup.platforms.msi.search import PROGRAM
from pysetup.platforms.plan import PackagePlan

#: The property that switches the actions off, and the condition that they have.
UNLESS = "IGNORENEEDS"
CONDITION = f"NOT Installed AND NOT {UNLESS}"
_CODE, _CONDITIONS = "CHECKNEEDS", "LaunchConditions"
_RUN_PROGRAM = 50
_PROGRAM_FAILED = 1722
_LONGEST_KEY = 72
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.]")


def check_actions(plan: PackagePlan) -> list[str]:
    """Return the names of the actions, in their order."""
    return list(_named(plan))


def check_tables(plan: PackagePlan) -> dict[str, list[Row]]:
    """Return what the actions say: their descriptions, and what a failure is told as.

    What Windows Installer checks by itself is described, too. The only programs that a
    package runs are these, so its message for a program that failed can tell what is to
    be done.
    """
    needs = _named(plan)
    python = f"Looking for Python {plan.details['python_key']}, and no newer version"
    described: list[Row] = [
        (_CONDITIONS, python, None),
        *((action, f"Looking for {need}", None) for action, need in needs.items()),
    ]
    if not needs:
        return {"ActionText": described}
    name = escaped(product_name(plan))
    listed = escaped(", ".join(needs.values()))
    told = (
        f"{name} needs something that is not installed for this Python, or only in "
        f"another version ([2]). Install it first, or set {UNLESS}=1. "
        f"All that it needs: {listed}. {{{{Program: [3]}}}}"
    )
    return {
        "ActionText": described,
        "Error": [(_PROGRAM_FAILED, told)],
    }


def check_rows(plan: PackagePlan) -> Iterator[Row]:
    """Yield the actions themselves."""
    for action, project in zip(_named(plan), _needs(plan), strict=True):
        yield (action, _RUN_PROGRAM, PROGRAM, f'-I -c "[{_CODE}]" {project}', None)


def check_properties(plan: PackagePlan) -> dict[str, str]:
    """Return the property that holds the program."""
    if not _needs(plan):
        return {}
    return {_CODE: _one_line_program(plan.scripts[SCRIPT_NAME])}


def _needs(plan: PackagePlan) -> Mapping[str, object]:
    needs = plan.details["needs"]
    assert isinstance(needs, Mapping)
    return needs


def _named(plan: PackagePlan) -> dict[str, str]:
    """Return what is looked for by the name of the action that does."""
    return {
        _NOT_IN_KEYS.sub("_", f"Need{number}.{project}")[:_LONGEST_KEY]: (
            f"{project}{specifiers}"
        )
        for number, (project, specifiers) in enumerate(_needs(plan).items(), start=1)
    }


def _one_line_program(script: str) -> str:
    """Return a program for ``python -c`` that has no quotation mark and no bracket."""
    packed = base64.b64encode(zlib.compress(script.encode(), 9)).decode()
    return f"import base64,zlib;exec(zlib.decompress(base64.b64decode('{packed}')))"
