"""What interpreters said of themselves, remembered while nothing has changed.

To ask one costs as much as all the rest of a small command. What it answers depends on
its own file, on ``pyvenv.cfg``, on the system, and on PEP 668's file; so do the keys.
"""

import json
import os
import site
import sys
import sysconfig
from importlib.machinery import PathFinder

from pysetup.edges.interpreter import InterpreterFacts, describe_interpreter
from pysetup.standards.tags import supported_tags
from pysetup.store.sealed import SealedFolder
from pysetup.values import replace
from pysetup.workflows.context import Context

# Raised whenever interpreters are asked something else.
_FORMAT = 2
_SCRIPT = b"#!"


def known_facts(executable: str, context: Context) -> InterpreterFacts:
    """Return what the interpreter ``executable`` is, asking it only if need be.

    Raises ``InterpreterFailedError`` or ``CommandNotFoundError``.
    """
    key = _key(executable)
    if key is None:
        return describe_interpreter(executable, context.run_process)
    folder = _folder(context)
    found = _parse(folder.get(key))
    if found is None or not _holds(found):
        found = describe_interpreter(executable, context.run_process)
        folder.put(key, json.dumps(found.to_json()).encode())
    return found


def remember_new(executable: str, context: Context) -> InterpreterFacts:
    """Return what ``executable`` is, in an environment just made for our own Python.

    Nothing is asked: an environment differs from its base by its folders alone.
    """
    base = known_facts(sys.executable, context)
    prefix = os.path.dirname(os.path.dirname(executable))
    paths = sysconfig.get_paths("venv", {"base": prefix, "platbase": prefix})
    # Some systems look at further folders, which packages of theirs may bring.
    known = (paths["purelib"], paths["platlib"], *site.getsitepackages([prefix]))
    sites = tuple(dict.fromkeys(known))
    scheme = {key: paths[key] for key in ("purelib", "platlib", "scripts", "data")}
    python = "python{}.{}".format(*base.version)
    facts = replace(
        base,
        executable=executable,
        prefix=prefix,
        virtual=True,
        externally_managed=None,
        managed_file="",
        absent=tuple(path for path in sites if not os.path.isdir(path)),
        paths=tuple(path for path in sites if os.path.isdir(path)),
        scheme={**scheme, "headers": os.path.join(prefix, "include", "site", python)},
    )
    key = _key(executable)
    if key is not None:
        _folder(context).put(key, json.dumps(facts.to_json()).encode())
    return facts


def known_tags(
    facts: InterpreterFacts, platforms: tuple[str, ...], context: Context
) -> tuple[str, ...]:
    """Return the tags of wheels for the interpreter of ``facts``, best first.

    ``platforms`` are those of its machine; none stands for this machine.
    """
    key = _tags_key(facts, platforms)
    folder = _folder(context)
    found = None if key is None else folder.get(key)
    if found is not None:
        return tuple(found.decode().split("\n"))
    tags = supported_tags(
        implementation=facts.implementation,
        version=facts.version,
        abis=facts.abis,
        platforms=platforms,
    )
    if key is not None and tags:
        folder.put(key, "\n".join(tags).encode())
    return tags


def _tags_key(facts: InterpreterFacts, platforms: tuple[str, ...]) -> str | None:
    """Return what the tags depend on, None where that cannot be told at once.

    Those of this machine depend on its C library, on the program that we run in, which
    is looked into, and on the word of a distribution (PEP 600).
    """
    machine: list[object] = []
    if not platforms:
        try:
            library = os.confstr("CS_GNU_LIBC_VERSION")
        except (AttributeError, OSError, ValueError):
            return None
        own = interpreter_identity(sys.executable)
        if not library or own is None or PathFinder.find_spec("_manylinux"):
            return None
        machine = [library, own, list(os.uname())]
    asked = [facts.implementation, *facts.version, facts.abis, platforms]
    return json.dumps([_FORMAT, "tags", asked, machine])


def interpreter_identity(executable: str) -> str | None:
    """Return what changes when the interpreter does, without starting it.

    None for a script, which may start another one at any time, and where the file
    cannot be read.
    """
    real = os.path.realpath(executable)
    try:
        with open(real, "rb") as stream:
            if stream.read(len(_SCRIPT)) == _SCRIPT:
                return None
            facts = os.fstat(stream.fileno())
    except OSError:
        return None
    return f"{real} {facts.st_size} {facts.st_mtime_ns}"


def _key(executable: str) -> str | None:
    """Return what the answer of ``executable`` depends on, None for too much."""
    identity = interpreter_identity(executable)
    if identity is None:
        return None
    path = os.path.abspath(executable)
    prefix = os.path.dirname(os.path.dirname(path))
    config = [
        _text(os.path.join(folder, "pyvenv.cfg"))
        for folder in (prefix, os.path.dirname(path))
    ]
    return json.dumps([_FORMAT, path, identity, config, list(os.uname())])


def _holds(facts: InterpreterFacts) -> bool:
    """Tell whether the site folders and PEP 668's file are still as they were."""
    if any(map(os.path.isdir, facts.absent)) or not all(
        map(os.path.isdir, facts.paths)
    ):
        return False
    if not facts.managed_file:
        return True
    return _text(facts.managed_file) == facts.externally_managed


def _folder(context: Context) -> SealedFolder:
    return SealedFolder(context.settings.cache_dir / "interpreters")


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return None


def _parse(content: bytes | None) -> InterpreterFacts | None:
    if content is None:
        return None
    try:
        return InterpreterFacts.from_json(json.loads(content))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # another version of pysetup wrote it
