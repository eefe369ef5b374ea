"""The projects of the lab: one of many files in two versions, and a set of three.

Between 1.0 and 2.0 files differ, some go, some come, a module becomes a package and a
package a module.  All share a namespace package with a neighbour that stays.
"""

import base64
import hashlib
import random
import zipfile
from pathlib import Path

NAMESPACE = "lab_shared"
NEIGHBOUR = "neighbour"
VICTIM = "victim"
SET = ("alpha", "beta", "gamma")
OLD, NEW = "1.0", "2.0"


def make_wheels(folder: Path, *, files: int) -> list[Path]:
    """Write all wheels of the lab; ``files`` is about the size of the large project."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [_wheel(folder, NEIGHBOUR, OLD, _small(NEIGHBOUR, OLD, 3), requires=())]
    for version in (OLD, NEW):
        made.append(_wheel(folder, VICTIM, version, _large(version, files)))
        for name in SET:
            content = _small(name, version, max(3, files // 20))
            requires = SET[:2] if name == SET[2] else ()
            made.append(_wheel(folder, name, version, content, requires=requires))
    return made


def _large(version: str, files: int) -> dict[str, bytes]:
    """Return the files of the large project, in about ``files`` pieces of 10 KiB."""
    found = _small(VICTIM, version, 2)
    new = version == NEW
    for number in range(files * 4 // 5):
        package = f"{VICTIM}/part{number % 16}"
        found.setdefault(f"{package}/__init__.py", _module(package, version, 1))
        if number % 10 == (3 if new else 7):
            continue  # comes or goes with 2.0
        path = f"{package}/module{number}.py"
        # A tenth of the files is the same in both versions.
        told = "any" if number % 10 == 5 else version
        found[path] = _module(path, told, 40)
    for number in range(files // 6):
        name = f"{VICTIM}/data/{version if number % 3 == 0 else 'both'}-{number}.bin"
        found[name] = random.Random(f"{name}{version}").randbytes(16384)
    late, early = f"{VICTIM}/late", f"{VICTIM}/early"
    for path in (
        (f"{late}/__init__.py", f"{early}.py")
        if new
        else (
            f"{late}.py",
            f"{early}/__init__.py",
        )
    ):
        found[path] = _module(path, version, 1)
    whole = f"{VICTIM}/only{version[0]}"
    for number in range(max(2, files // 40)):
        path = f"{whole}/{'__init__' if number == 0 else f'm{number}'}.py"
        found[path] = _module(path, version, 2)
    return found


def _small(name: str, version: str, modules: int) -> dict[str, bytes]:
    module = _module(name, version, 1) + b"\n\ndef main():\n    print(VERSION)\n"
    data = f"{name}-{version}.data"
    return {
        f"{name}/__init__.py": module,
        **{
            f"{name}/m{number}.py": _module(f"{name}{number}", version, 5)
            for number in range(modules)
        },
        f"{NAMESPACE}/{name}_part.py": _module(f"{name} part", version, 1),
        f"{NAMESPACE}/{name}_{version[0]}.py": _module(f"{name} part", version, 1),
        f"{data}/scripts/{name}-tool": b"#!python\nprint('tool')\n",
        f"{data}/data/share/{name}/read-{version}.txt": version.encode(),
    }


def _module(seed: str, version: str, lines: int) -> bytes:
    filler = random.Random(f"{seed}{version}")
    text = "".join(f"# {filler.randbytes(100).hex()}\n" for _ in range(lines))
    return f'VERSION = "{version}"\n{text}'.encode()


def _wheel(
    folder: Path,
    name: str,
    version: str,
    files: dict[str, bytes],
    *,
    requires: tuple[str, ...] = (),
) -> Path:
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {other}=={version}\n" for other in requires)
    scripts = f"{name} = {name}:main\n{name}-{version[0]} = {name}:main\n"
    contents = {
        **files,
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
        ).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: lab\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}".encode(),
    }
    lines = []
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        lines.append(f"{path},sha256={digest.decode().rstrip('=')},{len(content)}\n")
    record = f"{info}/RECORD"
    contents[record] = "".join([*lines, f"{record},,\n"]).encode()
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            entry = zipfile.ZipInfo(path, (2024, 1, 2, 3, 4, 6))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return wheel
