"""Locks that are known to be right: the same question, and the very lock for it.

What it takes is a digest of each; no index is asked, and nothing is resolved.
"""

import json

from pysetup import __version__
from pysetup.late import hashlib
from pysetup.standards.jsontext import JSON
from pysetup.store.sealed import SealedFolder
from pysetup.workflows.context import Context
from pysetup.workflows.locking.recorded import recorded
from pysetup.workflows.locking.task import LockTask

_FORMAT = 1


class Answers:
    """Remembers for a question which content of a lock file was its answer."""

    def __init__(self, context: Context) -> None:
        self._kept = SealedFolder(context.settings.cache_dir / "locks" / "v1")

    def is_known(self, question: str, content: bytes | None) -> bool:
        """Tell whether ``content`` was the answer to ``question``."""
        if not question or content is None:
            return False
        return self._kept.get(question) == _digest(content)

    def remember(self, question: str, content: bytes) -> None:
        """Take note that ``content`` is the answer to ``question``, if it is one."""
        if question:
            self._kept.put(question, _digest(content))


def question_of(task: LockTask) -> str:
    """Return a text that is the same where the lock would be; empty if none is.

    What projects in folders require is not part of it: then there is no such text.
    """
    inputs, environment = task.inputs, task.environment
    if any(one.requirement is None for one in inputs.asked):
        return ""
    settings = task.context.settings
    facts: list[JSON] = [
        *(_FORMAT, __version__, str(inputs.folder), recorded(task)),
        {name: [str(h) for h in hashes] for name, hashes in inputs.hashes.items()},
        *(settings.index_url, list(settings.extra_index_urls)),
        *(list(settings.find_links), settings.no_index),
        [one.to_json() for one in settings.indexes],
        task.requires_python,
    ]
    if not task.choice.universal:
        facts += [dict(environment.markers), list(environment.tags)]
    return json.dumps(facts, sort_keys=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
