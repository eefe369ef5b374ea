"""Formats of others, held to the interface: their faults are told as theirs.

What a plug-in raises or returns is not pysetup's: it is named with the plug-in, and
nothing of it stays. What it prints goes to standard error, since standard output is
for results.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from pysetup.errors import BuildError, PysetupError
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    FormatOption,
    Making,
    Names,
    PlatformFormat,
    ToolNeed,
    Tools,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_LONGEST = 300


class NoPackageMadeError(BuildError):
    """A plug-in for a package format failed, or made no file.

    It is the code of another project; the message says what it did.
    """

    code = "PS6941"

    def __init__(self, format_: str, reason: str) -> None:
        super().__init__(
            f"bdist_{format_} made nothing: {' '.join(reason.split())[:_LONGEST]}",
            facts={"format": format_},
            hints=("report it to those who made the plug-in",),
        )


@contextmanager
def calling(format_: str) -> Iterator[None]:
    """Tell what code of others raises as ``NoPackageMadeError``."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except PysetupError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - others' code
        raise NoPackageMadeError(format_, f"{type(error).__name__}: {error}") from None


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(it, str) for it in value)


def _is_levels(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        it in (BINARY, SOURCE) for it in value
    )


def _is_options(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(it, FormatOption) for it in value.values()
    )


def _is_tools(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(it, ToolNeed) for it in value
    )


_ATTRIBUTES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "name": (lambda value: isinstance(value, str), "text"),
    "summary": (lambda value: isinstance(value, str), "text"),
    "levels": (_is_levels, f"{BINARY}, {SOURCE} or both"),
    "families": (_is_texts, "texts"),
    "default_target": (lambda value: isinstance(value, str), "the name of a target"),
    "options": (_is_options, "a mapping of FormatOption"),
    "tools": (_is_tools, "a tuple of ToolNeed"),
    **dict.fromkeys(("plan", "binary_dist", "verify"), (callable, "a method")),
}


def fault_of(format_: object) -> str:
    """Tell what keeps an object from being a format; nothing if it is one."""
    for name, (is_right, words) in _ATTRIBUTES.items():
        if not hasattr(format_, name):
            return f"it has no attribute {name!r}"
        if not is_right(getattr(format_, name)):
            return f"its attribute {name!r} is not {words}"
    levels = getattr(format_, "levels", ())
    if SOURCE in levels and not callable(getattr(format_, "source_dist", None)):
        return "it has no attribute 'source_dist'"
    return ""


@dataclass(frozen=True, slots=True)
class GuardedFormat:
    """A format of a plug-in, whose every answer is looked at."""

    inner: PlatformFormat
    name: str

    def __getattr__(self, attribute: str) -> object:
        """Return what needs no guard: summary, options, optional abilities."""
        return getattr(self.inner, attribute)

    def plan(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Decide everything; see ``PlatformFormat``."""
        with calling(self.name):
            plan: object = self.inner.plan(
                document, target, tree=tree, names=names, options=options
            )
        if not isinstance(plan, PackagePlan):
            reason = f"plan() returned {type(plan).__name__}, not a PackagePlan"
            raise NoPackageMadeError(self.name, reason)
        return plan

    def binary_dist(
        self,
        built_dir: Path,
        metadata: Metadata,
        target: PlatformTarget,
        out: Path,
        *,
        plan: PackagePlan,
        making: Making,
    ) -> list[Path]:
        """Write the packages; see ``PlatformFormat``."""
        with calling(self.name):
            made = self.inner.binary_dist(
                built_dir, metadata, target, out, plan=plan, making=making
            )
        return self._written(made, out, "binary_dist()")

    def source_dist(
        self,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget,
        out: Path,
        *,
        plan: PackagePlan,
        making: Making,
    ) -> list[Path]:
        """Write what the system builds from; see ``PlatformFormat``."""
        with calling(self.name):
            made = self.inner.source_dist(
                sdist, metadata, target, out, plan=plan, making=making
            )
        return self._written(made, out, "source_dist()")

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back; see ``PlatformFormat``."""
        with calling(self.name):
            found: object = self.inner.verify(path, tools=tools)
        if not isinstance(found, Mapping):
            reason = f"verify() returned {type(found).__name__}, not a mapping"
            raise NoPackageMadeError(self.name, reason)
        return found

    def _written(self, made: object, out: Path, caller: str) -> list[Path]:
        """Return the paths of ``made``: files in ``out``, or one such path."""
        listed = [made] if isinstance(made, str | Path) else made
        if not isinstance(listed, Sequence) or not all(
            isinstance(each, str | Path) for each in listed
        ):
            reason = f"{caller} returned {type(made).__name__}, not a list of paths"
            raise NoPackageMadeError(self.name, reason)
        paths = [out / each for each in listed]
        for path in paths:
            if not path.resolve().is_relative_to(out.resolve()):
                raise NoPackageMadeError(self.name, f"{path} is outside of its folder")
            if path.is_symlink() or not path.is_file():
                raise NoPackageMadeError(self.name, f"{path} is no file")
        if not paths:
            raise NoPackageMadeError(self.name, f"{caller} returned no path")
        return paths
