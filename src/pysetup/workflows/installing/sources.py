"""The files to install from: the store's where it has or takes the wheel, else its own.

Bytecode is made once for each kind of interpreter, and kept with the wheel.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from pysetup.edges.files import LocalFiles
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import open_wheel
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.bytecode import (
    CompileElsewhere,
    CompileModules,
    CompileTogether,
    Module,
    compile_here,
)
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.wheels import WheelStore
from pysetup.workflows.cache_folders import cache_in_use, open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.fetching.file_metadata import open_metadata_cache
from pysetup.workflows.fetching.kept_promises import BrokenPromiseError, check_promised
from pysetup.workflows.installing.install_plan import WheelToInstall

_FILES = LocalFiles()


@contextmanager
def opened_sources(
    wheels: Sequence[WheelToInstall],
    *,
    environment: Environment,
    context: Context,
    compile_modules: CompileModules | None,
) -> Iterator[list[WheelSource]]:
    """Give the wheels, in the same order, proved and ready to be installed.

    Those whose SHA-256 is known come from the store, and are put there first if they
    are not; with ``compile_modules`` their bytecode too. Where the store cannot be
    used they are opened where they are. Raises what is wrong with a wheel.
    """
    if not wheels:
        yield []
        return
    with ExitStack() as stack:
        stack.enter_context(cache_in_use(context))
        store = open_wheel_store(context)
        sources = [_source(item, store, context, stack) for item in wheels]
        for item, source in zip(wheels, sources, strict=True):
            _check_promise(item, source, context)
        kind = bytecode_kind(environment.markers)
        if store is not None and compile_modules is not None and kind:
            with stage(context.observer, "compile") as running:
                sources = _with_bytecode(sources, store, kind, compile_modules)
                running.count = len(sources)
        yield sources


def _check_promise(item: WheelToInstall, wheel: WheelSource, context: Context) -> None:
    """Raise ``BrokenPromiseError`` if it was chosen by others' metadata."""
    if item.promised is None:
        return
    try:
        check_promised(item.path.name, item.promised, wheel.metadata)
    except BrokenPromiseError:
        if item.file is not None:
            open_metadata_cache(context).forget(item.file)
        raise


def _source(
    item: WheelToInstall,
    store: WheelStore | None,
    context: Context,
    stack: ExitStack,
) -> WheelSource:
    if item.stored is not None:
        return item.stored
    if store is None or item.hash is None:
        return stack.enter_context(open_wheel(item.path))
    stored = store.get(item.hash, item.path.name)
    if stored is not None:
        return stored
    wheel = stack.enter_context(open_wheel(item.path))
    with stage(context.observer, "unpack", item.path.name):
        stored = store.put(wheel, item.hash)
    if stored is None:
        context.show(f"{item.path.name} cannot be kept unpacked")
        return wheel
    return stored


def _with_bytecode(
    sources: Sequence[WheelSource],
    store: WheelStore,
    kind: str,
    compile_modules: CompileModules,
) -> list[WheelSource]:
    """Return ``sources`` with bytecode: kept from before, or made in one go."""
    ready: dict[int, WheelSource] = {}
    waiting: dict[int, tuple[StoredWheel, str]] = {}
    with ExitStack() as stack:
        modules: list[Module] = []
        for number, source in enumerate(sources):
            if not isinstance(source, StoredWheel):
                continue
            found = store.bytecode(source, kind)
            if found is not None:
                ready[number] = found
                continue
            arrival = stack.enter_context(store.bytecode_arrival())
            if arrival is not None:
                waiting[number] = (source, arrival)
                modules += _modules(source, arrival)
        if modules:
            scratch = next(iter(waiting.values()))[1]
            try:
                compile_modules(modules, stage=os.path.dirname(scratch), files=_FILES)
            except OSError:
                # The store is full, or its disk faulty. What cannot be kept there is
                # made again in the environment.
                waiting.clear()
        for number, (wheel, arrival) in waiting.items():
            kept = store.keep_bytecode(wheel, kind, arrival)
            if kept is not None:
                ready[number] = kept
    return [ready.get(number, source) for number, source in enumerate(sources)]


def _modules(wheel: StoredWheel, arrival: str) -> Iterator[Module]:
    for path in wheel.modules():
        # Importing puts the real path in the place of this one.
        folder = os.path.join(arrival, os.path.dirname(path), "__pycache__")
        yield Module(wheel.place(path), path, folder)


def compiler_for(environment: Environment, context: Context) -> CompileModules:
    """Return what compiles for the environment: this process, if it is of its kind."""
    kind = bytecode_kind(environment.markers)
    here = (sys.implementation.name, _series(platform.python_version()))
    if not kind or kind != "-".join(here):
        return CompileElsewhere(environment.executable, context.run_process)
    if not sys.executable or (os.cpu_count() or 1) == 1:
        return compile_here
    return CompileTogether(CompileElsewhere(sys.executable, context.run_process))


def bytecode_kind(markers: Mapping[str, str]) -> str:
    """Return a name for interpreters that read the same bytecode; "" for no such.

    That of a release never changes; that of a pre-release may with every one, and
    that of a build from a checkout every day.
    """
    name = markers.get("implementation_name", "")
    version = markers.get("implementation_version", "")
    python = markers.get("python_full_version", "")
    if not (name and version and python) or "+" in version + python:
        return ""
    if name == "cpython":
        return f"{name}-{_series(python)}"
    return f"{name}-{version}-{python}"


def _series(version: str) -> str:
    """Return ``3.11`` for ``3.11.7``, and a pre-release whole."""
    if version.replace(".", "").isdigit():
        return ".".join(version.split(".")[:2])
    return version
