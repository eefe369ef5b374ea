"""Projects whose own hook builds them: what it may do, and how its faults are told."""

import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.binary import BinaryArchive
from pysetup.metadata.document import FieldNotDynamicError
from pysetup.phases.build.hook_tree import BuiltTreeError
from pysetup.phases.build.hooks import BackendFailedError
from pysetup.workflows.building.build import build_wheel
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Demo.Pkg"
version = "1.0"

[tool.pysetup.extensions."demo-pkg.thing"]
answer = 42

[tool.pysetup.build]
hook = "build_hook:build"
requires = ["packaging"]
dynamic = ["python.commands"]

[tool.pysetup.build.options]
word = "plain"
"""
HOOK = """
import os, sys
INFO = "made/demo_pkg-1.0.dist-info"

def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as stream:
        stream.write(text)

def build(metadata):
    print("noise on standard output")
    print("{}", file=sys.stderr)
    word = metadata["build"]["options"]["word"]
    put("made/demo_pkg/__init__.py", "word = %r" % word)
"""
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-abi3-linux_x86_64\n"
EVIL = "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.0\nRequires-Dist: evil\n"


def hook(*lines: str) -> str:
    """Return a hook that does these things, too."""
    return "\n    ".join((HOOK.rstrip(), *lines, "return 'made'\n"))


def put(name: str, text: str) -> str:
    return f"put(INFO + {'/' + name!r}, {text!r})"


@pytest.fixture
def root_with(project: Callable[[Mapping[str, str]], Path]) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        return project({"pyproject.toml": PYPROJECT, "build_hook.py": text})

    return write


def test_a_hook_gets_the_document_and_its_folder_is_packed(
    root_with: Callable[[str], Path],
    wheel_of: Callable[[Path], BinaryArchive],
    isolated: list[tuple[str, ...]],
) -> None:
    root = root_with(hook())
    wheel = wheel_of(root)
    with zipfile.ZipFile(wheel.location) as archive:
        assert archive.read("demo_pkg/__init__.py") == b"word = 'plain'"
    assert wheel.metadata.extension("demo-pkg.thing") == {"answer": 42}
    assert isolated == [("packaging",)]
    # It ran in the unpacked sdist, not in the user's folder.
    assert not (root / "made").exists()


def test_config_settings_are_options_of_the_hook(
    root_with: Callable[[str], Path], context: Context, out: Path
) -> None:
    building = Building(isolate=no_isolation, settings={"word": "loud"})
    root = root_with(hook())
    wheel = build_wheel(root, into=out, context=context, building=building)
    with zipfile.ZipFile(wheel.location) as archive:
        assert archive.read("demo_pkg/__init__.py") == b"word = 'loud'"
    # The document stays as it was.
    assert wheel.metadata.section("build")["options"] == {"word": "plain"}


def test_a_hook_may_name_tags_and_fill_what_is_dynamic(
    root_with: Callable[[str], Path],
    wheel_of: Callable[[Path], BinaryArchive],
    read_from: Callable[[Path, str], bytes],
) -> None:
    text = hook(
        put("WHEEL", WHEEL),
        put("entry_points.txt", "[console_scripts]\nother = demo_pkg:other\n"),
        "put('made/demo_pkg/fast.abi3.so', 'ELF')",
    )
    wheel = wheel_of(root_with(text))
    assert wheel.location.name == "demo_pkg-1.0-cp311-abi3-linux_x86_64.whl"
    document = json.loads(read_from(wheel.location, "pydist.json"))
    commands = document["extensions"]["python.commands"]
    assert commands == {"wrap_console": {"other": "demo_pkg:other"}}
    assert b"other" in read_from(wheel.location, "entry_points.txt")


def test_a_compiled_module_gives_the_wheel_its_tags(
    root_with: Callable[[str], Path], wheel_of: Callable[[Path], BinaryArchive]
) -> None:
    wheel = wheel_of(root_with(hook("put('made/demo_pkg/x.abi3.so', '')")))
    assert re.fullmatch(r"cp3\d+-abi3-\w+", wheel.tags[0])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        pytest.param(
            put("METADATA", EVIL), FieldNotDynamicError, id="other requirements"
        ),
        pytest.param(
            put("pydist.json", '{"name": "Demo.Pkg", "version": "1.0"}'),
            FieldNotDynamicError,
            id="another document",
        ),
        pytest.param(
            put("entry_points.txt", "[other]\nx = y:z\n"),
            FieldNotDynamicError,
            id="entry points that are not dynamic",
        ),
        pytest.param(
            "put('made/other-1.0.dist-info/METADATA', '')",
            BuiltTreeError,
            id="the dist-info of another distribution",
        ),
        pytest.param(
            "put('made/Demo.Pkg-1.0.dist-info/METADATA', '')",
            BuiltTreeError,
            id="a dist-info in another spelling",
        ),
        pytest.param(
            "os.symlink('nowhere', 'made/x')", BuiltTreeError, id="a dangling link"
        ),
    ],
)
def test_a_tree_that_contradicts_the_document_is_refused(
    line: str,
    error: type[PysetupError],
    root_with: Callable[[str], Path],
    wheel_of: Callable[[Path], BinaryArchive],
    out: Path,
) -> None:
    with pytest.raises(error):
        wheel_of(root_with(hook(line)))
    assert not out.exists() or not os.listdir(out)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("def build(m): raise SystemExit(3)", "exit code 3", id="exits"),
        pytest.param("def build(m): 1/0", "ZeroDivisionError", id="raises"),
        pytest.param(
            "import os\ndef build(m): os._exit(0)", "without an answer", id="vanishes"
        ),
        pytest.param(
            "import os\ndef build(m): os.kill(os.getpid(), 11)",
            "signal 11",
            id="crashes",
        ),
        pytest.param("def build(m): return None", "NoneType", id="returns nothing"),
        pytest.param("def build(m): return object()", "NoneType", id="returns junk"),
        pytest.param("def build(m): return 'x'", "'x'", id="returns no folder"),
        pytest.param("def build(m): return ''", "''", id="returns an empty text"),
        pytest.param("def build(m): return 'x' * 9999", "xxx", id="returns much"),
        pytest.param("def other(m): pass", "AttributeError", id="is missing"),
        pytest.param("import nosuchthing", "nosuchthing", id="lacks a requirement"),
        pytest.param(
            "import time\ndef build(m): time.sleep(60)", "its time of 1 s", id="hangs"
        ),
    ],
)
def test_a_failing_hook_is_told_with_its_output(
    text: str, said: str, root_with: Callable[[str], Path], context: Context, out: Path
) -> None:
    root = root_with(f"print('before', flush=True)\n{text}\n")
    building = Building(isolate=no_isolation, timeout=1)
    with pytest.raises(BackendFailedError) as caught:
        build_wheel(root, into=out, context=context, building=building)
    error = caught.value
    assert (error.code, error.exit_code) == ("PS6003", 6)
    assert said in error.message + error.output
    assert "before" in error.output
    assert error.log is not None
    assert error.log.read_text() == error.output
    assert not out.exists()
