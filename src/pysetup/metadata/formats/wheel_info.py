"""WHEEL and WHEEL.json: what a wheel says about itself (PEP 427, PEP 819)."""

from collections.abc import Mapping
from typing import Self

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.metadata.formats.headers import (
    UnwritableMetadataError,
    parse_headers,
    write_headers,
)
from pysetup.metadata.problems import Problem
from pysetup.standards.jsontext import (
    JSON,
    escape_pointer,
    parse_json_object,
    to_json_text,
)
from pysetup.values import dataclass

MAX_BYTES = 1024 * 1024
_VERSION = late_pattern(r"([0-9]{1,4})\.([0-9]{1,4})")
# 1.0 is PEP 427, 1.1 adds WHEEL.json (PEP 819).
_MAJOR, _MINOR = 1, 1


class InvalidWheelInfoError(UsageError):
    """The WHEEL file of a wheel lacks a required field, or cannot be read.

    Wheel-Version and Root-Is-Purelib stand in every wheel; without them nobody knows
    how to install it (binary distribution format, PEP 427).
    """

    code = "PS2124"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not a wheel's own description: {reason}",
            facts={"file": source},
            hints=("rebuild the wheel with a current build tool",),
        )
        self.source, self.reason = source, reason


class UnsupportedWheelVersionError(UsageError):
    """A wheel has a major format version that this pysetup does not know.

    pysetup installs wheels of format 1.x. The format says that an installer must
    refuse a greater major version, since the meaning of the archive has changed.
    """

    code = "PS2125"

    def __init__(self, source: str, version: str) -> None:
        super().__init__(
            f"{source} has wheel format version {version[:20]}, which is too new",
            facts={"file": source, "version": version},
            hints=("use a newer pysetup", "choose an older release of the project"),
        )
        self.source, self.version = source, version


