"""What a handler is, and the environment as it sees it."""

from collections.abc import Callable
from typing import Protocol

from pysetup.interchange.environment import Environment
from pysetup.metadata.system_files import COMMANDS, FOLDERS, category_folder
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


class Handler(Protocol):
    """A pure function: the extension's object, the document, the environment.

    All three are copies, of JSON values alone. It returns a list of actions in their
    JSON form (see ``handlers.actions``), and does nothing else.
    """

    def __call__(
        self,
        extension: dict[str, JSON],
        document: dict[str, JSON],
        environment: dict[str, JSON],
        /,
    ) -> object:
        """Return the actions."""


@dataclass(frozen=True, slots=True)
class FoundHandler:
    """A handler that is there: who brings it, and how it is loaded."""

    provider: str
    load: Callable[[], Handler]


# Extension -> who handles it; more than one is a fault, which the caller tells.
FindHandlers = Callable[[str], tuple[FoundHandler, ...]]


def folders_of(environment: Environment, *, project: str) -> dict[str, str]:
    """Return the absolute folder of each category; ``project`` is normalised."""
    data = environment.scheme.data.rstrip("/")
    folders = {
        category: f"{data}/{category_folder(category, project=project)}"
        for category in FOLDERS
    }
    return {COMMANDS: environment.scheme.scripts, **folders}


def as_data(environment: Environment, *, project: str) -> dict[str, JSON]:
    """Return what a handler is told of the environment."""
    return {
        "prefix": environment.prefix,
        "python": environment.executable,
        "python_version": environment.version,
        "virtual": environment.virtual,
        "folders": dict[str, JSON](folders_of(environment, project=project)),
    }
