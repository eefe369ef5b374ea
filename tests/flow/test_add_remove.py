"""``add`` and ``remove``: file, environment and message, or nothing at all."""

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

PYPROJECT = """\
[project]
name = "app"
version = "1.0"
dependencies = [
    # all sorted
    "alpha>=1",  # why
    "omega",
]

[project.optional-dependencies]
Fast_One = []

[dependency-groups]
test = ["alpha"]
dev = [{include-group = "test"}]
"""
DOCUMENT = (
    '{\n    "name": "app",\n    "version": "1.0",\n    "requires_dist": ["omega"]\n}\n'
)
SETUP_CFG = """\
[metadata]
name = app
version = 1.0

[options]
py_modules =
install_requires =
    alpha>=1
    # the rest
    omega

[tool:x]
a = 1
"""
POETRY = """\
[tool.poetry]
name = "app"
version = "1.0"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.11"
omega = "*"  # all

[tool.other]
a = 1
"""


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    made = make_wheel("alpha", "1.0")
    make_wheel("alpha", "1.5")
    make_wheel("alpha", "2.0", metadata="Requires-Dist: helper\n")
    make_wheel("alpha", "3.0rc1")
    make_wheel("helper", "0.4.2")
    make_wheel("omega", "1.0")
    make_wheel("middle-one", "1.0", metadata="Requires-Dist: alpha<2\n")
    make_wheel("local", "2.1+cpu", metadata="Provides-Extra: fast\n")
    make_wheel("young", "0.3.1")
    return Path(made.parent)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    return root


@pytest.fixture
def run(app: Path, wheels: Path, pysetup: Any) -> Callable[..., Any]:
    def run(*words: object) -> Any:
        environ = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(wheels)}
        return pysetup(*words, cwd=app, env=environ)

    return run


def changed(before: str, path: Path) -> list[str]:
    old, new = before.splitlines(), path.read_text("utf-8").splitlines()
    return [f"-{line}" for line in old if line not in new] + [
        f"+{line}" for line in new if line not in old
    ]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(["young"], ['+    "young>=0.3.1",'], id="the newest, last"),
        pytest.param(["helper"], ['+    "helper>=0.4.2",'], id="in order"),
        pytest.param(
            ["--bounds", "major", "young"], ['+    "young>=0.3.1,<0.4",'], id="major"
        ),
        pytest.param(["--bounds", "exact", "young"], ['+    "young==0.3.1",'], id="=="),
        pytest.param(["--bounds", "none", "young"], ['+    "young",'], id="no bound"),
        pytest.param(
            ["young<1,!=0.2"], ['+    "young!=0.2,<1",'], id="as it was asked"
        ),
        pytest.param(
            ["Local[fast]"], ['+    "Local[fast]>=2.1",'], id="extra, no local part"
        ),
        pytest.param(
            ['young; python_version < "3"'],
            ["+    \"young; python_version < '3'\","],
            id="a marker that does not hold here",
        ),
        pytest.param(
            ["middle-one"], ['+    "middle-one>=1.0",'], id="fits with the others"
        ),
        pytest.param(
            ["alpha>=1.2"],
            ['-    "alpha>=1",  # why', '+    "alpha>=1.2",  # why'],
            id="other versions of what is there",
        ),
        pytest.param(
            ["--group", "test", "young"],
            ['-test = ["alpha"]', '+test = ["alpha", "young>=0.3.1"]'],
            id="in a group",
        ),
        pytest.param(
            ["--dev", "young"],
            [
                '-dev = [{include-group = "test"}]',
                '+dev = [{include-group = "test"}, "young>=0.3.1"]',
            ],
            id="in the group dev, beside an include",
        ),
        pytest.param(
            ["--extra", "fast.one", "young"],
            ["-Fast_One = []", "+Fast_One = [", '+    "young>=0.3.1",'],
            id="in an extra that is spelt otherwise",
        ),
        pytest.param(
            ["--optional", "new", "young"],
            ["+new = [", '+    "young>=0.3.1",'],
            id="in a new extra",
        ),
    ],
)
def test_the_file_says_it_and_nothing_else_changes(
    run: Callable[..., Any], app: Path, words: list[str], lines: list[str]
) -> None:
    ran = run("add", "--no-sync", *words)
    assert ran.code == 0, ran.err
    assert changed(PYPROJECT, app / "pyproject.toml") == lines
    assert not (app / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["omega"], "PS1870", "omega (pyproject.toml:7)", id="is there"),
        pytest.param(["young", "Young"], "PS2871", "twice", id="named twice"),
        pytest.param(["nowhere"], "PS3002", "command line", id="no such project"),
        pytest.param(["young>9"], "PS3003", "0.3.1", id="no such version"),
        pytest.param(
            ["middle-one", "alpha>=2"], "PS3001", "middle-one", id="does not fit"
        ),
        pytest.param(["not a name!"], "PS2104", "not a name!", id="no requirement"),
        pytest.param(["--group", "-", "young"], "PS2101", "'-'", id="no group name"),
        pytest.param(["./missing.whl"], "PS2660", "missing.whl", id="no such file"),
        pytest.param([], "PS2601", "nothing was named", id="nothing"),
        pytest.param(
            ["--project", "/nowhere", "young"], "PS2408", "/nowhere", id="no project"
        ),
    ],
)
def test_what_cannot_be_added_leaves_the_file_as_it_was(
    run: Callable[..., Any], app: Path, words: list[str], code: str, told: str
) -> None:
    ran = run("add", *words)
    assert f"error[{code}]" in ran.err
    assert told in ran.err
    assert "help:" in ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT
    assert not (app / ".venv").exists()


