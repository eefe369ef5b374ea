"""A lock in another form, with the parts of it that are wanted."""

import shlex
from datetime import UTC, datetime

from pysetup.interchange.pylock.cyclonedx import cyclonedx_text
from pysetup.interchange.pylock.model import LockFile
from pysetup.interchange.pylock.narrowing import narrowed
from pysetup.interchange.pylock.requirements_form import (
    constraints_text,
    requirements_text,
    without_form,
)
from pysetup.interchange.pylock.selecting import Parts
from pysetup.interchange.pylock.spdx import spdx_text
from pysetup.interchange.pylock.writing import lock_text
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.locking.sync import OpenedLock

FORMATS = ("requirements.txt", "constraints", "pylock", "cyclonedx", "spdx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A text in ``format``, the lock that it says, and what it cannot say of that."""

    format: str
    text: str
    lock: LockFile
    losses: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "format": self.format,
            "text": self.text,
            "packages": [row.to_json() for row in self.lock.packages],
            "losses": list(self.losses),
        }


def export(
    opened: OpenedLock,
    form: str,
    *,
    context: Context,
    parts: Parts,
    hashes: bool,
) -> Exported:
    """Return ``opened`` in the ``form``, one of ``FORMATS``.

    Without ``hashes`` requirements have no digests. Raises ``UnknownLockPartError``.
    """
    lock = narrowed(opened.lock, parts, source=opened.path.name)
    # The secrets of a command line stay out of files.
    command = shlex.join(["pysetup", "export", opened.path.name, "--format", form])
    name = opened.path.absolute().parent.name or "locked"
    losses: tuple[str, ...] = ()
    if form == "requirements.txt":
        text = requirements_text(lock, command=command, hashes=hashes)
        losses = without_form(lock)
    elif form == "constraints":
        text = constraints_text(lock, command=command)
        losses = without_form(lock)
    elif form == "pylock":
        text = lock_text(lock)
    elif form == "cyclonedx":
        text = cyclonedx_text(lock, name=name, moment=_moment(context))
    else:
        text = spdx_text(lock, name=_identifier(name), moment=_moment(context))
    return Exported(format=form, text=text, lock=lock, losses=losses)


def _moment(context: Context) -> str:
    """Return the time that a bill names: that of SOURCE_DATE_EPOCH, or now."""
    epoch = context.settings.source_date_epoch
    moment = context.now() if epoch is None else datetime.fromtimestamp(epoch, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _identifier(name: str) -> str:
    """Return ``name`` as a part of a URI."""
    plain = "".join(char if char.isalnum() and char.isascii() else "-" for char in name)
    return plain.strip("-") or "locked"
