"""Command lists as plans: what words, variables and records they come to."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.phases.build.commands import (
    CommandPlan,
    ProgramMissingError,
    plan_commands,
    record_text,
    run_commands,
)
from pysetup.phases.build.hooks import BuildPython
from pysetup.platforms.names.system_packages import Host

PLACES = {"out": "/o u t", "root": "/r", "python": "/py", "jobs": "3"}
HOME = {"PATH": "/bin", "HOME": "/home/me", "LANG": "de_DE", "AWS_SECRET": "s"}


def plan(
    build: dict[str, Any], environ: dict[str, str] | None = None, **settings: str
) -> CommandPlan:
    metadata = Metadata.from_dict({"name": "Demo", "version": "1.0", "build": build})
    return plan_commands(
        metadata, environ={**HOME, **(environ or {})}, places=PLACES, settings=settings
    )


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        pytest.param("PREFIX={out}", "PREFIX=/o u t", id="out, as one word"),
        pytest.param("{root}/a", "/r/a", id="root"),
        pytest.param("{python}", "/py", id="python"),
        pytest.param("-j{jobs}", "-j3", id="jobs"),
        pytest.param("{name}-{version}", "Demo-1.0", id="name and version"),
        pytest.param("--{profile}", "--release", id="an option"),
        pytest.param("{level}", "2", id="a number"),
        pytest.param("{lto}", "true", id="a boolean, as JSON has it"),
        pytest.param("{list}", "{list}", id="an option that is no text"),
        pytest.param("{print $1}", "{print $1}", id="braces of another language"),
        pytest.param("{}", "{}", id="empty braces"),
        pytest.param("${HOME}", "${HOME}", id="no shell"),
        pytest.param("{{out}}", "{/o u t}", id="braces around a placeholder"),
    ],
)
def test_words_are_filled(word: str, filled: str) -> None:
    options = {"profile": "release", "level": 2, "lto": True, "list": ["x"]}
    made = plan({"commands": [["tool", word]], "options": options})
    assert made.commands == (("tool", filled),)


def test_settings_lie_over_options_and_our_own_words_over_both() -> None:
    build = {"commands": [["x", "{profile}", "{out}"]], "options": {"profile": "a"}}
    assert plan(build, profile="b", out="c").commands == (("x", "b", "/o u t"),)


def test_only_declared_variables_reach_a_command() -> None:
    build = {
        "commands": [["x"]],
        "environment": ["CUDA_HOME", "ABSENT", "MODE=fast", "WHERE={out}/x", "EMPTY="],
    }
    there = {"CUDA_HOME": "/cuda", "CC": "clang", "OTHER": "no", "TZ": "Asia/Tokyo"}
    assert plan(build, there).environ == {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "CC": "clang",
        "CUDA_HOME": "/cuda",
        "MODE": "fast",
        "WHERE": "/o u t/x",
        "EMPTY": "",
    }


def test_the_record_tells_what_made_a_difference_and_no_secret_and_no_place() -> None:
    build = {
        "commands": [["make", "P={out}"]],
        "environment": ["API_TOKEN", "WHERE={out}"],
    }
    made = plan(build, {"API_TOKEN": "sesame", "CFLAGS": "-O1"})
    record = json.loads(record_text(made, interpreter="cp311-cp311-linux_x86_64"))
    assert record == {
        "build_record_version": "1.0",
        "commands": [["make", "P={out}"]],
        "environment": {
            "API_TOKEN": "(not recorded)",
            "CFLAGS": "-O1",
            "WHERE": "{out}",
        },
        "interpreter": "cp311-cp311-linux_x86_64",
    }


class Ran:
    """A runner that remembers what it was asked."""

    returncode, timed_out = 0, False

    def __init__(self) -> None:
        self.words: list[list[str]] = []

    def __call__(self, command: Any, **_: object) -> "Ran":
        self.words.append(list(command))
        return self


def test_nothing_runs_when_one_program_is_missing(tmp_path: Path) -> None:
    program = tmp_path / "there"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    made = plan(
        {"commands": [["there"], ["./made-later"], ["gcc"], ["no-such-tool"]]},
        {"PATH": str(tmp_path)},
    )
    ran = Ran()
    python = BuildPython(
        executable=Path("python"), environ={}, run=ran, host=Host("debian", "Debian")
    )
    with pytest.raises(ProgramMissingError) as caught:
        run_commands(made, project="demo 1.0", cwd=tmp_path, python=python)
    error = caught.value
    assert error.missing == ("gcc", "no-such-tool")
    assert (error.code, error.exit_code, ran.words) == ("PS6780", 6, [])
    assert any("apt install" in hint for hint in error.hints)


def test_programs_are_found_on_the_path_of_the_build(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    made = plan({"commands": [["tool", "a b"], ["./x"]]}, {"PATH": str(tmp_path)})
    ran = Ran()
    python = BuildPython(executable=Path("python"), environ={}, run=ran)
    run_commands(made, project="demo 1.0", cwd=tmp_path, python=python)
    assert ran.words == [[str(program), "a b"], [os.fspath(tmp_path / "x")]]
