"""The short way: a command line answered from memory, or left to the long way."""

import gc
import os

from pysetup.replay.memory import Answer, read_answer
from pysetup.replay.question import Question, read_question


def answer(
    words: list[str], environ: dict[str, str], *, cwd: str, now: float
) -> tuple[int | None, Question | None]:
    """Carry ``words`` out if their answer is known.

    ``cwd`` is where relative paths start from, ``now`` is in seconds since 1970.
    Returns the exit code, or None and the question whose answer is worth keeping.
    """
    question = read_question(words, environ, cwd=cwd)
    if question is None:
        return None, None
    if question.asked.command == "uninstall":
        return _uninstall(question, now=now), question
    # An answer is many small values that last until the end: nothing to collect.
    gc.disable()
    try:
        known = read_answer(question.cache, question.key)
    except (OSError, ValueError, EOFError, TypeError):
        known = None
    if known is None or known.expires < now:
        gc.enable()
        return None, question
    if known.plan is not None:
        from pysetup.replay.changes import EndedError, GiveWayError, install

        try:
            install(
                question.world,
                question.cache,
                known.plan,
                durable=question.durable,
                now=now,
            )
        except GiveWayError:
            gc.enable()
            return None, question
        except EndedError as ended:
            return ended.code, question
    _say(known)
    return 0, question


def _uninstall(question: Question, *, now: float) -> int | None:
    """Remove what is asked for; None for the long way."""
    from pysetup.replay.changes import EndedError, GiveWayError
    from pysetup.replay.removals import uninstall

    gc.disable()
    try:
        gone = uninstall(
            question.world,
            question.cache,
            names=question.asked.names,
            contents=question.contents,
            durable=question.durable,
            now=now,
        )
    except GiveWayError:
        gc.enable()
        return None
    except EndedError as ended:
        return ended.code
    lines = [f"- {name} {version}\n" for name, version in gone]
    _say(Answer(0.0, "".join(lines), "", None))
    return 0


def _say(known: Answer) -> None:
    for text, descriptor in ((known.err, 2), (known.out, 1)):
        content = text.encode(errors="backslashreplace")
        while content:
            content = content[os.write(descriptor, content) :]
