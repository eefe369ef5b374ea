"""Another place to resolve for: its Python and its platform, as options name them."""

from collections.abc import Mapping

from pysetup.errors import UsageError
from pysetup.interchange.environment import Environment
from pysetup.late import late_pattern
from pysetup.standards.tags import supported_tags
from pysetup.standards.target_platforms import (
    TargetPlatform,
    platform_named,
    platform_tagged,
)
from pysetup.standards.versions import InvalidVersionError, parse_version
from pysetup.values import dataclass, replace

_NAMES = {"cp": ("cpython", "CPython"), "pp": ("pypy", "PyPy")}
_WITHOUT_DOT = late_pattern(r"(\d)(\d{1,3})")
_FREE_THREADED = "t"
_PARTS = 3
# Before this version the ABI of CPython bore an "m".
_PLAIN_ABI = (3, 8)


class InvalidTargetError(UsageError):
    """A Python to resolve for is named in a way that means nothing.

    ``--python-version`` takes ``3.12``, ``3.12.4``, ``312`` as pip does, and
    ``3.13t`` for the build without the global lock.
    """

    code = "PS2113"

    def __init__(self, option: str, text: str, reason: str) -> None:
        super().__init__(
            f"{option} {text[:40]!r} {reason}",
            facts={"option": option, "value": text[:40]},
            hints=("write it like  3.12, 3.12.4, or 3.13t",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What ``--python-version``, ``--platform`` and their like say.

    ``python_version`` is ``3.12``, ``3.12.4``, ``312`` or ``3.13t``; ``platform`` a
    name as ``--python-platform`` takes it; ``platforms`` are tags as pip's
    ``--platform`` takes them; ``implementation`` is ``cp``, ``pp`` or ``py`` (wheels
    without compiled code); ``abis`` are ABI tags. What is empty is as in the
    environment that the target starts from.
    """

    python_version: str = ""
    platform: str = ""
    platforms: tuple[str, ...] = ()
    implementation: str = ""
    abis: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether it says anything at all."""
        return any(
            (
                self.python_version,
                self.platform,
                self.platforms,
                self.implementation,
                self.abis,
            )
        )

    def environment(self, base: Environment) -> Environment:
        """Return ``base`` with the markers, tags and version of the target.

        Raises ``UnknownPlatformError`` and ``InvalidTargetError``.
        """
        if not self.is_foreign:
            return base
        own = _Own.of(base)
        version, free_threaded = self._python(base, own)
        implementation = self.implementation or own.implementation
        platforms, markers = self._where(own)
        abis = self.abis
        if not abis:
            same = implementation == own.implementation and not self.python_version
            abis = (
                own.abis
                if same
                else _abis(implementation, version, free_threaded=free_threaded)
            )
        return replace(
            base,
            version=version,
            markers={**base.markers, **_python_markers(self, version), **markers},
            tags=supported_tags(
                implementation=implementation,
                version=_feature(version),
                abis=abis,
                platforms=platforms,
            ),
        )

    def _python(self, base: Environment, own: "_Own") -> tuple[str, bool]:
        """Return the full version, and whether it is a build without the lock."""
        text = self.python_version.strip().removeprefix("python")
        if not text:
            return base.version, own.is_free_threaded
        free_threaded = text.endswith(_FREE_THREADED)
        plain = text.removesuffix(_FREE_THREADED)
        if match := _WITHOUT_DOT.fullmatch(plain):
            plain = f"{match[1]}.{match[2]}"
        try:
            parsed = parse_version(plain)
        except InvalidVersionError:
            raise InvalidTargetError(
                "--python-version", self.python_version, "is no version"
            ) from None
        if len(parsed.release) > _PARTS or parsed.epoch or parsed.local:
            raise InvalidTargetError(
                "--python-version", self.python_version, "is no version of Python"
            )
        release = (*parsed.release, 0, 0)[:_PARTS]
        stage = "".join(map(str, parsed.pre)) if parsed.pre else ""
        return ".".join(map(str, release)) + stage, free_threaded

    def _where(self, own: "_Own") -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Return the platform tags and the markers of the platform."""
        named: list[TargetPlatform] = []
        if self.platform:
            named.append(platform_named(self.platform))
        named += [platform_tagged(tag) for tag in self.platforms]
        if not named:
            return own.platforms, {}
        tags = dict.fromkeys(tag for each in named for tag in each.tags)
        return tuple(tags), next((it.markers for it in named if it.markers), {})


@dataclass(frozen=True, slots=True)
class _Own:
    """What the tags of an environment say of its interpreter."""

    implementation: str
    abis: tuple[str, ...]
    platforms: tuple[str, ...]

    @classmethod
    def of(cls, environment: Environment) -> "_Own":
        rows = [tag.split("-") for tag in environment.tags]
        first = rows[0][0] if rows else "py3"
        implementation = first.rstrip("0123456789")
        abis = dict.fromkeys(
            abi
            for interpreter, abi, _ in rows
            if interpreter == first and abi not in ("none", "abi3")
        )
        where = dict.fromkeys(row[2] for row in rows if row[2] != "any")
        return cls(implementation, tuple(abis), tuple(where))

    @property
    def is_free_threaded(self) -> bool:
        return any(abi.endswith(_FREE_THREADED) for abi in self.abis)


def _feature(version: str) -> tuple[int, int]:
    major, minor = (*parse_version(version).release, 0)[:2]
    return major, minor


def _abis(implementation: str, version: str, *, free_threaded: bool) -> tuple[str, ...]:
    if implementation != "cp":
        return ()
    major, minor = _feature(version)
    flag = "m" if (major, minor) < _PLAIN_ABI else ""
    return (f"cp{major}{minor}{_FREE_THREADED if free_threaded else flag}",)


def _python_markers(target: Target, version: str) -> dict[str, str]:
    markers: dict[str, str] = {}
    if target.python_version:
        major, minor = _feature(version)
        markers["python_version"] = f"{major}.{minor}"
        markers["python_full_version"] = version
        markers["implementation_version"] = version
    if target.implementation in _NAMES:
        name, told = _NAMES[target.implementation]
        markers["implementation_name"] = name
        markers["platform_python_implementation"] = told
    return markers
