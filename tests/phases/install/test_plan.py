import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import EnvironmentRefusedError, IntegrityError, PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import open_wheel
from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import projections
from pysetup.phases.install.fitness import UnfitWheelError
from pysetup.phases.install.handlers.tasks import UnhandledExtensionError
from pysetup.phases.install.plan import InstallPlan, plan_install
from pysetup.standards.script_names import UnsafeScriptError

MakeWheel = Callable[..., Path]


def plan(path: Path, environment: Environment, **options: Any) -> InstallPlan:
    with open_wheel(path) as wheel:
        return plan_install(wheel, environment, **{"requested": False, **options})


def places(made: InstallPlan, environment: Environment) -> set[str]:
    return {os.path.relpath(file.path, environment.prefix) for file in made.files}


SITE = "lib/python3.12/site-packages"
INFO = f"{SITE}/demo-1.0.dist-info"


def test_every_kind_of_file_has_its_place(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    path = make_wheel(
        files={
            "demo/__init__.py": "",
            "demo-1.0.data/purelib/pure.py": "",
            "demo-1.0.data/platlib/plat.py": "",
            "demo-1.0.data/scripts/tool": "#!python -E\n",
            "demo-1.0.data/scripts/sh": "#!/bin/sh\n",
            "demo-1.0.data/data/share/demo/x": "",
            "demo-1.0.data/headers/demo.h": "",
        },
        entry_points="[console_scripts]\ncli = demo:f\n[gui_scripts]\ngui = demo:g\n",
    )
    made = plan(path, environment)
    assert places(made, environment) == {
        f"{SITE}/demo/__init__.py",
        f"{SITE}/pure.py",
        f"{SITE}/plat.py",
        "bin/tool",
        "bin/sh",
        "bin/cli",
        "bin/gui",
        "share/demo/x",
        "include/site/python3.12/demo/demo.h",
        f"{INFO}/METADATA",
        f"{INFO}/WHEEL",
        f"{INFO}/entry_points.txt",
        f"{INFO}/INSTALLER",
    }
    scripts = {f for f in made.files if f.path.startswith(environment.scheme.scripts)}
    assert all(file.executable for file in scripts)
    tool = next(file for file in scripts if file.path.endswith("tool"))
    assert tool.content == f"#!{environment.executable} -E\n".encode()


def test_a_plan_is_json(make_wheel: MakeWheel, environment: Environment) -> None:
    made = plan(make_wheel(), environment)
    told = json.loads(json.dumps(made.to_json()))
    assert told["name"] == "demo"
    assert len(told["files"]) == len(made.files)


def test_requested_and_direct_url_are_written_when_they_are_true(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    url = {"url": "file:///x", "dir_info": {"editable": True}}
    made = plan(make_wheel(), environment, requested=True, direct_url=url)
    written = {os.path.basename(f.path): f.content for f in made.files if not f.source}
    assert written["INSTALLER"] == b"pysetup\n"
    assert written["REQUESTED"] == b""
    assert json.loads(written["direct_url.json"]) == url


def test_what_a_wheel_says_of_its_installation_is_not_believed(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    lies = {"INSTALLER": "dpkg\n", "REQUESTED": "", "direct_url.json": "{}"}
    made = plan(make_wheel(info=lies), environment)
    names = {os.path.basename(file.path) for file in made.files}
    assert not names & {"REQUESTED", "direct_url.json"}
    assert [f.content for f in made.files if f.path.endswith("INSTALLER")] == [
        b"pysetup\n"
    ]


BAD_PLACES = {
    "an unknown kind of data": {"demo-1.0.data/mandir/x": ""},
    "data without a kind": {"demo-1.0.data/x": ""},
    "two files for one place": {"x.py": "", "demo-1.0.data/purelib/x.py": ""},
    "the entry of another distribution": {
        "demo-1.0.data/purelib/other-1.0.dist-info/METADATA": ""
    },
    "the entry of another distribution, in another way": {
        f"demo-1.0.data/data/{SITE}/other-1.0.dist-info/RECORD": ""
    },
    "the old entry of another distribution": {"other.egg-info/PKG-INFO": ""},
    "the state folder": {"demo-1.0.data/data/.pysetup/journal.json": "{}"},
    "the state folder by another name": {"demo-1.0.data/data/.PySetup/x": "{}"},
    "the state folder of an older pysetup": {".pysetup/journal.json": "{}"},
    "a file in its place": {".pysetup": ""},
    "a file in its place, as data": {"demo-1.0.data/data/.pysetup": ""},
    "the start-up hook": {"+pysetup-recover.pth": "import os"},
}


@pytest.mark.parametrize("files", BAD_PLACES.values(), ids=BAD_PLACES)
def test_a_file_without_a_place_of_its_own_is_refused(
    files: dict[str, str], make_wheel: MakeWheel, environment: Environment
) -> None:
    with pytest.raises(IntegrityError):
        plan(make_wheel(files=files), environment)


@pytest.mark.parametrize(
    "options",
    [
        {"entry_points": "[console_scripts]\npython = demo:main\n"},
        {"entry_points": "[console_scripts]\n../x = demo:main\n"},
        {"entry_points": "[console_scripts]\nx = demo\n"},
        {"entry_points": "[gui_scripts]\nactivate = demo:main\n"},
        {"files": {"demo-1.0.data/scripts/python3": "#!/bin/sh\n"}},
        {"files": {"demo-1.0.data/scripts/deep/x": "#!/bin/sh\n"}},
    ],
    ids=["interpreter", "climbs", "no function", "activation", "as a file", "deep"],
)
def test_a_dangerous_script_is_refused(
    options: dict[str, Any], make_wheel: MakeWheel, environment: Environment
) -> None:
    with pytest.raises(UnsafeScriptError):
        plan(make_wheel(**options), environment)


@pytest.mark.parametrize(
    "reference",
    ["demo:main; import os", "demo:main()", "demo:__import__('os')", "de mo:main"],
)
def test_code_in_a_reference_is_refused(
    reference: str, make_wheel: MakeWheel, environment: Environment
) -> None:
    with pytest.raises(PysetupError):
        plan(
            make_wheel(entry_points=f"[console_scripts]\nx = {reference}\n"),
            environment,
        )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"metadata": "Requires-Python: >=3.13\n"}, "requires Python"),
        ({"tag": "cp312-cp312-win_amd64"}, "win_amd64"),
        ({"tag": "py2-none-any"}, "py2-none-any"),
    ],
)
def test_a_wheel_for_something_else_is_refused(
    options: dict[str, Any],
    reason: str,
    make_wheel: MakeWheel,
    environment: Environment,
) -> None:
    with pytest.raises(UnfitWheelError, match=reason) as caught:
        plan(make_wheel(**options), environment)
    assert caught.value.exit_code == 7


