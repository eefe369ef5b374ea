"""Conversion: any source of metadata into any format, with all that gets lost."""

import contextlib
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pysetup.errors import AnswerError, UsageError
from pysetup.interchange.dist_info import SUFFIX, WHEEL
from pysetup.interchange.wheel_file import open_wheel
from pysetup.late import base64, shutil, tempfile
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import WRITTEN_VERSIONS
from pysetup.metadata.formats import core_metadata, setup_cfg
from pysetup.metadata.formats.registry import Format, UnknownFormatError, find_format
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field, replace
from pysetup.workflows.describing.documents import NoDocumentError
from pysetup.workflows.describing.module_files import single_files
from pysetup.workflows.describing.sources import (
    STDIN,
    Reading,
    Source,
    local_path,
    read_limited,
    read_source,
)


class LossyConversionError(AnswerError):
    """The format cannot carry all of the document, and losses were to be refused.

    Each loss is named by its JSON pointer in the document. Without ``--lossy refuse``
    the rest is converted and the losses are told. ``--to json`` loses nothing.
    """

    code = "PS1681"

    def __init__(self, source: str, format_: str, losses: tuple[Loss, ...]) -> None:
        super().__init__(
            f"{format_} cannot carry all of {source}: {losses[0].pointer} "
            f"{'is' if len(losses) == 1 else f'and {len(losses) - 1} more are'} lost",
            facts={
                "format": format_,
                "lost": [f"{loss.pointer}: {loss.reason}" for loss in losses],
            },
            hints=("accept it with  --lossy report", "or convert  --to json"),
        )
        self.losses = losses
        self.causes = tuple({"kind": "loss", **loss.to_json()} for loss in losses)


class FolderNeededError(UsageError):
    """The format is a folder of several files, which cannot go to standard output.

    Name the folder to write with ``--output``; it is made if it is missing.
    """

    code = "PS2685"

    def __init__(self, format_: str) -> None:
        super().__init__(
            f"{format_} is a folder of files and cannot be printed",
            facts={"format": format_},
            hints=("name a folder:  --output NAME.egg-info",),
        )


