"""The formats there are: pysetup's own and those of others, found by entry points.

Nothing is loaded before a format is asked for; what is damaged in one distribution
hides only that.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import cast

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.platforms.interface import PLUGIN_GROUP, PlatformFormat
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace
from pysetup.workflows.platform.guarded import GuardedFormat, fault_of

WHEEL = "wheel"
_OWN = "pysetup"
_NAME = re.compile(r"[A-Za-z0-9]+(?:[_.-]?[A-Za-z0-9]+)*")

# The founding signature: a folder in wheel layout and the document, as JSON has them.
BinaryDist = Callable[[str, Mapping[str, object]], object]


class UnknownFormatError(UsageError):
    """There is no binary format of that name.

    Formats are pysetup's own and those of plug-ins that are installed beside it
    (entry points of the group ``pysetup.platform``); ``pysetup bdist --list-formats``
    tells them all.
    """

    code = "PS2944"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        near = get_close_matches(name, known, n=1)
        super().__init__(
            f"there is no format {name[:60]!r}",
            facts={"format": name[:60]},
            hints=(
                f"did you mean  pysetup bdist_{near[0]} ?"
                if near
                else "pysetup bdist --list-formats  tells all",
            ),
        )


class BrokenPluginError(EnvironmentRefusedError):
    """A plug-in for a package format cannot be loaded.

    The message names the distribution that brings it. Upgrade it, or uninstall it.
    """

    code = "PS7942"

    def __init__(self, name: str, provider: str, reason: str) -> None:
        super().__init__(
            f"the plug-in for bdist_{name} of {provider} cannot be loaded: {reason}",
            facts={"format": name, "provider": provider},
            hints=(f"upgrade or uninstall {provider}",),
        )


@dataclass(frozen=True, slots=True)
class FoundFormat:
    """A format that a distribution offers, not loaded yet."""

    name: str
    provider: str
    reference: str
    rivals: tuple[str, ...] = ()

    def load(self) -> PlatformFormat | BinaryDist:
        """Return the object, or the function ``binary_dist(built_dir, metadata)``.

        Raises ``BrokenPluginError``.
        """
        if not _NAME.fullmatch(self.name):
            reason = f"{self.name!r} cannot be the name of a command"
            raise BrokenPluginError(self.name, self.provider, reason)
        if self.rivals:
            reason = f"{' and '.join(self.rivals)} has one of the same name"
            raise BrokenPluginError(self.name, self.provider, reason)
        # Loaded here: who asks for no format has no use for it.
        from importlib.metadata import EntryPoint

        try:
            with _safe_path():
                loaded = EntryPoint(self.name, self.reference, PLUGIN_GROUP).load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - others' code
            reason = f"{type(error).__name__}: {error}"[:300]
            raise BrokenPluginError(self.name, self.provider, reason) from None
        if not (hasattr(loaded, "binary_dist") or callable(loaded)):
            reason = f"{self.reference} is neither a format nor a function"
            raise BrokenPluginError(self.name, self.provider, reason)
        if not is_whole(loaded):
            return cast("BinaryDist", getattr(loaded, "binary_dist", loaded))
        if self.provider.startswith(f"{_OWN} "):
            return cast("PlatformFormat", loaded)
        if fault := fault_of(loaded):
            raise BrokenPluginError(self.name, self.provider, fault)
        guarded = GuardedFormat(cast("PlatformFormat", loaded), self.name)
        return cast("PlatformFormat", guarded)


def found_formats() -> tuple[FoundFormat, ...]:
    """Return the formats of plug-ins, pysetup's own first, each name once."""
    # Loaded here, as above.
    from importlib.metadata import distributions

    found: dict[str, list[FoundFormat]] = {}
    own: dict[str, FoundFormat] = {}
    for distribution in distributions(path=_own_path()):
        try:
            name = normalize_name(distribution.metadata["Name"])
            entries = distribution.entry_points.select(group=PLUGIN_GROUP)
            provider = f"{name} {distribution.version}"
            for entry in entries:
                offer = FoundFormat(entry.name, provider, entry.value)
                if name == _OWN:
                    own.setdefault(entry.name, offer)
                elif offer not in found.setdefault(entry.name, []):
                    found[entry.name].append(offer)
        except Exception:  # noqa: BLE001, S112 - what is damaged there offers nothing
            continue
    others = [
        replace(first, rivals=tuple(one.provider for one in rest))
        for name, (first, *rest) in sorted(found.items())
        if name not in own
    ]
    return (*own.values(), *others)


def find_format(name: str) -> FoundFormat:
    """Return the format ``name``; raises ``UnknownFormatError``."""
    formats = {one.name: one for one in found_formats()}
    if name not in formats:
        raise UnknownFormatError(name, (WHEEL, *formats))
    return formats[name]


def is_whole(format_: object) -> bool:
    """Tell whether a plug-in plans, or is a mere function."""
    return hasattr(format_, "plan")


def _own_path() -> list[str]:
    """Return where pysetup's own environment has its modules.

    The first place is that of the script, or with ``-m`` the folder one happens to
    stand in, which must not bring code.
    """
    return sys.path if sys.flags.safe_path else sys.path[1:]


@contextmanager
def _safe_path() -> Iterator[None]:
    before = sys.path
    sys.path = _own_path()
    try:
        yield
    finally:
        sys.path = before
