"""Which words mean a Python file, what it says, and which interpreter fits it."""

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.edges.process import run_process
from pysetup.phases.run.inline import MAX_BYTES, InvalidScriptError
from pysetup.phases.run.launch import Surroundings
from pysetup.standards.versions import parse_specifiers
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import UnknownPythonError
from pysetup.workflows.running.script_python import (
    NoFittingPythonError,
    find_interpreter,
)
from pysetup.workflows.running.scripts import (
    Script,
    UnreadableScriptError,
    find_script,
    plan_script,
)

BLOCK = b'# /// script\n# dependencies = ["rich"]\n# ///\n'
INSIDE = Surroundings.of_new("/made/bin/python", "3.11.2")


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    return replace(make_context(None), run_process=run_process, environ={"PATH": ""})


def no_input(_: int) -> bytes:
    raise AssertionError("standard input is not the script")


@pytest.mark.parametrize(
    ("word", "content", "block"),
    [
        pytest.param("a.py", BLOCK, True, id="a .py file with a block"),
        pytest.param("a.py", b"print()\n", False, id="a .py file without one"),
        pytest.param("a.py", b"# \xe4\n", False, id="a .py file in Latin-1"),
        pytest.param("./tool", b"#!x\n" + BLOCK, True, id="a path to another file"),
        pytest.param(
            "./tool",
            b"#!/usr/bin/env -S pysetup run\nprint()\n",
            False,
            id="a file that pysetup is asked to start, which must not ask again",
        ),
    ],
)
def test_these_words_mean_a_script(
    word: str, content: bytes, *, block: bool, context: Context, tmp_path: Path
) -> None:
    (tmp_path / word).write_bytes(content)
    script = find_script(word, context, read_input=no_input)
    assert script is not None
    assert (script.block is not None) is block


@pytest.mark.parametrize(
    ("word", "content"),
    [
        pytest.param("tool", BLOCK, id="a name that is no path"),
        pytest.param("./tool", b"#!/bin/sh\nexit 0\n", id="a program"),
        pytest.param("./tool", b"\x7fELF\0" + BLOCK, id="a binary that holds a block"),
        pytest.param("./other", b"", id="a path where nothing is"),
        pytest.param("other.py", b"", id="a .py file that is not there"),
    ],
)
def test_these_words_mean_something_else(
    word: str, content: bytes, context: Context, tmp_path: Path
) -> None:
    (tmp_path / "tool").write_bytes(content)
    assert find_script(word, context, read_input=no_input) is None


def test_a_script_comes_from_standard_input(context: Context) -> None:
    script = find_script("-", context, read_input=lambda _: BLOCK)
    assert script is not None
    plan = plan_script(script, ["-x"], inside=INSIDE, context=context)
    assert (plan.words[1:], plan.content) == (("-", "-x"), BLOCK)


def test_standard_input_has_a_limit(context: Context) -> None:
    with pytest.raises(UnreadableScriptError):
        find_script("-", context, read_input=lambda limit: b"#" * limit)
    assert MAX_BYTES > 1 << 20


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("sub/a.py", "sub/a.py", id="as it was typed"),
        pytest.param("-a.py", "{here}/-a.py", id="a name that looks like an option"),
    ],
)
def test_python_is_told_the_name(
    word: str, expected: str, context: Context, tmp_path: Path
) -> None:
    plan = plan_script(Script(word), ["x"], inside=INSIDE, context=context)
    assert plan.words == ("/made/bin/python", expected.format(here=tmp_path), "x")


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("'2026-01-31'", datetime(2026, 1, 31, tzinfo=UTC), id="a text"),
        pytest.param("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), id="a date"),
        pytest.param(
            "2026-01-31T10:00:00Z",
            datetime(2026, 1, 31, 10, tzinfo=UTC),
            id="a moment",
        ),
    ],
)
def test_a_script_may_leave_out_what_is_newer(
    line: str, moment: datetime | None, context: Context
) -> None:
    assert scripted(line, context).exclude_newer == moment


@pytest.mark.parametrize("line", ["'soon'", "7", "[]"])
def test_what_is_no_date_is_told(line: str, context: Context) -> None:
    with pytest.raises(InvalidScriptError, match="exclude-newer"):
        assert scripted(line, context).exclude_newer


def scripted(line: str, context: Context) -> Script:
    table = f"# [tool.pysetup]\n# exclude-newer = {line}\n" if line else ""
    content = f"# /// script\n# dependencies = []\n{table}# ///\n".encode()
    script = find_script("-", context, read_input=lambda _: content)
    assert script is not None
    return script


def test_our_own_interpreter_comes_first(context: Context) -> None:
    found = find_interpreter(
        parse_specifiers(">=3.8"), source="a.py", named=None, context=context
    )
    assert (found.executable, found.version) == (
        sys.executable,
        platform.python_version(),
    )


def test_where_no_python_fits_all_that_were_tried_are_told(
    context: Context, tmp_path: Path
) -> None:
    # One does not work; the other one is this Python.
    (tmp_path / "python3.98").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3.98").chmod(0o755)
    (tmp_path / "python3.97").symlink_to(sys.executable)
    context = replace(context, environ={"PATH": f"{tmp_path}{os.pathsep}/no/such"})
    with pytest.raises(NoFittingPythonError) as caught:
        find_interpreter(
            parse_specifiers(">=4"), source="a.py", named=None, context=context
        )
    assert caught.value.exit_code == 7
    assert "a.py needs Python >=4" in caught.value.message
    assert len(caught.value.facts["tried"]) == 2  # type: ignore[arg-type] # a list


def test_an_interpreter_on_path_is_found(context: Context, tmp_path: Path) -> None:
    # It says of itself that it is a Python of the future.
    future = tmp_path / "python3.99"
    future.write_text(
        f'#!/bin/sh\n{sys.executable} "$@" | sed \'s/"{platform.python_version()}"/'
        '"3.99.1"/g\'\n'
    )
    future.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    found = find_interpreter(
        parse_specifiers(">=3.99"),
        source="a.py",
        named=None,
        context=replace(context, environ={"PATH": path}),
    )
    assert found.version == "3.99.1"


def test_the_interpreter_that_the_user_names_must_fit(context: Context) -> None:
    with pytest.raises(NoFittingPythonError, match="is another"):
        find_interpreter(
            parse_specifiers("<3"), source="a.py", named=sys.executable, context=context
        )
    with pytest.raises(UnknownPythonError):
        find_interpreter(
            parse_specifiers(""), source="a.py", named="python9.9", context=context
        )