def test_the_environment_follows_and_what_nothing_needs_goes(
    run: Callable[..., Any],
) -> None:
    ran = run("add", "alpha>=2")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "pyproject.toml: ~ alpha>=1 -> alpha>=2",
        "+ alpha 2.0",
        "+ helper 0.4.2",
        "+ omega 1.0",
    ]
    ran = run("remove", "Omega")
    assert ran.out.splitlines() == ["pyproject.toml: - omega", "- omega 1.0"]
    # The group asks for alpha as well.
    ran = run("remove", "alpha")
    assert ran.out.splitlines() == ["pyproject.toml: - alpha>=2", "Nothing to do."]
    ran = run("remove", "--group", "test", "alpha")
    assert ran.out.splitlines()[1:] == ["- alpha 2.0", "- helper 0.4.2"]


def test_a_dry_run_tells_all_and_writes_nothing(
    run: Callable[..., Any], app: Path
) -> None:
    assert run("venv", "create", app / ".venv").code == 0
    ran = run("add", "--dry-run", "young")
    assert ran.out.splitlines() == [
        "pyproject.toml: + young>=0.3.1",
        "+ alpha 2.0",
        "+ helper 0.4.2",
        "+ omega 1.0",
        "+ young 0.3.1",
        "Nothing was changed (--dry-run).",
    ]
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT


def test_a_project_with_a_back_end_is_developed(
    run: Callable[..., Any], app: Path
) -> None:
    text = PYPROJECT + '\n[build-system]\nrequires = []\nbuild-backend = "x"\n'
    text = text.replace('build-backend = "x"', 'build-backend = "pysetup.backend"')
    (app / "pyproject.toml").write_text(text, "utf-8")
    (app / "app.py").write_text("", "utf-8")
    ran = run("add", "young")
    assert ran.code == 0, ran.err
    assert "+ app 1.0" in ran.out.splitlines()
    ran = run("remove", "young")
    assert "- young 0.3.1" in ran.out.splitlines()


def test_a_build_that_fails_puts_the_file_back(
    run: Callable[..., Any], app: Path
) -> None:
    text = PYPROJECT + '\n[build-system]\nrequires = []\nbuild-backend = "absent"\n'
    (app / "pyproject.toml").write_text(text, "utf-8")
    ran = run("add", "young")
    assert ran.code == 6, ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == text


def test_a_lock_follows_and_is_put_back_with_the_file(
    run: Callable[..., Any], app: Path
) -> None:
    assert run("venv", "create", app / ".venv").code == 0
    assert run("lock").code == 0
    ran = run("add", "young")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == [
        "pyproject.toml: + young>=0.3.1",
        "pylock.toml: + young 0.3.1",
    ]
    assert run("lock", "--check").code == 0
    before = (app / "pylock.toml").read_bytes(), (app / "pyproject.toml").read_bytes()
    assert run("add", "middle-one>=1", "alpha>=2").code == 3
    text = before[1].decode() + '\n[build-system]\nrequires = ["nowhere"]\n'
    (app / "pyproject.toml").write_text(text, "utf-8")
    assert run("add", "helper").code != 0
    assert (app / "pyproject.toml").read_text("utf-8") == text
    assert (app / "pylock.toml").read_bytes() == before[0]
    (app / "pyproject.toml").write_bytes(before[1])
    ran = run("remove", "--no-sync", "young")
    assert "pylock.toml: - young 0.3.1" in ran.out
    assert run("lock", "--check").code == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["young"], "PS1871", "not in the dependencies", id="not there"),
        pytest.param(["alpha", "alpha"], "PS2871", "twice", id="named twice"),
        pytest.param(["--group", "x", "omega"], "PS1871", "group x", id="other list"),
        pytest.param(["no!"], "PS2104", "no!", id="no name"),
    ],
)
def test_what_cannot_be_removed_is_told(
    run: Callable[..., Any], app: Path, words: list[str], code: str, told: str
) -> None:
    ran = run("remove", *words)
    assert f"error[{code}]" in ran.err
    assert told in ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT


def test_extras_and_versions_may_stand_with_a_name(
    run: Callable[..., Any], app: Path
) -> None:
    ran = run("remove", "--no-sync", "Alpha[x]>=1")
    assert ran.out == "pyproject.toml: - alpha>=1\n", ran.err
    assert changed(PYPROJECT, app / "pyproject.toml") == ['-    "alpha>=1",  # why']


def test_where_else_it_stands_is_told(run: Callable[..., Any]) -> None:
    run("add", "--no-sync", "--group", "test", "young")
    ran = run("remove", "young")
    assert "help: pysetup remove --group test young" in ran.err


@pytest.mark.parametrize(
    ("filename", "text", "lines"),
    [
        pytest.param(
            "setup.cfg",
            SETUP_CFG,
            ["+    helper>=0.4.2"],
            id="setup.cfg",
        ),
        pytest.param(
            "pydist.json",
            DOCUMENT,
            [
                '-    "requires_dist": ["omega"]',
                '+    "requires_dist": [',
                '+        "omega",',
                '+        "helper>=0.4.2"',
                "+    ]",
            ],
            id="pydist.json",
        ),
        pytest.param(
            "pyproject.toml", POETRY, ['+helper = ">=0.4.2"'], id="Poetry's table"
        ),
    ],
)
def test_each_format_is_changed_where_it_stands(
    run: Callable[..., Any], app: Path, filename: str, text: str, lines: list[str]
) -> None:
    (app / "pyproject.toml").unlink()
    (app / filename).write_text(text, "utf-8")
    ran = run("add", "--no-sync", "helper")
    assert ran.code == 0, ran.err
    assert ran.out == f"{filename}: + helper>=0.4.2\n"
    assert changed(text, app / filename) == lines
    ran = run("remove", "--no-sync", "helper")
    assert ran.code == 0, ran.err
    after = (app / filename).read_text("utf-8")
    assert (
        json.loads(after) == json.loads(text) if ".json" in filename else after == text
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            '[project]\nname="a"\nversion="1"\ndynamic=["dependencies"]\n'
            '[tool.setuptools.dynamic]\ndependencies={file=["needs.txt"]}\n',
            "needs.txt",
            id="read from another file",
        ),
        pytest.param(
            '[project]\nname="a"\nversion="1"\ndynamic=["dependencies"]\n',
            "dynamic",
            id="computed by the back end",
        ),
        pytest.param("[tool.x]\na = 1\n", "[project]", id="no project in it"),
    ],
)
def test_a_list_that_cannot_be_changed_is_named(
    run: Callable[..., Any], app: Path, text: str, told: str
) -> None:
    (app / "pyproject.toml").write_text(text, "utf-8")
    ran = run("add", "--no-sync", "young")
    assert "error[PS2870]" in ran.err
    assert told in ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == text


def test_requirements_files_are_added_too(run: Callable[..., Any], app: Path) -> None:
    (app / "needs.txt").write_text("young\nhelper>=0.1\n", "utf-8")
    ran = run("add", "--no-sync", "-r", "needs.txt", "--json")
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)["result"]
    assert result["changes"] == [
        {"before": None, "after": "young>=0.3.1"},
        {"before": None, "after": "helper>=0.1"},
    ]
    assert result["list"] == "dependencies"


def test_the_project_is_found_from_a_folder_within(
    app: Path, wheels: Path, pysetup: Any
) -> None:
    inner = app / "src" / "deep"
    inner.mkdir(parents=True)
    environ = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(wheels)}
    ran = pysetup("add", "--no-sync", "young", cwd=inner, env=environ)
    assert ran.code == 0, ran.err
    assert '"young>=0.3.1"' in (app / "pyproject.toml").read_text("utf-8")