def test_a_pre_release_of_python_may_run_what_the_release_may(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    path = make_wheel(metadata="Requires-Python: >=3.13.0a1\n")
    assert plan(path, replace(environment, version="3.13.0b2")).name == "demo"


def test_an_extension_that_must_be_handled_is_refused(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    document = Metadata.from_dict(
        {
            "metadata_version": "2.1",
            "name": "demo",
            "version": "1.0",
            "extensions": {
                "acme": {"installer_must_handle": True},
                "other": {"installer_must_handle": False},
                "python.commands": {
                    "installer_must_handle": True,
                    "wrap_console": {"demo": "demo:main"},
                },
            },
        }
    )
    with pytest.raises(UnhandledExtensionError) as caught:
        plan(make_wheel(info=projections(document)), environment)
    assert caught.value.extensions == ("acme",)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pth", "import evil\n", 1),
        ("a.pth", "\n# x\nimport\tevil\n", 1),
        ("a.pth", "/some/folder\nimportant\n", 0),
        ("a.start", "mod:func\n", 1),
        ("sitecustomize.py", "", 1),
        ("demo/a.pth", "import evil\n", 0),
    ],
)
def test_code_that_runs_at_start_up_is_told(
    name: str, content: str, told: int, make_wheel: MakeWheel, environment: Environment
) -> None:
    made = plan(make_wheel(files={name: content}), environment)
    assert len(made.start_up_files) == told


def test_a_link_inside_the_environment_is_followed(
    make_wheel: MakeWheel, environment: Environment
) -> None:
    Path(environment.prefix, "lib64").symlink_to("lib")
    made = plan(make_wheel(files={"demo-1.0.data/data/lib64/x.so": ""}), environment)
    assert "lib/x.so" in places(made, environment)


def test_errors_say_what_to_do(make_wheel: MakeWheel, environment: Environment) -> None:
    with pytest.raises(EnvironmentRefusedError) as caught:
        plan(make_wheel(tag="py2-none-any"), environment)
    assert caught.value.hints
