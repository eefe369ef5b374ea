"""Reading a project folder: its document, and what had to be run to get it."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.interchange.source import SourceTree
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.pyproject import ProjectDraft
from pysetup.phases.build.backend import ForeignBackend, output_faults_told
from pysetup.phases.build.hooks import BuildPython
from pysetup.phases.develop.project import read_draft
from pysetup.phases.develop.record import read_record, with_record
from pysetup.standards.jsontext import JSON
from pysetup.workflows.building.external import this_host
from pysetup.workflows.building.how import (
    Building,
    EditableMode,
    Isolate,
    LockUse,
    Route,
    no_isolation,
)
from pysetup.workflows.building.litter import litter_removed
from pysetup.workflows.building.logs import log_folder, log_mark
from pysetup.workflows.building.native import build_requirements
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context

__all__ = [
    "Building",
    "EditableMode",
    "Isolate",
    "LockUse",
    "Route",
    "build_python",
    "no_isolation",
    "open_backend",
    "read_project",
    "read_sdist",
]


def read_project(root: Path, *, context: Context, building: Building) -> SourceTree:
    """Read the project in the folder ``root``.

    No code of the project runs unless its build back end must be asked for a field
    that its files do not state; which one is told to the user. Raises as
    ``read_draft`` and ``BackendFailedError``.
    """
    draft, record = read_draft(root), read_record(root)
    if draft.is_native or not draft.missing:
        document = draft.document()
    elif record is not None and record.states(draft.missing):
        document = draft.document(record.metadata)
    else:
        _tell_why(root, draft, context)
        core = _ask_backend(root, draft, context=context, building=building)
        document = draft.document(core)
    return SourceTree(root, with_record(document, record))


def read_sdist(root: Path, *, context: Context, building: Building) -> SourceTree:
    """Read the unpacked sdist at ``root`` in order to build it.

    What it says of itself will do, since the wheel says the rest. Raises as
    ``read_project``.
    """
    draft, record = read_draft(root), read_record(root)
    if draft.is_native or record is None:
        return read_project(root, context=context, building=building)
    document = draft.document(record.metadata)
    return SourceTree(root, with_record(document, record))


def _tell_why(root: Path, draft: ProjectDraft, context: Context) -> None:
    first, more = draft.missing[:3], len(draft.missing) - 3
    fields = ", ".join(first) + (f" and {more} more fields" if more > 0 else "")
    backend = draft.build.get("backend")
    reasons = dict.fromkeys(draft.reasons.get(key, "") for key in first)
    why = "; ".join(reason for reason in reasons if reason)
    context.tell(
        f"asking {backend} for {fields}, which {root.name} does not state"
        + (f" ({why})" if why else "")
    )


def _ask_backend(
    root: Path, draft: ProjectDraft, *, context: Context, building: Building
) -> Metadata:
    name = str(draft.mapping.get("name") or root.name)
    with scratch_folder("pysetup-metadata-") as folder:
        with litter_removed(root):
            backend = open_backend(
                root, draft.build, "wheel", name, context=context, building=building
            )
            info = backend.prepare_metadata(folder, operation="wheel")
        content = (info / "METADATA").read_bytes()
        with output_faults_told(name):
            return core_metadata.read(content, source=f"{name}/METADATA")


def open_backend(
    root: Path,
    build: Mapping[str, JSON],
    operation: str,
    project: str,
    *,
    context: Context,
    building: Building,
) -> ForeignBackend:
    """Return the back end of ``build``, in an environment with all it asks for.

    ``operation`` is ``wheel``, ``sdist`` or ``editable``.
    """
    stated = build_requirements(build)

    def backend(requirements: Sequence[str]) -> ForeignBackend:
        python = build_python(requirements, context=context, building=building)
        return ForeignBackend(
            root, build, project=project, python=python, settings=building.settings
        )

    first = backend(stated)
    more = [text for text in first.requires(operation) if text not in stated]
    return backend((*stated, *more)) if more else first


def build_python(
    requirements: Sequence[str], *, context: Context, building: Building
) -> BuildPython:
    """Return an interpreter that has ``requirements``, and how to run it."""
    executable = building.isolate(requirements)
    return BuildPython(
        executable=executable,
        environ=_environ(context.environ, executable),
        run=context.stream_process,
        timeout=building.timeout,
        log_folder=log_folder(context),
        log_mark=log_mark(context),
        show=context.show,
        host=this_host(),
    )


def _environ(environ: Mapping[str, str], executable: Path) -> dict[str, str]:
    """Return the variables for a build: nothing of ours leaks into an isolated one."""
    if executable == Path(sys.executable):
        return dict(environ)
    kept = {
        name: value
        for name, value in environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")
    }
    # Tools that are build requirements (cmake, ninja) are found as commands.
    path = f"{executable.parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "PYTHONNOUSERSITE": "1"}
