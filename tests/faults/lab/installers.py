"""The installers that the lab can judge: how each is told what to do, and where."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Installer:
    """One command line; ``{env}``, ``{index}`` and ``{cache}`` stand for places.

    ``nothing`` are exit codes of an uninstall that finds nothing, ``busy`` of a command
    that found another at work, ``refused`` of one that the environment refuses.
    """

    name: str
    install: tuple[str, ...]
    uninstall: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    overwrite: str = ""
    nothing: tuple[int, ...] = (0,)
    busy: tuple[int, ...] = ()
    refused: tuple[int, ...] = (1, 2)
    cache_folder: str = "{cache}"


def program(name: str) -> str | None:
    """Return the program ``name`` of this interpreter's environment, or on PATH."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def pysetup() -> Installer:
    """Return the installed command."""
    path = program("pysetup")
    command = (path,) if path else (sys.executable, "-m", "pysetup")
    return Installer(
        "pysetup",
        (*command, "install", "-q", "--env", "{env}", "--index-url", "{index}"),
        (*command, "uninstall", "-q", "--env", "{env}"),
        {"PYSETUP_CACHE_DIR": "{cache}"},
        overwrite="--overwrite",
        nothing=(0, 1),
        busy=(9,),
        refused=(7,),
    )


def pip() -> Installer | None:
    """Return pip, which compiles as it does by default."""
    path = program("pip")
    if path is None:
        return None
    command = (path, "-q", "--disable-pip-version-check", "--python", "{env}")
    return Installer(
        "pip",
        (*command, "install", "--index-url", "{index}", "--cache-dir", "{cache}"),
        (*command, "uninstall", "-y"),
        {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"},
    )


def uv() -> Installer | None:
    """Return uv."""
    path = program("uv")
    if path is None:
        return None
    return Installer(
        "uv",
        (
            *(path, "pip", "install", "-q", "--python", "{env}"),
            *("--default-index", "{index}"),
        ),
        (path, "pip", "uninstall", "-q", "--python", "{env}"),
        {"UV_CACHE_DIR": "{cache}", "UV_NO_CONFIG": "1", "UV_HTTP_RETRIES": "0"},
        nothing=(0, 2),
    )
