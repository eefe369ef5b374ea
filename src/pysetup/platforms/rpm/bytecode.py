"""Bytecode that a package ships: compiled by the target's own Python, dated as it is.

A module and its bytecode have one time, that of the package, so Python takes the
bytecode for fresh; paths in it are those on the target.
"""

import os
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.platforms.interface import Making, MissingToolError, ToolNeed
from pysetup.platforms.plan import MODULE, PackagePlan
from pysetup.platforms.rpm.planned import texts_of
from pysetup.platforms.staging import content_of

_OPTIONS = ("-q", "-f", "-o", "0", "-o", "1", "--invalidation-mode", "timestamp")


class BytecodeError(BuildError):
    """Python could not compile any module of a package.

    With ``--option bytecode=ghost`` no bytecode is shipped, and none is needed.
    """

    code = "PS6564"

    def __init__(self, project: str, program: str, output: str) -> None:
        super().__init__(
            f"{program} compiled no module of {project}",
            facts={"program": program, "output": output[-2000:]},
            hints=("leave it to the machine:  --option bytecode=ghost",),
        )


def python_need(version: str) -> ToolNeed:
    """Return the need of the Python that compiles for a target."""
    return ToolNeed(f"python{version}", f"python{version}", optional=True)


def compiled_modules(
    plan: PackagePlan, root: Path, *, time: int, making: Making
) -> dict[str, bytes]:
    """Return the bytecode of the plan's modules by its path.

    ``root`` is the built tree, ``time`` that of all files. Modules that do not compile
    have none. Raises ``MissingToolError`` and ``BytecodeError``.
    """
    wanted = texts_of(plan, "bytecode")
    need = python_need(str(plan.details["python"]))
    program = making.tools.find(need.name)
    if program is None:
        raise MissingToolError(plan.format, need)
    folder = making.scratch / "bytecode"
    for file in plan.files:
        if file.role == MODULE:
            place = folder / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content_of(file, root))
            os.utime(place, (time, time))
    words = [program, "-I", "-m", "compileall", *_OPTIONS, "-s", str(folder), "-p", "/"]
    finished = making.tools.run(
        [*words, str(folder)], cwd=folder, env={"PYTHONHASHSEED": "0"}
    )
    found = {
        path: (folder / path).read_bytes()
        for path in wanted
        if (folder / path).is_file()
    }
    if not found:
        output = (finished.stdout + finished.stderr).decode("utf-8", "replace")
        raise BytecodeError(plan.project, program, output)
    return found
