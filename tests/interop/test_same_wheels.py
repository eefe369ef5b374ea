"""Wheels with every trait that real ones have: the same tree as pip's, and gone again.

The same comparison runs over real wheels as ``benchmarks/same_wheels.py FOLDER``.
"""

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.interop

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "same_wheels.py"
PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
SERIES = f"cp{sys.version_info[0]}{sys.version_info[1]}"
POINTS = "[console_scripts]\n{0} = {0}:main\n[gui_scripts]\n{0}-window = {0}:main\n"
WHEELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "commands": {"entry_points": POINTS.format("commands")},
    "headers": {"files": {"headers-1.0.data/headers/sub/x.h": "/* */\n"}},
    "shared": {
        "files": {
            "shared-1.0.data/data/share/shared/a b.txt": "x",
            "shared-1.0.data/data/etc/shared.conf": "x = 1\n",
        }
    },
    "scripts": {
        "files": {
            "scripts-1.0.data/scripts/by-python": "#!python\nprint(1)\n",
            "scripts-1.0.data/scripts/by-shell": "#!/bin/sh\nexit 0\n",
        }
    },
    "lists": {"files": {"lists.pth": "lists/more\n", "lists/more/x.py": ""}},
    "space.one": {"files": {"space/one/__init__.py": "", "space/one/größe.txt": "x"}},
    "space.two": {"files": {"space/two/__init__.py": ""}},
    "Capital": {"files": {"Capital/__init__.py": "", "Capital/tool": "#!/bin/sh\n"}},
    "both": {
        "tag": f"{SERIES}-abi3-{PLATFORM}",
        "pure": False,
        "files": {
            "both/_fast.abi3.so": b"\x7fELF",
            "both-1.0.data/purelib/both_pure.py": "x = 1\n",
            "both-1.0.data/platlib/both_plat.py": "x = 1\n",
        },
    },
    "old": {"tag": "py2.py3-none-any", "files": {"old.py": "print('old')\n"}},
    "compiled": {"files": {"compiled/__pycache__/x.cpython-39.pyc": b"\0" * 16}},
    "licensed": {"info": {"licenses/LICENSE": "MIT", "top_level.txt": "licensed\n"}},
}
PROGRAMS = (
    "Capital/tool",
    "scripts-1.0.data/scripts/by-python",
    "scripts-1.0.data/scripts/by-shell",
)


def test_made_wheels_are_the_same_as_pip_has_them(
    make_wheel: Any, need_tool: Callable[[str], str], tmp_path: Path, pysetup: Any
) -> None:
    need_tool("uv")
    made = [
        make_wheel(name, executable=PROGRAMS, **how) for name, how in WHEELS.items()
    ]
    done = subprocess.run(
        [sys.executable, SCRIPT, "--work", tmp_path, made[0].parent],
        capture_output=True,
        text=True,
        check=False,
        env=pysetup.environ,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(WHEELS)} of {len(WHEELS)} wheels are the same" in done.stdout
