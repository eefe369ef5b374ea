"""Proving that a downloaded folder is whole, and enough to install from."""

from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.index.model import File
from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context, make_transport
from pysetup.workflows.download import DownloadTarget
from pysetup.workflows.download_folder import (
    MANIFEST,
    DownloadDamagedError,
    Manifest,
    find_faults,
    read_manifest,
)
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.requested import Asked, Wanted
from pysetup.workflows.resolving.resolve_provider import NotBuildableHereError
from pysetup.workflows.solving import solved


@dataclass(frozen=True, slots=True)
class CheckedFolder:
    """A folder that is whole: how many files it has, and for which targets."""

    folder: Path
    files: int
    targets: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "folder": str(self.folder),
            "files": self.files,
            "targets": list(self.targets),
        }


def check_folder(
    folder: Path, *, context: Context, building: Building
) -> CheckedFolder:
    """Compare ``folder`` with its manifest, and resolve from it alone for each target.

    Raises ``NoManifestError``, ``DownloadDamagedError``, and as the resolver does when
    something that is needed is not in the folder.
    """
    manifest = read_manifest(folder)
    faults = find_faults(folder, manifest)
    if faults:
        raise DownloadDamagedError(folder, faults)
    settings = replace(
        context.settings,
        index_url="",
        extra_index_urls=(),
        no_index=True,
        offline=True,
        find_links=(str(folder),),
    )
    transport = make_transport(settings, context.environ, tell=context.tell)
    alone = replace(context, settings=settings, transport=transport)
    for target in manifest.targets:
        _resolve_again(manifest, target, alone, building)
    names = tuple(target.name for target in manifest.targets)
    return CheckedFolder(folder, len(manifest.files), names)


def _resolve_again(
    manifest: Manifest, target: DownloadTarget, context: Context, building: Building
) -> None:
    """Resolve exactly what the manifest says is there for one target."""
    wanted = Wanted(
        tuple(
            Asked(
                MANIFEST,
                requirement=parse_requirement(f"{row['name']}=={row['version']}"),
            )
            for row in manifest.files
            if row.get("purpose") == "install" and _is_for(row.get("targets"), target)
        )
    )
    rows = {str(row["filename"]): row for row in manifest.files}

    def known(place: File | Path | VcsUrl) -> Metadata:
        """Return what the manifest says of a source, which is not built for this."""
        if isinstance(place, VcsUrl):
            raise NotBuildableHereError(place.public_text)
        row = rows[place.filename if isinstance(place, File) else place.name]
        keys = ("name", "version", "requires_python", "requires_dist")
        stated = {key: row[key] for key in keys if row.get(key)}
        return Metadata.from_dict(stated, source=MANIFEST)

    try:
        with solved(
            wanted,
            environment=target.environment,
            context=context,
            building=building,
            choice=Choice(),
            builds=False,
            known=known,
        ):
            pass
    except PysetupError as error:
        error.facts["target"] = target.name
        raise


def _is_for(targets: JSON, target: DownloadTarget) -> bool:
    return isinstance(targets, list) and target.name in targets
