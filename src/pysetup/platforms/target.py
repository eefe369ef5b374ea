"""A target: the system that a package is made for, as a JSON document.

Everything that depends on the system is decided by its target, never by the machine
that the package is made on: markers, tags, folders, the interpreter, the dialect.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pysetup.errors import UsageError
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.target import Target
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.standards.target_platforms import UnknownPlatformError
from pysetup.values import dataclass

PATHS = ("purelib", "platlib", "scripts", "data", "headers", "config", "licences")
_WITH_PYTHON = re.compile(r"(?P<base>[a-z][a-z0-9-]*?)-(?P<python>\d+\.\d+)")
_MOST_ANCESTORS = 8


class UnknownPlatformTargetError(UsageError):
    """A target for a platform package is neither shipped nor a file that can be read.

    ``pysetup bdist --list-targets`` tells the shipped ones. A target of your own is a
    JSON file, named with its path; ``extends`` takes over another one.
    """

    code = "PS2941"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"the target {name[:120]!r} {reason}",
            facts={"target": name[:120]},
            hints=(
                "pysetup bdist --list-targets  tells those that are shipped",
                "a target of your own is a JSON file, named with its path",
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTarget:
    """The system that packages are made for.

    ``family`` says whose packages it takes (``deb``, ``rpm``, ``pacman``, ``conda``,
    ``windows``, ``macos``, ``any``); ``distribution``, ``release`` and ``codename`` are
    its own words. ``architecture`` is spelled as in platform tags (``x86_64``).
    ``python`` is the version of its Python (``3.11``), ``interpreter`` how scripts name
    it. ``markers`` are the variables of PEP 508 there, ``tags`` the compatibility tags
    that it can run. ``paths`` are folders below its root, without a leading slash.
    ``any_python`` tells that the target holds for every version of Python.
    """

    name: str
    title: str
    family: str
    distribution: str
    release: str
    codename: str
    architecture: str
    python: str
    full_python: str
    interpreter: str
    markers: Mapping[str, str]
    tags: tuple[str, ...]
    paths: Mapping[str, str]
    platform: str
    any_python: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, in which nothing is left to be derived."""
        return {
            "target_version": "1.0",
            "name": self.name,
            "title": self.title,
            "family": self.family,
            "distribution": self.distribution,
            "release": self.release,
            "codename": self.codename,
            "architecture": self.architecture,
            "python": self.full_python,
            "interpreter": self.interpreter,
            "platform": self.platform,
            "markers": dict(self.markers),
            "tags": list(self.tags),
            "paths": dict(self.paths),
            "any_python": self.any_python,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON], *, source: str) -> Self:
        """Read a target; markers and tags follow from Python and ``platform``.

        What the file says of ``markers``, ``tags`` and ``paths`` comes first. Raises
        ``UnknownPlatformTargetError`` naming ``source``.
        """
        _check_keys(value, source)
        texts = _texts(value, source)
        architecture = texts["architecture"]
        platform = _filled(texts["platform"], "architecture", architecture)
        full = texts["python"]
        feature = ".".join(full.split(".")[:2])
        if _PYTHON.fullmatch(full) is None:
            reason = f"says {full[:40]!r} at /python, which is no version"
            raise UnknownPlatformTargetError(source, reason)
        there = Target(python_version=full, platform=platform).environment(_NOWHERE)
        if "sys_platform" not in there.markers:
            raise UnknownPlatformError(platform)
        tags = value.get("tags")
        return cls(
            name=texts["name"],
            title=texts["title"],
            family=texts["family"],
            distribution=texts["distribution"],
            release=texts["release"],
            codename=texts["codename"],
            architecture=architecture,
            python=feature,
            full_python=full,
            interpreter=_filled(texts["interpreter"], "python", feature),
            markers={**there.markers, **_mapping(value, "markers", source)},
            tags=there.tags if tags is None else _tags(tags, source),
            paths=_paths(value, feature, source),
            platform=platform,
            any_python=value.get("any_python") is True,
        )


_NOWHERE = Environment(
    prefix="",
    executable="",
    version="3.11.0",
    scheme=Scheme("", "", "", "", ""),
    markers={
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    },
    tags=("cp311-cp311-linux_x86_64",),
    paths=(),
    externally_managed=None,
    virtual=False,
)
_PYTHON = re.compile(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:a|b|rc)[0-9]+)?")
_NEEDED = ("name", "family", "python", "platform", "architecture", "interpreter")
_OPTIONAL = ("title", "distribution", "release", "codename")
_KEYS = (
    *_NEEDED,
    *_OPTIONAL,
    *("target_version", "extends", "markers", "tags", "paths", "any_python"),
)
_FAMILIES = ("deb", "rpm", "pacman", "conda", "windows", "macos", "any")
_DASHES_OF_A_TAG = 2


def shipped_targets() -> tuple[str, ...]:
    """Return the names of the targets that come with pysetup, sorted."""
    return tuple(sorted(_shipped()))


