"""The programs of this machine, for formats that can use them."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.edges.process import Completed
from pysetup.workflows.context import Context

# Whatever the user has set, what is made is the same.
_CLEAN = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SOURCE_DATE_EPOCH")
# makensis and rpmbuild take seconds; nothing that we start takes longer than this.
_TIMEOUT = 1800.0


class MachineTools:
    """Finds and runs programs; they see few variables, and no terminal."""

    def __init__(self, context: Context) -> None:
        self._run = context.run_process
        self._environ = {
            name: context.environ[name] for name in _KEPT if name in context.environ
        }

    def find(self, name: str) -> str | None:
        """Return the path of the program ``name``, or None."""
        return shutil.which(name, path=self._environ.get("PATH", os.defpath))

    def run(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a program to its end; raises ``CommandNotFoundError``."""
        environ = {**self._environ, **_CLEAN, **(env or {})}
        return self._run(words, cwd=cwd, env=environ, timeout=_TIMEOUT)
