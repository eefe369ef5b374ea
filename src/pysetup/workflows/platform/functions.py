"""Packages that a mere function makes: a plug-in's, or the project's own.

Both get a copy of the built tree, and the document as a dict, as the founding text
has it: ``binary_dist(built_dir, metadata)``.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.phases.build.hooks import call_binary_dist
from pysetup.phases.develop.project import read_draft
from pysetup.platforms.interface import SOURCE
from pysetup.platforms.target import read_target
from pysetup.standards.hashes import Hash
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.project import build_python
from pysetup.workflows.building.scratch import appearing_together, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.platform.guarded import NoPackageMadeError, calling
from pysetup.workflows.platform.plugins import BinaryDist
from pysetup.workflows.platform.request import Request
from pysetup.workflows.platform.sources import opened_source
from pysetup.workflows.platform.writing import MadeFile


class PlainFunctionError(UsageError):
    """A format is a mere function, and is asked for what only a whole format can do.

    ``binary_dist(built_dir, metadata)`` gets a folder and the document, and nothing of
    targets, options, names or relations. Nothing can be told before it has run.
    """

    code = "PS2948"

    def __init__(self, format_: str, option: str) -> None:
        super().__init__(
            f"bdist_{format_} is a mere function, which knows nothing of {option}",
            facts={"format": format_, "option": option},
            hints=(f"leave {option} out",),
        )


def check_asked(format_: str, request: Request) -> None:
    """Refuse what a mere function would pass over in silence.

    Raises ``PlainFunctionError``.
    """
    names = request.names
    asked = {
        "--target": request.target,
        "--source": request.level == SOURCE,
        "--option": request.options,
        "--with-deps": request.with_deps,
        "--sbom": request.sbom,
        "--dry-run": request.dry_run,
        "--name": names.name,
        "--replaces": names.replaces,
        "--map-deps": names.map_files,
        "--package-lists": names.places,
        "--registry": names.registries,
    }
    for option, value in asked.items():
        if value:
            raise PlainFunctionError(format_, option)


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
        with calling(name):
            made: object = function(str(root), document)
        if not isinstance(made, str | Path):
            reason = f"it returned {type(made).__name__}, not the path of a file"
            raise NoPackageMadeError(name, reason)
        return _taken(name, root / made, into)


def call_project_function(
    name: str,
    hook: str,
    root: Path,
    *,
    into: Path,
    context: Context,
    building: Building,
) -> MadeFile:
    """Let the project at ``root`` package itself: ``hook`` is ``module:function``.

    Its function runs in a child, in an environment with the build requirements.
    Raises ``BackendFailedError``, ``NoPackageMadeError``.
    """
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
        requires = read_draft(root).build.get("requires")
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
    if made.is_symlink() or not made.is_file():
        raise NoPackageMadeError(name, f"{made} is no file")
    with appearing_together(into) as folder:
        shutil.copyfile(made, folder / made.name)
    place = into / made.name
    return MadeFile(place, Hash.of_file(str(place)), {})
