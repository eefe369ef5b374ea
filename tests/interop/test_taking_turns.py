"""pip, uv and pysetup in one environment: each goes on where another stopped."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.interop

MakeWheel = Callable[..., Path]
NeedTool = Callable[[str], str]

PROJECT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "devel"
version = "1.0"
description = "It is developed"
[project.scripts]
devel-run = "devel:main"
"""


@dataclass
class Tool:
    """One of the three, in one environment, without a network."""

    environment: Path
    links: Path
    install: tuple[str, ...]
    uninstall: tuple[str, ...]
    list: tuple[str, ...]
    check: tuple[str, ...]

    def __call__(self, *words: str | Path, fails: int = 0) -> str:
        done = subprocess.run(
            [*map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.environment.parent),
                "PIP_CONFIG_FILE": os.devnull,
                "PYSETUP_CACHE_DIR": str(self.environment.parent / "cache"),
                "UV_CACHE_DIR": str(self.environment.parent / "uv"),
                "UV_NO_CONFIG": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        assert done.returncode == fails, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def put(self, *words: str | Path) -> None:
        self(*self.install, *words)

    def take(self, *names: str) -> None:
        self(*self.uninstall, *names)

    def installed(self) -> dict[str, str]:
        rows = json.loads(self(*self.list))
        return {row["name"]: row["version"] for row in rows}


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def tools(
    environment: Path, tmp_path: Path, make_wheel: MakeWheel, need_tool: NeedTool
) -> dict[str, Tool]:
    links = make_wheel("unused").parent
    python = str(environment / "bin/python")
    offline = ("--no-index", "--find-links", str(links))
    pip = (sys.executable, "-m", "pip", "--python", python)
    uv = (need_tool("uv"), "pip")
    ours = (sys.executable, "-m", "pysetup")
    env = ("--env", str(environment))
    rows = {
        "pip": (
            (*pip, "install", "-q", *offline),
            (*pip, "uninstall", "-q", "-y"),
            (*pip, "list", "--format", "json"),
            (*pip, "check"),
        ),
        "uv": (
            (*uv, "install", "-q", "-p", python, *offline),
            (*uv, "uninstall", "-q", "-p", python),
            (*uv, "list", "-p", python, "--format", "json"),
            (*uv, "check", "-p", python),
        ),
        "pysetup": (
            (*ours, "install", *env, *offline),
            (*ours, "uninstall", *env),
            (*ours, "list", *env, "--format", "json"),
            (*ours, "check", *env),
        ),
    }
    return {name: Tool(environment, tmp_path, *row) for name, row in rows.items()}


def picture(environment: Path) -> set[str]:
    """Return what is in the environment but for what each tool keeps for itself.

    Empty folders end with a slash.
    """
    found = set()
    for folder, folders, names in os.walk(environment):
        place = os.path.relpath(folder, environment)
        found |= {os.path.join(place, name) for name in names}
        if not folders and not names:
            found.add(place + "/")
    return {path for path in found if ".pysetup" not in path and path != "./.lock"}


def files(found: set[str]) -> set[str]:
    """Return ``found`` without empty folders, of which pip and uv leave some."""
    return {path for path in found if not path.endswith("/")}


def leavings(before: set[str], after: set[str], *, last: str) -> set[str]:
    """Return what the tool ``last`` has left, or taken too much."""
    if last == "pysetup":
        return before ^ after
    return files(before) ^ files(after)


def make_version(make_wheel: MakeWheel, version: str, *more: str) -> None:
    make_wheel(
        "demo",
        version,
        files={
            "demo/__init__.py": f"def main():\n    print({version!r})\n",
            f"demo/only_in_{version[0]}.py": "x = 1\n",
            "demo/data.txt": f"of {version}\n",
            f"demo-{version}.data/scripts/demo-tool": "#!python\nprint('tool')\n",
            f"demo-{version}.data/data/share/demo/table.txt": version,
        },
        entry_points="[console_scripts]\ndemo-run = demo:main\n",
        metadata="Requires-Dist: lib\n" + "".join(more),
    )


CHAINS = [
    ("pip", "pysetup", "uv", "pysetup"),
    ("pysetup", "uv", "pip", "pysetup"),
    ("uv", "pysetup", "pip", "pip"),
    ("pysetup", "pip", "pysetup", "uv"),
]


@pytest.mark.parametrize("chain", CHAINS, ids=" then ".join)
def test_each_upgrades_and_removes_what_another_installed(
    chain: Sequence[str],
    tools: dict[str, Tool],
    environment: Path,
    make_wheel: MakeWheel,
) -> None:
    make_wheel("lib", "1.0")
    for number in (1, 2, 3):
        make_version(make_wheel, f"{number}.0")
    before = picture(environment)
    for number, name in enumerate(chain[:3], start=1):
        tools[name].put(f"demo=={number}.0")
        expected = {"demo": f"{number}.0", "lib": "1.0"}
        for other in tools.values():
            assert other.installed() == expected
            other(*other.check)
        told = tools[name](environment / "bin/demo-run")
        assert told == f"{number}.0\n"
        standing = picture(environment)
        assert not [
            path
            for path in standing
            for old in range(1, 4)
            if old != number and f"only_in_{old}" in path
        ]
        tools["pysetup"](
            *(sys.executable, "-m", "pysetup", "verify", "--env", environment)
        )
        owner = tools["pysetup"](
            *(sys.executable, "-m", "pysetup", "which-dist", "--env", environment),
            *("--json", f"demo.only_in_{number}"),
        )
        assert json.loads(owner)["result"][0]["found"][0]["owners"] == ["demo"]
    tools[chain[3]].take("demo", "lib")
    assert all(tool.installed() == {} for tool in tools.values())
    assert not leavings(before, picture(environment), last=chain[3])


@pytest.mark.parametrize(
    ("first", "last"),
    [("pip", "pysetup"), ("uv", "pysetup"), ("pysetup", "pip"), ("pysetup", "uv")],
)
def test_what_one_develops_another_lists_and_removes(
    first: str,
    last: str,
    tools: dict[str, Tool],
    environment: Path,
    tmp_path: Path,
    make_wheel: MakeWheel,
) -> None:
    project = tmp_path / "project"
    (project / "src/devel").mkdir(parents=True)
    (project / "src/devel/__init__.py").write_text("def main():\n    print('ran')\n")
    (project / "pyproject.toml").write_text(PROJECT)
    add_flit(make_wheel)
    before, sources = picture(environment), picture(project)
    tools[first].put("-e", project)
    assert tools[first](environment / "bin/devel-run") == "ran\n"
    for tool in tools.values():
        assert tool.installed() == {"devel": "1.0"}
        rows = json.loads(tool(*tool.list))
        assert rows[0]["editable_project_location"] == str(project)
    tools[last].take("devel")
    assert not leavings(before, picture(environment), last=last)
    assert picture(project) >= sources


def add_flit(make_wheel: MakeWheel) -> None:
    """Pack the installed flit_core as a wheel again: there is no network."""
    found = importlib.metadata.distribution("flit_core")
    files = {
        str(path): Path(str(path.locate())).read_bytes()
        for path in found.files or ()
        if path.parts[0] == "flit_core" and path.suffix != ".pyc"
    }
    make_wheel("flit_core", found.version, files=files)


def test_our_report_is_that_of_pip(
    tools: dict[str, Tool], make_wheel: MakeWheel
) -> None:
    make_wheel(
        "demo",
        metadata=(
            "Summary: a demo\nKeywords: a, b c\nLicense: one\n        two\n"
            "Classifier: A\nClassifier: B\nProvides-Extra: x\n"
            'Requires-Dist: lib; extra == "x"\nProject-URL: Home, https://x\n'
            "\nThe body.\n\nMore of it.\n"
        ),
    )
    wheel = make_wheel("lib", "1.0")
    tools["pip"].put("demo", wheel)
    tools["pysetup"].put(make_wheel("ours", "2.0"))
    pip, ours = tools["pip"], tools["pysetup"]
    theirs = json.loads(pip(*pip.install[:5], "inspect"))
    own = json.loads(ours(*ours.install[:3], "inspect", "--env", str(pip.environment)))
    assert own.keys() == theirs.keys()
    assert own["version"] == theirs["version"] == "1"
    assert own["environment"] == theirs["environment"]
    by_name: list[dict[str, Any]] = [
        {row["metadata"]["name"]: row for row in report["installed"]}
        for report in (own, theirs)
    ]
    assert by_name[0] == by_name[1]
    assert by_name[0].keys() == {"demo", "lib", "ours"}


OLD_SETUP = """
from setuptools import setup
setup(name="old-demo", version="1.0", packages=["demo"], scripts=["tool"],
      install_requires=["lib"], zip_safe={zip_safe},
      entry_points={{"console_scripts": ["demo-run = demo:main"]}})
"""


@pytest.mark.parametrize("form", ["a zip file", "a folder"])
def test_an_egg_that_setuptools_made_is_listed_and_removed(
    form: str, tools: dict[str, Tool], environment: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "demo").mkdir(parents=True)
    (project / "demo/__init__.py").write_text("def main():\n    print('ran')\n")
    (project / "tool").write_text("#!python\nprint('tool')\n")
    text = OLD_SETUP.format(zip_safe=form == "a zip file")
    (project / "setup.py").write_text(text)
    command = [sys.executable, "-W", "ignore", "setup.py", "-q", "bdist_egg"]
    subprocess.run(command, check=True, cwd=project, capture_output=True)
    (egg,) = (project / "dist").iterdir()
    (site,) = environment.glob("lib/python*/site-packages")
    before = picture(environment)
    # easy_install is gone; this is what it did with an egg.
    if form == "a zip file":
        shutil.copy(egg, site)
    else:
        shutil.unpack_archive(egg, site / egg.name, "zip")
    (site / "easy-install.pth").write_text(f"./{egg.name}\n")
    python = environment / "bin/python"
    ours = tools["pysetup"]
    assert ours(python, "-c", "import demo; demo.main()") == "ran\n"
    assert ours.installed() == {"old-demo": "1.0"}
    owner = ours(
        sys.executable,
        "-m",
        "pysetup",
        "check",
        "--json",
        "--env",
        environment,
        fails=1,
    )
    (broken,) = json.loads(owner)["result"]["broken"]
    assert (broken["name"], broken["requirement"]) == ("old-demo", "lib")
    ours.take("old-demo")
    assert not leavings(before, picture(environment), last="pysetup")
