import errno
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.edges.process import run_process
from pysetup.interchange.environment import Environment
from pysetup.phases.install.bytecode import Module, compile_here
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.room import NoSpaceError
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.wheels import WheelStore
from pysetup.workflows.cache_folders import open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.installing.install import (
    WheelToInstall,
    install_wheels,
    uninstall,
)
from pysetup.workflows.installing.sources import bytecode_kind, opened_sources

MakeWheel = Callable[..., Path]
MODES = [
    "hardlink",
    *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("auto", "copy", "clone")),
]

DEMO: dict[str, Any] = {
    "files": {
        "demo/__init__.py": "def main():\n    raise ValueError('in the demo')\n",
        "demo/broken.py": "def :\n",
        "demo/data.txt": "1 2 3\n",
        "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
        "demo-1.0.data/scripts/shell": "#!/bin/sh\necho shell\n",
        "demo-1.0.data/data/share/demo/notes.py": "no module\n",
    },
    "entry_points": "[console_scripts]\ncli = demo:main\n",
}


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    path = {"PATH": os.environ["PATH"]}
    return replace(make_context(None), run_process=run_process, environ=path)


@pytest.fixture
def demo(make_wheel: MakeWheel) -> Path:
    return make_wheel(**DEMO)


@pytest.fixture
def new_env(context: Context) -> Callable[[str], Environment]:
    return lambda name: create_environment(Path(name), context)


def in_mode(context: Context, mode: str) -> Context:
    return replace(context, settings=replace(context.settings, link_mode=mode))


def install(env: Environment, context: Context, path: Path, **options: Any) -> None:
    digest = options.pop("hash", None) or Hash.of_file(str(path))
    wheel = WheelToInstall(path, requested=True, hash=digest)
    install_wheels([wheel], environment=env, context=context, **options)


def stored(context: Context, path: Path) -> StoredWheel:
    found = opened(context).get(Hash.of_file(str(path)), path.name)
    assert found is not None
    return found


def opened(context: Context) -> WheelStore:
    store = open_wheel_store(context)
    assert store is not None
    return store


def module(env: Environment) -> Path:
    return Path(env.scheme.purelib, "demo/__init__.py")


