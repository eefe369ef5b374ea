"""Where the lists of a system's packages are: apt's folder, a mirror, a repository.

A place is a folder or a URL with the layout of a Debian mirror (``dists/``), an RPM
repository (``repodata/``) or apt's own lists; or one file: ``Contents-*``,
``primary.xml.*``, a ``.files`` database of pacman, or a catalogue made before.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import ParseError, fromstring

from pysetup.edges.urls import is_file_url
from pysetup.errors import UsageError, redact
from pysetup.index.model import File
from pysetup.platforms.names.file_lists import debian_architecture
from pysetup.platforms.target import PlatformTarget
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.fetch import BadStatusError

CONTENTS, PACKAGES = "contents", "packages"
PRIMARY, PACMAN, CATALOGUE = "primary", "files", "catalogue"
APT_LISTS = Path("/var/lib/apt/lists")
PACMAN_SYNC = Path("/var/lib/pacman/sync")
# Of systems of these families lists of packages can be read.
FAMILIES_WITH_LISTS = ("deb", "rpm", "pacman")
_URL = re.compile(r"(?:https?|file)://", re.IGNORECASE)
_APT_FILE = re.compile(
    r".*_dists_(?P<suite>[^_]+)_(?:(?P<component>[^_]+)_)?"
    r"(?:(?P<contents>Contents-(?P<of>[a-z0-9-]+))"
    r"|binary-(?P<packages>[a-z0-9-]+)_Packages)"
    r"(?:\.[a-z0-9]+)?"
)
_UPDATES = ("", "-updates", "-security")
_COMPONENTS = ("main", "contrib", "non-free", "universe", "restricted", "multiverse")
_MOST = 1 << 24
_REPOSITORY = "{http://linux.duke.edu/metadata/repo}"


class NoListsError(UsageError):
    """A place has no lists of packages that tell names for the target.

    It may be a Debian mirror with the target's release, an RPM repository, apt's folder
    of lists (filled by apt-file), or one file: ``Contents-amd64.gz``,
    ``primary.xml.gz``, ``extra.files``.
    """

    code = "PS2743"

    def __init__(self, place: str, target: str, reason: str = "") -> None:
        super().__init__(
            f"{place} has no lists of packages for {target}"
            + (f" ({reason})" if reason else ""),
            facts={"place": place, "target": target},
            hints=("see  pysetup explain PS2743  for what it may be",),
        )


@dataclass(frozen=True, slots=True)
class Lists:
    """Files that are one list: what they are, and whether they tell of all there is.

    ``beside`` are the versions of a Debian archive, the files of an RPM repository.
    """

    kind: str
    label: str
    files: tuple[Path, ...]
    beside: tuple[Path, ...] = ()
    whole: bool = False

    @property
    def has_rpm_files(self) -> bool:
        """Whether all files of RPM packages are known, of which no catalogue tells."""
        return self.kind == PRIMARY and bool(self.beside)


def lists_at(
    place: str, target: PlatformTarget, *, context: Context
) -> tuple[Lists, ...]:
    """Return the lists at ``place``, which may be fetched.

    Raises ``NoListsError``, and what fetching raises.
    """
    shown = redact(place)
    if _URL.match(place) and not is_file_url(place):
        found = _fetched(place.rstrip("/"), target, context)
    else:
        path = context.path(place.removeprefix("file://"))
        found = (
            _of_file(path, path.name) if path.is_file() else _of_folder(path, target)
        )
    if not found:
        raise NoListsError(shown, target.name)
    return found


def lists_here(target: PlatformTarget) -> tuple[Lists, ...]:
    """Return the lists of package managers of this machine that are for ``target``."""
    if target.family == "deb":
        return _of_apt(APT_LISTS, target)
    if target.family == "pacman":
        return _of_pacman(PACMAN_SYNC)
    return ()


def _of_file(path: Path, name: str) -> tuple[Lists, ...]:
    kind = _kind(name)
    return (Lists(kind, f"{kind}:{name}", (path,)),) if kind else ()


def _kind(name: str) -> str:
    if name.startswith("Contents-") or "_Contents-" in name:
        return CONTENTS
    if "primary.xml" in name:
        return PRIMARY
    if ".files" in name:
        return PACMAN
    return CATALOGUE if name.endswith(".json") else ""


def _of_folder(path: Path, target: PlatformTarget) -> tuple[Lists, ...]:
    if (path / "repodata" / "repomd.xml").is_file():
        content = (path / "repodata" / "repomd.xml").read_bytes()
        places = _places_in(content, str(path))
        files = tuple(path / one for one in places["primary"])
        beside = tuple(
            path / one for one in places["filelists"] if (path / one).is_file()
        )
        return (Lists(PRIMARY, f"primary:{target.name}", files, beside, whole=True),)
    if target.family == "pacman":
        return _of_pacman(path)
    if (path / "dists").is_dir():
        return _of_mirror(path, target)
    return _of_apt(path, target)


def _of_pacman(folder: Path) -> tuple[Lists, ...]:
    found = tuple(sorted(folder.glob("*.files")) + sorted(folder.glob("*.files.tar*")))
    whole = {path.name.split(".")[0] for path in found} >= {"core", "extra"}
    return (Lists(PACMAN, "files:arch", found, whole=whole),) if found else ()


def _of_mirror(root: Path, target: PlatformTarget) -> tuple[Lists, ...]:
    contents: list[Path] = []
    packages: list[Path] = []
    for ending in _UPDATES:
        suite = root / "dists" / f"{target.codename or target.release}{ending}"
        for name in _contents_names(target):
            contents += sorted(suite.glob(f"{name}*"))
            contents += sorted(suite.glob(f"*/{name}*"))
        architecture = debian_architecture(target.architecture)
        packages += sorted(suite.glob(f"*/binary-{architecture}/Packages*"))
    return _debian(_first_of_each(contents), _first_of_each(packages), target)


def _of_apt(folder: Path, target: PlatformTarget) -> tuple[Lists, ...]:
    """Return what apt-file had apt fetch: ``*_bookworm_main_Contents-all.lz4``."""
    if not folder.is_dir():
        return ()
    suites = {f"{target.codename}{ending}" for ending in _UPDATES if target.codename}
    suites |= _suites_of(folder, target.codename)
    architecture = debian_architecture(target.architecture)
    contents: list[Path] = []
    packages: list[Path] = []
    for path in sorted(folder.iterdir()):
        match = _APT_FILE.fullmatch(path.name)
        if match is None or match["suite"] not in suites:
            continue
        if match["contents"] in _contents_names(target):
            contents.append(path)
        elif match["packages"] == architecture:
            packages.append(path)
    return _debian(contents, packages, target)


def _suites_of(folder: Path, codename: str) -> set[str]:
    """Return the names under which sources list the release, such as ``stable``."""
    found = set()
    wanted = f"\nCodename: {codename}\n"
    for path in folder.glob("*_InRelease"):
        head = path.read_bytes()[:4096].decode("utf-8", "replace")
        if codename and wanted in head:
            found.add(path.name.removesuffix("_InRelease").rpartition("_dists_")[2])
    return found


def _contents_names(target: PlatformTarget) -> tuple[str, str]:
    return f"Contents-{debian_architecture(target.architecture)}", "Contents-all"


def _debian(
    contents: Sequence[Path], packages: Sequence[Path], target: PlatformTarget
) -> tuple[Lists, ...]:
    if not contents:
        return ()
    label = f"contents:{target.name.partition(':')[0]}"
    # Debian lists what fits every machine by itself, Ubuntu with each machine.
    per_machine, for_all = (
        any(name in path.name for path in contents) for name in _contents_names(target)
    )
    whole = per_machine and (for_all or target.distribution != "debian")
    return (Lists(CONTENTS, label, tuple(contents), tuple(packages), whole=whole),)


def _first_of_each(paths: Iterable[Path]) -> list[Path]:
    """Return one path of those that are the same file in several compressions."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(str(path.parent / path.name.partition(".")[0]), path)
    return list(found.values())


