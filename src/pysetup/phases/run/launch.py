"""Deciding how a command is started: its words and its environment variables."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pysetup.interchange.environment import Environment
from pysetup.standards.entry_points import EntryPoint
from pysetup.standards.jsontext import JSON


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A command ready to start: an absolute program, its words, its variables."""

    program: str
    words: tuple[str, ...]
    environ: Mapping[str, str]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; variables may hold secrets and are left out."""
        return {"program": self.program, "words": list(self.words)}


def plan_program(
    program: str,
    arguments: Sequence[str],
    *,
    environment: Environment,
    environ: Mapping[str, str],
) -> LaunchPlan:
    """Return how to start the executable ``program`` inside ``environment``."""
    words = (program, *arguments)
    return LaunchPlan(program, words, activated(environment, environ))


def plan_python(
    arguments: Sequence[str], *, environment: Environment, environ: Mapping[str, str]
) -> LaunchPlan:
    """Return how to start the environment's interpreter with ``arguments``."""
    return plan_program(
        environment.executable, arguments, environment=environment, environ=environ
    )


def plan_entry(
    entry: EntryPoint,
    arguments: Sequence[str],
    *,
    environment: Environment,
    environ: Mapping[str, str],
) -> LaunchPlan:
    """Return how to call ``entry`` without its launcher."""
    head = entry.attribute.partition(".")[0]
    code = (
        f"import sys; from {entry.module} import {head}; "
        f"sys.argv[0] = {entry.name!r}; sys.exit({entry.attribute}())"
    )
    # -P: the folder that the user is in is no place to import from by accident.
    words = ("-P", "-c", code) if _knows_safe_path(environment) else ("-c", code)
    return plan_python((*words, *arguments), environment=environment, environ=environ)


def activated(environment: Environment, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process that runs inside ``environment``."""
    scripts = environment.scheme.scripts
    others = [
        p for p in environ.get("PATH", os.defpath).split(os.pathsep) if p != scripts
    ]
    made = {**environ, "PATH": os.pathsep.join([scripts, *others])}
    made.pop("PYTHONHOME", None)
    if environment.virtual:
        made["VIRTUAL_ENV"] = environment.prefix
    return made


def _knows_safe_path(environment: Environment) -> bool:
    major, minor = environment.version.split(".")[:2]
    return (int(major), int(minor)) >= (3, 11)
