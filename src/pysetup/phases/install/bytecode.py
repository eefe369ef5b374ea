"""Bytecode: made where sources are staged or stored, valid where they will stand."""

import importlib.util
import json
import os
import py_compile
import warnings
from collections.abc import Sequence
from typing import Protocol

from pysetup.phases.install.filesystem import FileSystem
from pysetup.values import dataclass

# Runs on the oldest Python that an environment can have, so: no new syntax.
_CHILD = """
import importlib.util, json, os, py_compile, sys, warnings
warnings.simplefilter("ignore")
with open(sys.argv[1]) as stream:
    modules = json.load(stream)
for source, shown, folder in modules:
    name = os.path.basename(importlib.util.cache_from_source(shown, optimization=""))
    target = os.path.join(folder, name)
    try:
        py_compile.compile(
            source, cfile=target, dfile=shown, doraise=True, optimize=0
        )
    except py_compile.PyCompileError:
        pass
"""


@dataclass(frozen=True, slots=True)
class Module:
    """A source file, the path that its bytecode shows, the folder for the bytecode."""

    source: str
    shown: str
    folder: str


class CompileModules(Protocol):
    """Makes bytecode of sources, each in the folder that its module names."""

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
            cached = importlib.util.cache_from_source(module.shown, optimization="")
            target = os.path.join(module.folder, os.path.basename(cached))
            try:
                py_compile.compile(
                    module.source,
                    cfile=target,
                    dfile=module.shown,
                    doraise=True,
                    optimize=0,
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
        rows = [(module.source, module.shown, module.folder) for module in modules]
        content = json.dumps(rows)
        files.write(listing, [content.encode()], executable=False)
        self.run([self.executable, "-I", "-S", "-c", _CHILD, listing])