def _places_in(content: bytes, place: str) -> dict[str, tuple[str, ...]]:
    """Return where repomd.xml has the lists of packages and of their files."""
    try:
        root = fromstring(content[:_MOST])  # noqa: S314 - expat limits what entities do
    except ParseError as error:
        raise NoListsError(place, "any target", f"repomd.xml: {error}") from None
    found: dict[str, tuple[str, ...]] = {"primary": (), "filelists": ()}
    for data in root.iter(f"{_REPOSITORY}data"):
        kind, location = data.get("type", ""), data.find(f"{_REPOSITORY}location")
        if kind in found and location is not None:
            href = PurePosixPath(location.get("href", ""))
            if not href.is_absolute() and ".." not in href.parts:
                found[kind] = (str(href),)
    if not found["primary"]:
        raise NoListsError(place, "any target")
    return found


def _fetched(place: str, target: PlatformTarget, context: Context) -> tuple[Lists, ...]:
    name = PurePosixPath(place.partition("?")[0]).name
    if _kind(name):
        path = _fetch(place, context)
        return () if path is None else _of_file(path, name)
    if target.family == "rpm":
        repomd = _fetch(f"{place}/repodata/repomd.xml", context)
        if repomd is None:
            return ()
        # The list of all files is large: commands stand in this one, too.
        (name,) = _places_in(repomd.read_bytes(), place)["primary"]
        primary = _fetch(f"{place}/{name}", context)
        files = () if primary is None else (primary,)
        return (Lists(PRIMARY, f"primary:{target.name}", files, whole=True),)
    return _of_debian_url(place, target, context)


def _of_debian_url(
    place: str, target: PlatformTarget, context: Context
) -> tuple[Lists, ...]:
    suite = f"{place}/dists/{target.codename or target.release}"
    per_machine, for_all = _contents_names(target)
    contents = [_fetch(f"{suite}/main/{for_all}.gz", context)]
    contents.append(
        _fetch(f"{suite}/main/{per_machine}.gz", context)
        or _fetch(f"{suite}/{per_machine}.gz", context)
    )
    architecture = debian_architecture(target.architecture)
    packages = [
        _fetch(f"{suite}/{component}/binary-{architecture}/Packages.gz", context)
        or _fetch(f"{suite}/{component}/binary-{architecture}/Packages.xz", context)
        for component in _COMPONENTS[:1]
    ]
    found = [path for path in contents if path is not None]
    if not found:
        return ()
    label = f"contents:{target.name.partition(':')[0]}"
    whole = contents[1] is not None
    beside = tuple(path for path in packages if path is not None)
    return (Lists(CONTENTS, label, tuple(found), beside, whole=whole),)


def _fetch(url: str, context: Context) -> Path | None:
    """Return the file behind ``url``; None if there is none."""
    name = PurePosixPath(url.partition("?")[0]).name
    try:
        (acquired,) = acquire([File(name, url)], context=context)
    except BadStatusError as error:
        if error.status in (404, 410):
            return None
        raise
    return acquired.path
