"""Bytecode: made where the sources are staged, valid after they have been moved."""

import importlib.util
import json
import os
import py_compile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pysetup.phases.install.filesystem import FileSystem

# Runs on the oldest Python that an environment can have, so: no new syntax.
_CHILD = """
import importlib.util, json, os, py_compile, sys, warnings
warnings.simplefilter("ignore")
with open(sys.argv[1]) as stream:
    modules = json.load(stream)
for staged, place in modules:
    name = os.path.basename(importlib.util.cache_from_source(place))
    target = os.path.join(os.path.dirname(staged), "__pycache__", name)
    try:
        py_compile.compile(staged, cfile=target, dfile=place, doraise=True)
    except py_compile.PyCompileError:
        pass
"""


@dataclass(frozen=True, slots=True)
class Module:
    """A source file where it is staged, and the place where it will stand."""

    staged: str
    place: str


class CompileModules(Protocol):
    """Makes bytecode beside the staged sources, in ``__pycache__``."""

    def __call__(
        self, modules: Sequence[Module], *, stage: str, files: FileSystem
    ) -> None:
        """Compile what can be compiled; ``stage`` is a folder for scratch files.

        Raises ``OSError`` if bytecode cannot be written.
        """


class RunInterpreter(Protocol):
    """Runs a program to its end; what it prints is of no interest."""

    def __call__(self, command: Sequence[str]) -> object:
        """Run ``command``."""


def compile_here(modules: Sequence[Module], *, stage: str, files: FileSystem) -> None:
    """Compile with this interpreter, which must be that of the environment's version.

    A module with a syntax error is left without bytecode: packages carry templates
    and code for other versions.
    """
    del stage, files
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in modules:
            name = os.path.basename(importlib.util.cache_from_source(module.place))
            target = os.path.join(os.path.dirname(module.staged), "__pycache__", name)
            try:
                py_compile.compile(
                    module.staged, cfile=target, dfile=module.place, doraise=True
                )
            except py_compile.PyCompileError:
                continue


@dataclass(frozen=True, slots=True)
class CompileElsewhere:
    """Compiles with the interpreter ``executable``, which ``run`` starts."""

    executable: str
    run: RunInterpreter

    def __call__(
        self, modules: Sequence[Module], *, stage: str, files: FileSystem
    ) -> None:
        """Compile; if the interpreter fails, there is simply no bytecode."""
        listing = os.path.join(stage, "modules.json")
        content = json.dumps([(module.staged, module.place) for module in modules])
        files.write(listing, [content.encode()], executable=False)
        self.run([self.executable, "-I", "-S", "-c", _CHILD, listing])
