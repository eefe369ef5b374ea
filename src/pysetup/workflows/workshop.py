"""The workshop: sources become wheels, fetched and built, each of them once."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pysetup.index.model import File
from pysetup.index.urls import last_segment, without_credentials
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.interchange.wheel_file import open_wheel
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import AcquiredFile, acquire
from pysetup.workflows.fetching.checkouts import Checkouts
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import LocalCandidate
from pysetup.workflows.resolving.resolve_provider import WrongProjectError


def requirement_of(one: Asked) -> Requirement:
    """Return what was asked for as a requirement; a URL is named by its file."""
    if one.requirement is not None:
        return one.requirement
    filename = last_segment(one.url)
    if filename.endswith(".whl"):
        name = parse_wheel_filename(filename).name
    else:
        name = parse_sdist_filename(filename).name
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return parse_requirement(f"{name}{extras} @ {one.url}")


def archive_origin(url: str, hash_: Hash) -> dict[str, JSON]:
    """Return where an archive is from, as PEP 610 and PEP 710 write it."""
    return {
        "url": without_credentials(url),
        "archive_info": {"hashes": {hash_.algorithm: hash_.hexdigest}},
    }


class Workshop:
    """Turns sources into wheels below ``folder``, each of them once.

    ``links`` are what an editable wheel, by its path, needs beside its files;
    ``hashes`` are the SHA-256 of local wheels that were not built here. ``sources`` is
    where editable trees out of a repository stay; None where nothing may.
    """

    def __init__(
        self,
        folder: Path,
        *,
        context: Context,
        building: Building,
        commits: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self.context = context
        self._building = building
        self._built: dict[Path, Path] = {}
        self._checkouts = Checkouts(folder, context=context, commits=commits)
        self.links: dict[Path, Mapping[str, str]] = {}
        # Config settings of single projects, by normalised name.
        self.own_settings: dict[str, tuple[tuple[str, str], ...]] = {}
        self.hashes: dict[Path, Hash] = {}
        self.sources: Path | None = None

    def acquire(
        self,
        files: Sequence[File | Path],
        *,
        hashes: Mapping[str, Sequence[Hash]],
        require_hashes: bool,
        ready: Callable[[AcquiredFile], None] | None = None,
    ) -> tuple[AcquiredFile, ...]:
        """Fetch ``files``; ``ready`` and errors are those of ``acquire``."""
        return acquire(
            files,
            context=self.context,
            hashes=hashes,
            require_hashes=require_hashes,
            ready=ready,
        )

    def wheel_of(self, path: Path, *, building: Building | None = None) -> Path:
        """Return the wheel at ``path``, or the one built from the source there.

        ``building`` is how, where it is not as everything else is built.
        """
        if path.name.endswith(".whl"):
            return path
        if path not in self._built:
            self.context.tell(f"building {path.name}")
            # Loaded here: who builds nothing does not pay for it.
            from pysetup.workflows.building.build import build_wheel

            archive = build_wheel(
                path,
                into=self._new_folder(),
                context=self.context,
                building=building or self._building_of(path),
            )
            self._built[path] = archive.location
        return self._built[path]

    def unpacked(self, archive: Path) -> Path:
        """Return the top folder of an sdist, unpacked; raises as ``unpack_sdist``."""
        return unpack_sdist(archive, self._new_folder())

    def checkout(self, url: VcsUrl) -> Path:
        """Return the tree in a repository; raises as ``Checkouts.get``."""
        return self._checkouts.get(url).path

    def _building_of(self, path: Path) -> Building:
        """Return how the sdist ``path`` is built: with settings of its own, or not."""
        if not self.own_settings or path.is_dir():
            return self._building
        name = normalize_name(parse_sdist_filename(path.name).name)
        return _with_settings(self._building, self.own_settings.get(name, ()))

    def from_repository(
        self, url: VcsUrl, *, building: Building | None = None
    ) -> tuple[Path, dict[str, JSON]]:
        """Return the wheel of a tree in a repository, and PEP 610's record of it.

        ``building`` is how, where it is not as the tree itself says. Raises as
        ``Checkouts.get`` and as building does.
        """
        checkout = self._checkouts.get(url)
        building = building or self._building.for_source(checkout.path)
        return self.wheel_of(checkout.path, building=building), checkout.direct_url

    def metadata(self, place: File | Path | VcsUrl) -> Metadata:
        """Return the metadata of a source that must be built to learn them."""
        if isinstance(place, VcsUrl):
            return _document_of(self.from_repository(place)[0])
        if isinstance(place, File):
            place = acquire([place], context=self.context)[0].path
        return _document_of(self.wheel_of(place))

    def local(self, one: Asked) -> tuple[LocalCandidate, dict[str, JSON]]:
        """Return the wheel of a local source, and PEP 610's record of the source."""
        if one.vcs is not None:
            return self._asked_of_repository(one, one.vcs)
        assert one.path is not None
        path = one.path
        building = _with_settings(self._building.for_source(path), one.config_settings)
        origin: dict[str, JSON] = {"url": path.as_uri()}
        if one.editable:
            self.context.tell(f"preparing {path.name} for development")
            from pysetup.workflows.building.build import build_editable

            made = build_editable(
                path,
                into=self._new_folder(),
                context=self.context,
                building=building,
            )
            wheel = made.location
            self.links[wheel] = made.links
            origin["dir_info"] = {"editable": True}
        elif path.is_dir():
            wheel = self.wheel_of(path, building=building)
            origin["dir_info"] = {}
        else:
            (acquired,) = self.acquire(
                [path], hashes={path.name: one.hashes}, require_hashes=False
            )
            wheel = self.wheel_of(path, building=building)
            origin = archive_origin(path.as_uri(), acquired.hash)
            if wheel == path:
                self.hashes[wheel] = acquired.hash
        place = Path(os.path.normpath(path)).as_uri() if path.is_dir() else ""
        candidate = LocalCandidate(
            wheel,
            _document_of(wheel),
            extras=one.extras,
            source=one.source,
            stands_for=place,
        )
        return candidate, origin

    def _asked_of_repository(
        self, one: Asked, vcs: VcsUrl
    ) -> tuple[LocalCandidate, dict[str, JSON]]:
        if one.editable and self.sources is not None:
            # What is developed is the folder; where it once came from, git knows.
            path = self._checkouts.keep(vcs, self.sources)
            return self.local(replace(one, vcs=None, path=path))
        building = None
        if one.config_settings:
            building = _with_settings(
                self._building.for_source(self.checkout(vcs)), one.config_settings
            )
        wheel, origin = self.from_repository(vcs, building=building)
        metadata = _document_of(wheel)
        if vcs.egg and normalize_name(vcs.egg) != metadata.normalized_name:
            raise WrongProjectError(vcs.egg, vcs.public_text, found=metadata.name)
        candidate = LocalCandidate(
            wheel, metadata, extras=one.extras, source=one.source
        )
        return candidate, origin

    def _new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="built-", dir=self._folder))


def _with_settings(building: Building, pairs: Sequence[tuple[str, str]]) -> Building:
    """Return ``building`` with further config settings; repeated keys make lists."""
    if not pairs:
        return building
    own: dict[str, JSON] = {}
    for key, value in pairs:
        before = own.get(key)
        if before is None:
            own[key] = value
        else:
            own[key] = [*(before if isinstance(before, list) else [before]), value]
    return replace(building, settings={**building.settings, **own})


def _document_of(wheel: Path) -> Metadata:
    with open_wheel(wheel) as opened:
        return opened.metadata
