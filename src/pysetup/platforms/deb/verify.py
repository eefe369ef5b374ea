"""A package read back: what is in it, and whether it is what the plan says."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.platforms.deb.binary import RELATION_FIELDS, main_fields
from pysetup.platforms.deb.reader import DebContents, InstalledFile, read_deb
from pysetup.platforms.plan import PackagePlan
from pysetup.standards.jsontext import JSON

_NEEDED = ("Package", "Version", "Architecture", "Maintainer", "Description")
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")


def verify_deb(path: Path) -> dict[str, JSON]:
    """Return what stands in the package, and in ``problems`` what is wrong with it.

    Raises ``UnreadablePackageError`` for what is no package at all.
    """
    contents = read_deb(path)
    fields = contents.fields
    return {
        "format": "deb",
        "name": fields.get("Package", ""),
        "version": fields.get("Version", ""),
        "architecture": fields.get("Architecture", ""),
        "relations": {
            kind: _split(fields[field])
            for kind, field in RELATION_FIELDS.items()
            if field in fields
        },
        "fields": dict(fields),
        "conffiles": list(contents.lines("conffiles")),
        "scripts": [name for name in _SCRIPTS if name in contents.control],
        "files": [_described(file) for file in contents.files if file.is_file],
        "problems": list(problems(contents)),
    }


def problems(contents: DebContents) -> Iterator[str]:
    """Yield what is wrong with a package by itself."""
    for field in _NEEDED:
        if not contents.fields.get(field):
            yield f"it has no field {field}"
    files = {file.path: file for file in contents.files}
    yield from _wrong_sums(contents, files)
    for line in contents.lines("conffiles"):
        if line.lstrip("/") not in files:
            yield f"the configuration file {line} is not in it"
    for path, file in files.items():
        parent = path.rstrip("/").rpartition("/")[0]
        if parent and f"{parent}/" not in files:
            yield f"the folder {parent} of {path} is not in it"
        if file.owner != "0:0":
            yield f"{path} belongs to {file.owner}, not to root"


def _wrong_sums(
    contents: DebContents, files: Mapping[str, InstalledFile]
) -> Iterator[str]:
    listed: dict[str, str] = {}
    for line in contents.lines("md5sums"):
        digest, _, path = line.partition("  ")
        listed[path] = digest
        if path not in files:
            yield f"md5sums names {path}, which is not in it"
        elif files[path].md5 != digest:
            yield f"md5sums has another digest for {path}"
    configuration = {line.lstrip("/") for line in contents.lines("conffiles")}
    for path, file in files.items():
        if file.is_file and path not in listed and path not in configuration:
            yield f"md5sums does not name {path}"


def differences(contents: DebContents, plan: PackagePlan) -> tuple[str, ...]:
    """Return in what a package is not what ``plan`` says; empty for what it made."""
    return tuple(_differences(contents, plan))


def _differences(contents: DebContents, plan: PackagePlan) -> Iterator[str]:
    planned = {file.path: file.mode for file in plan.files}
    found = {file.path: file.mode for file in contents.files if file.is_file}
    for path in sorted(planned.keys() | found.keys()):
        if planned.get(path) != found.get(path):
            yield f"{path}: {_mode(planned.get(path))} is {_mode(found.get(path))}"
    for name, text in main_fields(plan).items():
        value = contents.fields.get(name, "")
        if name != "Installed-Size" and value.split() != _unfolded(text).split():
            yield f"{name}: {text!r} is {value!r}"
    for name, text in plan.scripts.items():
        if contents.control.get(name) != text.encode():
            yield f"the script {name} is another one"


def _unfolded(text: str) -> str:
    return "\n".join("" if line == " ." else line for line in text.split("\n"))


def _mode(mode: int | None) -> str:
    return "absent" if mode is None else f"{mode:04o}"


def _described(file: InstalledFile) -> dict[str, JSON]:
    return {
        "path": file.path,
        "size": file.size,
        "mode": f"{file.mode:04o}",
        "sha256": file.sha256,
    }


def _split(text: str) -> list[JSON]:
    return [part.strip() for part in text.split(",") if part.strip()]
