"""Bad back ends, hooks and commands, under every command that builds."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

# Which of the back end's operations each command needs.
SDIST = ("build", "sdist")
WHEEL = ("build in place", "build the tree", "bdist_wheel", "install", "rebuild", "setup.py", "check")  # fmt: skip
EDITABLE = ("develop",)
METADATA = ("metadata show", "sdist list", "files explain")

GOOD = """
import base64, hashlib, io, os, sys, tarfile, time, zipfile
from pathlib import Path

NAME, VERSION = "demo", "1.0"
CORE = f"Metadata-Version: 2.2\\nName: {NAME}\\nVersion: {VERSION}\\n"
INFO = f"{NAME}-{VERSION}.dist-info"
FILES = {
    "demo.py": "x = 1\\n",
    f"{INFO}/METADATA": CORE,
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nGenerator: bad\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}

def line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
    return f"{name},sha256={digest.decode().rstrip('=')},{len(content.encode())}\\n"

def write_wheel(folder, files=FILES, record=None, name="demo-1.0-py3-none-any.whl"):
    if record is None:
        record = "".join(line(*one) for one in files.items()) + f"{INFO}/RECORD,,\\n"
    with zipfile.ZipFile(Path(folder, name), "w") as archive:
        for one, content in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(one, content)
    return name

def write_sdist(folder, files=None, name="demo-1.0.tar.gz", top="demo-1.0"):
    if files is None:
        project = Path("pyproject.toml").read_text()
        back_end = Path("back_end.py").read_text()
        files = {"PKG-INFO": CORE, "pyproject.toml": project, "back_end.py": back_end}
    with tarfile.open(Path(folder, name), "w:gz") as archive:
        for one, content in files.items():
            info = tarfile.TarInfo(f"{top}/{one}")
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return name

def fault(folder=None):
    pass

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory)

build_editable = build_wheel

def build_sdist(sdist_directory, config_settings=None):
    return write_sdist(sdist_directory)
