"""Files that state names: those of ``--map-deps``, and registries (PEP 804)."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.platforms.names.mapping import (
    InvalidMappingError,
    NameMapping,
    file_mappings,
)
from pysetup.platforms.names.package_managers import (
    PackageManager,
    package_managers,
)
from pysetup.platforms.names.registry import (
    is_registry_mapping,
    providers,
    registry_mapping,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.workflows.context import Context

_MOST = 1 << 24
_FOLDER = "external-packaging-metadata-mappings"
_DATA_DIRS = "/usr/local/share:/usr/share"


def read_map_files(
    files: Sequence[str], target: PlatformTarget, *, context: Context
) -> tuple[NameMapping, ...]:
    """Return what files map for ``target``; a later file wins over an earlier one.

    Raises ``InvalidMappingError``.
    """
    found: list[NameMapping] = []
    for file in reversed(files):
        path = context.path(file)
        value = _read(path)
        if is_registry_mapping(value):
            found.append(registry_mapping(value, source=path.name))
        else:
            found += file_mappings(value, target, source=path.name)
    return tuple(found)


def read_registries(
    registries: Sequence[str], target: PlatformTarget, *, context: Context
) -> tuple[NameMapping, ...]:
    """Return what registries map for ``target``: those named, and the installed ones.

    Raises ``InvalidMappingError``.
    """
    folders = [context.path(name) for name in registries]
    for folder in folders:
        if not folder.is_dir():
            reason = "is no folder, as a registry of PEP 804 would be"
            raise InvalidMappingError(str(folder), "", reason)
    return tuple(
        mapping
        for folder in (*folders, *_standard_folders(context))
        for mapping in _of_registry(folder, target)
    )


def read_managers(
    registries: Sequence[str], target: PlatformTarget, *, context: Context
) -> tuple[PackageManager, ...]:
    """Return the package managers of the first registry that has any for ``target``.

    Raises ``InvalidMappingError``.
    """
    for folder in (*map(context.path, registries), *_standard_folders(context)):
        for identifier in ecosystems_of(target):
            path = folder / f"{identifier}.mapping.json"
            if path.is_file():
                managers = package_managers(_read(path), source=path.name)
                if managers:
                    return managers
                break
    return ()


def read_providers(
    registries: Sequence[str], *, context: Context
) -> dict[str, tuple[str, ...]]:
    """Return what the central registries say that DepURLs stand for (PEP 804)."""
    found: dict[str, tuple[str, ...]] = {}
    for folder in (*map(context.path, registries), *_standard_folders(context)):
        path = folder / "registry.json"
        if path.is_file():
            found = {**providers(_read(path)), **found}
    return found


def _of_registry(folder: Path, target: PlatformTarget) -> list[NameMapping]:
    """Return the mapping of the target's release, else of its distribution."""
    for identifier in ecosystems_of(target):
        path = folder / f"{identifier}.mapping.json"
        if path.is_file():
            return [registry_mapping(_read(path), source=path.name)]
    return []


def ecosystems_of(target: PlatformTarget) -> tuple[str, ...]:
    """Return what PEP 804 calls the target's system, the closest first."""
    name = target.distribution or target.family
    release = f"{name}+{target.release}" if target.release else ""
    others = {"conda": "conda-forge", "macos": "homebrew"}
    found = (release, name, others.get(target.family, ""))
    return tuple(dict.fromkeys(one for one in found if one))


def _standard_folders(context: Context) -> list[Path]:
    """Return where PEP 804 has mappings installed, the user's own first."""
    home = context.environ.get("XDG_DATA_HOME") or context.path("~/.local/share")
    system = context.environ.get("XDG_DATA_DIRS") or _DATA_DIRS
    places = [str(home), *system.split(":")]
    return [
        Path(place, _FOLDER)
        for place in dict.fromkeys(places)
        if place and Path(place, _FOLDER).is_dir()
    ]


def _read(path: Path) -> Mapping[str, JSON]:
    try:
        with open(path, "rb") as stream:
            content = stream.read(_MOST)
        if path.suffix == ".toml":
            # Told as JSON is: dates become texts, and nothing is nested too deeply.
            text = json.dumps(tomllib.loads(content.decode()), default=str)
            return parse_json_object(text, source=path.name, limit=_MOST)
        return parse_json_object(content, source=path.name, limit=_MOST)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise InvalidMappingError(str(path), "", reason) from None
    except InvalidJsonError as error:
        reason = f"cannot be read: {error.message}"
        raise InvalidMappingError(str(path), "", reason) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidMappingError(str(path), "", f"is no TOML: {error}") from None
    except RecursionError:
        raise InvalidMappingError(str(path), "", "is nested too deeply") from None