class OutputNotWrittenError(UsageError):
    """A result could not be written to the place that was named.

    The folder is missing or not writable, or something else stands there. What stood
    there before is unchanged.
    """

    code = "PS2686"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}",
            facts={"path": str(path)},
            hints=("name a file in a folder that exists and is yours",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A finished conversion, nothing written yet.

    ``content`` is the file; for a format of several files ``files`` are these by name.
    ``losses`` are what the format cannot carry, by JSON pointer into ``metadata``;
    ``computed`` are keys that the source leaves to a build, ``origins`` the places of
    single values. ``metadata`` is None for what describes an archive.
    """

    source: str
    target: str
    metadata: Metadata | None = None
    content: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
    computed: tuple[str, ...] = ()
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def printed(self) -> bytes:
        """Return the file for standard output; raises ``FolderNeededError``."""
        if self.files:
            raise FolderNeededError(self.target)
        return self.content

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; content that is not UTF-8 stands there in base64."""
        encoding, text = "utf-8", ""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            encoding, text = "base64", base64.b64encode(self.content).decode("ascii")
        return {
            "source": self.source,
            "format": self.target,
            "content": text or None,
            "encoding": encoding,
            "files": {
                name: content.decode(errors="replace")
                for name, content in self.files.items()
            },
            "losses": [loss.to_json() for loss in self.losses],
            "computed": list(self.computed),
            "origins": {
                pointer: list(places) for pointer, places in self.origins.items()
            },
        }


def convert(
    source: str,
    reading: Reading,
    *,
    to: str,
    from_: str | None = None,
    metadata_version: str | None = None,
    update: bytes | None = None,
) -> Converted:
    """Read ``source``, which is whatever ``read_source`` takes, and write it as ``to``.

    ``from_`` is the format of the source where its name and content do not tell it.
    ``metadata_version`` is for ``to="metadata"`` alone, by default the lowest that
    holds the fields. ``update`` is the content of a pyproject.toml to be brought up to
    date, comments and order kept.

    Raises ``UnknownFormatError``, and as ``read_source`` and the writer of the format.
    """
    target = find_format(to)
    if target.translate is not None:
        content = target.translate(_wheel_info(source, reading), source)
        return Converted(source=source, target=target.name, content=content)
    if not target.is_written:
        raise UnknownFormatError(to, "is only read", "choose another one for --to")
    if metadata_version is not None:
        _check_version(target, metadata_version)
    found = read_source(source, reading, format_=from_ or "")
    found = replace(found, metadata=reading.change(found.metadata))
    return _written(found, target, version=metadata_version, update=update)


def _wheel_info(source: str, reading: Reading) -> bytes:
    """Return the WHEEL or the WHEEL.json that ``source`` is, or has."""
    if source == STDIN and reading.stdin is not None:
        return reading.stdin()
    path = local_path(source, context=reading.context)
    if path.name.endswith(".whl"):
        with open_wheel(path) as wheel:
            return wheel.read(f"{wheel.dist_info}/{WHEEL}")
    if path.is_file():
        return read_limited(path)
    for place in (path, *sorted(path.glob(f"*{SUFFIX}"))):
        if (place / WHEEL).is_file():
            return read_limited(place / WHEEL)
    raise NoDocumentError(source, f"it has no {WHEEL}")


def refuse_losses(converted: Converted) -> None:
    """Raise ``LossyConversionError`` if anything of the source was lost."""
    if converted.losses:
        raise LossyConversionError(converted.source, converted.target, converted.losses)


def _check_version(target: Format, version: str) -> None:
    if target.name != "metadata":
        reason = "has no metadata version of its own"
        raise UnknownFormatError(target.name, reason, "leave out --metadata-version")
    if version not in WRITTEN_VERSIONS:
        raise UnknownFormatError(
            f"metadata {version}",
            "is not written",
            f"choose one of {', '.join(WRITTEN_VERSIONS)}",
        )


def _written(
    found: Source, target: Format, *, version: str | None, update: bytes | None
) -> Converted:
    metadata = found.metadata
    write, losses = target.write, target.losses
    if version is not None:
        write = partial(core_metadata.write, version=version)
        losses = partial(core_metadata.losses, version=version)
    if target.name == "setup.cfg":
        single = single_files(found)
        write = partial(setup_cfg.write, py_modules=single)
        losses = partial(setup_cfg.losses, py_modules=single)
    if update is not None and target.update is not None:
        write = partial(target.update, update)
    lost = losses(metadata) if losses is not None else ()
    if write is None:
        assert target.write_folder is not None, "the format is written"
        files, content = dict(target.write_folder(metadata)), b""
    else:
        files, content = {}, write(metadata)
    return Converted(
        source=found.place,
        target=target.name,
        metadata=metadata,
        content=content,
        files=files,
        losses=lost,
        computed=found.computed,
        origins=found.origins,
    )


def read_old(path: Path, *, to: str) -> bytes | None:
    """Return the file at ``path`` if it is one that people write, to be updated."""
    if find_format(to).update is None or not path.is_file():
        return None
    return read_limited(path)


def write_converted(converted: Converted, path: Path) -> None:
    """Write the result to ``path``, a file or, for several files, a folder.

    What stands there is replaced in one step; other files of the folder stay. Raises
    ``OutputNotWrittenError``.
    """
    if converted.files:
        write_folder(path, converted.files)
    else:
        write_file(path, converted.content)


def write_file(path: Path, content: bytes) -> None:
    """Replace the file ``path`` in one step; raises ``OutputNotWrittenError``.

    Its permissions stay; of a link the file that it leads to is replaced.
    """
    place = os.path.realpath(path)
    if os.path.isdir(place):
        raise OutputNotWrittenError(path, "it is a folder")
    fresh = ""
    try:
        mode = os.stat(place).st_mode & 0o777 if os.path.exists(place) else None
        descriptor, fresh = tempfile.mkstemp(
            prefix=".pysetup-", dir=os.path.dirname(place)
        )
        with open(descriptor, "wb") as stream:
            stream.write(content)
            os.fchmod(descriptor, _default_mode() if mode is None else mode)
        os.replace(fresh, place)
    except OSError as error:
        raise OutputNotWrittenError(path, str(error.strerror)) from None
    finally:
        with contextlib.suppress(OSError):
            if fresh:
                os.unlink(fresh)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Replace the folder ``path`` by one with ``files`` and its other files.

    It is made beside and renamed: nobody finds half of it there. A folder of anything
    but plain files is none that a conversion makes, and is left alone. Raises
    ``OutputNotWrittenError``.
    """
    place = Path(os.path.realpath(path))
    fresh, old = None, None
    try:
        if place.exists():
            _refuse_other_folder(place, files)
        fresh = Path(tempfile.mkdtemp(prefix=".pysetup-", dir=place.parent))
        if place.is_dir():
            shutil.copytree(place, fresh, dirs_exist_ok=True)
        else:
            fresh.chmod(_default_mode() | 0o111)
        for name, content in files.items():
            (fresh / name).unlink(missing_ok=True)  # it may be read-only
            (fresh / name).write_bytes(content)
        if place.is_dir():
            old = Path(tempfile.mkdtemp(prefix=".pysetup-", dir=place.parent)) / "old"
            place.rename(old)
        fresh.rename(place)
    except OSError as error:
        if old is not None and not place.exists():
            with contextlib.suppress(OSError):
                old.rename(place)
        raise OutputNotWrittenError(path, str(error.strerror)) from None
    finally:
        for rest in (fresh, old.parent if old is not None else None):
            if rest is not None:
                shutil.rmtree(rest, ignore_errors=True)


def _refuse_other_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Raise ``OutputNotWrittenError`` unless ``place`` is such a folder, or empty."""
    if not place.is_dir():
        raise OutputNotWrittenError(
            place, "it is a file, and a folder is to be written"
        )
    there = list(place.iterdir())
    if any(one.is_symlink() or not one.is_file() for one in there):
        raise OutputNotWrittenError(place, "it is a folder of other things")
    if there and not {one.name for one in there} & set(files):
        raise OutputNotWrittenError(place, "it is a folder of other files")


def _default_mode() -> int:
    """Return the permissions of a new file; a temporary file has narrower ones."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
