"""Progress where people see it: in a terminal, in a pipe, in a log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTROL_C = b"\x03"


@pytest.fixture
def env(pysetup: Any, tmp_path: Path) -> Path:
    """An empty environment."""
    made = pysetup("venv", "create", tmp_path / "env")
    assert made.code == 0, made.err
    return tmp_path / "env"


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_sees_the_plan_then_the_download_then_what_was_done(
    terminal: Callable[..., Any], slow_index: Any, env: Path, columns: int
) -> None:
    index = ("--index-url", slow_index.url)
    words = ("install", "--env", env, *index, "demo")
    started = terminal(*words, columns=columns, env={"NO_COLOR": "1"})
    seen = started.until("\u2591")  # a part of the bar that is still empty
    assert slow_index.held.is_set()
    assert "+ demo 1.0\r\n+ helper 2.0\r\n" in seen
    drawn = next(line for line in started.screen() if "\u2588" in line)
    assert "kB" in drawn
    assert len(drawn) < columns
    slow_index.let_go.set()
    code, written = started.end()
    assert code == 0, written
    lines = started.screen()
    done = [line.split(" in ")[0] for line in lines if " in " in line]
    assert done[-3:] == [
        "Downloaded 2 files, 344 kB,",
        "Prepared 2 wheels",
        "Installed 2 packages",
    ]
    assert not any("\u2588" in line or "\u2591" in line for line in lines)
    # The plan is what was done: it is not told twice.
    assert written.count("+ demo 1.0") == 1


def test_ctrl_c_leaves_no_half_drawn_line_and_no_half_environment(
    terminal: Callable[..., Any], slow_index: Any, env: Path, pysetup: Any
) -> None:
    index = ("--index-url", slow_index.url)
    kept = ("--timings=time.html", "--report=report.json")
    started = terminal("install", "--env", env, *index, "demo", *kept)
    started.until("\u2591")
    started.press(CONTROL_C)
    slow_index.let_go.set()
    code, written = started.end()
    assert code == 130, written
    assert started.screen()[-1] == "interrupted"
    assert not any("\u2591" in line for line in started.screen())
    assert pysetup("freeze", "--env", env).out == ""
    assert [path.name for path in pysetup.home.iterdir() if path.is_file()] == []


def test_what_is_drawn_is_gone_before_an_error_is_told(
    terminal: Callable[..., Any], slow_index: Any, env: Path
) -> None:
    words = ("install", "--env", env, "--index-url", slow_index.url, "demo")
    started = terminal(*words, env={"NO_COLOR": "1"})
    started.until("\u2591")
    slow_index.damage()
    slow_index.let_go.set()
    code, written = started.end()
    assert code == 5, written
    error = next(n for n, line in enumerate(started.screen()) if "error[" in line)
    assert started.screen()[error].startswith("error[PS5")
    assert not any("\u2591" in line or "ing (" in line for line in started.screen())


@pytest.mark.parametrize(
    "surroundings",
    [
        pytest.param({"TERM": "dumb"}, id="a dumb terminal"),
        pytest.param({"CI": "true"}, id="continuous integration"),
    ],
)
def test_a_terminal_that_cannot_move_its_cursor_is_not_asked_to(
    terminal: Callable[..., Any],
    slow_index: Any,
    env: Path,
    surroundings: dict[str, str],
) -> None:
    slow_index.let_go.set()
    words = ("install", "--env", env, "--index-url", slow_index.url, "demo")
    code, written = terminal(*words, env={"NO_COLOR": "1", **surroundings}).end()
    assert code == 0, written
    assert "\x1b" not in written
    assert "+ demo 1.0" in written


@pytest.mark.parametrize(
    ("surroundings", "colored"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, True, id="an empty NO_COLOR"),
    ],
)
def test_a_terminal_gets_colour_unless_it_is_refused(
    terminal: Callable[..., Any],
    slow_index: Any,
    env: Path,
    surroundings: dict[str, str],
    *,
    colored: bool,
) -> None:
    slow_index.let_go.set()
    words = ("install", "--env", env, "--index-url", slow_index.url, "demo")
    code, written = terminal(*words, env=surroundings).end()
    assert code == 0, written
    assert ("\x1b[32m+ demo 1.0\x1b[0m" in written) is colored


@pytest.mark.parametrize(
    ("words", "surroundings", "colored"),
    [
        pytest.param((), {}, False, id="a pipe"),
        pytest.param((), {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param((), {"FORCE_COLOR": "0"}, False, id="FORCE_COLOR=0"),
        pytest.param((), {"CLICOLOR_FORCE": "1"}, True, id="CLICOLOR_FORCE"),
        pytest.param(
            ("--color", "always"), {"NO_COLOR": "1"}, True, id="--color always"
        ),
        pytest.param(
            ("--color=never",), {"FORCE_COLOR": "1"}, False, id="--color never"
        ),
    ],
)
def test_a_pipe_gets_colour_only_if_it_is_asked_for(
    pysetup: Any,
    env: Path,
    make_wheel: Any,
    words: tuple[str, ...],
    surroundings: dict[str, str],
    *,
    colored: bool,
) -> None:
    wheel = make_wheel()
    ran = pysetup("install", "--env", env, *words, wheel, env=surroundings)
    assert ran.out == ("\x1b[32m+ demo 1.0\x1b[0m\n" if colored else "+ demo 1.0\n")
    failed = pysetup("uninstall", "--env", env, "gone", *words, env=surroundings)
    assert failed.err.startswith("\x1b[31merror[PS1301]\x1b[0m") is colored


def test_a_pipe_gets_no_moves_and_the_changes_stay_on_standard_output(
    pysetup: Any, slow_index: Any, env: Path
) -> None:
    slow_index.let_go.set()
    index = ("--index-url", slow_index.url)
    ran = pysetup("install", "--env", env, *index, "demo", "--progress", "auto")
    assert ran.code == 0, ran.err
    assert ran.out == "+ demo 1.0\n+ helper 2.0\n"
    assert "\x1b" not in ran.err


def test_a_server_that_does_not_answer_is_told_after_three_seconds(
    terminal: Callable[..., Any], slow_index: Any, env: Path
) -> None:
    slow_index.silent = True
    words = ("install", "--env", env, "--index-url", slow_index.url, "demo")
    started = terminal(*words, "--progress=never")
    started.until(
        "waiting for 127.0.0.1: no answer for 3 s; "
        "--timeout SECONDS changes how long it may take (now 30)\r\n"
    )
    slow_index.let_go.set()
    code, written = started.end()
    assert code == 0, written
    assert written.count("waiting for") == 1


@pytest.mark.parametrize("words", [("--progress=never",), ("-q",)], ids=" ".join)
def test_who_wants_no_progress_gets_none(
    pysetup: Any, slow_index: Any, env: Path, words: tuple[str, ...]
) -> None:
    slow_index.let_go.set()
    index = ("--index-url", slow_index.url)
    ran = pysetup("install", "--env", env, *index, "demo", *words)
    assert ran.code == 0, ran.err
    assert "Resolved" not in ran.err
    assert "Installed" not in ran.err
    assert ran.out == "+ demo 1.0\n+ helper 2.0\n"
