"""Real programs as one file, with all that they need."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import index_environ
from tests.platforms.systems import PYTHON

pytestmark = [pytest.mark.network, pytest.mark.slow]
# Source, option, words, what it prints.
PROGRAMS = {
    "what it needs": ("markdown-it-py==3.0.0", "", ("--version",), "3.0.0"),
    "no needs": ("cowsay==6.1", "", ("-t", "grüße"), "grüße"),
    "an extra": ("httpx[cli]==0.27.2", "", ("--help",), "HTTPX"),
    "machine code": ("cookiecutter==2.6.0", "", ("--version",), ""),
    "one module": ("pycodestyle==2.12.1", "", ("--version",), "2.12.1"),
    "two commands": ("invoke==2.2.0", "entry=invoke", ("--version",), "Invoke 2.2.0"),
    "one command of several": ("Pygments==2.18.0", "", ("-V",), "2.18.0"),
    "a function": ("six==1.17.0", "entry=six:print_", (), ""),
    "needs of needs": ("cyclopts==3.1.2", "entry=rich:print", (), ""),
    "data inside": ("pyfiglet==1.0.2", "", ("x",), "__  __"),
    "plug-ins": ("isort==5.13.2", "entry=isort", ("--version-number",), "5.13.2"),
    "an own version": ("tabulate==0.9.0", "", ("--help",), "tabulate"),
    "a parser": ("sqlparse==0.5.3", "", ("--version",), "0.5.3"),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_a_real_program(case: str, pysetup: Any, tmp_path: Path) -> None:
    source, option, words, says = PROGRAMS[case]
    options = ("-O", option) if option else ()
    command = ("bdist_zipapp", "--with-deps", "--target", f"portable-{PYTHON}")
    ran = pysetup(*command, *options, "--outdir", tmp_path, source, env=index_environ())
    if case == "machine code":
        assert ran.code == 6
        assert "holds machine code" in ran.err
        assert list(tmp_path.glob("*.pyz")) == []
        return
    assert ran.code == 0, ran.out + ran.err
    (path,) = tmp_path.glob("*.pyz")
    done = subprocess.run(
        [sys.executable, "-I", "-S", path, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert says in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
