"""Which file of ours a change goes into, and an editor for it."""

import os
from collections.abc import Sequence

from pysetup.edges.foreground import run_before
from pysetup.edges.process import CommandNotFoundError
from pysetup.errors import UsageError
from pysetup.late import shutil
from pysetup.replay.config_files import PROJECT_FILE, SYSTEM_FILE
from pysetup.workflows.context import Context


class NoConfigurationFileError(UsageError):
    """There is no place for a configuration file of that kind here.

    An environment's file needs an environment: an active one, ``--env DIR``, or a
    folder ``.venv``.
    """

    code = "PS2658"

    def __init__(self, level: str) -> None:
        super().__init__(
            f"there is no {level} here that could be configured",
            facts={"level": level},
            hints=("pysetup config path  shows the files there may be",),
        )


def editable_file(context: Context, level: str, *, named: str | None = None) -> str:
    """Return the file of ``level`` (project, env, user, system), or the one ``named``.

    A project that has a ``pyproject.toml`` with ``[tool.pysetup]`` is configured there,
    any other in ``pysetup.toml``. Raises ``NoConfigurationFileError``.
    """
    if named:
        return str(context.path(named))
    if level == "system":
        return SYSTEM_FILE
    configuration = context.configuration
    files = () if configuration is None else configuration.files
    wanted = {"env": "environment"}.get(level, level)
    for found, path in files:
        if found == wanted:
            return path
    if level == "project":
        return os.path.join(context.directory, PROJECT_FILE)
    raise NoConfigurationFileError(level)


def run_editor(command: Sequence[str], context: Context) -> str:
    """Run an editor on the user's terminal; return what went wrong, or nothing."""
    program = shutil.which(command[0], path=context.environ.get("PATH", os.defpath))
    if program is None:
        return "there is no such program"
    try:
        code = run_before(
            program, command, context.environ, directory=context.directory
        )
    except (CommandNotFoundError, OSError) as error:
        return str(error)
    return f"it ended with code {code}" if code else ""
