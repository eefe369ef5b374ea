"""``upgrade``, ``outdated``, ``tree`` and ``why`` over one environment."""

import json
import xml.dom.minidom
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

TREE = """\
alone 1.0
app 1.0
├── base 1.0  [fast]<3
│   ├── helper 1.0  >=1
│   └── quick 1.0  [extra fast; python_version > "3"]
├── helper 1.0  <2
└── quick 1.0
"""


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    def base(version: str) -> Path:
        return Path(
            make_wheel(
                "base",
                version,
                metadata="Requires-Dist: helper>=1\nProvides-Extra: fast\n"
                'Requires-Dist: quick; extra == "fast" and python_version > "3"\n'
                'Requires-Dist: old; python_version < "3"\n'
                "Provides-Extra: more\n"
                'Requires-Dist: more; extra == "more"\n',
            )
        )

    needs = (
        "Requires-Dist: base[fast]<3\nRequires-Dist: helper<2\nRequires-Dist: quick\n"
    )
    make_wheel("app", "1.0", metadata=needs)
    for version in ("1.0", "2.0", "3.0"):
        base(version)
    for version in ("1.0", "1.5", "2.0", "3.0rc1"):
        make_wheel("helper", version)
    make_wheel("alone", "1.0")
    make_wheel("quick", "1.0")
    return base("1.0").parent


@pytest.fixture
def run(
    wheels: Path, pysetup: Any, new_environment: Callable[..., Path], tmp_path: Path
) -> Callable[..., Any]:
    """Run a command on an environment with old versions of everything."""
    environment = new_environment()

    def run(*words: object, **more: str) -> Any:
        environ = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(wheels), **more}
        command, *rest = words
        return pysetup(command, "--env", environment, *rest, cwd=tmp_path, env=environ)

    made = run("install", "app", "base==1.0", "helper==1.0", "alone")
    assert made.code == 0, made.err
    # Only these two were asked for by name.
    for name in ("base-1.0", "helper-1.0"):
        for path in environment.glob(f"lib/*/site-packages/{name}.dist-info/REQUESTED"):
            path.write_bytes(b"")
    return run


def test_what_is_outdated_is_told_with_who_holds_it_back(
    run: Callable[..., Any],
) -> None:
    ran = run("outdated", "--exit-code")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "Package  Installed  Fitting  Latest  Held by",
        "base     1.0        2.0      3.0     app 1.0 needs base[fast]<3",
        "helper   1.0        1.5      2.0     app 1.0 needs helper<2",
    ]
    shown = json.loads(run("outdated", "--json").out)
    assert shown["result"][0] == {
        "name": "base",
        "version": "1.0",
        "latest_version": "3.0",
        "latest_filetype": "wheel",
        "fitting_version": "2.0",
        "held_by": ["app 1.0 needs base[fast]<3"],
    }
    assert "3.0rc1" in run("outdated", "--pre").out


def test_all_is_upgraded_as_far_as_everything_fits_and_undone(
    run: Callable[..., Any],
) -> None:
    changes = "~ base 1.0 -> 2.0\n~ helper 1.0 -> 1.5\n"
    dry = run("upgrade", "--all", "--dry-run")
    assert dry.out == f"{changes}Nothing was changed (--dry-run).\n"
    assert run("upgrade", "--all").out == changes
    assert run("check").code == 0
    assert run("upgrade", "--all").out == "Nothing to do.\n"
    undone = run("undo")
    assert "~ base 2.0 -> 1.0" in undone.out
    assert "~ helper 1.5 -> 1.0" in undone.out


def test_one_is_upgraded_and_the_others_stay(run: Callable[..., Any]) -> None:
    assert run("upgrade", "Helper").out == "~ helper 1.0 -> 1.5\n"
    ran = run("upgrade", "helper")
    assert ran.out == "Nothing to do.\n"
    assert "helper 2.0 is newer, but app 1.0 needs helper<2" in ran.err


def test_who_was_not_asked_for_is_not_asked_for_afterwards(
    run: Callable[..., Any],
) -> None:
    assert run("upgrade", "quick").code == 0
    assert run("upgrade", "--all").code == 0
    shown = json.loads(run("inspect").out)
    asked = [one["metadata"]["name"] for one in shown["installed"] if one["requested"]]
    assert "quick" not in asked


def test_what_does_not_fit_already_is_told_and_mended(run: Callable[..., Any]) -> None:
    assert run("install", "--no-deps", "helper==2.0").code == 0
    ran = run("upgrade", "base")
    assert "note: app 1.0 needs helper<2, which does not fit" in ran.err
    assert "~ helper 2.0 -> 1.5" in ran.out
    assert run("check").code == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["nowhere"], "PS1301", "nowhere", id="not installed"),
        pytest.param([], "PS2601", "either", id="nothing named"),
        pytest.param(["--all", "base"], "PS2601", "either", id="both"),
    ],
)
def test_what_cannot_be_upgraded_is_told(
    run: Callable[..., Any], words: list[str], code: str, told: str
) -> None:
    ran = run("upgrade", *words)
    assert f"error[{code}]" in ran.err
    assert told in ran.err


def test_a_wheel_of_the_users_own_is_left_alone(
    run: Callable[..., Any], make_wheel: Any, tmp_path: Path
) -> None:
    own = make_wheel("own", "1.0").rename(tmp_path / "own-1.0-py3-none-any.whl")
    make_wheel("own", "2.0")
    assert run("install", own).code == 0
    ran = run("upgrade", "own")
    assert "error[PS2875]" in ran.err
    assert "own-1.0" in ran.err
    assert "own" not in run("upgrade", "--all").out