def read_target(name: str, *, folder: Path | None = None) -> PlatformTarget:
    """Return the target that ``name`` names: a shipped one, or a JSON file.

    ``debian-12:aarch64`` is the same system on another machine; ``windows-3.12`` the
    shipped ``windows`` with another Python. Relative paths start at ``folder``. Raises
    ``UnknownPlatformTargetError``, ``UnknownPlatformError`` or ``InvalidTargetError``.
    """
    path = Path(name) if folder is None else folder / name
    if name.endswith(".json"):
        value, source = _read_file(path), str(path)
        return PlatformTarget.from_json(_extended(value, path.parent), source=source)
    base, _, architecture = name.partition(":")
    value = dict(_extended(_shipped_value(base), None))
    if architecture:
        value["architecture"] = architecture
        value["name"] = name
    return PlatformTarget.from_json(value, source=name)


def _shipped_value(name: str) -> Mapping[str, JSON]:
    known = _shipped()
    if name in known:
        return known[name]
    match = _WITH_PYTHON.fullmatch(name)
    if match and known.get(match["base"], {}).get("any_python") is True:
        return {**known[match["base"]], "name": name, "python": match["python"]}
    raise UnknownPlatformTargetError(name, "is not known")


@cache
def _shipped() -> dict[str, dict[str, JSON]]:
    found: dict[str, dict[str, JSON]] = {}
    for item in files("pysetup.platforms").joinpath("targets").iterdir():
        if item.name.endswith(".json"):
            value = parse_json_object(item.read_bytes(), source=item.name)
            found[item.name.removesuffix(".json")] = dict(value)
    return found


def _read_file(path: Path) -> Mapping[str, JSON]:
    try:
        return parse_json_object(path.read_bytes(), source=str(path))
    except OSError as error:
        raise UnknownPlatformTargetError(
            str(path), f"cannot be read: {error.strerror}"
        ) from None
    except InvalidJsonError as error:
        raise UnknownPlatformTargetError(str(path), f"is no JSON: {error}") from None


def _extended(value: Mapping[str, JSON], folder: Path | None) -> dict[str, JSON]:
    """Return ``value`` over what it extends, field by field, and paths one by one."""
    chain = [value]
    while isinstance(parent := chain[-1].get("extends"), str):
        if len(chain) > _MOST_ANCESTORS:
            raise UnknownPlatformTargetError(parent, "extends itself")
        if parent.endswith(".json") and folder is not None:
            chain.append(_read_file(folder / parent))
        else:
            chain.append(_shipped_value(parent))
    merged: dict[str, JSON] = {}
    for each in reversed(chain):
        for key, item in each.items():
            before = merged.get(key)
            if isinstance(before, Mapping) and isinstance(item, Mapping):
                merged[key] = {**before, **item}
            else:
                merged[key] = item
    merged.pop("extends", None)
    return merged


def _texts(value: Mapping[str, JSON], source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in (*_NEEDED, *_OPTIONAL):
        item = value.get(key, "" if key in _OPTIONAL else None)
        if not isinstance(item, str) or (key in _NEEDED and not item):
            raise UnknownPlatformTargetError(source, f"has no text at /{key}")
        found[key] = _line(item, key, source)
    if found["family"] not in _FAMILIES:
        known = ", ".join(_FAMILIES)
        raise UnknownPlatformTargetError(source, f"has none of {known} at /family")
    return found


def _check_keys(value: Mapping[str, JSON], source: str) -> None:
    for key in value:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            also = f": did you mean {near[0]!r}?" if near else ""
            reason = f"says {key[:60]!r}, which means nothing{also}"
            raise UnknownPlatformTargetError(source, reason)


def _line(text: str, place: str, source: str) -> str:
    if not text.isprintable():
        reason = f"has what cannot be printed at /{place}"
        raise UnknownPlatformTargetError(source, reason)
    return text


def _filled(text: str, key: str, value: str) -> str:
    """Return ``text`` with ``{key}`` replaced; other braces are themselves."""
    return text.replace(f"{{{key}}}", value)


def _tags(tags: JSON, source: str) -> tuple[str, ...]:
    if not isinstance(tags, list) or not all(
        isinstance(tag, str) and tag.count("-") == _DASHES_OF_A_TAG for tag in tags
    ):
        raise UnknownPlatformTargetError(source, "has no list of tags at /tags")
    return tuple(map(str, tags))


def _paths(value: Mapping[str, JSON], python: str, source: str) -> Mapping[str, str]:
    """Return the folders of a target: each below its root, none of them left out."""
    stated = _mapping(value, "paths", source)
    for key in stated:
        if key not in PATHS:
            reason = f"says /paths/{key[:60]}, which is none of {', '.join(PATHS)}"
            raise UnknownPlatformTargetError(source, reason)
    for key in PATHS:
        if key not in stated:
            raise UnknownPlatformTargetError(source, f"has no text at /paths/{key}")
        parts = stated[key].split("/") if stated[key] else ["it is the root"]
        if not all(parts) or {".", ".."} & set(parts) or "\\" in stated[key]:
            reason = f"has no folder below its root at /paths/{key}: {stated[key]!r}"
            raise UnknownPlatformTargetError(source, reason)
    return {key: _filled(path, "python", python) for key, path in stated.items()}


def _mapping(value: Mapping[str, JSON], key: str, source: str) -> dict[str, str]:
    item = value.get(key, {})
    if not isinstance(item, Mapping):
        raise UnknownPlatformTargetError(source, f"has no object at /{key}")
    for name, text in item.items():
        if not isinstance(text, str):
            raise UnknownPlatformTargetError(source, f"has no text at /{key}/{name}")
    return {
        name: _line(str(text), f"{key}/{name}", source) for name, text in item.items()
    }
