"""Packages that a mere function makes: a plug-in's, or the project's own.

Both get a copy of the built tree, and the document as a dict, as the founding text
has it: ``binary_dist(built_dir, metadata)``.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.phases.build.hooks import call_binary_dist
from pysetup.platforms.target import read_target
from pysetup.standards.hashes import Hash
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.project import build_python
from pysetup.workflows.building.scratch import appearing_together, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.platform.packaging import MadeFile
from pysetup.workflows.platform.plugins import BinaryDist, call_function
from pysetup.workflows.platform.sources import opened_source


class NoPackageMadeError(BuildError):
    """A plug-in for a package format failed, or made no file.

    It is the code of another project; the message says what it did.
    """

    code = "PS6941"

    def __init__(self, format_: str, reason: str) -> None:
        super().__init__(
            f"bdist_{format_} made nothing: {reason}",
            facts={"format": format_},
            hints=("report it to those who made the plug-in",),
        )


def call_plugin_function(
    name: str,
    function: BinaryDist,
    source: str,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> MadeFile:
    """Let ``binary_dist(built_dir, metadata)`` of a plug-in package ``source``.

    It gets a copy of the built tree, and the document as a dict. Raises
    ``NoPackageMadeError``, and as opening the source does.
    """
    target = read_target("portable")
    with (
        opened_source(
            source, target, context=context, building=building, with_sdist=False
        ) as opened,
        scratch_folder("pysetup-making-") as scratch,
    ):
        root = scratch / "tree"
        shutil.copytree(opened.built.root, root, symlinks=True)
        document = opened.built.metadata.to_dict()
        try:
            made = call_function(function, root, document)
        except Exception as error:  # noqa: BLE001 - others' code may fail in any way
            reason = f"{type(error).__name__}: {error}"[:300]
            raise NoPackageMadeError(name, reason) from None
        return _taken(name, made if made.is_absolute() else root / made, into)


def call_project_function(
    name: str,
    metadata: Metadata,
    root: Path,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> MadeFile:
    """Let the project at ``root`` package itself, by its document's ``commands``.

    Its function runs in a child, in an environment with the build requirements.
    Raises ``BackendFailedError``, ``NoPackageMadeError``.
    """
    command = metadata.section("commands").get(f"bdist_{name}")
    assert isinstance(command, Mapping), "the caller has found it"
    hook = str(command["callable"])
    with (
        opened_source(
            str(root),
            read_target("portable"),
            context=context,
            building=building,
            with_sdist=False,
        ) as opened,
        scratch_folder("pysetup-making-") as scratch,
    ):
        copy = scratch / "tree"
        shutil.copytree(opened.built.root, copy, symlinks=True)
        requires = metadata.section("build").get("requires")
        stated = list(map(str, requires)) if isinstance(requires, Sequence) else []
        made = call_binary_dist(
            hook,
            opened.built.metadata,
            copy,
            root=root,
            python=build_python(stated, context=context, building=building),
        )
        return _taken(name, made, into)


def _taken(name: str, made: Path, into: Path) -> MadeFile:
    if not made.is_file():
        raise NoPackageMadeError(name, f"{made} is no file")
    with appearing_together(into) as folder:
        shutil.copyfile(made, folder / made.name)
    place = into / made.name
    return MadeFile(place, Hash.of_file(str(place)), {})
