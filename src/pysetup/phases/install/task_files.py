"""The files that extensions ask for, planned beside those of the wheel's layout."""

import os
from collections.abc import Mapping
from typing import Protocol

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import WheelMember
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.handlers.actions import (
    Action,
    MakeLink,
    Place,
    PlaceFile,
    WriteText,
)
from pysetup.phases.install.handlers.handler import folders_of
from pysetup.phases.install.handlers.tasks import OWN, Task, UnusableHandlerError
from pysetup.standards.hashes import Hash


class Planned(Protocol):
    """What is known of a file that is planned already."""

    @property
    def hash(self) -> Hash:
        """The digest of its content."""


class FilesOfPlan(Protocol):
    """The plan of one wheel, which checks what is added to it."""

    @property
    def files(self) -> Mapping[str, Planned]:
        """What is planned, by its real path."""

    def real_path(self, path: str) -> str:
        """Return the path with the links on the way to its folder followed."""

    def check_command(self, name: str) -> None:
        """Raise ``UnsafeScriptError`` for a name that no command may have."""

    def add(self, path: str, content: bytes, *, executable: bool = False) -> None:
        """Plan a file whose content was made here."""

    def add_link(self, path: str, target: str) -> None:
        """Plan a link."""

    def add_command(self, member: WheelMember, path: str, *, name: str) -> None:
        """Plan a file of the wheel that can be called by its name."""

    def add_as_it_is(self, member: WheelMember, path: str, *, executable: bool) -> None:
        """Plan a file of the wheel."""


class TaskFiles:
    """Plans what the tasks of one wheel ask for."""

    def __init__(
        self, wheel: WheelSource, environment: Environment, plan: FilesOfPlan
    ) -> None:
        self._name = wheel.metadata.name
        self._folders = folders_of(environment, project=wheel.metadata.normalized_name)
        self._members = {member.path: member for member in wheel.members}
        self._plan = plan

    def carry_out(self, task: Task) -> None:
        """Plan what ``task`` asks for.

        Raises ``UnusableHandlerError`` for all that is wrong with a plug-in's actions.
        """
        try:
            for action in task.actions:
                self._carry_out(action, self._path_of(action.place), task)
        except PysetupError as error:
            if task.provider == OWN or isinstance(error, UnusableHandlerError):
                raise
            raise self._unusable(task, error.message) from None

    def _carry_out(self, action: Action, path: str, task: Task) -> None:
        if isinstance(action, PlaceFile):
            self._place(action, path, task)
            return
        if action.place.is_command:
            self._plan.check_command(action.place.path)
        if isinstance(action, WriteText):
            content = action.text.encode("utf-8", "surrogateescape")
            self._plan.add(path, content, executable=action.place.is_command)
        else:
            self._link(action, path, task)

    def _link(self, action: MakeLink, path: str, task: Task) -> None:
        target = self._plan.real_path(self._path_of(action.target))
        if target not in self._plan.files:
            reason = f"{action.target} is no file of this distribution"
            raise self._unusable(task, reason)
        self._plan.add_link(path, target)

    def _place(self, action: PlaceFile, path: str, task: Task) -> None:
        """Plan a file where it belongs, unless the wheel's layout brings it there."""
        there = self._plan.files.get(self._plan.real_path(path))
        member = self._members.get(action.file)
        if member is None or member.hash is None:
            if there is None and task.must:
                raise self._unusable(task, f"{action.file!r} is not in the wheel")
        elif there is not None and there.hash == member.hash:
            return
        elif action.place.is_command:
            self._plan.add_command(member, path, name=action.place.path)
        else:
            self._plan.add_as_it_is(member, path, executable=member.executable)

    def _path_of(self, place: Place) -> str:
        return f"{self._folders[place.category]}{os.sep}{place.path}"

    def _unusable(self, task: Task, reason: str) -> UnusableHandlerError:
        return UnusableHandlerError(self._name, task.extension, task.provider, reason)


def moved_files(tasks: tuple[Task, ...], wheel: WheelSource) -> set[str]:
    """Return the files in ``.data`` that a task places: they go there alone."""
    below = wheel.data_dir + "/"
    return {
        action.file
        for task in tasks
        for action in task.actions
        if isinstance(action, PlaceFile) and action.file.startswith(below)
    }
