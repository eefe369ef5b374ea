"""What packages for Windows have in them, before a byte is written."""

from collections.abc import Callable

import pytest
from tests.platforms.conftest import Built
from tests.platforms.windows.conftest import plan_of

from pysetup.platforms.interface import PlatformFormat
from pysetup.platforms.msi.format import FORMAT as MSI
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.windows.filenames import (
    WindowsFileNameError,
    check_windows_paths,
)
from pysetup.platforms.windows.launchers import MissingLauncherError, launcher_stub

ENTRY_POINTS = (
    "[console_scripts]\nhello = demo:main\n[gui_scripts]\nwindow = demo:show\n"
)


@pytest.fixture
def demo(built: Callable[..., Built]) -> Built:
    return built(
        "demo",
        "1.0",
        files={
            "demo/__init__.py": "def main(): print('hello')\n",
            "demo-1.0.data/scripts/tool.py": "#!python\nprint('tool')\n",
            "demo-1.0.data/scripts/plain": "#!/bin/sh\n",
        },
        metadata="Requires-Dist: other (>=1.2)\n"
        "Requires-Dist: nothing; sys_platform == 'linux'\n",
        entry_points=ENTRY_POINTS,
    )


def paths(plan: PackagePlan) -> set[str]:
    return {file.path for file in plan.files}


def test_entry_points_and_python_scripts_become_programs(demo: Built) -> None:
    plan = plan_of(MSI, demo)
    scripts = {
        file.path: file.interpreter
        for file in plan.files
        if file.path.startswith("Scripts/")
    }
    assert scripts == {
        "Scripts/hello.exe": "python.exe",
        "Scripts/window.exe": "pythonw.exe",
        "Scripts/tool.exe": "python.exe",
        "Scripts/plain": "",
    }


def test_launchers_can_be_batch_files(demo: Built) -> None:
    plan = plan_of(MSI, demo, launchers="cmd")
    assert {path for path in paths(plan) if path.startswith("Scripts/")} == {
        "Scripts/hello.cmd",
        "Scripts/hello-script.py",
        "Scripts/window.cmd",
        "Scripts/window-script.pyw",
        "Scripts/tool.cmd",
        "Scripts/tool-script.py",
        "Scripts/plain",
    }


def test_a_plan_survives_its_json_form(demo: Built) -> None:
    plan = plan_of(MSI, demo)
    assert PackagePlan.from_json(plan.to_json()) == plan


def test_markers_are_those_of_windows(demo: Built) -> None:
    plan = plan_of(MSI, demo)
    assert plan.relations["requires"] == ("other>=1.2",)
    assert "('other', '>=1.2')" in plan.scripts["check_needs.py"]


def test_the_installer_is_told_to_other_tools(demo: Built) -> None:
    plan = plan_of(MSI, demo)
    installer = next(file for file in plan.files if file.path.endswith("/INSTALLER"))
    assert installer.content == "msi\n"
    assert not any(path.endswith("/RECORD") for path in paths(plan))


@pytest.mark.parametrize(
    ("architecture", "name", "key"),
    [
        ("x86_64", "win-amd64", "3.13"),
        ("i686", "win32", "3.13-32"),
        ("aarch64", "win-arm64", "3.13-arm64"),
    ],
)
def test_each_machine_has_a_python_of_its_own(
    demo: Built, architecture: str, name: str, key: str
) -> None:
    plan = plan_of(MSI, demo, target=f"windows:{architecture}")
    assert plan.name == f"demo-1.0.{name}-py3.13"
    assert plan.details["python_key"] == key


@pytest.mark.parametrize(
    "path",
    [
        "demo/con.py",
        "demo/NUL",
        "demo/aux.tar.gz",
        "com1/__init__.py",
        "demo/lpt\u00b9.txt",
        "demo/CONIN$",
        "demo/nul .txt",
        "demo/a:b",
        "demo/what?",
        "demo/a\\b",
        "demo/tab\t.txt",
        "demo/dot.",
        "demo/space ",
        "demo./x",
        'demo/"quoted"',
    ],
)
def test_names_that_windows_cannot_have_are_refused(path: str) -> None:
    with pytest.raises(WindowsFileNameError) as raised:
        check_windows_paths(["demo/__init__.py", path], project="demo")
    assert raised.value.code == "PS2777"
    assert len(raised.value.faults) == 1


@pytest.mark.parametrize(
    "path",
    ["demo/console.py", "demo/com10.txt", "demo/nulls", "demo/.x", "demo/ü$`'.txt"],
)
def test_other_names_are_taken(path: str) -> None:
    check_windows_paths(["demo/__init__.py", path], project="demo")


@pytest.mark.parametrize(
    "both",
    [
        ("demo/readme", "demo/README"),
        ("demo/é", "demo/É"),
        ("Demo/a.py", "demo/A.py"),
        ("demo/a", "demo/A/b"),
    ],
)
def test_names_that_windows_takes_for_one_are_refused(both: tuple[str, str]) -> None:
    with pytest.raises(WindowsFileNameError, match="the same as"):
        check_windows_paths(both, project="demo")


def test_folders_of_other_capitals_are_one_folder() -> None:
    check_windows_paths(["Demo/a.py", "demo/b.py"], project="demo")


def test_long_paths_are_told(built: Callable[..., Built]) -> None:
    long = f"demo/{'x' * 190}.py"
    plan = plan_of(MSI, built("demo", "1.0", files={long: ""}))
    assert "259" in plan.notes[0]
    assert long in plan.notes[0]


def test_a_missing_launcher_is_named() -> None:
    with pytest.raises(MissingLauncherError, match=r"t64\.exe") as raised:
        launcher_stub("python.exe", "x86_64", package="no_such_package")
    assert "pysetup[windows]" in raised.value.hints[0]


@pytest.mark.parametrize("format_", [MSI])
def test_options_are_recorded_in_the_package(
    demo: Built, format_: PlatformFormat
) -> None:
    plan = plan_of(format_, demo, scope="machine")
    noted = next(
        file for file in plan.files if file.path.endswith("/pysetup-package.json")
    )
    assert '"scope":' in noted.content
    assert "looked for at installation" in noted.content
