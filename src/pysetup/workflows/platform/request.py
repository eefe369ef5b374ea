"""What is asked for, and what of it is refused before anything is built or fetched."""

from pysetup.errors import UsageError
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    MissingToolError,
    PlatformFormat,
    Tools,
)
from pysetup.platforms.names.package_names import own_name_fault
from pysetup.platforms.options import given_options
from pysetup.platforms.stated import FAMILIES_THAT_REPLACE
from pysetup.platforms.target import PlatformTarget
from pysetup.values import dataclass
from pysetup.workflows.platform.names import NameOptions


class WrongFamilyError(UsageError):
    """A format is not for the system that ``--target`` names.

    Each format is for one family of systems: a deb for Debian and Ubuntu, an rpm for
    Fedora and openSUSE. Leave ``--target`` out for the usual one.
    """

    code = "PS2946"

    def __init__(self, format_: PlatformFormat, target: PlatformTarget) -> None:
        families = " or ".join(format_.families)
        super().__init__(
            f"bdist_{format_.name} makes nothing for {target.name}: it is for the "
            f"family {families}, and the target's is {target.family}",
            facts={"format": format_.name, "target": target.name},
            hints=(f"leave --target out: it is {format_.default_target} then",),
        )


class LevelError(UsageError):
    """A format has no source packages, or has nothing else.

    ``pysetup bdist --list-formats`` tells what each format makes.
    """

    code = "PS2947"

    def __init__(self, format_: str, level: str) -> None:
        other = "leave --source out" if level == SOURCE else "say --source"
        super().__init__(
            f"bdist_{format_} makes no {level} packages",
            facts={"format": format_, "level": level},
            hints=(other,),
        )


class SourceWithDepsError(UsageError):
    """``--with-deps`` makes packages that are installed, and ``--source`` makes none.

    What a source package is built with is for the system that builds it. Make source
    packages of each project that the system lacks, one by one.
    """

    code = "PS2954"

    def __init__(self, format_: str) -> None:
        super().__init__(
            f"bdist_{format_} --source makes no packages of what a project needs",
            facts={"format": format_},
            hints=("leave --with-deps out, or --source",),
        )


class PackageNameError(UsageError):
    """``--name`` or ``--replaces`` is no name that a package of the system can have.

    Each family of systems has its own letters for names: lower-case ones in Debian, for
    example. Archives and installers are called as the project is, and replace nothing.
    """

    code = "PS2953"

    def __init__(self, option: str, name: str, target: str, fault: str) -> None:
        super().__init__(
            f"{option} for {target}: {fault}",
            facts={"name": name[:200], "target": target},
            hints=(f"leave {option} out",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: the words of a command line, checked.

    ``target`` is empty for the format's default; ``options`` are names and texts;
    ``names`` is what is said of names; ``sbom`` adds a bill of materials (PEP 770).
    """

    source: str
    level: str = BINARY
    target: str = ""
    options: tuple[tuple[str, str], ...] = ()
    names: NameOptions = NameOptions()
    with_deps: bool = False
    sbom: bool = False
    dry_run: bool = False


def check_request(
    request: Request, format_: PlatformFormat, target: PlatformTarget, tools: Tools
) -> None:
    """Refuse what ``format_`` cannot do at all, for ``target``, or on this machine.

    Raises ``LevelError``, ``SourceWithDepsError``, ``WrongFamilyError``,
    ``PackageNameError``,
    ``InvalidFormatOptionError``, ``MissingToolError``.
    """
    level = request.level
    if level not in format_.levels:
        raise LevelError(format_.name, level)
    if format_.families and target.family not in format_.families:
        raise WrongFamilyError(format_, target)
    if request.with_deps and level == SOURCE:
        raise SourceWithDepsError(format_.name)
    _check_names(request.names, target)
    given_options(format_.name, format_.options, request.options)
    for need in format_.tools:
        needed = need.level == level and not need.optional
        if needed and tools.find(need.name) is None:
            raise MissingToolError(format_.name, need)


def _check_names(names: NameOptions, target: PlatformTarget) -> None:
    family = target.family
    if names.name and (fault := own_name_fault(names.name, family)):
        raise PackageNameError("--name", names.name, target.name, fault)
    for name in names.replaces:
        fault = own_name_fault(name, family)
        if family not in FAMILIES_THAT_REPLACE:
            fault = "what is made takes the place of no other package"
        if fault:
            raise PackageNameError("--replaces", name, target.name, fault)
