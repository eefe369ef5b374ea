"""Build a project and lay out its files as its plan says: runs inside rpmbuild.

It stands in the source package and needs nothing but Python 3.9:

    python3 install.py build PLAN FOLDER
        a wheel in FOLDER, by the project's back end
    python3 install.py install PLAN FOLDER ROOT LIST
        the files of that wheel below ROOT, and LIST for %files
"""

import filecmp
import importlib
import json
import os
import py_compile
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

Plan = dict[str, Any]

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_PLAIN = {"content": "", "interpreter": "", "packed": False}
# A first line that names a Python 3 anywhere, env(1) before it or not.
_PYTHON_LINE = re.compile(
    r"#![ \t]*(?P<env>(?:\S*/)?env[ \t]+(?:-S[ \t]*)?)?"
    r"(?:\S*/)?python(?:w|3(?:\.\d+)?)?(?=\s|$)"
)
_LEVELS = {"": 0, ".opt-1": 1}
_BYTECODE = re.compile(r"(.*)/__pycache__/(.*)\.cpython-\d+((?:\.opt-\d)?)\.pyc")


def build(plan: Plan, folder: str) -> None:
    """Let the back end build a wheel into ``folder`` (PEP 517)."""
    # The script's own folder is none of the project's.
    del sys.path[0]
    sys.path[:0] = [os.path.abspath(path) for path in plan["build"]["backend_path"]]
    module, _, attribute = plan["build"]["backend"].partition(":")
    backend: Any = importlib.import_module(module)
    for name in filter(None, attribute.split(".")):
        backend = getattr(backend, name)
    os.makedirs(folder, exist_ok=True)
    sys.stdout.write(f"{backend.build_wheel(os.path.abspath(folder))}\n")


def install(plan: Plan, folder: str, root: str, listed: str) -> None:
    """Write the files of the plan below ``root``, from the wheel in ``folder``."""
    names = [name for name in os.listdir(folder) if name.endswith(".whl")]
    if len(names) != 1:
        sys.exit(f"there should be one wheel in {folder}: {names}")
    for path in plan["directories"]:
        os.makedirs(os.path.join(root, path), exist_ok=True)
    with zipfile.ZipFile(os.path.join(folder, names[0])) as wheel:
        files = [*checked(plan, wheel), *information(plan, wheel)]
        for file in files:
            place = os.path.join(root, file["path"])
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as stream:
                stream.write(content(file, wheel))
            os.chmod(place, int(file["mode"], 8))
            os.utime(place, (plan["time"], plan["time"]))
    link(plan, root)
    with open(listed, "w", encoding="utf-8") as lines:
        lines.writelines(f"{line}\n" for line in listing(plan, files))
        lines.writelines(f"{line}\n" for line in bytecode(plan, root))


def link(plan: Plan, root: str) -> None:
    """Make one of the files that the plan says to be the same, if they still are."""
    for path, other in plan["same_files"].items():
        place, first = os.path.join(root, path), os.path.join(root, other)
        if filecmp.cmp(place, first, shallow=False):
            os.remove(place)
            os.link(first, place)


def checked(plan: Plan, wheel: zipfile.ZipFile) -> list[Plan]:
    """Return the files of the plan, if the wheel has these and no others."""
    inside = plan["dist_info"] + "/"
    has = {name for name in wheel.namelist() if not name.endswith("/")}
    has = {name for name in has if not name.startswith(inside)}
    has.difference_update(plan["left_out"])
    wants = {file["source"] for file in plan["files"] if file["source"]}
    if has != wants:
        told = [f"the build did not give {name}" for name in sorted(wants - has)]
        told += [f"the plan does not have {name}" for name in sorted(has - wants)]
        sys.exit("\n".join(told))
    return list(plan["files"])


def information(plan: Plan, wheel: zipfile.ZipFile) -> Iterator[Plan]:
    """Yield the files of the .dist-info: each version of a back end has its own."""
    for name in sorted(wheel.namelist()):
        folder, _, inside = name.partition("/")
        if folder != plan["dist_info"] or inside in plan["left_out_metadata"]:
            continue
        if inside and not inside.endswith("/"):
            path = f"{plan['site']}/{name}"
            yield {"path": path, "source": name, "mode": "0644", **_PLAIN}


