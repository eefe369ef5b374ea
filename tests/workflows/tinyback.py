"""A back end in a few lines, for tests: it packs the modules beside pyproject.toml."""

# ruff: noqa: ARG001 - PEP 517 gives hooks their arguments

import base64
import hashlib
import os
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

VERSION = "1.0"


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return ["helper"] if Path("asks_for_helper").exists() else []


def build_wheel(
    folder: str, config_settings: Any = None, metadata_directory: Any = None
) -> str:
    name, version = _project()
    stem = f"{name}-{version}"
    files = {path.name: path.read_text() for path in sorted(Path().glob("*.py"))}
    files[f"{stem}.dist-info/METADATA"] = _metadata(name, version)
    files[f"{stem}.dist-info/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tinyback {VERSION}\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(_line(path, text) for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or "1580601600")
    filename = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as archive:
        for path, text in files.items():
            date: Any = time.gmtime(epoch)[:6]
            archive.writestr(zipfile.ZipInfo(path, date), text)
    return filename


def build_sdist(folder: str, config_settings: Any = None) -> str:
    name, version = _project()
    stem = f"{name}-{version}"
    made = Path(folder, "PKG-INFO")
    made.write_text(_metadata(name, version))
    with tarfile.open(os.path.join(folder, f"{stem}.tar.gz"), "w:gz") as archive:
        archive.add(made, f"{stem}/PKG-INFO")
        for path in sorted(["pyproject.toml", *map(str, Path().glob("*.py"))]):
            archive.add(path, f"{stem}/{path}")
    made.unlink()
    return f"{stem}.tar.gz"


def _project() -> tuple[str, str]:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    return project["name"], project["version"]


def _metadata(name: str, version: str) -> str:
    return f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n"


def _line(path: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
