from pathlib import Path

import pytest

from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.phases.run.entry import CommandMissingError, find_entry, nearest_commands
from pysetup.phases.run.launch import (
    Surroundings,
    activated,
    plan_entry,
    plan_program,
    plan_python,
)

ENVIRONMENT = Environment(
    prefix="/env",
    executable="/env/bin/python",
    version="3.12.1",
    scheme=Scheme("/env/lib", "/env/lib", "/env/bin", "/env", "/env/include"),
    markers={},
    tags=(),
    paths=("/env/lib",),
    externally_managed=None,
    virtual=True,
)


INSIDE = Surroundings.of(ENVIRONMENT)


def distribution(name: str, extensions: object) -> InstalledDistribution:
    document = {"name": name, "version": "1.0", "extensions": extensions}
    return InstalledDistribution(Metadata.from_dict(document), f"/{name}.dist-info")  # type: ignore[arg-type]


FLASK = distribution(
    "flask",
    {
        "python.commands": {
            "wrap_console": {"flask": "flask.cli:main"},
            "wrap_gui": {"flask-gui": "flask.gui:main"},
        },
        "python.exports": {"exports": {"other": {"hidden": "flask:x"}}},
    },
)
BROKEN = distribution("broken", {"python.commands": {"wrap_console": {"a": "!!"}}})


def test_a_command_is_found_among_console_and_window_scripts() -> None:
    for name in ("flask", "flask-gui"):
        entry = find_entry([BROKEN, FLASK], name)
        assert entry is not None
        assert entry.name == name
    assert find_entry([FLASK], "hidden") is None


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("flaks", ("flask",)), ("blakc", ("black",)), ("zzz", ())],
)
def test_the_nearest_names_are_offered(typed: str, nearest: tuple[str, ...]) -> None:
    assert nearest_commands([FLASK], ["black", "mypy"], typed)[:1] == nearest


def test_a_missing_command_says_what_to_do() -> None:
    error = CommandMissingError("flaks", prefix="/env", nearest=["flask"])
    assert error.exit_code == 1
    assert error.hints == ("did you mean 'flask'?",)
    assert CommandMissingError("zzz", prefix="/env", nearest=[]).hints


def test_a_command_runs_inside_its_environment() -> None:
    environ = {"PATH": "/usr/bin:/env/bin:/bin", "PYTHONHOME": "/x", "HOME": "/home"}
    made = activated(INSIDE, environ)
    assert made == {
        "PATH": "/env/bin:/usr/bin:/bin",
        "HOME": "/home",
        "VIRTUAL_ENV": "/env",
    }
    assert environ["PYTHONHOME"] == "/x"


def test_programs_and_python_are_started_with_their_words() -> None:
    plan = plan_program("/env/bin/x", ["-a"], inside=INSIDE, environ={})
    assert (plan.program, plan.words) == ("/env/bin/x", ("/env/bin/x", "-a"))
    plan = plan_python(["-m", "x"], inside=INSIDE, environ={})
    assert plan.words == ("/env/bin/python", "-m", "x")
    assert plan.to_json() == {"program": plan.program, "words": list(plan.words)}


def test_an_entry_point_is_called_without_its_launcher(tmp_path: Path) -> None:
    entry = find_entry([FLASK], "flask")
    assert entry is not None
    plan = plan_entry(entry, ["--version"], inside=INSIDE, environ={})
    assert plan.words[:2] == ("/env/bin/python", "-P")
    assert plan.words[-1] == "--version"
    compile(plan.words[3], str(tmp_path), "exec")


def test_a_layer_comes_first_and_what_is_active_stays() -> None:
    layered = INSIDE.below("/layer/bin/python")
    made = activated(layered, {"PATH": "/env/bin:/bin"})
    assert made == {"PATH": "/layer/bin:/env/bin:/bin", "VIRTUAL_ENV": "/env"}
    assert plan_python([], inside=layered, environ={}).program == "/layer/bin/python"
