"""Environments: which one is meant, what it can run, and making a new one."""

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from pysetup.edges.interpreter import InterpreterFacts
from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.interchange.environment import Environment, Scheme
from pysetup.late import late_pattern, shutil
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.known_interpreters import (
    known_facts,
    known_tags,
    remember_new,
)

_VERSION = late_pattern(r"(?:python)?(\d+(?:\.\d+){0,2})t?")
_MANAGED_HINTS = (
    "in a project:  pysetup venv create && pysetup install NAME",
    "override: --break-system-packages",
)


class ExternallyManagedError(EnvironmentRefusedError):
    """This Python belongs to the operating system, which says that it manages it.

    Installing into it can break programs of the system, and its package manager would
    not know (PEP 668). Use an environment of your own: ``pysetup venv create``.
    """

    code = "PS7001"

    def __init__(self, environment: Environment) -> None:
        super().__init__(
            "this Python belongs to the operating system, and pysetup will not "
            "change it",
            facts={
                "python": environment.executable,
                "reason": environment.externally_managed or "",
            },
            hints=_MANAGED_HINTS,
        )


class NoEnvironmentError(EnvironmentRefusedError):
    """There is no environment to work in.

    pysetup looks at --python and --env, at VIRTUAL_ENV and CONDA_PREFIX, and for a
    folder .venv here or in a folder above.
    """

    code = "PS7300"

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"there is no environment in {directory} or above it",
            facts={"directory": str(directory)},
            hints=("pysetup venv create", "or name one with --python or --env"),
        )


class UnknownPythonError(UsageError):
    """An interpreter, version or environment that was named cannot be found.

    Name a version (3.12), a program (python3.12, /usr/bin/python3) or the folder of
    an environment (.venv).
    """

    code = "PS2301"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"there is no Python {wanted!r} on this machine",
            facts={"python": wanted},
            hints=("name a program on PATH, a path, or the folder of an environment",),
        )
        self.wanted = wanted


class EnvironmentExistsError(EnvironmentRefusedError):
    """An environment should be created where something stands already.

    Nothing was touched. ``--clear`` empties the folder of an old environment first.
    """

    code = "PS7315"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"no environment can be created in {path}: {reason}",
            facts={"path": str(path)},
            hints=("choose another folder, or  --clear  to replace an environment",),
        )


def find_environment(
    context: Context,
    *,
    python: str | None = None,
    target: Path | None = None,
    allow_base: bool = False,
) -> Environment:
    """Return the environment that is meant.

    ``python`` is an executable, a version such as ``3.12``, or the folder of an
    environment; without it VIRTUAL_ENV, CONDA_PREFIX and the nearest ``.venv`` are
    tried, and with ``allow_base`` the Python on PATH. ``target`` is a plain folder to
    install into instead (``--target``). Raises ``UnknownPythonError``,
    ``NoEnvironmentError`` or ``InterpreterFailedError``.
    """
    if target is not None:
        return target_environment(target, context, python=python)
    if python is not None:
        return environment_of(find_python(python, context), context)
    for folder in _candidates(context):
        executable = _python_in(folder)
        if executable is not None:
            return environment_of(executable, context)
    if allow_base:
        return environment_of(_base_python(context), context)
    raise NoEnvironmentError(context.directory)


def find_python(wanted: str, context: Context) -> str:
    """Return the executable that ``wanted`` means; raises ``UnknownPythonError``."""
    path = context.path(wanted)
    if path.is_dir():
        executable = _python_in(path)
    elif os.sep in wanted:
        executable = str(path) if path.is_file() else None
    else:
        match = _VERSION.fullmatch(wanted)
        name = f"python{'.'.join(match[1].split('.')[:2])}" if match else wanted
        found = shutil.which(name, path=context.environ.get("PATH", os.defpath))
        executable = None if found is None else os.path.join(context.directory, found)
    if executable is None:
        raise UnknownPythonError(wanted)
    return os.path.abspath(executable)


def environment_of(executable: str, context: Context) -> Environment:
    """Return the environment of the interpreter ``executable``.

    Raises ``InterpreterFailedError`` or ``CommandNotFoundError``.
    """
    return _environment(known_facts(executable, context), context)


def target_environment(
    folder: Path, context: Context, *, python: str | None = None
) -> Environment:
    """Return the plain folder ``folder`` as a place to install into.

    It is used by the interpreter ``python``, else by that of the environment that is
    found, else by the one on PATH. Nothing of that environment counts as installed.
    """
    base = find_environment(context, python=python, allow_base=True)
    root = os.path.realpath(context.path(folder))
    return replace(
        base,
        prefix=root,
        scheme=Scheme(
            purelib=root,
            platlib=root,
            scripts=os.path.join(root, "bin"),
            data=root,
            headers=os.path.join(root, "include"),
        ),
        paths=(root,),
        externally_managed=None,
        virtual=False,
    )


