"""Normalising an sdist of anybody: unpacked safely, packed anew, put in its place."""

import os
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.late import tempfile
from pysetup.phases.sdist import normalize as sdist_phase
from pysetup.phases.sdist.normalize import NormalizedSdist
from pysetup.workflows.building.build import DiskFaultError
from pysetup.workflows.context import Context


class ReplacesItselfError(UsageError):
    """The normalised sdist would stand in the place of the one it is made from.

    A file that is published or signed must not change under its name. Choose another
    folder with ``--outdir``; an sdist that is normalised already is left as it is.
    """

    code = "PS2703"

    def __init__(self, source: Path) -> None:
        super().__init__(
            f"{source} would be replaced by its normalised form, which differs",
            facts={"file": str(source)},
            hints=("choose another folder with --outdir",),
        )


def normalize_sdist(source: Path, *, into: Path, context: Context) -> NormalizedSdist:
    """Write the sdist ``source`` anew into the folder ``into``; nothing is run.

    Raises ``ReplacesItselfError``, ``DiskFaultError``, and as ``unpack_sdist`` and
    the phase's ``normalize_sdist``.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        return _normalize(source, into, context)
    except OSError as error:
        path = str(error.filename or into)
        raise DiskFaultError(path, error.strerror or str(error)) from None


def _normalize(source: Path, into: Path, context: Context) -> NormalizedSdist:
    epoch = context.settings.source_date_epoch
    with tempfile.TemporaryDirectory(prefix=".normalize-", dir=into) as folder:
        stage = Path(folder)
        root = unpack_sdist(source, stage / "unpacked")
        made = sdist_phase.normalize_sdist(source, root, into=stage, epoch=epoch)
        place = into / made.location.name
        if place.exists() and os.path.samefile(place, source):
            if place.read_bytes() != made.location.read_bytes():
                raise ReplacesItselfError(source)
        else:
            os.replace(made.location, place)
    return NormalizedSdist(place, made.hash, source)
