"""Room on the disks: enough for the new files beside the old ones, known beforehand."""

import os
from collections.abc import Collection, Iterator

from pysetup.errors import EnvironmentRefusedError
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.transaction import TransactionPlan

# A journal needs room, and so do folders.
_SPARE = 4 * 1024 * 1024
_BLOCK = 4096


class NoSpaceError(EnvironmentRefusedError):
    """There is not enough room for the new files beside the old ones.

    The old files are kept until the new ones are safe, so that nothing is lost if
    anything goes wrong. The environment is as it was.
    """

    code = "PS7310"

    def __init__(self, folder: str, needed: int | None = None) -> None:
        facts: dict[str, object] = {"folder": folder}
        if needed is not None:
            facts["needed"] = f"{needed} bytes"
        super().__init__(
            f"there is not enough room on the disk of {folder}",
            facts=facts,
            hints=("make room, then run the command again",),
        )
        self.folder, self.needed = folder, needed


def check_space(
    plan: TransactionPlan,
    root: str,
    *,
    files: FileSystem,
    compiled: bool,
    linked: Collection[str] = (),
) -> None:
    """Raise ``NoSpaceError`` if the new files cannot fit beside the old ones.

    Each file system is asked; the state folder ``root`` is on one of them. The files
    of the wheels in ``linked`` (by file name) take no room of their own.
    """
    disks = _Disks(files)
    disks.need(root, _SPARE)
    for install in plan.installs:
        for path, size in _sizes(install, linked=install.wheel in linked):
            twice = compiled and path.endswith(".py")
            disks.need(path[: path.rfind(os.sep)], size * 2 if twice else size)
    disks.check()


def _sizes(install: InstallPlan, *, linked: bool) -> Iterator[tuple[str, int]]:
    """Give each file with the room that it takes, in bytes: whole blocks."""
    for file in install.files:
        if not (linked and file.source is not None):
            yield file.path, -(-file.size // _BLOCK) * _BLOCK


class _Disks:
    """Adds up what is needed on each file system."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._devices: dict[str, int] = {}
        self._needed: dict[int, int] = {}
        self._folders: dict[int, str] = {}

    def need(self, folder: str, size: int) -> None:
        """Count ``size`` bytes in ``folder``, which may be missing yet."""
        device = self._device(folder)
        self._needed[device] = self._needed.get(device, 0) + size

    def check(self) -> None:
        """Raise ``NoSpaceError`` for the first one that has too little."""
        for device, needed in self._needed.items():
            folder = self._folders[device]
            if needed > self._files.free_space(folder):
                raise NoSpaceError(folder, needed)

    def _device(self, folder: str) -> int:
        if folder not in self._devices:
            if self._files.look(folder) is None:
                self._devices[folder] = self._device(os.path.dirname(folder))
            else:
                device = self._files.device(folder)
                self._folders.setdefault(device, folder)
                self._devices[folder] = device
        return self._devices[folder]
