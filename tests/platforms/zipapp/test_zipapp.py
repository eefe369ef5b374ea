"""bdist_zipapp: one file that runs, and says so where it cannot."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import made, making, plan_of

from pysetup.platforms.tar_reader import UnreadablePackageError
from pysetup.platforms.target import read_target
from pysetup.platforms.zipapp import FORMAT
from pysetup.platforms.zipapp.archive import write_bundle
from pysetup.platforms.zipapp.plan import CompiledZipappError, NoStartError

Built = Callable[..., Any]
FILES = {
    "demo/__init__.py": """
import importlib.metadata
import importlib.resources
import sys


def main():
    place = importlib.resources.files("demo").joinpath("d\u00e4ta.txt")
    text = place.read_text("utf-8")
    print(text, importlib.metadata.version("demo"), sys.argv[1:])


class Tool:
    @staticmethod
    def run():
        return 3
""",
    "demo/d\u00e4ta.txt": "gr\u00fc\u00dfe",
}
ENTRY = "[console_scripts]\ndemo = demo:main\n"


def demo(built: Built, **more: Any) -> Any:
    return built(**{"files": FILES, "entry_points": ENTRY, **more})


def run(
    path: Path, *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [path, *words],
        capture_output=True,
        text=True,
        check=check,
        env={**os.environ, "PYTHONPATH": ""},
    )


@pytest.mark.parametrize("compressed", [True, False])
def test_it_runs_with_its_metadata_and_data(
    *, compressed: bool, built: Built, tmp_path: Path
) -> None:
    out = tmp_path / "an \u00fcnusual place"
    (path,) = made(
        FORMAT, demo(built), "portable", out, options={"compressed": compressed}
    )
    assert path.name == "demo-1.0.pyz"
    assert run(path, "a", "b").stdout == "gr\u00fc\u00dfe 1.0 ['a', 'b']\n"
    with zipfile.ZipFile(path) as archive:
        kinds = {entry.compress_type for entry in archive.infolist()}
    assert kinds == {zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED}


def test_the_exit_code_is_that_of_the_function(built: Built, tmp_path: Path) -> None:
    options = {"entry": "demo:Tool.run"}
    (path,) = made(FORMAT, demo(built), "portable", tmp_path, options=options)
    assert run(path, check=False).returncode == 3


def test_an_older_python_is_told_which_one_is_needed(
    built: Built, tmp_path: Path
) -> None:
    given = demo(built, metadata="Requires-Python: >=3.99,!=3.100.*\n")
    (path,) = made(FORMAT, given, "portable", tmp_path)
    done = run(path, check=False)
    assert done.returncode == 1
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = "!=3.100.*,>=3.99"
    assert done.stderr.startswith(
        f"demo 1.0 needs Python {wanted}, and this is {version} ("
    )
    assert "Traceback" not in done.stderr


def found_python(name: str) -> str | None:
    """Return a Python of this version: on PATH, or one that pyenv keeps."""
    version = name.removeprefix("python")
    kept = Path.home().glob(f".pyenv/versions/{version}*/bin/{name}")
    for program in (shutil.which(name), *map(str, kept)):
        words = [program or "false", "-V"]
        if not subprocess.run(words, check=False, capture_output=True).returncode:
            return program
    return None


@pytest.mark.parametrize(
    "python", ["python2.7", "python3.6", "python3.8", "python3.13"]
)
def test_even_a_very_old_python_understands_the_check(
    python: str, built: Built, tmp_path: Path
) -> None:
    program = found_python(python)
    if program is None:
        pytest.skip(f"{python} is not installed")
    given = demo(built, metadata="Requires-Python: >=3.9\n")
    (path,) = made(FORMAT, given, "portable", tmp_path)
    done = subprocess.run(
        [program, path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    if python == "python3.13":
        assert done.returncode == 0
    else:
        assert "demo 1.0 needs Python >=3.9, and this is" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_bundled_is_there_with_its_metadata(
    built: Built, tmp_path: Path
) -> None:
    files = {
        "demo.py": "import inner, importlib.metadata as m\n\n\n"
        "def main():\n    print(inner.value, m.version('inner'))\n"
    }
    inner = built("inner", "2.0", files={"inner.py": "value = 5\n"})
    given = demo(built, files=files, metadata="Requires-Dist: inner\n")
    plan = plan_of(FORMAT, given, "portable")
    (path,) = write_bundle(
        [(given.root, given.metadata), (inner.root, inner.metadata)],
        read_target("portable"),
        tmp_path,
        plan=plan,
        making=making(tmp_path),
    )
    assert run(path).stdout == "5 2.0\n"
    assert FORMAT.verify(path)["holds"] == ["demo 1.0", "inner 2.0"]
    assert FORMAT.verify(path)["name"] == "demo"


@pytest.mark.parametrize(
    ("entry_points", "wanted", "told"),
    [
        ("", "", "has no command"),
        ("[console_scripts]\na = demo:main\nb = demo:main\n", "", "has 2 commands"),
        (ENTRY, "other", "has no command 'other'"),
    ],
    ids=["none", "several", "a wrong one"],
)
def test_an_unclear_start_is_refused_with_the_choices(
    entry_points: str, wanted: str, told: str, built: Built
) -> None:
    given = demo(built, entry_points=entry_points)
    with pytest.raises(NoStartError, match=told):
        plan_of(FORMAT, given, "portable", options={"entry": wanted})


def test_one_of_several_commands_can_be_chosen(built: Built, tmp_path: Path) -> None:
    entries = "[console_scripts]\na = demo:main\nb = demo:Tool.run\n"
    given = demo(built, entry_points=entries)
    (path,) = made(FORMAT, given, "portable", tmp_path, options={"entry": "b"})
    assert run(path, check=False).returncode == 3


def test_the_only_command_may_be_one_with_a_window(
    built: Built, tmp_path: Path
) -> None:
    given = demo(built, entry_points="[gui_scripts]\na = demo:Tool.run\n")
    (path,) = made(FORMAT, given, "portable", tmp_path)
    assert run(path, check=False).returncode == 3


def test_machine_code_is_refused(built: Built, tmp_path: Path) -> None:
    elf = b"\x7fELF\x02\x01\x01" + bytes(57)
    compiled = built(
        "fast",
        files={"fast/_native.so": elf},
        entry_points="[console_scripts]\nfast = fast:main\n",
    )
    with pytest.raises(CompiledZipappError, match=r"fast/_native\.so"):
        made(FORMAT, compiled, "portable", tmp_path / "out")
    given = demo(built)
    with pytest.raises(CompiledZipappError):
        write_bundle(
            [(given.root, given.metadata), (compiled.root, compiled.metadata)],
            read_target("portable"),
            tmp_path / "out",
            plan=plan_of(FORMAT, given, "portable"),
            making=making(tmp_path),
        )
    assert not (tmp_path / "out").exists()


def test_what_no_zip_can_hold_is_told(built: Built) -> None:
    files = {**FILES, "demo-1.0.data/data/share/x.txt": "x"}
    plan = plan_of(FORMAT, demo(built, files=files), "portable")
    assert plan.notes == ("left out, since no zip holds it: share/x.txt",)
    assert type(plan).from_json(plan.to_json()) == plan


def test_the_same_tree_gives_the_same_bytes(built: Built, tmp_path: Path) -> None:
    given = demo(built)
    (first,) = made(FORMAT, given, "portable", tmp_path / "1")
    for path in given.root.rglob("*"):
        os.utime(path, (1, 1))
    (second,) = made(FORMAT, given, "portable", tmp_path / "2")
    assert first.read_bytes() == second.read_bytes()
    assert second.stat().st_mode & 0o777 == 0o755


def test_verify_reads_it_back_and_refuses_what_is_damaged(
    built: Built, tmp_path: Path
) -> None:
    (path,) = made(FORMAT, demo(built), "portable", tmp_path)
    told = FORMAT.verify(path)
    assert told["interpreter"] == "/usr/bin/env python3"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadablePackageError):
        FORMAT.verify(path)


@pytest.mark.parametrize("name", ["__main__.py", "__main__/x.py"])
def test_a_main_of_the_project_itself_is_not_overwritten(
    name: str, built: Built
) -> None:
    given = demo(built, files={**FILES, name: ""})
    if name == "__main__.py":
        with pytest.raises(NoStartError, match=r"__main__\.py of its own"):
            plan_of(FORMAT, given, "portable")
    else:
        plan_of(FORMAT, given, "portable")
