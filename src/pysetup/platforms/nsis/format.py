"""``bdist_wininst``: an installer program for Windows, made by NSIS."""

import os
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.platforms.format import Format
from pysetup.platforms.installed_check import SCRIPT_NAME
from pysetup.platforms.interface import Making, MissingToolError, Names, ToolNeed
from pysetup.platforms.nsis.script import MANIFEST, OUTPUT, manifest, script
from pysetup.platforms.nsis.verify import read_installer
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.windows import file_version
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.windows.launchers import built_content
from pysetup.platforms.windows.plan import OPTIONS, numbered, windows_plan
from pysetup.standards.jsontext import JSON

NAME = "wininst"
MAKENSIS = ToolNeed("makensis", "nsis")
SEVEN_ZIP = ToolNeed("7z", "p7zip-full", optional=True)
_MOST_TOLD = 2000
_IN_FOLDER = 50


class InstallerNotMadeError(BuildError):
    """NSIS did not make the installer.

    Its last words tell why; an installer holds at most 2 GiB. Nothing was written.
    """

    code = "PS6582"

    def __init__(self, project: str, said: str) -> None:
        super().__init__(
            f"makensis made no installer of {project}",
            facts={"project": project, "makensis": said[-_MOST_TOLD:].strip()},
            hints=("read what makensis says above",),
        )


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan of an installer."""
    del names  # Windows has no packages to be named
    made = windows_plan(NAME, document, target, tree=tree, options=options)
    return numbered(made, file_version(made.project_version))


def write_installer(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the installer of the tree ``root`` into ``out``; return it.

    Raises ``MissingToolError``, ``MissingLauncherError`` or ``InstallerNotMadeError``.
    """
    makensis = making.tools.find(MAKENSIS.name) if making else None
    if making is None or makensis is None:
        raise MissingToolError(NAME, MAKENSIS)
    epoch = time_of(making)
    folder = making.scratch
    text = _laid_out(plan, root, folder, epoch=epoch)
    (folder / "package.nsi").write_text(text, "utf-8")
    words = (makensis, "-V2", "-NOCONFIG", "-INPUTCHARSET", "UTF8", "package.nsi")
    variables = {"SOURCE_DATE_EPOCH": str(epoch)}
    done = making.tools.run(words, cwd=folder, env=variables)
    if done.returncode != 0 or not (folder / OUTPUT).exists():
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise InstallerNotMadeError(plan.project, said)
    place = out / f"{plan.name}.exe"
    with written_whole(place) as stream:
        stream.write((folder / OUTPUT).read_bytes())
    return [place]


def _laid_out(plan: PackagePlan, built_dir: Path, folder: Path, *, epoch: int) -> str:
    """Put the files that the script takes into ``folder``; return the script.

    They have names without meaning, so no name of a file is read by makensis; and they
    stand in many folders, since it looks at a whole folder for each file.
    """
    sources: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for number, file in enumerate(plan.files):
        content = built_content(
            file, built_dir, architecture=plan.architecture, epoch=epoch
        )
        name = f"{number // _IN_FOLDER}/{number}"
        sources[file.path] = _put(folder, name, content, epoch)
        sizes[file.path] = len(content)
    sources[MANIFEST] = _put(folder, MANIFEST, manifest(plan), epoch)
    for name, text in plan.scripts.items():
        sources[name] = _put(folder, SCRIPT_NAME, text.encode(), epoch)
    return script(plan, sources, sizes)


def _put(folder: Path, name: str, content: bytes, epoch: int) -> str:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    os.utime(folder / name, (epoch, epoch))
    return name


FORMAT = Format(
    name=NAME,
    summary="an installer program for Windows (.exe)",
    families=("windows",),
    default_target="windows",
    options=OPTIONS,
    tools=(MAKENSIS, SEVEN_ZIP),
    make_plan=make_plan,
    write_packages=write_installer,
    read_back_with=read_installer,
)
