"""A plain start of Python finishes what a killed command left, and says nothing."""

import ast
import errno
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.recovery import recover
from pysetup.phases.install.start_hook import HOOK, hook_line, hooked_sites

MakeWheel = Callable[..., Path]
Changer = Any
SERIES = ["3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
NAMES = {
    "a plain name": b"plain",
    "spaces": b"two words ",
    "quotes": b'it\'s "quoted" \\ back',
    "what is no UTF-8": b"caf\xe9",
    "a sign that formats": b"%s{}",
}


class Dying(LocalFiles):
    """The real file system, until a rename to a path that ends in ``last``."""

    def __init__(self, last: str) -> None:
        self.last = last

    def rename(self, source: str, target: str) -> None:
        if target.endswith(self.last):
            raise SystemExit(target)
        super().rename(source, target)

    def exchange(self, first: str, second: str) -> bool:
        if second.endswith(self.last):
            raise SystemExit(second)
        return super().exchange(first, second)


class Undoing(LocalFiles):
    """The real file system; one move fails, and then the journal cannot be removed."""

    def rename(self, source: str, target: str) -> None:
        if "dist-info" in target:
            raise OSError(errno.EIO, "fails", target)
        super().rename(source, target)

    def unlink(self, path: str) -> None:
        if path.endswith("journal.json"):
            raise OSError(errno.EIO, "fails", path)
        super().unlink(path)


@dataclass(frozen=True)
class Started:
    """What a start of the environment's Python showed."""

    code: int
    version: str
    err: bytes


class Place:
    """A real environment, made by hand, with a change to interrupt."""

    def __init__(self, folder: Path, python: str, change: Changer) -> None:
        prefix = os.fsdecode(os.path.join(os.fsencode(folder), b"env"))
        asked = "import sys; print('%d.%d' % sys.version_info[:2])"
        series = subprocess.check_output([python, "-c", asked], text=True).strip()
        self.python = os.path.join(prefix, "bin/python")
        self.site = os.path.join(prefix, f"lib/python{series}/site-packages")
        os.makedirs(self.site)
        os.mkdir(os.path.join(prefix, "bin"))
        os.symlink(python, self.python)
        Path(prefix, "pyvenv.cfg").write_text(f"home = {os.path.dirname(python)}\n")
        old: Environment = change.environment
        scheme = replace(
            old.scheme,
            purelib=self.site,
            platlib=self.site,
            scripts=os.path.join(prefix, "bin"),
            data=prefix,
            headers=os.path.join(prefix, "include"),
        )
        change.environment = replace(
            old,
            prefix=prefix,
            executable=self.python,
            scheme=scheme,
            paths=(self.site,),
        )
        change.root = Path(prefix, ".pysetup")
        self.state = change.root
        self.change = change

    def start(self, *options: str, locale: str = "C.UTF-8") -> Started:
        program = "import demo, sys; sys.stdout.write(str(demo.version))"
        done = subprocess.run(
            [self.python, *options, "-c", program],
            env={"PATH": os.defpath, "LC_ALL": locale},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Started(done.returncode, done.stdout.decode(), done.stderr)

    def left(self) -> list[str]:
        """Return what is left of a change: in the state folder, and hooks."""
        hooks = [name for name in os.listdir(self.site) if "recover" in name]
        return [*(os.listdir(self.state) if self.state.exists() else []), *hooks]


@pytest.fixture
def wheels(make_wheel: MakeWheel) -> tuple[Path, Path]:
    old = {"demo/__init__.py": "version = 1\n", "demo_extra.py": ""}
    new = {"demo/__init__.py": "version = 2\n", "demo_more.py": ""}
    return make_wheel(files=old), make_wheel(version="2.0", files=new)


@pytest.fixture
def make_place(tmp_path: Path, change: Changer) -> Callable[..., Place]:
    def make(name: bytes = b"plain", python: str = sys.executable) -> Place:
        folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
        return Place(folder, os.path.realpath(python), change)

    return make


@pytest.fixture
def halfway(
    make_place: Callable[..., Place], wheels: tuple[Path, Path]
) -> Callable[..., Place]:
    """Return a maker of places where a change to version 2 was killed half-way."""

    def make(*options: Any, last: str = "demo_more.py") -> Place:
        place = make_place(*options)
        place.change(wheels[0])
        with pytest.raises(SystemExit):
            place.change(wheels[1], files=Dying(last))
        assert (place.state / "journal.json").exists()
        assert HOOK in os.listdir(place.site)
        return place

    return make


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_whatever_the_folder_is_called(
    name: bytes, halfway: Callable[..., Place]
) -> None:
    place = halfway(name)
    assert place.start() == Started(0, "2", b"")
    assert place.left() == []
    assert "demo_more.py" in os.listdir(place.site)
    assert "demo_extra.py" not in os.listdir(place.site)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_in_any_locale(locale: str, halfway: Callable[..., Place]) -> None:
    place = halfway(b"caf\xe9")
    assert place.start("-X", "utf8=0", locale=locale) == Started(0, "2", b"")
    assert place.left() == []


@pytest.mark.parametrize("series", SERIES)
def test_on_every_python(series: str, halfway: Callable[..., Place]) -> None:
    python = shutil.which(f"python{series}")
    works = python and subprocess.run([python, "-V"], check=False, capture_output=True)
    if not python or not works or works.returncode:
        pytest.skip(f"there is no Python {series}")
    code = "import sys; print(sys.executable)"
    real = subprocess.check_output([python, "-c", code], text=True).strip()
    place = halfway(b"plain", real)
    assert place.start() == Started(0, "2", b"")
    assert place.left() == []


def test_a_change_that_is_being_taken_back_is_taken_back(
    make_place: Callable[..., Place], wheels: tuple[Path, Path]
) -> None:
    place = make_place()
    place.change(wheels[0])
    with pytest.raises(PysetupError) as caught:
        place.change(wheels[1], files=Undoing())
    assert caught.value.code == "PS7314"
    assert place.start() == Started(0, "1", b"")
    assert place.left() == []


def test_a_living_command_is_waited_for(halfway: Callable[..., Place]) -> None:
    place = halfway()
    lock = os.open(place.state / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    command = [place.python, "-c", "import demo; print(demo.version)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        recover(str(place.state), files=LocalFiles(), sites=[place.site])
        os.unlink(place.state / "lock")
        os.close(lock)
        assert started.communicate(timeout=60)[0] == "2\n"
    assert place.left() == []


def spoiled(place: Place, how: str) -> None:
    """Take something from the place that recovery needs."""
    (stage,) = place.state.glob("tx-*")
    if how == "the state folder is gone":
        place.state.rename(place.state.with_name("elsewhere"))
    elif how == "the program is gone":
        (program,) = stage.glob("*recover.py")
        program.unlink()
    elif how == "the program is damaged":
        (program,) = stage.glob("*recover.py")
        program.write_bytes(b"\xff\x00 def")
    elif how == "the journal is damaged":
        (place.state / "journal.json").write_bytes(b"\xff{")
    elif how == "another pysetup wrote the journal":
        (place.state / "journal.json").write_text('{"format": 99}')
    elif how == "no lock can be had":
        (place.state / "lock").mkdir()
    else:
        journal = json.loads((place.state / "journal.json").read_bytes())
        journal["steps"] = [[1, 2], "x"]
        (place.state / "journal.json").write_text(json.dumps(journal))


@pytest.mark.parametrize(
    "how",
    [
        "the state folder is gone",
        "the program is gone",
        "the program is damaged",
        "the journal is damaged",
        "another pysetup wrote the journal",
        "no lock can be had",
        "a step is malformed",
    ],
)
def test_where_nothing_can_be_done_python_starts_all_the_same(
    how: str, halfway: Callable[..., Place]
) -> None:
    place = halfway()
    spoiled(place, how)
    code = "import sys; sys.stdout.write('started')"
    done = subprocess.run([place.python, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"started", b"")
    # Nothing is thrown away that a pysetup may still need.
    assert HOOK in os.listdir(place.site)


@pytest.mark.parametrize("option", ["-S", "-I", "-E", "-s"])
def test_only_a_python_without_start_up_files_does_not_recover(
    option: str, halfway: Callable[..., Place]
) -> None:
    place = halfway()
    code = "import sys; sys.stdout.write('started')"
    subprocess.run([place.python, option, "-c", code], check=True)
    assert (place.left() == []) is (option != "-S")


def test_a_plain_folder_gets_no_hook(environment: Environment) -> None:
    site = environment.scheme.purelib
    target = replace(
        environment, scheme=replace(environment.scheme, data=site), virtual=False
    )
    changed = [f"{site}/demo.py"]
    assert hooked_sites(target, changed) == ()
    assert hooked_sites(environment, changed) == (site,)
    assert hooked_sites(environment, [f"{environment.prefix}/bin/demo"]) == ()


def test_each_site_folder_that_changes_gets_a_hook(
    environment: Environment, tmp_path: Path
) -> None:
    other = str(tmp_path / "env/lib64/site-packages")
    split = replace(
        environment,
        scheme=replace(environment.scheme, platlib=other),
        paths=(environment.scheme.purelib, other),
    )
    changed = [f"{environment.scheme.purelib}/a.py", f"{other}/b.so"]
    assert hooked_sites(split, changed) == (environment.scheme.purelib, other)
    assert hooked_sites(split, changed[1:]) == (other,)


def test_the_hook_is_one_line_of_ascii() -> None:
    state = os.fsdecode(b"/caf\xe9/'\"\\\n/.pysetup")
    line = hook_line(state=state, script=f"{state}/x", hook="/site/x.pth")
    assert line.isascii()
    assert line.startswith(b"import ")
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@pytest.mark.parametrize("module", ["recover_at_start", "bytecode_child"])
def test_what_other_interpreters_run_stands_alone(module: str) -> None:
    """Environments have no pysetup: without it nothing would ever be finished."""
    found = importlib.util.find_spec(f"pysetup.phases.install.{module}")
    assert found is not None
    assert found.origin is not None
    names = {
        name
        for node in ast.walk(ast.parse(Path(found.origin).read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
