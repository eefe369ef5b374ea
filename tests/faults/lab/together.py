"""Several commands at once in one environment."""

import subprocess
from collections.abc import Iterator, Sequence

from tests.faults.lab.state import litter, unproved
from tests.faults.lab.workshop import CHANGES, WARMTHS, Change, Row, Workshop

_OTHERS = (
    CHANGES["upgrade"],
    CHANGES["uninstall"],
    CHANGES["set"],
    Change("downgrade", (), "install", ("victim==1.0", "alpha==1.0")),
    Change("one of the set", (), "uninstall", ("beta",)),
)


def same(workshop: Workshop, *, processes: int, rounds: int) -> Iterator[Row]:
    """Start the same command several times at once: all must be new."""
    for number in range(rounds):
        workshop.restore(WARMTHS[number % 2])
        endings = _at_once(workshop, [workshop.words()] * processes)
        problems = _misbehaved(workshop, endings, workshop.installer.nothing)
        state, why = workshop.state()
        if state != "NEW":
            problems.append(f"{state}: {why}")
        yield _row(workshop, f"{processes} times the same at once", problems)


def different(workshop: Workshop, *, processes: int, rounds: int) -> Iterator[Row]:
    """Start different commands at once: each project must be whole, or not there."""
    for number in range(rounds):
        workshop.restore(WARMTHS[number % 2])
        commands = [
            workshop.words(change=_OTHERS[(number + turn) % len(_OTHERS)])
            for turn in range(processes)
        ]
        endings = _at_once(workshop, commands)
        problems = _misbehaved(workshop, endings, workshop.installer.nothing)
        problems += unproved(workshop.env)
        _, why = workshop.state_seen()
        if "Error" in why:
            problems.append(why)
        yield _row(workshop, f"{processes} different ones at once", problems)


def _at_once(
    workshop: Workshop, commands: Sequence[Sequence[str]]
) -> list[tuple[int, str]]:
    children = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=workshop.environ(),
            cwd=workshop.root,
            text=True,
        )
        for command in commands
    ]
    said = [child.communicate(timeout=300)[0] for child in children]
    return [
        (child.returncode, text) for child, text in zip(children, said, strict=True)
    ]


def _misbehaved(
    workshop: Workshop, endings: Sequence[tuple[int, str]], nothing: Sequence[int]
) -> list[str]:
    good = {0, *nothing, *workshop.installer.busy}
    problems = [
        f"exit {code}: {said[-600:]}" for code, said in endings if code not in good
    ]
    if lying := litter(workshop.env):
        problems.append(f"left lying about: {', '.join(lying[:5])}")
    return problems


def _row(workshop: Workshop, fault: str, problems: list[str]) -> Row:
    state = "BROKEN" if problems else "WHOLE"
    return Row(workshop.scenario, fault, 0, state, state, state, 0, tuple(problems))
