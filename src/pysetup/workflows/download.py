"""Downloading what would be installed, for one place or several, into a folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import redact
from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.vcs_urls import VcsUrl, VersionControlUrlError
from pysetup.standards.versions import Version
from pysetup.values import dataclass, field, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import AcquiredFile
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.requested import Asked, Wanted
from pysetup.workflows.resolving.resolve import Pin, ResolveOptions
from pysetup.workflows.solving import Solved, solved

# What builds a source that does not say what does (PEP 517).
_DEFAULT_BUILD = ("setuptools>=40.8.0",)
_PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class DownloadTarget:
    """A place to download for: what it is called, and its markers and tags.

    ``is_here`` says that this machine can build for it.
    """

    name: str
    environment: Environment
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """One file that is needed, where it is in the cache, and for which targets.

    ``requires_python`` and ``requires_dist`` are what its metadata say; ``purpose`` is
    ``install``, or ``build`` for what only building another one needs.
    """

    project: str
    version: str
    acquired: AcquiredFile
    targets: tuple[str, ...]
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    purpose: str = "install"

    @property
    def filename(self) -> str:
        """Its name, the same everywhere."""
        return self.acquired.path.name

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.project,
            "version": self.version,
            "filename": self.filename,
            "size": self.acquired.path.stat().st_size,
            "hashes": {self.acquired.hash.algorithm: self.acquired.hash.hexdigest},
            "url": redact(self.acquired.url),
            "requires_python": self.requires_python,
            "requires_dist": list(self.requires_dist),
            "purpose": self.purpose,
            "targets": list(self.targets),
        }


@dataclass(slots=True)
class _Collected:
    """What all targets need, by filename: each file is fetched once."""

    places: dict[str, File | Path] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)
    purposes: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)

    def take(self, pins: Sequence[Pin], target: str, purpose: str) -> None:
        """Note the files of ``pins``; a folder of the user's is none."""
        for pin in pins:
            _refuse_tree(pin.vcs)
            self.versions.setdefault(pin.name, pin.version)
            place = pin.file or pin.location
            if place is None or (isinstance(place, Path) and place.is_dir()):
                continue
            name = place.filename if isinstance(place, File) else place.name
            self.places.setdefault(name, place)
            self.pins.setdefault(name, pin)
            self.purposes.setdefault(name, purpose)
            where = self.targets.setdefault(name, [])
            if target not in where:
                where.append(target)


def download(
    wanted: Wanted,
    targets: Sequence[DownloadTarget],
    *,
    context: Context,
    building: Building,
    choice: Choice,
    build_requirements: bool = False,
) -> tuple[DownloadedFile, ...]:
    """Fetch what installing ``wanted`` needs on each of ``targets``, into the cache.

    Nothing counts as installed. A version that suits one target is kept for the next
    where it fits. ``build_requirements``: also what the sources among them are built
    with, as their ``[build-system]`` states it. Folders of projects are resolved, not
    downloaded. Raises as the resolver and ``acquire`` do.
    """
    for one in wanted.asked:
        _refuse_tree(one.vcs)
    collected = _Collected()
    made: dict[str, AcquiredFile] = {}
    for one in wanted.asked:
        if one.path is not None and one.path.is_dir():
            context.tell(
                f"note: {one.path.name} is a folder: what it requires is downloaded; "
                "pysetup build  makes files of the project itself"
            )
    for target in targets:
        with solved(
            wanted,
            environment=target.environment,
            context=context,
            building=building,
            choice=choice,
            options=_options(collected, target),
            builds=target.is_here,
        ) as answer:
            collected.take(_as_named(answer), target.name, "install")
            made |= _fetched(collected, made, answer, wanted, choice)
    if build_requirements:
        _add_build_requirements(collected, made, targets, context, building, choice)
    return tuple(
        DownloadedFile(
            collected.pins[name].metadata.name,
            str(collected.pins[name].version),
            made[name],
            tuple(collected.targets[name]),
            collected.pins[name].metadata.text("requires_python"),
            collected.pins[name].metadata.texts("requires_dist"),
            collected.purposes[name],
        )
        for name in sorted(made, key=str.lower)
    )


def _refuse_tree(vcs: VcsUrl | None) -> None:
    if vcs is not None:
        reason = "a tree in a repository is no file: build it, and add the wheel"
        raise VersionControlUrlError(vcs.public_text, reason)


def _options(collected: _Collected, target: DownloadTarget) -> ResolveOptions:
    """Prefer what other targets have; elsewhere nothing is built of sources."""
    return ResolveOptions(
        preferred=dict(collected.versions), foreign=not target.is_here
    )


def _as_named(answer: Solved) -> list[Pin]:
    """Return the pins, for what the user named with that place, not what was built."""
    return [
        replace(pin, location=answer.sources.get(pin.location, pin.location))
        if pin.location is not None
        else pin
        for pin in answer.resolution.pins
    ]


def _fetched(
    collected: _Collected,
    made: Mapping[str, AcquiredFile],
    answer: Solved,
    wanted: Wanted,
    choice: Choice,
) -> dict[str, AcquiredFile]:
    """Fetch what is not here yet, several files at a time."""
    names = [name for name in collected.places if name not in made]
    acquired = answer.workshop.acquire(
        [collected.places[name] for name in names],
        hashes={
            name: wanted.hashes[collected.pins[name].name]
            for name in names
            if collected.pins[name].name in wanted.hashes
        },
        require_hashes=choice.require_hashes,
    )
    return dict(zip(names, acquired, strict=True))


def _add_build_requirements(
    collected: _Collected,
    made: dict[str, AcquiredFile],
    targets: Sequence[DownloadTarget],
    context: Context,
    building: Building,
    choice: Choice,
) -> None:
    """Add what the sources are built with, and what that is built with, and so on."""
    looked: set[tuple[str, ...]] = set()
    plain = replace(choice, require_hashes=False, deps=True)
    while True:
        asked = {
            texts: name
            for name in sorted(made)
            if not name.endswith(".whl")
            and (texts := _build_system_requires(made[name].path)) not in looked
            and texts
        }
        if not asked:
            return
        looked.update(asked)
        for texts, name in asked.items():
            source = f"build-system.requires of {name}"
            wanted = Wanted(
                tuple(Asked(source, requirement=parse_requirement(t)) for t in texts)
            )
            for target in targets:
                with solved(
                    wanted,
                    environment=target.environment,
                    context=context,
                    building=building,
                    choice=plain,
                    options=_options(collected, target),
                    builds=target.is_here,
                ) as answer:
                    collected.take(answer.resolution.pins, target.name, "build")
                    made |= _fetched(collected, made, answer, wanted, plain)


def _build_system_requires(path: Path) -> tuple[str, ...]:
    content = read_sdist_files(path, (_PYPROJECT,)).get(_PYPROJECT)
    if content is None:
        return _DEFAULT_BUILD
    values = TomlText.parse(content, source=f"{path.name}/{_PYPROJECT}").values
    table = values.get("build-system")
    requires = table.get("requires") if isinstance(table, Mapping) else None
    if not isinstance(requires, list):
        return _DEFAULT_BUILD
    return tuple(sorted(map(str, requires)))
