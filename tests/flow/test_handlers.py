"""Plug-ins that handle extensions: the example, installed for real beside pysetup."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import packaging
import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import projections

EXTENSION = {
    "installer_must_handle": True,
    "default": "greet",
    "entries": {"greet": {"title": "Greet", "icon": "demo/greet.svg"}},
}
FILES = {"demo/__init__.py": "", "demo/greet.svg": "<svg/>"}
# Everything in pysetup's own environment, by an interpreter that is told its words.
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wheel(make_wheel: Any) -> Path:
    return Path(make_wheel(files=FILES, info=info("menu-handler.entries")))


def info(name: str, extension: Mapping[str, Any] = EXTENSION) -> dict[str, bytes]:
    document = Metadata.from_dict(
        {
            "metadata_version": "2.1",
            "name": "demo",
            "version": "1.0",
            "extensions": {name: dict(extension)},
        }
    )
    return projections(document)


@pytest.fixture
def home(
    pysetup: Any, new_environment: Callable[[str], Path], project_root: Path
) -> Path:
    """An environment of pysetup's own, where plug-ins can be installed beside it."""
    environment = new_environment("home of pysetup")
    installed = pysetup(
        "install", "--env", environment, "--no-deps", "-e", project_root
    )
    assert installed.code == 0, installed.err
    site = next(environment.glob("lib/python*/site-packages"))
    libraries = Path(packaging.__file__).parent.parent
    (site / "libraries.pth").write_text(f"{libraries}\n", "utf-8")
    return environment


@pytest.fixture
def run(home: Path, pysetup: Any) -> Run:
    def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(home / "bin" / "pysetup"), *map(str, words)],
            env=pysetup.environ,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


def test_the_example_is_short(project_root: Path) -> None:
    folder = project_root / "examples" / "menu-handler"
    texts = [path.read_text("utf-8") for path in folder.iterdir() if path.is_file()]
    assert sum(text.count("\n") for text in texts) < 60


def test_the_example_is_installed_and_used(
    pysetup: Any,
    run: Run,
    home: Path,
    wheel: Path,
    project_root: Path,
    new_environment: Callable[[], Path],
    look: Callable[[Path], Mapping[str, bytes]],
) -> None:
    environment = new_environment()
    before = look(environment)
    refused = run("install", "--env", environment, wheel)
    assert refused.returncode == 7
    assert "demo needs an installer that handles menu-handler.entries" in refused.stderr
    assert "install the plug-in of menu-handler beside pysetup" in refused.stderr
    assert without_state(look(environment)) == before
    plugin = project_root / "examples" / "menu-handler"
    installed = pysetup("install", "--env", home, plugin)
    assert installed.code == 0, installed.err
    planned = run("install", "--env", environment, "--dry-run", "--json", wheel)
    (plan,) = json.loads(planned.stdout)["result"]["plan"]["installs"]
    menus = [file["path"] for file in plan["files"] if "/menus/" in file["path"]]
    assert list(map(os.path.basename, menus)) == ["greet.menu", "greet.svg", "of-demo"]
    assert without_state(look(environment)) == before
    done = run("install", "--env", environment, wheel)
    assert done.returncode == 0, done.stderr
    menus_of = environment / "share" / "menus"
    assert (menus_of / "greet.svg").read_text("utf-8") == "<svg/>"
    command = environment / "bin" / "greet"
    assert (menus_of / "greet.menu").read_text("utf-8") == (
        f"title=Greet\ncommand={command}\nfrom=demo\n"
    )
    assert (menus_of / "of-demo").readlink() == menus_of / "greet.menu"
    assert pysetup("verify", "--env", environment).code == 0
    # The plug-in is not needed to take it away again.
    gone = pysetup("uninstall", "--env", environment, "demo")
    assert gone.code == 0, gone.err
    assert without_state(look(environment)) == before


@pytest.mark.interop
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_other_tools_take_away_what_a_plugin_placed(
    tool: str,
    pysetup: Any,
    run: Run,
    home: Path,
    wheel: Path,
    project_root: Path,
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
) -> None:
    environment = new_environment()
    plugin = project_root / "examples" / "menu-handler"
    assert pysetup("install", "--env", home, plugin).code == 0
    assert run("install", "--env", environment, wheel).returncode == 0
    python = str(environment / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "uninstall", "-y"]
    if tool == "uv":
        command = [need_tool("uv"), "pip", "uninstall", "--python", python]
    subprocess.run([*command, "demo"], check=True, capture_output=True)
    # uv leaves folders outside the site folder, empty.
    assert not list((environment / "share").glob("menus/*"))


def without_state(listed: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: text for path, text in listed.items() if ".pysetup" not in path}


