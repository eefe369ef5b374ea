"""Deciding how a command is started: its words and its environment variables."""

import os
from collections.abc import Mapping, Sequence
from typing import Self

from pysetup.interchange.environment import Environment
from pysetup.standards.entry_points import EntryPoint
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a command runs inside.

    ``executable`` is the interpreter, of the full ``version``; ``scripts`` are the
    folders of commands, of which the first wins; ``active`` is the folder of the
    virtual environment, None for another kind.
    """

    executable: str
    version: str
    scripts: tuple[str, ...]
    active: str | None

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Return what a command inside ``environment`` has around it."""
        return cls(
            environment.executable,
            environment.version,
            (environment.scheme.scripts,),
            environment.prefix if environment.virtual else None,
        )

    @classmethod
    def of_new(cls, executable: str, version: str) -> Self:
        """Return the same for a virtual environment that pysetup has made."""
        scripts = os.path.dirname(executable)
        return cls(executable, version, (scripts,), os.path.dirname(scripts))

    def below(self, executable: str) -> Self:
        """Return the same with the environment of ``executable`` layered on top.

        What is active stays so: what the command installs is not for the layer.
        """
        scripts = (os.path.dirname(executable), *self.scripts)
        return replace(self, executable=executable, scripts=scripts)


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A command ready to start: an absolute program, its words, its variables.

    ``content`` is what it gets on its standard input, None for what we have there.
    """

    program: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    content: bytes | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; variables may hold secrets and are left out."""
        return {"program": self.program, "words": list(self.words)}


def plan_program(
    program: str,
    arguments: Sequence[str],
    *,
    inside: Surroundings,
    environ: Mapping[str, str],
) -> LaunchPlan:
    """Return how to start the executable ``program``."""
    return LaunchPlan(program, (program, *arguments), activated(inside, environ))


def plan_python(
    arguments: Sequence[str], *, inside: Surroundings, environ: Mapping[str, str]
) -> LaunchPlan:
    """Return how to start the interpreter with ``arguments``."""
    return plan_program(inside.executable, arguments, inside=inside, environ=environ)


def plan_entry(
    entry: EntryPoint,
    arguments: Sequence[str],
    *,
    inside: Surroundings,
    environ: Mapping[str, str],
) -> LaunchPlan:
    """Return how to call ``entry`` without its launcher."""
    head = entry.attribute.partition(".")[0]
    code = (
        f"import sys; from {entry.module} import {head}; "
        f"sys.argv[0] = {entry.name!r}; sys.exit({entry.attribute}())"
    )
    # -P: the folder that the user is in is no place to import from by accident.
    words = ("-P", "-c", code) if _knows_safe_path(inside) else ("-c", code)
    return plan_python((*words, *arguments), inside=inside, environ=environ)


def activated(inside: Surroundings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process that runs ``inside`` an environment."""
    others = [
        path
        for path in environ.get("PATH", os.defpath).split(os.pathsep)
        if path not in inside.scripts
    ]
    made = {**environ, "PATH": os.pathsep.join([*inside.scripts, *others])}
    made.pop("PYTHONHOME", None)
    if inside.active is not None:
        made["VIRTUAL_ENV"] = inside.active
    return made


def _knows_safe_path(inside: Surroundings) -> bool:
    major, minor = inside.version.split(".")[:2]
    return (int(major), int(minor)) >= (3, 11)
