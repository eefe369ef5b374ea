"""pysetup as a build back end: the hooks of PEP 517 and PEP 660 over the phases.

Runs in environments that hold ``packaging`` and ``pathspec`` alone. Front ends call
the hooks in a process of its own, with the project's folder as working directory.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from pysetup.errors import PysetupError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.source import SourceTree
from pysetup.metadata.build_section import runs_code
from pysetup.phases.bdist.wheel import pack_wheel
from pysetup.phases.sdist.make import make_sdist
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import JSON
from pysetup.workflows.building.native import (
    build_native,
    build_native_editable,
    build_requirements,
    epoch_of,
    read_native_project,
    this_python,
)
from pysetup.workflows.building.pure_wheel import wheel_of_tree

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

Settings = Mapping[str, JSON] | None
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def _hook(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Let errors tell their facts and hints in the traceback of a front end."""

    @wraps(function)
    def hook(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except PysetupError as error:
            for name, value in error.facts.items():
                error.add_note(f"  {name}: {value}")
            for hint in error.hints:
                error.add_note(f"  help: {hint}")
            raise

    return hook


@_hook
def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Return what the project's own build requires; nothing if its files are all."""
    del config_settings
    section = _project().metadata.section("build")
    return list(build_requirements(section)) if runs_code(section) else []


@_hook
def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """Return nothing: an sdist is made without the project's code."""
    del config_settings
    return []


@_hook
def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """Return what the wheel requires: compiled modules are built for it, too."""
    return get_requires_for_build_wheel(config_settings)


@_hook
def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Write the sdist; return its name."""
    del config_settings
    archive = make_sdist(_project(), into=Path(sdist_directory), epoch=_epoch())
    return archive.location.name


@_hook
def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Write the wheel; return its name. Settings are options of the build hook."""
    del metadata_directory
    made = wheel_of_tree(_project(), into=Path(wheel_directory), epoch=_epoch())
    if made is not None:
        return made.location.name
    with _built(config_settings) as built:
        return _pack(built, wheel_directory)


@_hook
def build_editable(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: str | None = None,
) -> str:
    """Write the editable wheel; return its name."""
    del metadata_directory
    with _editable(config_settings) as built:
        return _pack(built, wheel_directory)


@_hook
def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """Write the ``.dist-info`` that the wheel will have; return its name."""
    tree = _project()
    # What a hook may still fill is known only after it has run.
    if runs_code(tree.metadata.section("build")):
        with _built(config_settings) as built:
            return _copy_dist_info(built, metadata_directory)
    with _editable(config_settings) as built:
        return _copy_dist_info(built, metadata_directory)


@_hook
def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """Write the ``.dist-info`` that the editable wheel will have; return its name."""
    # Both have the same .dist-info, and preparing must not write beside the sources.
    return prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def _project() -> SourceTree:
    return read_native_project(Path.cwd())


def _epoch() -> int | None:
    # A back end is called by a front end: the environment is its command line.
    return epoch_of(os.environ)  # noqa: TID251


@contextmanager
def _built(settings: Settings) -> Iterator[BuiltTree]:
    environ = dict(os.environ)  # noqa: TID251 - handed on to the build hook
    with tempfile.TemporaryDirectory(prefix="pysetup-build-") as folder:
        yield build_native(
            _project(),
            into=Path(folder),
            python_with=lambda _: this_python(environ),
            settings=settings or {},
        )


@contextmanager
def _editable(settings: Settings) -> Iterator[BuiltTree]:
    environ = dict(os.environ)  # noqa: TID251 - handed on to the build hook
    with tempfile.TemporaryDirectory(prefix="pysetup-build-") as folder:
        yield build_native_editable(
            _project(),
            into=Path(folder),
            python_with=lambda _: this_python(environ),
            settings=settings or {},
            tell=_tell,
        )


def _tell(line: str) -> None:
    # Front ends show the output of a back end when they are asked to.
    sys.stderr.write(f"{line}\n")


def _pack(built: BuiltTree, wheel_directory: str) -> str:
    archive = pack_wheel(built, into=Path(wheel_directory), epoch=_epoch())
    return archive.location.name


def _copy_dist_info(built: BuiltTree, metadata_directory: str) -> str:
    name = dist_info_name(built.metadata.name, built.metadata.version)
    shutil.copytree(built.root / name, Path(metadata_directory, name))
    return name
