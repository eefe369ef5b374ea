"""Deciding how an .egg-info becomes a .dist-info, the files left where they are."""

import os
from collections.abc import Sequence

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.dist_info import ENTRY_POINTS, METADATA, RECORD, SUFFIX
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.egg_names import TOP_LEVEL_TXT
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.easy_install import Rewrite
from pysetup.phases.install.file_lists import everything_in, proof_path
from pysetup.phases.install.reading import INSTALLER, REQUESTED, read_file
from pysetup.phases.install.remove import RemovalPlan, real_files
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.entry_points import to_entry_points_text
from pysetup.standards.hashes import Hash
from pysetup.standards.record import RecordEntry, to_record_text


class NotConvertibleError(EnvironmentRefusedError):
    """An old installation cannot be recorded anew where it stands.

    That takes an .egg-info folder with a list of its files. An egg is a folder or a zip
    file of its own, a develop installation a mere link: install these anew instead.
    """

    code = "PS7391"

    def __init__(self, name: str, info_dir: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be converted to .dist-info: {reason}",
            facts={"distribution": name, "folder": info_dir},
            hints=(
                f"install it anew, which replaces it:  pysetup install -U {name}",
                "of a project of your own:  pysetup develop DIR",
            ),
        )
        self.name, self.reason = name, reason


def plan_conversion(
    distributions: Sequence[InstalledDistribution],
    *,
    database: InstalledDatabase,
    environment: Environment,
) -> TransactionPlan:
    """Say how ``distributions`` get a .dist-info; no file of theirs is touched.

    They count as asked for from now on, since nobody knows. Raises
    ``NotConvertibleError``, ``MissingRecordError`` or ``InvalidRecordError``.
    """
    removals: list[RemovalPlan] = []
    rewrites: list[Rewrite] = []
    for one in distributions:
        if one.kind == "dist-info":
            continue
        if one.kind != "egg-info":
            raise NotConvertibleError(
                one.metadata.name, one.info_dir, f"it is an {one.kind}"
            )
        files = database.files(one)
        proof = proof_path(one.info_dir)
        gone = tuple(everything_in(one.info_dir))
        removals.append(
            RemovalPlan(
                name=one.metadata.name,
                version=str(one.metadata.version),
                info_dir=one.info_dir,
                files=gone,
                kept=(),
                shared=(),
                proof_path=proof,
                proof=Hash.of_file(proof),
            )
        )
        own = real_files(files, environment, source=one.info_dir)
        left = sorted(path for path in own if path not in gone and _is_file(path))
        rewrites += _dist_info(one, left)
    return TransactionPlan(
        installs=(),
        removals=tuple(removals),
        gone=frozenset(path for one in removals for path in one.files),
        rewrites=tuple(rewrites),
    )


def _dist_info(one: InstalledDistribution, files: Sequence[str]) -> list[Rewrite]:
    """Return the files of the new folder, RECORD last."""
    metadata = one.metadata
    site = os.path.dirname(one.info_dir)
    stem = metadata.normalized_name.replace("-", "_")
    folder = os.path.join(site, f"{stem}-{metadata.version}{SUFFIX}")
    if os.path.lexists(folder):
        raise NotConvertibleError(metadata.name, one.info_dir, f"{folder} is there")
    extensions = {k: v for k, v in metadata.extensions.items() if k != LEGACY_EXTENSION}
    entries = to_entry_points_text(metadata.entry_points, metadata.malformed_entries)
    contents = {
        METADATA: core_metadata.write(metadata.replaced(extensions=extensions or None)),
        INSTALLER: b"pysetup\n",
        REQUESTED: b"",
        **({ENTRY_POINTS: entries.encode()} if entries else {}),
    }
    top_level = read_file(os.path.join(one.info_dir, TOP_LEVEL_TXT))
    if top_level is not None:
        contents[TOP_LEVEL_TXT] = top_level
    made = {os.path.join(folder, name): text for name, text in contents.items()}
    rows = [_entry(path, site) for path in files]
    rows += [
        RecordEntry(os.path.relpath(path, site), Hash.of(text), len(text))
        for path, text in made.items()
    ]
    record = os.path.join(folder, RECORD)
    rows.append(RecordEntry(os.path.relpath(record, site)))
    made[record] = to_record_text(sorted(rows, key=lambda row: row.path)).encode()
    return [Rewrite(path, None, content) for path, content in made.items()]


def _entry(path: str, site: str) -> RecordEntry:
    place = os.path.relpath(path, site)
    if path.endswith(".pyc") or os.path.islink(path):
        return RecordEntry(place)
    return RecordEntry(place, Hash.of_file(path), os.stat(path).st_size)


def _is_file(path: str) -> bool:
    return os.path.isfile(path) or os.path.islink(path)
