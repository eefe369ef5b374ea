"""Running a command of an environment; its exit code is ours."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from pysetup.edges.foreground import become, end_as, run_before
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.late import shutil
from pysetup.phases.run.launch import (
    LaunchPlan,
    Surroundings,
    plan_entry,
    plan_program,
    plan_python,
)
from pysetup.standards.entry_points import EntryPoint
from pysetup.workflows.context import Context
from pysetup.workflows.running.scripts import Script, plan_script

__all__ = ["Execute", "end_as", "plan_command", "run_and_stay", "run_command", "start"]

_HEAD = 1024


class Execute(Protocol):
    """Becomes a program; the relative words are from ``directory``."""

    def __call__(
        self,
        program: str,
        words: Sequence[str],
        environ: Mapping[str, str],
        *,
        directory: Path,
        content: bytes | None = None,
    ) -> NoReturn:
        """Do it; ``content`` is for standard input."""


def run_command(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    execute: Execute = become,
) -> NoReturn:
    """Become the command ``name`` of ``environment``; does not return.

    Raises as ``plan_command``, and ``CommandNotFoundError`` if it cannot be started.
    """
    plan = plan_command(name, arguments, environment=environment, context=context)
    start(plan, context, execute=execute)


def start(plan: LaunchPlan, context: Context, *, execute: Execute = become) -> NoReturn:
    """Become what is planned; raises ``CommandNotFoundError``."""
    execute(
        plan.program,
        plan.words,
        plan.environ,
        directory=context.directory,
        content=plan.content,
    )


def run_and_stay(plan: LaunchPlan, context: Context) -> int:
    """Run what is planned and return its exit code; negative for a signal."""
    return run_before(
        plan.program,
        plan.words,
        plan.environ,
        directory=context.directory,
        content=plan.content,
    )


def plan_command(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    layer: str | None = None,
) -> LaunchPlan:
    """Say what ``name`` means, and how it is started in the context's folder.

    It is the interpreter, a Python file, a script of the environment, an entry point
    whose launcher is missing, or a program on PATH, in this order. ``layer`` is the
    interpreter of an environment on top of ``environment``, whose scripts come first.
    Raises ``CommandMissingError``.
    """
    environ = context.environ
    inside = Surroundings.of(environment)
    if layer is not None:
        inside = inside.below(layer)
    if name in ("python", "python3"):
        return plan_python(arguments, inside=inside, environ=environ)
    if name.endswith(".py") and os.path.isfile(context.path(name)):
        return plan_script(Script(name), arguments, inside=inside, context=context)
    program: str | None = None
    if os.sep in name:
        program = _executable(os.fspath(context.path(name)))
    elif (program := _script(name, inside)) is None:
        entry = _entry(name, environment)
        if entry is not None and entry.attribute:
            return plan_entry(entry, arguments, inside=inside, environ=environ)
        program = shutil.which(name, path=environ.get("PATH", os.defpath))
    if program is None:
        raise _missing(name, environment, inside)
    if layer is not None and _starts_python(program, environment):
        # Its first line names the Python below, which knows nothing of the layer.
        return plan_python((program, *arguments), inside=inside, environ=environ)
    return plan_program(program, arguments, inside=inside, environ=environ)


def _script(name: str, inside: Surroundings) -> str | None:
    found = (_executable(os.path.join(folder, name)) for folder in inside.scripts)
    return next((path for path in found if path is not None), None)


def _entry(name: str, environment: Environment) -> EntryPoint | None:
    # Rarely needed, and much of the house: reading what is installed.
    from pysetup.phases.install.database import InstalledDatabase
    from pysetup.phases.run.entry import find_entry

    return find_entry(InstalledDatabase(environment.paths).distributions(), name)


def _missing(name: str, environment: Environment, inside: Surroundings) -> PysetupError:
    # For the same reason.
    from pysetup.phases.install.database import InstalledDatabase
    from pysetup.phases.run.entry import CommandMissingError, nearest_commands

    names: list[str] = []
    for folder in inside.scripts:
        with contextlib.suppress(OSError):
            names += os.listdir(folder)
    database = InstalledDatabase(environment.paths)
    nearest = nearest_commands(database.distributions(), names, name)
    return CommandMissingError(name, prefix=environment.prefix, nearest=nearest)


def _executable(path: str) -> str | None:
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else None


def _starts_python(program: str, environment: Environment) -> bool:
    """Tell whether ``program`` is a Python script for ``environment``'s interpreter."""
    try:
        with open(program, "rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return False
    folders = {environment.scheme.scripts, os.path.dirname(environment.executable)}
    return head.startswith(b"#!") and any(
        os.fsencode(f"{folder}/python") in head for folder in folders
    )
