"""Formats plug in: whole ones, mere functions, and those of a project itself."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path("examples/plugins/bdist_flat/bdist_flat.py")
PROJECT = """
[build-system]
requires = []
build-backend = "pysetup.backend"

[project]
name = "demo"
version = "1.0"
"""


def _whole(
    *,
    plan: str = "return PLAN(document, target)",
    write: str = "(out / 'a').touch(); return [out / 'a']",
    verify: str = "return {}",
) -> str:
    """Return a module with the whole format ``WHOLE``, one method of it another."""
    return f"""
from pysetup.platforms.plan import PackagePlan

def PLAN(document, target):
    return PackagePlan(
        format="flat", target=target.name, project=document.name, project_version="1",
        name="demo", version="1", architecture="any", summary="", files=())

class Whole:
    name = summary = "flat"
    levels, families, default_target = ("binary",), (), "portable"
    options, tools = {{}}, ()
    def plan(self, document, target, *, tree, names, options):
        {plan}
    def binary_dist(self, built_dir, metadata, target, out, *, plan, making):
        {write}
    def verify(self, path, *, tools=None):
        {verify}

WHOLE = Whole()
"""


@pytest.fixture
def offered(tmp_path: Path) -> Callable[[str, str], str]:
    """Put a distribution with one entry point and its module on the path."""

    def offer(reference: str, module: str) -> str:
        folder = tmp_path / "site"
        info = folder / "bdist_flat-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: bdist-flat\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            f"[pysetup.platform]\nflat = {reference}\n"
        )
        (folder / "bdist_flat.py").write_text(module)
        return str(folder)

    return offer


def test_a_function_of_under_60_lines_is_a_format(
    pysetup: Any, offered: Any, make_wheel: Any, project_root: Path, tmp_path: Path
) -> None:
    text = (project_root / PLUGIN).read_text()
    assert len(text.splitlines()) < 60
    env = {"PYTHONPATH": offered("bdist_flat:binary_dist", text)}
    wheel = make_wheel(files={"demo/__init__.py": "x = 1\n"})
    ran = pysetup("bdist_flat", wheel, "-o", tmp_path / "out", env=env)
    assert (ran.code, ran.err) == (0, "")
    made = tmp_path / "out/demo-1.0.flat.zip"
    assert str(made) in ran.out
    with zipfile.ZipFile(made) as archive:
        assert archive.read("demo/__init__.py") == b"x = 1\n"
        assert json.loads(archive.read("about.json"))["name"] == "demo"
    listed = pysetup("bdist", "--list-formats", env=env)
    assert "flat" in listed.out
    assert "wheel" in listed.out


def test_the_tree_that_a_plug_in_gets_is_its_own(
    pysetup: Any, offered: Any, make_wheel: Any, tmp_path: Path
) -> None:
    module = (
        "import pathlib\n"
        "def binary_dist(built_dir, metadata):\n"
        "    made = pathlib.Path(built_dir, 'demo/__init__.py')\n"
        "    made.write_text('changed')\n"
        "    return 'demo/__init__.py'\n"
    )
    env = {"PYTHONPATH": offered("bdist_flat:binary_dist", module)}
    tree = tmp_path / "tree"
    wheel = make_wheel(files={"demo/__init__.py": "x = 1\n"})
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tree)
    ran = pysetup("bdist_flat", tree, "-o", tmp_path / "out", env=env)
    assert ran.code == 0, ran.err
    assert (tmp_path / "out/__init__.py").read_text() == "changed"
    assert (tree / "demo/__init__.py").read_text() == "x = 1\n"


@pytest.mark.parametrize(
    ("reference", "module", "code", "told"),
    [
        ("bdist_flat:absent", "", "PS7942", "bdist-flat 1.0"),
        ("bdist_flat:binary_dist", "1 / 0", "PS7942", "ZeroDivisionError"),
        ("bdist_flat:binary_dist", "binary_dist = 3", "PS7942", "neither"),
        (
            "bdist_flat:binary_dist",
            "def binary_dist(built_dir, metadata):\n    raise KeyError('demo')\n",
            "PS6941",
            "KeyError: 'demo'",
        ),
        (
            "bdist_flat:binary_dist",
            "def binary_dist(built_dir, metadata):\n    return 'nothing'\n",
            "PS6941",
            "is no file",
        ),
        (
            "bdist_flat:binary_dist",
            "def binary_dist(built_dir, metadata):\n    raise SystemExit(3)\n",
            "PS6941",
            "SystemExit: 3",
        ),
        (
            "bdist_flat:binary_dist",
            "def binary_dist(built_dir, metadata):\n    return None\n",
            "PS6941",
            "it returned NoneType",
        ),
        ("bdist_flat:WHOLE", "class WHOLE:\n    plan = 1\n", "PS7942", "attribute"),
        ("bdist_flat:WHOLE", _whole(plan="1 / 0"), "PS6941", "ZeroDivisionError"),
        ("bdist_flat:WHOLE", _whole(plan="return {}"), "PS6941", "not a PackagePlan"),
        ("bdist_flat:WHOLE", _whole(write="return None"), "PS6941", "not a list"),
        ("bdist_flat:WHOLE", _whole(write="return [__file__]"), "PS6941", "outside"),
        ("bdist_flat:WHOLE", _whole(write="return ['a']"), "PS6941", "is no file"),
        ("bdist_flat:WHOLE", _whole(verify="1 / 0"), "PS6941", "ZeroDivisionError"),
    ],
    ids=[
        "not there",
        "fails when loaded",
        "no function",
        "raises",
        "makes nothing",
        "ends the program",
        "returns nothing",
        "is half a format",
        "cannot plan",
        "plans something else",
        "writes nothing",
        "writes outside",
        "names what is not there",
        "cannot read it back",
    ],
)
def test_a_bad_plug_in_is_named_and_leaves_nothing(
    pysetup: Any,
    offered: Any,
    make_wheel: Any,
    tmp_path: Path,
    *,
    reference: str,
    module: str,
    code: str,
    told: str,
) -> None:
    env = {"PYTHONPATH": offered(reference, module)}
    ran = pysetup("bdist_flat", make_wheel(), "-o", tmp_path / "out", env=env)
    assert f"error[{code}]" in ran.err
    assert told in ran.err
    assert not (tmp_path / "out").exists()
    assert pysetup("bdist", "--list-formats", env=env).code == 0


def test_a_whole_format_of_others_plans_and_writes(
    pysetup: Any, offered: Any, make_wheel: Any, tmp_path: Path
) -> None:
    env = {"PYTHONPATH": offered("bdist_flat:WHOLE", _whole())}
    ran = pysetup("bdist_flat", make_wheel(), "-o", tmp_path / "out", env=env)
    assert (ran.code, [path.name for path in (tmp_path / "out").iterdir()]) == (
        0,
        ["a"],
    )


def test_what_a_plug_in_prints_is_no_result(
    pysetup: Any, offered: Any, make_wheel: Any, tmp_path: Path
) -> None:
    module = (
        "import pathlib\n"
        "def binary_dist(built_dir, metadata):\n"
        "    print('working')\n"
        "    made = pathlib.Path(built_dir, 'made')\n"
        "    made.touch()\n"
        "    return made\n"
    )
    env = {"PYTHONPATH": offered("bdist_flat:binary_dist", module)}
    ran = pysetup("--json", "bdist_flat", make_wheel(), "-o", tmp_path / "o", env=env)
    assert json.loads(ran.out)["ok"] is True
    assert "working" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["--dry-run"],
        ["--source"],
        ["--with-deps"],
        ["--sbom"],
        ["--target", "debian-12"],
        ["--option", "level=9"],
        ["--name", "other"],
    ],
    ids=lambda words: words[0],
)
def test_a_mere_function_refuses_what_it_would_pass_over(
    pysetup: Any, offered: Any, make_wheel: Any, tmp_path: Path, words: list[str]
) -> None:
    module = "def binary_dist(built_dir, metadata):\n    raise AssertionError\n"
    env = {"PYTHONPATH": offered("bdist_flat:binary_dist", module)}
    ran = pysetup("bdist_flat", make_wheel(), "-o", tmp_path / "o", *words, env=env)
    assert (ran.code, "error[PS2948]" in ran.err) == (2, True)
    assert words[0] in ran.err


def test_two_of_one_name_are_told(
    pysetup: Any, offered: Any, make_wheel: Any, tmp_path: Path
) -> None:
    site = Path(offered("bdist_flat:binary_dist", "binary_dist = print\n"))
    other = site / "rival-2.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: rival\nVersion: 2\n")
    (other / "entry_points.txt").write_text(
        "[pysetup.platform]\nflat = bdist_flat:binary_dist\nbad name = bdist_flat:x\n"
    )
    env = {"PYTHONPATH": str(site)}
    ran = pysetup("bdist_flat", make_wheel(), "-o", tmp_path / "out", env=env)
    assert (ran.code, "error[PS7942]" in ran.err) == (7, True)
    assert "bdist-flat 1.0" in ran.err
    assert "rival 2" in ran.err
    listed = pysetup("bdist", "--list-formats", env=env)
    assert listed.out.count("cannot be loaded") == 2


def test_a_project_can_package_itself(pysetup: Any, tmp_path: Path) -> None:
    root = tmp_path / "a project"
    (root / "demo").mkdir(parents=True)
    (root / "demo/__init__.py").write_text("")
    (root / "pyproject.toml").write_text(
        f'{PROJECT}\n[tool.pysetup.commands.bdist_list]\ncallable = "packaging_:made"\n'
    )
    (root / "packaging_.py").write_text(
        "import os\n"
        "def made(built_dir, metadata):\n"
        "    path = os.path.join(os.path.dirname(built_dir), 'list.txt')\n"
        "    with open(path, 'w') as stream:\n"
        "        stream.write(metadata['name'] + ' '.join(os.listdir(built_dir)))\n"
        "    return path\n"
    )
    ran = pysetup("bdist_list", root, "--no-isolation")
    assert ran.code == 0, ran.err
    assert (root / "dist/list.txt").read_text().startswith("demo")


def test_an_unknown_format_names_the_nearest(
    pysetup: Any, offered: Any, make_wheel: Any
) -> None:
    env = {"PYTHONPATH": offered("bdist_flat:binary_dist", "")}
    ran = pysetup("bdist_falt", make_wheel(), env=env)
    assert ran.code == 2
    assert "did you mean  pysetup bdist_flat ?" in ran.err


@pytest.mark.parametrize("words", [["--list-targets"], ["--show-target", "debian-12"]])
def test_targets_are_told(pysetup: Any, words: list[str]) -> None:
    ran = pysetup("bdist", *words)
    assert ran.code == 0
    assert "debian-12" in ran.out
    assert pysetup("--json", "bdist", *words).code == 0


def test_a_name_that_is_not_for_the_target_is_told(pysetup: Any) -> None:
    ran = pysetup("bdist_deb", 'demo; sys_platform == "win32"')
    assert (ran.code, "error[PS2670]" in ran.err) == (2, True)
    assert "its marker does not hold on debian-12" in ran.err


def test_a_path_with_brackets_is_no_extra(pysetup: Any, tmp_path: Path) -> None:
    root = tmp_path / "demo [1"
    root.mkdir()
    (root / "demo.py").touch()
    (root / "pyproject.toml").write_text(f'{PROJECT}import-names = ["demo"]\n')
    words = ["-o", tmp_path / "out", "--with-deps", "--no-isolation"]
    ran = pysetup("bdist_pacman", root.name, *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
