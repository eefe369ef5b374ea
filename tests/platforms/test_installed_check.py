"""The script by which an installer looks for what a project needs."""

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import Specifier
from packaging.version import Version

from pysetup.platforms.installed_check import check_script

numbers = st.integers(0, 3)
releases = st.lists(numbers, min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)


@st.composite
def versions(draw: st.DrawFn, *, local: bool = True) -> str:
    text = draw(st.sampled_from(["", "", "1!"])) + draw(releases)
    text += draw(st.sampled_from(["", "", "a1", "b2", "rc1", ".rc2", "c3", "-alpha"]))
    text += draw(st.sampled_from(["", "", ".post1", "-2", "post", "-r3"]))
    text += draw(st.sampled_from(["", "", ".dev1", "dev", "-dev2"]))
    if local:
        text += draw(st.sampled_from(["", "", "+1", "+ubuntu.1", "+ab-2", "+10"]))
    return text


@pytest.fixture(scope="module")
def script() -> Any:
    module = types.ModuleType("check_needs")
    exec(check_script([]), module.__dict__)
    return module


@pytest.mark.law
@given(
    version=versions(),
    operator=st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~=", "==="]),
    wanted=versions(),
    star=st.booleans(),
)
def test_versions_are_compared_as_everywhere(
    script: Any, version: str, operator: str, wanted: str, *, star: bool
) -> None:
    if operator in ("==", "!=") and star:
        epoch, sep, _ = wanted.rpartition("!")
        wanted = f"{epoch}{sep}1.2.*"
    elif operator not in ("==", "!=", "==="):
        wanted = str(Version(wanted).public)
    if operator == "~=" and len(Version(wanted).release) < 2:
        wanted = "1.2"
    clause = operator + wanted
    expected = Specifier(clause).contains(version, prereleases=True)
    assert script.holds(version, clause) == expected, (version, clause)


def run(needs: list[tuple[str, str]], folder: Path) -> subprocess.CompletedProcess[str]:
    place = folder / "check.py"
    place.write_text(check_script(needs), "utf-8")
    words = [sys.executable, "-I", str(place)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_what_is_there_is_found(tmp_path: Path) -> None:
    done = run([("packaging", ">=20,!=21.0"), ("pytest", "")], tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    done = run([("packaging", "<1"), ("no-such-project", "~=1.0")], tmp_path)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("packaging<1: ")
    assert first.endswith(" is installed")
    assert second == "no-such-project~=1.0: not installed"
