"""Writing the packages of a plan: their info files, their members, their names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pysetup.platforms.conda.archive import CONDA, TAR_BZ2, paths_json, write_package
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import REQUIRES, PackagePlan, SubPackage
from pysetup.platforms.staging import content_of, stored_content
from pysetup.platforms.tar_writer import TarMember
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.zstandard import has_zstd
from pysetup.standards.jsontext import JSON, to_json_text

_NOARCH = "noarch"
# Conda's own words for the first two parts of a subdir.
_PLATFORMS = ("linux", "osx", "win")


def write_packages(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the package of ``plan`` and those of its extras below ``out``.

    They stand in the folder of their platform, as in a channel. ``root`` has the
    sources of the files. Solvers are told SOURCE_DATE_EPOCH, if there is one. Raises
    ``MissingZstandardError``.
    """
    time = time_of(making)
    epoch = making.epoch if making is not None else None

    def members() -> Iterator[TarMember]:
        for file in plan.files:
            yield TarMember(file.path, stored_content(file, root), file.mode)

    ending = _ending(plan)
    stem = f"{plan.name}-{plan.version}-{plan.release}"
    place = out / plan.architecture / f"{stem}{ending}"
    with written_whole(place) as stream:
        write_package(
            stream,
            stem,
            ending=ending,
            information=_information(plan, root, members, epoch),
            members=members,
            time=time,
        )
    return [place, *_write_extras(plan, out, ending, time=time, epoch=epoch)]


def _write_extras(
    plan: PackagePlan, out: Path, ending: str, *, time: int, epoch: int | None
) -> Iterator[Path]:
    for extra in plan.packages:
        stem = f"{extra.name}-{plan.version}-{plan.release}"
        place = out / plan.architecture / f"{stem}{ending}"
        with written_whole(place) as stream:
            write_package(
                stream,
                stem,
                ending=ending,
                information=_extra_information(plan, extra, epoch),
                members=tuple,
                time=time,
            )
        yield place


def _ending(plan: PackagePlan) -> str:
    wanted = plan.options["format"]
    if wanted == "auto":
        return CONDA if has_zstd() else TAR_BZ2
    return TAR_BZ2 if wanted == "tar.bz2" else CONDA


def _information(
    plan: PackagePlan,
    root: Path,
    members: Callable[[], Iterable[TarMember]],
    epoch: int | None,
) -> dict[str, bytes]:
    """Return the files below ``info/`` by name."""
    details = plan.details
    found: dict[str, JSON] = {
        "index.json": _index(plan, plan.name, plan.relations[REQUIRES], epoch),
        "about.json": _about(plan, plan.summary),
        "paths.json": paths_json(
            members(), placeholders=_texts(details, "placeholders")
        ),
    }
    if details.get("noarch"):
        found["link.json"] = {
            "noarch": {"type": "python", "entry_points": details["entry_points"]},
            "package_metadata_version": 1,
        }
    made = {name: to_json_text(value).encode() for name, value in found.items()}
    made["files"] = "".join(f"{file.path}\n" for file in plan.files).encode()
    licences = details.get("licences")
    listed = set(map(str, licences)) if isinstance(licences, list) else set()
    for file in plan.files:
        if file.path in listed:
            name = file.path.partition(".dist-info/")[2].removeprefix("licenses/")
            made[f"licenses/{name}"] = content_of(file, root)
    return made


def _extra_information(
    plan: PackagePlan, extra: SubPackage, epoch: int | None
) -> dict[str, bytes]:
    index = _index(plan, extra.name, extra.relations[REQUIRES], epoch)
    if plan.details.get("noarch"):
        # There are no modules in it that an installer would have to place.
        index["noarch"] = "generic"
    found: dict[str, JSON] = {
        "index.json": index,
        "about.json": _about(plan, extra.summary),
        "paths.json": paths_json((), placeholders={}),
    }
    made = {name: to_json_text(value).encode() for name, value in found.items()}
    return {**made, "files": b""}


def _index(
    plan: PackagePlan, name: str, depends: Iterable[str], epoch: int | None
) -> dict[str, JSON]:
    subdir = plan.architecture
    system, _, machine = subdir.partition("-")
    found: dict[str, JSON] = {
        "name": name,
        "version": plan.version,
        "build": plan.release,
        "build_number": int(plan.release.rpartition("_")[2]),
        "subdir": subdir,
        "arch": machine if system in _PLATFORMS else None,
        "platform": system if system in _PLATFORMS else None,
        "depends": list(depends),
        "constrains": [],
    }
    if plan.details.get("noarch"):
        found["noarch"] = "python"
    if plan.licence:
        found["license"] = plan.licence
    if epoch is not None:
        found["timestamp"] = epoch * 1000
    return found


def _about(plan: PackagePlan, summary: str) -> dict[str, JSON]:
    found: dict[str, JSON] = {
        "summary": summary,
        "description": plan.description,
        "license": plan.licence,
        "home": plan.homepage,
        "urls": dict(_texts(plan.details, "urls")),
        "maintainer": plan.maintainer,
    }
    return {key: value for key, value in found.items() if value}


def _texts(details: Mapping[str, JSON], key: str) -> Mapping[str, str]:
    value = details.get(key)
    if not isinstance(value, Mapping):
        return {}
    return {name: str(text) for name, text in value.items()}
