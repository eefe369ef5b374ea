"""Judge a universal resolution: over a matrix of platforms and Pythons, is it right?

For every environment of the matrix the pins whose marker holds must be an answer of
their own: no project twice, every requirement met, nothing that nobody asked for, and
a file that can be used there. ``judge`` returns the sentences of what is wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from packaging.tags import mac_platforms

from pysetup.errors import ResolutionError
from pysetup.index.model import File, ProjectPage, releases_of
from pysetup.index.needs import FileNeeds
from pysetup.index.releases import PageReleases
from pysetup.interchange.environment import Environment, Scheme
from pysetup.metadata.document import Metadata
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds, parse_marker
from pysetup.standards.tags import supported_tags
from pysetup.standards.versions import parse_specifiers, parse_version
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.file_metadata import needs_in
from pysetup.workflows.resolving.resolve import (
    ResolveOptions,
    resolve_requirements,
)
from pysetup.workflows.resolving.resolve_provider import Index
from pysetup.workflows.resolving.universal_pins import (
    UniversalPin,
    UniversalResolution,
)

PYTHONS = ("3.8.10", "3.9.1", "3.10.4", "3.11.7", "3.12.1", "3.13.0", "3.14.0")
# System, machine, what the system calls itself, and the platforms of its wheels.
PLATFORMS = {
    "linux x86_64": ("linux", "posix", "Linux", "x86_64", "manylinux_2_17_x86_64"),
    "linux aarch64": ("linux", "posix", "Linux", "aarch64", "manylinux_2_17_aarch64"),
    "macOS arm64": ("darwin", "posix", "Darwin", "arm64", "macosx_14_0_arm64"),
    "macOS x86_64": ("darwin", "posix", "Darwin", "x86_64", "macosx_14_0_x86_64"),
    "Windows": ("win32", "nt", "Windows", "AMD64", "win_amd64"),
    "illumos": ("illumos", "posix", "SunOS", "i86pc", "solaris_2_11_i86pc"),
    "an os1": ("os1", "posix", "OS1", "os1", "os1"),
    "an os2": ("os2", "os2", "OS2", "os2", "os2"),
}
IMPLEMENTATIONS = {"cpython": ("CPython", "cp"), "pypy": ("PyPy", "pp")}


@dataclass(frozen=True, slots=True)
class Target:
    """One environment: its marker variables and the tags of wheels it can use."""

    name: str
    markers: Mapping[str, str]
    tags: frozenset[str]


def targets(
    pythons: Iterable[str] = PYTHONS,
    platforms: Iterable[str] = tuple(PLATFORMS),
    implementations: Iterable[str] = tuple(IMPLEMENTATIONS),
) -> Iterator[Target]:
    """Yield the environments of a matrix."""
    for python, platform, implementation in product(
        pythons, platforms, implementations
    ):
        system, os_name, platform_system, machine, wheels = PLATFORMS[platform]
        called, short = IMPLEMENTATIONS[implementation]
        major, minor, _ = map(int, python.split("."))
        tags = supported_tags(
            implementation=short,
            version=(major, minor),
            abis=(f"cp{major}{minor}",) if short == "cp" else ("pypy39_pp73",),
            platforms=_accepted(wheels),
        )
        markers = {
            "implementation_name": implementation,
            "implementation_version": python,
            "os_name": os_name,
            "platform_machine": machine,
            "platform_python_implementation": called,
            "platform_release": "1",
            "platform_system": platform_system,
            "platform_version": "1",
            "python_full_version": python,
            "python_version": f"{major}.{minor}",
            "sys_platform": system,
        }
        yield Target(
            f"{implementation} {python} on {platform}", markers, frozenset(tags)
        )


def _accepted(newest: str) -> tuple[str, ...]:
    """Return the platform tags of a machine, from that of its newest wheels."""
    if newest.startswith("macosx_"):
        _, major, _, machine = newest.split("_", 3)
        return tuple(mac_platforms((int(major), 0), machine))
    older = ("_2_17_", "_2_12_", "_2_5_", "2014_", "2010_", "1_")
    return tuple(newest.replace("_2_17_", glibc) for glibc in older)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the resolution was made for."""

    requirements: Sequence[Requirement]
    requires_python: str = ""
    environments: Sequence[str] = ()
    constraints: Sequence[Requirement] = ()

    def covers(self, target: Target) -> bool:
        """Tell whether the resolution must do for ``target``."""
        python = parse_version(target.markers["python_full_version"])
        if self.requires_python and python not in parse_specifiers(
            self.requires_python
        ):
            return False
        return not self.environments or any(
            marker_holds(parse_marker(marker), target.markers)
            for marker in self.environments
        )


