"""Entry points, scripts, and files that run at every start of Python."""

from collections.abc import Callable
from typing import Any

SECTION = "Scripts and start-up"


def entry(line: str, group: str = "console_scripts") -> Callable[[Any], bytes]:
    return lambda w: w.wheel(entry_points=f"[{group}]\n{line}\n")


def script(name: str, content: str = "#!python\n") -> Callable[[Any], bytes]:
    return lambda w: w.wheel({f"{w.data}/scripts/{name}": content})


def file(name: str, content: str) -> Callable[[Any], bytes]:
    return lambda w: w.wheel({name: content})


CASES: dict[str, Callable[[Any], bytes]] = {
    "a command called python": entry("python = demo:main"),
    "a command called python3": entry("python3 = demo:main"),
    "a command called Python3.11.exe": entry("Python3.11.exe = demo:main"),
    "a command called pythonw": entry("pythonw = demo:main"),
    "a command called pypy3": entry("pypy3 = demo:main"),
    "a command called activate": entry("activate = demo:main"),
    "a command called activate.fish": entry("activate.fish = demo:main"),
    "a command called deactivate": entry("deactivate = demo:main"),
    "a command that climbs": entry("../../evil = demo:main"),
    "a command with a slash": entry("a/b = demo:main"),
    "a command with a backslash": entry("a\\b = demo:main"),
    "a command with an absolute path": entry("/tmp/evil = demo:main"),
    "a command with a NUL": entry("a\0b = demo:main"),
    "a command with a newline": entry("a\rb = demo:main"),
    "a command with a space": entry("a b = demo:main"),
    "a command with a colon": entry("a:b = demo:main"),
    "a command with a dollar": entry("$(evil) = demo:main"),
    "a command with an escape sequence": entry("\x1b[31m = demo:main"),
    "a command that begins with a dash": entry("-rf = demo:main"),
    "a command that begins with a dot": entry(".bashrc = demo:main"),
    "a command called two dots": entry(".. = demo:main"),
    "a command of 300 bytes": entry("n" * 300 + " = demo:main"),
    "a command without a name": entry(" = demo:main"),
    "a command without a function": entry("demo = demo"),
    "a command without a reference": entry("demo ="),
    "code for a module": entry("demo = os;import evil:main"),
    "code for a function": entry("demo = demo:main();import evil"),
    "code behind a newline": entry("demo = demo:main\rimport evil"),
    "a call for a function": entry("demo = demo:__import__('os').system('evil')"),
    "a function named by a keyword": entry("demo = demo:import"),
    "a module named by a keyword": entry("demo = class:main"),
    "a window command called python": entry("python = demo:main", "gui_scripts"),
    "code for a window command": entry("demo = demo:main;evil()", "gui_scripts"),
    "a command twice": entry("demo = demo:main\ndemo = demo:evil"),
    "a console command and a window command of one name": lambda w: w.wheel(entry_points="[console_scripts]\ndemo = demo:main\n[gui_scripts]\ndemo = demo:evil\n"),
    "a command and a script of one name": lambda w: w.wheel({f"{w.data}/scripts/demo": "#!python\n"}, entry_points="[console_scripts]\ndemo = demo:main\n"),
    "entry points of garbage": lambda w: w.wheel(entry_points="[console_scripts\n\0"),
    "entry points that are not UTF-8": lambda w: w.wheel({f"{w.info}/entry_points.txt": b"\xff\xfe"}),
    "entry points before any group": lambda w: w.wheel(entry_points="demo = demo:main\n"),
    "a line of another group that is none": entry("x = !!!", "demo.plugins"),
    "a command with an extra": entry("demo = demo:main [more]"),
    "a command called demo.py": entry("demo.py = demo:main"),
    "a command called g++-tool": entry("g++-tool = demo:main"),
    "20000 commands": lambda w: w.wheel(entry_points="[console_scripts]\n" + "".join(f"c{n} = demo:main\n" for n in range(20_000))),
    "a script called python": script("python"),
    "a script called python3.11": script("python3.11"),
    "a script called activate": script("activate"),
    "a script called Activate.ps1": script("Activate.ps1"),
    "a script in a folder": script("more/evil"),
    "a script with a space": script("a b"),
    "a script that begins with a dash": script("-rf"),
    "a script that is hidden": script(".bashrc"),
    "a script for a foreign interpreter": script("demo-shell", "#!/bin/sh\nexit 0\n"),
    "a script with an option of the interpreter": script("demo-run", "#!python -s\n"),
    "a .pth file that runs code": file("demo.pth", "import os; os.system('true')\n"),
    "a .pth file that runs code after a tab": file("demo.pth", "import\tos\n"),
    "a .pth file that runs code after a mark": file("demo.pth", "\ufeffimport os\n"),
    "a .pth file that runs code after an old line end": file("demo.pth", "demo\rimport os\n"),
    "a .pth file by purelib": lambda w: w.wheel({f"{w.data}/purelib/demo.pth": "import os\n"}),
    "a .pth file by data": lambda w: w.wheel({f"{w.data}/data/lib/python3.11/site-packages/demo.pth": "import os\n"}),
    "a .start file": file("demo.start", "demo:main\n"),
    "sitecustomize": file("sitecustomize.py", "evil = 1\n"),
    "usercustomize": file("usercustomize.py", "evil = 1\n"),
    "sitecustomize as a package": file("sitecustomize/__init__.py", "evil = 1\n"),
    "sitecustomize as an extension module": file("sitecustomize.cpython-311-x86_64-linux-gnu.so", "evil"),
    "sitecustomize as bytecode": file("sitecustomize.pyc", "evil"),
    "a .pth file in a folder": file("demo/demo.pth", "import os\n"),
    "a module of the standard library": file("os.py", "evil = 1\n"),
    "the package of another tool": file("pip/__init__.py", "evil = 1\n"),
}  # fmt: skip
