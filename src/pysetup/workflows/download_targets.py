"""The places to download for: named by options, or described by a file from there."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.environment import Environment
from pysetup.interchange.target import Target
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.standards.target_platforms import platform_tagged
from pysetup.workflows.describing.sources import read_limited
from pysetup.workflows.download import DownloadTarget
from pysetup.workflows.download_folder import foreign_environment

HERE = "this machine"
_MARKERS = ("python_full_version", "sys_platform", "platform_machine")
# What a report that lists no tags leaves open: the oldest that most wheels are for.
_PLATFORMS = {
    "linux": "{machine}-manylinux_2_17",
    "darwin": "{machine}-apple-darwin",
    "win32": "{machine}-pc-windows-msvc",
}
_MACHINES = {"AMD64": "x86_64", "ARM64": "aarch64", "x86": "i686"}


class NoTargetFileError(UsageError):
    """A file that should describe a machine to download for does not.

    Make it there with ``pysetup inspect > machine.json``; the report of ``pip inspect``
    will do as well, though it does not say which wheels the machine can use, so that
    the oldest usual ones are taken.
    """

    code = "PS2874"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} does not describe a machine: {reason}",
            facts={"file": str(path), "reason": reason},
            hints=("make it on that machine:  pysetup inspect > machine.json",),
        )


def named_targets(
    pythons: Sequence[str],
    platforms: Sequence[str],
    tags: Sequence[str],
    *,
    implementation: str,
    abis: Sequence[str],
    base: Environment,
) -> tuple[DownloadTarget, ...]:
    """Return a target for each Python on each platform that the options name.

    ``platforms`` are names of whole platforms; ``tags`` of one system and machine are
    one platform together, as they are for pip. What is not named is as in ``base``.
    Raises ``UnknownPlatformError`` and ``InvalidTargetError``.
    """
    places: list[Target] = [Target(platform=name) for name in platforms]
    places += [Target(platforms=group) for group in _by_machine(tags)]
    if not (places or pythons or implementation or abis):
        return ()
    found = []
    for python, place in product(pythons or [""], places or [Target()]):
        target = Target(
            python_version=python,
            platform=place.platform,
            platforms=place.platforms,
            implementation=implementation,
            abis=tuple(abis),
        )
        environment = target.environment(base)
        where = place.platform or ",".join(place.platforms) or "this platform"
        name = f"Python {environment.version} on {where}"
        if implementation or abis:
            name += f" ({', '.join([implementation, *abis]).strip(', ')})"
        found.append(DownloadTarget(name, environment, is_here=False))
    return tuple(found)


def _by_machine(tags: Sequence[str]) -> list[tuple[str, ...]]:
    groups: dict[tuple[str, str], list[str]] = {}
    anywhere = []
    for tag in tags:
        markers = platform_tagged(tag).markers
        if not markers:
            anywhere.append(tag)
            continue
        key = (markers["sys_platform"], markers["platform_machine"])
        groups.setdefault(key, []).append(tag)
    if not groups:
        return [tuple(anywhere)] if anywhere else []
    return [(*group, *anywhere) for group in groups.values()]


def described_target(path: Path, base: Environment) -> DownloadTarget:
    """Return the machine that a report of ``inspect`` was made on.

    Raises ``NoTargetFileError``, and what is wrong with the file.
    """
    if not path.is_file():
        raise NoTargetFileError(path, "there is no such file")
    value = parse_json_object(read_limited(path), source=str(path))
    result = value.get("result")
    report = result if isinstance(result, Mapping) else value
    stated = report.get("environment")
    if not isinstance(stated, Mapping):
        raise NoTargetFileError(path, "it has no object  environment")
    markers = {key: str(text) for key, text in stated.items()}
    for key in _MARKERS:
        if not markers.get(key):
            raise NoTargetFileError(path, f"its environment has no {key}")
    version = markers["python_full_version"]
    tags = _tags(report) or _usual_tags(path, markers, base)
    environment = foreign_environment(version, markers, tags)
    return DownloadTarget(path.stem, environment, is_here=False)


def _tags(report: Mapping[str, JSON]) -> tuple[str, ...]:
    own = report.get("pysetup")
    tags = own.get("tags") if isinstance(own, Mapping) else None
    return tuple(map(str, tags)) if isinstance(tags, list) else ()


def _usual_tags(
    path: Path, markers: Mapping[str, str], base: Environment
) -> tuple[str, ...]:
    form = _PLATFORMS.get(markers["sys_platform"])
    if form is None:
        raise NoTargetFileError(
            path, f"it is about {markers['sys_platform']}, and lists no tags"
        )
    machine = markers["platform_machine"]
    name = form.format(machine=_MACHINES.get(machine, machine))
    python = ".".join(markers["python_full_version"].split(".")[:2])
    return Target(python_version=python, platform=name).environment(base).tags