def pins_for(
    resolution: UniversalResolution,
    target: Target,
    *,
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] = frozenset(),
) -> list[UniversalPin]:
    """Return the pins that an environment gets."""
    variables = {
        **target.markers,
        "extras": extras,
        "dependency_groups": groups,
    }
    return [
        pin
        for pin in resolution.pins
        if pin.marker is None
        or parse_marker(pin.marker).evaluate(variables, context="lock_file")  # type: ignore[arg-type] # the type knows no sets
    ]


def judge(
    resolution: UniversalResolution,
    asked: Asked,
    matrix: Iterable[Target],
    *,
    alone: Callable[[Target], bool] = lambda _: True,
) -> list[str]:
    """Return what is wrong, a sentence each; nothing if all is right.

    ``alone`` tells whether there is an answer for one environment alone: where there
    is none, a missing file or an unfit Python is no fault of the resolution.
    """
    found = []
    for target in matrix:
        if not asked.covers(target):
            continue
        pins = pins_for(resolution, target)
        wrong = list(faults(pins, asked.requirements, target))
        if not wrong:
            unfit = [fault for pin in pins for fault in _unfit(pin, target)]
            wrong = unfit if unfit and alone(target) else []
        found += [f"{target.name}: {fault}" for fault in wrong]
    return found


def answer_alone(
    target: Target, asked: Asked, index: Index, context: Context
) -> dict[str, str] | None:
    """Return the versions that a resolution for one environment gives, if there are."""
    environment = Environment(
        prefix="/nowhere",
        executable="/nowhere/python",
        version=target.markers["python_full_version"],
        scheme=Scheme(*["/nowhere"] * 5),
        markers=target.markers,
        tags=tuple(sorted(target.tags)),
        paths=(),
        externally_managed=None,
        virtual=True,
    )
    try:
        answer = resolve_requirements(
            asked.requirements,
            environment=environment,
            context=context,
            options=ResolveOptions(constraints=tuple(asked.constraints)),
            index=index,
        )
    except ResolutionError:
        return None
    return {pin.name: str(pin.version) for pin in answer.pins}


def faults(
    pins: Sequence[UniversalPin], asked: Sequence[Requirement], target: Target
) -> Iterator[str]:
    """Yield what is wrong with the pins of one environment."""
    by_name: dict[str, UniversalPin] = {}
    for pin in pins:
        if pin.name in by_name:
            yield f"{pin.name} is there twice"
        by_name[pin.name] = pin
    waiting = [(each, "the user", frozenset[str]()) for each in asked]
    reached: set[tuple[str, str]] = set()
    while waiting:
        requirement, whose, extras = waiting.pop()
        if not marker_holds(requirement.marker, target.markers, extras=extras):
            continue
        name = normalize_name(requirement.name)
        pin = by_name.get(name)  # type: ignore[assignment] # may be None
        if pin is None:
            yield f"{whose} needs {requirement}, which is missing"
            continue
        if not requirement.specifier.contains(pin.version, prereleases=True):
            yield f"{whose} needs {requirement}, but there is {pin.version}"
        for extra in ("", *map(normalize_name, requirement.extras)):
            if (name, extra) not in reached:
                reached.add((name, extra))
                chosen = frozenset((extra,)) if extra else frozenset[str]()
                waiting += [(it, name, chosen) for it in pin.metadata.requires_dist]
    for name in sorted({*by_name} - {name for name, _ in reached}):
        yield f"nobody needs {name} {by_name[name].version}"