def create_environment(
    path: Path,
    context: Context,
    *,
    python: str | None = None,
    prompt: str | None = None,
    clear: bool = False,
    system_site_packages: bool = False,
) -> Environment:
    """Create a virtual environment without pip, and return it.

    ``python`` is as for ``find_environment``, by default the interpreter that runs
    pysetup; ``clear`` replaces an environment that stands there;
    ``system_site_packages`` lets it see those of its base. Raises
    ``EnvironmentExistsError``, ``UnknownPythonError`` or ``InterpreterFailedError``.
    """
    folder = context.path(path)
    _refuse_occupied(folder, clear=clear)
    executable = None if python is None else find_python(python, context)
    try:
        own = executable is None or _is_this(executable)
        if own and not system_site_packages:
            import venv

            from pysetup.workflows.installing.recipes import keep_recipe

            builder = venv.EnvBuilder(clear=clear, symlinks=True, prompt=prompt)
            builder.create(folder)
            made = _environment(remember_new(_made_python(folder), context), context)
            keep_recipe(context.settings.cache_dir, version=made.version)
            return made
        executable = executable or sys.executable
        options = ["--without-pip", *(["--clear"] if clear else [])]
        options += ["--system-site-packages"] if system_site_packages else []
        options += ["--prompt", prompt] if prompt is not None else []
        command = [executable, "-I", "-m", "venv", *options, os.fspath(folder)]
        done = context.run_process(command)
        if done.returncode != 0:
            text = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            raise EnvironmentExistsError(folder, text.splitlines()[-1])
    except OSError as error:
        reason = error.strerror or str(error)
        raise EnvironmentExistsError(folder, reason) from None
    return environment_of(_made_python(folder), context)


def _is_this(executable: str) -> bool:
    return os.path.realpath(executable) == os.path.realpath(sys.executable)


def require_changeable(
    environment: Environment, *, break_system_packages: bool = False
) -> None:
    """Raise ``ExternallyManagedError`` for a Python of the operating system."""
    if environment.externally_managed is not None and not break_system_packages:
        raise ExternallyManagedError(environment)


def _environment(facts: InterpreterFacts, context: Context) -> Environment:
    version = facts.markers["python_full_version"]
    # Python built from a checkout calls itself 3.14.0a1+, which is no version.
    version = version + "local" if version.endswith("+") else version
    own = facts.platform == sysconfig.get_platform()
    platforms = () if own else (re.sub(r"[-.]", "_", facts.platform),)
    return Environment(
        prefix=facts.prefix,
        executable=facts.executable,
        version=version,
        scheme=Scheme(**{k: os.path.realpath(p) for k, p in facts.scheme.items()}),
        markers={**facts.markers, "python_full_version": version},
        tags=known_tags(facts, platforms, context),
        paths=tuple(dict.fromkeys(map(os.path.realpath, facts.paths))),
        externally_managed=_managed_reason(facts.externally_managed),
        virtual=facts.virtual,
    )


def _managed_reason(content: str | None) -> str | None:
    """Return the message of an EXTERNALLY-MANAGED file (PEP 668)."""
    if content is None:
        return None
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(content)
        return parser["externally-managed"].get("error", "").strip()
    except (configparser.Error, KeyError):
        return ""  # even a damaged file says that the system manages this Python


def _candidates(context: Context) -> Iterator[Path]:
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if context.environ.get(variable):
            yield Path(context.environ[variable])
    for folder in (context.directory, *context.directory.parents):
        if (folder / ".venv" / "pyvenv.cfg").is_file():
            yield folder / ".venv"


def _python_in(folder: Path) -> str | None:
    for name in ("bin/python", "bin/python3"):
        if (folder / name).exists():
            return os.fspath(folder / name)
    return None


def _made_python(folder: Path) -> str:
    made = _python_in(folder)
    assert made is not None, "an environment has an interpreter"
    return made


def _base_python(context: Context) -> str:
    search = context.environ.get("PATH", os.defpath)
    for name in ("python3", "python"):
        found = shutil.which(name, path=search)
        if found is not None:
            return os.path.join(context.directory, found)
    raise NoEnvironmentError(context.directory)


def _refuse_occupied(folder: Path, *, clear: bool) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise EnvironmentExistsError(folder, "it is not a folder")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / "pyvenv.cfg").is_file():
        # --clear is for environments; it must not empty anything else.
        raise EnvironmentExistsError(folder, "it holds something else")
    if not clear:
        raise EnvironmentExistsError(folder, "there is one already")
