"""What a format of platform packages is: the plug-in interface ``pysetup.platform``.

An entry point of the group ``pysetup.platform`` names either an object with the
attributes of ``PlatformFormat``, or a plain function ``binary_dist(built_dir,
metadata)`` that returns the path of what it made.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pysetup.errors import EnvironmentRefusedError
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

__all__ = [
    "BINARY",
    "PLUGIN_GROUP",
    "SOURCE",
    "Bundle",
    "Finished",
    "FormatOption",
    "FoundName",
    "Making",
    "MissingToolError",
    "Names",
    "NoNames",
    "PlatformFormat",
    "ToolNeed",
    "Tools",
    "WriteRepository",
    "bundler",
    "default_plan",
    "repository_writer",
]

PLUGIN_GROUP = "pysetup.platform"
BINARY, SOURCE = "binary", "source"


@dataclass(frozen=True, slots=True)
class ToolNeed:
    """A program that a format needs or can use, and the Debian package that has it.

    ``optional`` ones only make the result better.
    """

    name: str
    package: str
    level: str = BINARY
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FormatOption:
    """An option of a format: what it is for, its default, and what it may be.

    ``default`` is text, a flag or a number, and tells the type; ``choices`` is empty
    when any value of the type will do.
    """

    summary: str
    default: JSON
    choices: tuple[str, ...] = ()


class MissingToolError(EnvironmentRefusedError):
    """A package format needs a program that is not on this machine.

    The message names the program and the package of Debian that has it.
    """

    code = "PS7941"

    def __init__(self, format_: str, need: ToolNeed) -> None:
        super().__init__(
            f"bdist_{format_} needs {need.name}, which is not on this machine",
            facts={"program": need.name, "package": need.package},
            hints=(f"on Debian and Ubuntu:  apt install {need.package}",),
        )
        self.need = need


class Finished(Protocol):
    """A program that has ended."""

    @property
    def returncode(self) -> int:
        """Its exit code; negative when a signal ended it."""

    @property
    def stdout(self) -> bytes:
        """What it wrote to standard output."""

    @property
    def stderr(self) -> bytes:
        """What it wrote to standard error."""


class Tools(Protocol):
    """The programs of this machine, as a format may use them."""

    def find(self, name: str) -> str | None:
        """Return the path of the program ``name``, or None."""

    def run(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a program to its end; ``env`` are variables besides a clean few."""


@dataclass(frozen=True, slots=True)
class Making:
    """What a writer has besides its plan: programs, and SOURCE_DATE_EPOCH in seconds.

    ``epoch`` None means that no date is given: then a fixed one is written, never that
    of the clock. ``scratch`` is an empty folder for what lies about while it works.
    """

    tools: Tools
    epoch: int | None
    scratch: Path


class PlatformFormat(Protocol):
    """A format of packages.

    ``levels`` are ``binary``, ``source`` or both; ``family`` that of the targets it is
    for; ``installer`` what it writes to INSTALLER.
    """

    @property
    def name(self) -> str:
        """The name after ``bdist_``."""

    @property
    def summary(self) -> str:
        """One line for the list of formats."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels at which it works."""

    @property
    def families(self) -> tuple[str, ...]:
        """The families of targets that it is for."""

    @property
    def default_target(self) -> str:
        """The target that is taken when none is named."""

    @property
    def options(self) -> Mapping[str, FormatOption]:
        """Its options by name."""

    @property
    def tools(self) -> tuple[ToolNeed, ...]:
        """The programs that it needs or can use."""

    def plan(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Decide everything; pure. ``options`` are checked, with their defaults."""

    def binary_dist(
        self,
        built_dir: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write the packages of the tree ``built_dir`` into ``out``; return them.

        By default ``out`` is the folder beside the tree, the plan the one of
        ``default_target`` without mapped names. Nothing is left half written.
        """

    def source_dist(
        self,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write what the platform builds the project from: recipe, source package."""

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back, by a reader of its own, and say what is in it.

        The JSON form has ``name``, ``version``, ``architecture``, ``relations`` as in
        a plan, and ``files``: objects with ``path``, ``size``, ``mode`` and ``sha256``.
        """


class WriteRepository(Protocol):
    """Makes a folder of packages a repository of their system."""

    def __call__(self, folder: Path, *, before: Path, making: Making) -> list[Path]:
        """Write the index of a repository into ``folder``; return what was written.

        It lists the packages in ``folder``, and those of the folder ``before``, which
        may not be there, whose place none of them takes: what is in ``folder`` will be
        moved there.
        """


class Bundle(Protocol):
    """Makes one package that holds what the project needs as well."""

    def __call__(
        self,
        trees: Sequence[tuple[Path, Metadata]],
        target: PlatformTarget,
        out: Path,
        *,
        plan: PackagePlan,
        making: Making,
    ) -> list[Path]:
        """Write one package of all ``trees`` into ``out``; return its path.

        The first is the project of the plan, the others are what it needs.
        """


def repository_writer(format_: PlatformFormat) -> WriteRepository | None:
    """Return what makes a repository of the format's packages, if it can: its own."""
    writer: WriteRepository | None = getattr(format_, "write_repository", None)
    return writer


def bundler(format_: PlatformFormat) -> Bundle | None:
    """Return what puts all that a project needs into one package, if the format can."""
    bundle: Bundle | None = getattr(format_, "bundle", None)
    return bundle


class NoNames:
    """Knows no system's names: nothing can be mapped."""

    def find(
        self,
        project: str,  # noqa: ARG002 - the protocol's
        *,
        extra: str = "",  # noqa: ARG002
        role: str = "run",  # noqa: ARG002
    ) -> FoundName | None:
        """Return None."""
        return None

    def own_name(self, project: str) -> str:
        """Return the project's normalised name behind ``python3-``."""
        return f"python3-{normalize_name(project)}"


def default_plan(
    format_: PlatformFormat,
    built_dir: Path,
    metadata: Metadata,
    target: PlatformTarget | None,
) -> PackagePlan:
    """Return the plan of ``binary_dist(built_dir, metadata)`` when none is given."""
    return format_.plan(
        metadata,
        target or read_target(format_.default_target),
        tree=Tree.read(built_dir),
        names=NoNames(),
        options={name: option.default for name, option in format_.options.items()},
    )