def _unfit(pin: UniversalPin, target: Target) -> Iterator[str]:
    python = parse_version(target.markers["python_full_version"])
    wanted = pin.metadata.text("requires_python")
    if wanted and python not in parse_specifiers(wanted):
        yield f"{pin.name} {pin.version} needs Python {wanted}"
    if pin.files and not any(_fits(file, target) for file in pin.files):
        yield f"{pin.name} {pin.version} has no file that fits"


def _fits(file: File, target: Target) -> bool:
    if not file.is_wheel:
        return True
    tags = parse_wheel_filename(file.filename).tags
    return any(str(tag) in target.tags for tag in tags)


class MemoryIndex:
    """An index in memory: what a scenario says there is.

    ``stock`` maps a project to its releases, each a mapping with ``requires``,
    ``requires_python``, ``extras`` and so on, as scenarios have them.
    """

    def __init__(self, stock: Mapping[str, Mapping[str, Mapping[str, object]]]) -> None:
        self._pages: dict[str, ProjectPage] = {}
        self._metadata: dict[str, Metadata] = {}
        self.asked: list[str] = []
        for name, releases in stock.items():
            files: list[File] = []
            for version, release in releases.items():
                files += self._files(name, version, release)
            key = normalize_name(name)
            self._pages[key] = ProjectPage(key, tuple(files))

    def page(self, name: str) -> ProjectPage | None:
        """Return the page of a project, or None."""
        self.asked.append(name)
        return self._pages.get(normalize_name(name))

    def releases(self, name: str) -> PageReleases | None:
        """Return the page of a project in the form that is resolved, or None."""
        page = self.page(name)
        return None if page is None else releases_of(page)

    def needs(self, file: File) -> FileNeeds:
        """Return what a file needs."""
        return needs_in(self._metadata[file.filename])

    def core_metadata(self, file: File) -> Metadata | None:
        """Return the metadata of a file."""
        return self._metadata[file.filename]

    def prefetch(self, names: Iterable[str]) -> None:
        """Do nothing: all is here."""

    def prefetch_metadata(self, files: Iterable[File]) -> None:
        """Do nothing: all is here."""

    def _files(
        self, name: str, version: str, release: Mapping[str, object]
    ) -> Iterator[File]:
        stem = name.replace("-", "_")
        metadata = _metadata(name, version, release)
        names = []
        if release.get("sdist", True):
            names.append(f"{stem}-{version}.tar.gz")
        if release.get("wheel", True):
            tags = release.get("wheel_tags") or ("py3-none-any",)
            assert isinstance(tags, (list, tuple))
            names += [f"{stem}-{version}-{tag}.whl" for tag in tags]
        for filename in names:
            self._metadata[filename] = metadata
            yield replace(
                File(filename, f"https://index.test/{filename}"),
                requires_python=metadata.text("requires_python"),
                yanked="" if release.get("yanked") else None,
            )


def _metadata(name: str, version: str, release: Mapping[str, object]) -> Metadata:
    requires = list(_texts(release.get("requires", ())))
    extras = release.get("extras", {})
    assert isinstance(extras, Mapping)
    for extra, needs in extras.items():
        for need in _texts(needs):
            bare, separator, marker = need.partition(";")
            condition = f"({marker.strip()}) and " if separator else ""
            requires.append(f"{bare.strip()} ; {condition}extra == '{extra}'")
    python = release.get("requires_python")
    return Metadata.from_dict(
        {
            "name": name,
            "version": version,
            "requires_dist": requires,
            "provides_extra": list(extras),
            **({"requires_python": python} if isinstance(python, str) else {}),
        }
    )


def _texts(value: object) -> Iterable[str]:
    assert isinstance(value, (list, tuple))
    return map(str, value)
