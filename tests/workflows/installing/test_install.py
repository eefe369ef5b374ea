import csv
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.environment_lock import EnvironmentLockedError, held_lock
from pysetup.edges.files import LocalFiles
from pysetup.edges.process import run_process
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.remove import NotInstalledError
from pysetup.phases.install.start_hook import HOOK
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    ExternallyManagedError,
    create_environment,
    target_environment,
)
from pysetup.workflows.installing.install import (
    WheelToInstall,
    install_wheels,
    open_database,
    recover_environment,
    uninstall,
)
from pysetup.workflows.installing.install_plan import TwoVersionsError
from pysetup.workflows.installing.state_folder import state_folder

MakeWheel = Callable[..., Path]
NeedTool = Callable[[str], str]

FEATURES: dict[str, Any] = {
    "files": {
        "demo/__init__.py": "def main():\n    print('ran')\n    return 3\n",
        "demo/broken.py": "def :\n",
        "demo/data/table.txt": "1 2 3\n",
        "ns/demo/part.py": "x = 1\n",
        "top.py": "y = 1\n",
        "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
        "demo-1.0.data/scripts/shell": "#!/bin/sh\necho shell\n",
        "demo-1.0.data/data/share/man/man1/demo.1": "manual\n",
        "demo-1.0.data/headers/demo.h": "int x;\n",
        "demo-1.0.data/purelib/pure.py": "p = 1\n",
        "demo-1.0.data/platlib/plat.py": "q = 1\n",
    },
    "entry_points": (
        "[console_scripts]\ncli = demo:main\n[gui_scripts]\ngui = demo:main\n"
    ),
    "info": {"licenses/LICENSE": "free\n"},
    "executable": ("demo-1.0.data/scripts/tool", "demo-1.0.data/scripts/shell"),
}


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    path = {"PATH": os.environ["PATH"]}
    return replace(make_context(None), run_process=run_process, environ=path)


@pytest.fixture
def env(context: Context) -> Environment:
    return create_environment(Path("env"), context)


def install(env: Environment, context: Context, *paths: Path, **options: Any) -> Any:
    wheels = [WheelToInstall(path, requested=True) for path in paths]
    return install_wheels(wheels, environment=env, context=context, **options)


def files_below(prefix: str) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), prefix)
        for folder, _, names in os.walk(prefix)
        for name in names
    }


def site(env: Environment) -> Path:
    return Path(env.scheme.purelib)


def state(env: Environment) -> list[str]:
    """Return what is in the state folder, which must stand."""
    return os.listdir(Path(env.prefix, ".pysetup"))


def hooks(env: Environment) -> list[Path]:
    return [*site(env).glob("*recover*")]


def test_a_wheel_with_everything_works(
    make_wheel: MakeWheel, env: Environment, context: Context, told: list[str]
) -> None:
    report = install(env, context, make_wheel(**FEATURES))
    assert report.installed == (("demo", "1.0"),)
    assert told == []
    for name, code, output in (
        ("cli", 3, "ran"),
        ("gui", 3, "ran"),
        ("tool", 0, "tool"),
        ("shell", 0, "shell"),
    ):
        done = run_process([os.path.join(env.scheme.scripts, name)])
        assert (done.returncode, done.stdout.decode().strip()) == (code, output)
    code_text = "import demo, ns.demo.part, top, pure, plat"
    assert run_process([env.executable, "-c", code_text]).returncode == 0


