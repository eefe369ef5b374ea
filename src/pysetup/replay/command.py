"""The short way: a command line answered from memory, or left to the long way."""

import gc
import os

from pysetup.replay.memory import PREFIX_MARK, Answer, read_answer
from pysetup.replay.question import Question, read_question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pysetup.replay.changes import EndedError


def answer(
    words: list[str], environ: dict[str, str], *, cwd: str, now: float
) -> tuple[int | None, Question | None]:
    """Carry ``words`` out if their answer is known.

    ``cwd`` is where relative paths start from, ``now`` is in seconds since 1970.
    Returns the exit code, or None and the question whose answer is worth keeping.
    """
    if words[:2] == ["venv", "create"]:
        from pysetup.replay.environments import create

        return create(words[2:], environ, cwd=cwd), None
    question = read_question(words, environ, cwd=cwd)
    if question is None:
        return None, None
    # All values here last until the end: there is nothing to collect.
    gc.disable()
    try:
        if question.asked.command == "uninstall":
            code = _uninstall(question, words, now=now)
        else:
            code = _install(question, words, now=now)
    finally:
        gc.enable()
    return code, question


def _install(question: Question, words: list[str], *, now: float) -> int | None:
    """Do what was once decided; None for the long way."""
    try:
        known = read_answer(question.cache, question.key)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if known is None or known.expires < now:
        return None
    if question.lock is not None:
        return _lock(question, known)
    if known.plan is not None:
        from pysetup.replay.changes import EndedError, GiveWayError, install

        world, durable = question.world, question.durable
        try:
            install(
                world,
                question.cache,
                known.plan,
                words=words,
                durable=durable,
                now=now,
            )
        except GiveWayError:
            return None
        except EndedError as ended:
            return _ended(ended)
    _say(known, question.world.prefix)
    return 0


def _lock(question: Question, known: Answer) -> int | None:
    """Put the lock in place, if it is not; None for the long way."""
    from pysetup.replay.locks import WRITE, write_lock

    facts, plan = question.lock, known.plan
    assert facts is not None, "it is about a lock"
    if plan is not None:
        if len(plan) != 2 or plan[0] != WRITE or not isinstance(plan[1], bytes):  # noqa: PLR2004 - what it is, and the lock
            return None
        if not write_lock(facts, plan[1]):
            return None
    _say(known, question.world.prefix)
    return 0


def _uninstall(question: Question, words: list[str], *, now: float) -> int | None:
    """Remove what is asked for; None for the long way."""
    from pysetup.replay.changes import EndedError, GiveWayError
    from pysetup.replay.removals import uninstall

    try:
        gone = uninstall(
            question.world,
            question.cache,
            names=question.asked.names,
            contents=question.contents,
            words=words,
            durable=question.durable,
            now=now,
        )
    except GiveWayError:
        return None
    except EndedError as ended:
        return _ended(ended)
    lines = [f"- {name} {version}\n" for name, version in gone]
    _say(Answer(0.0, "".join(lines), "", None), question.world.prefix)
    return 0


def _ended(ended: "EndedError") -> int:
    """Say why it ended, if that is to be said."""
    if ended.said:
        _say(Answer(0.0, "", ended.said, None), "")
    return ended.code


def _say(known: Answer, prefix: str) -> None:
    for text, descriptor in ((known.err, 2), (known.out, 1)):
        content = text.replace(PREFIX_MARK, prefix).encode(errors="backslashreplace")
        while content:
            content = content[os.write(descriptor, content) :]
