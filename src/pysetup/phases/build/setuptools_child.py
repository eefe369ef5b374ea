"""The child in which setuptools compiles; imports nothing of pysetup.

``python setuptools_child.py REQUEST ANSWER``: REQUEST is a JSON file with ``into``, an
empty folder. With ``modules`` (as ``build.ext_modules`` of a document) these are
compiled into it; without, the setup.py of the working directory builds a wheel there,
with ``settings`` as its config settings, and ANSWER is ``{"result": <its name>}``.
Needs setuptools alone, in any version that has what is asked of it.
"""

import sys

# The script's own folder must not hide modules of the project.
del sys.path[0]

import json  # noqa: E402 - only now the path is right
import os  # noqa: E402
import traceback  # noqa: E402
from collections.abc import Iterable, Mapping  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

Module = Mapping[str, Any]


def main(request_path: str, answer_path: str) -> int:
    """Do what the request says; return the exit code."""
    with open(request_path, encoding="utf-8") as stream:
        request: Any = json.load(stream)
    try:
        if request.get("modules") is None:
            result = build_by_setup_py(request["into"], request["settings"])
        else:
            compile_modules(request["modules"], request["into"], request["work"])
            result = ""
    except Exception:  # noqa: BLE001 - told to the parent by text and exit code
        traceback.print_exc()
        return 1
    with open(answer_path, "w", encoding="utf-8") as stream:
        json.dump({"result": result}, stream)
    return 0


def build_by_setup_py(into: str, settings: object) -> str:
    """Build a wheel into ``into`` by the project's setup.py; return its name."""
    build_meta: Any = import_module("setuptools.build_meta")
    # As a script would find them: modules beside setup.py can be imported.
    name: str = build_meta.__legacy__.build_wheel(into, settings or None)
    return name


def compile_modules(modules: Iterable[Module], into: str, work: str) -> None:
    """Compile ``modules`` into the folder ``into``; objects go to ``work``."""
    setuptools: Any = import_module("setuptools")
    extensions = [extension(module) for module in modules]
    # No file of the project is read: the request says all.
    distribution = setuptools.Distribution({"ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = into, work
    command.inplace = False
    command.ensure_finalized()
    command.run()


def extension(module: Module) -> object:
    """Return one of ``modules`` as setuptools has it."""
    setuptools: Any = import_module("setuptools")
    words: dict[str, Any] = dict(module)
    since = words.pop("py_limited_api", None)
    macros = [
        (macro[0], macro[1] if len(macro) > 1 else None)
        for macro in words.pop("define_macros", [])
    ]
    if since is not None:
        words["py_limited_api"] = True
        if "Py_LIMITED_API" not in [name for name, _ in macros]:
            minor = int(since[len("cp3") :])
            macros.append(("Py_LIMITED_API", f"0x03{minor:02x}0000"))
    if sys.platform != "win32":
        # Else the compiler writes down where the copy stood, and no two builds are
        # equal. Not by CFLAGS: newer ones take that in place of their own flags.
        own = f"-fdebug-prefix-map={os.getcwd()}=."  # noqa: TID251 - a child of its own
        words["extra_compile_args"] = [own, *words.get("extra_compile_args", [])]
    return setuptools.Extension(
        words.pop("name"), words.pop("sources"), define_macros=macros, **words
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