def test_bytecode_is_made_and_valid_where_it_stands(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    install(env, context, make_wheel(**FEATURES))
    cache = site(env) / "demo/__pycache__"
    (compiled,) = cache.iterdir()
    assert compiled.name.startswith("__init__.")
    before = compiled.read_bytes()
    # Python would write it anew if it were stale.
    code = "import demo; print(demo.main.__code__.co_filename)"
    done = run_process([env.executable, "-c", code])
    assert done.stdout.decode().strip() == str(site(env) / "demo/__init__.py")
    assert compiled.read_bytes() == before
    record = (site(env) / "demo-1.0.dist-info/RECORD").read_text()
    assert f"demo/__pycache__/{compiled.name},,\n" in record


def test_bytecode_can_be_left_to_python(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    install(env, context, make_wheel(), compile=False)
    assert not list(site(env).rglob("*.pyc"))


def test_another_version_of_python_makes_its_own_bytecode(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    markers = {**env.markers, "python_full_version": "3.99.0", "python_version": "3.99"}
    other = replace(env, markers=markers)
    install(other, context, make_wheel(**FEATURES))
    assert len(list((site(env) / "demo/__pycache__").iterdir())) == 1
    assert not list(site(env).rglob("modules.json"))


def test_record_is_true(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    before = files_below(env.prefix)
    install(env, context, make_wheel(**FEATURES))
    with open(site(env) / "demo-1.0.dist-info/RECORD", newline="") as stream:
        listed = {
            os.path.relpath(os.path.normpath(site(env) / row[0]), env.prefix)
            for row in csv.reader(stream)
        }
    assert listed == files_below(env.prefix) - before


@pytest.mark.interop
def test_the_files_are_those_that_pip_installs(
    make_wheel: MakeWheel, env: Environment, context: Context, need_tool: NeedTool
) -> None:
    wheel = make_wheel(**FEATURES)
    ours = create_environment(Path("ours"), context)
    install(ours, context, wheel)
    pip = [need_tool("pip"), "--python", env.executable, "install", "-q"]
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True)
    theirs = files_below(env.prefix)
    # pip notes the path of a wheel that is named by path; here the caller would.
    info = os.path.relpath(site(env), env.prefix) + "/demo-1.0.dist-info"
    assert files_below(ours.prefix) == theirs - {f"{info}/direct_url.json"}
    for name in theirs:
        mode = (Path(ours.prefix) / name, Path(env.prefix) / name)
        if all(path.exists() for path in mode):
            assert os.access(mode[0], os.X_OK) == os.access(mode[1], os.X_OK), name


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_other_tools_understand_what_we_install_and_we_what_they_do(
    tool: str,
    make_wheel: MakeWheel,
    env: Environment,
    context: Context,
    need_tool: NeedTool,
    tmp_path: Path,
) -> None:
    before = files_below(env.prefix)
    program = need_tool(tool)
    if tool == "pip":
        words = [program, "--python", env.executable]
        words_after: list[str] = []
    else:
        words = [program, "pip"]
        words_after = ["--python", env.executable]
    environ = {**os.environ, "UV_CACHE_DIR": str(tmp_path / "uv"), "UV_OFFLINE": "1"}

    def run(*more: str) -> str:
        done = subprocess.run(
            [*words, *more, *words_after], env=environ, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    install(env, context, make_wheel(**FEATURES))
    assert json.loads(run("list", "--format", "json")) == [
        {"name": "demo", "version": "1.0"}
    ]
    run("check")
    run("uninstall", *(["-y"] if tool == "pip" else []), "demo")
    left = files_below(env.prefix) - before
    assert left <= {".lock"}  # uv's own
    run("install", "--no-index", "--no-deps", str(make_wheel(**FEATURES)))
    found = open_database(env).find("demo")
    assert found is not None
    assert found.installer == tool
    assert uninstall(["demo"], environment=env, context=context).removed == (
        ("demo", "1.0"),
    )
    assert files_below(env.prefix) - {".lock"} == before


def test_an_upgrade_and_a_removal_are_one_transaction(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    before = files_below(env.prefix)
    install(env, context, make_wheel("a"), make_wheel("b"))
    report = install(
        env, context, make_wheel("a", "2.0"), make_wheel("c"), remove=["b"]
    )
    assert report.installed == (("c", "1.0"),)
    assert report.upgraded == (("a", "1.0", "2.0"),)
    assert report.removed == (("b", "1.0"),)
    told = json.loads(json.dumps(report.to_json()))
    assert told["upgraded"] == [{"name": "a", "version": "2.0", "old_version": "1.0"}]
    uninstall(["a", "C"], environment=env, context=context)
    assert files_below(env.prefix) == before


def test_one_bad_wheel_leaves_all_of_them_out(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    install(env, context, make_wheel("a"))
    before = files_below(env.prefix)
    bad = make_wheel("b", files={"b.py": "x" * 5000})
    content = bytearray(bad.read_bytes())
    content[40] ^= 1
    bad.write_bytes(content)
    with pytest.raises(PysetupError) as caught:
        install(env, context, make_wheel("a", "2.0"), make_wheel("c"), bad)
    assert caught.value.exit_code == 5
    assert files_below(env.prefix) == before


def test_a_dry_run_touches_nothing(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    before = files_below(env.prefix)
    report = install(env, context, make_wheel(**FEATURES), dry_run=True)
    assert files_below(env.prefix) == before
    planned = report.to_json()["plan"]["installs"][0]["files"]
    assert any(file["path"].endswith("bin/cli") for file in planned)


def test_what_was_requested_stays_requested(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    install(env, context, make_wheel())
    upgrade = WheelToInstall(make_wheel(version="2.0"))
    install_wheels([upgrade], environment=env, context=context)
    found = open_database(env).find("demo")
    assert found is not None
    assert found.requested


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://user:secret@h.example/x.whl", "https://h.example/x.whl"),
        ("https://${USER}:${PASS}@h/x.whl", "https://${USER}:${PASS}@h/x.whl"),
        ("ssh://git@h.example/x", "ssh://git@h.example/x"),
        ("file:///home/x", "file:///home/x"),
    ],
)
def test_direct_url_has_no_credentials(
    url: str, written: str, make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    item = WheelToInstall(make_wheel(), requested=True, direct_url={"url": url})
    install_wheels([item], environment=env, context=context)
    found = open_database(env).find("demo")
    assert found is not None
    assert found.direct_url == {"url": written}


def test_code_that_runs_at_start_up_is_told(
    make_wheel: MakeWheel, env: Environment, context: Context, told: list[str]
) -> None:
    report = install(env, context, make_wheel(files={"x.pth": "import os\n"}))
    assert len(report.start_up_files) == 1
    assert "every start" in told[0]


def test_changed_files_are_told(
    make_wheel: MakeWheel, env: Environment, context: Context, told: list[str]
) -> None:
    install(env, context, make_wheel())
    (site(env) / "demo/__init__.py").write_text("edited")
    report = uninstall(["demo"], environment=env, context=context)
    assert len(report.kept) == 1
    assert "kept" in told[0]


def test_what_is_not_installed_cannot_go(env: Environment, context: Context) -> None:
    with pytest.raises(NotInstalledError) as caught:
        uninstall(["nothing"], environment=env, context=context)
    assert caught.value.exit_code == 1


def test_two_versions_in_one_command_are_refused(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    with pytest.raises(TwoVersionsError):
        install(env, context, make_wheel("a", "1"), make_wheel("a", "2"))


def test_a_managed_environment_is_left_alone(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    managed = replace(env, externally_managed="no")
    with pytest.raises(ExternallyManagedError):
        install(managed, context, make_wheel())
    install(managed, context, make_wheel(), break_system_packages=True)


def test_a_plain_folder_is_filled_and_emptied(
    make_wheel: MakeWheel, context: Context, tmp_path: Path, env: Environment
) -> None:
    with_env = replace(context, environ={"VIRTUAL_ENV": env.prefix})
    target = target_environment(Path("deep/target"), with_env)
    install(target, context, make_wheel(**FEATURES))
    assert (tmp_path / "deep/target/demo/__init__.py").exists()
    assert (tmp_path / "deep/target/bin/cli").exists()
    uninstall(["demo"], environment=target, context=context)
    assert files_below(str(tmp_path / "deep")) == set()


def test_a_failed_install_into_a_new_folder_leaves_no_folder(
    make_wheel: MakeWheel, context: Context, tmp_path: Path, env: Environment
) -> None:
    with_env = replace(context, environ={"VIRTUAL_ENV": env.prefix})
    target = target_environment(Path("deep/target"), with_env)
    with pytest.raises(PysetupError):
        install(target, context, make_wheel(tag="py2-none-any"))
    assert not (tmp_path / "deep").exists()


class Held:
    """A step at which the world stops until a test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()


class SlowFiles(LocalFiles):
    def __init__(self, held: Held) -> None:
        self.held = held

    def flush(self, folder: str) -> None:
        self.held.reached.set()
        assert self.held.go_on.wait(30)
        super().flush(folder)


def test_a_second_command_waits_for_the_first_or_gives_up(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    held = Held()
    first = threading.Thread(
        target=install,
        args=(env, context, make_wheel("a")),
        kwargs={"files": SlowFiles(held), "compile": False},
    )
    first.start()
    assert held.reached.wait(30)
    impatient = replace(context, settings=replace(context.settings, lock_timeout=0.0))
    with pytest.raises(EnvironmentLockedError) as caught:
        install(env, impatient, make_wheel("b"))
    assert caught.value.exit_code == 9
    assert caught.value.retryable
    assert caught.value.process == os.getpid()
    assert caught.value.facts["lock"] == f"{env.prefix}/.pysetup/lock"
    # What is only being prepared is in no reader's way.
    recover_environment(env, impatient)
    held.go_on.set()
    install(env, context, make_wheel("b"))
    first.join()
    names = [d.metadata.name for d in open_database(env).distributions()]
    assert names == ["a", "b"]
    assert state(env) == []


def test_a_long_wait_is_announced(tmp_path: Path) -> None:
    path = str(tmp_path / "state/lock")
    said: list[str] = []
    slept: list[float] = []
    with (
        held_lock(path, timeout=0, sleep=slept.append, tell=said.append),
        pytest.raises(EnvironmentLockedError),
        held_lock(path, timeout=10, sleep=slept.append, tell=said.append),
    ):
        pass
    assert len(said) == 1
    assert 9 < sum(slept) < 11
    assert not os.path.exists(path)


class Broken(LocalFiles):
    """Stops dead at the first move, as if the power had gone."""

    def rename(self, source: str, target: str) -> None:
        if os.path.basename(target) not in (HOOK, "journal.json"):
            raise SystemExit((source, target))
        super().rename(source, target)


def test_the_next_command_finishes_what_was_interrupted(
    make_wheel: MakeWheel, env: Environment, context: Context, told: list[str]
) -> None:
    recover_environment(env, context)
    with pytest.raises(SystemExit):
        install(env, context, make_wheel(), files=Broken())
    assert (Path(env.prefix) / ".pysetup/journal.json").exists()
    assert open_database(env).distributions() == ()
    recover_environment(env, context)
    assert [d.metadata.name for d in open_database(env).distributions()] == ["demo"]
    assert state(env) == []
    assert not hooks(env)
    assert "finished" in told[-1]


@pytest.mark.parametrize(
    "content", [b"{", b'{"format": 99}', b'{"format": 1, "steps": [["a"]]}']
)
def test_a_journal_that_cannot_be_read_stops_everything(
    content: bytes, make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    folder = Path(env.prefix) / ".pysetup"
    folder.mkdir()
    (folder / "journal.json").write_bytes(content)
    with pytest.raises(PysetupError) as caught:
        install(env, context, make_wheel())
    assert caught.value.code == "PS7313"
    assert (folder / "journal.json").exists()


def test_a_stage_without_a_journal_is_forgotten(
    env: Environment, context: Context, told: list[str]
) -> None:
    stage = Path(env.prefix) / ".pysetup/tx-old/new"
    stage.mkdir(parents=True)
    (Path(env.prefix) / ".pysetup/journal.json.new").write_text("{half")
    (site(env) / HOOK).write_text("import nothing")
    recover_environment(env, context)
    assert state(env) == []
    assert not hooks(env)
    assert "discarded" in told[0]


def test_a_hook_without_a_journal_is_removed(
    env: Environment, context: Context
) -> None:
    (site(env) / HOOK).write_text("import nothing")
    recover_environment(env, context)
    assert not hooks(env)


def test_what_an_older_pysetup_left_is_finished(
    make_wheel: MakeWheel, env: Environment, context: Context, told: list[str]
) -> None:
    with pytest.raises(SystemExit):
        install(env, context, make_wheel(), files=Broken())
    # Then the state folder was in the site folder, and there was no hook.
    (Path(env.prefix) / ".pysetup").rename(site(env) / ".pysetup")
    journal = site(env) / ".pysetup/journal.json"
    text = journal.read_text().replace(f"{env.prefix}/.pysetup", f"{journal.parent}")
    journal.write_text(text)
    for hook in hooks(env):
        hook.unlink()
    recover_environment(env, context)
    assert [d.metadata.name for d in open_database(env).distributions()] == ["demo"]
    assert "finished" in told[-1]
    assert not journal.parent.exists()


def test_the_state_folder_lasts_once_something_was_changed(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    folder = Path(env.prefix, ".pysetup")
    with pytest.raises(PysetupError):
        install(env, context, make_wheel(tag="py2-none-any"))
    assert not folder.exists()
    install(env, context)
    assert not folder.exists()
    install(env, context, make_wheel())
    assert state(env) == []
    with pytest.raises(PysetupError):
        install(env, context, make_wheel(tag="py2-none-any"))
    assert state(env) == []


def test_where_the_state_folder_is(
    env: Environment, context: Context, tmp_path: Path
) -> None:
    assert state_folder(env) == f"{env.prefix}/.pysetup"
    base = replace(env, virtual=False)
    assert state_folder(base) == f"{env.scheme.purelib}/.pysetup"
    with_env = replace(context, environ={"VIRTUAL_ENV": env.prefix})
    target = target_environment(tmp_path / "target", with_env)
    assert state_folder(target) == f"{target.prefix}/.pysetup"


def test_an_environment_on_two_file_systems(
    make_wheel: MakeWheel, context: Context, env: Environment, tmp_path: Path
) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one file system here")
    scripts = memory / f"pysetup-test-{os.getpid()}"
    scripts.mkdir()
    try:
        split = replace(env, scheme=replace(env.scheme, scripts=str(scripts)))
        install(split, context, make_wheel(**FEATURES))
        done = run_process([str(scripts / "cli")])
        assert done.returncode == 3
        assert sorted(os.listdir(scripts)) == ["cli", "gui", "shell", "tool"]
        # The scripts are outside the prefix, but they are a folder of the environment.
        uninstall(["demo"], environment=split, context=context)
        assert os.listdir(scripts) == []
    finally:
        shutil.rmtree(scripts)


def test_python_finds_what_is_installed(
    make_wheel: MakeWheel, env: Environment, context: Context
) -> None:
    install(env, context, make_wheel(**FEATURES))
    code = (
        "from importlib.metadata import distribution as d; x = d('demo');"
        "print(x.version, len(x.entry_points), len(x.files) > 10)"
    )
    done = run_process([env.executable, "-c", code])
    assert done.stdout.decode().split() == ["1.0", "2", "True"]
    assert sys.version_info >= (3, 11)


def test_who_may_not_write_may_still_read(
    env: Environment, context: Context, told: list[str]
) -> None:
    # A folder where the lock file goes: not even the owner can make the file.
    (Path(env.prefix) / ".pysetup/lock").mkdir(parents=True)
    recover_environment(env, context)
    assert told == []  # there is nothing to finish
    (Path(env.prefix) / ".pysetup/tx-old").mkdir()
    recover_environment(env, context)
    assert "not finished" in told[0]
    with pytest.raises(PysetupError) as caught:
        uninstall(["demo"], environment=env, context=context)
    assert caught.value.code == "PS7309"