"""

# Put into every hook that makes something; ``folder`` is where it should go.
FAULTS = {
    "it raises": "raise ValueError('no')",
    "it raises what cannot be printed": "class E(Exception):\n    def __str__(self): raise E\nraise E",
    "it leaves": "sys.exit(3)",
    "it leaves as if all were well": "sys.exit(0)",
    "it ends without an answer": "os._exit(0)",
    "it ends with a code of its own": "os._exit(5)",
    "it is interrupted": "raise KeyboardInterrupt",
    "it kills itself": "os.kill(os.getpid(), 9)",
    "it crashes": "os.kill(os.getpid(), 11)",
    "it aborts": "os.abort()",
    "it calls itself without end": "def again(): again()\nagain()",
    "it takes all memory": "x = bytearray(1 << 45)",
    "it prints garbage and dies": "os.write(1, bytes(range(256)) * 100); os.write(2, b'\\x1b[31m\\x1b]0;evil\\x07' * 50); os._exit(1)",
    "it prints long lines and dies": "print('x' * 3_000_000); sys.exit(1)",
    "it closes its files and dies": "os.closerange(0, 50); os._exit(1)",
    "it closes its files": "os.closerange(0, 50); return 'x'",
    "it loses its folder": "import shutil; shutil.rmtree(folder); return 'demo-1.0-py3-none-any.whl'",
    "it locks its folder": "os.chmod(folder, 0); return 'demo-1.0-py3-none-any.whl'",
    "it makes its folder read-only": "Path(folder, 'x').mkdir(); Path(folder, 'x/y').touch(); os.chmod(Path(folder, 'x'), 0o500); os.chmod(folder, 0o500); return 'no'",
    "it fills its folder and dies": "[Path(folder, str(n)).write_bytes(bytes(1000)) for n in range(100)]; sys.exit(1)",
    "it makes a deep folder and dies": "for _ in range(900):\n    os.mkdir(os.path.join(folder, 'd')); os.chdir(folder); folder = 'd'\nos._exit(1)",
    "it changes to another folder and dies": "os.chdir('/'); sys.exit(1)",
    "it leaves a child that holds its output": "if not os.fork():\n    time.sleep(60)\nos._exit(1)",
    "it leaves litter in the project and dies": "Path('demo.egg-info').mkdir(); Path('demo.egg-info/x').touch(); os.makedirs('build/lib'); sys.exit(1)",
    "it returns nothing": "return None",
    "it returns no text": "return ''",
    "it returns a number": "return 1",
    "it returns a list": "return ['x']",
    "it returns a path": "return Path(folder)",
    "it returns bytes": "return b'x'",
    "it returns itself": "return fault",
    "it returns NaN": "return float('nan')",
    "it returns an absolute path": "return '/etc/passwd'",
    "it returns a path that climbs": "return '../x'",
    "it returns a dot": "return '.'",
    "it returns two dots": "return '..'",
    "it returns what is not there": "return 'absent-1.0-py3-none-any.whl'",
    "it returns a name that is too long": "return 'n' * 100_000",
    "it returns a name with NUL": "return 'a\\0b'",
    "it returns a name with escapes": "return '\\x1b[31m.whl'",
    "it returns a lone surrogate": "return '\\udcff.whl'",
    "it returns another kind of file": "Path(folder, 'x.txt').touch(); return 'x.txt'",
    "it returns a folder": "for e in ('x.whl', 'x.tar.gz'): Path(folder, e).mkdir()\nreturn 'x.whl'",
    "it returns a link": "for e in ('x.whl', 'x.tar.gz'): os.symlink('/etc/passwd', Path(folder, e))\nreturn 'x.whl'",
}  # fmt: skip

BAD_WHEELS = {
    "an empty wheel": "n = 'demo-1.0-py3-none-any.whl'; Path(folder, n).touch(); return n",
    "a wheel of garbage": "n = 'demo-1.0-py3-none-any.whl'; Path(folder, n).write_bytes(os.urandom(5000)); return n",
    "a truncated wheel": "n = write_wheel(folder); p = Path(folder, n); p.write_bytes(p.read_bytes()[:-50]); return n",
    "a wheel without a dist-info": "return write_wheel(folder, {'demo.py': ''}, record='')",
    "a wheel with two dist-infos": "return write_wheel(folder, {**FILES, 'other-1.0.dist-info/METADATA': CORE})",
    "a wheel whose RECORD lies": "return write_wheel(folder, record=line('demo.py', 'y'))",
    "a wheel whose RECORD is garbage": "return write_wheel(folder, record='\\0\\0\\0')",
    "a wheel of another project": "return write_wheel(folder, {k.replace('demo', 'other'): v.replace('demo', 'other') for k, v in FILES.items()}, name='other-1.0-py3-none-any.whl')",
    "a wheel named as another project": "return write_wheel(folder, name='other-1.0-py3-none-any.whl')",
    "a wheel of another version": "return write_wheel(folder, name='demo-2.0-py3-none-any.whl')",
    "a wheel with a bad name": "return write_wheel(folder, name='demo.whl')",
    "a wheel that climbs out": "return write_wheel(folder, {**FILES, '../evil': ''})",
    "a wheel with an absolute path": "return write_wheel(folder, {**FILES, '/tmp/evil': ''})",
    "a wheel with binary metadata": "return write_wheel(folder, {**FILES, f'{INFO}/METADATA': '\\0\\1\\2'})",
    "a wheel without WHEEL": "return write_wheel(folder, {k: v for k, v in FILES.items() if 'WHEEL' not in k})",
    "a wheel of the future": "return write_wheel(folder, {**FILES, f'{INFO}/WHEEL': 'Wheel-Version: 9.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'})",
    "a wheel that is a bomb": "n = 'demo-1.0-py3-none-any.whl'; z = zipfile.ZipFile(Path(folder, n), 'w', 8); z.writestr('x', bytes(200 << 20)); z.close(); return n",
}  # fmt: skip

BAD_SDISTS = {
    "an empty sdist": "n = 'demo-1.0.tar.gz'; Path(folder, n).touch(); return n",
    "an sdist of garbage": "n = 'demo-1.0.tar.gz'; Path(folder, n).write_bytes(os.urandom(5000)); return n",
    "a truncated sdist": "n = write_sdist(folder); p = Path(folder, n); p.write_bytes(p.read_bytes()[:-50]); return n",
    "an sdist without PKG-INFO": "return write_sdist(folder, {'x': ''})",
    "an sdist of another project": "return write_sdist(folder, {'PKG-INFO': CORE.replace('demo', 'other')}, top='other-1.0', name='other-1.0.tar.gz')",
    "an sdist of another version": "return write_sdist(folder, {'PKG-INFO': CORE.replace('1.0', '2.0')})",
    "an sdist with binary PKG-INFO": "return write_sdist(folder, {'PKG-INFO': '\\0\\1'})",
    "an sdist that climbs out": "return write_sdist(folder, {'PKG-INFO': CORE, '../../evil': ''})",
    "an sdist with a bad name": "return write_sdist(folder, name='x.tar.gz', files={'PKG-INFO': CORE.replace('demo', 'x')})",
}  # fmt: skip

TABLE = """[project]
name = "demo"
version = "1.0"
[build-system]
requires = []
build-backend = "back_end"
backend-path = ["."]
"""


def project(lab: Any, files: Mapping[str, str]) -> Path:
    root: Path = lab.place / "demo"
    root.mkdir()
    for name, text in {"x.py": "", **files}.items():
        (root / name).write_text(text)
    return root


def back_end(fault: str, *hooks: str) -> str:
    body = textwrap.indent(fault, "    ")
    made = "".join(f"\ndef {hook}(folder, *_, **__):\n{body}\n" for hook in hooks)
    return GOOD + made


@pytest.mark.parametrize("command", [*SDIST, *WHEEL, *EDITABLE])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_back_end_that_fails_is_a_build_error(
    lab: Any, fault: str, command: str
) -> None:
    hooks = ("build_sdist",) if command in SDIST else ("build_wheel", "build_editable")
    root = project(
        lab, {"pyproject.toml": TABLE, "back_end.py": back_end(FAULTS[fault], *hooks)}
    )
    lab.refuses(*lab.words(command, root), classes="6")


@pytest.mark.parametrize("command", [*WHEEL, *EDITABLE])
@pytest.mark.parametrize("fault", BAD_WHEELS)
def test_a_bad_wheel_of_a_back_end_is_refused(
    lab: Any, fault: str, command: str
) -> None:
    text = back_end(BAD_WHEELS[fault], "build_wheel", "build_editable")
    root = project(lab, {"pyproject.toml": TABLE, "back_end.py": text})
    lab.refuses(*lab.words(command, root), classes="56")


@pytest.mark.parametrize("command", SDIST)
@pytest.mark.parametrize("fault", BAD_SDISTS)
def test_a_bad_sdist_of_a_back_end_is_refused(
    lab: Any, fault: str, command: str
) -> None:
    text = back_end(BAD_SDISTS[fault], "build_sdist")
    root = project(lab, {"pyproject.toml": TABLE, "back_end.py": text})
    lab.refuses(*lab.words(command, root), classes="56")


@pytest.mark.parametrize("command", [*SDIST, *WHEEL, *EDITABLE])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def (", id="a syntax error"),
        pytest.param("import absent_module", id="an import that fails"),
        pytest.param("raise SystemExit(0)", id="it leaves when imported"),
        pytest.param("", id="no hook at all"),
        pytest.param("build_wheel = build_sdist = build_editable = 1", id="hooks that are no functions"),
        pytest.param("def build_wheel(): pass\nbuild_sdist = build_editable = build_wheel", id="hooks that take nothing"),
        pytest.param(GOOD + "def get_requires_for_build_wheel(c=None): return 'x'\nget_requires_for_build_sdist = get_requires_for_build_editable = get_requires_for_build_wheel", id="requirements that are no list"),
        pytest.param(GOOD + "def get_requires_for_build_wheel(c=None): return [1]\nget_requires_for_build_sdist = get_requires_for_build_editable = get_requires_for_build_wheel", id="requirements that are no text"),
        pytest.param(GOOD + "def get_requires_for_build_wheel(c=None): return ['a b']\nget_requires_for_build_sdist = get_requires_for_build_editable = get_requires_for_build_wheel", id="requirements that are none"),
        pytest.param("x = '" + "\\0", id="cut in the middle"),
    ],
)  # fmt: skip
def test_a_back_end_that_is_none_is_a_build_error(
    lab: Any, text: str, command: str
) -> None:
    root = project(lab, {"pyproject.toml": TABLE, "back_end.py": text})
    lab.refuses(*lab.words(command, root), classes="6")


@pytest.mark.parametrize("command", [*METADATA, *SDIST, *WHEEL, *EDITABLE])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("raise ValueError", id="it raises"),
        pytest.param("os._exit(0)", id="it ends without an answer"),
        pytest.param("return None", id="it returns nothing"),
        pytest.param("return 'x'", id="it returns what is not there"),
        pytest.param("return '../x'", id="it returns a path that climbs"),
        pytest.param("os.mkdir(folder + '/x'); Path(folder, 'x/METADATA').write_bytes(bytes(100)); return 'x'", id="binary metadata"),
        pytest.param("os.mkdir(folder + '/x'); Path(folder, 'x/METADATA').touch(); return 'x'", id="empty metadata"),
        pytest.param("os.mkdir(folder + '/x'); Path(folder, 'x/METADATA').write_text(CORE.replace('demo', 'other')); return 'x'", id="metadata of another project"),
        pytest.param("os.mkdir(folder + '/x'); os.mkfifo(folder + '/x/METADATA'); return 'x'", id="a pipe"),
        pytest.param("os.mkdir(folder + '/x'); os.symlink('/dev/zero', folder + '/x/METADATA'); return 'x'", id="a device"),
        pytest.param("os.mkdir(folder + '/x'); Path(folder, 'x/METADATA').write_text(CORE); os.chmod(folder + '/x/METADATA', 0); return 'x'", id="metadata that cannot be read"),
    ],
)  # fmt: skip
def test_a_back_end_that_cannot_tell_metadata_is_refused(
    lab: Any, fault: str, command: str
) -> None:
    table = TABLE.replace('version = "1.0"', 'dynamic = ["version"]')
    text = back_end(fault, "prepare_metadata_for_build_wheel")
    root = project(lab, {"pyproject.toml": table, "back_end.py": text})
    lab.answers(*lab.words(command, root), classes="01256")


OURS = """[project]
name = "demo"
version = "1.0"
[build-system]
requires = []
build-backend = "pysetup.backend"
[tool.pysetup.build]
"""
NATIVE = ("build", "build in place", "build the tree", "bdist_wheel", "install", "develop", "rebuild", "check", "setup.py")  # fmt: skip

HOOKS = {
    "it raises": "raise ValueError",
    "it leaves": "import sys; sys.exit(0)",
    "it ends without an answer": "import os; os._exit(0)",
    "it returns nothing": "return None",
    "it returns what is not there": "return 'absent'",
    "it returns a file": "return 'x.py'",
    "it returns text that is too long": "return 'n' * 100_000",
    "it returns NUL": "return 'a\\0b'",
    "a folder with two dist-infos": "import os; [os.makedirs(f'o/{n}-1.0.dist-info') for n in 'ab']; return 'o'",
    "the folder of a process": "return '/proc/self'",
    "a link to a device": "import os; os.makedirs('o'); os.symlink('/dev/zero', 'o/x.py'); return 'o'",
    "a file of many bytes": "import os; os.makedirs('o'); os.truncate(os.open('o/x.py', 66, 420), 1 << 40); return 'o'",
    "a link out of it": "import os; os.makedirs('o'); os.symlink('/absent', 'o/x'); return 'o'",
    "a pipe": "import os; os.makedirs('o'); os.mkfifo('o/x'); return 'o'",
    "a name with a newline": "import os; os.makedirs('o'); open('o/a\\nb.py', 'w').close(); return 'o'",
}

COMMANDS = {
    "a program that is not there": '[["absent-program"]]',
    "a program that fails": '[["false"]]',
    "nothing is made": '[["true"]]',
    "two dist-infos": '[["mkdir", "-p", "{out}/a-1.0.dist-info", "{out}/b-1.0.dist-info"]]',
    "a link out": '[["ln", "-s", "/absent", "{out}/x"]]',
    "a pipe": '[["mkfifo", "{out}/x"]]',
    "it kills itself": '[["sh", "-c", "kill -9 $$"]]',
    "it locks its folder": '[["sh", "-c", "mkdir {out}/x; chmod 0 {out}/x; false"]]',
}


@pytest.mark.parametrize("command", NATIVE)
@pytest.mark.parametrize("fault", HOOKS)
def test_a_hook_that_fails_is_a_build_error(lab: Any, fault: str, command: str) -> None:
    text = f"def build(metadata):\n    {HOOKS[fault]}\n"
    root = project(
        lab, {"pyproject.toml": OURS + 'hook = "hook:build"\n', "hook.py": text}
    )
    if command in ("build in place", "develop") and "'o'" in text:
        # It is told to build there.
        return
    lab.refuses(*lab.words(command, root), classes="6")


@pytest.mark.parametrize("command", NATIVE)
@pytest.mark.parametrize("fault", COMMANDS)
def test_commands_that_fail_are_a_build_error(
    lab: Any, fault: str, command: str
) -> None:
    root = project(lab, {"pyproject.toml": f"{OURS}commands = {COMMANDS[fault]}\n"})
    lab.refuses(*lab.words(command, root), classes="6")