def contents(env: Environment) -> dict[str, bytes]:
    """Everything but what holds the environment's own path."""
    top = Path(env.scheme.purelib)
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in top.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != "RECORD"
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_store_installs_what_the_wheel_would(
    mode: str, demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    context = in_mode(context, mode)
    straight, first, second = new_env("straight"), new_env("first"), new_env("second")
    install_wheels(
        [WheelToInstall(demo, requested=True)], environment=straight, context=context
    )
    install(first, context, demo)
    digest = Hash.of_file(str(demo))
    demo.unlink()  # it is not needed again
    install(second, context, demo, hash=digest)
    for env in (first, second):
        assert contents(env) == contents(straight)
        names = {path.name for path in Path(env.scheme.purelib).rglob("*.pyc")}
        assert names == {
            path.name for path in Path(straight.scheme.purelib).rglob("*.pyc")
        }
        record = Path(env.scheme.purelib, "demo-1.0.dist-info/RECORD").read_text()
        other = Path(straight.scheme.purelib, "demo-1.0.dist-info/RECORD").read_text()
        # Scripts name their interpreter.
        keep = [line for line in record.splitlines() if "/bin/" not in line]
        assert keep == [line for line in other.splitlines() if "/bin/" not in line]
        for script in ("tool", "shell"):
            done = run_process([os.path.join(env.scheme.scripts, script)])
            assert done.stdout.decode().strip() == script


@pytest.mark.parametrize(("mode", "shared"), [("hardlink", True), ("copy", False)])
def test_how_files_come_is_chosen(
    *,
    mode: str,
    shared: bool,
    demo: Path,
    new_env: Callable[[str], Environment],
    context: Context,
) -> None:
    env = new_env("env")
    install(env, in_mode(context, mode), demo)
    inside = stored(context, demo).place("demo/__init__.py")
    assert os.path.samefile(inside, module(env)) == shared
    facts = module(env).stat()
    assert bool(facts.st_mode & stat.S_IWUSR) != shared
    assert facts.st_mtime_ns == os.stat(inside).st_mtime_ns


@pytest.mark.parametrize("mode", MODES)
def test_bytecode_is_compiled_once_and_valid_everywhere(
    mode: str, demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    context = in_mode(context, mode)
    first, second = new_env("first"), new_env("second")
    install(first, context, demo)
    kept = stored(context, demo)
    ready = opened(context).bytecode(kept, bytecode_kind(first.markers))
    assert ready is not None
    assert ready.bytecode is not None
    assert list(ready.bytecode) == ["demo/__init__.py"]
    install(second, context, demo)
    for env in (first, second):
        (compiled,) = module(env).parent.joinpath("__pycache__").iterdir()
        before = (compiled.read_bytes(), compiled.stat().st_ino)
        done = run_process([os.path.join(env.scheme.scripts, "cli")])
        trace = done.stderr.decode()
        # The environment's own file, with the line out of it.
        assert f'File "{module(env)}", line 2, in main\n    raise Value' in trace
        assert (compiled.read_bytes(), compiled.stat().st_ino) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_bytecode_that_the_store_cannot_take_is_made_in_the_environment(
    demo: Path,
    new_env: Callable[[str], Environment],
    context: Context,
    code: int,
) -> None:
    env = new_env("env")
    compile_modules = FailsInTheStore(code, cache=str(context.settings.cache_dir))
    digest = Hash.of_file(str(demo))
    wheel = WheelToInstall(demo, requested=True, hash=digest)
    with opened_sources(
        [wheel], environment=env, context=context, compile_modules=compile_modules
    ) as [source]:
        assert isinstance(source, StoredWheel)
        assert source.bytecode is None
    install(env, context, demo)
    assert list(Path(env.scheme.purelib, "demo/__pycache__").glob("__init__.*.pyc"))


@dataclass(frozen=True)
class FailsInTheStore:
    """A compiler that meets a faulty disk."""

    code: int
    cache: str

    def __call__(
        self, modules: Sequence[Module], *, stage: str, files: FileSystem
    ) -> None:
        assert stage.startswith(self.cache)
        compile_here(modules[:1], stage=stage, files=files)
        raise OSError(self.code, os.strerror(self.code))


def test_an_edited_module_is_compiled_anew_by_python(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    first, second = new_env("first"), new_env("second")
    install(first, context, demo)
    install(second, context, demo)
    text = "def main():\n    print('edited')\n"
    fresh = module(first).with_name("fresh")
    fresh.write_text(text)
    fresh.replace(module(first))  # as most editors do
    done = run_process([os.path.join(first.scheme.scripts, "cli")])
    assert done.stdout == b"edited\n"
    done = run_process([os.path.join(second.scheme.scripts, "cli")])
    assert b"in the demo" in done.stderr
    install(third := new_env("third"), context, demo)
    assert module(third).read_text() != text


def edit(path: Path) -> None:
    path.chmod(0o644)
    with path.open("ab") as stream:
        stream.write(b"# edited\n")


def truncate(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 3)


@pytest.mark.parametrize(
    "mode", ["hardlink", pytest.param("copy", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(edit, id="edited in place"),
        pytest.param(truncate, id="truncated"),
        pytest.param(lambda path: path.unlink(), id="deleted"),
    ],
)
def test_what_happens_to_the_store_never_reaches_another_environment(
    damage: Callable[[Path], object],
    mode: str,
    demo: Path,
    new_env: Callable[[str], Environment],
    context: Context,
) -> None:
    context = in_mode(context, mode)
    first, second = new_env("first"), new_env("second")
    install(first, context, demo)
    right = module(first).read_bytes()
    damage(Path(stored(context, demo).place("demo/__init__.py")))
    install(second, context, demo)
    assert module(second).read_bytes() == right
    assert module(second).stat().st_size == len(right)


@pytest.mark.parametrize("trials", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_no_flipped_bit_is_ever_handed_out(
    trials: int, demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    chosen = random.Random(5)
    env = new_env("env")
    install(env, context, demo)
    kept = stored(context, demo)
    right = {member.path: kept.read(member.path) for member in kept.members}
    aside = Path(kept.folder).with_name("aside")
    shutil.copytree(kept.folder, aside)
    files = [path for path in Path(kept.folder).rglob("*") if path.is_file()]
    targets = [path.relative_to(kept.folder) for path in files if path.stat().st_size]
    for _ in range(trials):
        path = Path(kept.folder, chosen.choice(targets))
        content = bytearray(path.read_bytes())
        content[chosen.randrange(len(content))] ^= 1 << chosen.randrange(8)
        path.chmod(0o644)
        path.write_bytes(content)
        found = opened(context).get(Hash.of_file(str(demo)), demo.name)
        if found is not None:  # bytecode is looked at when it is asked for
            assert {p: found.read(p) for p in right} == right
            kind = bytecode_kind(env.markers)
            with_code = opened(context).bytecode(found, kind)
            assert with_code is None or "bytecode" not in str(path)
        shutil.rmtree(kept.folder, ignore_errors=True)
        shutil.copytree(aside, kept.folder)


@pytest.mark.parametrize("mode", ["hardlink", "copy"])
def test_removing_leaves_the_store_and_what_the_user_changed(
    mode: str, demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    context = in_mode(context, mode)
    env = new_env("env")
    install(env, context, demo)
    changed = Path(env.scheme.purelib, "demo/data.txt")
    changed.unlink()
    changed.write_text("my own")
    report = uninstall(["demo"], environment=env, context=context)
    assert report.kept == (str(changed),)
    assert sorted(os.listdir(changed.parent)) == ["data.txt"]
    assert stored(context, demo).read("demo/data.txt") == b"1 2 3\n"


def test_installing_the_same_again_changes_nothing_but_is_whole(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    env = new_env("env")
    install(env, context, demo)
    before = contents(env)
    install(env, context, demo)
    assert contents(env) == before
    assert os.listdir(Path(env.prefix, ".pysetup")) == ["owned"]


def test_a_wheel_that_is_not_the_promised_one_is_refused(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    env = new_env("env")
    with pytest.raises(HashMismatchError):
        install(env, context, demo, hash=Hash.of(b"another"))
    assert not module(env).exists()


def test_without_a_cache_the_wheel_is_installed_as_it_is(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    blocked = context.directory / "blocked"
    blocked.write_text("no folder")
    settings = replace(context.settings, cache_dir=blocked / "cache")
    env = new_env("env")
    install(env, replace(context, settings=settings), demo)
    assert module(env).exists()
    assert module(env).stat().st_nlink == 1


class FullDisk(LocalFiles):
    """A disk with 6 MiB left."""

    def free_space(self, folder: str) -> int:
        assert folder
        return 6 << 20


def test_links_take_no_room(
    make_wheel: MakeWheel, new_env: Callable[[str], Environment], context: Context
) -> None:
    large = make_wheel(files={"demo/__init__.py": "", "demo/data": os.urandom(4 << 20)})
    env = new_env("env")
    with pytest.raises(NoSpaceError):
        install(env, in_mode(context, "copy"), large, files=FullDisk())
    install(env, in_mode(context, "hardlink"), large, files=FullDisk())
    assert module(env).exists()


def shut(folder: Path) -> None:
    os.chown(folder, 65534, 65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
@pytest.mark.parametrize("below", ["", "store/v1"])
def test_a_cache_of_another_user_is_not_shared(
    below: str, demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    install(new_env("before"), context, demo)
    shut(context.settings.cache_dir / below)
    env = new_env("env")
    install(env, context, demo)
    # Its owner could change the file in the environment of root.
    assert module(env).stat().st_nlink == 1


def test_a_cache_that_everybody_may_change_is_not_shared(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    context.settings.cache_dir.mkdir()
    context.settings.cache_dir.chmod(0o777)
    env = new_env("env")
    install(env, context, demo)
    assert module(env).stat().st_nlink == 1


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder on another file system than the tests."""
    where = Path("/dev/shm")
    if not where.is_dir() or not os.access(where, os.W_OK):
        pytest.skip("no second file system")
    folder = Path(tempfile.mkdtemp(dir=where))
    yield folder
    shutil.rmtree(folder)


def test_a_store_on_another_disk_gives_copies(
    demo: Path, new_env: Callable[[str], Environment], context: Context, memory: Path
) -> None:
    if memory.stat().st_dev == context.directory.stat().st_dev:
        pytest.skip("no second file system")
    said: list[str] = []
    settings = replace(context.settings, cache_dir=memory / "cache")
    other = replace(context, settings=settings, show=said.append)
    env = new_env("env")
    install(env, other, demo)
    assert module(env).stat().st_nlink == 1
    assert any("no hardlink" in line for line in said)


_INSTALL = """
import sys
from pysetup.__main__ import run
sys.stdin.readline()
run()
"""


def test_commands_at_the_same_time_share_one_unpacked_wheel(
    demo: Path, new_env: Callable[[str], Environment], context: Context
) -> None:
    envs = [new_env(f"env{number}") for number in range(3)]
    environ = {
        "PATH": os.environ["PATH"],
        "PYSETUP_CACHE_DIR": str(context.settings.cache_dir),
        "PYSETUP_NO_FOREIGN_CONFIG": "1",
    }
    command = [sys.executable, "-c", _INSTALL, "install", "--no-deps"]
    started = [
        subprocess.Popen(
            [*command, "--env", env.prefix, str(demo)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            text=True,
        )
        for env in envs
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert len({module(env).stat().st_ino for env in envs}) == 1
    assert module(envs[0]).stat().st_nlink == 4


@pytest.mark.parametrize(
    ("markers", "kind"),
    [
        (("cpython", "3.11.7", "3.11.7"), "cpython-3.11"),
        (("cpython", "3.15.0a2", "3.15.0a2"), "cpython-3.15.0a2"),
        (("cpython", "3.15.0a2+", "3.15.0a2+"), ""),
        (("pypy", "7.3.16", "3.10.14"), "pypy-7.3.16-3.10.14"),
        (("", "", ""), ""),
    ],
    ids=["release", "pre-release", "checkout", "another implementation", "unknown"],
)
def test_interpreters_share_bytecode_when_it_is_the_same(
    markers: tuple[str, str, str], kind: str
) -> None:
    keys = ("implementation_name", "implementation_version", "python_full_version")
    assert bytecode_kind(dict(zip(keys, markers, strict=True))) == kind
