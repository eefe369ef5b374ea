"""Values as several commands show them to people, and in every envelope."""

from pathlib import Path

from pysetup.interchange.environment import Environment
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context


def described(environment: Environment) -> dict[str, JSON]:
    """Return an environment as every envelope tells it."""
    return {
        "path": environment.prefix,
        "python": environment.version,
        "externally_managed": environment.externally_managed is not None,
    }


def shown(path: Path, context: Context) -> str:
    """Return ``path`` as people would write it from where they are."""
    if path.is_relative_to(context.directory):
        return str(path.relative_to(context.directory))
    return str(path)
