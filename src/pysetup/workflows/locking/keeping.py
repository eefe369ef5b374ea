"""Keeping what a lock was found to be, so that the same command need not find it again.

``pysetup.replay.locks`` gives such answers; this is the long way's half of it.
"""

import math
import os
from contextlib import suppress
from pathlib import Path

from pysetup.replay.locks import WRITE, LockFacts
from pysetup.replay.memory import Answer, answer_path, written_answer
from pysetup.store.sealed import write_whole
from pysetup.values import dataclass, replace
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.memory import Memory


@dataclass(frozen=True, slots=True)
class LockDecision:
    """The content of a lock, and whether it had to be written.

    ``said_next`` is what the same command will say of it as it stands then.
    """

    content: bytes
    written: bool
    said_next: str = ""


def note_lock(task: LockTask, question: str, decision: LockDecision) -> None:
    """Let the same command be answered from memory, if nothing else decided it.

    ``question`` is what ``answers.question_of`` says: empty for what must be looked at
    each time. A lock that stands and holds is right as long as its inputs are the same,
    whatever an index says meanwhile; a new one is, as long as the indexes vouch for
    their pages.
    """
    memory = task.context.memory
    if memory is None:
        return
    if not question or not _is_of(memory, task) or task.context.settings.exclude_newer:
        memory.spoil()  # folders and moments are looked at each time
        return
    if not decision.written:
        memory.expires = math.inf
    memory.note(decision)


def note_next(memory: Memory | None, text: str) -> None:
    """Say what the same command prints when the lock that was written stands there."""
    decision = None if memory is None else memory.decision
    if memory is not None and isinstance(decision, LockDecision):
        memory.decision = replace(decision, said_next=text)


def keep_lock(memory: Memory, out: str) -> None:
    """Keep what ``memory`` took up, with the ``out`` that was printed."""
    decision, question = memory.decision, memory.question
    if not memory.is_worth_keeping or not isinstance(decision, LockDecision):
        return
    plan = (WRITE, decision.content) if decision.written else None
    answers = {
        question.key: Answer(memory.expires, out, "".join(memory.told), plan),
    }
    # What was told while the lock was made will not be told of one that stands.
    if decision.written and decision.said_next and not memory.told:
        key = question.key_after(decision.content)
        answers[key] = Answer(math.inf, decision.said_next, "", None)
    with suppress(OSError):
        for key, answer in answers.items():
            path = Path(answer_path(question.cache, key))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, written_answer(key, answer))


def _is_of(memory: Memory, task: LockTask) -> bool:
    """Tell whether long and short way mean the same interpreter and the same lock."""
    facts, world = memory.question.lock, memory.question.world
    return (
        isinstance(facts, LockFacts)
        and task.path is not None
        and facts.path == os.path.normpath(task.path)
        and os.path.realpath(world.python)
        == os.path.realpath(task.environment.executable)
    )
