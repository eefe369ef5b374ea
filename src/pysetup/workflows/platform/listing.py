"""The binary formats as users are told of them: what they make, what they lack."""

from pysetup.errors import PysetupError
from pysetup.platforms.interface import PlatformFormat
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.platform.plugins import (
    WHEEL,
    BinaryDist,
    FoundFormat,
    found_formats,
    is_whole,
)
from pysetup.workflows.platform.tools import MachineTools


@dataclass(frozen=True, slots=True)
class ListedFormat:
    """A format: who brings it, at which levels it works, what is not here.

    ``missing`` are programs that it needs, with the package of Debian that has each;
    ``fault`` says why it cannot be loaded.
    """

    name: str
    provider: str
    summary: str
    levels: tuple[str, ...]
    missing: tuple[str, ...] = ()
    fault: str = ""

    @property
    def caption(self) -> str:
        """One line for people."""
        if self.fault:
            return self.fault
        text = f"{self.summary} ({', '.join(self.levels)})"
        return f"{text}; needs {', '.join(self.missing)}" if self.missing else text

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "provider": self.provider,
            "summary": self.summary,
            "levels": list(self.levels),
            "missing": list(self.missing),
            "fault": self.fault or None,
        }


def list_formats(context: Context) -> tuple[ListedFormat, ...]:
    """Return the wheel, and every format of the plug-ins."""
    wheel = ListedFormat(
        WHEEL, "pysetup", "the binary format of Python, for any installer", ("binary",)
    )
    tools = MachineTools(context)
    return (wheel, *(_listed(found, tools) for found in found_formats()))


def _listed(found: FoundFormat, tools: MachineTools) -> ListedFormat:
    try:
        loaded: PlatformFormat | BinaryDist = found.load()
    except PysetupError as error:
        return ListedFormat(found.name, found.provider, "", (), fault=error.message)
    if not is_whole(loaded):
        text = (getattr(loaded, "__doc__", "") or "").strip().split("\n")[0]
        summary = text or f"a plug-in of {found.provider}"
        return ListedFormat(found.name, found.provider, summary, ("binary",))
    format_: PlatformFormat = loaded  # type: ignore[assignment]  # is_whole
    missing = tuple(
        f"{need.name} (apt install {need.package}"
        + (f", for {need.level} packages)" if need.level == "source" else ")")
        for need in format_.tools
        if not need.optional and tools.find(need.name) is None
    )
    return ListedFormat(
        found.name, found.provider, format_.summary, tuple(format_.levels), missing
    )
