"""Running a command of an environment; its exit code is ours."""

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from pysetup.edges.process import replace_process
from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.run.entry import CommandMissingError, find_entry, nearest_commands
from pysetup.phases.run.launch import LaunchPlan, plan_entry, plan_program, plan_python
from pysetup.workflows.context import Context

Execute = Callable[[str, Sequence[str], Mapping[str, str]], NoReturn]


def run_command(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    execute: Execute = replace_process,
) -> NoReturn:
    """Become the command ``name`` of ``environment``; does not return.

    Raises as ``plan_command``, and ``CommandNotFoundError`` if it cannot be started.
    """
    plan = plan_command(name, arguments, environment=environment, context=context)
    execute(plan.program, plan.words, plan.environ)


def plan_command(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Environment,
    context: Context,
) -> LaunchPlan:
    """Say what ``name`` means, and how it is started.

    It is the interpreter, a Python file, a script of the environment, an entry point
    whose launcher is missing, or a program on PATH, in this order. Raises
    ``CommandMissingError``.
    """
    environ = context.environ
    scripts = environment.scheme.scripts
    if name in ("python", "python3"):
        return plan_python(arguments, environment=environment, environ=environ)
    if name.endswith(".py") and context.path(name).is_file():
        words = (os.fspath(context.path(name)), *arguments)
        return plan_python(words, environment=environment, environ=environ)
    program: str | None = None
    if os.sep in name:
        program = _executable(os.fspath(context.path(name)))
    elif (program := _executable(os.path.join(scripts, name))) is None:
        database = InstalledDatabase(environment.paths)
        entry = find_entry(database.distributions(), name)
        if entry is not None and entry.attribute:
            return plan_entry(
                entry, arguments, environment=environment, environ=environ
            )
        program = shutil.which(name, path=environ.get("PATH", os.defpath))
    if program is None:
        raise _missing(name, environment)
    return plan_program(program, arguments, environment=environment, environ=environ)


def _missing(name: str, environment: Environment) -> CommandMissingError:
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = os.listdir(environment.scheme.scripts)
    database = InstalledDatabase(environment.paths)
    nearest = nearest_commands(database.distributions(), names, name)
    return CommandMissingError(name, prefix=environment.prefix, nearest=nearest)


def _executable(path: str) -> str | None:
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else None