@pytest.fixture
def library(app: Path) -> Path:
    """A project beside the app, which the app develops, too."""
    root = app.parent / "a library"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "library"\nversion = "1.0"\ndependencies = ["young"]\n',
        "utf-8",
    )
    (root / "library.py").write_text("value = 1\n", "utf-8")
    text = PYPROJECT.replace("name = ", 'requires-python = ">=3"\nname = ')
    text += '\n[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
    (app / "pyproject.toml").write_text(text, "utf-8")
    (app / "app.py").write_text("", "utf-8")
    return root


def test_a_project_beside_it_is_developed_and_stays_so(
    run: Callable[..., Any], library: Path
) -> None:
    ran = run("add", "--editable", "../a library")
    assert ran.code == 0, ran.err
    line = f"library @ {library.as_uri()}"
    assert f"pyproject.toml: + {line}" in ran.out.splitlines()
    assert f"library 1.0 {library}" in " ".join(run("list", "-e").out.split())
    # What the project requires is the folder: what is developed there will do.
    assert run("develop").code == 0
    assert f"library 1.0 {library}" in " ".join(run("list", "-e").out.split())
    ran = run("remove", "library")
    assert {"- library 1.0", "- young 0.3.1"} <= set(ran.out.splitlines())
    assert library.is_dir()


def test_a_folder_is_built_and_named_by_its_project(
    run: Callable[..., Any], app: Path, library: Path
) -> None:
    ran = run("add", "../a library")
    assert ran.code == 0, ran.err
    assert f"library @ {library.as_uri()}" in (app / "pyproject.toml").read_text(
        "utf-8"
    )
    assert "library" not in run("list", "-e").out
    assert "library" in run("list").out


def test_a_repository_is_named_by_what_is_in_it(
    run: Callable[..., Any], app: Path, library: Path, need_tool: Callable[[str], str]
) -> None:
    git = need_tool("git")
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "begin"],
    ):
        subprocess.run([git, *words], cwd=library, check=True)
    ran = run("add", f"git+{library.as_uri()}")
    assert ran.code == 0, ran.err
    text = (app / "pyproject.toml").read_text("utf-8")
    assert f"library @ git+{library.as_uri()}" in text


def test_a_project_cannot_require_itself(run: Callable[..., Any], app: Path) -> None:
    ran = run("add", "App")
    assert "error[PS2876]" in ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT
    ran = run("add", "--no-sync", "--extra", "all", "app[fast-one]")
    assert ran.code == 0, ran.err


@pytest.fixture
def company(tmp_path: Path, make_wheel: Any) -> str:
    """Another index, with a newer ``young`` that must come from nowhere else."""
    make_wheel.folder = tmp_path / "company"
    made = make_wheel("young", "9.0")
    page = tmp_path / "company" / "simple" / "young"
    page.mkdir(parents=True)
    (page / "index.html").write_text(f'<a href="../../{made.name}">x</a>', "utf-8")
    return (tmp_path / "company" / "simple").as_uri() + "/"


def test_an_index_is_named_for_what_comes_from_it_alone(
    pysetup: Any, app: Path, wheels: Path, company: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    environ = {
        "PYSETUP_INDEX_URL": (tmp_path / "empty").as_uri(),
        "PYSETUP_FIND_LINKS": str(wheels),
    }
    run = partial(pysetup, cwd=app, env=environ)
    assert (wheels / "young-0.3.1-py3-none-any.whl").is_file()
    ran = run("add", "--no-sync", "--index", f"company={company}", "young")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "pyproject.toml: + young>=9.0",
        f"pyproject.toml: + index company {company} for young",
    ]
    assert changed(PYPROJECT, app / "pyproject.toml") == [
        '+    "young>=9.0",',
        "+[[tool.pysetup.index]]",
        '+name = "company"',
        f'+url = "{company}"',
        '+packages = ["young"]',
    ]
    # From now on the project says it.
    run("remove", "--no-sync", "young")
    assert "young>=9.0" in run("add", "--no-sync", "young").out


@pytest.mark.parametrize(
    ("index", "told"),
    [
        pytest.param("https://user:secret@host/simple/", "password", id="with secrets"),
        pytest.param("company=folder", "is no URL", id="no URL"),
    ],
)
def test_an_index_that_a_project_cannot_name_is_refused(
    run: Callable[..., Any], app: Path, index: str, told: str
) -> None:
    ran = run("add", "--index", index, "young")
    assert "error[PS2877]" in ran.err
    assert told in ran.err
    assert "secret" not in ran.err
    assert (app / "pyproject.toml").read_text("utf-8") == PYPROJECT
