"""Bytecode: made where sources are staged or stored, valid where they will stand."""

import contextlib
import json
import os
import threading
from collections.abc import Sequence
from importlib.resources import as_file
from importlib.resources import files as resources
from typing import Protocol

from pysetup.errors import PysetupError
from pysetup.phases.install.bytecode_child import compile_modules
from pysetup.phases.install.filesystem import FileSystem
from pysetup.values import dataclass

# Fewer modules than this are compiled before another interpreter has started.
_WORTH_SHARING = 100


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


class Ended(Protocol):
    """A program that has come to its end; what it printed is of no interest."""

    @property
    def returncode(self) -> int:
        """0 if all went well."""


class RunInterpreter(Protocol):
    """Runs a program to its end."""

    def __call__(self, command: Sequence[str]) -> Ended:
        """Run ``command``."""


def compile_here(modules: Sequence[Module], *, stage: str, files: FileSystem) -> None:
    """Compile with this interpreter, which must be that of the environment's version.

    A module that cannot be compiled is left without bytecode: packages carry templates
    and code for other versions.
    """
    del stage, files
    compile_modules(_rows(modules))


@dataclass(frozen=True, slots=True)
class CompileElsewhere:
    """Compiles with the interpreter ``executable``, which ``run`` starts."""

    executable: str
    run: RunInterpreter

    def __call__(
        self, modules: Sequence[Module], *, stage: str, files: FileSystem
    ) -> None:
        """Compile; if the interpreter fails, there is simply no bytecode."""
        self.compile_listed(_write_listing(modules, stage, files))

    def compile_listed(self, listing: str) -> bool:
        """Compile what stands in the file ``listing``; tell whether it went well."""
        with as_file(resources(__package__) / "bytecode_child.py") as program:
            command = [self.executable, "-I", "-S", str(program), listing]
            return self.run(command).returncode == 0


@dataclass(frozen=True, slots=True)
class CompileTogether:
    """Compiles with this interpreter, and many modules also with another of its kind.

    Compiling holds the interpreter's lock, so that threads do not help.
    """

    other: CompileElsewhere

    def __call__(
        self, modules: Sequence[Module], *, stage: str, files: FileSystem
    ) -> None:
        """Compile half of the modules here and half there."""
        if len(modules) < _WORTH_SHARING:
            compile_here(modules, stage=stage, files=files)
            return
        half = (
            len(modules) // 2
        )  # by folders: two that write in one wait for each other
        mine, others = modules[:half], modules[half:]
        listing = _write_listing(others, stage, files)
        went_well = []

        def compile_others() -> None:
            with contextlib.suppress(PysetupError, OSError):
                went_well.append(self.other.compile_listed(listing))

        thread = threading.Thread(target=compile_others, name="compiling")
        thread.start()
        try:
            compile_here(mine, stage=stage, files=files)
        except BaseException:
            files.unlink(listing)  # the other interpreter ends when it sees that
            raise
        finally:
            thread.join()
        if went_well != [True]:
            compile_here(others, stage=stage, files=files)


def _write_listing(modules: Sequence[Module], stage: str, files: FileSystem) -> str:
    listing = os.path.join(stage, "modules.json")
    content = json.dumps(_rows(modules))
    files.write(listing, [content.encode()], executable=False)
    return listing


def _rows(modules: Sequence[Module]) -> list[tuple[str, str, str]]:
    return [(module.source, module.shown, module.folder) for module in modules]
