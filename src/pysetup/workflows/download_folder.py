"""A folder of downloaded files: written, described, and verified far from any network.

The archives stand side by side, as ``--find-links`` wants them. With a manifest there
are also their metadata (PEP 658) and pages of the simple API, so that the folder is an
index, behind any web server or none.
"""

import filecmp
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pysetup.errors import IntegrityError, UsageError
from pysetup.index.model import File, ProjectList, ProjectPage
from pysetup.index.simple_html import list_to_html, page_to_html
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.wheel_metadata import read_wheel_metadata
from pysetup.late import shutil, tempfile
from pysetup.standards.filenames import ARCHIVE_ENDINGS, parse_wheel_filename
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, parse_json_object, to_json_text
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.describing.convert import OutputNotWrittenError, write_file
from pysetup.workflows.describing.sources import read_limited
from pysetup.workflows.download import DownloadedFile, DownloadTarget

MANIFEST = "pysetup-download.json"
SIMPLE = "simple"
_FORM = 1


class NoManifestError(UsageError):
    """A folder that should be verified has no manifest, or one that cannot be read.

    ``pysetup download --with-deps`` writes ``pysetup-download.json`` beside the files:
    it says what they are and for which targets. A folder without it may still serve
    ``--find-links``; nobody can tell whether it is complete.
    """

    code = "PS2873"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} cannot be verified: {reason}",
            facts={"folder": str(folder), "looked for": MANIFEST},
            hints=("make it anew:  pysetup download --with-deps -d DIR ...",),
        )


class DownloadDamagedError(IntegrityError):
    """A downloaded folder is not what its manifest says.

    A file is missing, has another content, or stands there without being listed. Do not
    install from it. Download it anew, or copy it again from where it came.
    """

    code = "PS5870"

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        super().__init__(
            f"{folder} is not what its manifest says",
            facts={"folder": str(folder), "faults": list(faults)},
            hints=("copy the folder again, or repeat the download",),
        )
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Placed:
    """What was written into a folder; ``kept`` were there before, as they should be."""

    folder: Path
    files: tuple[DownloadedFile, ...]
    kept: tuple[str, ...] = ()
    manifest: Path | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "folder": str(self.folder),
            "files": [file.to_json() for file in self.files],
            "kept": list(self.kept),
            "manifest": None if self.manifest is None else str(self.manifest),
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds: the manifest read again."""

    requirements: tuple[str, ...]
    targets: tuple[DownloadTarget, ...]
    files: tuple[Mapping[str, JSON], ...]


def place_files(
    files: Sequence[DownloadedFile], folder: Path, context: Context
) -> Placed:
    """Copy files from the cache into ``folder``, each whole or not at all.

    One of the same name and another content is replaced, which is told. Raises
    ``OutputNotWrittenError``.
    """
    kept = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            place = folder / file.filename
            if place.is_file() and filecmp.cmp(
                file.acquired.path, place, shallow=False
            ):
                kept.append(file.filename)
                continue
            if place.exists():
                context.tell(f"replaced {place}: it had another content")
            _copy(file.acquired.path, place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputNotWrittenError(folder, reason) from None
    return Placed(folder, tuple(files), tuple(kept))


def _copy(source: Path, place: Path) -> None:
    handle, fresh = tempfile.mkstemp(prefix=".new-", dir=place.parent)
    os.close(handle)
    try:
        shutil.copyfile(source, fresh)
        os.chmod(fresh, 0o644)
        os.replace(fresh, place)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)


def describe(
    placed: Placed,
    requirements: Iterable[str],
    targets: Sequence[DownloadTarget],
    context: Context,
) -> Placed:
    """Write metadata files, pages and manifest; what an older one lists is kept in it.

    Raises ``OutputNotWrittenError`` and ``NoManifestError``.
    """
    folder = placed.folder
    before = (
        read_manifest(folder) if (folder / MANIFEST).is_file() else Manifest((), (), ())
    )
    rows = {str(row["filename"]): row for row in before.files}
    for file in placed.files:
        rows[file.filename] = {
            **file.to_json(),
            **_with_metadata(folder, file.filename),
        }
    rows = {n: row for n, row in sorted(rows.items()) if (folder / n).is_file()}
    known = {target.name: target for target in (*before.targets, *targets)}
    value: dict[str, JSON] = {
        "manifest_version": _FORM,
        "created": context.now().isoformat(timespec="seconds"),
        "requirements": list(dict.fromkeys((*before.requirements, *requirements))),
        "targets": [_target_json(known[name]) for name in sorted(known)],
        "files": [dict(row) for row in rows.values()],
    }
    _write_pages(folder, list(rows.values()))
    write_file(folder / MANIFEST, to_json_text(value).encode())
    return replace(placed, manifest=folder / MANIFEST)


def _target_json(target: DownloadTarget) -> JSON:
    environment = target.environment
    return {
        "name": target.name,
        "python": environment.version,
        "markers": dict(environment.markers),
        "tags": list(environment.tags),
    }


def _with_metadata(folder: Path, filename: str) -> dict[str, JSON]:
    """Write the METADATA of a wheel beside it; return its digest for the manifest."""
    if not filename.endswith(".whl"):
        return {}
    content = metadata_of(folder / filename)
    write_file(folder / f"{filename}.metadata", content)
    return {"core_metadata": str(Hash.of(content, "sha256"))}


def metadata_of(wheel: Path) -> bytes:
    """Return METADATA of a wheel; raises what is wrong with the archive."""
    with wheel.open("rb") as stream:

        def read_at(offset: int, length: int) -> bytes:
            stream.seek(offset)
            return stream.read(length)

        return read_wheel_metadata(
            parse_wheel_filename(wheel.name), read_at, length=wheel.stat().st_size
        )


def _write_pages(folder: Path, rows: Sequence[Mapping[str, JSON]]) -> None:
    """Write the pages of the simple API (PEP 503), with links that lead upwards."""
    by_name: dict[str, list[File]] = {}
    for row in rows:
        found = by_name.setdefault(normalize_name(str(row["name"])), [])
        found.append(_link(row))
    top = folder / SIMPLE
    try:
        for name, files in by_name.items():
            (top / name).mkdir(parents=True, exist_ok=True)
            page = page_to_html(ProjectPage(name, tuple(files)))
            write_file(top / name / "index.html", page)
        top.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputNotWrittenError(top, error.strerror or str(error)) from None
    write_file(top / "index.html", list_to_html(ProjectList(tuple(sorted(by_name)))))


def _link(row: Mapping[str, JSON]) -> File:
    metadata = str(row.get("core_metadata") or "")
    return File(
        str(row["filename"]),
        f"../../{row['filename']}",
        _hashes(row),
        requires_python=str(row.get("requires_python") or ""),
        core_metadata=(Hash.parse(metadata),) if metadata else False,
    )


def _hashes(row: Mapping[str, JSON]) -> tuple[Hash, ...]:
    table = row.get("hashes")
    pairs = table.items() if isinstance(table, Mapping) else ()
    return tuple(Hash.parse(f"{name}={digest}") for name, digest in pairs)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of ``folder``; raises ``NoManifestError``."""
    path = folder / MANIFEST
    if not path.is_file():
        raise NoManifestError(folder, f"it has no {MANIFEST}")
    value = parse_json_object(read_limited(path), source=str(path))
    if value.get("manifest_version") != _FORM:
        raise NoManifestError(folder, f"{MANIFEST} is of another version")
    files = [row for row in _rows(value.get("files")) if _is_file_row(row)]
    if len(files) != len(_rows(value.get("files"))):
        raise NoManifestError(folder, f"{MANIFEST} has an entry that is no file")
    requirements = value.get("requirements")
    return Manifest(
        tuple(map(str, requirements)) if isinstance(requirements, list) else (),
        tuple(_target(row) for row in _rows(value.get("targets"))),
        tuple(files),
    )