@dataclass(frozen=True, slots=True)
class WheelInfo:
    """What ``WHEEL`` says.

    ``wheel_version`` is that of the format; ``tags`` are compatibility tags as they
    are listed; ``build`` is the build tag, empty when there is none.
    """

    wheel_version: str
    generator: str
    root_is_purelib: bool
    tags: tuple[str, ...]
    build: str = ""

    @classmethod
    def parse(cls, content: bytes, *, source: str = "WHEEL") -> Self:
        """Read ``WHEEL``.

        Raises ``InvalidWheelInfoError`` or ``UnsupportedWheelVersionError``.
        """
        if len(content) > MAX_BYTES:
            raise InvalidWheelInfoError(source, f"it is larger than {MAX_BYTES} bytes")
        try:
            headers, _ = parse_headers(content.decode().removeprefix("\ufeff"))
        except UnicodeDecodeError:
            raise InvalidWheelInfoError(source, "it is not UTF-8") from None
        single: dict[str, str] = {}
        tags: list[str] = []
        for name, value in headers:
            key = name.lower()
            if key == "tag":
                tags.append(value)
            elif key == "generator":
                # Tools that repair a wheel add themselves; the first one built it.
                single.setdefault(key, value)
            elif key in single:
                raise InvalidWheelInfoError(source, f"{name} stands there twice")
            else:
                single[key] = value
        for name in ("Wheel-Version", "Root-Is-Purelib"):
            if name.lower() not in single:
                raise InvalidWheelInfoError(source, f"{name} is missing")
        pure = single["root-is-purelib"].lower()
        if pure not in ("true", "false"):
            raise InvalidWheelInfoError(source, "Root-Is-Purelib is not true or false")
        return cls(
            _check_version(single["wheel-version"], source=source),
            single.get("generator", ""),
            pure == "true",
            tuple(tags),
            single.get("build", ""),
        )

    @classmethod
    def parse_json(cls, content: bytes, *, source: str = "WHEEL.json") -> Self:
        """Read ``WHEEL.json``, and what other tools write in its place.

        Accepted beyond PEP 819: keys with hyphens, ``tags``, and null for absent;
        ``find_wheel_deviations`` tells of them. Raises ``InvalidJsonError`` and as
        ``parse``.
        """
        value, _ = _normalized(content, source=source)
        version, tags = value.get("wheel_version"), value.get("tag")
        pure, build = value.get("root_is_purelib"), value.get("build", "")
        if not isinstance(version, str) or not isinstance(value.get("generator"), str):
            raise InvalidWheelInfoError(
                source, "wheel_version and generator must be strings"
            )
        if not isinstance(pure, bool):
            raise InvalidWheelInfoError(source, "root_is_purelib must be true or false")
        if not isinstance(tags, list) or not all(isinstance(t, str) for t in tags):
            raise InvalidWheelInfoError(source, "tag must be a list of strings")
        if not isinstance(build, str):
            raise InvalidWheelInfoError(source, "build must be a string")
        return cls(
            _check_version(version, source=source),
            str(value["generator"]),
            pure,
            tuple(map(str, tags)),
            build,
        )

    @property
    def warning(self) -> str:
        """One sentence when the minor version is newer than we know, else empty."""
        match = _VERSION.fullmatch(self.wheel_version)
        if match is None or (int(match[1]), int(match[2])) <= (_MAJOR, _MINOR):
            return ""
        return (
            f"wheel format {self.wheel_version} is newer than {_MAJOR}.{_MINOR}; "
            "what it adds is not used"
        )

    def to_text(self) -> bytes:
        """Write ``WHEEL``; raises ``UnwritableMetadataError`` for a line break."""
        rows = [
            ("Wheel-Version", self.wheel_version),
            ("Generator", self.generator),
            ("Root-Is-Purelib", "true" if self.root_is_purelib else "false"),
            *(("Tag", tag) for tag in self.tags),
            *([("Build", self.build)] if self.build else []),
        ]
        for name, value in rows:
            if "\n" in value or "\r" in value:
                raise UnwritableMetadataError(name, "has more than one line")
        return write_headers(rows).encode()

    def to_json(self) -> bytes:
        """Write ``WHEEL.json``; PEP 819 wants ``wheel_version`` 1.1 in both files."""
        made: Mapping[str, JSON] = {
            "wheel_version": self.wheel_version,
            "generator": self.generator,
            "root_is_purelib": self.root_is_purelib,
            "tag": list(self.tags),
            **({"build": self.build} if self.build else {}),
        }
        return to_json_text(made).encode()


def find_wheel_deviations(
    content: bytes, *, source: str = "WHEEL.json"
) -> tuple[Problem, ...]:
    """Return what ``WheelInfo.parse_json`` forgives in ``content``; raises as it."""
    return tuple(_normalized(content, source=source)[1])


def _normalized(
    content: bytes, *, source: str
) -> tuple[dict[str, JSON], list[Problem]]:
    """Return the values by the keys of PEP 819, and where other keys stand."""
    made: dict[str, JSON] = {}
    problems: list[Problem] = []

    def deviation(name: str, rule: str, message: str) -> None:
        pointer = f"/{escape_pointer(name)}"
        problem = Problem(pointer, f"pep819-{rule}", message, severity="warning")
        problems.append(problem)

    given = parse_json_object(content, source=source, limit=MAX_BYTES)
    for name, value in given.items():
        key = name.lower().replace("-", "_")
        key = "tag" if key == "tags" else key
        if key != name:
            deviation(name, "key", f"the key is {key!r} in PEP 819")
        if value is None:
            deviation(name, "null", "an absent key has no null")
            continue
        if key in made:
            raise InvalidWheelInfoError(source, f"{key} stands there twice")
        made[key] = value
    return made, problems


def _check_version(text: str, *, source: str) -> str:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise InvalidWheelInfoError(source, f"{text[:20]!r} is no Wheel-Version")
    if int(match[1]) > _MAJOR:
        raise UnsupportedWheelVersionError(source, text)
    return text
