"""An MSI package as bytes: the database with its cabinet and its summary."""

import hashlib
from collections.abc import Mapping

from pysetup.platforms.msi import summary
from pysetup.platforms.msi.cabinet import write_cabinet
from pysetup.platforms.msi.database import Database, write_database
from pysetup.platforms.msi.names import guid
from pysetup.platforms.msi.rows import CABINET, file_key, rows
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.windows.plan import MACHINE

_TEMPLATES = {"i686": "Intel", "x86": "Intel", "arm64": "Arm64", "aarch64": "Arm64"}
#: The oldest Windows Installer, times 100, that knows the machine.
_OLDEST = {"Arm64": 500}
_COMPRESSED, _NEEDS_NO_RIGHTS = 2, 8
_READ_ONLY = 2
_LONGEST = 255


def msi_bytes(plan: PackagePlan, contents: Mapping[str, bytes], *, epoch: int) -> bytes:
    """Return the package of ``plan``, whose files have these ``contents`` by path.

    ``epoch``, in seconds since 1970, is the time of all files. Raises ``CabinetError``
    or ``CompoundFileError`` for what is too large.
    """
    tables = rows(plan, {path: len(content) for path, content in contents.items()})
    members = [(file_key(file.path), contents[file.path]) for file in plan.files]
    cabinet = write_cabinet(members, epoch=epoch)
    digest = hashlib.sha256(cabinet)
    digest.update(repr((sorted(tables.items()), epoch)).encode())
    return write_database(
        Database(
            tables=tables,
            streams={CABINET: cabinet},
            summary=_summary(plan, digest.hexdigest(), epoch=epoch),
        )
    )


def _summary(plan: PackagePlan, digest: str, *, epoch: int) -> bytes:
    template = _TEMPLATES.get(plan.architecture, "x64")
    kind = _COMPRESSED
    if plan.options["scope"] != MACHINE:
        kind |= _NEEDS_NO_RIGHTS
    texts = {
        summary.TITLE: "Installation Database",
        summary.SUBJECT: str(plan.details["display_name"])[:_LONGEST],
        summary.AUTHOR: plan.maintainer[:_LONGEST],
        summary.KEYWORDS: "Installer, Python",
        summary.COMMENTS: plan.summary[:_LONGEST],
        summary.TEMPLATE: f"{template};1033",
        # Two packages that differ in anything have different codes.
        summary.PACKAGE_CODE: guid("package", digest),
        summary.APPLICATION: "pysetup",
    }
    numbers = {
        summary.INSTALLER_VERSION: _OLDEST.get(template, 200),
        summary.SOURCE_KIND: kind,
        summary.SECURITY: _READ_ONLY,
    }
    return summary.write_summary(texts, numbers, epoch=epoch)
