"""The logs of builds: where they are kept, and for how long."""

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pysetup.workflows.context import Context

_KEPT = timedelta(days=30)
_AT_MOST = 200


def log_folder(context: Context) -> Path:
    """Return the folder of the logs."""
    return context.settings.cache_dir / "log"


def log_mark(context: Context) -> str:
    """Return the end of a log's name: no other process uses the same."""
    return f"-{context.now():%Y%m%dT%H%M%SZ}-{os.getpid()}"


def prune_logs(context: Context) -> None:
    """Remove logs that are old, and the oldest of too many."""
    now = context.now()
    with suppress(OSError):
        found = [(path.stat().st_mtime, path) for path in log_folder(context).iterdir()]
        for position, (changed, path) in enumerate(sorted(found, reverse=True)):
            age = now - datetime.fromtimestamp(changed, now.tzinfo)
            if position >= _AT_MOST or age > _KEPT:
                path.unlink()