def test_the_tree_shows_extras_and_markers(run: Callable[..., Any]) -> None:
    assert run("tree").out == TREE


def test_the_tree_in_ascii_upside_down_and_cut(run: Callable[..., Any]) -> None:
    ran = run(
        "tree",
        "--invert",
        "-p",
        "helper",
        LC_ALL="C",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
    )
    assert ran.out.splitlines() == [
        "helper 1.0",
        "|-- app 1.0  <2",
        "`-- base 1.0  >=1",
        "    `-- app 1.0  [fast]<3",
    ]
    assert run("tree", "--depth", "0").out == "alone 1.0\napp 1.0\n"


def test_conflicts_missing_ones_circles_and_repetitions_are_marked(
    run: Callable[..., Any], make_wheel: Any
) -> None:
    make_wheel("left", "1.0", metadata="Requires-Dist: right\nRequires-Dist: gone\n")
    make_wheel("right", "1.0", metadata="Requires-Dist: left>=2\nRequires-Dist: app\n")
    assert run("install", "--no-deps", "left", "right").code == 0
    told = run("tree", "--extras").out
    assert "! left 1.0  >=2  (does not fit)  (circle)" in told
    assert "! gone  (missing)" in told
    assert "app 1.0  (*)" in told or "app 1.0\n" in told
    assert "? more  [extra more]" in told
    assert "! does not fit, or is missing:  pysetup check" in told


@pytest.mark.parametrize("format_", ["json", "mermaid", "dot", "svg", "html"])
def test_every_picture_has_all_of_it_and_needs_nothing_else(
    run: Callable[..., Any], tmp_path: Path, format_: str
) -> None:
    ran = run("tree", "--format", format_)
    assert ran.code == 0, ran.err
    for name in ("app", "base", "helper", "quick", "alone"):
        assert name in ran.out
    assert "http" not in ran.out.replace("http://www.w3.org/2000/svg", "")
    if format_ == "json":
        assert json.loads(ran.out)["roots"] == ["alone", "app"]
    if format_ == "svg":
        xml.dom.minidom.parseString(ran.out)
    written = run("tree", "--format", format_, "-o", "picture")
    assert written.code == 0
    assert (tmp_path / "picture").read_text("utf-8") == ran.out


def test_why_tells_every_chain_and_who_asked(run: Callable[..., Any]) -> None:
    told = run("why", "quick").out.splitlines()
    assert told == [
        "quick 1.0",
        "  app 1.0",
        "    needs quick: quick 1.0",
        "  base 1.0",
        '    needs quick  [extra fast; python_version > "3"]: quick 1.0',
        "  app 1.0",
        "    needs base[fast]<3: base 1.0",
        '      needs quick  [extra fast; python_version > "3"]: quick 1.0',
    ]
    told = run("why", "alone").out.splitlines()
    assert told[1].startswith("  asked for: pysetup install --env")
    assert "history 1)" in told[1]
    ran = run("why", "nowhere")
    assert "error[PS1301]" in ran.err


def test_why_names_file_and_line_of_a_developed_project(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "mine"\nversion = "1"\n'
        'dependencies = [\n  "quick",\n  "helper>=1",\n]\n',
        "utf-8",
    )
    (root / "mine.py").write_text("", "utf-8")
    assert run("install", "-e", root).code == 0
    assert (
        "    needs helper>=1  (pyproject.toml:9): helper 1.0"
        in run("why", "helper").out
    )
    assert f"(developed in {root})" in run("tree").out
    chains = json.loads(run("why", "helper", "--json").out)["result"][0]["chains"]
    assert "pyproject.toml:9" in [step["place"] for chain in chains for step in chain]


def test_why_not_names_who_forbids_it_and_what_would_come(
    run: Callable[..., Any],
) -> None:
    told = run("why-not", "base").out.splitlines()
    assert told[0] == "base==3.0 cannot be chosen"
    assert told[-1] == "  so it is  base 1.0"
    assert any("app 1.0" in line and "<3" in line for line in told)
    assert run("why-not", "helper==1.5").out.splitlines() == [
        "helper==1.5: nothing forbids it; it would bring",
        "  ~ helper 1.0 -> 1.5",
        "  help: pysetup install 'helper==1.5'",
    ]
    assert run("why-not", "alone").out == "alone==1.0: 1.0 is chosen already\n"


def test_why_not_asks_a_project_or_requirements_too(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1"\ndependencies = ["helper<2"]\n',
        "utf-8",
    )
    told = run("why-not", "--project", root, "helper==2.0").out
    assert "pyproject.toml:4 needs helper <2" in told
    assert "help: relax  helper <2" in told
    told = run("why-not", "--with", "helper<1.5", "helper").out.splitlines()
    assert told[:3] == [
        "helper==2.0 cannot be chosen",
        "  because   command line needs helper <1.5",
        "  so it is  helper 1.0",
    ]
    shown = json.loads(run("why-not", "--with", "helper<2", "helper", "--json").out)
    (answer,) = shown["result"]
    assert answer["possible"] is False
    assert answer["chosen"] == "1.5"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["nowhere"], "PS3002", id="no such project"),
        pytest.param(["not a name!"], "PS2104", id="no requirement"),
        pytest.param(["--project", "/nowhere", "x"], "PS2408", id="no project there"),
        pytest.param(["--project", ".", "--with", "x", "x"], "PS2601", id="both"),
    ],
)
def test_what_cannot_be_asked_is_told(
    run: Callable[..., Any], words: list[str], code: str
) -> None:
    assert f"error[{code}]" in run("why-not", *words).err
