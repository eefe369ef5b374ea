"""Keeping what a command decided, so that the same command need not decide again.

``pysetup.replay`` gives such answers; this is the long way's half of it.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.start_hook import hook_line, script
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.replay.hook import HOOK_MARK, SCRIPT_MARK, STATE_MARK, Hook, hook_path
from pysetup.replay.memory import PREFIX_MARK, Answer, answer_path, written_answer
from pysetup.replay.world import World
from pysetup.store.sealed import write_whole
from pysetup.values import dataclass
from pysetup.workflows.installing.kept_plan import KeptPlan, NotKeptError, kept_plan
from pysetup.workflows.memory import Memory


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan that was carried out in ``environment``, and its wheels by file name.

    ``kept`` is the plan in the form that is kept, if it was carried out in that.
    """

    plan: TransactionPlan
    sources: Mapping[str, WheelSource]
    environment: Environment
    kept: KeptPlan | None = None


def keep(memory: Memory, out: str) -> None:
    """Keep what ``memory`` took up, with the ``out`` that was printed, if it can be."""
    decision, question = memory.decision, memory.question
    if not memory.is_worth_keeping or not isinstance(decision, Decision):
        return
    plan = decision.plan
    if plan.removals or plan.gone or not _is_of(decision.environment, question.world):
        return
    with suppress(NotKeptError, OSError):
        kept = decision.kept
        if plan.installs and kept is None:
            kept = kept_plan(
                plan,
                decision.sources,
                root=Path(question.cache, "store", "v1"),
                prefix=decision.environment.prefix,
                python=question.world.python,
            )
        prefix = question.world.prefix
        said = ["".join(memory.told), out]
        err, out = (text.replace(prefix, PREFIX_MARK) for text in said)
        answer = Answer(memory.expires, out, err, kept)
        path = Path(answer_path(question.cache, question.key))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, written_answer(question.key, answer))


def keep_hook(cache: Path) -> None:
    """Leave the start-up hook in the cache, where the short way finds it."""
    path = Path(hook_path(str(cache)))
    with suppress(OSError):
        if path.exists() or not cache.is_dir():
            return
        line = hook_line(state=STATE_MARK, script=SCRIPT_MARK, hook=HOOK_MARK)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, Hook(script(), line).to_bytes())


def _is_of(environment: Environment, world: World) -> bool:
    """Tell whether long and short way mean the same environment."""
    return (
        environment.executable == world.python
        and os.path.realpath(world.prefix) == os.path.realpath(environment.prefix)
        and os.path.realpath(f"{world.prefix}/{world.site}")
        == environment.scheme.purelib
        == environment.scheme.platlib
    )