def listing(plan: Plan, files: list[Plan]) -> Iterator[str]:
    """Yield the lines of %files for the .dist-info."""
    top = f"{plan['site']}/{plan['dist_info']}"
    inside = [file["path"] for file in files if file["path"].startswith(top + "/")]
    folders = {top}
    for path in inside:
        parts = path[len(top) + 1 :].split("/")[:-1]
        folders.update("/".join([top, *parts[: n + 1]]) for n in range(len(parts)))
    yield from (f"%dir {quoted(path)}" for path in sorted(folders))
    for path in inside:
        licence = re.fullmatch(plan["licences"], path[len(top) + 1 :], re.IGNORECASE)
        yield f"{'%license ' if licence else ''}{quoted(path)}"


def content(file: Plan, wheel: zipfile.ZipFile) -> bytes:
    """Return the bytes of one file of the plan."""
    found: bytes = file["content"].encode()
    if file["source"]:
        found = wheel.read(file["source"])
    if file["interpreter"] and found.startswith(b"#!"):
        line, _, rest = found.partition(b"\n")
        first = first_line(os.fsdecode(line.rstrip(b"\r")), file["interpreter"])
        found = os.fsencode(first) + b"\n" + rest
    return packed(found) if file["packed"] else found


def first_line(line: str, interpreter: str) -> str:
    """Return ``line`` with ``interpreter`` for its Python; only env -S takes words."""
    match = _PYTHON_LINE.match(line)
    if match is None:
        return line
    arguments = line[match.end() :].strip()
    splits = " " in interpreter and arguments
    if splits or (match["env"] and len(arguments.split()) > 1):
        before, _, name = interpreter.rpartition(" ")
        return f"#!{before or '/usr/bin/env'} -S {name} {arguments}"
    return f"#!{interpreter} {arguments}".rstrip()


def packed(data: bytes) -> bytes:
    """Return ``data`` as gzip compresses it, without a date and a system."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = compressor.compress(data) + compressor.flush()
    ends = (zlib.crc32(data), len(data) & 0xFFFFFFFF)
    tail = b"".join(number.to_bytes(4, "little") for number in ends)
    return _GZIP_HEAD + body + tail


def bytecode(plan: Plan, root: str) -> Iterator[str]:
    """Yield the lines of %files for bytecode, which is compiled if it is shipped."""
    for path in plan["bytecode_folders"]:
        os.makedirs(os.path.join(root, path), exist_ok=True)
        mark = "" if plan["ship"] else "%ghost "
        yield f"{mark}%dir {quoted(path)}"
    for path in plan["bytecode"]:
        place = os.path.join(root, path)
        shipped = plan["ship"] and compiled(path, root)
        if not shipped:
            with open(place, "wb"):
                pass  # rpm wants to see even what is not in the package
        os.chmod(place, 0o644)
        os.utime(place, (plan["time"], plan["time"]))
        yield f"{'' if shipped else '%ghost '}{quoted(path)}"


def compiled(path: str, root: str) -> bool:
    """Compile one module; tell whether there is bytecode of it now."""
    match = _BYTECODE.fullmatch(path)
    if match is None or match[3] not in _LEVELS:
        return False
    module = f"{match[1]}/{match[2]}.py"
    try:
        py_compile.compile(
            os.path.join(root, module),
            cfile=os.path.join(root, path),
            dfile=f"/{module}",
            doraise=True,
            optimize=_LEVELS[match[3]],
            invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP,
        )
    except py_compile.PyCompileError:
        return False
    return True


def quoted(path: str) -> str:
    """Return a path as %files takes it: what it would interpret is any letter."""
    found = path
    if re.search(r'[%*?\[\]{}\\"]', path):
        found = re.sub(r"""[%*?\[\]{}\\"'\s]""", "?", path)
    return f'"/{found}"'


def main(words: list[str]) -> None:
    """Do what the words of the command line say."""
    with open(words[1], encoding="utf-8") as stream:
        plan = json.load(stream)
    if words[0] == "build":
        build(plan, *words[2:])
    else:
        install(plan, *words[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
