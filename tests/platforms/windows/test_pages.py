"""The commands of the pages on installers for Windows and packages for macOS."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE = "def main() -> None:\n    print('Hello')\n\n\nwindow = main\n"


@pytest.mark.flow
@pytest.mark.parametrize(
    "name", ["make-windows-installers.md", "make-a-mac-package.md"]
)
def test_the_commands_of_a_page(
    project_root: Path,
    tmp_path: Path,
    pysetup: Any,
    need_tool: Callable[[str], str],
    name: str,
) -> None:
    page = (project_root / "docs" / "how-to" / name).read_text("utf-8")
    found = _BLOCK.findall(page)
    (pyproject,) = [body for kind, body in found if kind == "toml"]
    (tmp_path / "pyproject.toml").write_text(pyproject, "utf-8")
    (tmp_path / "greeter.py").write_text(MODULE, "utf-8")
    for block in (body for kind, body in found if kind == "console"):
        for part in block.split("$ ")[1:]:
            command, *expected = part.splitlines()
            words, _, pattern = command.partition(" | grep ")
            if "bdist_wininst" in words:
                need_tool("makensis")
            ran = pysetup(*words.split()[1:], cwd=tmp_path)
            assert ran.code == 0, ran.err
            told = [line for line in ran.out.splitlines() if pattern in line]
            assert told == expected