def _rows(value: JSON) -> list[Mapping[str, JSON]]:
    found = value if isinstance(value, list) else []
    return [row for row in found if isinstance(row, Mapping)]


def _is_file_row(row: Mapping[str, JSON]) -> bool:
    name = str(row.get("filename") or "")
    return bool(
        name.endswith(ARCHIVE_ENDINGS)
        and "/" not in name
        and row.get("name")
        and row.get("version")
        and isinstance(row.get("hashes"), Mapping)
    )


def _target(row: Mapping[str, JSON]) -> DownloadTarget:
    markers, tags = row.get("markers"), row.get("tags")
    return DownloadTarget(
        str(row.get("name")),
        foreign_environment(
            str(row.get("python")),
            {k: str(v) for k, v in markers.items()}
            if isinstance(markers, Mapping)
            else {},
            tuple(map(str, tags)) if isinstance(tags, list) else (),
        ),
        is_here=False,
    )


def foreign_environment(
    version: str, markers: Mapping[str, str], tags: tuple[str, ...]
) -> Environment:
    """Return an environment that only says what fits it: it is somewhere else."""
    return Environment(
        prefix="",
        executable="",
        version=version,
        scheme=Scheme("", "", "", "", ""),
        markers=markers,
        tags=tags,
        paths=(),
        externally_managed=None,
        virtual=True,
    )


def find_faults(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Return what of ``folder`` is not as its manifest says; every byte is read."""
    faults: list[str] = []
    listed = set()
    for row in manifest.files:
        name = str(row["filename"])
        listed |= {name, f"{name}.metadata"}
        faults += _file_faults(folder, row)
    faults += [
        f"{one.name} is not listed"
        for one in sorted(folder.iterdir())
        if one.name.endswith((*ARCHIVE_ENDINGS, ".metadata")) and one.name not in listed
    ]
    return tuple(faults)


def _file_faults(folder: Path, row: Mapping[str, JSON]) -> list[str]:
    name = str(row["filename"])
    if not (folder / name).is_file():
        return [f"{name} is missing"]
    faults = []
    for hash_ in _hashes(row):
        found = Hash.of_file(str(folder / name), hash_.algorithm)
        if found != hash_:
            faults.append(f"{name} is {found}, not {hash_}")
    promised = str(row.get("core_metadata") or "")
    beside = folder / f"{name}.metadata"
    if promised and not beside.is_file():
        faults.append(f"{beside.name} is missing")
    elif promised and str(Hash.of_file(str(beside), "sha256")) != promised:
        faults.append(f"{beside.name} is not the METADATA of {name}")
    return faults
