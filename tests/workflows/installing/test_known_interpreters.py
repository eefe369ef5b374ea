"""What is remembered of an interpreter is what it would say itself."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pysetup.edges.interpreter import describe_interpreter
from pysetup.edges.process import Completed, run_process
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.installing.known_interpreters import known_facts


class Counting:
    """Runs processes, and counts them."""

    def __init__(self) -> None:
        self.started = 0

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        self.started += 1
        return run_process(command, cwd=cwd, env=env, timeout=timeout)


@pytest.fixture
def runs() -> Counting:
    return Counting()


@pytest.fixture
def context(make_context: Callable[..., Context], runs: Counting) -> Context:
    return replace(make_context(None), run_process=runs)


def test_a_new_environment_says_of_itself_what_was_worked_out(
    context: Context, runs: Counting, tmp_path: Path
) -> None:
    known_facts(sys.executable, context)
    before = runs.started
    made = create_environment(tmp_path / "env", context)
    assert runs.started == before
    asked = describe_interpreter(made.executable, run_process)
    assert known_facts(made.executable, context) == asked
    assert runs.started == before


def test_an_interpreter_is_asked_once(
    context: Context, runs: Counting, tmp_path: Path
) -> None:
    made = create_environment(tmp_path / "env", context)
    (context.settings.cache_dir / "interpreters").rename(tmp_path / "away")
    before = runs.started
    first = known_facts(made.executable, context)
    assert known_facts(made.executable, context) == first
    assert runs.started == before + 1


@pytest.mark.parametrize("change", ["pyvenv.cfg", "a site folder", "the file"])
def test_what_has_changed_is_asked_again(
    change: str, context: Context, runs: Counting, tmp_path: Path
) -> None:
    made = create_environment(tmp_path / "env", context)
    known_facts(made.executable, context)
    before = runs.started
    if change == "pyvenv.cfg":
        with (tmp_path / "env" / "pyvenv.cfg").open("a") as stream:
            stream.write("prompt = other\n")
    elif change == "a site folder":
        Path(made.scheme.purelib).rename(tmp_path / "gone")
    else:
        real = os.path.realpath(made.executable)
        program = Path(made.executable)
        program.unlink()
        program.write_bytes(Path(real).read_bytes())
        program.chmod(0o755)
    known_facts(made.executable, context)
    assert runs.started == before + 1


def test_a_script_is_asked_every_time(
    context: Context, runs: Counting, tmp_path: Path
) -> None:
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shim.chmod(0o755)
    known_facts(str(shim), context)
    known_facts(str(shim), context)
    assert runs.started == 2