PLUGIN = """
import sys
def raises(*given): raise ValueError("out of order")
def nonsense(*given): return {"run": "rm -rf /"}
def outside(*given):
    place = {"category": "datadir", "path": "../../../outside"}
    return [{"action": "write", **place, "text": "x"}]
def leaves(*given): sys.exit(3)
def nothing(*given): return []
"""
BAD_PLUGINS = {
    "raises": "ValueError: out of order",
    "nonsense": "not a list of actions",
    "outside": "climbs out of its folder",
    "leaves": "SystemExit: 3",
    "absent": "AttributeError",
}


@pytest.mark.parametrize(("function", "told"), BAD_PLUGINS.items(), ids=BAD_PLUGINS)
def test_a_plugin_that_fails_is_named_and_nothing_is_written(
    function: str,
    told: str,
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
    look: Callable[[Path], Mapping[str, bytes]],
    tmp_path: Path,
) -> None:
    environment = new_environment()
    before = look(environment)
    wheel = make_wheel(files=FILES, info=info("menu-handler.entries"))
    plugins = tmp_path / "plugins"
    offer_plugin(plugins, f"bad_plugin:{function}")
    refused = pysetup(
        "install", "--env", environment, wheel, env={"PYTHONPATH": str(plugins)}
    )
    assert refused.code == 7
    assert "the-plugin 2.0 cannot handle menu-handler.entries of demo" in refused.err
    assert told in refused.err
    assert "Traceback" not in refused.err
    assert without_state(look(environment)) == before


def offer_plugin(folder: Path, reference: str) -> None:
    entry = folder / "the_plugin-2.0.dist-info"
    entry.mkdir(parents=True)
    (entry / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: the-plugin\nVersion: 2.0\n", "utf-8"
    )
    (entry / "entry_points.txt").write_text(
        f"[pysetup.handlers]\nmenu-handler.entries = {reference}\n", "utf-8"
    )
    (folder / "bad_plugin.py").write_text(PLUGIN, "utf-8")


def test_the_folder_one_stands_in_brings_no_plugin(
    pysetup: Any,
    wheel: Path,
    new_environment: Callable[[], Path],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a checkout"
    offer_plugin(folder, "bad_plugin:raises")
    # python -m pysetup puts this folder before all others.
    refused = pysetup("install", "--env", new_environment(), wheel, cwd=folder)
    assert refused.code == 7
    assert "needs an installer that handles" in refused.err


def test_what_a_plugin_decided_is_not_remembered(
    pysetup: Any,
    wheel: Path,
    served: Any,
    new_environment: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    uploaded = pysetup(
        *("publish", "--repository-url", served.upload, "--username", served.username),
        *("--password-stdin", wheel),
        stdin=f"{served.password}\n",
    )
    assert uploaded.code == 0, uploaded.err
    plugins = tmp_path / "plugins"
    offer_plugin(plugins, "bad_plugin:nothing")
    env = {"PYTHONPATH": str(plugins), "PYSETUP_INDEX_URL": served.simple}
    for name in ("first", "second", "third"):
        words = ("install", "--env", new_environment(name), "demo==1.0")
        done = pysetup(*words, env=env)
        assert done.code == 0, done.err
    shutil.rmtree(plugins / "the_plugin-2.0.dist-info")
    refused = pysetup("install", "--env", new_environment("late"), "demo==1.0", env=env)
    assert refused.code == 7, refused.err


PROVIDERS = {
    "the project of the first label": (
        "acme.menu",
        "install the plug-in of acme beside pysetup",
    ),
    "the project itself": (
        "demo.colours",
        "install the plug-in of demo beside pysetup",
    ),
    "nobody, by a domain": (
        "org.example.menu",
        "install the plug-in that handles org.example.menu",
    ),
    "pysetup, later": ("python.later", "a later pysetup may handle python.later"),
}


@pytest.mark.parametrize(("extension", "hint"), PROVIDERS.values(), ids=PROVIDERS)
def test_what_nobody_handles_is_refused_with_the_name_of_who_would(
    extension: str,
    hint: str,
    pysetup: Any,
    make_wheel: Any,
    new_environment: Callable[[], Path],
) -> None:
    must = {"installer_must_handle": True}
    wheel = make_wheel(info=info(extension, must))
    environment = new_environment()
    refused = pysetup("install", "--env", environment, wheel)
    assert refused.code == 7
    assert f"demo needs an installer that handles {extension}" in refused.err
    assert hint in refused.err
    assert not list(environment.glob("lib/python*/site-packages/demo*"))


def test_nothing_is_looked_for_where_nothing_must_be_handled(
    pysetup: Any, make_wheel: Any, new_environment: Callable[[], Path]
) -> None:
    environment = new_environment()
    free = {**EXTENSION, "installer_must_handle": False}
    wheel = make_wheel(files=FILES, info=info("menu-handler.entries", free))
    done = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "pysetup"),
            *("install", "--env", str(environment), str(wheel)),
        ],
        env=pysetup.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "importlib.metadata" not in done.stderr
